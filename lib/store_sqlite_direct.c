/* SPDX-License-Identifier: MIT */
/* Changes of one row by its _id, with one statement: where a table has neither columns nor words,
 * and no text is to be made, nothing has to be known of the row first. A like's total is such a
 * row. The update happens in an SQL function, decant_apply(change, created, bson), which the
 * statement runs once for the row that is there. */
#include "store_sqlite_change.h"

#include "clock.h"
#include "document.h"
#include "store_settle.h"
#include "random.h"

struct direct {
    struct arena *scratch;
    const struct collection *collection;
    const struct update *update;
    struct row *row; /* what is stored then */
    struct error *err;
    bool refused; /* and err says why */
};

static void apply(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct direct *direct = sqlite3_value_pointer(values[0], "direct");
    struct bson_bytes before = {sqlite3_value_blob(values[2]),
                                (size_t)sqlite3_value_bytes(values[2])};
    struct bson_bytes *after;
    bson_t made;

    (void)count;
    if (!direct) {
        sqlite3_result_error(context, "decant_apply() lacks its change", -1);
        return;
    }
    after = &direct->row->bson;
    direct->refused = !document_apply(&before, direct->update->changes, direct->update->count,
                                      &made, direct->err);
    if (!direct->refused) {
        direct->row->created_ms = sqlite3_value_int64(values[1]);
        after->len = made.len;
        after->data =
            (const uint8_t *)arena_copy(direct->scratch, bson_get_data(&made), after->len);
        bson_destroy(&made);
        direct->refused = !settle_check(direct->collection, after, direct->err);
    }
    if (direct->refused)
        sqlite3_result_error(context, "the change is refused", -1);
    else
        sqlite3_result_blob64(context, after->data, after->len, SQLITE_STATIC);
}

bool direct_register(struct connection *connection, struct error *err)
{
    return sqlite3_create_function_v2(connection->db, "decant_apply", 3,
                                      SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, apply, NULL, NULL,
                                      NULL) == SQLITE_OK ||
           connection_fail(connection, err);
}

bool direct_fits(const struct table *table, const struct key *key)
{
    return !key->field && !table->write->count && !table->write->searched_count &&
           !table->collection->field_count && !table->collection->text;
}

static bool was_there(const struct target *target, struct error *err)
{
    return sqlite3_changes(target->connection->db) > 0 ||
           settle_no_such(target->table->collection, err);
}

bool direct_update(const struct target *target, const struct key *key, const struct update *update,
                   struct error *err)
{
    struct connection *connection = target->connection;
    sqlite3_stmt *stmt =
        read_by_id(connection, target->table, &key->value, target->table->write->apply, err);
    struct row row; /* of its cells none is used */
    struct direct direct = {
        &connection->scratch, target->table->collection, update, &row, err, false};
    bool done;

    if (!stmt)
        return false;
    row.updated_ms = clock_now_ms();
    random_bytes(row.etag, ETAG_BYTES);
    sqlite3_bind_blob(stmt, 2, row.etag, ETAG_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, row.updated_ms);
    sqlite3_bind_pointer(stmt, 4, &direct, "direct", NULL);
    if (sqlite3_step(stmt) == SQLITE_DONE)
        done = was_there(target, err);
    else
        done = !direct.refused && connection_fail(connection, err);
    connection_finish(stmt);
    if (!done)
        return false;
    row_note(target, 0);
    if (update->after)
        reply_tell(target, &row, update->after);
    return true;
}

bool direct_remove(const struct target *target, const struct key *key, struct error *err)
{
    struct connection *connection = target->connection;
    sqlite3_stmt *stmt =
        read_by_id(connection, target->table, &key->value, target->table->write->remove, err);
    bool done;

    if (!stmt)
        return false;
    done = connection_step(connection, stmt, err) == SQLITE_DONE && was_there(target, err);
    connection_finish(stmt);
    if (done) {
        row_note(target, 0);
        row_count(target, -1, 0);
    }
    return done;
}
