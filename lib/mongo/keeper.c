/* SPDX-License-Identifier: MIT */
/* The keeper's thread. */
#include "keeper.h"

#include "../clock.h"
#include "../log.h"
#include "../metrics.h"
#include "../random.h"
#include "address.h"
#include "breaker.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_MS = 500,
    ANSWER_MS = 2000,     /* at most: a batch of documents may take a while */
    LOOK_MS = 50000,      /* between looks at the indexes, */
    LOOK_MORE_MS = 20000, /* and up to so much more, or all processes would look at once */
    PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 10000,
    LOOK_PAUSE_MS = 1000,
};

void keeper_prepare(struct keeper *keeper, struct table *table, struct preparing *out)
{
    *out = (struct preparing){.store = keeper->store, .client = keeper->client, .table = table};
    out->collection = mongoc_client_get_collection(keeper->client, keeper->store->database,
                                                   table->collection->name);
}

/* -- indexes ----------------------------------------------------------------------------------- */

static int look_again_ms(void)
{
    uint32_t number;

    random_bytes(&number, sizeof(number));
    return LOOK_MS + (int)(number % LOOK_MORE_MS);
}

static bool is_closing(struct keeper *keeper)
{
    bool closing;

    pthread_mutex_lock(&keeper->lock);
    closing = keeper->closing;
    pthread_mutex_unlock(&keeper->lock);
    return closing;
}

/* Nobody is to wait at the end until all collections were looked at. */
static bool look_at_indexes(struct keeper *keeper, struct error *err)
{
    struct mongo_store *store = keeper->store;
    size_t missing = 0;
    bool ok = true;

    for (size_t i = 0; ok && i < store->table_count && !is_closing(keeper); i++) {
        struct preparing preparing;

        keeper_prepare(keeper, &store->tables[i], &preparing);
        ok = keeper_look_at(keeper, &preparing, keeper->asked, err);
        mongoc_collection_destroy(preparing.collection);
        missing += keeper->kept[i].missing;
    }
    if (ok && keeper->missing)
        metric_set(keeper->missing, (int64_t)missing);
    if (ok || err->kind != ERROR_BUSY) {
        keeper->asked = false;
        keeper->look_pause_ms = LOOK_PAUSE_MS;
        keeper->due = clock_after_ms(look_again_ms());
    } else {
        keeper->due = clock_after_ms(keeper->look_pause_ms);
        if (keeper->look_pause_ms < LOOK_MS)
            keeper->look_pause_ms *= 2;
    }
    return ok;
}

/* -- the thread -------------------------------------------------------------------------------- */

static bool is_due(const struct keeper *keeper)
{
    struct timespec now = clock_after_ms(0);

    return now.tv_sec != keeper->due.tv_sec ? now.tv_sec > keeper->due.tv_sec
                                            : now.tv_nsec >= keeper->due.tv_nsec;
}

enum task { END, INDEXES, NOTED, WHOLE, NOTHING };

/* Locked. */
static enum task next_task(struct keeper *keeper)
{
    if (keeper->closing)
        return END;
    if (keeper->look) {
        keeper->look = false;
        keeper->asked = true;
        keeper->due = clock_after_ms(0);
    }
    if (is_due(keeper))
        return INDEXES;
    if (keeper->count)
        return NOTED;
    for (size_t i = 0; i < keeper->store->table_count; i++)
        if (keeper->kept[i].whole)
            return WHOLE;
    return keeper->passing ? WHOLE : NOTHING;
}

static enum task wait_for_task(struct keeper *keeper)
{
    enum task task;

    pthread_mutex_lock(&keeper->lock);
    while ((task = next_task(keeper)) == NOTHING)
        pthread_cond_timedwait(&keeper->more, &keeper->lock, &keeper->due);
    pthread_mutex_unlock(&keeper->lock);
    return task;
}

static bool has_client(struct keeper *keeper, struct error *err)
{
    if (!breaker_admits(&keeper->store->breaker, clock_monotonic_us()))
        return fail(err, ERROR_BUSY, "the store cannot be reached now");
    if (keeper->client)
        return true;
    keeper->client = mongoc_client_new_from_uri(keeper->uri);
    mongoc_client_set_error_api(keeper->client, MONGOC_ERROR_API_VERSION_2);
    return true;
}

