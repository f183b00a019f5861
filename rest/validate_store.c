/* SPDX-License-Identifier: MIT */
/* Rules that ask the store: what is unique in a resource (whoever's rows they are, as Eve has it,
 * unless the rule says so), and what must exist in another one (among the rows that are visible to
 * the owner). */
#include "validate_private.h"

#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "versions.h"

static const struct filter *both(struct arena *arena, const struct filter *a,
                                 const struct filter *b)
{
    return a && b ? filter_join(arena, FILTER_AND, a, b) : a ? a : b;
}

/* A store that fails ends the walk. */
static bool find(struct walk *walk, const struct collection *collection, const struct query *query,
                 struct documents *out)
{
    *out = (struct documents){.arena = walk->arena};
    if (store_find(walk->validation->store, collection, query, out, walk->err))
        return true;
    walk->failed = true;
    return false;
}

/* True also where the store failed, so that nothing is said. */
static bool exists(struct walk *walk, const struct collection *collection,
                   const struct filter *where)
{
    struct documents documents;

    return !find(walk, collection, &(struct query){.where = where, .limit = 1}, &documents) ||
           documents.count > 0;
}

/* The owner's rows of a resource; NULL: all are. */
static const struct filter *owned(const struct walk *walk, const struct resource *resource)
{
    const char *owner = walk->validation->owner;

    if (!owner || !resource->auth_field)
        return NULL;
    return filter_compare(walk->arena, FILTER_EQ, resource->auth_field, value_text(owner));
}

/* -- unique -------------------------------------------------------------------------------------
 */

/* Dotted, as filters have it: through lists without an index. */
static const char *path_of(const struct spot *spot)
{
    const char *outer = spot->outer ? path_of(spot->outer) : NULL;

    if (!outer || !spot->node->key)
        return outer ? outer : spot->node->key;
    return arena_printf(spot->walk->arena, "%s.%s", outer, spot->node->key);
}

/* NULL where nothing is stored yet. */
static const struct filter *not_itself(const struct walk *walk)
{
    const struct bson_bytes *stored = walk->validation->stored;
    bson_value_t id;

    if (!stored || !document_get(stored->data, stored->len, "_id", &id))
        return NULL;
    return filter_compare(walk->arena, FILTER_NE, "_id", id);
}

void check_unique(struct spot *spot, const struct rules *rules)
{
    struct walk *walk = spot->walk;
    const struct filter *where;
    bson_value_t value;

    if (!rules->unique || !walk->validation->store)
        return;
    value = tree_value(walk, spot->node);
    where = filter_compare(walk->arena, FILTER_EQ, path_of(spot), value);
    where = both(walk->arena, where, not_itself(walk));
    if (rules->unique_to_user)
        where = both(walk->arena, where, owned(walk, walk->resource));
    if (exists(walk, walk->resource->collection, where) && !walk->failed)
        spot_say(spot, "value '%s' is not unique", python_str(walk->arena, &value));
}

/* -- references ---------------------------------------------------------------------------------
 */

/* What of a resource can be referred to. */
static const struct filter *within_reach(const struct walk *walk, const struct resource *resource)
{
    const char *user = walk->validation->user;
    const struct filter *rows;

    if (walk->validation->owner || !auth_owns_rows(resource))
        rows = owned(walk, resource);
    else if (user)
        rows = filter_compare(walk->arena, FILTER_EQ, resource->auth_field, value_text(user));
    else
        rows =
            filter_among(walk->arena, FILTER_IN, resource->auth_field, (struct filter_values){0});
    return both(walk->arena, resource->default_filter, rows);
}

static bool refers(struct walk *walk, const struct relation *relation, const bson_value_t *value)
{
    const struct filter *where = filter_compare(walk->arena, FILTER_EQ, relation->field, *value);

    return exists(walk, relation->resource->collection,
                  both(walk->arena, where, within_reach(walk, relation->resource)));
}

