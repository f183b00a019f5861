/* SPDX-License-Identifier: MIT */
/* Writing one row, with its columns and its words. */
#include "store_sqlite_change.h"

#include "clock.h"
#include "random.h"

#include <stdio.h>
#include <string.h>

/* -- from a document --------------------------------------------------------------------------- */

bool row_make(const struct table *table, struct bson_bytes document, struct row *out,
              struct error *err)
{
    out->bson = document;
    out->text = (struct buf){0};
    if (!cell_of_field(&document, "_id", table->collection->id_type, &out->id))
        return fail(err, ERROR_INTERNAL, "%s: an _id of another type than declared",
                    table->collection->name);
    out->odd = cells_of_document(table->write, &document, out->cells);
    random_bytes(out->etag, ETAG_BYTES);
    out->updated_ms = clock_now_ms();
    return true;
}

/* -- changes ----------------------------------------------------------------------------------- */

void row_count(const struct target *target, int documents, int deleted)
{
    target->table->pending.documents += documents;
    target->table->pending.deleted += deleted;
}

void row_note(const struct target *target, uint64_t odd)
{
    target->connection->store->dirty = true;
    target->table->pending.changed = true;
    if (odd & ~atomic_load_explicit(&target->table->odd, memory_order_relaxed)) {
        /* Before the commit: readers may find odd values sooner than there are any, not later. */
        atomic_fetch_or(&target->table->odd, odd);
        target->table->pending.odd |= odd;
    }
}

/* Run a change that a unique index may refuse, which is no fault of the store. */
static bool step_change(struct connection *connection, sqlite3_stmt *stmt, bool *refused,
                        struct error *err)
{
    int code = sqlite3_step(stmt);

    *refused = (code & 0xff) == SQLITE_CONSTRAINT;
    if (code != SQLITE_DONE && !*refused)
        connection_fail(connection, err);
    connection_finish(stmt);
    return code == SQLITE_DONE;
}

static bool try_insert(const struct target *target, const struct row *row, bool *refused,
                       struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(target->connection, target->table->write->insert, err);

    *refused = false;
    if (!stmt)
        return false;
    cell_bind(stmt, 1, &row->id);
    sqlite3_bind_blob(stmt, 2, row->etag, ETAG_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, row->created_ms);
    sqlite3_bind_int64(stmt, 4, row->updated_ms);
    sqlite3_bind_int64(stmt, 5, (int64_t)row->odd);
    sqlite3_bind_blob64(stmt, 6, row->bson.data, row->bson.len, SQLITE_STATIC);
    for (size_t i = 0; i < target->table->write->count; i++)
        cell_bind(stmt, (int)i + 7, &row->cells[i]);
    if (target->table->collection->text)
        reply_bind(stmt, (int)target->table->write->count + 7, &row->text);
    return step_change(target->connection, stmt, refused, err);
}

bool row_insert(const struct target *target, struct row *row, struct error *err)
{
    bool refused;
    int64_t swept = 0;

    row->created_ms = row->updated_ms;
    if (!clash_check(target, NULL, row, err))
        return false;
    reply_of_row(target, row);
    while (!try_insert(target, row, &refused, err)) {
        if (!refused)
            return false;
        /* What clashes may have expired. */
        if (target->table->read->expires < 0)
            return clash_name(target, row, true, err);
        if (!change_sweep(target, &swept, err))
            return false;
        if (!swept)
            return clash_name(target, row, true, err);
    }
    row_note(target, row->odd);
    row_count(target, 1, deleted_says(row, target->table->write->gone));
    return !target->table->write->searched_count ||
           text_index(target, sqlite3_last_insert_rowid(target->connection->db), &row->bson, true,
                      err);
}

/* Only columns with another value are set, so that other indexes are not touched. */
static sqlite3_stmt *prepare_update(const struct target *target, const struct stored *stored,
                                    const struct row *row, struct error *err)
{
    const struct columns *columns = target->table->write;
    bool changed[MAX_COLUMNS];
    struct buf text = {0};
    struct cell before[MAX_COLUMNS];
    sqlite3_stmt *stmt;
    int at = target->table->collection->text ? 6 : 5;

    buf_puts(&text, columns->update);
    cells_of_document(columns, &stored->bson, before);
    for (size_t i = 0; i < columns->count; i++) {
        changed[i] = !cell_equal(&before[i], &row->cells[i]);
        if (!changed[i])
            continue;
        buf_puts(&text, ",c");
        buf_int(&text, columns->items[i].number);
        buf_puts(&text, "=?");
    }
    buf_puts(&text, " WHERE _id=?");
    stmt = connection_prepare(target->connection, buf_text(&text), err);
    buf_release(&text);
    for (size_t i = 0; stmt && i < columns->count; i++)
        if (changed[i])
            cell_bind(stmt, at++, &row->cells[i]);
    if (stmt)
        cell_bind(stmt, at, &row->id);
    return stmt;
}

static bool try_update(const struct target *target, const struct stored *stored,
                       const struct row *row, bool *refused, struct error *err)
{
    sqlite3_stmt *stmt = prepare_update(target, stored, row, err);

    *refused = false;
    if (!stmt)
        return false;
    sqlite3_bind_blob(stmt, 1, row->etag, ETAG_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, row->updated_ms);
    sqlite3_bind_int64(stmt, 3, (int64_t)row->odd);
    sqlite3_bind_blob64(stmt, 4, row->bson.data, row->bson.len, SQLITE_STATIC);
    if (target->table->collection->text)
        reply_bind(stmt, 5, &row->text);
    return step_change(target->connection, stmt, refused, err);
}

bool row_update(const struct target *target, const struct stored *stored, struct row *row,
                struct error *err)
{
    bool refused;
    int64_t swept = 0;

    row->created_ms = stored->created_ms;
    if (!clash_check(target, stored, row, err))
        return false;
    reply_of_row(target, row);
    while (!try_update(target, stored, row, &refused, err)) {
        if (!refused)
            return false;
        if (target->table->read->expires >= 0 && !change_sweep(target, &swept, err))
            return false;
        if (target->table->read->expires < 0 || !swept)
            return clash_name(target, row, false, err);
    }
    row_note(target, row->odd);
    row_count(target, 0,
              deleted_says(row, target->table->write->gone) -
                  deleted_holds(target->table->write, &stored->bson));
    if (!target->table->write->searched_count ||
        !text_changed(target->table, &stored->bson, &row->bson))
        return true;
    return text_index(target, stored->row, &stored->bson, false, err) &&
           text_index(target, stored->row, &row->bson, true, err);
}

bool row_remove(const struct target *target, const struct stored *stored, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(target->connection, target->table->write->remove, err);
    int code;

    if (!stmt)
        return false;
    target->connection->store->dirty = true;
    cell_bind(stmt, 1, &stored->id);
    code = connection_step(target->connection, stmt, err);
    connection_finish(stmt);
    if (code != SQLITE_DONE)
        return false;
    row_note(target, 0);
    row_count(target, -1, -deleted_holds(target->table->write, &stored->bson));
    return !target->table->write->searched_count ||
           text_index(target, stored->row, &stored->bson, false, err);
}
