/* SPDX-License-Identifier: MIT */
/* The text that is kept beside a document (struct store_text), and rows as documents. A text that
 * is not of this process's declaration is made anew by who reads it, and by the keeper's sweeps for
 * good: an index holds just the rows that need it, so that looking for them costs nothing when
 * there are none. */
#include "store_sqlite_change.h"

#include <stdio.h>
#include <string.h>

enum { LARGE_TEXT = 1024 * 1024 };

static const char *keep_text(struct arena *arena, const struct buf *text)
{
    return arena_copy(arena, text->len ? text->data : "", text->len);
}

void reply_make(struct connection *connection, const struct table *table,
                const struct document *document)
{
    const struct store_text *text = table->collection->text;
    struct buf *out = &connection->text;

    if (out->cap > LARGE_TEXT)
        buf_release(out);
    out->len = 0;
    text->write(text->context, document, out);
}

/* -- of a row that is written ------------------------------------------------------------------ */

static void show(const struct target *target, const struct row *row, struct document *out)
{
    out->bson = row->bson.data;
    out->len = row->bson.len;
    out->text = NULL;
    out->text_len = 0;
    out->deleted = deleted_says(row, target->table->write->deleted);
    out->created_ms = row->created_ms;
    out->updated_ms = row->updated_ms;
    out->rank = 0;
    read_etag(row->etag, out->etag);
}

void reply_of_row(const struct target *target, struct row *row)
{
    struct document document = {.arena = &target->connection->scratch};

    if (!target->table->collection->text)
        return;
    show(target, row, &document);
    reply_make(target->connection, target->table, &document);
    row->text = target->connection->text;
}

void reply_bind(sqlite3_stmt *stmt, int at, const struct buf *text)
{
    cell_bind(stmt, at, &(struct cell){.kind = CELL_TEXT, .bytes = text->data, .len = text->len});
}

void reply_tell(const struct target *target, const struct row *row, struct document *after)
{
    show(target, row, after);
    if (reply_asked(target->table, after->as_text)) {
        after->bson = NULL;
        after->len = 0;
        after->text = keep_text(after->arena, &row->text);
        after->text_len = row->text.len;
    } else {
        after->bson = (const uint8_t *)arena_copy(after->arena, row->bson.data, row->bson.len);
    }
}

/* -- reading ----------------------------------------------------------------------------------- */

static const void *copy_blob(struct document *out, sqlite3_stmt *stmt, int at, size_t *len)
{
    const void *bytes = sqlite3_column_blob(stmt, at);

    *len = (size_t)sqlite3_column_bytes(stmt, at);
    return arena_copy(out->arena, bytes ? bytes : "", *len);
}

static void render(const struct table *table, sqlite3_stmt *stmt, struct document *out)
{
    const struct store_text *text = table->collection->text;
    struct document document = *out;
    struct buf made = {0};

    document.bson = sqlite3_column_blob(stmt, 3);
    document.len = (size_t)sqlite3_column_bytes(stmt, 3);
    text->write(text->context, &document, &made);
    out->text_len = made.len;
    out->text = keep_text(out->arena, &made);
    buf_release(&made);
}

void read_document(const struct table *table, sqlite3_stmt *stmt, struct document *out)
{
    const uint8_t *etag = sqlite3_column_blob(stmt, 0);

    out->etag[0] = '\0';
    if (etag && sqlite3_column_bytes(stmt, 0) == ETAG_BYTES)
        read_etag(etag, out->etag);
    out->created_ms = sqlite3_column_int64(stmt, 1);
    out->updated_ms = sqlite3_column_int64(stmt, 2);
    out->deleted = table->read->deleted >= 0 && sqlite3_column_int(stmt, 4);
    out->rank = 0;
    out->bson = NULL;
    out->len = 0;
    out->text = NULL;
    out->text_len = 0;
    if (sqlite3_column_type(stmt, 3) == SQLITE_TEXT)
        out->text = copy_blob(out, stmt, 3, &out->text_len);
    else if (reply_asked(table, out->as_text))
        render(table, stmt, out);
    else
        out->bson = copy_blob(out, stmt, 3, &out->len);
}

/* -- making place ------------------------------------------------------------------------------ */

bool reply_prepare(struct connection *connection, const struct table *table, struct error *err)
{
    const struct store_text *text = table->collection->text;
    char name[24], sql[128];

    if (!text)
        return true;
    if (!table->write->texts &&
        !schema_printf(connection, err,
                       "ALTER TABLE t%d ADD COLUMN shape INTEGER NOT NULL DEFAULT 0;"
                       "ALTER TABLE t%d ADD COLUMN reply TEXT;"
                       "UPDATE decant_tables SET texts=1 WHERE number=%d",
                       table->number, table->number, table->number))
        return false;
    snprintf(name, sizeof(name), "t%d_stale", table->number);
    snprintf(sql, sizeof(sql), "CREATE INDEX %s ON t%d(shape) WHERE shape<>%lld", name,
             table->number, (long long)text->shape);
    return schema_index(connection, name, sql) || connection_fail(connection, err);
}

/* -- bringing up to date ----------------------------------------------------------------------- */

bool reply_is_stale(struct connection *connection, const struct table *table)
{
    struct error ignored; /* another process keeps texts of another shape now: its to renew */
    int64_t there;

    return table->read->stale &&
           connection_number(connection, table->read->stale, &there, &ignored) && there;
}

struct stale {
    struct stored stored;
    int64_t updated_ms;
};

static bool gather(struct connection *connection, const struct table *table, struct stale *out,
                   size_t *count, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(connection, table->read->stale_rows, err);
    size_t bytes = 0;
    int code = SQLITE_DONE;

    *count = 0;
    if (!stmt)
        return false;
    while (*count < RENEWED_ROWS && bytes < RENEWED_BYTES &&
           (code = connection_step(connection, stmt, err)) == SQLITE_ROW) {
        change_keep(connection, stmt, &out[*count].stored);
        out[*count].updated_ms = sqlite3_column_int64(stmt, 5);
        bytes += out[(*count)++].stored.bson.len;
    }
    connection_finish(stmt);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

/* The row stays as it is in all else: nobody need be told. */
static bool renew(struct connection *connection, const struct table *table,
                  const struct stale *stale, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(connection, table->read->renew, err);
    const struct stored *stored = &stale->stored;
    struct document document = {.arena = &connection->scratch,
                                .bson = stored->bson.data,
                                .len = stored->bson.len,
                                .deleted = deleted_holds(table->read, &stored->bson),
                                .created_ms = stored->created_ms,
                                .updated_ms = stale->updated_ms};
    int code;

    if (!stmt)
        return false;
    read_etag(stored->etag, document.etag);
    reply_make(connection, table, &document);
    reply_bind(stmt, 1, &connection->text);
    cell_bind(stmt, 2, &stored->id);
    connection->store->dirty = true;
    code = connection_step(connection, stmt, err);
    connection_finish(stmt);
    return code == SQLITE_DONE;
}

bool reply_renew(struct connection *connection, const struct table *table, struct error *err)
{
    struct stale *stale = arena_alloc(&connection->scratch, RENEWED_ROWS * sizeof(*stale));
    size_t count = 0;
    bool ok = gather(connection, table, stale, &count, err);

    for (size_t i = 0; ok && i < count; i++)
        ok = renew(connection, table, &stale[i], err);
    return ok;
}
