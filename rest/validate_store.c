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

bool unique_question(const struct spot *spot, const struct rules *rules, struct question *out)
{
    const struct walk *walk = spot->walk;

    if (!rules->unique || !walk->validation->store)
        return false;
    *out = (struct question){.about = rules,
                             .collection = walk->resource->collection,
                             .path = path_of(spot),
                             .within = not_itself(walk)};
    if (rules->unique_to_user)
        out->within = both(walk->arena, out->within, owned(walk, walk->resource));
    return true;
}

void check_unique(struct spot *spot, const struct rules *rules)
{
    struct question question;
    bson_value_t value;

    if (!unique_question(spot, rules, &question))
        return;
    value = tree_value(spot->walk, spot->node);
    if (question_one(spot->walk, &question, &value) == REFERENCE_FOUND)
        spot_say(spot, "value '%s' is not unique", python_str(spot->walk->arena, &value));
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

/* Whether a document has the value, or the store failed, so that nothing is said. */
static bool exists(struct walk *walk, const struct question *question, const bson_value_t *value)
{
    return question_one(walk, question, value) != REFERENCE_MISSING;
}

static struct question question_of(const struct walk *walk, const struct relation *relation)
{
    return (struct question){.about = relation,
                             .collection = relation->resource->collection,
                             .path = relation->field,
                             .within = within_reach(walk, relation->resource)};
}

static bool refers(struct walk *walk, const struct relation *relation, const bson_value_t *value)
{
    const struct question question = question_of(walk, relation);

    return exists(walk, &question, value);
}

static void tell_missing(struct spot *spot, const struct relation *relation,
                         const bson_value_t *value)
{
    spot_say(spot, "value '%s' must exist in resource '%s', field '%s'.",
             python_str(spot->walk->arena, value), relation->resource_name, relation->field);
}

/* -- many references at once --------------------------------------------------------------------
 */

static bool ask_all(struct walk *walk, const struct level *list, struct question *question)
{
    for (size_t i = 0; i < list->count; i++) {
        bson_value_t value = tree_value(walk, &list->nodes[i]);

        question_add(walk, question, &value);
    }
    return question_ask(walk, question);
}

const enum reference *find_references(struct walk *walk, const struct level *list,
                                      const struct relation *relation)
{
    struct question question;
    enum reference *states;

    if (!walk->validation->store || relation->version || list->count < 2)
        return NULL;
    question = question_of(walk, relation);
    if (!ask_all(walk, list, &question))
        return NULL;
    states = arena_alloc(walk->arena, list->count * sizeof(*states));
    for (size_t i = 0; i < list->count; i++) {
        bson_value_t value = tree_value(walk, &list->nodes[i]);

        states[i] = question_find(&question, &value)->state;
    }
    return states;
}

static void check_list(struct spot *spot, const struct relation *relation)
{
    const struct level *list = spot->node->level;
    struct question question = question_of(spot->walk, relation);

    if (!ask_all(spot->walk, list, &question))
        return;
    for (size_t i = 0; i < list->count; i++) {
        bson_value_t value = tree_value(spot->walk, &list->nodes[i]);
        struct answer *answer = question_find(&question, &value);

        if (answer->state == REFERENCE_MISSING)
            tell_missing(spot, relation, &value);
        answer->state = REFERENCE_FOUND; /* or told of */
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
    const bson_value_t one = value_int(1);
    const struct question kept = {.collection = resource->versions,
                                  .path = by_id ? VERSIONS_ID : relation->field,
                                  .within = filter_compare(walk->arena, FILTER_EQ, name, *number)};
    const struct question never_kept = {
        .collection = resource->collection,
        .path = relation->field,
        .within = filter_compare(walk->arena, FILTER_EQ, name, value_null())};

    return exists(walk, &kept, value) ||
           (value_compare(number, &one) == 0 && exists(walk, &never_kept, value));
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

/* Whether a relation has anything to ask here. */
static bool is_asked(const struct spot *spot, const struct rules *rules)
{
    return rules->relation && spot->walk->validation->store &&
           !(rules->nullable && is_nothing(spot->node));
}

bool relation_question(const struct spot *spot, const struct rules *rules, struct question *out)
{
    if (!is_asked(spot, rules) || rules->relation->version)
        return false;
    *out = question_of(spot->walk, rules->relation);
    return true;
}

void check_relation(struct spot *spot, const struct rules *rules)
{
    const struct relation *relation = rules->relation;
    bson_value_t value;

    if (!is_asked(spot, rules))
        return;
    if (relation->version) {
        check_version(spot, relation);
    } else if (spot->node->level && spot->node->level->list) {
        check_list(spot, relation);
    } else {
        value = tree_value(spot->walk, spot->node);
        if (spot->reference == REFERENCE_UNKNOWN)
            spot->reference =
                refers(spot->walk, relation, &value) ? REFERENCE_FOUND : REFERENCE_MISSING;
        if (spot->reference == REFERENCE_MISSING)
            tell_missing(spot, relation, &value);
    }
}
