/* SPDX-License-Identifier: MIT */
/* https://www.mongodb.com/docs/manual/reference/operator/query/ : mod, type, the bits; and texts
 * within texts, which there takes a regular expression. */
#include "filter_leaf.h"

#include "value.h"

#include <math.h>
#include <string.h>

/* -- one value --------------------------------------------------------------------------------- */

/* A number without its fraction; no NaN, nothing outside int64. */
static bool truncated(const bson_value_t *value, int64_t *out)
{
    struct value_number number;
    bson_value_t whole;

    if (!value_is_number(value))
        return false;
    number = value_number(value);
    whole = number.integral ? *value : value_double(trunc(number.real));
    return value_whole(&whole, out);
}

/* The remainder has the dividend's sign, as C has it. */
static bool has_remainder(const struct filter *filter, const bson_value_t *value)
{
    int64_t dividend, divisor, remainder;

    if (filter->count != 2 || !truncated(value, &dividend) ||
        !value_whole(&filter->values[0], &divisor) || !value_whole(&filter->values[1], &remainder))
        return false;
    if (divisor == -1) /* the least int64 divided by it overflows */
        return remainder == 0;
    return divisor != 0 && dividend % divisor == remainder;
}

static bool has_type(const struct filter *filter, const bson_value_t *value)
{
    int64_t type;

    for (size_t i = 0; i < filter->count; i++)
        if (value_whole(&filter->values[i], &type) &&
            (type == FILTER_ANY_NUMBER ? value_is_number(value)
                                       : type == (int64_t)value->value_type))
            return true;
    return false;
}

static bool contains(const struct filter *filter, const bson_value_t *value)
{
    size_t len, wanted_len;
    const uint8_t *text = value_bytes(value, &len);
    const uint8_t *wanted = value_bytes(&filter->value, &wanted_len);

    return value_class(value->value_type) == CLASS_TEXT &&
           (wanted_len == 0 || memmem(text, len, wanted, wanted_len));
}

/* The bits that masks reach: beyond the 64th are a number's sign, and more bytes. */
static bool lowest_bits(const bson_value_t *value, uint64_t *out)
{
    int64_t number;

    if (value->value_type != BSON_TYPE_BINARY) {
        if (!value_whole(value, &number))
            return false;
        *out = (uint64_t)number;
        return true;
    }
    *out = 0;
    for (uint32_t i = 0; i < value->value.v_binary.data_len && i < sizeof(*out); i++)
        *out |= (uint64_t)value->value.v_binary.data[i] << 8 * i;
    return true;
}

static bool has_bits(const struct filter *filter, const bson_value_t *value)
{
    uint64_t set;
    int64_t mask;

    if (!lowest_bits(value, &set) || !value_whole(&filter->value, &mask))
        return false;
    set &= (uint64_t)mask;
    switch (filter->op) {
    case FILTER_BITS_ALL_SET:
        return set == (uint64_t)mask;
    case FILTER_BITS_ANY_SET:
        return set != 0;
    case FILTER_BITS_ALL_CLEAR:
        return set == 0;
    default: /* any clear */
        return set != (uint64_t)mask;
    }
}

bool filter_leaf(const struct filter *filter, const bson_value_t *value)
{
    if (value->value_type == BSON_TYPE_EOD)
        return false;
    switch (filter->op) {
    case FILTER_MOD:
        return has_remainder(filter, value);
    case FILTER_TYPE:
        return has_type(filter, value);
    case FILTER_CONTAINS:
        return contains(filter, value);
    default:
        return has_bits(filter, value);
    }
}

/* -- checking ---------------------------------------------------------------------------------- */

static const char *mod_fault(const struct filter *filter)
{
    int64_t divisor, remainder;

    if (filter->count != 2)
        return "must have a divisor and a remainder";
    if (!value_whole(&filter->values[0], &divisor) || !value_whole(&filter->values[1], &remainder))
        return "must have whole numbers";
    return divisor ? NULL : "the divisor must not be 0";
}

/* The numbers of https://bsonspec.org, where the least key is 255 (as a signed octet -1, which here
 * stands for numbers). */
static bool is_type(const bson_value_t *value)
{
    int64_t type;

    return value_whole(value, &type) &&
           (type == FILTER_ANY_NUMBER ||
            (type >= BSON_TYPE_DOUBLE && type <= BSON_TYPE_DECIMAL128) ||
            type == BSON_TYPE_MAXKEY || type == BSON_TYPE_MINKEY);
}

static const char *type_fault(const struct filter *filter)
{
    if (!filter->count)
        return "must name a type";
    if (filter->count > FILTER_MAX_VALUES)
        return "holds too many values";
    for (size_t i = 0; i < filter->count; i++)
        if (!is_type(&filter->values[i]))
            return "names what is no type";
    return NULL;
}

const char *filter_leaf_fault(const struct filter *filter)
{
    int64_t mask;

    switch (filter->op) {
    case FILTER_MOD:
        return mod_fault(filter);
    case FILTER_TYPE:
        return type_fault(filter);
    case FILTER_CONTAINS:
        return filter->value.value_type == BSON_TYPE_UTF8 ? NULL : "must be a text";
    default:
        return value_whole(&filter->value, &mask) ? NULL : "must be a whole number";
    }
}
