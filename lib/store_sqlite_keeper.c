/* SPDX-License-Identifier: MIT */
/* A thread that looks after the store every 50 ms: moves the log into the file when it has grown,
 * has expired documents and old changes deleted and old texts renewed, and notices what other
 * processes committed. */
#include "store_sqlite_change.h"
#include "store_sqlite_changes.h"

#include "clock.h"

#include <stdio.h>

enum { LOOK_MS = 50, SWEEP_US = 3 * 1000 * 1000, LOG_PAGES = 4096 };

/* -- sweeping ---------------------------------------------------------------------------------- */

static bool run_sweep(struct store_work *work, struct store *base)
{
    struct sqlite_store *store = sqlite_of(base);
    struct error err;
    bool again = false;

    (void)work;
    if (!changes_sweep(store->writer, &again, &err))
        return false;
    for (size_t i = 0; i < store->table_count; i++) {
        struct target target = {store->writer, &store->tables[i]};
        int64_t swept = 0;

        if (target.table->read->expires >= 0 && !change_sweep(&target, &swept, &err))
            return false;
        if (target.table->renewing && !reply_renew(store->writer, target.table, &err))
            return false;
        again = again || swept == SWEEP_ROWS || target.table->renewing;
    }
    arena_clear(&store->writer->scratch);
    pthread_mutex_lock(&store->keeper.lock);
    store->keeper.again = again;
    pthread_mutex_unlock(&store->keeper.lock);
    return true;
}

static void end_sweep(struct store_work *work, bool committed, const struct error *err)
{
    struct sqlite_store *store =
        (struct sqlite_store *)((char *)work - offsetof(struct sqlite_store, keeper.sweep));

    (void)committed;
    (void)err;
    pthread_mutex_lock(&store->keeper.lock);
    store->keeper.sweeping = false;
    pthread_mutex_unlock(&store->keeper.lock);
}

static bool has_expired(struct keeper *keeper, const struct table *table)
{
    struct cell now = cell_int(clock_now_ms());
    struct error ignored;
    int64_t there = 0;
    char sql[96];

    if (table->read->expires < 0)
        return false;
    snprintf(sql, sizeof(sql), "SELECT 1 FROM t%d WHERE c%d<=? LIMIT 1", table->number,
             table->read->items[table->read->expires].number);
    return connection_ask(keeper->connection, sql, &now, &there, &ignored) && there;
}

/* Whether it is time; marks a sweep as begun. */
static bool is_due(struct keeper *keeper)
{
    int64_t now = clock_monotonic_us();
    bool due;

    pthread_mutex_lock(&keeper->lock);
    due = !keeper->sweeping && (keeper->again || now >= keeper->next_sweep_us);
    if (due) {
        keeper->sweeping = true;
        keeper->again = false;
        keeper->next_sweep_us = now + SWEEP_US;
    }
    pthread_mutex_unlock(&keeper->lock);
    return due;
}

static void sweep(struct sqlite_store *store)
{
    struct keeper *keeper = &store->keeper;
    struct error ignored;
    bool wanted;

    if (store->options.read_only || !is_due(keeper))
        return;
    wanted = changes_have_grown(keeper->connection);
    for (size_t i = 0; i < store->table_count; i++) {
        struct table *table = &store->tables[i];

        table->renewing = reply_is_stale(keeper->connection, table);
        wanted = wanted || table->renewing || has_expired(keeper, table);
    }
    keeper->sweep.run = run_sweep;
    keeper->sweep.done = end_sweep;
    if (!wanted || !sqlite_submit(&store->store, &keeper->sweep, &ignored))
        end_sweep(&keeper->sweep, false, &ignored);
}

/* -- the log and other processes --------------------------------------------------------------- */

static bool log_has_grown(struct sqlite_store *store)
{
    int64_t pages = atomic_load_explicit(&store->log_pages, memory_order_relaxed);

    return pages - atomic_load_explicit(&store->checkpointed, memory_order_relaxed) >=
           log_pages(store, LOG_PAGES);
}

static void checkpoint(struct sqlite_store *store)
{
    int64_t pages = atomic_load(&store->log_pages);

    if (pages < atomic_load(&store->checkpointed))
        atomic_store(&store->checkpointed, 0); /* the log began anew */
    if (store->options.read_only || !log_has_grown(store))
        return;
    sqlite3_wal_checkpoint_v2(store->keeper.connection->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
                              NULL);
    atomic_store(&store->checkpointed, pages);
    if (store->checkpoints)
        metric_add(store->checkpoints, 1);
}

static void follow(struct sqlite_store *store)
{
    struct keeper *keeper = &store->keeper;
    struct error ignored;
    int64_t seen;

    if (!connection_number(keeper->connection, "PRAGMA data_version", &seen, &ignored) ||
        seen == keeper->data_seen)
        return;
    if (meta_refresh(keeper->connection, &ignored))
        keeper->data_seen = seen;
}

/* -- the thread -------------------------------------------------------------------------------- */

void keeper_nudge(struct sqlite_store *store)
{
    if (!log_has_grown(store))
        return;
    pthread_mutex_lock(&store->keeper.lock);
    pthread_cond_signal(&store->keeper.wake);
    pthread_mutex_unlock(&store->keeper.lock);
}

/* False when closing. */
static bool wait_for_work(struct sqlite_store *store)
{
    struct keeper *keeper = &store->keeper;
    struct timespec until = clock_after_ms(LOOK_MS);
    bool closing;

    pthread_mutex_lock(&keeper->lock);
    if (!keeper->closing)
        pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
    closing = keeper->closing;
    pthread_mutex_unlock(&keeper->lock);
    return !closing;
}

static void *keep(void *context)
{
    struct sqlite_store *store = context;

    while (wait_for_work(store)) {
        checkpoint(store);
        follow(store);
        sweep(store);
    }
    return NULL;
}

bool keeper_start(struct sqlite_store *store, struct error *err)
{
    struct keeper *keeper = &store->keeper;

    keeper->connection = connection_open(store, false, err);
    if (!keeper->connection)
        return false;
    keeper->running = pthread_create(&keeper->thread, NULL, keep, store) == 0;
    return keeper->running || fail(err, ERROR_INTERNAL, "the store's thread cannot be started");
}

void keeper_stop(struct sqlite_store *store)
{
    struct keeper *keeper = &store->keeper;

    if (keeper->running) {
        pthread_mutex_lock(&keeper->lock);
        keeper->closing = true;
        pthread_cond_signal(&keeper->wake);
        pthread_mutex_unlock(&keeper->lock);
        pthread_join(keeper->thread, NULL);
        keeper->running = false;
    }
    if (keeper->connection)
        connection_close(keeper->connection);
    keeper->connection = NULL;
}
