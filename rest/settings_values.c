/* SPDX-License-Identifier: MIT */
/* Settings of common kinds: switches, numbers, texts, methods. */
#include "settings_reader.h"

#include <limits.h>
#include <string.h>

bool take_type(const struct spot *spot, enum json_type type, const char *wanted)
{
    if (json_type(spot->value) == type)
        return true;
    mistake_type(spot, wanted);
    return false;
}

bool take_text(const struct spot *spot, const char **out)
{
    size_t len;
    const char *text = json_string(spot->value, &len);

    if (!take_type(spot, JSON_TEXT, "a text"))
        return false;
    if (strlen(text) != len) {
        mistake(spot, "must not hold U+0000");
        return false;
    }
    *out = text;
    return true;
}

bool take_int(const struct spot *spot, int64_t least, int64_t most, int64_t *out)
{
    int64_t number;

    if (!take_type(spot, JSON_NUMBER, "a whole number"))
        return false;
    if (!json_int64(spot->value, &number))
        mistake(spot, "must be a whole number, not %.40s", json_number(spot->value));
    else if (number < least || number > most)
        mistake(spot, "must be between %lld and %lld, not %lld", (long long)least, (long long)most,
                (long long)number);
    else {
        *out = number;
        return true;
    }
    return false;
}

static void release_pattern(void *pattern)
{
    pattern_free(pattern);
}

const struct pattern *take_pattern(const struct spot *spot, const char *text)
{
    struct error err = {0};
    struct pattern *pattern = pattern_new(text, &err);

    if (pattern)
        arena_defer(spot->reader->arena, release_pattern, pattern);
    else
        mistake(spot, "is no regular expression: %s", err.message);
    return pattern;
}

void read_bool(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    if (take_type(spot, JSON_BOOL, "true or false"))
        *(bool *)member = json_bool(spot->value);
}

void read_bool_or_none(const struct spot *spot, const struct entry *entry, void *member)
{
    if (json_type(spot->value) == JSON_NULL)
        *(bool *)member = false;
    else
        read_bool(spot, entry, member);
}

void read_not(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    if (take_type(spot, JSON_BOOL, "true or false"))
        *(bool *)member = !json_bool(spot->value);
}

void read_text(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    take_text(spot, member);
}

void read_text_or_none(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    if (json_type(spot->value) == JSON_NULL)
        *(const char **)member = NULL;
    else
        take_text(spot, member);
}

void read_name(const struct spot *spot, const struct entry *entry, void *member)
{
    const char *text;

    (void)entry;
    if (!take_text(spot, &text))
        return;
    if (!*text)
        mistake(spot, "must not be empty");
    else if (strpbrk(text, ".$"))
        mistake(spot, "must not hold '.' or '$'");
    else
        *(const char **)member = text;
}

void read_name_or_none(const struct spot *spot, const struct entry *entry, void *member)
{
    if (json_type(spot->value) == JSON_NULL)
        *(const char **)member = NULL;
    else
        read_name(spot, entry, member);
}

void read_header_text(const struct spot *spot, const struct entry *entry, void *member)
{
    const char *text;

    (void)entry;
    if (!take_text(spot, &text))
        return;
    for (const char *at = text; *at; at++) {
        if (*at < ' ' || *at > '~') {
            mistake(spot, "must be printable ASCII, as it goes into a header");
            return;
        }
    }
    *(const char **)member = text;
}

void read_header_name(const struct spot *spot, const struct entry *entry, void *member)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *text;

    (void)entry;
    if (!take_text(spot, &text))
        return;
    if (!*text || text[strspn(text, token)])
        mistake(spot, "is no name of a header");
    else
        *(const char **)member = text;
}

static void read_int(const struct spot *spot, int64_t least, int64_t most, int *out)
{
    int64_t number;

    if (take_int(spot, least, most, &number))
        *out = (int)number;
}

void read_count(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    read_int(spot, 0, INT_MAX, member);
}

void read_positive(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    read_int(spot, 1, INT_MAX, member);
}

void read_length(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    take_int(spot, 0, INT_MAX, member);
}

void read_error_status(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    read_int(spot, 400, 499, member);
}

void read_texts(const struct spot *spot, const struct entry *entry, void *member)
{
    struct texts *texts = member;
    const char **items;
    struct spots list;
    struct spot item;
    size_t count = 0;

    (void)entry;
    if (!take_type(spot, JSON_LIST, "a list of texts"))
        return;
    items = arena_alloc(spot->reader->arena, json_count(spot->value) * sizeof(*items));
    spot_each(spot, &list);
    while (spot_next(&list, &item))
        if (take_text(&item, &items[count]))
            count++;
    *texts = (struct texts){items, count};
}

void read_text_or_texts(const struct spot *spot, const struct entry *entry, void *member)
{
    const char **one;

    if (json_type(spot->value) != JSON_TEXT) {
        read_texts(spot, entry, member);
        return;
    }
    one = arena_alloc(spot->reader->arena, sizeof(*one));
    if (take_text(spot, one))
        *(struct texts *)member = (struct texts){one, 1};
}

void read_pattern(const struct spot *spot, const struct entry *entry, void *member)
{
    const char *text;
    const struct pattern *pattern;

    (void)entry;
    if (!take_text(spot, &text))
        return;
    pattern = take_pattern(spot, text);
    if (pattern)
        *(const struct pattern **)member = pattern;
}
