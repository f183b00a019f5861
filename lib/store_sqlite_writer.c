/* SPDX-License-Identifier: MIT */
/* The queue of works, and the thread that runs them in batches: one transaction for all that wait.
 *
 * A work that fails after it changed something must be undone alone. A savepoint for each work
 * would cost every work a little for a rare case; so a batch runs without, and when one of its
 * works has to be undone the batch is rolled back and run again with savepoints (works may run
 * twice, store.h). For a while after that, works get savepoints from the start. */
#include "store_sqlite_change.h"
#include "store_sqlite_sync.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE, QUEUED, BEGUN };
enum { CAREFUL_WORKS = 1000, DEFAULT_QUEUE = 4096, LOG_RESTART_PAGES = 16384 };

/* What happened while a work ran, for the batch it is in. */
enum verdict { GO_ON, UNDO_ALL, VANISHED };

/* -- the queue --------------------------------------------------------------------------------- */

/* Under the lock: append as many as there is room for. */
static size_t enqueue(struct sqlite_store *store, struct store_work *first)
{
    struct queue *queue = &store->queue;
    int most = store->options.queue > 0 ? store->options.queue : DEFAULT_QUEUE;
    int64_t now_us = clock_monotonic_us();
    size_t taken = 0;

    if (!queue->running || queue->closing)
        return 0;
    for (struct store_work *work = first, *next; work && queue->depth < most; work = next) {
        next = work->next;
        work->next = NULL;
        work->queued_us = now_us;
        work->state = QUEUED;
        *queue->last = work;
        queue->last = &work->next;
        queue->depth++;
        taken++;
    }
    if (taken && queue->asleep)
        pthread_cond_signal(&queue->more);
    return taken;
}

size_t sqlite_submit(struct store *base, struct store_work *first, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    struct store_work *last = first;
    size_t count = 1;
    size_t taken;

    for (; last->next; last = last->next)
        count++;
    pthread_mutex_lock(&store->queue.lock);
    taken = enqueue(store, first);
    pthread_mutex_unlock(&store->queue.lock);
    if (taken == count)
        return taken;
    if (store->options.read_only) {
        fail(err, ERROR_INTERNAL, "the store %s is open for reading only", store->path);
        return taken;
    }
    if (store->busy)
        metric_add(store->busy, (int64_t)(count - taken));
    fail(err, ERROR_BUSY, "too many changes wait for the store");
    err->retry_after_s = 1;
    return taken;
}

bool sqlite_withdraw(struct store *base, struct store_work *work)
{
    struct queue *queue = &sqlite_of(base)->queue;
    struct store_work **at;
    bool found = false;

    pthread_mutex_lock(&queue->lock);
    if (work->state == QUEUED) {
        for (at = &queue->first; *at && *at != work; at = &(*at)->next)
            ;
        found = *at == work;
    }
    if (found) {
        *at = work->next;
        if (queue->last == &work->next)
            queue->last = at;
        queue->depth--;
        work->next = NULL;
        work->state = IDLE;
    }
    pthread_mutex_unlock(&queue->lock);
    return found;
}

/* Fill the batch from the queue; waits for the first. False when closing and nothing is left. */
static bool take_works(struct queue *queue, struct batch *batch)
{
    pthread_mutex_lock(&queue->lock);
    while (!batch->taken && !queue->first && !queue->closing) {
        queue->asleep = true;
        pthread_cond_wait(&queue->more, &queue->lock);
        queue->asleep = false;
    }
    while (queue->first && batch->taken < BATCH_WORKS) {
        struct store_work *work = queue->first;

        queue->first = work->next;
        if (!queue->first)
            queue->last = &queue->first;
        queue->depth--;
        work->next = NULL; /* or who submits it again brings along what was behind it */
        work->state = BEGUN;
        batch->works[batch->taken++] = work;
    }
    pthread_mutex_unlock(&queue->lock);
    return batch->taken > 0;
}

/* -- one work ---------------------------------------------------------------------------------- */

static bool has_vanished(const struct sqlite_store *store)
{
    return sqlite3_get_autocommit(store->writer->db);
}

static void call_run(struct sqlite_store *store, struct batch *batch, size_t at)
{
    bool ok;

    store->dirty = false;
    store->poisoned = false;
    store->changing = true;
    ok = batch->works[at]->run(batch->works[at], &store->store);
    store->changing = false;
    if (store->poisoned)
        batch_fail_one(batch, at, &store->poison);
    else
        batch->results[at] = ok ? WORK_DONE : WORK_REFUSED;
}

static enum verdict run_plain(struct sqlite_store *store, struct batch *batch, size_t at)
{
    call_run(store, batch, at);
    if (has_vanished(store))
        return VANISHED;
    return batch->results[at] != WORK_DONE && store->dirty ? UNDO_ALL : GO_ON;
}

static enum verdict run_careful(struct sqlite_store *store, struct batch *batch, size_t at)
{
    struct error err;
    struct pending *saved;
    bool ok;

    if (!connection_run(store->writer, "SAVEPOINT work", &err)) {
        batch_fail_one(batch, at, &err);
        return has_vanished(store) ? VANISHED : GO_ON;
    }
    saved = change_save(store);
    call_run(store, batch, at);
    ok = !has_vanished(store);
    if (ok && batch->results[at] != WORK_DONE && store->dirty) {
        change_restore(store, saved);
        ok = connection_run(store->writer, "ROLLBACK TO work", &err);
    }
    ok = ok && connection_run(store->writer, "RELEASE work", &err);
    free(saved);
    if (store->careful > 0)
        store->careful--;
    return ok ? GO_ON : VANISHED;
}

/* -- one transaction --------------------------------------------------------------------------- */

