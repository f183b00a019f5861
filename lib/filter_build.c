/* SPDX-License-Identifier: MIT */
/* Making filters, and refusing those that are not well made. */
#include "filter.h"

#include "filter_leaf.h"
#include "filter_path.h"
#include "utf8.h"
#include "value.h"

#include <math.h>
#include <string.h>

static struct filter *node(struct arena *arena, enum filter_op op, const char *path)
{
    struct filter *filter = arena_zalloc(arena, sizeof(*filter));

    filter->op = op;
    filter->path = path;
    filter->value = value_null();
    return filter;
}

const struct filter *filter_compare(struct arena *arena, enum filter_op op, const char *path,
                                    bson_value_t value)
{
    struct filter *filter = node(arena, op, path);

    filter->value = value;
    return filter;
}

const struct filter *filter_among(struct arena *arena, enum filter_op op, const char *path,
                                  struct filter_values values)
{
    struct filter *filter = node(arena, op, path);

    filter->values = values.items;
    filter->count = values.count;
    return filter;
}

const struct filter *filter_join(struct arena *arena, enum filter_op op, const struct filter *first,
                                 const struct filter *second)
{
    struct filter *filter = node(arena, op, NULL);
    const struct filter **children = arena_alloc(arena, 2 * sizeof(void *));

    if (first)
        children[filter->count++] = first;
    if (second)
        children[filter->count++] = second;
    filter->children = children;
    return filter;
}

const struct filter *filter_element(struct arena *arena, const char *path,
                                    const struct filter *child)
{
    struct filter *filter = node(arena, FILTER_ELEM, path);
    const struct filter **children = arena_alloc(arena, sizeof(void *));

    children[0] = child;
    filter->children = children;
    filter->count = 1;
    return filter;
}

/* -- checking ---------------------------------------------------------------------------------- */

struct check {
    struct error *err;
    size_t nodes;
    int element; /* how many `elem` the node is in */
};

const char *filter_op_name(enum filter_op op)
{
    static const char *const names[] = {
        [FILTER_AND] = "$and",
        [FILTER_OR] = "$or",
        [FILTER_NOR] = "$nor",
        [FILTER_NOT] = "$not",
        [FILTER_EQ] = "$eq",
        [FILTER_NE] = "$ne",
        [FILTER_GT] = "$gt",
        [FILTER_GTE] = "$gte",
        [FILTER_LT] = "$lt",
        [FILTER_LTE] = "$lte",
        [FILTER_IN] = "$in",
        [FILTER_NIN] = "$nin",
        [FILTER_ALL] = "$all",
        [FILTER_EXISTS] = "$exists",
        [FILTER_SIZE] = "$size",
        [FILTER_ELEM] = "$elemMatch",
        [FILTER_MOD] = "$mod",
        [FILTER_TYPE] = "$type",
        [FILTER_CONTAINS] = "contains",
        [FILTER_BITS_ALL_SET] = "$bitsAllSet",
        [FILTER_BITS_ANY_SET] = "$bitsAnySet",
        [FILTER_BITS_ALL_CLEAR] = "$bitsAllClear",
        [FILTER_BITS_ANY_CLEAR] = "$bitsAnyClear",
    };

    return (size_t)op < sizeof(names) / sizeof(names[0]) && names[op] ? names[op] : "an operator";
}

static bool refuse(const struct check *check, const struct filter *filter, const char *why)
{
    const char *path =
        filter->path && utf8_valid(filter->path, strlen(filter->path)) ? filter->path : "";
    int shown = (int)strnlen(path, 80);

    while (!utf8_valid(path, (size_t)shown))
        shown--;
    if (shown)
        return fail(check->err, ERROR_INVALID, "%s of \"%.*s\": %s", filter_op_name(filter->op),
                    shown, path, why);
    return fail(check->err, ERROR_INVALID, "%s: %s", filter_op_name(filter->op), why);
}

