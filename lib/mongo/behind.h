/* SPDX-License-Identifier: MIT */
/* What stands behind a document in an order, as MongoDB's queries: behind.c, for page.c. */
#ifndef DECANT_MONGO_BEHIND_H
#define DECANT_MONGO_BEHIND_H

#include "query.h"

#include "../keyset.h"

/* All that is behind a place is in these ranges, one after the other: no comparison meets values of
 * several types, and each of these has an index for it. */
enum behind_range { BEHIND_SAME, BEHIND_BEYOND, BEHIND_NAN, BEHIND_OTHERS, BEHIND_RANGES };

struct behind {
    struct keyset keyset;
    struct keyset_place place;
    bool is_id;   /* in order of _id alone */
    bool is_time; /* of the store's own members, which others' documents lack */
};

/* Append the query of a range, which may mean more than is in it: behind_has() tells. False: there
 * is nothing in it. */
bool behind_query(const struct behind *behind, enum behind_range range, bson_t *out);
/* Whether a document (without what the store keeps of it) that the query means is in the range. */
bool behind_has(const struct behind *behind, enum behind_range range,
                const struct bson_bytes *document, struct arena *scratch);

#endif