static void drop_client(struct keeper *keeper, bool broken)
{
    /* Cursors and sessions of a lost server are not ended: that would look for it. */
    if (broken && keeper->client)
        mongoc_client_reset(keeper->client);
    keeper_end_whole(keeper);
    mongoc_client_destroy(keeper->client);
    keeper->client = NULL;
}

static bool run_task(struct keeper *keeper, enum task task, struct error *err)
{
    switch (task) {
    case INDEXES:
        return look_at_indexes(keeper, err);
    case NOTED:
        return keeper_look_at_noted(keeper, err);
    default:
        return keeper_look_at_more(keeper, err);
    }
}

static void pause_for(struct keeper *keeper, int pause_ms)
{
    struct timespec until = clock_after_ms(pause_ms);

    pthread_mutex_lock(&keeper->lock);
    while (!keeper->closing && pthread_cond_timedwait(&keeper->more, &keeper->lock, &until) == 0)
        continue;
    pthread_mutex_unlock(&keeper->lock);
}

/* What is busy is tried again, all else is told, the same once. */
static void take_failure(struct keeper *keeper, const struct error *err)
{
    if (err->kind != ERROR_BUSY) {
        if (strcmp(keeper->said.message, err->message) != 0)
            log_error("what others have changed cannot be put right: %s", err->message);
        keeper->said = *err;
        return;
    }
    if (keeper->passing)
        keeper_put_whole(keeper, keeper->pass.preparing.table);
    drop_client(keeper, true);
    pause_for(keeper, keeper->pause_ms);
    if (keeper->pause_ms < LONGEST_PAUSE_MS)
        keeper->pause_ms *= 2;
}

static void *run(void *context)
{
    struct keeper *keeper = context;
    enum task task;

    while ((task = wait_for_task(keeper)) != END) {
        struct error err = {0};

        if (!has_client(keeper, &err) || !run_task(keeper, task, &err)) {
            take_failure(keeper, &err);
            continue;
        }
        client_answered(keeper->store);
        keeper->pause_ms = PAUSE_MS;
    }
    drop_client(keeper, false);
    return NULL;
}

/* -- its life ---------------------------------------------------------------------------------- */

static void count(struct keeper *keeper, struct metrics *metrics)
{
    if (!metrics)
        return;
    keeper->missing =
        metrics_gauge(metrics, "store_indexes_missing",
                      "Declared indexes that are not there and could not be made.", NULL);
    keeper->foreign =
        metrics_counter(metrics, "store_documents_foreign_total",
                        "Changes by others, after which a document's words were looked at.", NULL);
}

bool keeper_open(struct mongo_store *store, struct error *err)
{
    int answer_ms = store->options.timeout_ms;
    mongoc_uri_t *uri = address_hurried(
        store, CONNECT_MS, answer_ms > 0 && answer_ms < ANSWER_MS ? answer_ms : ANSWER_MS, err);
    struct keeper *keeper;
    pthread_condattr_t monotonic;

    if (!uri)
        return false;
    keeper = calloc(1, sizeof(*keeper));
    if (!keeper || !(keeper->kept = calloc(store->table_count + 1, sizeof(*keeper->kept))))
        abort();
    keeper->store = store;
    keeper->uri = uri;
    keeper->pause_ms = PAUSE_MS;
    keeper->look_pause_ms = LOOK_PAUSE_MS;
    keeper->due = clock_after_ms(look_again_ms());
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->more, &monotonic);
    pthread_condattr_destroy(&monotonic);
    count(keeper, store->options.metrics);
    store->keeper = keeper;
    return true;
}

bool keeper_start(struct mongo_store *store, struct error *err)
{
    struct keeper *keeper = store->keeper;

    keeper->started = pthread_create(&keeper->thread, NULL, run, keeper) == 0;
    return keeper->started || fail(err, ERROR_INTERNAL, "no thread for what others change");
}

void keeper_close(struct mongo_store *store)
{
    struct keeper *keeper = store->keeper;

    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->closing = true;
    pthread_cond_signal(&keeper->more);
    pthread_mutex_unlock(&keeper->lock);
    if (keeper->started)
        pthread_join(keeper->thread, NULL);
    store->keeper = NULL;
    keeper_drop_all(keeper);
    for (size_t i = 0; i < store->table_count; i++)
        free(keeper->kept[i].told);
    free(keeper->kept);
    pthread_cond_destroy(&keeper->more);
    pthread_mutex_destroy(&keeper->lock);
    mongoc_uri_destroy(keeper->uri);
    free(keeper);
}
