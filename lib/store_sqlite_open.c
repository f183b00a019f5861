/* SPDX-License-Identifier: MIT */
/* Opening and closing a store, and its connections. */
#include "store_sqlite_change.h"
#include "store_sqlite_changes.h"
#include "store_sqlite_sync.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- connections ------------------------------------------------------------------------------- */

static const char *const READER_PRAGMAS = "PRAGMA query_only=1; PRAGMA cache_size=-1024;"
                                          "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;";
static const char *const WRITER_PRAGMAS =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;"
    "PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA secure_delete=0;"
    "PRAGMA journal_size_limit=67108864;";

bool connection_open_failed(const struct sqlite_store *store, sqlite3 *db, struct error *err)
{
    const char *path = store->path;
    int code = db ? sqlite3_errcode(db) & 0xff : SQLITE_NOMEM;

    switch (code) {
    case SQLITE_NOTADB:
        return fail(err, ERROR_INTERNAL, "%s is not a database of SQLite", path);
    case SQLITE_CORRUPT:
        return fail(err, ERROR_INTERNAL, "%s is corrupt", path);
    case SQLITE_READONLY:
        return fail(err, ERROR_INTERNAL, "%s cannot be written to: it is read-only", path);
    case SQLITE_CANTOPEN:
        return fail(err, ERROR_INTERNAL, "%s cannot be opened: %s", path,
                    access(path, F_OK) == 0 ? "not allowed" : "it is not there");
    default:
        return fail(err, ERROR_INTERNAL, "%s cannot be opened: %s", path,
                    db ? sqlite3_errmsg(db) : "out of memory");
    }
}

static void set_cache(sqlite3 *db, int kib)
{
    char sql[64];

    snprintf(sql, sizeof(sql), "PRAGMA cache_size=-%d", kib);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static bool set_up(struct connection *connection, struct error *err)
{
    const struct store_options *options = &connection->store->options;
    sqlite3 *db = connection->db;

    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_handler(db, turn_busy, connection);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (!meta_check(connection, err))
        return false;
    if (connection->writer) {
        if (sqlite3_exec(db, WRITER_PRAGMAS, NULL, NULL, NULL) != SQLITE_OK)
            return connection_open_failed(connection->store, db, err);
        if (options->cache_kib > 0)
            set_cache(db, options->cache_kib);
        if (!direct_register(connection, err))
            return false;
    } else {
        if (sqlite3_exec(db, READER_PRAGMAS, NULL, NULL, NULL) != SQLITE_OK)
            return connection_open_failed(connection->store, db, err);
        sqlite3_progress_handler(db, 1000, connection_progress, connection);
    }
    return functions_register(connection, err) && text_register(connection, err);
}

struct connection *connection_open(struct sqlite_store *store, bool writer, struct error *err)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    int flags =
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
        (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                : (store->options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE));

    if (!connection)
        abort();
    connection->store = store;
    connection->writer = writer;
    if (sqlite3_open_v2(store->path, &connection->db, flags, writer ? vfs_name() : NULL) !=
        SQLITE_OK) {
        connection_open_failed(store, connection->db, err);
        sqlite3_close(connection->db);
        free(connection);
        return NULL;
    }
    if (!set_up(connection, err)) {
        connection_close(connection);
        return NULL;
    }
    return connection;
}

void connection_close(struct connection *connection)
{
    connection_release_statements(connection);
    sqlite3_close(connection->db);
    arena_release(&connection->scratch);
    buf_release(&connection->text);
    free(connection->versions);
    free(connection);
}

struct connection *connection_here(struct sqlite_store *store, struct error *err)
{
    struct connection *connection = pthread_getspecific(store->key);

    if (connection)
        return connection;
    connection = connection_open(store, false, err);
    if (!connection)
        return NULL;
    pthread_setspecific(store->key, connection);
    pthread_mutex_lock(&store->lock);
    connection->next = store->connections;
    store->connections = connection;
    pthread_mutex_unlock(&store->lock);
    return connection;
}

/* Also what a thread's end calls. */
static void forget_connection(void *context)
{
    struct connection *connection = context;
    struct sqlite_store *store = connection->store;
    struct connection **at;

    if (connection->writer)
        return;
    pthread_mutex_lock(&store->lock);
    for (at = &store->connections; *at && *at != connection; at = &(*at)->next)
        ;
    if (*at)
        *at = connection->next;
    pthread_mutex_unlock(&store->lock);
    connection_close(connection);
}

void sqlite_thread_end(struct store *base)
{
    struct sqlite_store *store = sqlite_of(base);
    struct connection *connection = pthread_getspecific(store->key);

    if (!connection || connection->writer)
        return;
    pthread_setspecific(store->key, NULL);
    forget_connection(connection);
}

/* -- the store --------------------------------------------------------------------------------- */

static void configure_once(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);       /* a lock around every allocation */
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1); /* savepoints stay in memory */
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1200, 40);
    sqlite3_initialize();
}

