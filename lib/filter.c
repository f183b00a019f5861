/* SPDX-License-Identifier: MIT */
/* What filters mean. Each comparison asks a question of the values a path leads to; a path leads to
 * several where lists are on the way (filter_path.h). The negative operators are complements. */
#include "filter.h"

#include "filter_leaf.h"
#include "filter_path.h"
#include "value.h"

#include <string.h>

/* -- one value --------------------------------------------------------------------------------- */

/* Whether the value is as asked. Only values of one class compare, and NaN equals itself alone. */
static bool compares(enum filter_op op, const bson_value_t *value, const bson_value_t *with)
{
    enum value_class class = value_class(with->value_type);
    int order;

    if (class != value_class(value->value_type))
        return (class == CLASS_MIN || class == CLASS_MAX) && op != FILTER_EQ &&
               (class == CLASS_MIN) == (op == FILTER_GT || op == FILTER_GTE);
    if (value_is_nan(value) || value_is_nan(with))
        return op != FILTER_GT && op != FILTER_LT && value_compare(value, with) == 0;
    order = value_compare(value, with);
    switch (op) {
    case FILTER_GT:
        return order > 0;
    case FILTER_GTE:
        return order >= 0;
    case FILTER_LT:
        return order < 0;
    case FILTER_LTE:
        return order <= 0;
    default:
        return order == 0;
    }
}

static bool has_size(const struct filter *filter, const bson_value_t *list)
{
    bson_iter_t iter;
    int64_t wanted;
    int64_t count = 0;

    if (list->value_type != BSON_TYPE_ARRAY || !value_members(list, &iter) ||
        !value_whole(&filter->value, &wanted))
        return false;
    while (count <= wanted && bson_iter_next(&iter))
        count++;
    return count == wanted;
}

/* Whether the filter speaks of an element itself ("") rather than of its fields. */
static bool speaks_of_itself(const struct filter *filter)
{
    while (!filter->path && filter->count)
        filter = filter->children[0];
    return filter->path && filter->path[0] == '\0';
}

static bool matches(const struct filter *filter, const bson_value_t *whole);

static bool has_element(const struct filter *filter, const bson_value_t *list)
{
    const struct filter *child = filter->children[0];
    bool itself = speaks_of_itself(child);
    bson_iter_t iter;

    if (list->value_type != BSON_TYPE_ARRAY || !value_members(list, &iter))
        return false;
    while (bson_iter_next(&iter)) {
        const bson_value_t *element = bson_iter_value(&iter);
        enum value_class class = value_class(element->value_type);

        if ((itself || class == CLASS_OBJECT || class == CLASS_LIST) && matches(child, element))
            return true;
    }
    return false;
}

static bool is_among(const struct filter *filter, const bson_value_t *value)
{
    for (size_t i = 0; i < filter->count; i++)
        if (compares(FILTER_EQ, value, &filter->values[i]))
            return true;
    return false;
}

/* -- the values a path leads to ---------------------------------------------------------------- */

struct question {
    const struct filter *filter;
    enum filter_op op;         /* positive ones only */
    const bson_value_t *value; /* of a comparison */
};

static bool is_answer(void *context, const bson_value_t *value)
{
    const struct question *question = context;

    switch (question->op) {
    case FILTER_IN:
        return is_among(question->filter, value);
    case FILTER_EXISTS:
        return value->value_type != BSON_TYPE_EOD;
    case FILTER_SIZE:
        return has_size(question->filter, value);
    case FILTER_ELEM:
        return has_element(question->filter, value);
    case FILTER_MOD:
    case FILTER_TYPE:
    case FILTER_CONTAINS:
    case FILTER_BITS_ALL_SET:
    case FILTER_BITS_ANY_SET:
    case FILTER_BITS_ALL_CLEAR:
    case FILTER_BITS_ANY_CLEAR:
        return filter_leaf(question->filter, value);
    default:
        return compares(question->op, value, question->value);
    }
}

static bool ask(struct question question, const bson_value_t *whole)
{
    bool lists_whole = question.op == FILTER_SIZE || question.op == FILTER_ELEM;
    struct filter_walk walk = {is_answer, &question, lists_whole};
    const char *path = question.filter->path;

    if (path[0] == '\0')
        return is_answer(&question, whole);
    return filter_walk(&walk, whole, path);
}

static bool holds_all(const struct filter *filter, const bson_value_t *whole)
{
    for (size_t i = 0; i < filter->count; i++)
        if (!ask((struct question){filter, FILTER_EQ, &filter->values[i]}, whole))
            return false;
    return filter->count > 0;
}

/* Whether any child (wanted true), or any but one (wanted false), answers so. */
static bool some_child(const struct filter *filter, const bson_value_t *whole, bool wanted)
{
    for (size_t i = 0; i < filter->count; i++)
        if (matches(filter->children[i], whole) == wanted)
            return true;
    return false;
}

static bool matches(const struct filter *filter, const bson_value_t *whole)
{
    switch (filter->op) {
    case FILTER_AND:
        return !some_child(filter, whole, false);
    case FILTER_OR:
        return some_child(filter, whole, true);
    case FILTER_NOR:
    case FILTER_NOT:
        return !some_child(filter, whole, true);
    case FILTER_NE:
        return !ask((struct question){filter, FILTER_EQ, &filter->value}, whole);
    case FILTER_NIN:
        return !ask((struct question){filter, FILTER_IN, NULL}, whole);
    case FILTER_ALL:
        return holds_all(filter, whole);
    case FILTER_EXISTS:
        return ask((struct question){filter, FILTER_EXISTS, NULL}, whole) ==
               filter->value.value.v_bool;
    default:
        return ask((struct question){filter, filter->op, &filter->value}, whole);
    }
}

bool filter_matches(const struct filter *filter, const uint8_t *bson, size_t len)
{
    bson_value_t whole = {.value_type = BSON_TYPE_DOCUMENT};

    if (!filter)
        return true;
    whole.value.v_doc.data = (uint8_t *)(uintptr_t)bson; /* only read */
    whole.value.v_doc.data_len = (uint32_t)len;
    return matches(filter, &whole);
}
