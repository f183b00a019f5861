/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "../../lib/clock.h"

#include <stdlib.h>
#include <string.h>

/* On the store's writer; may be run more than once, so that each run starts afresh. */
static bool run_batch(struct store_work *work, struct store *store)
{
    struct batch *batch = (struct batch *)work;

    batch->began_us = clock_monotonic_us();
    batch->err.kind = ERROR_NONE;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_record *record = &batch->records[i];
        struct error err;

        free(record->why);
        record->why = NULL;
        arena_clear(&batch->arena);
        record->result = put_post(store, record->document, record->question, &batch->arena, &err);
        if (record->result == PUT_FAILED) {
            batch->err = err;
            return false;
        }
        if (record->result == PUT_REFUSED)
            record->why = strdup(err.message);
    }
    return true;
}

static void end_batch(struct store_work *work, bool committed, const struct error *err)
{
    struct batch *batch = (struct batch *)work;

    pthread_mutex_lock(&batch->lock);
    batch->took_us = clock_monotonic_us() - batch->began_us;
    batch->committed = committed;
    if (!committed && err->kind != ERROR_NONE)
        batch->err = *err;
    batch->over = true;
    pthread_cond_signal(&batch->told);
    pthread_mutex_unlock(&batch->lock);
}

void batch_init(struct batch *batch)
{
    memset(batch, 0, sizeof(*batch));
    pthread_mutex_init(&batch->lock, NULL);
    pthread_cond_init(&batch->told, NULL);
}

void batch_release(struct batch *batch)
{
    batch_clear(batch);
    arena_release(&batch->arena);
    pthread_cond_destroy(&batch->told);
    pthread_mutex_destroy(&batch->lock);
}

void batch_add(struct batch *batch, const bson_t *document, const char *question, uint64_t line)
{
    struct batch_record *record = &batch->records[batch->count++];

    *record = (struct batch_record){.document = bson_copy(document),
                                    .question = question ? strdup(question) : NULL,
                                    .line = line};
    if (question && !record->question)
        abort();
    batch->bytes += document->len;
}

bool batch_start(struct batch *batch, struct store *store, struct error *err)
{
    batch->work = (struct store_work){.run = run_batch, .done = end_batch};
    batch->over = false;
    batch->running = store_submit(store, &batch->work, err);
    return batch->running;
}

bool batch_wait(struct batch *batch, struct error *err)
{
    if (!batch->running)
        return true;
    pthread_mutex_lock(&batch->lock);
    while (!batch->over)
        pthread_cond_wait(&batch->told, &batch->lock);
    pthread_mutex_unlock(&batch->lock);
    batch->running = false;
    if (batch->committed)
        return true;
    *err = batch->err;
    return err->kind != ERROR_NONE ? false : fail(err, ERROR_INTERNAL, "the store took nothing");
}

void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        bson_destroy(batch->records[i].document);
        free(batch->records[i].question);
        free(batch->records[i].why);
    }
    batch->count = batch->bytes = 0;
}
