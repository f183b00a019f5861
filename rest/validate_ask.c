/* SPDX-License-Identifier: MIT */
/* Questions to the store about many values at once: which of them some document has. */
#include "validate_private.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/filter_path.h"

/* A store that fails ends the walk. */
static bool find(struct walk *walk, const struct question *question, const struct filter *is,
                 struct documents *out)
{
    struct query query = {.where = is, .limit = 1};

    if (is->op == FILTER_IN)
        query.limit = (int64_t)is->count;
    if (question->within)
        query.where = filter_join(walk->arena, FILTER_AND, is, question->within);
    *out = (struct documents){.arena = walk->arena};
    if (store_find(walk->validation->store, question->collection, &query, out, walk->err))
        return true;
    walk->failed = true;
    return false;
}

/* -- the values -------------------------------------------------------------------------------- */

void question_add(struct walk *walk, struct question *question, const bson_value_t *value)
{
    question->answers = arena_grow(walk->arena, question->answers, question->count, &question->room,
                                   sizeof(*question->answers));
    question->answers[question->count++] = (struct answer){*value, REFERENCE_UNKNOWN};
}

static int by_value(const void *a, const void *b)
{
    return value_compare(&((const struct answer *)a)->value, &((const struct answer *)b)->value);
}

/* Sort them, and keep each once. */
static void tidy(struct question *question)
{
    size_t kept = 0;

    if (!question->count)
        return;
    qsort(question->answers, question->count, sizeof(*question->answers), by_value);
    for (size_t i = 1; i < question->count; i++)
        if (by_value(&question->answers[kept], &question->answers[i]) != 0)
            question->answers[++kept] = question->answers[i];
    question->count = kept + 1;
}

struct answer *question_find(const struct question *question, const bson_value_t *value)
{
    const struct answer wanted = {.value = *value};

    return question->count ? bsearch(&wanted, question->answers, question->count,
                                     sizeof(*question->answers), by_value)
                           : NULL;
}

/* -- asking ------------------------------------------------------------------------------------ */

enum reference question_one(struct walk *walk, const struct question *question,
                            const bson_value_t *value)
{
    const struct answer *known = ahead_answer(walk->ahead, question, value);
    struct documents found;

    if (known)
        return known->state;
    if (!find(walk, question, filter_compare(walk->arena, FILTER_EQ, question->path, *value),
              &found))
        return REFERENCE_UNKNOWN;
    return found.count ? REFERENCE_FOUND : REFERENCE_MISSING;
}

static bool mark(void *context, const bson_value_t *value)
{
    struct answer *answer =
        value->value_type == BSON_TYPE_EOD ? NULL : question_find(context, value);

    if (answer)
        answer->state = REFERENCE_FOUND;
    return false;
}

static void mark_all(struct question *question, const struct documents *found)
{
    struct filter_walk walk = {.visit = mark, .context = question};

    for (size_t i = 0; i < found->count; i++) {
        bson_value_t whole = {.value_type = BSON_TYPE_DOCUMENT};

        whole.value.v_doc.data = (uint8_t *)(uintptr_t)found->items[i].bson;
        whole.value.v_doc.data_len = (uint32_t)found->items[i].len;
        filter_walk(&walk, &whole, question->path);
    }
}

/* Some answers that are unknown yet. */
struct some {
    struct answer *answers[FILTER_MAX_VALUES];
    size_t count;
};

static void keep_unknown(struct some *some)
{
    size_t kept = 0;

    for (size_t i = 0; i < some->count; i++)
        if (some->answers[i]->state == REFERENCE_UNKNOWN)
            some->answers[kept++] = some->answers[i];
    some->count = kept;
}

static void ask_each(struct walk *walk, struct question *question, const struct some *some)
{
    for (size_t i = 0; i < some->count && !walk->failed; i++)
        some->answers[i]->state = question_one(walk, question, &some->answers[i]->value);
}

/* Ask for all of them; those that are not found are missing, if all documents were. */
static bool ask_together(struct walk *walk, struct question *question, struct some *some)
{
    bson_value_t *values = arena_alloc(walk->arena, some->count * sizeof(*values));
    size_t asked = some->count;
    struct documents found;

    for (size_t i = 0; i < asked; i++)
        values[i] = some->answers[i]->value;
    if (!find(walk, question,
              filter_among(walk->arena, FILTER_IN, question->path,
                           (struct filter_values){values, asked}),
              &found))
        return false;
    mark_all(question, &found);
    keep_unknown(some);
    for (size_t i = 0; found.count < asked && i < some->count; i++)
        some->answers[i]->state = REFERENCE_MISSING;
    if (found.count < asked)
        some->count = 0;
    return true;
}

/* As many documents are read as there are values. Where many have the same value those of others
 * are not among them, and are asked for again; once that does not get far, one by one. */
static void ask_some(struct walk *walk, struct question *question, struct some *some)
{
    size_t before;

    do {
        before = some->count;
        if (before > 1 && !ask_together(walk, question, some))
            return;
    } while (some->count > 1 && some->count <= before / 2);
    ask_each(walk, question, some);
}

bool question_ask(struct walk *walk, struct question *question)
{
    struct some some;

    some.count = 0;
    tidy(question);
    for (size_t i = 0; i < question->count && !walk->failed; i++) {
        struct answer *answer = &question->answers[i];
        const struct answer *known = ahead_answer(walk->ahead, question, &answer->value);

        if (known)
            answer->state = known->state;
        else if (answer->value.value_type == BSON_TYPE_REGEX) /* among others it would match */
            answer->state = question_one(walk, question, &answer->value);
        else
            some.answers[some.count++] = answer;
        if (some.count == FILTER_MAX_VALUES || i + 1 == question->count) {
            ask_some(walk, question, &some);
            some.count = 0;
        }
    }
    return !walk->failed;
}
