/* SPDX-License-Identifier: MIT */
/* One thread follows the database with one change stream: it tells which collections others have
 * changed, and keeps the newest changes for who follows (ring.h).
 *
 * Its client is its own, not one of the pool's: it waits in a command nearly all the time, and
 * --pool says how many do work. It is made anew for each connection, as a single client that lost
 * its server would not look for it again for seconds. Its commands answer or fail soon, so that
 * closing is quick whatever the server does.
 *
 * What a commit of this process changed is in the ring when a batch that was asked for after the
 * commit has come. So each commit is counted; while the count is ahead of what the stream has
 * covered, a batch is asked for that does not wait for more. The stream may tell of a commit before
 * the commit's own answer is here to be counted: so after a batch that told something the next ones
 * wait but shortly. */
#include "address.h"
#include "feed.h"

#include "../clock.h"
#include "../log.h"
#include "../metrics.h"

#include <stdlib.h>
#include <string.h>

enum {
    WAIT_MS = 250,    /* of a batch, for something to come */
    SHORT_MS = 4,     /* the same after something came, doubled with each that is empty */
    ANSWER_MS = 750,  /* with what a command takes */
    CONNECT_MS = 500, /* a server is looked for and connected to */
    READER_MS = 200,  /* who follows waits so long for the stream */
    PAUSE_MS = 100,   /* after a failure, doubled with each */
    LONGEST_PAUSE_MS = 2000,
    BEHIND_MOST = 3, /* streams in a row that broke before they had caught up */
    TICK_US = 50000, /* versions grow so often while there is no stream */
};

/* -- versions ---------------------------------------------------------------------------------- */

static void grow_all(struct mongo_store *store)
{
    for (size_t i = 0; i < store->table_count; i++)
        atomic_fetch_add(&store->tables[i].version, 1);
}

/* Nobody tells what others change: it may have been anything. */
static void grow_with_time(struct tailer *tailer)
{
    int64_t now = clock_monotonic_us() / TICK_US, last = atomic_load(&tailer->tick);

    if (now > last && atomic_compare_exchange_strong(&tailer->tick, &last, now))
        grow_all(tailer->store);
}

uint64_t mongo_version(const struct store *base, const struct collection *collection)
{
    const struct mongo_store *store = mongo_of(base);
    struct table *table = table_of(base, collection);
    uint64_t ticks = 0;

    if (!table)
        return 0;
    if (!store->tailer)
        ticks = (uint64_t)(clock_monotonic_us() / TICK_US);
    else if (!atomic_load(&store->tailer->connected))
        grow_with_time(store->tailer);
    return atomic_load(&table->version) + ticks;
}

/* -- for who follows --------------------------------------------------------------------------- */

void tailer_committed(struct mongo_store *store)
{
    struct tailer *tailer = store->tailer;

    if (!tailer)
        return;
    pthread_mutex_lock(&tailer->lock);
    tailer->committed++;
    pthread_mutex_unlock(&tailer->lock);
}

/* Locked. Whether the ring is complete up to what was committed before. */
static bool wait_covered(struct tailer *tailer)
{
    struct timespec until = clock_after_ms(READER_MS);
    uint64_t wanted = tailer->committed;

    while (tailer->connected && !tailer->closing && tailer->covered < wanted)
        if (pthread_cond_timedwait(&tailer->moved, &tailer->lock, &until) != 0)
            break;
    return tailer->connected && tailer->covered >= wanted;
}

bool tailer_read(struct tailer *tailer, const char *after, size_t limit, bool newest,
                 struct store_changes *out)
{
    bool ok;

    pthread_mutex_lock(&tailer->lock);
    ok = tailer->connected && ring_has(tailer->ring, after) && wait_covered(tailer) &&
         ring_read(tailer->ring, after, limit, newest, out);
    pthread_mutex_unlock(&tailer->lock);
    return ok;
}

/* -- the thread -------------------------------------------------------------------------------- */

/* False: it is to end. */
static bool look(struct tailer *tailer, uint64_t *wanted, int *wait_ms)
{
    bool closing;

    pthread_mutex_lock(&tailer->lock);
    *wanted = tailer->committed;
    *wait_ms = tailer->connected && tailer->covered == *wanted ? tailer->wait_ms : 1;
    closing = tailer->closing;
    pthread_mutex_unlock(&tailer->lock);
    return !closing;
}

/* Until it breaks, or is to end. */
static bool read_batches(struct tailer *tailer, struct watch *watch, bson_error_t *error)
{
    uint64_t wanted;
    int wait_ms;

    while (watch->id && look(tailer, &wanted, &wait_ms)) {
        if (!watch_more(watch, TAILER_BATCH, wait_ms, error))
            return false;
        if (tailer_take(tailer, watch, wanted))
            tailer->wait_ms = SHORT_MS;
        else
            tailer->wait_ms = tailer->wait_ms < WAIT_MS / 2 ? 2 * tailer->wait_ms : WAIT_MS;
        if (tailer->lost && atomic_load(&tailer->connected)) {
            log_warn("the changes of %s are told again", tailer->store->address);
            tailer->lost = false;
        }
    }
    if (!watch->id)
        tailer_forget(tailer); /* the database was dropped */
    return true;
}

