/* SPDX-License-Identifier: MIT */
/* What is asked of one field: {"$gt": 1, "$lt": 5}. */
#include "where_private.h"

#include <string.h>

static bool read_compare(struct where_reader *reader, const struct where_field *field,
                         const struct where_operation *how, struct json json,
                         const struct filter **out)
{
    bson_value_t value;

    if (!where_value(reader, field->rules, json, &value) || !where_fits(reader, field, &value))
        return false;
    *out = filter_compare(reader->arena, how->op, field->path, value);
    return true;
}

static bool read_list(struct where_reader *reader, const struct where_field *field,
                      const struct where_operation *how, struct json json,
                      const struct filter **out)
{
    bson_value_t *values = arena_alloc(reader->arena, json_count(json) * sizeof(*values));
    struct filter_values list = {values, 0};
    struct json_iter iter;

    if (json_type(json) != JSON_LIST)
        return where_refuse(reader, how, "expects a list");
    json_each(json, &iter);
    while (json_next(&iter)) {
        if (!where_value(reader, field->rules, iter.value, &values[list.count]) ||
            !where_fits(reader, field, &values[list.count]))
            return false;
        list.count++;
    }
    *out = filter_among(reader->arena, how->op, field->path, list);
    return true;
}

/* Of elements in any order: {"$all": [{"$elemMatch": …}, …]}. */
static bool read_all_elements(struct where_reader *reader, const struct where_field *field,
                              struct json json, const struct filter **out)
{
    struct where_list list = {0};
    struct json_iter iter;

    json_each(json, &iter);
    while (json_next(&iter)) {
        const struct filter *filter = NULL;
        struct json query;

        if (json_count(iter.value) != 1 || !json_get(iter.value, "$elemMatch", &query))
            return fail(reader->err, ERROR_INVALID, "where: $all mixes $elemMatch and values");
        if (!where_operators(reader, field, iter.value, &filter))
            return false;
        where_add(reader->arena, &list, filter);
    }
    *out = where_join(reader->arena, FILTER_AND, &list);
    return true;
}

static bool read_all(struct where_reader *reader, const struct where_field *field,
                     const struct where_operation *how, struct json json, const struct filter **out)
{
    struct json_iter iter;
    struct json query;

    json_each(json, &iter);
    if (json_type(json) == JSON_LIST && json_next(&iter) &&
        json_get(iter.value, "$elemMatch", &query))
        return read_all_elements(reader, field, json, out);
    return read_list(reader, field, how, json, out);
}

static bool read_exists(struct where_reader *reader, const struct where_field *field,
                        const struct where_operation *how, struct json json,
                        const struct filter **out)
{
    enum json_type type = json_type(json);
    bool wanted = type == JSON_NUMBER ? json_double(json) != 0 : json_bool(json);

    if (type != JSON_BOOL && type != JSON_NUMBER && type != JSON_NULL)
        return where_refuse(reader, how, "expects true or false");
    *out = filter_compare(reader->arena, how->op, field->path, value_bool(wanted));
    return true;
}

static bool read_size(struct where_reader *reader, const struct where_field *field,
                      const struct where_operation *how, struct json json,
                      const struct filter **out)
{
    int64_t size;

    if (!where_integer(json, &size) || size < 0)
        return where_refuse(reader, how, "expects a whole number, not a negative one");
    *out = filter_compare(reader->arena, how->op, field->path, value_int(size));
    return true;
}

static bool read_contains(struct where_reader *reader, const struct where_field *field,
                          const struct where_operation *how, struct json json,
                          const struct filter **out)
{
    bson_value_t value;

    if (json_type(json) != JSON_TEXT || !where_whitelisted(reader, how->name))
        return where_refuse(reader, how, "is not allowed here");
    if (!where_value(reader, NULL, json, &value))
        return false;
    *out = filter_compare(reader->arena, how->op, field->path, value);
    return true;
}

/* -- operators of operators -------------------------------------------------------------------- */

