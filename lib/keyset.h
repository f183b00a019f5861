/* SPDX-License-Identifier: MIT */
/* Paging by keys, without any store: what may be paged by, and the tokens that name the place
 * behind a document. A token is base64url of a hash of the query (eight bytes) and BSON,
 * {v: [sort key], i: _id}. It is no secret and is not signed: whoever makes one up only starts
 * somewhere else in what the query shows anyway. No state: thread-safe. */
#ifndef DECANT_KEYSET_H
#define DECANT_KEYSET_H

#include "store.h"

/* Keys that take more cannot be gone on behind. */
enum { KEYSET_MAX_BYTES = 1536 };

/* A query that is paged. */
struct keyset {
    const char *path; /* of the sort key; "_id" where there is none */
    bool descending;
    uint64_t shape; /* of collection, filter, text and order */
};

/* ERROR_INVALID: the query cannot be paged by keys. Strings are borrowed from it. */
bool keyset_of(const struct collection *collection, const struct query *query, struct keyset *out,
               struct error *err);

/* Where to go on: behind the document with this _id, whose sort key is this. */
struct keyset_place {
    bson_value_t id;
    bson_value_t value;   /* of an order by _id: none; of a list without elements:
                           * BSON_TYPE_EOD */
    struct order_key key; /* the same as order_key() has it */
};

/* The token of a document, of which bson and times are set, in arena. NULL with ERROR_INVALID if
 * its keys are too large. */
const char *keyset_write(const struct keyset *keyset, const struct document *document,
                         struct arena *arena, struct error *err);

/* ERROR_INVALID: no token, or one of another query. What is read lives in arena. */
bool keyset_read(const struct keyset *keyset, const char *token, struct arena *arena,
                 struct keyset_place *out, struct error *err);

#endif
