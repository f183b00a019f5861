/* SPDX-License-Identifier: MIT */
/* store_prepare: what a declaration asks for and the file lacks. */
#include "store_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILL_ROWS = 500 };

bool schema_run(struct connection *connection, const char *sql, struct error *err)
{
    return sqlite3_exec(connection->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           connection_fail(connection, err);
}

bool schema_printf(struct connection *connection, struct error *err, const char *format, ...)
{
    va_list args;
    char sql[1024];

    va_start(args, format);
    vsnprintf(sql, sizeof(sql), format, args);
    va_end(args);
    return schema_run(connection, sql, err);
}

bool schema_begin(struct sqlite_store *store, struct error *err)
{
    turn_take(store);
    if (schema_run(store->writer, "BEGIN IMMEDIATE", err))
        return true;
    turn_give(store);
    return false;
}

bool schema_end(struct sqlite_store *store, bool ok, struct error *err)
{
    struct error ignored;

    ok = ok && schema_run(store->writer, "COMMIT", err);
    if (!ok && !sqlite3_get_autocommit(store->writer->db))
        schema_run(store->writer, "ROLLBACK", &ignored);
    turn_give(store);
    return ok;
}

static bool has_column(const struct store_field *field)
{
    return field->type != TYPE_LIST && !(field->type == TYPE_ANY && field->flags == 0);
}

static bool is_searched(const struct collection *collection)
{
    for (size_t i = 0; i < collection->field_count; i++)
        if (collection->fields[i].flags & STORE_SEARCHED)
            return true;
    return false;
}

static bool check_declaration(const struct collection *collection, struct error *err)
{
    size_t searched = 0, deleted = 0;

    for (size_t i = 0; i < collection->field_count; i++) {
        const struct store_field *field = &collection->fields[i];

        searched += (field->flags & STORE_SEARCHED) != 0;
        deleted += (field->flags & STORE_DELETED) != 0;
        if (field->flags & STORE_DELETED && field->type != TYPE_BOOL)
            return fail(err, ERROR_INTERNAL, "%s: %s must be a boolean to tell what is deleted",
                        collection->name, field->path);
    }
    if (deleted > 1)
        return fail(err, ERROR_INTERNAL, "%s declares %zu fields that tell what is deleted",
                    collection->name, deleted);
    if (collection->field_count > MAX_COLUMNS)
        return fail(err, ERROR_INTERNAL, "%s declares more than %d fields", collection->name,
                    MAX_COLUMNS);
    if (searched > MAX_SEARCHED)
        return fail(err, ERROR_INTERNAL, "%s declares more than %d searched fields",
                    collection->name, MAX_SEARCHED);
    return true;
}

/* -- tables ------------------------------------------------------------------------------------ */

static bool insert_meta(struct connection *connection, struct table *table, struct error *err)
{
    const struct collection *collection = table->collection;
    sqlite3_stmt *stmt = connection_prepare(
        connection,
        "INSERT INTO "
        "decant_tables(name,id_type,clustered,version,documents,odd,words,searched,texts) "
        "VALUES(?,?,?,1,0,0,0,'',?)",
        err);
    int code;

    if (!stmt)
        return false;
    /* Large rows are slow to find among one another. */
    table->clustered =
        collection->id_type != TYPE_OBJECT_ID && !is_searched(collection) && !collection->text;
    sqlite3_bind_text(stmt, 1, collection->name, -1, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 2, (int)collection->id_type);
    sqlite3_bind_int(stmt, 3, table->clustered);
    sqlite3_bind_int(stmt, 4, collection->text != NULL);
    code = connection_step(connection, stmt, err);
    connection_finish(stmt);
    table->number = (int)sqlite3_last_insert_rowid(connection->db);
    return code == SQLITE_DONE;
}

static bool insert_column(struct connection *connection, const struct table *table,
                          const struct store_field *field, bool ready, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(
        connection,
        "INSERT INTO decant_columns(owner,number,path,type,ready) SELECT ?1, "
        "coalesce(max(number)+1,0), ?2, ?3, ?4 FROM decant_columns WHERE owner=?1",
        err);
    int code;

    if (!stmt)
        return false;
    sqlite3_bind_int(stmt, 1, table->number);
    sqlite3_bind_text(stmt, 2, field->path, -1, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 3, (int)field->type);
    sqlite3_bind_int(stmt, 4, ready);
    code = connection_step(connection, stmt, err);
    connection_finish(stmt);
    return code == SQLITE_DONE;
}

static bool create_table(struct connection *connection, struct table *table, struct error *err)
{
    const struct collection *collection = table->collection;
    struct buf text = {0};
    size_t number = 0;
    bool ok = insert_meta(connection, table, err);

    buf_printf(&text,
               "CREATE TABLE t%d(%s_id ANY NOT NULL %s, etag BLOB NOT NULL, created INTEGER NOT "
               "NULL, updated INTEGER NOT NULL, odd INTEGER NOT NULL",
               table->number, table->clustered ? "" : "seq INTEGER PRIMARY KEY, ",
               table->clustered ? "PRIMARY KEY" : "UNIQUE");
    for (size_t i = 0; ok && i < collection->field_count; i++) {
        if (!has_column(&collection->fields[i]))
            continue;
        ok = insert_column(connection, table, &collection->fields[i], true, err);
        buf_printf(&text, ", c%zu ANY", number++);
    }
    /* Before the BSON, which may be long and have to be read past. */
    if (collection->text)
        buf_puts(&text, ", shape INTEGER NOT NULL DEFAULT 0, reply TEXT");
    buf_printf(&text, ", bson BLOB NOT NULL) STRICT%s", table->clustered ? ", WITHOUT ROWID" : "");
    ok = ok && schema_run(connection, buf_text(&text), err) &&
         schema_printf(connection, err, "CREATE INDEX t%d_odd ON t%d(odd) WHERE odd <> 0",
                       table->number, table->number);
    buf_release(&text);
    return ok;
}

static bool check_table(const struct table *table, sqlite3_stmt *row, struct error *err)
{
    const struct collection *collection = table->collection;

    if ((int)collection->id_type != sqlite3_column_int(row, 1))
        return fail(err, ERROR_CONFLICT, "%s is stored with another type of _id than declared",
                    collection->name);
    if (table->clustered && is_searched(collection))
        return fail(err, ERROR_CONFLICT,
                    "%s was made without searched fields, and must be loaded anew to have them",
                    collection->name);
    return true;
}

/* The table's number, or 0 where there is none. */
static bool find_table(struct connection *connection, struct table *table, struct error *err)
{
    struct cell name = cell_text(table->collection->name);
    sqlite3_stmt *stmt = connection_prepare(
        connection, "SELECT number, id_type, clustered FROM decant_tables WHERE name=?", err);
    bool ok;
    int code;

    if (!stmt)
        return false;
    cell_bind(stmt, 1, &name);
    code = connection_step(connection, stmt, err);
    ok = code == SQLITE_ROW || code == SQLITE_DONE;
    if (code == SQLITE_ROW) {
        table->number = sqlite3_column_int(stmt, 0);
        table->clustered = sqlite3_column_int(stmt, 2);
        ok = check_table(table, stmt, err);
    }
    connection_finish(stmt);
    return ok;
}

static bool add_columns(struct connection *connection, const struct table *table, struct error *err)
{
    const struct collection *collection = table->collection;
    struct columns *columns = meta_columns(connection, table, err);
    bool ok = columns != NULL;

    for (size_t i = 0; ok && i < collection->field_count; i++) {
        const struct store_field *field = &collection->fields[i];
        int next = columns->count ? columns->items[columns->count - 1].number + 1 : 0;
        bool there = !has_column(field);

        for (size_t j = 0; !there && j < columns->count; j++)
            there = columns->items[j].type == field->type &&
                    strcmp(columns->items[j].path, field->path) == 0;
        if (there)
            continue;
        if (next >= MAX_COLUMNS) {
            ok = fail(err, ERROR_CONFLICT, "%s has had more than %d fields declared",
                      collection->name, MAX_COLUMNS);
            break;
        }
        ok = insert_column(connection, table, field, false, err) &&
             schema_printf(connection, err, "ALTER TABLE t%d ADD COLUMN c%d ANY", table->number,
                           next);
        meta_free_columns(columns);
        columns = ok ? meta_columns(connection, table, err) : NULL;
        ok = columns != NULL;
    }
    meta_free_columns(columns);
    return ok;
}

bool schema_table(struct sqlite_store *store, struct table *table, struct error *err)
{
    bool ok;

    if (!check_declaration(table->collection, err) || !schema_begin(store, err))
        return false;
    ok = find_table(store->writer, table, err);
    if (ok && table->number == 0)
        ok = create_table(store->writer, table, err);
    else
        ok = ok && add_columns(store->writer, table, err);
    return schema_end(store, ok, err);
}

/* -- filling new columns ----------------------------------------------------------------------- */

struct fill {
    struct table *table;
    struct columns *columns;
    struct arena arena;
    struct cell last; /* the _id filled up to, in the arena */
    bool any;         /* there is a last */
    uint64_t odd;
};

static bool fill_row(struct connection *connection, struct fill *fill, sqlite3_stmt *row,
                     struct error *err)
{
    struct bson_bytes bson = {sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1)};
    struct buf text = {0};
    struct cell cell;
    sqlite3_stmt *stmt;
    uint64_t odd = 0;
    int at = 0;
    int code;

    buf_printf(&text, "UPDATE t%d SET odd=odd|?", fill->table->number);
    for (size_t i = 0; i < fill->columns->count; i++)
        if (!fill->columns->items[i].ready)
            buf_printf(&text, ",c%d=?", fill->columns->items[i].number);
    buf_puts(&text, " WHERE _id=?");
    stmt = connection_prepare(connection, buf_text(&text), err);
    buf_release(&text);
    if (!stmt)
        return false;
    for (size_t i = 0; i < fill->columns->count; i++) {
        const struct column *column = &fill->columns->items[i];

        if (column->ready)
            continue;
        if (!cell_of_field(&bson, column->path, column->type, &cell))
            odd |= UINT64_C(1) << column->number;
        cell_bind(stmt, 2 + at++, &cell);
    }
    sqlite3_bind_int64(stmt, 1, (int64_t)odd);
    sqlite3_bind_value(stmt, 2 + at, sqlite3_column_value(row, 0));
    code = connection_step(connection, stmt, err);
    connection_finish(stmt);
    fill->odd |= odd;
    return code == SQLITE_DONE;
}