static void tell_missing(struct spot *spot, const struct relation *relation,
                         const bson_value_t *value)
{
    spot_say(spot, "value '%s' must exist in resource '%s', field '%s'.",
             python_str(spot->walk->arena, value), relation->resource_name, relation->field);
}

/* -- many references at once --------------------------------------------------------------------
 */

/* Each value once, sorted, and which of them every item has. */
struct references {
    bson_value_t *values;
    enum reference *states;
    size_t count;
    size_t *of_item;
};

struct item {
    bson_value_t value;
    size_t at;
};

static int by_value(const void *a, const void *b)
{
    return value_compare(&((const struct item *)a)->value, &((const struct item *)b)->value);
}

static struct references collect(struct walk *walk, const struct level *list)
{
    size_t count = list->count;
    struct item *items = arena_alloc(walk->arena, count * sizeof(*items));
    struct references out = {
        .values = arena_alloc(walk->arena, count * sizeof(*out.values)),
        .states = arena_alloc(walk->arena, count * sizeof(*out.states)),
        .of_item = arena_alloc(walk->arena, count * sizeof(*out.of_item)),
    };

    for (size_t i = 0; i < count; i++)
        items[i] = (struct item){tree_value(walk, &list->nodes[i]), i};
    qsort(items, count, sizeof(*items), by_value);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || by_value(&items[i - 1], &items[i]) != 0) {
            out.states[out.count] = REFERENCE_MISSING;
            out.values[out.count++] = items[i].value;
        }
        out.of_item[items[i].at] = out.count - 1;
    }
    return out;
}

static int by_bare_value(const void *a, const void *b)
{
    return value_compare(a, b);
}

static void mark(const struct references *references, const struct documents *found,
                 const char *field)
{
    for (size_t i = 0; i < found->count; i++) {
        const bson_value_t *at;
        bson_value_t value;

        if (!document_get(found->items[i].bson, found->items[i].len, field, &value))
            continue;
        at = bsearch(&value, references->values, references->count, sizeof(value), by_bare_value);
        if (at)
            references->states[at - references->values] = REFERENCE_FOUND;
    }
}

/* Whether no two documents share a value, so that as many are found as were asked for at most. */
static bool is_key(const struct collection *collection, const char *field)
{
    for (size_t i = 0; i < collection->field_count; i++)
        if (strcmp(collection->fields[i].path, field) == 0)
            return collection->fields[i].flags & STORE_UNIQUE &&
                   collection->fields[i].type != TYPE_LIST &&
                   collection->fields[i].type != TYPE_ANY;
    return strcmp(field, "_id") == 0;
}

static void look_up(struct walk *walk, const struct relation *relation,
                    const struct references *references)
{
    const struct collection *collection = relation->resource->collection;
    const struct filter *reach = within_reach(walk, relation->resource);
    bool at_once = is_key(collection, relation->field);
    size_t step = at_once ? FILTER_MAX_VALUES : 1;

    for (size_t i = 0; i < references->count && !walk->failed; i += step) {
        size_t left = references->count - i;
        struct filter_values some = {references->values + i, left < step ? left : step};
        const struct filter *where = filter_among(walk->arena, FILTER_IN, relation->field, some);
        struct query query = {.where = both(walk->arena, where, reach),
                              .limit = (int64_t)some.count};
        struct documents found;

        if (!find(walk, collection, &query, &found))
            return;
        if (at_once)
            mark(references, &found, relation->field);
        else if (found.count)
            references->states[i] = REFERENCE_FOUND;
    }
}

const enum reference *find_references(struct walk *walk, const struct level *list,
                                      const struct relation *relation)
{
    struct references references;
    enum reference *states;

    if (!walk->validation->store || relation->version || list->count < 2)
        return NULL;
    references = collect(walk, list);
    look_up(walk, relation, &references);
    states = arena_alloc(walk->arena, list->count * sizeof(*states));
    for (size_t i = 0; i < list->count; i++)
        states[i] = references.states[references.of_item[i]];
    return states;
}

