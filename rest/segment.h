/* SPDX-License-Identifier: MIT */
/* Segments of URLs as values of fields. Pure functions; texts are borrowed. */
#ifndef DECANT_REST_SEGMENT_H
#define DECANT_REST_SEGMENT_H

#include "../lib/filter.h"
#include "settings.h"

#include <stdbool.h>
#include <stddef.h>

/* "180097" is a text and a number where the field may be both. */
struct meanings {
    bson_value_t values[2];
    size_t count;
};

/* By the declared type of the field (_id: of the collection); a field of any type takes a text, and
 * a number or an ObjectId if it looks like one. The text comes first. False: it can be no value of
 * the field. */
bool segment_means(const struct resource *resource, const char *field, const char *segment,
                   struct meanings *out);

/* The field has one of these values. */
const struct filter *meanings_filter(struct arena *arena, const char *field,
                                     const struct meanings *meanings);

#endif
