/* SPDX-License-Identifier: MIT */
/* Walking a document to check it: which rules hold where, and where issues are told. */
#include "validate_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* -- where issues are told ----------------------------------------------------------------------
 */

static const char *spot_name(const struct spot *spot)
{
    if (spot->label)
        return spot->label;
    return spot->node->key ? spot->node->key : arena_printf(spot->walk->arena, "%zu", spot->index);
}

static struct issues *home_of(struct walk *walk, struct spot *outer)
{
    return outer ? spot_below(outer) : walk->issues;
}

static struct issue *spot_issue(struct spot *spot)
{
    if (!spot->issue) {
        struct issues *home = spot->home ? spot->home : home_of(spot->walk, spot->outer);

        spot->issue = (spot->again ? issues_at : issues_new)(home, spot_name(spot));
    }
    return spot->issue;
}

struct issues *spot_below(struct spot *spot)
{
    return issue_below(spot->walk->arena, spot_issue(spot));
}

void spot_say(struct spot *spot, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    issue_say(spot->walk->arena, spot_issue(spot), format, args);
    va_end(args);
}

/* -- values -------------------------------------------------------------------------------------
 */

void check_node(struct spot *spot, const struct rules *rules)
{
    if (spot->node->value.value_type == BSON_TYPE_NULL) {
        check_company(spot, rules);
        if (!rules->nullable)
            spot_say(spot, "null value not allowed");
    } else if (type_fits(rules->types, rules->type_name, spot->node)) {
        check_rules(spot, rules);
    } else {
        spot_say(spot, "must be of %s type", rules->type_name);
    }
}

/* What fitting found out. */
static void tell_fitting(struct spot *spot)
{
    const struct node *node = spot->node;

    if (node->uncoerced)
        spot_say(spot, "field '%s' cannot be coerced: %s", spot_name(spot), node->uncoerced);
    if (node->read_only)
        spot_say(spot, "field is read-only");
}

static bool is_odd(struct spot *spot)
{
    if (spot->node->odd)
        spot_say(spot, "%s", spot->node->odd);
    return spot->node->odd != NULL;
}

/* -- objects ------------------------------------------------------------------------------------
 */

/* Fields that the server makes. */
static bool is_meta(const struct walk *walk, const struct node *node)
{
    const struct names *names = &walk->resource->settings->names;
    const char *const metas[] = {names->created, names->updated, names->etag,          names->links,
                                 names->deleted, names->version, names->latest_version};

    for (size_t i = 0; i < sizeof(metas) / sizeof(metas[0]); i++)
        if (strcmp(metas[i], node->key) == 0)
            return true;
    return false;
}

static bool is_allowed(const struct spot *spot, const struct schema *schema)
{
    const struct walk *walk = spot->walk;

    if (spot->outer)
        return schema->allow_unknown;
    return (schema->allow_unknown || walk->resource->any_schema) && !is_meta(walk, spot->node);
}

/* A field without rules of its own, where it may be. */
static void check_free(struct spot *spot, const struct rules *rules)
{
    const char *odd = odd_name(spot->node->key, spot->node->key_len);

    if (odd)
        spot_say(spot, "%s", odd);
    if (rules)
        check_node(spot, rules);
    else
        check_inside(spot, NULL);
}

static void check_by_schema(struct spot *spot, const struct schema *schema, const struct rules *own)
{
    if (own)
        check_node(spot, own);
    else if (is_allowed(spot, schema))
        check_free(spot, schema->unknown);
    else
        spot_say(spot, "unknown field");
}

static void check_key(struct spot *spot, const struct rules *rules)
{
    struct node key = {.key = spot->node->key, .key_len = spot->node->key_len};
    struct spot as_value = *spot;

    key.value = value_text(spot->node->key);
    as_value.node = &key;
    check_node(&as_value, rules);
    spot->issue = as_value.issue;
}

static void check_member(struct spot *spot, const struct rules *of, const struct rules *own)
{
    if (is_odd(spot))
        return;
    if (of && of->keys)
        check_key(spot, of->keys);
    if (of && of->schema)
        check_by_schema(spot, of->schema, own);
    else
        check_free(spot, of ? of->values : NULL);
    if (of && of->schema && of->values)
        check_node(spot, of->values);
    tell_fitting(spot);
}

/* -- required fields ----------------------------------------------------------------------------
 */

