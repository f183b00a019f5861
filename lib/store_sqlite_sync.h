/* SPDX-License-Identifier: MIT */
/* Works that share a transaction, and how they become durable after it. Private to
 * lib/store_sqlite*.c. */
#ifndef DECANT_STORE_SQLITE_SYNC_H
#define DECANT_STORE_SQLITE_SYNC_H

#include "store_sqlite.h"

/* batch */
enum work_result { WORK_DONE, WORK_REFUSED, WORK_FAILED };
struct batch {
    struct batch *next;
    struct store_work *works[BATCH_WORKS];
    enum work_result results[BATCH_WORKS];
    struct error *errors[BATCH_WORKS]; /* of failed ones, in the arena */
    size_t taken;                      /* works that are here */
    size_t ran;                        /* of them, in this batch */
    struct arena arena;
};
struct batch *batch_new(void);
void batch_free(struct batch *batch);
/* Work number at has failed with err; each work that ran has. */
void batch_fail_one(struct batch *batch, size_t at, const struct error *err);
void batch_fail(struct batch *batch, const struct error *err);
/* Tell the works that ran how they ended; the batch has only those that did not, then. */
void batch_tell(struct sqlite_store *store, struct batch *batch);

/* sync */
bool sync_start(struct sqlite_store *store, struct error *err);
/* Once all that was given is durable and told. */
void sync_stop(struct sqlite_store *store);
/* False, with err filled, after the log could not be made durable. Any thread. */
bool sync_is_well(struct sqlite_store *store, struct error *err);
/* The writer's: have a committed batch made durable and told; another to go on with, which comes
 * back empty. Waits while all are under way. */
void sync_give(struct sqlite_store *store, struct batch *batch);
struct batch *sync_spare(struct sqlite_store *store);

#endif
