/* SPDX-License-Identifier: MIT */
/* The two syntaxes of `sort`. */
#include <string.h>

#include "../lib/utf8.h"
#include "tokens.h"
#include "where.h"

struct keys {
    struct arena *arena;
    const struct resource *resource;
    struct sort *items;
    size_t count;
    struct error *err;
};

/* A name no field has and that was meant otherwise. */
static bool is_odd(const char *name)
{
    return name[0] == '\0' || name[0] == '.' || name[0] == '-' || name[strlen(name) - 1] == '.' ||
           strstr(name, "..") || strpbrk(name, "\"'()[]{}:,$ \t\r\n") ||
           !utf8_valid(name, strlen(name));
}

/* The store's name of a meta field; NULL where the client may not know the order. */
static const char *path_of(const struct keys *keys, const char *name)
{
    const struct names *names = &keys->resource->settings->names;

    if (strcmp(name, names->created) == 0)
        return "_created";
    if (strcmp(name, names->updated) == 0)
        return "_updated";
    if (strcmp(name, "_id") == 0 || projection_reaches(keys->arena, keys->resource, name))
        return name;
    return NULL;
}

static bool add_key(struct keys *keys, const char *name, bool descending)
{
    const char *path;

    if (is_odd(name))
        return fail(keys->err, ERROR_INVALID, "sort: a field's name is expected");
    path = path_of(keys, name);
    if (!path)
        return true;
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->items[i].path, path) == 0)
            return true;
    if (keys->count == ORDER_MAX_KEYS)
        return fail(keys->err, ERROR_INVALID, "sort: more than %d keys", ORDER_MAX_KEYS);
    keys->items[keys->count++] = (struct sort){path, descending};
    return true;
}

/* -score,author */
static bool read_plain(struct keys *keys, const char *text)
{
    for (const char *at = text;; at++) {
        size_t len;
        bool descending;

        at += strspn(at, " ");
        descending = *at == '-';
        at += descending;
        len = strcspn(at, ",");
        while (len && at[len - 1] == ' ')
            len--;
        if (!add_key(keys, arena_copy(keys->arena, at, len), descending))
            return false;
        at += strcspn(at, ",");
        if (!*at)
            return true;
    }
}

/* ("score", -1) */
static bool read_pair(struct tokens *tokens, struct keys *keys)
{
    const char *close = tokens_are(tokens, "[") ? "]" : ")";
    bson_value_t direction;
    const char *name;

    if (!tokens_are(tokens, "[") && !tokens_are(tokens, "("))
        return tokens_unexpected(tokens, "a pair of field and direction");
    if (!tokens_next(tokens))
        return false;
    name = tokens->token.text;
    if (tokens->token.kind != TOKEN_TEXT || strlen(name) != tokens->token.len)
        return tokens_unexpected(tokens, "a field's name");
    if (!tokens_next(tokens) || !tokens_expect(tokens, ",") || !tokens_number(tokens, &direction))
        return false;
    if (direction.value_type != BSON_TYPE_INT32 ||
        (direction.value.v_int32 != 1 && direction.value.v_int32 != -1))
        return fail(keys->err, ERROR_INVALID, "sort: a direction is 1 or -1");
    return tokens_expect(tokens, close) && add_key(keys, name, direction.value.v_int32 < 0);
}

/* [("score", -1), ("author", 1)] */
static bool read_pairs(struct tokens *tokens, struct keys *keys)
{
    if (!tokens_expect(tokens, "["))
        return false;
    while (!tokens_are(tokens, "]")) {
        if (!read_pair(tokens, keys))
            return false;
        if (!tokens_are(tokens, "]") && !tokens_expect(tokens, ","))
            return false;
    }
    if (!tokens_next(tokens))
        return false;
    return tokens->token.kind == TOKEN_END || tokens_unexpected(tokens, "the end");
}

bool order_parse(struct arena *arena, const struct resource *resource, const char *text,
                 struct order *out, struct error *err)
{
    struct keys keys = {.arena = arena, .resource = resource, .err = err};
    struct tokens tokens = {.arena = arena, .what = "sort", .err = err};
    bool ok = true;

    keys.items = arena_alloc(arena, ORDER_MAX_KEYS * sizeof(*keys.items));
    if (text[strspn(text, " ")] == '[')
        ok = tokens_begin(&tokens, text, strlen(text)) && read_pairs(&tokens, &keys);
    else if (text[0])
        ok = read_plain(&keys, text);
    if (ok)
        *out = (struct order){keys.items, keys.count};
    return ok;
}
