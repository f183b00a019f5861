/* SPDX-License-Identifier: MIT */
/* What the modules on BSON values share: their classes, in the order values sort by, and numbers
 * compared by value whatever their type. No state, no allocation. The public half, value_compare()
 * and the constructors, is declared in filter.h. */
#ifndef DECANT_VALUE_H
#define DECANT_VALUE_H

#include "filter.h"

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Greater classes sort later. Zero is free, so that it can end a list in an order key. */
enum value_class {
    CLASS_MIN = 1,
    CLASS_EMPTY, /* of order keys alone: what a list without elements sorts as */
    CLASS_NULL,  /* missing (BSON_TYPE_EOD) and undefined too */
    CLASS_NUMBER,
    CLASS_TEXT, /* symbols too */
    CLASS_OBJECT,
    CLASS_LIST,
    CLASS_BINARY,
    CLASS_OBJECT_ID,
    CLASS_BOOL,
    CLASS_DATE,
    CLASS_TIMESTAMP,
    CLASS_REGEX,
    CLASS_OTHER, /* code and pointers of old */
    CLASS_MAX,
};

/* Values nested deeper compare by their bytes, so that no input can exhaust the stack. */
enum { VALUE_MAX_DEPTH = 200 };

enum value_class value_class(bson_type_t type);

bool value_is_number(const bson_value_t *value);

/* Whether a number is NaN. Anything else is not. */
bool value_is_nan(const bson_value_t *value);

/* A number as one of two: an exact integer, or a double (decimals are taken as the nearest). */
struct value_number {
    bool integral;
    int64_t integer;
    double real;
};
struct value_number value_number(const bson_value_t *value);

/* The integer a number is, if it is one that fits int64. */
bool value_whole(const bson_value_t *value, int64_t *out);

/* The bytes of a text, or of anything of CLASS_OTHER and of nested values; NULL and 0 for others.
 */
const uint8_t *value_bytes(const bson_value_t *value, size_t *len);

/* Walk the members of an object or list value; false for any other, and if its bytes cannot be
 * read. */
bool value_members(const bson_value_t *value, bson_iter_t *iter);

/* A value that is not there. */
static inline bson_value_t value_missing(void)
{
    return (bson_value_t){.value_type = BSON_TYPE_EOD};
}

#endif
