/* SPDX-License-Identifier: MIT */
#include "extended_type.h"

#include "../../lib/buf.h"
#include "times.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool extended_refuse(const struct extended_slot *slot, const char *why, struct error *err)
{
    int shown = slot->len < 80 ? slot->len : 80;

    while (shown < slot->len && shown > 0 && ((unsigned char)slot->key[shown] & 0xC0) == 0x80)
        shown--;
    return fail(err, ERROR_REFUSED, "\"%.*s\": %s", shown, slot->key, why);
}

/* A text without U+0000, or NULL. */
static const char *plain_text(struct json value)
{
    size_t len;
    const char *text = json_string(value, &len);

    return json_type(value) == JSON_TEXT && strlen(text) == len ? text : NULL;
}

static bool read_int64(const char *text, int64_t *out)
{
    char *end;

    errno = 0;
    if (!text || !strchr("-0123456789", text[0]) || !text[0])
        return false;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && end > text;
}

/* A whole number, bare or as {"$numberLong": "5"}. */
static bool read_whole(struct json value, int64_t *out)
{
    struct json inner;

    if (json_type(value) == JSON_OBJECT && json_count(value) == 1 &&
        json_get(value, "$numberLong", &inner))
        value = inner;
    return json_int64(value, out) || read_int64(plain_text(value), out);
}

static bool append_oid(const struct extended_slot *slot, struct json value)
{
    const char *text = plain_text(value);
    bson_oid_t oid;

    if (!text || !bson_oid_is_valid(text, strlen(text)) || strlen(text) != 24)
        return false;
    bson_oid_init_from_string(&oid, text);
    return bson_append_oid(slot->to, slot->key, slot->len, &oid);
}

static bool append_date(const struct extended_slot *slot, struct json value)
{
    const char *text = plain_text(value);
    int64_t ms;

    if (text ? !time_parse(text, &ms) : !read_whole(value, &ms))
        return false;
    return bson_append_date_time(slot->to, slot->key, slot->len, ms);
}

static bool append_long(const struct extended_slot *slot, struct json value)
{
    int64_t number;

    return read_whole(value, &number) && bson_append_int64(slot->to, slot->key, slot->len, number);
}

static bool append_int(const struct extended_slot *slot, struct json value)
{
    int64_t number;

    return read_whole(value, &number) && number >= INT32_MIN && number <= INT32_MAX &&
           bson_append_int32(slot->to, slot->key, slot->len, (int32_t)number);
}

static bool append_double(const struct extended_slot *slot, struct json value)
{
    const char *text = json_type(value) == JSON_NUMBER ? json_number(value) : plain_text(value);
    double number;
    char *end;

    if (text && strcmp(text, "NaN") == 0)
        number = NAN;
    else if (text && strcmp(text, "Infinity") == 0)
        number = INFINITY;
    else if (text && strcmp(text, "-Infinity") == 0)
        number = -INFINITY;
    else {
        if (!text || !strchr("-0123456789", text[0]) ||
            strspn(text, "+-.0123456789eE") != strlen(text))
            return false;
        number = strtod(text, &end);
        if (end == text || *end || !isfinite(number))
            return false;
    }
    return bson_append_double(slot->to, slot->key, slot->len, number);
}

static bool append_decimal(const struct extended_slot *slot, struct json value)
{
    const char *text = plain_text(value);
    bson_decimal128_t decimal;

    return text && bson_decimal128_from_string(text, &decimal) &&
           bson_append_decimal128(slot->to, slot->key, slot->len, &decimal);
}

static bool append_timestamp(const struct extended_slot *slot, struct json value)
{
    struct json member;
    int64_t seconds;
    int64_t count;

    if (!json_get(value, "t", &member) || !read_whole(member, &seconds) ||
        !json_get(value, "i", &member) || !read_whole(member, &count))
        return false;
    return seconds >= 0 && seconds <= UINT32_MAX && count >= 0 && count <= UINT32_MAX &&
           bson_append_timestamp(slot->to, slot->key, slot->len, (uint32_t)seconds,
                                 (uint32_t)count);
}

static bool decode_base64(const char *text, struct buf *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strspn(text, letters);
    uint32_t bits = 0;

    if (len % 4 == 1 || strspn(text + len, "=") != strlen(text + len) || strlen(text) % 4)
        return false;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 6 | (uint32_t)(strchr(letters, text[i]) - letters);
        if (i % 4 == 3) {
            buf_byte(out, (char)(bits >> 16 & 0xFF));
            buf_byte(out, (char)(bits >> 8 & 0xFF));
            buf_byte(out, (char)(bits & 0xFF));
        }
    }
    if (len % 4 >= 2)
        buf_byte(out, (char)(bits >> (len % 4 == 2 ? 4 : 10) & 0xFF));
    if (len % 4 == 3)
        buf_byte(out, (char)(bits >> 2 & 0xFF));
    return true;
}

