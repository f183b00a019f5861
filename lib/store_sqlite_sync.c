/* SPDX-License-Identifier: MIT */
/* With --sync=full the writer does not wait for the disk: it hands each committed batch to a thread
 * that makes the log durable and then tells the batch's works, while the next batch runs. One sync
 * serves all batches that were committed before it began. The writer's connection itself syncs as
 * with --sync=normal (the log's header, and the log before it is moved into the file), so that the
 * order of octets on the disk is SQLite's affair. A reader may see a commit before it is durable;
 * nobody is told that a change was made before it is. */
#include "store_sqlite_sync.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The writer's connection has made the log and keeps it while it is open. The log carries no locks
 * that closing this descriptor would lose. */
static bool open_log(struct sqlite_store *store, struct error *err)
{
    const char *name = sqlite3_filename_wal(sqlite3_db_filename(store->writer->db, "main"));

    store->syncer.fd = open(name, O_RDONLY | O_CLOEXEC);
    return store->syncer.fd >= 0 ||
           fail(err, ERROR_INTERNAL, "%s cannot be opened: %s", name, strerror(errno));
}

/* After a failed sync nobody knows what is on the disk, and asking again would say nothing of what
 * was lost: no change is made any more. A batch that changed nothing is synced too: it may have
 * answered by what another process has not made durable yet. */
static bool sync_log(struct sqlite_store *store, struct error *err)
{
    int64_t start = clock_monotonic_us();

    if (fdatasync(store->syncer.fd) != 0)
        return fail(err, ERROR_INTERNAL, "the store %s cannot be made durable: %s", store->path,
                    strerror(errno));
    if (store->sync_time)
        metric_observe_us(store->sync_time, clock_monotonic_us() - start);
    return true;
}

bool sync_is_well(struct sqlite_store *store, struct error *err)
{
    struct syncer *syncer = &store->syncer;
    bool well;

    pthread_mutex_lock(&syncer->lock);
    well = !syncer->failed;
    if (!well)
        *err = syncer->fault;
    pthread_mutex_unlock(&syncer->lock);
    return well;
}

static void note_fault(struct syncer *syncer, const struct error *err)
{
    pthread_mutex_lock(&syncer->lock);
    syncer->failed = true;
    syncer->fault = *err;
    pthread_mutex_unlock(&syncer->lock);
}

void sync_give(struct sqlite_store *store, struct batch *batch)
{
    struct syncer *syncer = &store->syncer;

    batch->next = NULL;
    pthread_mutex_lock(&syncer->lock);
    *syncer->last = batch;
    syncer->last = &batch->next;
    if (syncer->asleep)
        pthread_cond_signal(&syncer->more);
    pthread_mutex_unlock(&syncer->lock);
}

struct batch *sync_spare(struct sqlite_store *store)
{
    struct syncer *syncer = &store->syncer;
    struct batch *batch;

    pthread_mutex_lock(&syncer->lock);
    while (!syncer->spare)
        pthread_cond_wait(&syncer->room, &syncer->lock);
    batch = syncer->spare;
    syncer->spare = batch->next;
    pthread_mutex_unlock(&syncer->lock);
    return batch;
}

/* All batches that wait, oldest first; NULL when closing and there are none. */
static struct batch *take_batches(struct syncer *syncer)
{
    struct batch *first;

    pthread_mutex_lock(&syncer->lock);
    while (!syncer->first && !syncer->closing) {
        syncer->asleep = true;
        pthread_cond_wait(&syncer->more, &syncer->lock);
        syncer->asleep = false;
    }
    first = syncer->first;
    syncer->first = NULL;
    syncer->last = &syncer->first;
    pthread_mutex_unlock(&syncer->lock);
    return first;
}

static void give_back(struct syncer *syncer, struct batch *batch)
{
    pthread_mutex_lock(&syncer->lock);
    batch->next = syncer->spare;
    syncer->spare = batch;
    pthread_cond_signal(&syncer->room);
    pthread_mutex_unlock(&syncer->lock);
}

static void *sync_batches(void *context)
{
    struct sqlite_store *store = context;
    struct batch *batch, *next;
    struct error err;

    while ((batch = take_batches(&store->syncer))) {
        bool durable = sync_is_well(store, &err);

        if (durable && !sync_log(store, &err)) {
            note_fault(&store->syncer, &err);
            durable = false;
        }
        for (; batch; batch = next) {
            next = batch->next;
            if (!durable)
                batch_fail(batch, &err);
            batch_tell(store, batch);
            give_back(&store->syncer, batch);
        }
    }
    return NULL;
}

bool sync_start(struct sqlite_store *store, struct error *err)
{
    struct syncer *syncer = &store->syncer;

    if (!store->options.sync_full)
        return true;
    if (!open_log(store, err))
        return false;
    syncer->running = pthread_create(&syncer->thread, NULL, sync_batches, store) == 0;
    if (!syncer->running)
        return fail(err, ERROR_INTERNAL, "the store's thread cannot be started");
    for (int i = 0; i < SYNC_BATCHES; i++)
        give_back(syncer, batch_new());
    return true;
}

void sync_stop(struct sqlite_store *store)
{
    struct syncer *syncer = &store->syncer;

    if (syncer->running) {
        pthread_mutex_lock(&syncer->lock);
        syncer->closing = true;
        pthread_cond_signal(&syncer->more);
        pthread_mutex_unlock(&syncer->lock);
        pthread_join(syncer->thread, NULL);
        syncer->running = false;
    }
    while (syncer->spare) {
        struct batch *batch = syncer->spare;

        syncer->spare = batch->next;
        batch_free(batch);
    }
    if (syncer->fd >= 0)
        close(syncer->fd);
    syncer->fd = -1;
}
