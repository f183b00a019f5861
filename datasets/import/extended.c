/* SPDX-License-Identifier: MIT */
#include "extended.h"

#include "extended_type.h"

#include <math.h>
#include <string.h>

static bool append_number(const struct extended_slot *slot, struct json value, struct error *err)
{
    int64_t whole;
    double real;

    if (json_int64(value, &whole)) {
        if (whole >= INT32_MIN && whole <= INT32_MAX)
            return bson_append_int32(slot->to, slot->key, slot->len, (int32_t)whole);
        return bson_append_int64(slot->to, slot->key, slot->len, whole);
    }
    if (!strpbrk(json_number(value), ".eE"))
        return extended_refuse(slot, "the number has more than 64 bits", err);
    real = json_double(value);
    if (!isfinite(real))
        return extended_refuse(slot, "the number is too large", err);
    return bson_append_double(slot->to, slot->key, slot->len, real);
}

static bool append(const struct extended_slot *slot, struct json value, struct error *err);

static bool append_list(const struct extended_slot *slot, struct json list, struct error *err)
{
    struct json_iter iter;
    uint32_t index = 0;
    bool good = true;
    bson_t inner;

    bson_append_array_begin(slot->to, slot->key, slot->len, &inner);
    json_each(list, &iter);
    while (good && json_next(&iter)) {
        char room[16];
        const char *key;
        int len = (int)bson_uint32_to_string(index++, &key, room, sizeof(room));

        good = append(&(struct extended_slot){&inner, key, len}, iter.value, err);
    }
    bson_append_array_end(slot->to, &inner);
    return good;
}

static bool append_object(const struct extended_slot *slot, struct json object, struct error *err)
{
    bson_t inner;
    bool good;

    switch (extended_type(slot, object, err)) {
    case EXTENDED_APPENDED:
        return true;
    case EXTENDED_REFUSED:
        return false;
    case EXTENDED_PLAIN:
        break;
    }
    bson_append_document_begin(slot->to, slot->key, slot->len, &inner);
    good = extended_to_bson(object, &inner, err);
    bson_append_document_end(slot->to, &inner);
    return good;
}

static bool append(const struct extended_slot *slot, struct json value, struct error *err)
{
    const char *text;
    size_t len;

    switch (json_type(value)) {
    case JSON_NULL:
        return bson_append_null(slot->to, slot->key, slot->len);
    case JSON_BOOL:
        return bson_append_bool(slot->to, slot->key, slot->len, json_bool(value));
    case JSON_NUMBER:
        return append_number(slot, value, err);
    case JSON_TEXT:
        text = json_string(value, &len);
        return bson_append_utf8(slot->to, slot->key, slot->len, text, (int)len);
    case JSON_LIST:
        return append_list(slot, value, err);
    case JSON_OBJECT:
        break;
    }
    return append_object(slot, value, err);
}

bool extended_to_bson(struct json object, bson_t *out, struct error *err)
{
    struct json_iter iter;

    err->kind = ERROR_NONE;
    json_each(object, &iter);
    while (json_next(&iter)) {
        struct extended_slot slot = {out, iter.key, (int)iter.key_len};

        if (memchr(iter.key, '\0', iter.key_len))
            return fail(err, ERROR_REFUSED, "a field's name must not hold U+0000");
        if (!append(&slot, iter.value, err))
            return err->kind ? false : fail(err, ERROR_REFUSED, "the document is too large");
    }
    return true;
}
