/* SPDX-License-Identifier: MIT */
/* Which documents are meant. A filter is a small immutable tree in an arena; its meaning, the same
 * on every store, is filter_matches() (MongoDB's query semantics, store rules in
 * docs/decisions.md). */
#ifndef DECANT_FILTER_H
#define DECANT_FILTER_H

#include "arena.h"
#include "error.h"

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum filter_op {
    FILTER_AND,
    FILTER_OR,
    FILTER_NOR, /* children; at least one */
    FILTER_NOT, /* one child: a comparison on a path */
    FILTER_EQ,
    FILTER_NE,
    FILTER_GT,
    FILTER_GTE,
    FILTER_LT,
    FILTER_LTE, /* path, value */
    FILTER_IN,
    FILTER_NIN,
    FILTER_ALL,    /* path, values */
    FILTER_EXISTS, /* path, value is a boolean */
    FILTER_SIZE,   /* path, value is an integer */
    FILTER_ELEM,   /* path, one child that an element of the list must match; a child with the empty
                    * path "" speaks of the element itself */
    FILTER_MOD,    /* path, two values: whole numbers, the first not 0 */
    FILTER_TYPE,   /* path, values: BSON types by number (double 1, string 2…), -1 for any number;
                    * of a list it asks the elements, and 4 the list itself too */
    FILTER_CONTAINS, /* path, value is a text: a text that has it somewhere, byte by byte */
    FILTER_BITS_ALL_SET,
    FILTER_BITS_ANY_SET,
    FILTER_BITS_ALL_CLEAR,
    FILTER_BITS_ANY_CLEAR, /* path, value is an integer, the mask: of whole numbers that fit int64,
                            * and of binary, whose first byte is the lowest */
};

struct filter {
    enum filter_op op;
    const char *path; /* dotted; NULL for and, or, nor */
    bson_value_t value;
    const bson_value_t *values;
    const struct filter *const *children;
    size_t count; /* of values or children */
};

enum { FILTER_MAX_DEPTH = 16, FILTER_MAX_NODES = 200, FILTER_MAX_VALUES = 1000 };

/* Values. Texts are borrowed and must outlive the filter. */
bson_value_t value_text(const char *text);
bson_value_t value_int(int64_t number);
bson_value_t value_double(double number);
bson_value_t value_bool(bool flag);
bson_value_t value_date(int64_t ms);
bson_value_t value_oid(const bson_oid_t *oid);
bson_value_t value_null(void);

struct filter_values {
    const bson_value_t *items;
    size_t count;
};

/* Nodes. path, values and children are borrowed. */
const struct filter *filter_compare(struct arena *arena, enum filter_op op, const char *path,
                                    bson_value_t value);
const struct filter *filter_among(struct arena *arena, enum filter_op op, const char *path,
                                  struct filter_values values);
const struct filter *filter_join(struct arena *arena, enum filter_op op, const struct filter *first,
                                 const struct filter *second);
const struct filter *filter_element(struct arena *arena, const char *path,
                                    const struct filter *child);

/* What MongoDB calls the operator ("$eq"), for which it has a name: "contains" is ours. */
const char *filter_op_name(enum filter_op op);

/* Depth, nodes, values per list, shapes. ERROR_INVALID names the node. */
bool filter_check(const struct filter *filter, struct error *err);

/* Whether a document (its BSON bytes) is meant. A NULL filter means all. Exact; no allocation but
 * from arena. */
bool filter_matches(const struct filter *filter, const uint8_t *bson, size_t len);

/* MongoDB's order of two values: missing = null < numbers < text (bytes) < objects < lists < binary
 * < ObjectId < booleans < dates. -1, 0 or 1. Numbers compare by value across types. */
int value_compare(const bson_value_t *a, const bson_value_t *b);

/* A blob that memcmp() orders as sort does: the least element of a list ascending, the greatest
 * descending (the blob itself is always to be compared ascending for ascending = true and
 * descending otherwise). Allocated in arena. */
struct order_key {
    const uint8_t *bytes;
    size_t len;
};
struct order_key order_key(struct arena *arena, const uint8_t *bson, size_t len, const char *path,
                           bool ascending);

/* The value that blob is made of, borrowed from bson; null where there is none. False: a list
 * without elements. */
bool order_value(const uint8_t *bson, size_t len, const char *path, bool ascending,
                 bson_value_t *out);

#endif
