/* SPDX-License-Identifier: MIT */
#include "diff.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A member of a JSON object, as it is written. */
struct member {
    const char *key, *value;
    size_t key_len, len;
};

static const char *skip_text(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

static const char *skip_value(const char *at)
{
    int depth = 0;

    for (;; at++) {
        while (*at == '"')
            at = skip_text(at);
        if (!depth && (*at == ',' || *at == '}'))
            return at;
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
    }
}

/* Walk the members of an object of our own making, without spaces; at begins at its brace. */
static bool next_member(const char **at, struct member *out)
{
    const char *text = *at + 1;

    if (**at == '}' || *text == '}')
        return false;
    out->key = text;
    text = skip_text(text);
    out->key_len = (size_t)(text - out->key);
    out->value = text + 1;
    *at = skip_value(out->value);
    out->len = (size_t)(*at - out->value);
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const struct member *one = a, *other = b;
    size_t len = one->key_len < other->key_len ? one->key_len : other->key_len;
    int order = memcmp(one->key, other->key, len);

    return order ? order : (one->key_len > other->key_len) - (one->key_len < other->key_len);
}

/* Sorted by key: clients decide how many members there are and in which order. */
static size_t list_members(const char *object, struct buf *out)
{
    struct member member;
    size_t count = 0;

    for (; next_member(&object, &member); count++)
        buf_add(out, &member, sizeof(member));
    if (count)
        qsort(out->data, count, sizeof(member), compare_keys);
    return count;
}

static bool has_same(const struct buf *members, size_t count, const struct member *member)
{
    const struct member *found =
        count ? bsearch(member, members->data, count, sizeof(*member), compare_keys) : NULL;

    return found && found->len == member->len &&
           memcmp(found->value, member->value, member->len) == 0;
}

static bool is_named(const struct member *member, const char *name)
{
    size_t len = strlen(name);

    return member->key_len == len + 2 && memcmp(member->key + 1, name, len) == 0;
}

void diff_write(const struct names *names, const char *before, const char *now, struct buf *out)
{
    const char *separator = "{";
    struct buf members = {0};
    size_t count = list_members(before, &members);
    struct member member;

    while (next_member(&now, &member)) {
        if (has_same(&members, count, &member) && !is_named(&member, names->version) &&
            !is_named(&member, names->etag) && !is_named(&member, names->links))
            continue;
        buf_puts(out, separator);
        buf_add(out, member.key, member.key_len);
        buf_byte(out, ':');
        buf_add(out, member.value, member.len);
        separator = ",";
    }
    buf_puts(out, *separator == '{' ? "{}" : "}");
    buf_release(&members);
}
