/* SPDX-License-Identifier: MIT */
/* Opening, preparing and closing a store on MongoDB, and the table that the module is loaded for.
 */
#include "address.h"
#include "elsewhere.h"
#include "keeper.h"

#include "../log.h"
#include "../store_settle.h"

#include <stdlib.h>
#include <string.h>

extern const struct store_adapter store_mongo __attribute__((visibility("default")));

/* -- the library ------------------------------------------------------------------------------- */

static bool library_begun;

static void begin_library(void)
{
    observe_log();
    mongoc_init();
    library_begun = true;
}

__attribute__((destructor)) static void end_library(void)
{
    if (library_begun)
        mongoc_cleanup();
}

/* -- opening ----------------------------------------------------------------------------------- */

static char *copy_of(const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        abort();
    return copy;
}

/* Threads may be using it until the works, the tailer and the keeper have ended, and clients have
 * to be back before the pool goes. */
static void mongo_close(struct store *base)
{
    struct mongo_store *store = mongo_of(base);

    if (store->works)
        works_close(store);
    if (store->tailer)
        tailer_close(store);
    keeper_close(store);
    if (store->pool)
        mongoc_client_pool_destroy(store->pool);
    mongoc_uri_destroy(store->uri);
    frequency_close(store);
    elsewhere_close(store);
    free(store->tables);
    free(store->database);
    free(store->address);
    free(store);
}

/* The name in the options, in the address, or "decant". */
static const char *choose_database(const mongoc_uri_t *uri, const struct store_options *options)
{
    const char *database = mongoc_uri_get_database(uri);

    if (options->database && options->database[0])
        return options->database;
    return database && database[0] ? database : "decant";
}

static bool identify(struct mongo_store *store, struct error *err)
{
    mongoc_client_t *client = client_pop(store, err);
    bool ok = client && changes_identify(store, client, err);

    client_push(store, client);
    return ok;
}

static struct store *mongo_open(const char *address, const struct store_options *options,
                                struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct mongo_store *store;
    mongoc_uri_t *uri;

    pthread_once(&once, begin_library);
    uri = address_read(address, options, err);
    if (!uri)
        return NULL;
    store = calloc(1, sizeof(*store));
    if (!store)
        abort();
    store->store.adapter = &store_mongo;
    store->options = *options;
    if (store->options.timeout_ms <= 0)
        store->options.timeout_ms = DEFAULT_TIMEOUT_MS;
    store->uri = uri;
    store->database = copy_of(choose_database(uri, options));
    store->options.database = store->database;
    store->address = address_tell(uri, store->database);
    frequency_open(store);
    elsewhere_open(store);
    if (greet(store, err) && identify(store, err)) {
        log_info("the store is %s", store->address);
        return &store->store;
    }
    mongo_close(&store->store);
    return NULL;
}

/* -- preparing --------------------------------------------------------------------------------- */

struct table *table_of(const struct store *base, const struct collection *collection)
{
    struct mongo_store *store = mongo_of(base);

    for (size_t i = 0; i < store->table_count; i++)
        if (store->tables[i].collection == collection)
            return &store->tables[i];
    return NULL;
}

static bool describe(struct table *table, const struct collection *collection, struct error *err)
{
    table->collection = collection;
    for (size_t i = 0; i < collection->field_count; i++) {
        const struct store_field *field = &collection->fields[i];

        if (field->flags & STORE_EXPIRES)
            table->expires = field->path;
        if (field->flags & STORE_DELETED && field->type != TYPE_BOOL)
            return fail(err, ERROR_INTERNAL, "%s: %s must be a boolean to tell what is deleted",
                        collection->name, field->path);
        if (field->flags & STORE_DELETED && table->deleted)
            return fail(err, ERROR_INTERNAL, "%s declares several fields that tell what is deleted",
                        collection->name);
        if (field->flags & STORE_DELETED)
            table->deleted = field->path;
        if (!(field->flags & STORE_SEARCHED))
            continue;
        if (table->searched_count == MAX_SEARCHED)
            return fail(err, ERROR_INTERNAL, "%s declares more than %d searched fields",
                        collection->name, MAX_SEARCHED);
        table->searched[table->searched_count++] = field->path;
    }
    return true;
}

static bool prepare_collections(struct mongo_store *store, struct error *err)
{
    mongoc_client_t *client = address_connect_patiently(store->uri, err);
    bool ok = client && index_prepare(store, client, err);

    mongoc_client_destroy(client);
    return ok;
}

static bool mongo_prepare(struct store *base, const struct collection *const *collections,
                          size_t count, struct error *err)
{
    struct mongo_store *store = mongo_of(base);

    if (store->tables)
        return fail(err, ERROR_INTERNAL, "the store %s is prepared already", store->address);
    if (count > MAX_COLLECTIONS)
        return fail(err, ERROR_INTERNAL, "more than %d collections are declared", MAX_COLLECTIONS);
    store->tables = calloc(count ? count : 1, sizeof(*store->tables));
    if (!store->tables)
        abort();
    for (size_t i = 0; i < count; i++)
        if (!describe(&store->tables[store->table_count++], collections[i], err))
            return false;
    /* What others change while it is prepared is told of already. */
    return keeper_open(store, err) && tailer_open(store, err) && prepare_collections(store, err) &&
           keeper_start(store, err) && works_open(store, err);
}

/* -- using ------------------------------------------------------------------------------------- */

static bool mongo_ping(struct store *base, struct error *err)
{
    struct mongo_store *store = mongo_of(base);
    mongoc_client_t *client = client_pop(store, err);
    bson_t command = BSON_INITIALIZER;
    bson_error_t error;
    bool ok;

    if (!client)
        return false;
    BSON_APPEND_INT32(&command, "ping", 1);
    ok = mongoc_client_command_simple(client, store->database, &command, NULL, NULL, &error);
    bson_destroy(&command);
    if (ok)
        client_answered(store);
    else
        client_fail(store, &error, NULL, err);
    client_push(store, client);
    return ok;
}

/* Each read is one of its own: there is nothing to begin or to let go of. */
static void begin_nothing(struct store *store)
{
    (void)store;
}

static bool end_nothing(struct store *store)
{
    (void)store;
    return false;
}

const struct store_adapter store_mongo = {
    .embedded = false,
    .open = mongo_open,
    .close = mongo_close,
    .prepare = mongo_prepare,
    .ping = mongo_ping,
    .version = mongo_version,
    .get = mongo_get,
    .find = mongo_find,
    .count = mongo_count,
    .estimate = mongo_estimate,
    .each = mongo_each,
    .changes = mongo_changes,
    .reads_begin = begin_nothing,
    .reads_end = end_nothing,
    .snapshot_end = begin_nothing,
    .thread_end = begin_nothing,
    .insert = mongo_insert,
    .replace = mongo_replace,
    .update = mongo_update,
    .remove = mongo_delete,
    .delete_where = mongo_delete_where,
    .transact = mongo_transact,
    .submit = mongo_submit,
    .withdraw = mongo_withdraw,
};
