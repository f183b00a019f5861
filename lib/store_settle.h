/* SPDX-License-Identifier: MIT */
/* What every kind of store does to a document before it is stored, and to the keys that name one.
 * Private to lib/store*.c. No state: thread-safe. */
#ifndef DECANT_STORE_SETTLE_H
#define DECANT_STORE_SETTLE_H

#include "record.h"
#include "store.h"

/* The _id that a key means, by the collection's declared type: a text of 24 hex digits is an
 * ObjectId where ids are such. False: no document can have it. */
bool settle_id(const struct collection *collection, const bson_value_t *value, bson_value_t *out);

/* document_check(), and no member that is the stores' own unless the collection is bare. */
bool settle_check(const struct collection *collection, const struct bson_bytes *document,
                  struct error *err);

/* A document as it is to be stored: _id first. room is used if it had to be made. */
struct settled {
    bson_t room;
    struct bson_bytes bytes;
};

/* Choose the _id (the document's, or that of what is stored, or a new ObjectId), and look at it, at
 * the required fields and at all keys. stored: NULL, or what is replaced. ERROR_REFUSED. To be
 * released in any case. */
bool settle_document(const struct collection *collection, const bson_t *document,
                     const struct bson_bytes *stored, struct settled *out, struct error *err);
void settle_release(struct settled *settled);

/* What an upsert by this key makes where there is nothing: the document, with the key's _id if it
 * has none of its own; without a document (NULL) just that _id, or the key's field. out is
 * initialised. */
void settle_seed(const struct collection *collection, const struct key *key, const bson_t *document,
                 bson_t *out);

/* ERROR_NOT_FOUND; ERROR_STALE; ERROR_INTERNAL. All return false. */
bool settle_no_such(const struct collection *collection, struct error *err);
bool settle_stale(const struct collection *collection, struct error *err);
bool settle_unprepared(const struct collection *collection, struct error *err);

#endif