static bool read_not(struct where_reader *reader, const struct where_field *field,
                     const struct where_operation *how, struct json json, const struct filter **out)
{
    struct where_list list = {0};
    const struct filter *filter = NULL;

    if (!where_is_operators(json))
        return where_refuse(reader, how, "expects operators");
    if (!where_operators(reader, field, json, &filter))
        return false;
    where_add(reader->arena, &list, filter);
    *out = where_join(reader->arena, how->op, &list);
    return true;
}

/* What an element itself is like: {"$elemMatch": {"$gt": 1}}. */
static bool read_itself(struct where_reader *reader, const struct where_field *field,
                        struct json json, const struct filter **out)
{
    struct where_field element = {.name = field->name, .path = ""};

    element.rules = field->rules && field->rules->each ? field->rules->each : field->rules;
    return where_operators(reader, &element, json, out);
}

static bool is_join(const char *key)
{
    return strcmp(key, "$and") == 0 || strcmp(key, "$or") == 0 || strcmp(key, "$nor") == 0;
}

static bool read_element(struct where_reader *reader, const struct where_field *field,
                         const struct where_operation *how, struct json json,
                         const struct filter **out)
{
    const struct where_place place = {.within = field};
    const struct filter *child = NULL;
    struct json_iter iter;
    bool itself;

    if (json_type(json) != JSON_OBJECT)
        return where_refuse(reader, how, "expects an object");
    json_each(json, &iter);
    itself = json_next(&iter) && iter.key[0] == '$' && !is_join(iter.key);
    if (itself ? !read_itself(reader, field, json, &child)
               : !where_query(reader, &place, json, &child))
        return false;
    if (!child)
        return where_refuse(reader, how, "expects at least one condition");
    *out = filter_element(reader->arena, field->path, child);
    return true;
}

/* -- all of them ------------------------------------------------------------------------------- */

static const struct where_operation operations[] = {
    {"$eq", read_compare, FILTER_EQ},
    {"$ne", read_compare, FILTER_NE},
    {"$gt", read_compare, FILTER_GT},
    {"$gte", read_compare, FILTER_GTE},
    {"$lt", read_compare, FILTER_LT},
    {"$lte", read_compare, FILTER_LTE},
    {"$in", read_list, FILTER_IN},
    {"$nin", read_list, FILTER_NIN},
    {"$all", read_all, FILTER_ALL},
    {"$exists", read_exists, FILTER_EXISTS},
    {"$size", read_size, FILTER_SIZE},
    {"$not", read_not, FILTER_NOR},
    {"$elemMatch", read_element, FILTER_ELEM},
    {"$mod", where_mod, FILTER_MOD},
    {"$type", where_type, FILTER_TYPE},
    {"$contains", read_contains, FILTER_CONTAINS},
    {"$bitsAllSet", where_bits, FILTER_BITS_ALL_SET},
    {"$bitsAnySet", where_bits, FILTER_BITS_ANY_SET},
    {"$bitsAllClear", where_bits, FILTER_BITS_ALL_CLEAR},
    {"$bitsAnyClear", where_bits, FILTER_BITS_ANY_CLEAR},
};

static const struct where_operation *find_operation(const char *name)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    return NULL;
}

bool where_operators(struct where_reader *reader, const struct where_field *field,
                     struct json operators, const struct filter **out)
{
    struct where_list list = {0};
    struct json_iter iter;

    json_each(operators, &iter);
    while (json_next(&iter)) {
        const struct where_operation *how = find_operation(iter.key);
        const struct filter *filter = NULL;

        if (!how || strlen(iter.key) != iter.key_len)
            return fail(reader->err, ERROR_INVALID, "where: %s is not allowed here",
                        where_shown(reader->arena, iter.key, strlen(iter.key)));
        if (!how->read(reader, field, how, iter.value, &filter))
            return false;
        where_add(reader->arena, &list, filter);
    }
    *out = where_join(reader->arena, FILTER_AND, &list);
    return true;
}
