/* SPDX-License-Identifier: MIT */
/* Unique values that are another document's. Indexes on columns hold apart what columns hold; what
 * they do not, lists above all, is looked for here before a row is written, and after one was
 * refused the names of all that is taken. */
#include "store_sqlite_change.h"

#include "document.h"
#include "store_unique.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

/* A unique field of a row. */
struct unique_field {
    const struct target *target;
    const struct row *row;
    const struct column *column;
};

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

static bool has_bit(uint64_t odd, const struct column *column)
{
    return odd >> column->number & 1;
}

/* Columns that may hold odd values, or do so in this row. */
static uint64_t odd_columns(const struct target *target, const struct row *row)
{
    return row->odd | atomic_load_explicit(&target->table->odd, memory_order_relaxed);
}

/* -- who has it -------------------------------------------------------------------------------- */

static bool is_in_odd_rows(const struct unique_field *field, const struct filter *shared, bool *out,
                           struct error *err)
{
    const struct table *table = field->target->table;
    struct cell cells[] = {cell_int((int64_t)(UINT64_C(1) << field->column->number)),
                           {.kind = CELL_FILTER, .bytes = shared},
                           field->row->id};
    char sql[160];

    snprintf(sql, sizeof(sql),
             "SELECT 1 FROM t%d WHERE odd<>0 AND odd&? AND decant_match(?,bson) AND _id IS NOT ?%s",
             table->number, table->write->counted);
    return is_there(field->target->connection, sql, cells, out, err);
}

/* What a column holds that is equal to it; false where none can. */
static bool cell_of_key(enum value_type type, const bson_value_t *key, struct cell *out)
{
    struct value_number number;
    bson_value_t plain;

    if (key->value_type != BSON_TYPE_DECIMAL128)
        return cell_of_value(type, key, out);
    number = value_number(key);
    plain = number.integral ? value_int(number.integer) : value_double(number.real);
    return cell_of_value(type, &plain, out);
}

static bool is_in_column(const struct unique_field *field, const bson_value_t *key, bool *out,
                         struct error *err)
{
    const struct table *table = field->target->table;
    struct cell cells[] = {{0}, field->row->id};
    char sql[160];

    *out = false;
    if (!cell_of_key(field->column->type, key, &cells[0]))
        return true;
    snprintf(sql, sizeof(sql), "SELECT 1 FROM t%d WHERE c%d=? AND _id IS NOT ?%s", table->number,
             field->column->number, table->write->counted);
    return is_there(field->target->connection, sql, cells, out, err);
}

/* by_index: also where the column's index would have told. */
static bool is_taken(const struct unique_field *field, bool by_index, bool *out, struct error *err)
{
    struct unique unique;

    *out = false;
    if (!unique_of(&field->target->connection->scratch, &field->row->bson, field->column->path,
                   &unique))
        return true;
    if (has_bit(odd_columns(field->target, field->row), field->column) &&
        !is_in_odd_rows(field, unique.shared, out, err))
        return false;
    if (!by_index && !has_bit(field->row->odd, field->column))
        return true;
    for (size_t i = 0; !*out && i < unique.keys.count; i++)
        if (!is_in_column(field, &unique.keys.items[i], out, err))
            return false;
    return true;
}

/* -- before and after -------------------------------------------------------------------------- */

static bool name_taken(const struct target *target, const struct row *row, struct error *err)
{
    const struct columns *columns = target->table->write;
    struct buf names = {0};
    bool taken, ok = true;

    for (size_t i = 0; ok && i < columns->count; i++) {
        struct unique_field field = {target, row, &columns->items[i]};

        if (!field.column->unique)
            continue;
        ok = is_taken(&field, true, &taken, err);
        if (ok && taken)
            buf_printf(&names, "%s%s", names.len ? ", " : "", field.column->path);
    }
    if (ok)
        fail(err, ERROR_REFUSED, "taken by another: %s", names.len ? buf_text(&names) : "a value");
    buf_release(&names);
    return false;
}

bool clash_name(const struct target *target, const struct row *row, bool insert, struct error *err)
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

/* Whether the stored row holds the same already, and counts. */
static bool is_kept(const struct stored *before, const struct unique_field *field)
{
    const struct bson_bytes *after = &field->row->bson;
    const char *path = field->column->path;
    bson_value_t old, new;

    return before && !deleted_holds(field->target->table->write, &before->bson) &&
           document_get(before->bson.data, before->bson.len, path, &old) &&
           document_get(after->data, after->len, path, &new) && value_compare(&old, &new) == 0;
}

static bool any_taken(const struct target *target, const struct stored *before,
                      const struct row *row, bool *taken, struct error *err)
{
    const struct columns *columns = target->table->write;
    uint64_t odd = odd_columns(target, row);

    *taken = false;
    for (size_t i = 0; odd && !*taken && i < columns->count; i++) {
        struct unique_field field = {target, row, &columns->items[i]};

        if (field.column->unique && has_bit(odd, field.column) && !is_kept(before, &field) &&
            !is_taken(&field, false, taken, err))
            return false;
    }
    return true;
}

bool clash_check(const struct target *target, const struct stored *before, const struct row *row,
                 struct error *err)
{
    int64_t swept;
    bool taken;

    if (deleted_says(row, target->table->write->gone))
        return true;
    do {
        swept = 0;
        if (!any_taken(target, before, row, &taken, err) ||
            (taken && target->table->read->expires >= 0 && !change_sweep(target, &swept, err)))
            return false;
    } while (swept);
    return !taken || clash_name(target, row, !before, err);
}
