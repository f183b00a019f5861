/* SPDX-License-Identifier: MIT */
/* Filters as texts, to compare them: and(eq(a,1),in(b,1,2)). */
#ifndef DECANT_REST_TESTS_DUMP_FILTER_H
#define DECANT_REST_TESTS_DUMP_FILTER_H

#include "../../lib/buf.h"
#include "../../lib/filter.h"

static inline void dump_value(struct buf *out, const bson_value_t *value)
{
    bson_t *bson = bson_new();
    size_t len;
    char *json;

    bson_append_value(bson, "", 0, value);
    json = bson_as_relaxed_extended_json(bson, &len); /* { "" : … } */
    buf_add(out, json + 7, len - 9);
    bson_free(json);
    bson_destroy(bson);
}

static inline void dump_filter(struct buf *out, const struct filter *filter)
{
    static const char *const names[] = {
        "and", "or",   "nor",      "not",    "eq",     "ne",       "gt",      "gte",
        "lt",  "lte",  "in",       "nin",    "all",    "exists",   "size",    "elem",
        "mod", "type", "contains", "allset", "anyset", "allclear", "anyclear"};

    if (!filter) {
        buf_puts(out, "all");
        return;
    }
    buf_printf(out, "%s(%s", names[filter->op], filter->path ? filter->path : "");
    if ((filter->op >= FILTER_IN && filter->op <= FILTER_ALL) || filter->op == FILTER_MOD ||
        filter->op == FILTER_TYPE) {
        for (size_t i = 0; i < filter->count; i++) {
            buf_byte(out, ',');
            dump_value(out, &filter->values[i]);
        }
    } else if (filter->children) {
        for (size_t i = 0; i < filter->count; i++) {
            if (i || filter->path)
                buf_byte(out, ',');
            dump_filter(out, filter->children[i]);
        }
    } else {
        buf_byte(out, ',');
        dump_value(out, &filter->value);
    }
    buf_byte(out, ')');
}

#endif