static void keep_last(struct fill *fill, sqlite3_stmt *row)
{
    const void *bytes;
    size_t len;

    fill->any = true;
    if (sqlite3_column_type(row, 0) == SQLITE_INTEGER) {
        fill->last = cell_int(sqlite3_column_int64(row, 0));
        return;
    }
    bytes = sqlite3_column_blob(row, 0);
    len = (size_t)sqlite3_column_bytes(row, 0);
    arena_clear(&fill->arena);
    fill->last = cell_blob(arena_copy(&fill->arena, bytes, len), len);
    if (sqlite3_column_type(row, 0) == SQLITE_TEXT)
        fill->last.kind = CELL_TEXT;
}

/* One transaction's worth. rows becomes how many there were. */
static bool fill_some(struct connection *connection, struct fill *fill, int *rows,
                      struct error *err)
{
    char sql[128];
    sqlite3_stmt *stmt;
    int code = SQLITE_DONE;
    bool ok = true;

    snprintf(sql, sizeof(sql), "SELECT _id, bson FROM t%d %s ORDER BY _id LIMIT %d",
             fill->table->number, fill->any ? "WHERE _id > ?" : "", FILL_ROWS);
    *rows = 0;
    stmt = connection_prepare(connection, sql, err);
    if (!stmt)
        return false;
    if (fill->any)
        cell_bind(stmt, 1, &fill->last);
    while (ok && (code = connection_step(connection, stmt, err)) == SQLITE_ROW) {
        ok = fill_row(connection, fill, stmt, err);
        if (++*rows == FILL_ROWS) {
            keep_last(fill, stmt);
            break;
        }
    }
    connection_finish(stmt);
    return ok && (code == SQLITE_DONE || code == SQLITE_ROW);
}

