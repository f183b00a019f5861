/* SPDX-License-Identifier: MIT */
/* Settings of a kind of their own: methods, rates, and what is known without being served. */
#include "settings_reader.h"

#include <limits.h>
#include <string.h>

static const char *const method_names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

/* Whether a word stands among words separated by one space. */
static bool among(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == len && memcmp(at, word, len) == 0)
            return true;
    return false;
}

static unsigned method_bit(const char *name)
{
    for (unsigned i = 0; i < sizeof(method_names) / sizeof(method_names[0]); i++)
        if (strcmp(method_names[i], name) == 0)
            return 1U << i;
    return strcmp(name, "HEAD") == 0 ? METHOD_HEAD : 0; /* OPTIONS: anyone may */
}

void read_methods(const struct spot *spot, const struct entry *entry, void *member)
{
    unsigned methods = 0;
    struct spots list;
    struct spot item;

    if (!take_type(spot, JSON_LIST, "a list of methods"))
        return;
    spot_each(spot, &list);
    while (spot_next(&list, &item)) {
        const char *name;

        if (!take_text(&item, &name))
            continue;
        if (among(entry->note, name))
            methods |= method_bit(name);
        else
            mistake(&item, "%.40s is none of %s", name, entry->note);
    }
    *(unsigned *)member = methods;
}

/* Operators that where.h would understand; all but two of them need no permission. */
void read_operators(const struct spot *spot, const struct entry *entry, void *member)
{
    const struct texts *names = member;

    read_texts(spot, entry, member);
    for (size_t i = 0; json_type(spot->value) == JSON_LIST && i < names->count; i++)
        if (!among(entry->note, names->items[i]))
            mistake(spot, "%.40s is not supported: there are %s", names->items[i], entry->note);
}

void read_rate(const struct spot *spot, const struct entry *entry, void *member)
{
    int64_t numbers[2];
    struct spots list;
    struct spot item;
    bool ok = true;

    (void)entry;
    if (json_type(spot->value) == JSON_NULL) {
        *(struct rate *)member = (struct rate){0};
        return;
    }
    if (json_type(spot->value) != JSON_LIST || json_count(spot->value) != 2) {
        mistake(spot, "must be [requests, seconds] or null");
        return;
    }
    spot_each(spot, &list);
    for (size_t i = 0; spot_next(&list, &item); i++)
        ok = take_int(&item, 1, INT_MAX, &numbers[i]) && ok;
    if (ok)
        *(struct rate *)member = (struct rate){(int)numbers[0], (int)numbers[1]};
}

/* Whether a value is written as this JSON, which has no spaces. */
static bool is_written(struct json value, const char *expected)
{
    struct buf out = {0};
    bool same;

    json_write_value(&out, value);
    same = strcmp(buf_text(&out), expected) == 0;
    buf_release(&out);
    return same;
}

void read_fixed(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)member;
    if (!is_written(spot->value, entry->initial))
        mistake(spot, "anything but %s is not supported: %s", entry->initial, entry->note);
}

void read_unsupported(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)member;
    mistake(spot, "is not supported: %s", entry->note);
}

void read_object_in_vain(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    (void)member;
    take_type(spot, JSON_OBJECT, "an object");
}

void read_bool_in_vain(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    (void)member;
    take_type(spot, JSON_BOOL, "true or false");
}
