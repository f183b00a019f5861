/* SPDX-License-Identifier: MIT */
/* What documents of one batch share that must be unique: the store cannot know yet. */
#include "validate_private.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The way to a value, innermost first; in an arena. */
struct place {
    const struct place *outer;
    const char *key;
};

/* A value that nobody else may have. */
struct claim {
    const struct rules *rules; /* of the field; NULL: it is the _id */
    bson_value_t value;
    size_t document;
    const struct place *place;
};

struct claims {
    struct arena *arena;
    struct claim *items;
    size_t count, room;
};

static bool has_unique(const struct rules *rules);

static bool has_unique_fields(const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        if (has_unique(&schema->fields[i]))
            return true;
    return false;
}

static bool has_unique(const struct rules *rules)
{
    return rules->unique || (rules->schema && has_unique_fields(rules->schema)) ||
           (rules->each && has_unique(rules->each));
}

/* -- collecting ---------------------------------------------------------------------------------
 */

static void add_claim(struct claims *claims, const struct claim *claim)
{
    if (claim->value.value_type == BSON_TYPE_NULL)
        return;
    claims->items = arena_grow(claims->arena, claims->items, claims->count, &claims->room,
                               sizeof(*claims->items));
    claims->items[claims->count++] = *claim;
}

static void collect(struct claims *claims, const struct claim *at);

/* A member of a value, or an item: rules are those of the member. */
static void collect_below(struct claims *claims, const struct claim *at, bson_iter_t *iter,
                          const struct rules *rules)
{
    struct claim below = {.rules = rules, .value = *bson_iter_value(iter)};
    struct place *place = arena_alloc(claims->arena, sizeof(*place));

    *place = (struct place){at->place, bson_iter_key(iter)};
    below.document = at->document;
    below.place = place;
    collect(claims, &below);
}

static void collect_members(struct claims *claims, const struct claim *at, bson_iter_t *iter,
                            const struct schema *schema)
{
    while (bson_iter_next(iter)) {
        const struct rules *rules =
            schema_find(schema, bson_iter_key(iter), bson_iter_key_len(iter));

        if (rules && has_unique(rules))
            collect_below(claims, at, iter, rules);
    }
}

static void collect(struct claims *claims, const struct claim *at)
{
    bool object = at->value.value_type == BSON_TYPE_DOCUMENT && at->rules->schema;
    bool list = at->value.value_type == BSON_TYPE_ARRAY && at->rules->each;
    bson_iter_t iter;

    if (at->rules->unique)
        add_claim(claims, at);
    if (!(object || list) || !value_members(&at->value, &iter))
        return;
    if (object)
        collect_members(claims, at, &iter, at->rules->schema);
    else if (has_unique(at->rules->each))
        while (bson_iter_next(&iter))
            collect_below(claims, at, &iter, at->rules->each);
}

static void collect_document(struct claims *claims, const struct schema *schema,
                             const bson_t *document, size_t number)
{
    struct claim root = {.document = number};
    bson_iter_t iter;

    if (bson_iter_init_find(&iter, document, "_id")) {
        struct place *place = arena_alloc(claims->arena, sizeof(*place));

        *place = (struct place){NULL, "_id"};
        add_claim(claims, &(struct claim){NULL, *bson_iter_value(&iter), number, place});
    }
    if (bson_iter_init(&iter, document))
        collect_members(claims, &root, &iter, schema);
}

/* -- telling ------------------------------------------------------------------------------------
 */

static int by_field_and_value(const struct claim *a, const struct claim *b)
{
    if (a->rules != b->rules)
        return (uintptr_t)a->rules < (uintptr_t)b->rules ? -1 : 1;
    return value_compare(&a->value, &b->value);
}

static int by_order(const void *a, const void *b)
{
    const struct claim *left = a;
    const struct claim *right = b;
    int order = by_field_and_value(left, right);

    return order ? order : (left->document > right->document) - (left->document < right->document);
}

static struct issues *issues_of(struct issues *issues, const struct place *place)
{
    return place ? issues_below(issues_of(issues, place->outer), place->key) : issues;
}

void validate_batch(const struct resource *resource, const bson_t *documents, size_t count,
                    struct issues *issues)
{
    struct claims claims = {.arena = issues->arena};

    for (size_t i = 0; i < count; i++)
        collect_document(&claims, &resource->schema, &documents[i], i);
    if (claims.count)
        qsort(claims.items, claims.count, sizeof(*claims.items), by_order);
    for (size_t i = 1; i < claims.count; i++) {
        const struct claim *claim = &claims.items[i];

        if (by_field_and_value(claim - 1, claim) == 0 && claim[-1].document != claim->document)
            issues_add(issues_of(&issues[claim->document], claim->place->outer), claim->place->key,
                       "value '%s' is not unique", python_str(claims.arena, &claim->value));
    }
}
