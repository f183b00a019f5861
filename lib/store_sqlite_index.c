/* SPDX-License-Identifier: MIT */
/* store_prepare, and the indexes and word indexes it makes. */
#include "store_sqlite_change.h"
#include "store_sqlite_changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- indexes ----------------------------------------------------------------------------------- */

/* The text SQLite keeps is the one it was given. */
bool schema_index(struct connection *connection, const char *name, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    char drop[64];
    bool there = false, same = false;

    if (sqlite3_prepare_v2(connection->db, "SELECT sql FROM sqlite_schema WHERE name=?", -1, &stmt,
                           NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        there = true;
        same = strcmp((const char *)sqlite3_column_text(stmt, 0), sql) == 0;
    }
    sqlite3_finalize(stmt);
    if (same)
        return true;
    snprintf(drop, sizeof(drop), "DROP INDEX %s", name);
    return (!there || sqlite3_exec(connection->db, drop, NULL, NULL, NULL) == SQLITE_OK) &&
           sqlite3_exec(connection->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Some values that several documents share, for people. */
static void name_duplicates(struct connection *connection, const struct table *table,
                            const struct columns *columns, const struct column *column,
                            struct buf *out)
{
    char sql[256];
    sqlite3_stmt *stmt;
    struct error ignored;

    snprintf(sql, sizeof(sql),
             "SELECT c%d FROM t%d WHERE c%d IS NOT NULL%s GROUP BY c%d "
             "HAVING count(*) > 1 LIMIT 3",
             column->number, table->number, column->number, columns->counted, column->number);
    stmt = connection_prepare(connection, sql, &ignored);
    if (!stmt)
        return;
    while (connection_step(connection, stmt, &ignored) == SQLITE_ROW) {
        const unsigned char *value = sqlite3_column_text(stmt, 0);

        buf_printf(out, "%s%.40s", out->len ? ", " : "", value ? (const char *)value : "");
    }
    connection_finish(stmt);
}

/* Also one that only others declare, where it is of the time before documents counted as deleted.
 */
static bool make_unique(struct connection *connection, const struct table *table,
                        const struct columns *columns, const struct column *column,
                        struct error *err)
{
    char name[32], sql[160];
    struct buf values = {0};

    snprintf(name, sizeof(name), "t%d_u%d", table->number, column->number);
    snprintf(sql, sizeof(sql), "CREATE UNIQUE INDEX %s ON t%d(c%d)%s%s", name, table->number,
             column->number, columns->gone >= 0 ? " WHERE" : "",
             columns->gone >= 0 ? columns->counted + strlen(" AND") : "");
    if (schema_index(connection, name, sql))
        return true;
    if ((sqlite3_errcode(connection->db) & 0xff) != SQLITE_CONSTRAINT)
        return connection_fail(connection, err);
    name_duplicates(connection, table, columns, column, &values);
    fail(err, ERROR_CONFLICT, "%s: %s must be unique, but several documents have: %s",
         table->collection->name, column->path, buf_text(&values));
    buf_release(&values);
    return false;
}

static bool make_simple(struct connection *connection, const struct table *table,
                        const struct column *column, struct error *err)
{
    char sql[160];

    snprintf(sql, sizeof(sql), "CREATE INDEX IF NOT EXISTS t%d_i%d ON t%d(c%d,_id)", table->number,
             column->number, table->number, column->number);
    return schema_run(connection, sql, err);
}

static bool make_compound(struct connection *connection, const struct table *table,
                          const struct columns *columns, const struct store_index *index,
                          struct error *err)
{
    struct buf name = {0}, list = {0}, sql = {0};
    bool ok = true;

    for (int i = 0; ok && i < 4 && index->paths[i]; i++) {
        const struct column *column = columns_find(columns, index->paths[i]);
        bool own = !column && index->paths[i][0] == '_';

        if (own) {
            buf_printf(&name, "%s", index->paths[i]);
            buf_printf(&list, "%s,", strcmp(index->paths[i], "_id") ? index->paths[i] + 1 : "_id");
        } else if (column) {
            buf_printf(&name, "_%d", column->number);
            buf_printf(&list, "c%d,", column->number);
        } else {
            ok = fail(err, ERROR_INTERNAL,
                      "%s: an index is declared on %s, which is no field of a "
                      "scalar type",
                      table->collection->name, index->paths[i]);
        }
    }
    buf_printf(&sql, "CREATE INDEX IF NOT EXISTS t%d_x%s ON t%d(%s_id)", table->number,
               buf_text(&name), table->number, buf_text(&list));
    ok = ok && schema_run(connection, buf_text(&sql), err);
    buf_release(&name);
    buf_release(&list);
    buf_release(&sql);
    return ok;
}

static bool make_indexes(struct connection *connection, const struct table *table,
                         const struct columns *columns, struct error *err)
{
    const struct collection *collection = table->collection;

    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->items[i];

        if ((column->unique || column->flags & STORE_UNIQUE) &&
            !make_unique(connection, table, columns, column, err))
            return false;
        if (column->flags & (STORE_INDEXED | STORE_EXPIRES) &&
            !make_simple(connection, table, column, err))
            return false;
    }
    for (size_t i = 0; i < collection->index_count; i++)
        if (!make_compound(connection, table, columns, &collection->indexes[i], err))
            return false;
    return true;
}

/* -- words ------------------------------------------------------------------------------------- */

/* The paths to be indexed: those that are, and those now declared. True if there are new ones. */
static bool union_searched(const struct table *table, const struct columns *columns,
                           struct buf *out)
{
    const struct collection *collection = table->collection;
    bool more = false;

    for (size_t i = 0; i < columns->searched_count; i++)
        buf_printf(out, "%s\n", columns->searched[i]);
    for (size_t i = 0; i < collection->field_count; i++) {
        const struct store_field *field = &collection->fields[i];
        bool there = !(field->flags & STORE_SEARCHED);

        for (size_t j = 0; !there && j < columns->searched_count; j++)
            there = strcmp(columns->searched[j], field->path) == 0;
        if (there)
            continue;
        buf_printf(out, "%s\n", field->path);
        more = true;
    }
    return more;
}

static bool fill_words(const struct target *target, struct error *err)
{
    struct connection *connection = target->connection;
    char sql[80];
    sqlite3_stmt *stmt = NULL;
    bool ok = true;
    int code = SQLITE_DONE;

    snprintf(sql, sizeof(sql), "SELECT seq, bson FROM t%d ORDER BY seq", target->table->number);
    stmt = connection_prepare(connection, sql, err);
    if (!stmt)
        return false;
    while (ok && (code = connection_step(connection, stmt, err)) == SQLITE_ROW) {
        struct bson_bytes bson = {sqlite3_column_blob(stmt, 1),
                                  (size_t)sqlite3_column_bytes(stmt, 1)};

        ok = text_index(target, sqlite3_column_int64(stmt, 0), &bson, true, err);
    }
    connection_finish(stmt);
    return ok && code == SQLITE_DONE;
}

static bool note_words(struct connection *connection, const struct table *table,
                       const struct buf *searched, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(
        connection, "UPDATE decant_tables SET words=words+1, searched=? WHERE number=?", err);
    int code;

    if (!stmt)
        return false;
    sqlite3_bind_text(stmt, 1, searched->data, (int)searched->len, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 2, table->number);
    code = connection_step(connection, stmt, err);
    connection_finish(stmt);
    return code == SQLITE_DONE;
}

/* A word index has its fields for good, so other fields mean another index, filled at once: writers
 * of other processes wait until it is whole. */
static bool make_words(struct connection *connection, struct table *table,
                       const struct columns *old, struct error *err)
{
    struct buf searched = {0}, sql = {0};
    struct columns *columns = NULL;
    bool ok = true;

    if (union_searched(table, old, &searched)) {
        ok = note_words(connection, table, &searched, err) &&
             (columns = meta_columns(connection, table, err));
        buf_printf(&sql, "CREATE VIRTUAL TABLE t%d_w%d USING fts5(", table->number,
                   columns ? columns->words : 0);
        for (size_t i = 0; columns && i < columns->searched_count; i++)
            buf_printf(&sql, "w%zu,", i);
        buf_puts(&sql, "content='',tokenize='ascii')");
        ok = ok && schema_run(connection, buf_text(&sql), err);
        table->write = columns;
        ok = ok && fill_words(&(struct target){connection, table}, err);
        table->write = NULL;
        sql.len = 0;
        buf_printf(&sql, "DROP TABLE IF EXISTS t%d_w%d", table->number, old->words);
        ok = ok && schema_run(connection, buf_text(&sql), err);
    }
    meta_free_columns(columns);
    buf_release(&searched);
    buf_release(&sql);
    return ok;
}

/* -- all of it --------------------------------------------------------------------------------- */

/* What a declaration asks for besides its fields, which are filled. */
static bool extend_table(struct connection *connection, struct table *table, struct error *err)
{
    struct columns *columns = meta_columns(connection, table, err);
    bool ok;

    table->write = columns;
    ok =
        columns && deleted_prepare(connection, table, err) && reply_prepare(connection, table, err);
    table->write = NULL;
    meta_free_columns(columns);
    return ok;
}

static bool index_table(struct sqlite_store *store, struct table *table, struct error *err)
{
    struct columns *columns;
    bool ok;

    if (!schema_begin(store, err))
        return false;
    ok = extend_table(store->writer, table, err);
    columns = ok ? meta_columns(store->writer, table, err) : NULL;
    ok = columns && make_indexes(store->writer, table, columns, err) &&
         make_words(store->writer, table, columns, err) &&
         changes_follow(store->writer, table, err);
    meta_free_columns(columns);
    return schema_end(store, ok, err);
}

static bool tells_deleted(const struct collection *collection)
{
    for (size_t i = 0; i < collection->field_count; i++)
        if (collection->fields[i].flags & STORE_DELETED)
            return true;
    return false;
}

/* A reader takes a file as it is. */
static bool find_readable(struct sqlite_store *store, struct table *table, struct error *err)
{
    struct connection *connection = connection_here(store, err);
    struct cell name = cell_text(table->collection->name);
    int64_t found;

    if (!connection)
        return false;
    if (!connection_ask(connection, "SELECT number*2+clustered FROM decant_tables WHERE name=?",
                        &name, &found, err))
        return false;
    if (!found)
        return fail(err, ERROR_INTERNAL, "%s has no collection %s, and is only read", store->path,
                    table->collection->name);
    table->number = (int)(found / 2);
    table->clustered = found % 2;
    return true;
}

static bool prepare_table(struct sqlite_store *store, struct table *table, struct error *err)
{
    struct connection *connection = store->writer;

    if (store->options.read_only) {
        if (!find_readable(store, table, err))
            return false;
        connection = connection_here(store, err);
    } else if (!schema_table(store, table, err) || !schema_fill(store, table, err) ||
               !index_table(store, table, err)) {
        return false;
    }
    table->read = table->write = meta_columns(connection, table, err);
    if (!table->read)
        return false;
    return table->read->deleted >= 0 || !tells_deleted(table->collection) ||
           fail(err, ERROR_INTERNAL,
                "%s does not say yet which documents of %s are deleted, and is only read",
                store->path, table->collection->name);
}

bool sqlite_prepare(struct store *base, const struct collection *const *collections, size_t count,
                    struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    struct connection *connection = connection_here(store, err);

    if (!connection)
        return false;
    if (store->tables)
        return fail(err, ERROR_INTERNAL, "the store %s is prepared already", store->path);
    store->tables = calloc(count ? count : 1, sizeof(*store->tables));
    if (!store->tables)
        abort();
    /* Before the columns are read: what others declare meanwhile is noticed by meta_follow(). */
    if (store->writer &&
        !connection_number(store->writer, "PRAGMA schema_version", &store->schema_seen, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct table *table = &store->tables[store->table_count++];

        table->collection = collections[i];
        if (!prepare_table(store, table, err))
            return false;
    }
    if (!meta_refresh(connection, err))
        return false;
    if (store->options.read_only)
        return keeper_start(store, err);
    return writer_start(store, err) && keeper_start(store, err);
}