static void sqlite_close(struct store *base)
{
    struct sqlite_store *store = sqlite_of(base);

    keeper_stop(store); /* first, as it gives the writer works */
    writer_stop(store);
    while (store->connections) {
        struct connection *connection = store->connections;

        store->connections = connection->next;
        connection_close(connection);
    }
    if (store->writer)
        connection_close(store->writer);
    if (store->turns >= 0)
        close(store->turns);
    for (size_t i = 0; i < store->table_count; i++) {
        if (store->tables[i].write != store->tables[i].read)
            meta_free_columns(store->tables[i].write);
        meta_free_columns(store->tables[i].read);
    }
    place_remove(store);
    pthread_key_delete(store->key);
    pthread_mutex_destroy(&store->lock);
    pthread_mutex_destroy(&store->queue.lock);
    pthread_cond_destroy(&store->queue.more);
    pthread_mutex_destroy(&store->keeper.lock);
    pthread_cond_destroy(&store->keeper.wake);
    pthread_mutex_destroy(&store->syncer.lock);
    pthread_cond_destroy(&store->syncer.more);
    pthread_cond_destroy(&store->syncer.room);
    free(store->tables);
    free(store->directory);
    free(store->path);
    free(store);
}

static double read_depth(void *context)
{
    struct sqlite_store *store = context;
    int depth;

    pthread_mutex_lock(&store->queue.lock);
    depth = store->queue.depth;
    pthread_mutex_unlock(&store->queue.lock);
    return depth;
}

static void make_metrics(struct sqlite_store *store)
{
    struct metrics *metrics = store->options.metrics;
    struct metrics_source depth = {.name = "store_queue_depth",
                                   .help = "Works that wait for the store's writer.",
                                   .type = "gauge",
                                   .read = read_depth,
                                   .context = store};

    if (!metrics)
        return;
    metrics_computed(metrics, &depth);
    store->batches =
        metrics_counter(metrics, "store_batches_total", "Commits of the store's writer.", NULL);
    store->works = metrics_counter(metrics, "store_works_total",
                                   "Works that the store's writer has finished.", NULL);
    store->busy =
        metrics_counter(metrics, "store_busy_total", "Works refused as the queue was full.", NULL);
    store->commit_time =
        metrics_histogram(metrics, "store_commit_seconds", "Time a commit took.", NULL);
    store->sync_time = metrics_histogram(
        metrics, "store_sync_seconds", "Time it took to make the log durable (--sync=full).", NULL);
    store->checkpoints = metrics_counter(metrics, "store_checkpoints_total",
                                         "Times the log was moved into the file.", NULL);
}

static struct sqlite_store *make_store(const struct store_options *options)
{
    struct sqlite_store *store = calloc(1, sizeof(*store));
    pthread_condattr_t monotonic;

    if (!store || pthread_key_create(&store->key, forget_connection) != 0)
        abort();
    store->store.adapter = &store_sqlite;
    store->options = *options;
    store->turns = -1;
    store->queue.last = &store->queue.first;
    pthread_mutex_init(&store->lock, NULL);
    pthread_mutex_init(&store->queue.lock, NULL);
    pthread_cond_init(&store->queue.more, NULL);
    pthread_mutex_init(&store->keeper.lock, NULL);
    store->syncer.fd = -1;
    store->syncer.last = &store->syncer.first;
    pthread_mutex_init(&store->syncer.lock, NULL);
    pthread_cond_init(&store->syncer.more, NULL);
    pthread_cond_init(&store->syncer.room, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&store->keeper.wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return store;
}

static struct store *sqlite_open(const char *address, const struct store_options *options,
                                 struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite_store *store;

    pthread_once(&once, configure_once);
    store = make_store(options);
    if (!place_find(store, address + strlen("sqlite:"), err))
        goto failed;
    if (!options->read_only) {
        if (!turn_open(store, err))
            goto failed;
        turn_take(store);
        store->writer = connection_open(store, true, err);
        turn_give(store);
        if (!store->writer)
            goto failed;
    }
    if (!meta_open(store, err))
        goto failed;
    make_metrics(store);
    return &store->store;
failed:
    sqlite_close(&store->store);
    return NULL;
}

static bool sqlite_ping(struct store *base, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    struct connection *connection = connection_here(store, err);
    int64_t number;

    if (!connection)
        return false;
    if (!connection_number(connection, "SELECT count(*) FROM decant_tables", &number, err))
        return false;
    if (store->options.read_only)
        return true;
    if (!sync_is_well(store, err))
        return false;
    return access(store->path, W_OK) == 0 ||
           fail(err, ERROR_INTERNAL, "%s cannot be written to: %s", store->path, strerror(errno));
}

static uint64_t sqlite_version(const struct store *base, const struct collection *collection)
{
    const struct table *table = table_of(base, collection);
    const struct sqlite_store *store = sqlite_of(base);
    const struct connection *connection = pthread_getspecific(store->key);

    if (table && connection && connection->versions && !connection->writer &&
        !sqlite3_get_autocommit(connection->db))
        return connection->versions[table - store->tables];
    return table ? atomic_load_explicit(&table->version, memory_order_acquire) : 0;
}

const struct store_adapter store_sqlite = {
    .embedded = true,
    .open = sqlite_open,
    .close = sqlite_close,
    .prepare = sqlite_prepare,
    .ping = sqlite_ping,
    .version = sqlite_version,
    .get = sqlite_get,
    .find = sqlite_find,
    .count = sqlite_count,
    .estimate = sqlite_estimate,
    .each = sqlite_each,
    .changes = sqlite_changes,
    .reads_begin = sqlite_reads_begin,
    .reads_end = sqlite_reads_end,
    .snapshot_end = sqlite_snapshot_end,
    .thread_end = sqlite_thread_end,
    .insert = sqlite_insert,
    .replace = sqlite_replace,
    .update = sqlite_update,
    .remove = sqlite_delete,
    .delete_where = sqlite_delete_where,
    .transact = sqlite_transact,
    .submit = sqlite_submit,
    .withdraw = sqlite_withdraw,
};
