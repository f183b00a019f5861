/* SPDX-License-Identifier: MIT */
/* Which other fields a field must stand with, and which it must not. */
#include "validate_private.h"

#include <string.h>

/* -- dependencies -------------------------------------------------------------------------------
 */

static struct level *object_of(const struct node *node)
{
    return node && node->level && !node->level->list ? node->level : NULL;
}

/* The field at a path of what was sent, merged with what is stored (or NULL). */
static const struct node *find(struct walk *walk, struct level *sent, struct level *stored,
                               const char *path)
{
    for (;;) {
        size_t len = strcspn(path, ".");
        const struct node *given = sent ? level_find(walk, sent, path, len) : NULL;
        const struct node *kept = stored ? level_find(walk, stored, path, len) : NULL;

        if (path[len] == '\0')
            return given ? given : kept;
        sent = object_of(given);
        stored = given && (!sent || !walk->resource->merge_nested) ? NULL : object_of(kept);
        if (!sent && !stored)
            return NULL;
        path += len + 1;
    }
}

static const struct node *depended_on(const struct spot *spot, const struct dependency *dependency)
{
    struct past *past = spot->around->past;
    struct level *level = spot->around->level;

    if (dependency->rooted) {
        while (past->outer)
            past = past->outer;
        level = spot->walk->root;
    }
    return find(spot->walk, level, past->merges ? past_level(spot->walk, past) : NULL,
                dependency->path);
}

static bool holds(const struct spot *spot, const struct dependency *dependency)
{
    const struct node *node = depended_on(spot, dependency);
    bson_value_t value;

    if (!node || !dependency->among.count)
        return node != NULL;
    value = tree_value(spot->walk, node);
    for (size_t i = 0; i < dependency->among.count; i++)
        if (value_compare(&value, &dependency->among.items[i]) == 0)
            return true;
    return false;
}

static void print_dependency(struct arena *arena, const struct dependency *dependency,
                             struct buf *out)
{
    const char *path =
        dependency->rooted ? arena_printf(arena, "^%s", dependency->path) : dependency->path;
    bson_value_t name = value_text(path);

    if (out->len)
        buf_puts(out, ", ");
    buf_printf(out, "%s: [", python_repr(arena, &name));
    for (size_t i = 0; i < dependency->among.count; i++)
        buf_printf(out, "%s%s", i ? ", " : "", python_repr(arena, &dependency->among.items[i]));
    buf_byte(out, ']');
}

/* Those with values are told of together, as they are declared. */
static void tell_values(struct spot *spot, const struct rules *rules)
{
    struct buf text = {0};

    for (size_t i = 0; i < rules->dependency_count; i++)
        if (rules->dependencies[i].among.count)
            print_dependency(spot->walk->arena, &rules->dependencies[i], &text);
    spot_say(spot, "depends on these values: {%s}", buf_text(&text));
    buf_release(&text);
}

static void check_dependencies(struct spot *spot, const struct rules *rules)
{
    bool values_hold = true;

    for (size_t i = 0; i < rules->dependency_count; i++) {
        const struct dependency *dependency = &rules->dependencies[i];

        if (holds(spot, dependency))
            continue;
        if (dependency->among.count)
            values_hold = false;
        else
            spot_say(spot, "field '%s%s' is required", dependency->rooted ? "^" : "",
                     dependency->path);
    }
    if (!values_hold)
        tell_values(spot, rules);
}

/* -- excludes -----------------------------------------------------------------------------------
 */

/* One of the fields that exclude each other is enough, where the one that says so is required. */
static void excuse(struct spot *spot, const char *name)
{
    struct around *around = spot->around;
    const struct rules *rules = schema_find(around->schema, name, strlen(name));

    if (!rules)
        return;
    if (!around->excused)
        around->excused = arena_zalloc(spot->walk->arena, around->schema->count);
    around->excused[rules - around->schema->fields] = true;
}

static void check_excludes(struct spot *spot, const struct rules *rules)
{
    struct around *around = spot->around;
    bool excuses = around->schema && spot->node->key && rules->required;
    struct buf text = {0};
    bool there = false;

    if (excuses)
        excuse(spot, spot->node->key);
    for (size_t i = 0; i < rules->exclude_count; i++) {
        const char *name = rules->excludes[i];

        if (excuses)
            excuse(spot, name);
        there = there || level_find(spot->walk, around->level, name, strlen(name));
        buf_printf(&text, "%s'%s'", i ? ", " : "", name);
    }
    if (there)
        spot_say(spot, "%s must not be present with '%s'", buf_text(&text),
                 spot->node->key ? spot->node->key : "");
    buf_release(&text);
}

void check_company(struct spot *spot, const struct rules *rules)
{
    if (rules->dependency_count)
        check_dependencies(spot, rules);
    if (rules->exclude_count)
        check_excludes(spot, rules);
}
