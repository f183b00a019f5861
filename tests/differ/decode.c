/* SPDX-License-Identifier: MIT */
/* What the lines of a program say. They come from the test alone, so what is not there is taken as
 * nothing. */
#include "differ.h"

#include <string.h>

/* -- members ------------------------------------------------------------------------------------
 */

bool member_value(const bson_t *operation, const char *name, bson_value_t *out)
{
    bson_iter_t iter;

    if (!bson_iter_init_find(&iter, operation, name))
        return false;
    *out = *bson_iter_value(&iter);
    return true;
}

const char *member_text(const bson_t *operation, const char *name)
{
    bson_value_t value;

    return member_value(operation, name, &value) && value.value_type == BSON_TYPE_UTF8
               ? value.value.v_utf8.str
               : NULL;
}

int64_t member_number(const bson_t *operation, const char *name)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, operation, name) ? bson_iter_as_int64(&iter) : 0;
}

bool member_flag(const bson_t *operation, const char *name)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, operation, name) && bson_iter_as_bool(&iter);
}

static bool as_bson(const bson_value_t *value, bson_t *out)
{
    return (value->value_type == BSON_TYPE_ARRAY || value->value_type == BSON_TYPE_DOCUMENT) &&
           bson_init_static(out, value->value.v_doc.data, value->value.v_doc.data_len);
}

bool member_bson(const bson_t *operation, const char *name, bson_t *out)
{
    bson_value_t value;

    return member_value(operation, name, &value) && as_bson(&value, out);
}

struct key member_key(const bson_t *operation)
{
    struct key key = {.value = value_null()};
    bson_t inner;

    if (member_bson(operation, "key", &inner)) {
        key.field = member_text(&inner, "field");
        member_value(&inner, "value", &key.value);
    }
    return key;
}

const struct collection *member_collection(const struct differ *differ, const bson_t *operation)
{
    return &differ->collections[member_number(operation, "in") % MAX_COLLECTIONS];
}

/* -- slots --------------------------------------------------------------------------------------
 */

const char *member_slot(const struct differ *differ, const bson_t *operation, const char *name)
{
    const char *text;

    if (!bson_has_field(operation, name))
        return NULL;
    text = differ->slots[member_number(operation, name) % MAX_SLOTS];
    return text ? text : "";
}

void save_slot(struct differ *differ, const bson_t *operation, const char *text)
{
    if (bson_has_field(operation, "save"))
        differ->slots[member_number(operation, "save") % MAX_SLOTS] =
            text ? arena_text(&differ->lasting, text) : NULL;
}

/* -- filters ------------------------------------------------------------------------------------
 */

static const char *const operators[] = {
    [FILTER_AND] = "and",
    [FILTER_OR] = "or",
    [FILTER_NOR] = "nor",
    [FILTER_NOT] = "not",
    [FILTER_EQ] = "eq",
    [FILTER_NE] = "ne",
    [FILTER_GT] = "gt",
    [FILTER_GTE] = "gte",
    [FILTER_LT] = "lt",
    [FILTER_LTE] = "lte",
    [FILTER_IN] = "in",
    [FILTER_NIN] = "nin",
    [FILTER_ALL] = "all",
    [FILTER_EXISTS] = "exists",
    [FILTER_SIZE] = "size",
    [FILTER_ELEM] = "elem",
    [FILTER_MOD] = "mod",
    [FILTER_TYPE] = "type",
    [FILTER_CONTAINS] = "contains",
    [FILTER_BITS_ALL_SET] = "bits_all_set",
    [FILTER_BITS_ANY_SET] = "bits_any_set",
    [FILTER_BITS_ALL_CLEAR] = "bits_all_clear",
    [FILTER_BITS_ANY_CLEAR] = "bits_any_clear",
};

static enum filter_op operator_of(const char *name)
{
    size_t op = 0;

    while (op < FILTER_BITS_ANY_CLEAR && (!name || strcmp(operators[op], name) != 0))
        op++;
    return (enum filter_op)op;
}

static bool has_values(enum filter_op op)
{
    return op == FILTER_IN || op == FILTER_NIN || op == FILTER_ALL || op == FILTER_MOD ||
           op == FILTER_TYPE;
}

static const struct filter *read_filter(struct arena *arena, const bson_t *tree);

static void read_values(struct arena *arena, const bson_t *list, struct filter *out)
{
    size_t most = bson_count_keys(list);
    bson_value_t *values = arena_alloc(arena, most * sizeof(*values));
    bson_iter_t iter;

    bson_iter_init(&iter, list);
    while (out->count < most && bson_iter_next(&iter))
        values[out->count++] = *bson_iter_value(&iter);
    out->values = values;
}

static void read_children(struct arena *arena, const bson_t *list, struct filter *out)
{
    size_t most = bson_count_keys(list);
    const struct filter **children = arena_alloc(arena, most * sizeof(void *));
    bson_iter_t iter;

    bson_iter_init(&iter, list);
    while (bson_iter_next(&iter)) {
        bson_t tree;

        if (as_bson(bson_iter_value(&iter), &tree))
            children[out->count++] = read_filter(arena, &tree);
    }
    out->children = children;
}

static const struct filter *read_filter(struct arena *arena, const bson_t *tree)
{
    struct filter *filter = arena_zalloc(arena, sizeof(*filter));
    bool joined;
    const char *last;
    bson_t list;

    filter->op = operator_of(member_text(tree, "0"));
    filter->value = value_null();
    joined = filter->op <= FILTER_NOT;
    filter->path = joined ? NULL : member_text(tree, "1");
    last = joined ? "1" : "2";
    if (joined || filter->op == FILTER_ELEM) {
        if (member_bson(tree, last, &list))
            read_children(arena, &list, filter);
    } else if (has_values(filter->op)) {
        if (member_bson(tree, last, &list))
            read_values(arena, &list, filter);
    } else {
        member_value(tree, last, &filter->value);
    }
    return filter;
}

const struct filter *member_filter(struct differ *differ, const bson_t *operation, const char *name)
{
    bson_t tree;

    return member_bson(operation, name, &tree) ? read_filter(&differ->arena, &tree) : NULL;
}
