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

static bool make_meta(struct connection *connection, struct error *err)
{
    char sql[128];

    snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION,
             LAYOUT);
    if (sqlite3_exec(connection->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(connection->db, META_SCHEMA, NULL, NULL, NULL) == SQLITE_OK &&
        changes_make(connection->db) &&
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

/* -- columns ----------------------------------------------------------------------------------- */

static void declare(struct column *column, const struct collection *collection)
{
    for (size_t i = 0; i < collection->field_count; i++) {
        const struct store_field *field = &collection->fields[i];

        if (field->type != column->type || strcmp(field->path, column->path) != 0)
            continue;
        column->declared = true;
        column->flags = field->flags;
    }
}

static bool load_columns(struct connection *connection, const struct table *table,
                         struct columns *columns, struct error *err)
{
    struct cell owner = cell_int(table->number);
    sqlite3_stmt *stmt = connection_prepare(connection,
                                            "SELECT number, path, type, ready FROM decant_columns "
                                            "WHERE owner=? ORDER BY number",
                                            err);
    int code;

    if (!stmt)
        return false;
    cell_bind(stmt, 1, &owner);
    while ((code = connection_step(connection, stmt, err)) == SQLITE_ROW &&
           columns->count < MAX_COLUMNS) {
        struct column *column = &columns->items[columns->count];

        column->number = sqlite3_column_int(stmt, 0);
        column->path = arena_text(&columns->arena, (const char *)sqlite3_column_text(stmt, 1));
        column->type = (enum value_type)sqlite3_column_int(stmt, 2);
        column->ready = sqlite3_column_int(stmt, 3);
        declare(column, table->collection);
        if (column->flags & STORE_EXPIRES && column->type == TYPE_DATE)
            columns->expires = (int)columns->count;
        columns->count++;
    }
    connection_finish(stmt);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

static bool load_searched(struct connection *connection, const struct table *table,
                          struct columns *columns, struct error *err)
{
    struct cell number = cell_int(table->number);
    sqlite3_stmt *stmt = connection_prepare(
        connection, "SELECT words, searched FROM decant_tables WHERE number=?", err);
    char *path, *rest;
    int code;

    if (!stmt)
        return false;
    cell_bind(stmt, 1, &number);
    code = connection_step(connection, stmt, err);
    if (code == SQLITE_ROW) {
        columns->words = sqlite3_column_int(stmt, 0);
        rest = arena_text(&columns->arena, (const char *)sqlite3_column_text(stmt, 1));
        while ((path = strsep(&rest, "\n")) && *path && columns->searched_count < MAX_SEARCHED)
            columns->searched[columns->searched_count++] = path;
    }
    connection_finish(stmt);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

static const char *keep(struct columns *columns, struct buf *text)
{
    const char *kept = arena_copy(&columns->arena, text->data, text->len);

    text->len = 0;
    return kept;
}

static void add_not_expired(const struct columns *columns, struct buf *text)
{
    int number = columns->expires >= 0 ? columns->items[columns->expires].number : 0;

    if (columns->expires >= 0)
        buf_printf(text, " AND (c%d IS NULL OR c%d > ?2)", number, number);
}

static void write_row_sql(struct columns *columns, const struct table *table)
{
    struct buf text = {0};

    buf_printf(&text, "INSERT INTO t%d(_id,etag,created,updated,odd,bson", table->number);
    for (size_t i = 0; i < columns->count; i++)
        buf_printf(&text, ",c%d", columns->items[i].number);
    buf_puts(&text, ") VALUES(?,?,?,?,?,?");
    for (size_t i = 0; i < columns->count; i++)
        buf_puts(&text, ",?");
    buf_puts(&text, ")");
    columns->insert = keep(columns, &text);
    buf_printf(&text, "SELECT etag,created,updated,bson FROM t%d WHERE _id=?1", table->number);
    add_not_expired(columns, &text);
    columns->by_id = keep(columns, &text);
    buf_printf(&text, "SELECT %s,_id,etag,created,bson FROM t%d WHERE _id=?1",
               table->clustered ? "0" : "seq", table->number);
    add_not_expired(columns, &text);
    columns->by_id_changing = keep(columns, &text);
    buf_printf(&text, "DELETE FROM t%d WHERE _id=?", table->number);
    columns->remove = keep(columns, &text);
    buf_printf(&text,
               "UPDATE t%d SET etag=?2,updated=?3,bson=decant_apply(?4,created,bson) WHERE _id=?1",
               table->number);
    columns->apply = keep(columns, &text);
    buf_release(&text);
}

static void write_words_sql(struct columns *columns, const struct table *table)
{
    struct buf text = {0};
    char name[40];

    snprintf(name, sizeof(name), "t%d_w%d", table->number, columns->words);
    for (int add = 0; add < 2; add++) {
        buf_printf(&text, "INSERT INTO %s(%s%srowid", name, add ? "" : name, add ? "" : ",");
        for (size_t i = 0; i < columns->searched_count; i++)
            buf_printf(&text, ",w%zu", i);
        buf_puts(&text, add ? ") VALUES(?" : ") VALUES('delete',?");
        for (size_t i = 0; i < columns->searched_count; i++)
            buf_puts(&text, ",?");
        buf_puts(&text, ")");
        *(add ? &columns->add_words : &columns->drop_words) = keep(columns, &text);
    }
    buf_printf(&text, "SELECT rowid FROM %s WHERE %s MATCH ?1 ORDER BY rowid DESC LIMIT %d", name,
               name, PROBED_HITS + 1);
    columns->probe = keep(columns, &text);
    buf_printf(&text,
               "SELECT rowid, decant_rank(%s, ?2) FROM %s WHERE %s MATCH ?1 "
               "ORDER BY rowid DESC LIMIT ?3",
               name, name, name);
    columns->hits = keep(columns, &text);
    buf_release(&text);
}

struct columns *meta_columns(struct connection *connection, const struct table *table,
                             struct error *err)
{
    struct columns *columns = calloc(1, sizeof(*columns));

    if (!columns)
        abort();
    columns->expires = -1;
    if (!load_columns(connection, table, columns, err) ||
        !load_searched(connection, table, columns, err)) {
        meta_free_columns(columns);
        return NULL;
    }
    write_row_sql(columns, table);
    write_words_sql(columns, table);
    return columns;
}

void meta_free_columns(const struct columns *columns)
{
    struct columns *mine = (struct columns *)(uintptr_t)columns;

    if (!mine)
        return;
    arena_release(&mine->arena);
    free(mine);
}

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
                              "odd=odd|? WHERE number=?",
                              err);
    if (!stmt)
        return false;
    sqlite3_bind_int64(stmt, 1, table->pending.version);
    sqlite3_bind_int64(stmt, 2, table->pending.documents);
    sqlite3_bind_int64(stmt, 3, (int64_t)table->pending.odd);
    sqlite3_bind_int(stmt, 4, table->number);
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
