/* SPDX-License-Identifier: MIT */
/* Statements, snapshots and the budget of one connection. */
#include "store_sqlite_rows.h"

#include <stdlib.h>
#include <string.h>

enum { PROGRESS_STEPS = 1000 };

/* -- statements -------------------------------------------------------------------------------- */

/* Eight octets at a time: there are several statements to every change. */
static uint64_t hash_text(const char *text, size_t len)
{
    uint64_t hash = len;
    uint64_t word;

    for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, text, len);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

/* The least recently used of the bucket gives way. */
static struct statement *oldest(struct statement *bucket)
{
    struct statement *found = bucket;

    for (int i = 1; i < STATEMENT_WAYS; i++)
        if (bucket[i].used < found->used)
            found = &bucket[i];
    return found;
}

sqlite3_stmt *connection_prepare(struct connection *connection, const char *sql, struct error *err)
{
    size_t len = strlen(sql);
    uint64_t hash = hash_text(sql, len);
    struct statement *bucket = connection->statements[hash % STATEMENT_BUCKETS];
    struct statement *place;
    sqlite3_stmt *stmt = NULL;

    if (connection->watch)
        slow_note(connection, sql);
    for (int i = 0; i < STATEMENT_WAYS; i++) {
        if (!bucket[i].stmt || bucket[i].hash != hash ||
            strcmp(sqlite3_sql(bucket[i].stmt), sql) != 0)
            continue;
        bucket[i].used = ++connection->used;
        return bucket[i].stmt;
    }
    if (sqlite3_prepare_v3(connection->db, sql, (int)len + 1, SQLITE_PREPARE_PERSISTENT, &stmt,
                           NULL) != SQLITE_OK) {
        connection_fail(connection, err);
        return NULL;
    }
    place = oldest(bucket);
    sqlite3_finalize(place->stmt);
    *place = (struct statement){.stmt = stmt, .hash = hash, .used = ++connection->used};
    return stmt;
}

void connection_release_statements(struct connection *connection)
{
    for (int i = 0; i < STATEMENT_BUCKETS; i++) {
        for (int j = 0; j < STATEMENT_WAYS; j++) {
            sqlite3_finalize(connection->statements[i][j].stmt);
            connection->statements[i][j] = (struct statement){0};
        }
    }
}

bool connection_fail(struct connection *connection, struct error *err)
{
    struct sqlite_store *store = connection->store;
    int code = sqlite3_errcode(connection->db);

    if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
        fail(err, ERROR_BUSY, "the store is busy");
        err->retry_after_s = 1;
    } else {
        fail(err, ERROR_INTERNAL, "the store %s: %s", store->path, sqlite3_errmsg(connection->db));
    }
    if (connection->writer && store->changing && !store->poisoned) {
        store->poisoned = true;
        store->poison = *err;
    }
    return false;
}

int connection_step(struct connection *connection, sqlite3_stmt *stmt, struct error *err)
{
    int code = sqlite3_step(stmt);

    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return code;
    if (code == SQLITE_INTERRUPT && connection->over) {
        fail(err, ERROR_INTERNAL, "the read is longer than a loop allows");
        return code;
    }
    connection_fail(connection, err);
    return code;
}

void connection_finish(sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

bool connection_run(struct connection *connection, const char *sql, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(connection, sql, err);
    int code;

    if (!stmt)
        return false;
    do
        code = connection_step(connection, stmt, err);
    while (code == SQLITE_ROW);
    sqlite3_reset(stmt);
    return code == SQLITE_DONE;
}

bool connection_ask(struct connection *connection, const char *sql, const struct cell *cell,
                    int64_t *out, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(connection, sql, err);
    int code;

    if (!stmt)
        return false;
    if (cell)
        cell_bind(stmt, 1, cell);
    code = connection_step(connection, stmt, err);
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        *out = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    connection_finish(stmt);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool connection_number(struct connection *connection, const char *sql, int64_t *out,
                       struct error *err)
{
    return connection_ask(connection, sql, NULL, out, err);
}

/* -- snapshots and the budget ------------------------------------------------------------------ */

int connection_progress(void *context)
{
    struct connection *connection = context;

    if (!connection->bracketed || connection->store->options.budget <= 0)
        return 0;
    connection->spent += PROGRESS_STEPS;
    if (connection->spent > (int64_t)connection->store->options.budget * 1000)
        connection->over = true;
    return connection->over;
}

static bool end_transaction(struct connection *connection)
{
    struct error ignored;

    /* Read transactions hold nothing that could be lost, so a rollback is as good as a commit. */
    return sqlite3_get_autocommit(connection->db) ||
           connection_run(connection, "COMMIT", &ignored) ||
           connection_run(connection, "ROLLBACK", &ignored);
}

/* What a snapshot that begins now is sure to show. */
static void note_versions(struct connection *connection)
{
    const struct sqlite_store *store = connection->store;

    if (!connection->versions)
        connection->versions = calloc(store->table_count, sizeof(*connection->versions));
    if (!connection->versions)
        abort();
    for (size_t i = 0; i < store->table_count; i++)
        connection->versions[i] =
            atomic_load_explicit(&store->tables[i].version, memory_order_acquire);
}

bool reading_begin(struct store *base, bool several, struct reading *out, struct error *err)
{
    struct connection *connection = connection_here(sqlite_of(base), err);

    if (!connection)
        return false;
    if (connection->over)
        return fail(err, ERROR_INTERNAL, "the read is longer than a loop allows");
    *out = (struct reading){.connection = connection};
    if (!(several || connection->bracketed) || !sqlite3_get_autocommit(connection->db))
        return true;
    out->began = !connection->bracketed;
    note_versions(connection);
    return connection_run(connection, "BEGIN", err);
}

void reading_end(struct reading *reading)
{
    if (reading->watch.table)
        slow_end(reading);
    if (reading->began)
        end_transaction(reading->connection);
    arena_clear(&reading->connection->scratch);
}

void sqlite_reads_begin(struct store *base)
{
    struct error ignored; /* the first read meets the same error and says so */
    struct connection *connection = connection_here(sqlite_of(base), &ignored);

    if (!connection || connection->writer)
        return;
    connection->bracketed = true;
    connection->over = false;
    connection->spent = 0;
}

bool sqlite_reads_end(struct store *base)
{
    struct connection *connection = pthread_getspecific(sqlite_of(base)->key);
    bool over;

    if (!connection)
        return false;
    over = connection->over;
    connection->bracketed = false;
    connection->over = false;
    return over;
}

void sqlite_snapshot_end(struct store *base)
{
    struct connection *connection = pthread_getspecific(sqlite_of(base)->key);

    if (connection && !connection->writer)
        end_transaction(connection);
}
