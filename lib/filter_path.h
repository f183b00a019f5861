/* SPDX-License-Identifier: MIT */
/* Private to filters and order keys: where a dotted path leads. */
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

#endif
