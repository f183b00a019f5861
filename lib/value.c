/* SPDX-License-Identifier: MIT */
#include "value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bson_value_t value_text(const char *text)
{
    bson_value_t value = {.value_type = BSON_TYPE_UTF8};

    value.value.v_utf8.str = (char *)(uintptr_t)text; /* never written through */
    value.value.v_utf8.len = (uint32_t)strlen(text);
    return value;
}

bson_value_t value_int(int64_t number)
{
    bson_value_t value = {.value_type = BSON_TYPE_INT64};

    if (number >= INT32_MIN && number <= INT32_MAX) {
        value.value_type = BSON_TYPE_INT32;
        value.value.v_int32 = (int32_t)number;
    } else {
        value.value.v_int64 = number;
    }
    return value;
}

bson_value_t value_double(double number)
{
    return (bson_value_t){.value_type = BSON_TYPE_DOUBLE, .value.v_double = number};
}

bson_value_t value_bool(bool flag)
{
    return (bson_value_t){.value_type = BSON_TYPE_BOOL, .value.v_bool = flag};
}

bson_value_t value_date(int64_t ms)
{
    return (bson_value_t){.value_type = BSON_TYPE_DATE_TIME, .value.v_datetime = ms};
}

bson_value_t value_oid(const bson_oid_t *oid)
{
    return (bson_value_t){.value_type = BSON_TYPE_OID, .value.v_oid = *oid};
}

bson_value_t value_null(void)
{
    return (bson_value_t){.value_type = BSON_TYPE_NULL};
}

enum value_class value_class(bson_type_t type)
{
    switch (type) {
    case BSON_TYPE_EOD:
    case BSON_TYPE_UNDEFINED:
    case BSON_TYPE_NULL:
        return CLASS_NULL;
    case BSON_TYPE_DOUBLE:
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
    case BSON_TYPE_DECIMAL128:
        return CLASS_NUMBER;
    case BSON_TYPE_UTF8:
    case BSON_TYPE_SYMBOL:
        return CLASS_TEXT;
    case BSON_TYPE_DOCUMENT:
        return CLASS_OBJECT;
    case BSON_TYPE_ARRAY:
        return CLASS_LIST;
    case BSON_TYPE_BINARY:
        return CLASS_BINARY;
    case BSON_TYPE_OID:
        return CLASS_OBJECT_ID;
    case BSON_TYPE_BOOL:
        return CLASS_BOOL;
    case BSON_TYPE_DATE_TIME:
        return CLASS_DATE;
    case BSON_TYPE_TIMESTAMP:
        return CLASS_TIMESTAMP;
    case BSON_TYPE_REGEX:
        return CLASS_REGEX;
    case BSON_TYPE_MINKEY:
        return CLASS_MIN;
    case BSON_TYPE_MAXKEY:
        return CLASS_MAX;
    case BSON_TYPE_DBPOINTER:
    case BSON_TYPE_CODE:
    case BSON_TYPE_CODEWSCOPE:
    default:
        return CLASS_OTHER;
    }
}

bool value_is_number(const bson_value_t *value)
{
    return value_class(value->value_type) == CLASS_NUMBER;
}

/* Decimals are rare (only data of others has them), so the nearest double is exact enough: it is
 * the same for every comparison, and the order stays an order. */
static double decimal_double(const bson_decimal128_t *decimal)
{
    char text[BSON_DECIMAL128_STRING];

    bson_decimal128_to_string(decimal, text);
    return strtod(text, NULL);
}

struct value_number value_number(const bson_value_t *value)
{
    struct value_number number = {0};

    switch (value->value_type) {
    case BSON_TYPE_INT32:
        number.integral = true;
        number.integer = value->value.v_int32;
        break;
    case BSON_TYPE_INT64:
        number.integral = true;
        number.integer = value->value.v_int64;
        break;
    case BSON_TYPE_DOUBLE:
        number.real = value->value.v_double;
        break;
    default:
        number.real = decimal_double(&value->value.v_decimal128);
    }
    return number;
}

bool value_is_nan(const bson_value_t *value)
{
    struct value_number number;

    if (!value_is_number(value))
        return false;
    number = value_number(value);
    return !number.integral && isnan(number.real);
}

bool value_whole(const bson_value_t *value, int64_t *out)
{
    struct value_number number;

    if (!value_is_number(value))
        return false;
    number = value_number(value);
    if (!number.integral) {
        bool low = number.real >= -0x1p63, high = number.real < 0x1p63; /* NaN is neither */

        if (!low || !high || trunc(number.real) != number.real)
            return false;
        number.integer = (int64_t)number.real;
    }
    *out = number.integer;
    return true;
}

const uint8_t *value_bytes(const bson_value_t *value, size_t *len)
{
    *len = 0;
    switch (value->value_type) {
    case BSON_TYPE_UTF8:
        *len = value->value.v_utf8.len;
        return (const uint8_t *)value->value.v_utf8.str;
    case BSON_TYPE_SYMBOL:
        *len = value->value.v_symbol.len;
        return (const uint8_t *)value->value.v_symbol.symbol;
    case BSON_TYPE_CODE:
        *len = value->value.v_code.code_len;
        return (const uint8_t *)value->value.v_code.code;
    case BSON_TYPE_CODEWSCOPE:
        *len = value->value.v_codewscope.code_len;
        return (const uint8_t *)value->value.v_codewscope.code;
    case BSON_TYPE_DBPOINTER:
        *len = sizeof(value->value.v_dbpointer.oid.bytes);
        return value->value.v_dbpointer.oid.bytes;
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        *len = value->value.v_doc.data_len;
        return value->value.v_doc.data;
    default:
        return NULL;
    }
}

