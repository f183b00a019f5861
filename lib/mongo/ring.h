/* SPDX-License-Identifier: MIT */
/* The newest changes of the followed collections, so that many who follow cost the server one
 * stream. It holds places in the order of the feed: a change, or a mark, which is a place without
 * one. Bounded by number and bytes: the oldest go first. The caller locks. */
#ifndef DECANT_MONGO_RING_H
#define DECANT_MONGO_RING_H

#include "../store.h"

enum { RING_PLACES = 4096, RING_BYTES = 1 << 20 };

struct ring;

struct ring *ring_open(void);
void ring_close(struct ring *ring);

/* A change, of the document with this key ({_id}). Copies. */
struct ring_change {
    const struct collection *collection;
    const bson_t *key;
    bool deleted;
};
/* change NULL: a mark; it takes the place of a mark at the end that nobody was told of. */
void ring_put(struct ring *ring, const struct ring_change *change, const char *cursor);

/* Forget all of it. */
void ring_clear(struct ring *ring);

bool ring_has(const struct ring *ring, const char *cursor);

/* The next changes behind a cursor that the ring has; false: it has not. newest: where there is
 * none, the newest place becomes out's cursor, else it stays this one. */
bool ring_read(struct ring *ring, const char *after, size_t limit, bool newest,
               struct store_changes *out);

/* The _id in a change's key, in arena; whole numbers as the embedded store has them. */
bson_value_t ring_id(const bson_t *key, struct arena *arena);

#endif
