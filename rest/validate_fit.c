/* SPDX-License-Identifier: MIT */
/* Documents made to fit: what is purged, defaults, the rule coerce; and which read-only fields were
 * sent with another value than the stored one. */
#include "validate_private.h"

#include <string.h>

/* -- what is stored -----------------------------------------------------------------------------
 */

static const struct node *past_find(struct walk *walk, struct past *past, const char *key,
                                    size_t len)
{
    struct level *level = past_level(walk, past);

    return level ? level_find(walk, level, key, len) : NULL;
}

struct level *past_level(struct walk *walk, struct past *past)
{
    const struct bson_bytes *stored = walk->validation->stored;
    const struct node *node;

    if (past->known)
        return past->level;
    past->known = true;
    if (!past->outer) {
        past->level = stored ? tree_read(walk, *stored) : NULL;
    } else if (past->node->key) {
        node = past_find(walk, past->outer, past->node->key, past->node->key_len);
        past->level = node && node->level && !node->level->list ? node->level : NULL;
    }
    return past->level;
}

struct past past_below(const struct walk *walk, struct past *past, const struct node *node)
{
    return (struct past){
        .outer = past, .node = node, .merges = past->merges && walk->resource->merge_nested};
}

/* -- read-only fields ---------------------------------------------------------------------------
 */

/* null is as good as nothing. */
static bool is_stored(struct walk *walk, const struct node *node, struct past *past)
{
    const struct node *stored = node->key ? past_find(walk, past, node->key, node->key_len) : NULL;
    bson_value_t value = tree_value(walk, node);
    bson_value_t nothing = value_missing();

    return value_compare(&value, stored ? &stored->value : &nothing) == 0;
}

/* -- defaults -----------------------------------------------------------------------------------
 */

static bool wants_default(struct walk *walk, const struct rules *rules, struct past *past)
{
    return rules->has_initial &&
           !(past->merges && past_find(walk, past, rules->name, strlen(rules->name)));
}

static void add_defaults(struct walk *walk, struct level *level, struct past *past, size_t missing)
{
    const struct schema *schema = level->matched;
    struct node *nodes = arena_zalloc(walk->arena, (level->count + missing) * sizeof(*nodes));

    if (level->count)
        memcpy(nodes, level->nodes, level->count * sizeof(*nodes));
    level->nodes = nodes;
    for (size_t i = 0; i < schema->count; i++) {
        const struct rules *rules = &schema->fields[i];
        struct node *node = &nodes[level->count];

        if (level->there[i] || !wants_default(walk, rules, past))
            continue;
        node->key = rules->name;
        node->key_len = (uint32_t)strlen(rules->name);
        node->added = true;
        tree_fill(walk, node, &rules->initial);
        level->count++;
    }
    level_forget(level);
    level_match(walk, level, schema);
}

static bool fill_in(struct walk *walk, struct level *level, struct past *past)
{
    const struct schema *schema = level->matched;
    size_t missing = 0;

    for (size_t i = 0; i < schema->count; i++)
        missing += !level->there[i] && wants_default(walk, &schema->fields[i], past);
    if (missing)
        add_defaults(walk, level, past, missing);
    return missing > 0;
}

static bool purge(struct walk *walk, struct level *level)
{
    const struct schema *schema = level->matched;
    size_t kept = 0;

    if (!schema->purge_unknown || schema->allow_unknown)
        return false;
    for (size_t i = 0; i < level->count; i++)
        if (level->rules[i])
            level->nodes[kept++] = level->nodes[i];
    if (kept == level->count)
        return false;
    level->count = kept;
    level_forget(level);
    level_match(walk, level, schema);
    return true;
}

/* -- all of it ----------------------------------------------------------------------------------
 */

static bool fit_node(struct walk *walk, struct node *node, const struct rules *rules,
                     struct past *past);

static bool fit_items(struct walk *walk, struct node *list, const struct rules *rules,
                      struct past *past)
{
    struct past below = past_below(walk, past, list);
    struct level *level = list->level;
    bool changed = false;

    for (size_t i = 0; rules->each && i < level->count; i++)
        changed |= fit_node(walk, &level->nodes[i], rules->each, &below);
    for (size_t i = 0; !rules->each && rules->item_count == level->count && i < level->count; i++)
        changed |= fit_node(walk, &level->nodes[i], &rules->items[i], &below);
    return changed;
}

static bool fit_members(struct walk *walk, struct node *object, const struct rules *rules,
                        struct past *past)
{
    struct past below = past_below(walk, past, object);
    struct level *level = object->level;
    bool changed = false;

    for (size_t i = 0; rules->values && i < level->count; i++)
        changed |= fit_node(walk, &level->nodes[i], rules->values, &below);
    if (rules->schema)
        changed |= fit_level(walk, level, rules->schema, &below);
    return changed;
}

static bool fit_node(struct walk *walk, struct node *node, const struct rules *rules,
                     struct past *past)
{
    bool changed;

    if (rules->readonly && !node->added && !is_stored(walk, node, past))
        node->read_only = true;
    changed = walk->fills && coerce_node(walk, node, rules);
    if (node->level) {
        bool inside = node->level->list ? fit_items(walk, node, rules, past)
                                        : fit_members(walk, node, rules, past);

        node->level->changed |= inside;
        changed |= inside;
    }
    return changed;
}

bool fit_level(struct walk *walk, struct level *level, const struct schema *schema,
               struct past *past)
{
    bool changed = false;

    level_match(walk, level, schema);
    if (walk->fills) {
        changed = purge(walk, level);
        changed |= fill_in(walk, level, past);
    }
    for (size_t i = 0; i < level->count; i++) {
        const struct rules *rules = level->rules[i] ? level->rules[i] : schema->unknown;

        if (rules)
            changed |= fit_node(walk, &level->nodes[i], rules, past);
    }
    level->changed |= changed;
    return changed;
}