bool value_members(const bson_value_t *value, bson_iter_t *iter)
{
    return (value->value_type == BSON_TYPE_DOCUMENT || value->value_type == BSON_TYPE_ARRAY) &&
           bson_iter_init_from_data(iter, value->value.v_doc.data, value->value.v_doc.data_len);
}

#define SIGN(a, b) ((a) < (b) ? -1 : (a) > (b))

/* Exact where a conversion to double would round: 2^53 + 1 is not 2^53. */
static int compare_integer_real(int64_t integer, double real)
{
    int64_t whole;
    int order;

    if (isnan(real))
        return 1;
    if (real >= 0x1p63)
        return -1;
    if (real < -0x1p63)
        return 1;
    whole = (int64_t)real;
    order = SIGN(integer, whole);
    return order ? order : SIGN(0.0, real - (double)whole);
}

static int compare_numbers(const bson_value_t *a, const bson_value_t *b)
{
    struct value_number left = value_number(a);
    struct value_number right = value_number(b);

    if (left.integral && right.integral)
        return SIGN(left.integer, right.integer);
    if (left.integral)
        return compare_integer_real(left.integer, right.real);
    if (right.integral)
        return -compare_integer_real(right.integer, left.real);
    if (isnan(left.real) || isnan(right.real))
        return SIGN(!isnan(left.real), !isnan(right.real));
    return SIGN(left.real, right.real);
}

static int compare_runs(const void *a, size_t a_len, const void *b, size_t b_len)
{
    size_t common = a_len < b_len ? a_len : b_len;
    int order = common ? memcmp(a, b, common) : 0;

    return order ? SIGN(order, 0) : SIGN(a_len, b_len);
}

static int compare_bytes(const bson_value_t *a, const bson_value_t *b)
{
    size_t a_len;
    size_t b_len;
    const uint8_t *left = value_bytes(a, &a_len);
    const uint8_t *right = value_bytes(b, &b_len);

    return compare_runs(left, a_len, right, b_len);
}

static int compare_binary(const bson_value_t *a, const bson_value_t *b)
{
    uint32_t a_len = a->value.v_binary.data_len;
    uint32_t b_len = b->value.v_binary.data_len;

    if (a_len != b_len)
        return SIGN(a_len, b_len);
    if (a->value.v_binary.subtype != b->value.v_binary.subtype)
        return SIGN(a->value.v_binary.subtype, b->value.v_binary.subtype);
    return compare_runs(a->value.v_binary.data, a_len, b->value.v_binary.data, b_len);
}

static int compare_timestamps(const bson_value_t *a, const bson_value_t *b)
{
    int order = SIGN(a->value.v_timestamp.timestamp, b->value.v_timestamp.timestamp);

    return order ? order : SIGN(a->value.v_timestamp.increment, b->value.v_timestamp.increment);
}

static int compare_regexes(const bson_value_t *a, const bson_value_t *b)
{
    int order = strcmp(a->value.v_regex.regex, b->value.v_regex.regex);

    if (!order)
        order = strcmp(a->value.v_regex.options, b->value.v_regex.options);
    return SIGN(order, 0);
}

static int compare_others(const bson_value_t *a, const bson_value_t *b)
{
    if (a->value_type != b->value_type)
        return SIGN(a->value_type, b->value_type);
    return compare_bytes(a, b);
}

static int compare_at(const bson_value_t *a, const bson_value_t *b, int depth);

/* Members pair by pair: the kind of value, then (of objects) the name, then the value. */
static int compare_members(const bson_value_t *a, const bson_value_t *b, int depth)
{
    bool named = a->value_type == BSON_TYPE_DOCUMENT;
    bson_iter_t left;
    bson_iter_t right;

    if (depth >= VALUE_MAX_DEPTH || !value_members(a, &left) || !value_members(b, &right))
        return compare_bytes(a, b);
    for (;;) {
        bool more = bson_iter_next(&left);
        int order;

        if (more != bson_iter_next(&right))
            return more ? 1 : -1;
        if (!more)
            return 0;
        order = SIGN(value_class(bson_iter_type(&left)), value_class(bson_iter_type(&right)));
        if (!order && named)
            order = strcmp(bson_iter_key(&left), bson_iter_key(&right));
        if (order)
            return SIGN(order, 0);
        order = compare_at(bson_iter_value(&left), bson_iter_value(&right), depth + 1);
        if (order)
            return order;
    }
}

static int compare_at(const bson_value_t *a, const bson_value_t *b, int depth)
{
    enum value_class class = value_class(a->value_type);
    int order = SIGN(class, value_class(b->value_type));

    if (order)
        return order;
    switch (class) {
    case CLASS_NUMBER:
        return compare_numbers(a, b);
    case CLASS_TEXT:
        return compare_bytes(a, b);
    case CLASS_OBJECT:
    case CLASS_LIST:
        return compare_members(a, b, depth);
    case CLASS_BINARY:
        return compare_binary(a, b);
    case CLASS_OBJECT_ID:
        return compare_runs(a->value.v_oid.bytes, 12, b->value.v_oid.bytes, 12);
    case CLASS_BOOL:
        return SIGN(a->value.v_bool, b->value.v_bool);
    case CLASS_DATE:
        return SIGN(a->value.v_datetime, b->value.v_datetime);
    case CLASS_TIMESTAMP:
        return compare_timestamps(a, b);
    case CLASS_REGEX:
        return compare_regexes(a, b);
    case CLASS_OTHER:
        return compare_others(a, b);
    default: /* null, missing, the least and the greatest */
        return 0;
    }
}

int value_compare(const bson_value_t *a, const bson_value_t *b)
{
    return compare_at(a, b, 0);
}