static bool has_value(struct walk *walk, const struct around *around, size_t field)
{
    const char *name = around->schema->fields[field].name;
    const struct node *node = level_find(walk, around->level, name, strlen(name));

    return node && node->value.value_type != BSON_TYPE_NULL;
}

/* Of the fields that exclude each other one has to be there. */
static void check_excused(struct walk *walk, const struct around *around, struct spot *outer)
{
    const struct schema *schema = around->schema;

    for (size_t i = 0; i < schema->count; i++)
        if (around->excused[i] && has_value(walk, around, i))
            return;
    for (size_t i = 0; i < schema->count; i++)
        if (around->excused[i])
            issues_add(home_of(walk, outer), schema->fields[i].name, "required field");
}

static void check_required(struct walk *walk, const struct around *around, struct spot *outer)
{
    const struct schema *schema = around->schema;

    if (walk->validation->how == VALIDATE_PATCH)
        return;
    for (size_t i = 0; i < schema->count; i++) {
        if (!schema->fields[i].required || around->level->there[i] ||
            (around->excused && around->excused[i]))
            continue;
        issues_add(home_of(walk, outer), schema->fields[i].name, "required field");
    }
    if (around->excused)
        check_excused(walk, around, outer);
}

/* -- objects and lists --------------------------------------------------------------------------
 */

static void check_members(struct spot *outer, const struct rules *rules, bool again)
{
    struct walk *walk = outer->walk;
    struct past past = past_below(walk, outer->around->past, outer->node);
    struct around around = {
        .level = outer->node->level, .schema = rules ? rules->schema : NULL, .past = &past};
    struct level *level = around.level;

    if (around.schema)
        level_match(walk, level, around.schema);
    for (size_t i = 0; i < level->count && !walk->failed; i++) {
        struct spot spot = {.walk = walk,
                            .outer = outer,
                            .node = &level->nodes[i],
                            .around = &around,
                            .again = again};

        check_member(&spot, rules, around.schema ? level->rules[i] : NULL);
    }
    if (around.schema)
        check_required(walk, &around, outer);
}

static void check_items(struct spot *outer, const struct rules *rules, bool again)
{
    struct walk *walk = outer->walk;
    struct level *level = outer->node->level;
    struct past past = past_below(walk, outer->around->past, outer->node);
    struct around around = {.level = level, .past = &past};
    const struct rules *each = rules ? rules->each : NULL;
    const enum reference *references =
        each && each->relation ? find_references(walk, level, each->relation) : NULL;

    for (size_t i = 0; i < level->count && !walk->failed; i++) {
        struct spot spot = {.walk = walk,
                            .outer = outer,
                            .node = &level->nodes[i],
                            .index = i,
                            .around = &around,
                            .again = again};

        if (is_odd(&spot))
            continue;
        if (rules && rules->item_count == level->count)
            check_node(&spot, &rules->items[i]);
        if (references)
            spot.reference = references[i];
        if (each)
            check_node(&spot, each);
        else
            check_inside(&spot, NULL);
        tell_fitting(&spot);
    }
}

/* Without rules there is something to say only of what no rule allows. */
void check_inside(struct spot *spot, const struct rules *rules)
{
    const struct level *level = spot->node->level;
    bool again = spot->again || spot->entered;
    bool ruled = rules && (rules->schema || rules->keys || rules->values || rules->each ||
                           rules->item_count > 0);

    if (!level || (!ruled && !spot->walk->odd))
        return;
    spot->entered = true;
    if (level->list)
        check_items(spot, rules, again);
    else
        check_members(spot, rules, again);
}

/* A field of the document that is read-only is asked nothing else, as Cerberus has it. */
static void check_field(struct spot *spot, const struct rules *own)
{
    if (is_odd(spot))
        return;
    tell_fitting(spot);
    if (!spot->node->read_only || !spot->walk->fills)
        check_by_schema(spot, &spot->walk->resource->schema, own);
}

void check_document(struct walk *walk, struct past *past)
{
    const struct schema *schema = &walk->resource->schema;
    struct around around = {.level = walk->root, .schema = schema, .past = past};

    level_match(walk, walk->root, schema);
    for (size_t i = 0; i < walk->root->count && !walk->failed; i++) {
        struct spot spot = {.walk = walk, .node = &walk->root->nodes[i], .around = &around};

        check_field(&spot, walk->root->rules[i]);
    }
    check_required(walk, &around, NULL);
}
