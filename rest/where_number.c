/* SPDX-License-Identifier: MIT */
/* Operators whose operands are numbers of their own kind: divisors, types, bits. */
#include "where_private.h"

#include <math.h>
#include <string.h>

#include "../lib/filter_leaf.h"

bool where_refuse(struct where_reader *reader, const struct where_operation *how, const char *why)
{
    return fail(reader->err, ERROR_INVALID, "where: %s %s", how->name, why);
}

/* The integer a number is, without what is behind its point. */
static bool truncated(struct json json, int64_t *out)
{
    double real = json_double(json);

    if (json_type(json) != JSON_NUMBER)
        return false;
    if (json_int64(json, out))
        return true;
    if (!strpbrk(json_number(json), ".eE") || !(fabs(real) < 0x1p63))
        return false;
    *out = (int64_t)real;
    return true;
}

bool where_integer(struct json json, int64_t *out)
{
    return truncated(json, out) && (json_int64(json, out) || json_double(json) == (double)*out);
}

bool where_mod(struct where_reader *reader, const struct where_field *field,
               const struct where_operation *how, struct json json, const struct filter **out)
{
    bson_value_t *values = arena_alloc(reader->arena, 2 * sizeof(*values));
    struct json_iter iter;
    int64_t number;

    if (json_type(json) != JSON_LIST || json_count(json) != 2)
        return where_refuse(reader, how, "expects a list of divisor and remainder");
    json_each(json, &iter);
    for (int i = 0; json_next(&iter); i++) {
        if (!truncated(iter.value, &number) || (i == 0 && number == 0))
            return where_refuse(reader, how, "expects whole numbers, the first not 0");
        values[i] = value_int(number);
    }
    *out = filter_among(reader->arena, how->op, field->path, (struct filter_values){values, 2});
    return true;
}

/* -- $type ------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int type;
} types[] = {
    {"double", BSON_TYPE_DOUBLE},
    {"string", BSON_TYPE_UTF8},
    {"object", BSON_TYPE_DOCUMENT},
    {"array", BSON_TYPE_ARRAY},
    {"binData", BSON_TYPE_BINARY},
    {"undefined", BSON_TYPE_UNDEFINED},
    {"objectId", BSON_TYPE_OID},
    {"bool", BSON_TYPE_BOOL},
    {"date", BSON_TYPE_DATE_TIME},
    {"null", BSON_TYPE_NULL},
    {"regex", BSON_TYPE_REGEX},
    {"dbPointer", BSON_TYPE_DBPOINTER},
    {"javascript", BSON_TYPE_CODE},
    {"symbol", BSON_TYPE_SYMBOL},
    {"javascriptWithScope", BSON_TYPE_CODEWSCOPE},
    {"int", BSON_TYPE_INT32},
    {"timestamp", BSON_TYPE_TIMESTAMP},
    {"long", BSON_TYPE_INT64},
    {"decimal", BSON_TYPE_DECIMAL128},
    {"minKey", BSON_TYPE_MINKEY},
    {"maxKey", BSON_TYPE_MAXKEY},
    {"number", FILTER_ANY_NUMBER},
};

/* A name, or MongoDB's number (where -1 is the least key). */
static bool read_type(struct json json, bson_value_t *out)
{
    bool named = json_type(json) == JSON_TEXT;
    int64_t number = 0;

    if (!named && !where_integer(json, &number))
        return false;
    if (number < 0 || number == BSON_TYPE_MINKEY)
        number = number == -1 ? BSON_TYPE_MINKEY : 0; /* of no type */
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (named ? strcmp(json_string(json, NULL), types[i].name) == 0
                  : types[i].type != FILTER_ANY_NUMBER && types[i].type == number) {
            *out = value_int(types[i].type);
            return true;
        }
    return false;
}

bool where_type(struct where_reader *reader, const struct where_field *field,
                const struct where_operation *how, struct json json, const struct filter **out)
{
    bool many = json_type(json) == JSON_LIST;
    size_t count = many ? json_count(json) : 1;
    bson_value_t *values = arena_alloc(reader->arena, count * sizeof(*values));
    struct json_iter iter = {.value = json};

    if (many)
        json_each(json, &iter);
    for (size_t i = 0; i < count; i++) {
        if (many)
            json_next(&iter);
        if (!read_type(iter.value, &values[i]))
            return where_refuse(reader, how, "names no type");
    }
    if (!count)
        return where_refuse(reader, how, "expects at least one type");
    *out = filter_among(reader->arena, how->op, field->path, (struct filter_values){values, count});
    return true;
}

/* -- $bits… ------------------------------------------------------------------------------------ */

/* A list of positions. Those beyond 64 bits are as the sign is. */
static bool read_positions(struct json list, int64_t *mask)
{
    struct json_iter iter;
    uint64_t bits = 0;

    json_each(list, &iter);
    while (json_next(&iter)) {
        int64_t position;

        if (!where_integer(iter.value, &position) || position < 0)
            return false;
        bits |= (uint64_t)1 << (position < 63 ? position : 63);
    }
    *mask = (int64_t)bits;
    return true;
}

bool where_bits(struct where_reader *reader, const struct where_field *field,
                const struct where_operation *how, struct json json, const struct filter **out)
{
    int64_t mask;

    if (json_type(json) == JSON_LIST ? !read_positions(json, &mask)
                                     : !where_integer(json, &mask) || mask < 0)
        return where_refuse(reader, how, "expects a mask or a list of positions, none negative");
    *out = filter_compare(reader->arena, how->op, field->path, value_int(mask));
    return true;
}
