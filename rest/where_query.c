/* SPDX-License-Identifier: MIT */
/* Queries as MongoDB writes them: fields, and the operators that join queries. */
#include "where_private.h"

#include <string.h>

bool where_is_operators(struct json value)
{
    struct json_iter iter;

    if (json_type(value) != JSON_OBJECT)
        return false;
    json_each(value, &iter);
    return json_next(&iter) && iter.key[0] == '$';
}

/* -- queries joined ---------------------------------------------------------------------------- */

static const struct filter *nothing(struct arena *arena)
{
    return filter_among(arena, FILTER_IN, "_id", (struct filter_values){NULL, 0});
}

/* What a join means that has {} among its queries. */
static const struct filter *join_with_all(struct arena *arena, enum filter_op op,
                                          const struct where_list *list)
{
    if (op == FILTER_AND)
        return where_join(arena, op, list);
    return op == FILTER_OR ? NULL : nothing(arena);
}

static bool read_join(struct where_reader *reader, struct where_place place, enum filter_op op,
                      struct json queries, const struct filter **out)
{
    struct where_list list = {0};
    struct json_iter iter;
    bool all = false;

    if (json_type(queries) != JSON_LIST || !json_count(queries))
        return fail(reader->err, ERROR_INVALID,
                    "where: $and, $or and $nor expect a list of queries, not an empty one");
    place.top = place.top && op == FILTER_AND;
    json_each(queries, &iter);
    while (json_next(&iter)) {
        const struct filter *query = NULL;

        if (json_type(iter.value) != JSON_OBJECT)
            return fail(reader->err, ERROR_INVALID,
                        "where: $and, $or and $nor expect a list of sub-queries");
        if (!where_query(reader, &place, iter.value, &query))
            return false;
        if (query)
            where_add(reader->arena, &list, query);
        all |= !query;
    }
    *out = all ? join_with_all(reader->arena, op, &list) : where_join(reader->arena, op, &list);
    return true;
}

/* -- $text ------------------------------------------------------------------------------------- */

/* An option of $text says what is done anyway. */
static bool is_usual(const char *option, struct json value)
{
    const char *text = json_string(value, NULL);

    if (strcmp(option, "$language") == 0)
        return strcmp(text, "english") == 0 || strcmp(text, "en") == 0;
    if (strcmp(option, "$caseSensitive") == 0 || strcmp(option, "$diacriticSensitive") == 0)
        return json_type(value) == JSON_BOOL && !json_bool(value);
    return false;
}

static bool read_text(struct where_reader *reader, struct json query)
{
    struct json_iter iter;
    const char *text = NULL;
    size_t len;

    if (reader->out.text)
        return fail(reader->err, ERROR_INVALID, "where: more than one $text");
    if (json_type(query) != JSON_OBJECT)
        return fail(reader->err, ERROR_INVALID, "where: $text expects an object");
    json_each(query, &iter);
    while (json_next(&iter)) {
        if (strcmp(iter.key, "$search") == 0 && json_type(iter.value) == JSON_TEXT) {
            text = json_string(iter.value, &len);
            if (strlen(text) != len)
                return fail(reader->err, ERROR_INVALID, "where: $search holds U+0000");
        } else if (!is_usual(iter.key, iter.value)) {
            return fail(reader->err, ERROR_INVALID, "where: %s of $text cannot be served so",
                        where_shown(reader->arena, iter.key, strlen(iter.key)));
        }
    }
    if (!text)
        return fail(reader->err, ERROR_INVALID, "where: $text expects a $search");
    reader->out.text = text;
    return true;
}

/* -- one member of a query --------------------------------------------------------------------- */

bool where_whitelisted(const struct where_reader *reader, const char *operator)
{
    const struct texts *extra = &reader->resource->query_whitelist;

    for (size_t i = 0; i < extra->count; i++)
        if (strcmp(extra->items[i], operator) == 0)
            return true;
    return false;
}

static bool read_operator(struct where_reader *reader, const struct where_place *place,
                          const char *name, struct json value, const struct filter **out)
{
    if (strcmp(name, "$and") == 0)
        return read_join(reader, *place, FILTER_AND, value, out);
    if (strcmp(name, "$or") == 0)
        return read_join(reader, *place, FILTER_OR, value, out);
    if (strcmp(name, "$nor") == 0)
        return read_join(reader, *place, FILTER_NOR, value, out);
    *out = NULL;
    if (strcmp(name, "$text") == 0 && where_whitelisted(reader, name) && place->top)
        return read_text(reader, value);
    return fail(reader->err, ERROR_INVALID, "where: %s is not allowed here",
                where_shown(reader->arena, name, strlen(name)));
}

static bool read_field(struct where_reader *reader, const struct where_place *place,
                       const struct json_iter *member, const struct filter **out)
{
    struct where_field field;
    bson_value_t value;

    if (!where_field(reader, place, member->key, member->key_len, &field))
        return false;
    if (where_is_operators(member->value))
        return where_operators(reader, &field, member->value, out);
    if (!where_value(reader, field.rules, member->value, &value) ||
        !where_fits(reader, &field, &value))
        return false;
    *out = filter_compare(reader->arena, FILTER_EQ, field.path, value);
    return true;
}

bool where_query(struct where_reader *reader, const struct where_place *place, struct json query,
                 const struct filter **out)
{
    struct where_list list = {0};
    struct json_iter iter;

    json_each(query, &iter);
    while (json_next(&iter)) {
        const struct filter *filter = NULL;

        if (iter.key[0] == '$' ? !read_operator(reader, place, iter.key, iter.value, &filter)
                               : !read_field(reader, place, &iter, &filter))
            return false;
        if (filter)
            where_add(reader->arena, &list, filter);
    }
    *out = where_join(reader->arena, FILTER_AND, &list);
    return true;
}