static void check_list(struct spot *spot, const struct relation *relation)
{
    const struct level *list = spot->node->level;
    struct references references = collect(spot->walk, list);

    look_up(spot->walk, relation, &references);
    for (size_t i = 0; i < list->count && !spot->walk->failed; i++) {
        size_t at = references.of_item[i];

        if (references.states[at] == REFERENCE_MISSING)
            tell_missing(spot, relation, &references.values[at]);
        references.states[at] = REFERENCE_FOUND; /* or told of */
    }
}

/* -- references to one version ------------------------------------------------------------------
 */

/* Version 1 may never have been kept: of a document from before versions were. */
static bool version_exists(struct walk *walk, const struct relation *relation,
                           const bson_value_t *value, const bson_value_t *number)
{
    const struct resource *resource = relation->resource;
    const char *name = walk->resource->settings->names.version;
    bool by_id = strcmp(relation->field, "_id") == 0;
    struct arena *arena = walk->arena;
    const bson_value_t one = value_int(1);
    const struct filter *kept =
        filter_join(arena, FILTER_AND,
                    filter_compare(arena, FILTER_EQ, by_id ? VERSIONS_ID : relation->field, *value),
                    filter_compare(arena, FILTER_EQ, name, *number));
    const struct filter *never_kept =
        filter_join(arena, FILTER_AND, filter_compare(arena, FILTER_EQ, relation->field, *value),
                    filter_compare(arena, FILTER_EQ, name, value_null()));

    return exists(walk, resource->versions, kept) ||
           (value_compare(number, &one) == 0 && exists(walk, resource->collection, never_kept));
}

static void check_version(struct spot *spot, const struct relation *relation)
{
    struct walk *walk = spot->walk;
    const char *name = walk->resource->settings->names.version;
    struct level *level = spot->node->level;
    const struct node *value =
        level ? level_find(walk, level, relation->field, strlen(relation->field)) : NULL;
    const struct node *number = level ? level_find(walk, level, name, strlen(name)) : NULL;

    if (!value || !number)
        spot_say(spot, "versioned data_relation must be a dict with fields '%s' and '%s'",
                 relation->field, name);
    else if (!relation->resource->versions)
        spot_say(spot, "can't save a version with data_relation if '%s' isn't versioned",
                 relation->resource_name);
    else if ((within_reach(walk, relation->resource) && !refers(walk, relation, &value->value)) ||
             !version_exists(walk, relation, &value->value, &number->value))
        spot_say(spot, "value '%s' must exist in resource '%s', field '%s' at version '%s'.",
                 python_str(walk->arena, &value->value), relation->resource_name, relation->field,
                 python_str(walk->arena, &number->value));
}

/* -- data_relation ------------------------------------------------------------------------------
 */

/* What Python takes for false: it passes where null does. */
static bool is_nothing(const struct node *node)
{
    const bson_value_t *value = &node->value;

    if (node->level)
        return node->level->count == 0;
    return (value->value_type == BSON_TYPE_UTF8 && value->value.v_utf8.len == 0) ||
           (value->value_type == BSON_TYPE_BOOL && !value->value.v_bool) ||
           (value_is_number(value) && value_number(value).integral &&
            value_number(value).integer == 0);
}

void check_relation(struct spot *spot, const struct rules *rules)
{
    const struct relation *relation = rules->relation;
    const struct node *node = spot->node;
    bson_value_t value;

    if (!relation || !spot->walk->validation->store || (rules->nullable && is_nothing(node)))
        return;
    if (relation->version) {
        check_version(spot, relation);
    } else if (node->level && node->level->list) {
        check_list(spot, relation);
    } else {
        value = tree_value(spot->walk, node);
        if (spot->reference == REFERENCE_UNKNOWN)
            spot->reference =
                refers(spot->walk, relation, &value) ? REFERENCE_FOUND : REFERENCE_MISSING;
        if (spot->reference == REFERENCE_MISSING)
            tell_missing(spot, relation, &value);
    }
}
