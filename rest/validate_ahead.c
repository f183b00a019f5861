/* SPDX-License-Identifier: MIT */
/* What several documents ask the store is asked at once, before they are checked: else each value
 * would be a command to a store that is a server. Looked for is what the rules of fields ask, in
 * objects and lists too; what only alternatives ask is found out while they are checked. */
#include "validate_private.h"

#include <string.h>

/* -- questions --------------------------------------------------------------------------------- */

static struct question *find(const struct ahead *ahead, const struct question *question)
{
    for (size_t i = 0; i < ahead->count; i++)
        if (ahead->questions[i].about == question->about &&
            strcmp(ahead->questions[i].path, question->path) == 0)
            return &ahead->questions[i];
    return NULL;
}

static struct question *add(struct arena *arena, struct ahead *ahead,
                            const struct question *question)
{
    ahead->questions =
        arena_grow(arena, ahead->questions, ahead->count, &ahead->room, sizeof(*ahead->questions));
    ahead->questions[ahead->count] = *question;
    return &ahead->questions[ahead->count++];
}

const struct answer *ahead_answer(const struct ahead *ahead, const struct question *question,
                                  const bson_value_t *value)
{
    const struct question *same = ahead && question->about ? find(ahead, question) : NULL;
    const struct answer *answer = same ? question_find(same, value) : NULL;

    return answer && answer->state != REFERENCE_UNKNOWN ? answer : NULL;
}

/* -- collecting -------------------------------------------------------------------------------- */

static void add_value(const struct spot *spot, struct question *to, const struct node *node)
{
    bson_value_t value = tree_value(spot->walk, node);

    question_add(spot->walk, to, &value);
}

static void collect_value(struct ahead *ahead, const struct spot *spot, const struct rules *rules)
{
    const struct level *level = spot->node->level;
    struct question question, *same;

    if (unique_question(spot, rules, &question)) {
        same = find(ahead, &question);
        add_value(spot, same ? same : add(spot->walk->arena, ahead, &question), spot->node);
    }
    if (!relation_question(spot, rules, &question))
        return;
    same = find(ahead, &question);
    if (!same)
        same = add(spot->walk->arena, ahead, &question);
    if (!level || !level->list)
        add_value(spot, same, spot->node);
    for (size_t i = 0; level && level->list && i < level->count; i++)
        add_value(spot, same, &level->nodes[i]);
}

static void collect(struct ahead *ahead, struct spot *spot, const struct rules *rules);

static void collect_below(struct ahead *ahead, struct spot *outer, const struct rules *rules)
{
    struct level *level = outer->node->level;

    if (!level || (level->list ? !rules->each : !rules->schema))
        return;
    if (!level->list)
        level_match(outer->walk, level, rules->schema);
    for (size_t i = 0; i < level->count; i++) {
        struct spot spot = {.walk = outer->walk, .outer = outer, .node = &level->nodes[i]};

        collect(ahead, &spot, level->list ? rules->each : level->rules[i]);
    }
}

/* A value that is not as declared is told of, and nothing is asked. */
static void collect(struct ahead *ahead, struct spot *spot, const struct rules *rules)
{
    const struct node *node = spot->node;

    if (!rules || node->odd || node->value.value_type == BSON_TYPE_NULL ||
        !type_fits(rules->types, rules->type_name, node))
        return;
    collect_value(ahead, spot, rules);
    collect_below(ahead, spot, rules);
}

void ahead_collect(struct ahead *ahead, struct walk *walk)
{
    struct level *root = walk->root;

    level_match(walk, root, &walk->resource->schema);
    for (size_t i = 0; i < root->count; i++) {
        struct spot spot = {.walk = walk, .node = &root->nodes[i]};

        collect(ahead, &spot, root->rules[i]);
    }
}

bool ahead_ask(struct ahead *ahead, struct walk *walk)
{
    for (size_t i = 0; i < ahead->count; i++)
        if (!question_ask(walk, &ahead->questions[i]))
            return false;
    return true;
}
