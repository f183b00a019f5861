/* SPDX-License-Identifier: MIT */
#include "store.h"

#include "store_adapter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* libmongoc counts in shared memory for a tool of its own, from when it is loaded: files that stay
 * when a process is killed, and that the next one with its number complains of. */
static const struct store_adapter *mongo_module(struct error *err)
{
    setenv("MONGOC_DISABLE_SHM", "1", 0);
    return store_module("store_mongo", err);
}

struct store *store_open(const char *address, const struct store_options *options,
                         struct error *err)
{
    const struct store_adapter *adapter = NULL;

    if (begins_with(address, "sqlite:"))
        adapter = &store_sqlite;
    else if (begins_with(address, "mongodb:") || begins_with(address, "mongodb+srv:"))
        adapter = mongo_module(err);
    else /* it may hold a password */
        fail(err, ERROR_INTERNAL,
             "'%s' is no store's address: it must be sqlite:PATH, sqlite::memory: or mongodb://…",
             strchr(address, '@') ? "what holds an @" : address);
    return adapter ? adapter->open(address, options, err) : NULL;
}

void store_close(struct store *store)
{
    if (store)
        store->adapter->close(store);
}

bool store_prepare(struct store *store, const struct collection *const *collections, size_t count,
                   struct error *err)
{
    return store->adapter->prepare(store, collections, count, err);
}

bool store_is_embedded(const struct store *store)
{
    return store->adapter->embedded;
}

bool store_ping(struct store *store, struct error *err)
{
    return store->adapter->ping(store, err);
}

uint64_t store_version(const struct store *store, const struct collection *collection)
{
    return store->adapter->version(store, collection);
}

struct key key_text(const char *id)
{
    return (struct key){.value = value_text(id)};
}

struct key key_unique(const char *field, bson_value_t value)
{
    return (struct key){.field = field, .value = value};
}

bool store_get(struct store *store, const struct collection *collection, struct key key,
               struct document *out, struct error *err)
{
    return store->adapter->get(store, collection, key, out, err);
}

bool store_find(struct store *store, const struct collection *collection, const struct query *query,
                struct documents *out, struct error *err)
{
    return store->adapter->find(store, collection, query, out, err);
}

bool store_count(struct store *store, const struct collection *collection,
                 const struct filter *where, int64_t *out, struct error *err)
{
    return store->adapter->count(store, collection, where, out, err);
}

bool store_estimate(struct store *store, const struct collection *collection,
                    const struct filter *where, struct estimate *out, struct error *err)
{
    return store->adapter->estimate(store, collection, where, out, err);
}

bool store_each(struct store *store, const struct collection *collection,
                bool (*visit)(void *context, const struct document *document), void *context,
                struct error *err)
{
    return store->adapter->each(store, collection, visit, context, err);
}

bool store_changes(struct store *store, const char *after, size_t limit, struct store_changes *out,
                   struct error *err)
{
    return store->adapter->changes(store, after, limit, out, err);
}

void store_reads_begin(struct store *store)
{
    store->adapter->reads_begin(store);
}

bool store_reads_end(struct store *store)
{
    return store->adapter->reads_end(store);
}

void store_snapshot_end(struct store *store)
{
    store->adapter->snapshot_end(store);
}

void store_thread_end(struct store *store)
{
    store->adapter->thread_end(store);
}

bool store_insert(struct store *store, const struct collection *collection, const bson_t *document,
                  struct document *after, struct error *err)
{
    return store->adapter->insert(store, collection, document, after, err);
}

bool store_replace(struct store *store, const struct collection *collection, struct key key,
                   const struct replacement *replacement, struct error *err)
{
    return store->adapter->replace(store, collection, key, replacement, err);
}

bool store_update(struct store *store, const struct collection *collection, struct key key,
                  const struct update *update, struct error *err)
{
    return store->adapter->update(store, collection, key, update, err);
}

bool store_delete(struct store *store, const struct collection *collection, struct key key,
                  const char *if_etag, struct error *err)
{
    return store->adapter->remove(store, collection, key, if_etag, err);
}

bool store_delete_where(struct store *store, const struct collection *collection,
                        const struct filter *where, int64_t *deleted, struct error *err)
{
    return store->adapter->delete_where(store, collection, where, deleted, err);
}

bool store_transact(struct store *store,
                    bool (*change)(void *context, struct store *store, struct error *err),
                    void *context, struct error *err)
{
    return store->adapter->transact(store, change, context, err);
}

bool store_submit(struct store *store, struct store_work *work, struct error *err)
{
    work->next = NULL;
    return store->adapter->submit(store, work, err) == 1;
}

size_t store_submit_all(struct store *store, struct store_work *first, struct error *err)
{
    return store->adapter->submit(store, first, err);
}

bool store_withdraw(struct store *store, struct store_work *work)
{
    return store->adapter->withdraw(store, work);
}

/* -- a work that its submitter waits for ------------------------------------------------------- */

struct waited {
    struct store_work work; /* first: run and done get its address */
    bool (*change)(void *context, struct store *store, struct error *err);
    void *context;
    struct error err; /* what change said */
    bool committed;
    bool over;
    pthread_mutex_t lock;
    pthread_cond_t told;
};

static bool run_waited(struct store_work *work, struct store *store)
{
    struct waited *waited = (struct waited *)work;

    waited->err = (struct error){0};
    return waited->change(waited->context, store, &waited->err);
}

static void end_waited(struct store_work *work, bool committed, const struct error *err)
{
    struct waited *waited = (struct waited *)work;

    pthread_mutex_lock(&waited->lock);
    waited->committed = committed;
    if (!committed && err->kind != ERROR_NONE)
        waited->err = *err;
    waited->over = true;
    pthread_cond_signal(&waited->told);
    pthread_mutex_unlock(&waited->lock);
}

bool store_write(struct store *store,
                 bool (*change)(void *context, struct store *store, struct error *err),
                 void *context, struct error *err)
{
    struct waited waited = {.work = {.run = run_waited, .done = end_waited},
                            .change = change,
                            .context = context,
                            .lock = PTHREAD_MUTEX_INITIALIZER,
                            .told = PTHREAD_COND_INITIALIZER};

    if (!store_submit(store, &waited.work, err))
        return false;
    pthread_mutex_lock(&waited.lock);
    while (!waited.over)
        pthread_cond_wait(&waited.told, &waited.lock);
    pthread_mutex_unlock(&waited.lock);
    pthread_cond_destroy(&waited.told);
    pthread_mutex_destroy(&waited.lock);
    if (!waited.committed)
        *err = waited.err;
    return waited.committed;
}
