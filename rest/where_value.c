/* SPDX-License-Identifier: MIT */
/* What fields are compared with: JSON as BSON, by the field's declared type. */
#include "where_private.h"

#include <math.h>
#include <string.h>

#include "validate.h"

static bool number(struct where_reader *reader, struct json json, bson_value_t *out)
{
    const char *digits = json_number(json);
    int64_t integer;
    double real;

    if (json_int64(json, &integer)) {
        *out = value_int(integer);
        return true;
    }
    real = json_double(json);
    if (!strpbrk(digits, ".eE") || !isfinite(real))
        return fail(reader->err, ERROR_INVALID, "where: the number %s is too large",
                    where_shown(reader->arena, digits, strlen(digits)));
    *out = value_double(real);
    return true;
}

static const struct rules *rules_of_member(const struct rules *rules, const char *key, size_t len)
{
    if (rules && !rules->schema && rules->each)
        rules = rules->each;
    if (rules && rules->schema)
        return schema_find(rules->schema, key, len);
    return rules ? rules->values : NULL;
}

static const struct rules *rules_of_item(const struct rules *rules, size_t at)
{
    if (rules && at < rules->item_count)
        return &rules->items[at];
    return rules && rules->each ? rules->each : rules;
}

static bool append_members(struct where_reader *reader, const struct rules *rules,
                           struct json object, bson_t *out)
{
    struct json_iter iter;
    bson_value_t value;

    json_each(object, &iter);
    while (json_next(&iter)) {
        if (iter.key[0] == '$' || strlen(iter.key) != iter.key_len)
            return fail(reader->err, ERROR_INVALID, "where: %s is not allowed inside a value",
                        where_shown(reader->arena, iter.key, strlen(iter.key)));
        if (!where_value(reader, rules_of_member(rules, iter.key, iter.key_len), iter.value,
                         &value))
            return false;
        if (!bson_append_value(out, iter.key, (int)iter.key_len, &value))
            return fail(reader->err, ERROR_INVALID, "where: a value is too large");
    }
    return true;
}

static bool append_items(struct where_reader *reader, const struct rules *rules, struct json list,
                         bson_t *out)
{
    struct json_iter iter;
    bson_value_t value;
    uint32_t at = 0;

    json_each(list, &iter);
    while (json_next(&iter)) {
        char room[16];
        const char *key;
        size_t len = bson_uint32_to_string(at, &key, room, sizeof(room));

        if (!where_value(reader, rules_of_item(rules, at++), iter.value, &value))
            return false;
        if (!bson_append_value(out, key, (int)len, &value))
            return fail(reader->err, ERROR_INVALID, "where: a value is too large");
    }
    return true;
}

static bool nested(struct where_reader *reader, const struct rules *rules, struct json json,
                   bson_value_t *out)
{
    bool list = json_type(json) == JSON_LIST;
    bson_t bson = BSON_INITIALIZER;
    bool ok = list ? append_items(reader, rules, json, &bson)
                   : append_members(reader, rules, json, &bson);

    if (ok) {
        out->value_type = list ? BSON_TYPE_ARRAY : BSON_TYPE_DOCUMENT;
        out->value.v_doc.data_len = bson.len;
        out->value.v_doc.data =
            (uint8_t *)arena_copy(reader->arena, bson_get_data(&bson), bson.len);
    }
    bson_destroy(&bson);
    return ok;
}

void where_cast(const struct where_reader *reader, const struct rules *rules, bson_value_t *value)
{
    bson_value_t cast;

    if (rules && cast_value(rules, reader->resource->iso_dates, value, &cast))
        *value = cast;
}

bool where_value(struct where_reader *reader, const struct rules *rules, struct json json,
                 bson_value_t *out)
{
    size_t len;

    switch (json_type(json)) {
    case JSON_NULL:
        *out = value_null();
        return true;
    case JSON_BOOL:
        *out = value_bool(json_bool(json));
        return true;
    case JSON_NUMBER:
        return number(reader, json, out);
    case JSON_TEXT:
        *out = value_text("");
        out->value.v_utf8.str = (char *)(uintptr_t)json_string(json, &len); /* never changed */
        out->value.v_utf8.len = (uint32_t)len;
        where_cast(reader, rules, out);
        return true;
    default:
        return nested(reader, rules, json, out);
    }
}