/* Why the stream broke, and whether it can be gone on with where it was. */
static void note_break(struct tailer *tailer, bool opened, const bson_error_t *error)
{
    const char *address = tailer->store->address;

    if (!tailer->lost)
        log_warn("the changes of %s are not told: %s", address, error->message);
    tailer->lost = true;
    if (!tailer->has_token)
        return;
    if (opened && !atomic_load(&tailer->connected))
        tailer->behind++;
    if (feed_is_over(error) || tailer->behind == BEHIND_MOST) {
        log_warn("the changes of %s since the last that were told are passed over", address);
        tailer_forget(tailer);
    }
}

/* A stream of now tells nothing of what was before, which matters once somebody relies on it. */
static void note_begin(struct tailer *tailer)
{
    pthread_mutex_lock(&tailer->lock);
    if (tailer->begun && !tailer->has_token)
        tailer->passed_over = true;
    pthread_mutex_unlock(&tailer->lock);
}

/* One connection's life. False: it came to nothing. */
static bool follow(struct tailer *tailer)
{
    mongoc_client_t *client = mongoc_client_new_from_uri(tailer->uri);
    struct watch watch;
    bson_t members = BSON_INITIALIZER;
    const struct watch_from from = {.client = client,
                                    .database = tailer->store->database,
                                    .after = tailer->has_token ? &tailer->token : NULL,
                                    .members = &members};
    bson_error_t error = {0};
    bool opened, ok;

    mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);
    foreign_show(tailer->store, &members);
    note_begin(tailer);
    opened = watch_open(&watch, &from, &error);
    bson_destroy(&members);
    ok = opened && read_batches(tailer, &watch, &error);
    if (!ok)
        note_break(tailer, opened, &error);
    watch_close(&watch, !ok);
    /* Sessions of a lost server are not ended: that would look for it. */
    if (!ok)
        mongoc_client_reset(client);
    mongoc_client_destroy(client);
    return atomic_load(&tailer->connected);
}

/* After a stream's end. False: it is to end. */
static bool pause_for(struct tailer *tailer, int pause_ms)
{
    struct timespec until = clock_after_ms(pause_ms);
    bool closing;

    pthread_mutex_lock(&tailer->lock);
    tailer->connected = false;
    pthread_cond_broadcast(&tailer->moved);
    while (!tailer->closing && pthread_cond_timedwait(&tailer->moved, &tailer->lock, &until) == 0)
        continue;
    closing = tailer->closing;
    pthread_mutex_unlock(&tailer->lock);
    return !closing;
}

static void *run(void *context)
{
    struct tailer *tailer = context;
    int pause_ms = PAUSE_MS;

    for (;;) {
        if (follow(tailer))
            pause_ms = PAUSE_MS;
        if (!pause_for(tailer, pause_ms))
            return NULL;
        pause_ms = pause_ms < LONGEST_PAUSE_MS / 2 ? 2 * pause_ms : LONGEST_PAUSE_MS;
        if (tailer->reconnects)
            metric_add(tailer->reconnects, 1);
    }
}

/* -- its life ---------------------------------------------------------------------------------- */

static void tailer_free(struct tailer *tailer)
{
    if (tailer->has_token)
        bson_destroy(&tailer->token);
    ring_close(tailer->ring);
    pthread_cond_destroy(&tailer->moved);
    pthread_mutex_destroy(&tailer->lock);
    mongoc_uri_destroy(tailer->uri);
    free(tailer);
}

static void count(struct tailer *tailer, struct metrics *metrics)
{
    if (!metrics)
        return;
    tailer->seen = metrics_counter(metrics, "store_changes_seen_total",
                                   "Changes that the server's change stream told of.", NULL);
    tailer->reconnects =
        metrics_counter(metrics, "store_changes_reconnects_total",
                        "Times the server's change stream was opened again.", NULL);
}

/* So that versions grow with changes alone from the start, where the server answers. */
static void wait_connected(struct tailer *tailer)
{
    struct timespec until = clock_after_ms(CONNECT_MS + ANSWER_MS);

    pthread_mutex_lock(&tailer->lock);
    while (!tailer->connected && pthread_cond_timedwait(&tailer->moved, &tailer->lock, &until) == 0)
        continue;
    tailer->begun = true;
    pthread_mutex_unlock(&tailer->lock);
}

bool tailer_open(struct mongo_store *store, struct error *err)
{
    struct tailer *tailer;
    pthread_condattr_t monotonic;
    mongoc_uri_t *uri;

    if (!store->transactions)
        return true;
    uri = address_hurried(store, CONNECT_MS, ANSWER_MS, err);
    if (!uri)
        return false;
    tailer = calloc(1, sizeof(*tailer));
    if (!tailer)
        abort();
    tailer->store = store;
    tailer->uri = uri;
    tailer->wait_ms = SHORT_MS;
    tailer->ring = ring_open();
    pthread_mutex_init(&tailer->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&tailer->moved, &monotonic);
    pthread_condattr_destroy(&monotonic);
    count(tailer, store->options.metrics);
    if (pthread_create(&tailer->thread, NULL, run, tailer) != 0) {
        tailer_free(tailer);
        return fail(err, ERROR_INTERNAL, "no thread for the store's changes");
    }
    wait_connected(tailer);
    store->tailer = tailer;
    return true;
}

void tailer_close(struct mongo_store *store)
{
    struct tailer *tailer = store->tailer;

    if (!tailer)
        return;
    pthread_mutex_lock(&tailer->lock);
    tailer->closing = true;
    pthread_cond_broadcast(&tailer->moved);
    pthread_mutex_unlock(&tailer->lock);
    pthread_join(tailer->thread, NULL);
    store->tailer = NULL;
    tailer_free(tailer);
}
