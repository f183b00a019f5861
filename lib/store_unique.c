/* SPDX-License-Identifier: MIT */
#include "store_unique.h"

#include "filter_path.h"
#include "value.h"

#include <string.h>

/* All types but null, undefined and lists. */
static const int types[] = {
    -1 /* any number */, BSON_TYPE_UTF8,   BSON_TYPE_DOCUMENT,  BSON_TYPE_BINARY,
    BSON_TYPE_OID,       BSON_TYPE_BOOL,   BSON_TYPE_DATE_TIME, BSON_TYPE_REGEX,
    BSON_TYPE_DBPOINTER, BSON_TYPE_CODE,   BSON_TYPE_SYMBOL,    BSON_TYPE_CODEWSCOPE,
    BSON_TYPE_TIMESTAMP, BSON_TYPE_MINKEY, BSON_TYPE_MAXKEY,
};

enum { TYPES = sizeof(types) / sizeof(types[0]) };

/* -- the keys ---------------------------------------------------------------------------------- */

struct values {
    bson_value_t *items;
    size_t count, room;
};

static void add(struct arena *arena, struct values *to, const bson_value_t *value)
{
    to->items = arena_grow(arena, to->items, to->count, &to->room, sizeof(*to->items));
    to->items[to->count++] = *value;
}

struct keys {
    struct arena *arena;
    struct values values, lists;
    bool null;
};

static void sort_out(void *context, const bson_value_t *value, bool empty)
{
    struct keys *keys = context;

    if (empty)
        return;
    if (value_class(value->value_type) == CLASS_NULL)
        keys->null = true;
    else
        add(keys->arena, value->value_type == BSON_TYPE_ARRAY ? &keys->lists : &keys->values,
            value);
}

/* -- who shares one ---------------------------------------------------------------------------- */

/* Alternatives, and room for so many more. */
struct either {
    struct arena *arena;
    const struct filter **items;
    size_t count;
};

static void add_either(struct either *to, const struct filter *filter)
{
    to->items[to->count++] = filter;
}

/* An expression among values asked for would be taken as one to be matched. */
static void add_values(struct either *to, const char *path, const struct keys *keys)
{
    const bson_value_t null = value_null();
    struct values plain = {0};

    for (size_t i = 0; i < keys->values.count; i++) {
        const bson_value_t *value = &keys->values.items[i];

        if (value->value_type == BSON_TYPE_REGEX)
            add_either(to, filter_compare(to->arena, FILTER_EQ, path, *value));
        else
            add(to->arena, &plain, value);
    }
    if (keys->null)
        add(to->arena, &plain, &null);
    if (plain.count == 1)
        add_either(to, filter_compare(to->arena, FILTER_EQ, path, plain.items[0]));
    else if (plain.count)
        add_either(to, filter_among(to->arena, FILTER_IN, path,
                                    (struct filter_values){plain.items, plain.count}));
}

/* As elements: the whole of another list is no key. */
static void add_lists(struct either *to, const char *path, const struct values *lists)
{
    if (lists->count)
        add_either(
            to, filter_element(to->arena, path,
                               filter_among(to->arena, FILTER_IN, "",
                                            (struct filter_values){lists->items, lists->count})));
}

/* The document has keys. */
static const struct filter *is_held(struct arena *arena, const char *path)
{
    bson_value_t *values = arena_alloc(arena, TYPES * sizeof(*values));

    for (size_t i = 0; i < TYPES; i++)
        values[i] = value_int(types[i]);
    return filter_among(arena, FILTER_TYPE, path, (struct filter_values){values, TYPES});
}

static const struct filter *shared(const struct keys *keys, const char *path)
{
    struct arena *arena = keys->arena;
    struct either either = {.arena = arena};
    struct filter *any;

    either.items = arena_alloc(arena, (keys->values.count + 2) * sizeof(struct filter *));
    add_values(&either, path, keys);
    add_lists(&either, path, &keys->lists);
    if (either.count == 1 && !keys->null && !keys->lists.count)
        return either.items[0];
    any = arena_alloc(arena, sizeof(*any));
    *any = (struct filter){.op = FILTER_OR, .children = either.items, .count = either.count};
    return filter_join(arena, FILTER_AND, any, is_held(arena, path));
}

bool unique_of(struct arena *arena, const struct bson_bytes *document, const char *path,
               struct unique *out)
{
    struct keys keys = {.arena = arena};

    order_walk(&(struct order_walk){sort_out, &keys}, document->data, document->len, path);
    if (!keys.values.count)
        return false;
    out->keys = (struct filter_values){keys.values.items, keys.values.count};
    out->shared = shared(&keys, path);
    return true;
}
