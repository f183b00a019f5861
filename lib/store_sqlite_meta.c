/* SPDX-License-Identifier: MIT */
/* What the file says about its collections: which table and columns they are, how many documents
 * they have, how often they changed. */
#include "store_sqlite_changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const META_SCHEMA =
    "CREATE TABLE IF NOT EXISTS decant_tables("
    "number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, id_type INTEGER NOT NULL,"
    "clustered INTEGER NOT NULL, version INTEGER NOT NULL, documents INTEGER NOT NULL,"
    "odd INTEGER NOT NULL, words INTEGER NOT NULL, searched TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS decant_columns("
    "owner INTEGER NOT NULL, number INTEGER NOT NULL, path TEXT NOT NULL, type INTEGER NOT NULL,"
    "ready INTEGER NOT NULL, PRIMARY KEY(owner, number)) STRICT, WITHOUT ROWID;";

struct table *table_of(const struct store *base, const struct collection *collection)
{
    struct sqlite_store *store = sqlite_of(base);

    for (size_t i = 0; i < store->table_count; i++)
        if (store->tables[i].collection == collection)
            return &store->tables[i];
    return NULL;
}

static bool first_number(struct connection *connection, const char *sql, int64_t *out,
                         struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(connection->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_step(stmt) == SQLITE_ROW;

    if (ok)
        *out = sqlite3_column_int64(stmt, 0);
    else
        connection_open_failed(connection->store, connection->db, err);
    sqlite3_finalize(stmt);
    return ok;
}

bool meta_check(struct connection *connection, struct error *err)
{
    const char *path = connection->store->path;
    int64_t things, application, layout;

    if (!first_number(connection, "SELECT count(*) FROM sqlite_schema", &things, err) ||
        !first_number(connection, "PRAGMA application_id", &application, err) ||
        !first_number(connection, "PRAGMA user_version", &layout, err))
        return false;
    if (things == 0)
        return connection->writer ||
               fail(err, ERROR_INTERNAL, "%s is empty: there is no store to read", path);
    if (application != APPLICATION)
        return fail(err, ERROR_INTERNAL, "%s is a database of another program", path);
    if (layout > LAYOUT)
        return fail(err, ERROR_INTERNAL,
                    "%s has layout %d, made by a newer version; this one knows %d", path,
                    (int)layout, LAYOUT);
    return true;
}

static const char *const META_LAYOUT_2 =
    "ALTER TABLE decant_tables ADD COLUMN texts INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE decant_tables ADD COLUMN gone INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE decant_tables ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;";

/* What the file lacks of this layout. */
static bool raise_layout(struct connection *connection, struct error *err)
{
    int64_t layout;

    return first_number(connection, "PRAGMA user_version", &layout, err) &&
           (layout >= 2 ||
            sqlite3_exec(connection->db, META_LAYOUT_2, NULL, NULL, NULL) == SQLITE_OK);
}

static bool make_meta(struct connection *connection, struct error *err)
{
    char sql[128];

    snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION,
             LAYOUT);
    if (sqlite3_exec(connection->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(connection->db, META_SCHEMA, NULL, NULL, NULL) == SQLITE_OK &&
        raise_layout(connection, err) && changes_make(connection->db) &&
        sqlite3_exec(connection->db, sql, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(connection->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        return true;
    connection_open_failed(connection->store, connection->db, err);
    if (!sqlite3_get_autocommit(connection->db))
        sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* A damaged file is found out now, not by the first who asks. */
static bool read_meta(struct connection *connection, struct error *err)
{
    int64_t number;

    return first_number(connection, "SELECT count(name) FROM decant_tables", &number, err) &&
           first_number(connection, "SELECT count(path) FROM decant_columns", &number, err);
}

bool meta_open(struct sqlite_store *store, struct error *err)
{
    struct connection *connection = store->writer;
    bool ok;

    if (store->options.read_only) {
        connection = connection_here(store, err);
        return connection && read_meta(connection, err);
    }
    turn_take(store);
    ok = make_meta(connection, err);
    turn_give(store);
    return ok && read_meta(connection, err);
}

/* -- what others declare ----------------------------------------------------------------------- */

bool meta_follow(struct sqlite_store *store, struct error *err)
{
    int64_t version;

    if (!connection_number(store->writer, "PRAGMA schema_version", &version, err))
        return false;
    if (version == store->schema_seen)
        return true;
    for (size_t i = 0; i < store->table_count; i++) {
        struct table *table = &store->tables[i];
        struct columns *columns = meta_columns(store->writer, table, err);

        if (!columns)
            return false;
        if (table->write != table->read)
            meta_free_columns(table->write);
        table->write = columns;
    }
    store->schema_seen = version;
    return true;
}

/* -- counters ---------------------------------------------------------------------------------- */

static void raise_version(struct table *table, int64_t version)
{
    uint64_t seen = atomic_load(&table->version);

    while (seen < (uint64_t)version &&
           !atomic_compare_exchange_weak(&table->version, &seen, (uint64_t)version))
        ;
}

static void take_over(struct sqlite_store *store, sqlite3_stmt *row)
{
    for (size_t i = 0; i < store->table_count; i++) {
        struct table *table = &store->tables[i];

        if (table->number != sqlite3_column_int(row, 0))
            continue;
        atomic_fetch_or(&table->odd, (uint64_t)sqlite3_column_int64(row, 2));
        raise_version(table, sqlite3_column_int64(row, 1));
    }
}

bool meta_refresh(struct connection *connection, struct error *err)
{
    sqlite3_stmt *stmt =
        connection_prepare(connection, "SELECT number, version, odd FROM decant_tables", err);
    int code;

    if (!stmt)
        return false;
    while ((code = connection_step(connection, stmt, err)) == SQLITE_ROW)
        take_over(connection->store, stmt);
    connection_finish(stmt);
    return code == SQLITE_DONE;
}

static bool flush_table(struct connection *connection, struct table *table, struct error *err)
{
    struct cell number = cell_int(table->number);
    sqlite3_stmt *stmt;
    int code;

    /* Asked for on its own: RETURNING makes a table in memory for its answer, which costs more than
     * both statements. */
    if (!connection_ask(connection, "SELECT version+1 FROM decant_tables WHERE number=?", &number,
                        &table->pending.version, err))
        return false;
    stmt = connection_prepare(connection,
                              "UPDATE decant_tables SET version=?, documents=documents+?, "
                              "odd=odd|?, deleted=deleted+? WHERE number=?",
                              err);
    if (!stmt)
        return false;
    sqlite3_bind_int64(stmt, 1, table->pending.version);
    sqlite3_bind_int64(stmt, 2, table->pending.documents);
    sqlite3_bind_int64(stmt, 3, (int64_t)table->pending.odd);
    sqlite3_bind_int64(stmt, 4, table->pending.deleted);
    sqlite3_bind_int(stmt, 5, table->number);
    code = connection_step(connection, stmt, err);
    connection_finish(stmt);
    return code == SQLITE_DONE;
}

bool meta_flush(struct sqlite_store *store, struct error *err)
{
    for (size_t i = 0; i < store->table_count; i++)
        if (store->tables[i].pending.changed && !flush_table(store->writer, &store->tables[i], err))
            return false;
    return true;
}

void meta_publish(struct sqlite_store *store, bool committed)
{
    for (size_t i = 0; i < store->table_count; i++) {
        struct table *table = &store->tables[i];

        if (committed && table->pending.changed)
            raise_version(table, table->pending.version);
        table->pending = (struct pending){0};
    }
}
