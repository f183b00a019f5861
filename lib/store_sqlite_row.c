/* SPDX-License-Identifier: MIT */
/* Writing one row, with its columns and its words. */
#include "store_sqlite_change.h"

#include "clock.h"
#include "random.h"

#include <stdio.h>
#include <string.h>

/* -- from a document --------------------------------------------------------------------------- */

static bool check_required(const struct table *table, const struct bson_bytes *document,
                           struct error *err)
{
    const struct collection *collection = table->collection;
    struct buf missing = {0};
    struct cell cell;

    for (size_t i = 0; i < collection->field_count; i++) {
        const struct store_field *field = &collection->fields[i];

        /* Odd values are there; what neither fits nor is odd is missing or null. */
        if (field->flags & STORE_REQUIRED &&
            cell_of_field(document, field->path, field->type, &cell) && cell.kind == CELL_NULL)
            buf_printf(&missing, "%s%s", missing.len ? ", " : "", field->path);
    }
    if (!missing.len)
        return true;
    fail(err, ERROR_REFUSED, "required: %s", buf_text(&missing));
    buf_release(&missing);
    return false;
}

bool row_make(const struct table *table, struct bson_bytes document, struct row *out,
              struct error *err)
{
    out->bson = document;
    out->text = (struct buf){0};
    if (!cell_of_field(&document, "_id", table->collection->id_type, &out->id) ||
        out->id.kind == CELL_NULL || out->id.kind == CELL_REAL)
        return fail(err, ERROR_REFUSED, "%s: the _id is missing or of another type than declared",
                    table->collection->name);
    if (!check_required(table, &document, err))
        return false;
    out->odd = cells_of_document(table->write, &document, out->cells);
    random_bytes(out->etag, ETAG_BYTES);
    out->updated_ms = clock_now_ms();
    return true;
}

/* -- clashes ----------------------------------------------------------------------------------- */

/* cells: a value, and the _id of a document that does not count where sql asks for it. */
static bool is_there(struct connection *connection, const char *sql, const struct cell *cells,
                     bool *out, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(connection, sql, err);
    int code;

    if (!stmt)
        return false;
    for (int i = 0; i < sqlite3_bind_parameter_count(stmt); i++)
        cell_bind(stmt, i + 1, &cells[i]);
    code = connection_step(connection, stmt, err);
    connection_finish(stmt);
    *out = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* A value no column holds is compared where such values are. */
static bool odd_is_taken(const struct target *target, const struct row *row,
                         const struct column *column, bool *out, struct error *err)
{
    struct filter filter = {.op = FILTER_EQ, .path = column->path};
    struct cell cells[] = {{.kind = CELL_FILTER, .bytes = &filter}, row->id};
    bson_iter_t iter, found;
    char sql[160];

    *out = false;
    if (!bson_iter_init_from_data(&iter, row->bson.data, row->bson.len) ||
        !bson_iter_find_descendant(&iter, column->path, &found))
        return true;
    filter.value = *bson_iter_value(&found);
    snprintf(sql, sizeof(sql),
             "SELECT 1 FROM t%d WHERE odd<>0 AND decant_match(?,bson) AND _id IS NOT ?%s",
             target->table->number, target->table->write->counted);
    return is_there(target->connection, sql, cells, out, err);
}

static bool is_taken(const struct target *target, const struct row *row, size_t at, bool *out,
                     struct error *err)
{
    const struct column *column = &target->table->write->items[at];
    char sql[160];

    *out = false;
    if (row->odd >> column->number & 1)
        return odd_is_taken(target, row, column, out, err);
    if (row->cells[at].kind == CELL_NULL)
        return true;
    snprintf(sql, sizeof(sql), "SELECT 1 FROM t%d WHERE c%d=? AND _id IS NOT ?%s",
             target->table->number, column->number, target->table->write->counted);
    return is_there(target->connection, sql, (struct cell[]){row->cells[at], row->id}, out, err);
}

/* Which unique fields' values are taken by other documents; ERROR_REFUSED names them all. */
static bool name_taken(const struct target *target, const struct row *row, struct error *err)
{
    struct buf names = {0};
    bool taken, ok = true;

    for (size_t i = 0; ok && i < target->table->write->count; i++) {
        if (!target->table->write->items[i].unique)
            continue;
        ok = is_taken(target, row, i, &taken, err);
        if (ok && taken)
            buf_printf(&names, "%s%s", names.len ? ", " : "", target->table->write->items[i].path);
    }
    if (ok)
        fail(err, ERROR_REFUSED, "taken by another: %s", names.len ? buf_text(&names) : "a value");
    buf_release(&names);
    return false;
}

static bool explain(const struct target *target, const struct row *row, bool insert,
                    struct error *err)
{
    char sql[64];
    bool taken = false;

    snprintf(sql, sizeof(sql), "SELECT 1 FROM t%d WHERE _id=?", target->table->number);
    if (insert && !is_there(target->connection, sql, &row->id, &taken, err))
        return false;
    if (taken)
        return fail(err, ERROR_CONFLICT, "%s: the _id is taken", target->table->collection->name);
    return name_taken(target, row, err);
}

/* Unique values that no index can hold apart. */
static bool check_odd(const struct target *target, const struct row *row, struct error *err)
{
    const struct columns *columns = target->table->write;
    bool taken;

    if (deleted_says(row, columns->gone))
        return true;
    for (size_t i = 0; row->odd && i < columns->count; i++) {
        if (!columns->items[i].unique || !(row->odd >> columns->items[i].number & 1))
            continue;
        if (!odd_is_taken(target, row, &columns->items[i], &taken, err))
            return false;
        if (taken)
            return fail(err, ERROR_REFUSED, "taken by another: %s", columns->items[i].path);
    }
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
    if (!check_odd(target, row, err))
        return false;
    reply_of_row(target, row);
    while (!try_insert(target, row, &refused, err)) {
        if (!refused)
            return false;
        /* What clashes may have expired. */
        if (target->table->read->expires < 0)
            return explain(target, row, true, err);
        if (!change_sweep(target, &swept, err))
            return false;
        if (!swept)
            return explain(target, row, true, err);
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
    if (!check_odd(target, row, err))
        return false;
    reply_of_row(target, row);
    while (!try_update(target, stored, row, &refused, err)) {
        if (!refused)
            return false;
        if (target->table->read->expires >= 0 && !change_sweep(target, &swept, err))
            return false;
        if (target->table->read->expires < 0 || !swept)
            return explain(target, row, false, err);
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
