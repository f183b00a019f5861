/* SPDX-License-Identifier: MIT */
/* Which work of this process changes which document: one at a time, so that works which change the
 * same one meet here, where they wait in a row, and not in the server, which makes each of them run
 * in vain and again. A claim is a help, not a lock: what holds works apart is the etag that each
 * change must meet (sending.c), against other processes too, so a work may do without.
 *
 * Nothing here locks or waits: all but claims_key() is called under the lock of works.c. */
#ifndef DECANT_MONGO_CLAIMS_H
#define DECANT_MONGO_CLAIMS_H

#include "mongo.h"

struct claims;

/* A document, by table and _id; its bytes are the arena's. */
struct claim_key {
    const struct table *table;
    const uint8_t *bytes;
    size_t len;
    uint64_t hash;
};
/* Equal for values that value_compare() finds equal. */
struct claim_key claims_key(struct arena *arena, const struct table *table, const bson_value_t *id);

struct claims *claims_new(void);
/* No work has a claim or waits for one. */
void claims_free(struct claims *claims);

enum claim_answer { CLAIM_TAKEN, CLAIM_HAD, CLAIM_REFUSED };
/* Let the work have the document, unless another has it. Works that wait for it come first, as one
 * of them has it as soon as it is let go. */
enum claim_answer claims_take(struct claims *claims, struct store_work *work,
                              const struct claim_key *key);
/* A work that has no claim waits for the document, or has it now (false) if nobody else does. */
bool claims_await(struct claims *claims, struct store_work *work, const struct claim_key *key);
/* A work waits no more. */
void claims_forget(struct store_work *work);
/* The work lets go of all that it has. Each goes to the work that has waited for it longest; these
 * are returned, chained by next. */
struct store_work *claims_release(struct claims *claims, struct store_work *work);
/* Those that wait for what the work has and were submitted by then (monotonic), chained by next.
 * They wait no more. */
struct store_work *claims_dismiss(struct store_work *work, int64_t since_us);

/* works.c, for the work that runs on this thread */
enum claim_answer works_claim(struct mongo_store *store, struct store_work *work,
                              const struct claim_key *key);
/* Nothing of the work is left undone: it lets go of its documents, and is run again when it has
 * this one. False: it has it now, and is this thread's still. */
bool works_park(struct mongo_store *store, struct store_work *work, const struct claim_key *key);

#endif
