/* SPDX-License-Identifier: MIT */
/* PATCH: what a client sent, put into a stored document. No state: thread-safe. */
#ifndef DECANT_REST_MERGE_H
#define DECANT_REST_MERGE_H

#include "../lib/arena.h"
#include "../lib/document.h"
#include "../lib/error.h"

#include <bson/bson.h>
#include <stdbool.h>

enum { MERGE_MAX_OPERATORS = 100 };

struct merging {
    struct arena *arena; /* for scratch */
    bool nested;         /* objects merge member by member, at any depth */
};

/* stored with the changes in it. Fields keep their order, new ones come last, in the order of the
 * changes. What does not merge is replaced whole: lists, and null is a value too. On success out is
 * initialised, and the caller destroys it; ERROR_INTERNAL: one of the two is not valid BSON. */
bool merge_changes(const struct merging *merging, const struct bson_bytes *stored,
                   const bson_t *changes, bson_t *out, struct error *err);

/* What a body asks for beyond values. */
struct operators {
    const struct change *items; /* paths and values are borrowed from the body */
    size_t count;
};

/* Split a body into its plain fields (appended to plain, which is initialised) and its update
 * operators: "$inc", "$push", "$addToSet", "$unset", each an object of values by dotted path.
 * ERROR_INVALID: another `$` name, no object, or more than MERGE_MAX_OPERATORS changes. */
bool merge_operators(struct arena *arena, const bson_t *body, bson_t *plain, struct operators *out,
                     struct error *err);

#endif