static bool check_path(const struct check *check, const struct filter *filter)
{
    size_t segments = 1;

    if (!filter->path)
        return refuse(check, filter, "speaks of no field");
    if (!utf8_valid(filter->path, strlen(filter->path)))
        return refuse(check, filter, "the field's name is not UTF-8");
    if (filter->path[0] == '\0')
        return check->element > 0 || refuse(check, filter, "a field's name must not be empty");
    for (const char *at = filter->path; *at; at++)
        segments += *at == '.';
    return segments <= FILTER_MAX_SEGMENTS || refuse(check, filter, "the path is too long");
}

static bool check_size(const struct check *check, const struct filter *filter)
{
    struct value_number number;

    if (!value_is_number(&filter->value))
        return refuse(check, filter, "must be a whole number");
    number = value_number(&filter->value);
    if (!number.integral && !(number.real >= 0 && trunc(number.real) == number.real))
        return refuse(check, filter, "must be a whole number");
    return (number.integral ? number.integer >= 0 : true) ||
           refuse(check, filter, "must not be negative");
}

static bool check_node(struct check *check, const struct filter *filter, int depth);

static bool check_children(struct check *check, const struct filter *filter, int depth)
{
    if (!filter->count || !filter->children)
        return refuse(check, filter, "must hold at least one condition");
    for (size_t i = 0; i < filter->count; i++)
        if (!check_node(check, filter->children[i], depth + 1))
            return false;
    return true;
}

/* Whether somewhere below a path is (itself true) or is not (false) the empty one. */
static bool has_path(const struct filter *filter, bool itself)
{
    if (filter->path)
        return (filter->path[0] == '\0') == itself;
    for (size_t i = 0; i < filter->count; i++)
        if (has_path(filter->children[i], itself))
            return true;
    return false;
}

static bool check_element(struct check *check, const struct filter *filter, int depth)
{
    bool ok;

    if (filter->count != 1)
        return refuse(check, filter, "must hold exactly one condition");
    check->element++;
    ok = check_children(check, filter, depth);
    check->element--;
    if (ok && has_path(filter->children[0], true) && has_path(filter->children[0], false))
        return refuse(check, filter, "speaks both of the elements and of their fields");
    return ok;
}

static bool check_not(struct check *check, const struct filter *filter, int depth)
{
    if (filter->count != 1 || !filter->children || !filter->children[0]->path)
        return refuse(check, filter, "must hold one comparison");
    return check_children(check, filter, depth);
}

static bool check_leaf(const struct check *check, const struct filter *filter)
{
    const char *fault = filter_leaf_fault(filter);

    return check_path(check, filter) && (!fault || refuse(check, filter, fault));
}

static bool check_shape(struct check *check, const struct filter *filter, int depth)
{
    switch (filter->op) {
    case FILTER_AND:
    case FILTER_OR:
    case FILTER_NOR:
        return check_children(check, filter, depth);
    case FILTER_NOT:
        return check_not(check, filter, depth);
    case FILTER_ELEM:
        return check_path(check, filter) && check_element(check, filter, depth);
    case FILTER_IN:
    case FILTER_NIN:
    case FILTER_ALL:
        if (filter->count > FILTER_MAX_VALUES)
            return refuse(check, filter, "holds too many values");
        return check_path(check, filter);
    case FILTER_EXISTS:
        if (filter->value.value_type != BSON_TYPE_BOOL)
            return refuse(check, filter, "must be true or false");
        return check_path(check, filter);
    case FILTER_SIZE:
        return check_path(check, filter) && check_size(check, filter);
    case FILTER_EQ:
    case FILTER_NE:
    case FILTER_GT:
    case FILTER_GTE:
    case FILTER_LT:
    case FILTER_LTE:
        return check_path(check, filter);
    default:
        return (size_t)filter->op > FILTER_BITS_ANY_CLEAR ? refuse(check, filter, "is unknown")
                                                          : check_leaf(check, filter);
    }
}

static bool check_node(struct check *check, const struct filter *filter, int depth)
{
    if (depth > FILTER_MAX_DEPTH)
        return refuse(check, filter, "the conditions are nested too deeply");
    if (++check->nodes > FILTER_MAX_NODES)
        return refuse(check, filter, "too many conditions");
    return check_shape(check, filter, depth);
}

bool filter_check(const struct filter *filter, struct error *err)
{
    struct check check = {.err = err};

    return !filter || check_node(&check, filter, 1);
}
