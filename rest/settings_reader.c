/* SPDX-License-Identifier: MIT */
/* Places in a settings file, and what is said about them. */
#include "settings_reader.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void write_place(const struct spot *spot, struct buf *out)
{
    if (!spot->up)
        return;
    write_place(spot->up, out);
    if (!spot->name)
        buf_printf(out, "[%zu]", spot->index);
    else
        buf_printf(out, "%s%.80s", spot->up->up ? "." : "", spot->name);
}

/* One mistake is one line, and a terminal is not steered by a file's names. */
static void blank_controls(struct buf *out, size_t from)
{
    for (size_t i = from; i < out->len; i++)
        if (iscntrl((unsigned char)out->data[i]))
            out->data[i] = '?';
}

void mistake(const struct spot *spot, const char *format, ...)
{
    struct reader *reader = spot->reader;
    size_t from = reader->mistakes->len;
    char sentence[512];
    va_list args;

    if (reader->mistake_count++ >= MOST_MISTAKES)
        return;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    write_place(spot, reader->mistakes);
    if (spot->up)
        buf_puts(reader->mistakes, ": ");
    buf_puts(reader->mistakes, sentence);
    blank_controls(reader->mistakes, from);
    buf_byte(reader->mistakes, '\n');
}

void mistakes_end(struct reader *reader)
{
    if (reader->mistake_count > MOST_MISTAKES)
        buf_printf(reader->mistakes, "and %zu more\n", reader->mistake_count - MOST_MISTAKES);
}

void mistake_type(const struct spot *spot, const char *wanted)
{
    static const char *const words[] = {
        [JSON_NULL] = "null",   [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_TEXT] = "a text", [JSON_LIST] = "a list",        [JSON_OBJECT] = "an object",
    };

    mistake(spot, "must be %s, not %s", wanted, words[json_type(spot->value)]);
}

bool spot_get(const struct spot *object, const char *name, struct spot *out)
{
    struct json value;

    if (!json_get(object->value, name, &value))
        return false;
    *out = (struct spot){object->reader, object, name, 0, value};
    return true;
}

struct spot spot_item(const struct spot *list, size_t index, struct json value)
{
    return (struct spot){list->reader, list, NULL, index, value};
}

const struct spot *spot_keep(const struct spot *spot)
{
    struct spot *kept;

    if (!spot)
        return NULL;
    kept = arena_alloc(spot->reader->arena, sizeof(*kept));
    *kept = *spot;
    kept->up = spot_keep(spot->up);
    return kept;
}

void spot_each(const struct spot *container, struct spots *spots)
{
    *spots = (struct spots){.container = container};
    json_each(container->value, &spots->iter);
}

bool spot_next(struct spots *spots, struct spot *out)
{
    bool in_list = json_type(spots->container->value) == JSON_LIST;

    while (json_next(&spots->iter)) {
        *out = spot_item(spots->container, spots->index++, spots->iter.value);
        if (in_list)
            return true;
        out->name = spots->iter.key;
        if (strlen(out->name) == spots->iter.key_len)
            return true;
        mistake(out, "this name holds U+0000");
    }
    return false;
}

/* -- later ------------------------------------------------------------------------------------- */

struct check {
    const struct spot *spot;
    void (*act)(const struct spot *spot, void *context);
    void *context;
    struct check *next;
};

void check_later(const struct spot *spot, void (*act)(const struct spot *spot, void *context),
                 void *context)
{
    struct reader *reader = spot->reader;
    struct check *check = arena_alloc(reader->arena, sizeof(*check));

    *check = (struct check){spot_keep(spot), act, context, NULL};
    if (reader->last_check)
        reader->last_check->next = check;
    else
        reader->first_check = check;
    reader->last_check = check;
}

void checks_run(struct reader *reader)
{
    for (struct check *check = reader->first_check; check; check = check->next)
        check->act(check->spot, check->context);
    reader->first_check = reader->last_check = NULL;
}

struct resource *reader_resource(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->resource_count; i++)
        if (strcmp(reader->resources[i].name, name) == 0)
            return &reader->resources[i];
    return NULL;
}