static bool append_bytes(const struct extended_slot *slot, const char *base64, const char *subtype)
{
    struct buf bytes = {0};
    char *end;
    unsigned long type;
    bool good;

    if (!base64 || !subtype || strspn(subtype, "0123456789abcdefABCDEF") != strlen(subtype))
        return false;
    type = strtoul(subtype, &end, 16);
    good = end > subtype && type <= 0xFF && decode_base64(base64, &bytes) &&
           bson_append_binary(slot->to, slot->key, slot->len, (bson_subtype_t)type,
                              (const uint8_t *)buf_text(&bytes), (uint32_t)bytes.len);
    buf_release(&bytes);
    return good;
}

/* {"$binary": {"base64", "subType"}}, or {"$binary", "$type"} as it was before. */
static bool append_binary(const struct extended_slot *slot, struct json object, struct json value)
{
    bool nested = json_type(value) == JSON_OBJECT;
    struct json base64 = value;
    struct json subtype;

    if (nested && !json_get(value, "base64", &base64))
        return false;
    if (!json_get(nested ? value : object, nested ? "subType" : "$type", &subtype))
        return false;
    return append_bytes(slot, plain_text(base64), plain_text(subtype));
}

/* {"$regularExpression": {"pattern", "options"}}, or {"$regex", "$options"}. */
static bool append_regex(const struct extended_slot *slot, struct json object, struct json value)
{
    bool nested = json_type(value) == JSON_OBJECT;
    struct json pattern = value;
    struct json member;
    const char *options = "";

    if (nested && !json_get(value, "pattern", &pattern))
        return false;
    if (json_get(nested ? value : object, nested ? "options" : "$options", &member))
        options = plain_text(member);
    return options && plain_text(pattern) &&
           bson_append_regex(slot->to, slot->key, slot->len, plain_text(pattern), options);
}

static bool append_symbol(const struct extended_slot *slot, struct json value)
{
    const char *text = plain_text(value);

    return text && bson_append_symbol(slot->to, slot->key, slot->len, text, (int)strlen(text));
}

static bool append_code(const struct extended_slot *slot, struct json value)
{
    const char *text = plain_text(value);

    return text && bson_append_code(slot->to, slot->key, slot->len, text);
}

static bool append_minkey(const struct extended_slot *slot, struct json value)
{
    (void)value;
    return bson_append_minkey(slot->to, slot->key, slot->len);
}

static bool append_maxkey(const struct extended_slot *slot, struct json value)
{
    (void)value;
    return bson_append_maxkey(slot->to, slot->key, slot->len);
}

static bool append_undefined(const struct extended_slot *slot, struct json value)
{
    (void)value;
    return bson_append_undefined(slot->to, slot->key, slot->len);
}

static const struct {
    const char *name;
    bool (*append)(const struct extended_slot *slot, struct json value);
    bool (*append_whole)(const struct extended_slot *slot, struct json object, struct json value);
} types[] = {
    {"$oid", append_oid, NULL},
    {"$date", append_date, NULL},
    {"$numberLong", append_long, NULL},
    {"$numberInt", append_int, NULL},
    {"$numberDouble", append_double, NULL},
    {"$numberDecimal", append_decimal, NULL},
    {"$timestamp", append_timestamp, NULL},
    {"$binary", NULL, append_binary},
    {"$regularExpression", NULL, append_regex},
    {"$regex", NULL, append_regex},
    {"$symbol", append_symbol, NULL},
    {"$code", append_code, NULL},
    {"$minKey", append_minkey, NULL},
    {"$maxKey", append_maxkey, NULL},
    {"$undefined", append_undefined, NULL},
};

enum extended_result extended_type(const struct extended_slot *slot, struct json object,
                                   struct error *err)
{
    size_t count = json_count(object);
    struct json_iter iter;
    struct json value;
    bool two; /* members that make one value */

    json_each(object, &iter);
    if (count < 1 || count > 2 || !json_next(&iter) || iter.key[0] != '$')
        return EXTENDED_PLAIN;
    two = count == 2 && (json_get(object, "$type", &value) || json_get(object, "$options", &value));
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        bool good;

        if ((count == 2 && (types[i].append || !two)) || !json_get(object, types[i].name, &value))
            continue;
        good = types[i].append ? types[i].append(slot, value)
                               : types[i].append_whole(slot, object, value);
        if (good)
            return EXTENDED_APPENDED;
        extended_refuse(slot, "is not what its $type says", err);
        return EXTENDED_REFUSED;
    }
    return EXTENDED_PLAIN;
}
