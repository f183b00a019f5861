/* SPDX-License-Identifier: MIT */
/* Both syntaxes of `where`, and what their readers share. */
#include "where.h"

#include "../lib/utf8.h"
#include "where_private.h"

#include <string.h>

enum { SHOWN_BYTES = 120 };

void where_add(struct arena *arena, struct where_list *list, const struct filter *filter)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        const struct filter **items = arena_alloc(arena, cap * sizeof(void *));

        if (list->count)
            memcpy(items, list->items, list->count * sizeof(void *));
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = filter;
}

const struct filter *where_join(struct arena *arena, enum filter_op op,
                                const struct where_list *list)
{
    struct filter *filter;

    if (!list->count)
        return NULL;
    if (list->count == 1 && op != FILTER_NOR)
        return list->items[0];
    filter = arena_zalloc(arena, sizeof(*filter));
    filter->op = op;
    filter->children = list->items;
    filter->count = list->count;
    return filter;
}

const char *where_shown(struct arena *arena, const char *name, size_t len)
{
    size_t shown = len < SHOWN_BYTES ? len : SHOWN_BYTES;

    while (!utf8_valid(name, shown))
        shown--;
    return arena_copy(arena, name, shown);
}

static bool from_json(struct where_reader *reader, struct json json, struct where *out)
{
    const struct where_place top = {.top = true};
    if (json_type(json) != JSON_OBJECT)
        return fail(reader->err, ERROR_INVALID, "where: must be an object");
    if (!where_query(reader, &top, json, &reader->out.filter) ||
        !filter_check(reader->out.filter, reader->err))
        return false;
    *out = reader->out;
    return true;
}

bool where_parse_json(struct arena *arena, const struct resource *resource, const char *text,
                      struct where *out, struct error *err)
{
    struct where_reader reader = {.arena = arena, .resource = resource, .err = err};
    struct json json;

    return json_parse_unique(arena, text, strlen(text), &json, err) &&
           from_json(&reader, json, out);
}

bool where_parse(struct arena *arena, const struct resource *resource, const char *text,
                 struct where *out, struct error *err)
{
    struct where_reader reader = {.arena = arena, .resource = resource, .err = err};
    struct json json;

    if (!text[0]) {
        *out = (struct where){0};
        return true;
    }
    if (json_parse_unique(arena, text, strlen(text), &json, err))
        return from_json(&reader, json, out);
    if (strchr("{[", text[strspn(text, " \t\r\n")])) /* meant as JSON, so its mistake counts */
        return false;
    return where_parse_python(arena, resource, text, out, err);
}
