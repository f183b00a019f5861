/* SPDX-License-Identifier: MIT */
/* Works that share a transaction, and what became of each. */
#include "store_sqlite_sync.h"

#include <stdlib.h>
#include <string.h>

struct batch *batch_new(void)
{
    struct batch *batch = calloc(1, sizeof(*batch));

    if (!batch)
        abort();
    return batch;
}

void batch_free(struct batch *batch)
{
    arena_release(&batch->arena);
    free(batch);
}

void batch_fail_one(struct batch *batch, size_t at, const struct error *err)
{
    batch->results[at] = WORK_FAILED;
    batch->errors[at] = arena_alloc(&batch->arena, sizeof(*err));
    *batch->errors[at] = *err;
}

void batch_fail(struct batch *batch, const struct error *err)
{
    for (size_t i = 0; i < batch->ran; i++)
        batch_fail_one(batch, i, err);
}

void batch_tell(struct sqlite_store *store, struct batch *batch)
{
    static const struct error nothing;

    if (store->batches)
        metric_add(store->batches, 1);
    if (store->works)
        metric_add(store->works, (int64_t)batch->ran);
    for (size_t i = 0; i < batch->ran; i++) {
        struct store_work *work = batch->works[i];

        work->done(work, batch->results[i] == WORK_DONE,
                   batch->results[i] == WORK_FAILED ? batch->errors[i] : &nothing);
    }
    batch->taken -= batch->ran;
    memmove(batch->works, batch->works + batch->ran, batch->taken * sizeof(struct store_work *));
    batch->ran = 0;
    arena_clear(&batch->arena);
}