static int newest_number(const struct columns *columns)
{
    return columns->count ? columns->items[columns->count - 1].number : -1;
}

bool schema_fill(struct sqlite_store *store, struct table *table, struct error *err)
{
    struct fill fill = {.table = table};
    int rows = FILL_ROWS;
    bool ok;

    fill.columns = meta_columns(store->writer, table, err);
    ok = fill.columns != NULL;
    for (size_t i = 0; ok && i < fill.columns->count; i++)
        if (!fill.columns->items[i].ready)
            fill.odd |= UINT64_C(1) << 63; /* there is something to do */
    while (ok && fill.odd && rows == FILL_ROWS) {
        ok = schema_begin(store, err);
        if (ok)
            ok = schema_end(store, fill_some(store->writer, &fill, &rows, err), err);
    }
    fill.odd &= ~(UINT64_C(1) << 63);
    if (ok && (ok = schema_begin(store, err))) {
        ok = schema_printf(store->writer, err,
                           "UPDATE decant_tables SET odd=odd|%lld WHERE number=%d",
                           (long long)fill.odd, table->number) &&
             schema_printf(store->writer, err,
                           "UPDATE decant_columns SET ready=1 WHERE owner=%d AND "
                           "number<=%d",
                           table->number, newest_number(fill.columns));
        ok = schema_end(store, ok, err);
    }
    arena_release(&fill.arena);
    meta_free_columns(fill.columns);
    return ok;
}
