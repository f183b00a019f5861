/* SPDX-License-Identifier: MIT */
/* Private to filters: the comparisons that ask for more than order (FILTER_MOD, _TYPE, _CONTAINS
 * and _BITS_*). */
#ifndef DECANT_FILTER_LEAF_H
#define DECANT_FILTER_LEAF_H

#include "filter.h"

#include <stdbool.h>

/* What FILTER_TYPE takes for "any number". */
enum { FILTER_ANY_NUMBER = -1 };

/* Whether one value that the path leads to (BSON_TYPE_EOD: nothing is there) is as asked by a
 * filter with one of these operators that passed filter_check(). */
bool filter_leaf(const struct filter *filter, const bson_value_t *value);

/* Why such a filter is not well made, or NULL. */
const char *filter_leaf_fault(const struct filter *filter);

#endif