static bool begin(struct sqlite_store *store, struct error *err)
{
    struct error ignored;

    if (!connection_run(store->writer, "BEGIN IMMEDIATE", err))
        return false;
    if (meta_follow(store, err))
        return true;
    connection_run(store->writer, "ROLLBACK", &ignored);
    return false;
}

static void roll_back(struct sqlite_store *store)
{
    struct error ignored;

    if (!has_vanished(store))
        connection_run(store->writer, "ROLLBACK", &ignored);
    meta_publish(store, false);
}

static bool commit(struct sqlite_store *store, struct error *err)
{
    int64_t start = clock_monotonic_us();

    if (!meta_flush(store, err) || !connection_run(store->writer, "COMMIT", err)) {
        roll_back(store);
        return false;
    }
    meta_publish(store, true);
    if (store->commit_time)
        metric_observe_us(store->commit_time, clock_monotonic_us() - start);
    return true;
}

/* The transaction is gone, with all that was done in it: each work gets one of its own. */
static void run_one_by_one(struct sqlite_store *store, struct batch *batch)
{
    struct error err;

    roll_back(store);
    for (size_t i = 0; i < batch->ran; i++) {
        if (!begin(store, &err)) {
            batch_fail_one(batch, i, &err);
            continue;
        }
        call_run(store, batch, i);
        if (batch->results[i] != WORK_DONE || has_vanished(store))
            roll_back(store);
        else if (!commit(store, &err))
            batch_fail_one(batch, i, &err);
    }
}

/* Run works until all have, or (not before `least` of them) the time is up. */
static enum verdict run_works(struct sqlite_store *store, struct batch *batch, size_t least)
{
    int64_t end = clock_monotonic_us() + BATCH_US;
    enum verdict verdict = GO_ON;

    for (batch->ran = 0; verdict == GO_ON && batch->ran < batch->taken;) {
        size_t at = batch->ran++;

        verdict = store->careful > 0 ? run_careful(store, batch, at) : run_plain(store, batch, at);
        if (batch->ran >= least && clock_monotonic_us() >= end)
            break;
    }
    return verdict;
}

static void run_batch(struct sqlite_store *store, struct batch *batch)
{
    struct error err;
    enum verdict verdict;

    if (!sync_is_well(store, &err) || !begin(store, &err)) {
        batch->ran = batch->taken;
        batch_fail(batch, &err);
        return;
    }
    verdict = run_works(store, batch, 1);
    if (verdict == UNDO_ALL) {
        size_t least = batch->ran;

        roll_back(store);
        store->careful = CAREFUL_WORKS;
        if (!begin(store, &err)) {
            batch_fail(batch, &err);
            return;
        }
        verdict = run_works(store, batch, least);
    }
    if (verdict == VANISHED)
        run_one_by_one(store, batch);
    else if (!commit(store, &err))
        batch_fail(batch, &err);
}

/* -- the thread -------------------------------------------------------------------------------- */

/* Readers that never pause keep a passive checkpoint from starting the log over, so that it would
 * grow for ever; this waits for them shortly, while no other process writes. */
static void restart_log(struct sqlite_store *store, int64_t *tried)
{
    int64_t pages = atomic_load(&store->log_pages);

    if (pages < *tried)
        *tried = 0;
    if (pages < *tried + log_pages(store, LOG_RESTART_PAGES))
        return;
    store->writer->hasty = true;
    sqlite3_wal_checkpoint_v2(store->writer->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    store->writer->hasty = false;
    *tried = pages;
}

/* What the batch has done is told, now or when it is durable. The batch to go on with, which holds
 * the works that have not run. */
static struct batch *hand_on(struct sqlite_store *store, struct batch *batch)
{
    struct batch *spare;

    if (!store->syncer.running) {
        batch_tell(store, batch);
        return batch;
    }
    spare = sync_spare(store);
    spare->taken = batch->taken - batch->ran;
    memcpy(spare->works, batch->works + batch->ran, spare->taken * sizeof(struct store_work *));
    batch->taken = batch->ran;
    sync_give(store, batch);
    return spare;
}

static void *write_batches(void *context)
{
    struct sqlite_store *store = context;
    struct batch *batch = batch_new();
    int64_t tried = 0; /* the log was that long when the last restart was tried */

    pthread_setspecific(store->key, store->writer);
    while (take_works(&store->queue, batch)) {
        turn_take(store);
        run_batch(store, batch);
        restart_log(store, &tried);
        turn_give(store);
        batch = hand_on(store, batch);
        keeper_nudge(store);
    }
    pthread_setspecific(store->key, NULL);
    batch_free(batch);
    return NULL;
}

static int note_log(void *context, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_store *store = context;

    (void)db;
    (void)name;
    atomic_store_explicit(&store->log_pages, pages, memory_order_relaxed);
    return SQLITE_OK;
}

bool writer_start(struct sqlite_store *store, struct error *err)
{
    sqlite3_wal_hook(store->writer->db, note_log, store);
    if (!sync_start(store, err))
        return false;
    store->queue.running = true;
    if (pthread_create(&store->queue.thread, NULL, write_batches, store) == 0)
        return true;
    store->queue.running = false;
    return fail(err, ERROR_INTERNAL, "the store's thread cannot be started");
}

void writer_stop(struct sqlite_store *store)
{
    if (store->queue.running) {
        pthread_mutex_lock(&store->queue.lock);
        store->queue.closing = true;
        pthread_cond_signal(&store->queue.more);
        pthread_mutex_unlock(&store->queue.lock);
        pthread_join(store->queue.thread, NULL);
        store->queue.running = false;
    }
    sync_stop(store);
}
