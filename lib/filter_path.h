/* SPDX-License-Identifier: MIT */
/* Where a dotted path leads, for filters, order keys, unique values, and who asked for many values
 * at once and wants to know which of them a document has. */
#ifndef DECANT_FILTER_PATH_H
#define DECANT_FILTER_PATH_H

#include <bson/bson.h>
#include <stdbool.h>

/* Paths with more segments are refused by filter_check(); walks give up there. */
enum { FILTER_MAX_SEGMENTS = 100 };

struct filter_walk {
    /* Asked for each value, BSON_TYPE_EOD where there is none; true ends the walk. */
    bool (*visit)(void *context, const bson_value_t *value);
    void *context;
    bool lists_whole; /* a list at the end of the path is visited itself, not its elements too */
};

/* Visit what the path leads to from a value (an object, or a list seen as one with "0", "1", …), as
 * MongoDB does: a list on the way is entered by each element that is an object, and by the element
 * a numeric segment names; a list at the end gives its elements, then itself. A list on the way
 * without any such element gives nothing, not even a missing value. True if visit said so. */
bool filter_walk(const struct filter_walk *walk, const bson_value_t *from, const char *path);

struct order_walk {
    /* Asked for each value, BSON_TYPE_EOD where there is none. */
    void (*visit)(void *context, const bson_value_t *value, bool empty);
    void *context;
};

/* Visit what a document sorts by, which is what an index of MongoDB has of it (order.c): a list at
 * the end of the path gives its elements alone, or itself as empty; each element of a list on the
 * way gives something, a missing value at least. */
void order_walk(const struct order_walk *walk, const uint8_t *bson, size_t len, const char *path);

#endif
