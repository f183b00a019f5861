/* SPDX-License-Identifier: MIT */
/* The feed of changes. Triggers of the followed tables write it, so that every way to change a row
 * is told of, in the row's transaction, by whichever process: that a collection is followed stands
 * in the file. A cursor is the store's id and the number of a change. Numbers have no gaps, and the
 * newest change is never swept, so that none comes twice. */
#include "store_sqlite_changes.h"

#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STORE_ID = 16, CURSOR_SIZE = 48, SWEEP_CHANGES = 5000, DEFAULT_KEPT = 1000000 };

/* -- in the file ------------------------------------------------------------------------------- */

static const char *const SCHEMA =
    "CREATE TABLE IF NOT EXISTS decant_store(id TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS decant_changes("
    "cursor INTEGER PRIMARY KEY, owner INTEGER NOT NULL, id ANY NOT NULL, deleted INTEGER NOT NULL"
    ") STRICT;";

bool changes_make(sqlite3 *db)
{
    char id[STORE_ID + 1];
    char sql[128];

    random_hex(id, STORE_ID / 2);
    snprintf(sql, sizeof(sql),
             "INSERT INTO decant_store SELECT '%s' WHERE NOT EXISTS(SELECT 1 FROM decant_store)",
             id);
    return sqlite3_exec(db, SCHEMA, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Every change of a document gives it another etag; what is only computed anew does not. */
bool changes_follow(struct connection *connection, const struct table *table, struct error *err)
{
    static const struct {
        const char *name, *when, *row;
        int deleted;
    } triggers[] = {{"inserted", "INSERT", "new", 0},
                    {"updated", "UPDATE OF etag", "new", 0},
                    {"removed", "DELETE", "old", 1}};
    int number = table->number;
    char sql[256];

    if (!table->collection->followed)
        return true;
    for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++) {
        snprintf(sql, sizeof(sql),
                 "CREATE TRIGGER IF NOT EXISTS t%d_%s AFTER %s ON t%d BEGIN "
                 "INSERT INTO decant_changes(owner,id,deleted) VALUES(%d,%s._id,%d); END",
                 number, triggers[i].name, triggers[i].when, number, number, triggers[i].row,
                 triggers[i].deleted);
        if (!schema_run(connection, sql, err))
            return false;
    }
    return true;
}

/* -- cursors ----------------------------------------------------------------------------------- */

/* What the file holds of the feed, at one moment. */
struct extent {
    char store[STORE_ID + 1];
    int64_t oldest, newest; /* 0, 0 where there was no change ever */
    int64_t after;          /* where somebody goes on */
};

static bool read_extent(struct connection *connection, struct extent *out, struct error *err)
{
    sqlite3_stmt *stmt =
        connection_prepare(connection,
                           "SELECT id,(SELECT min(cursor) FROM decant_changes),"
                           "(SELECT max(cursor) FROM decant_changes) FROM decant_store",
                           err);
    int code;

    if (!stmt)
        return false;
    code = connection_step(connection, stmt, err);
    if (code == SQLITE_ROW) {
        snprintf(out->store, sizeof(out->store), "%s", (const char *)sqlite3_column_text(stmt, 0));
        out->oldest = sqlite3_column_int64(stmt, 1);
        out->newest = sqlite3_column_int64(stmt, 2);
    }
    connection_finish(stmt);
    return code == SQLITE_ROW ||
           (code == SQLITE_DONE &&
            fail(err, ERROR_INTERNAL, "the store %s has lost its id", connection->store->path));
}

static void write_cursor(const struct extent *extent, int64_t number, char out[CURSOR_SIZE])
{
    snprintf(out, CURSOR_SIZE, "%s.%lld", extent->store, (long long)number);
}

/* ERROR_INVALID for what write_cursor() cannot have written. */
static bool parse_cursor(const char *text, char store[STORE_ID + 1], int64_t *number,
                         struct error *err)
{
    const char *digits = text + STORE_ID + 1;
    size_t len = strlen(text);

    if (len < STORE_ID + 2 || strspn(text, "0123456789abcdef") != STORE_ID ||
        text[STORE_ID] != '.' || strspn(digits, "0123456789") != len - STORE_ID - 1 ||
        len - STORE_ID - 1 > 18 || (digits[0] == '0' && digits[1]))
        return fail(err, ERROR_INVALID, "this is no cursor of the changes");
    memcpy(store, text, STORE_ID);
    store[STORE_ID] = '\0';
    *number = strtoll(digits, NULL, 10);
    return true;
}

static bool find_cursor(struct extent *extent, const char *after, struct error *err)
{
    char store[STORE_ID + 1];

    if (!parse_cursor(after, store, &extent->after, err))
        return false;
    if (strcmp(store, extent->store) != 0)
        return fail(err, ERROR_GONE, "the cursor is one of another store");
    if (extent->after > extent->newest || extent->after + 1 < extent->oldest)
        return fail(err, ERROR_GONE, "the changes behind this cursor are not kept");
    return true;
}

/* -- reading ----------------------------------------------------------------------------------- */

static const struct collection *follower_of(const struct sqlite_store *store, int number)
{
    for (size_t i = 0; i < store->table_count; i++)
        if (store->tables[i].number == number)
            return store->tables[i].collection->followed ? store->tables[i].collection : NULL;
    return NULL;
}

static bson_value_t read_id_value(sqlite3_stmt *stmt, int at, struct arena *arena)
{
    size_t len = (size_t)sqlite3_column_bytes(stmt, at);
    bson_value_t value = {.value_type = BSON_TYPE_UTF8};

    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_INTEGER:
        return value_int(sqlite3_column_int64(stmt, at));
    case SQLITE_BLOB:
        value.value_type = BSON_TYPE_OID;
        if (len == sizeof(value.value.v_oid.bytes))
            memcpy(value.value.v_oid.bytes, sqlite3_column_blob(stmt, at), len);
        return value;
    default:
        value.value.v_utf8.str = arena_copy(arena, sqlite3_column_text(stmt, at), len);
        value.value.v_utf8.len = (uint32_t)len;
        return value;
    }
}

static void read_change(const struct extent *extent, const struct collection *collection,
                        sqlite3_stmt *stmt, struct store_changes *out)
{
    struct store_change *change = &out->items[out->count++];
    char cursor[CURSOR_SIZE];

    change->collection = collection;
    change->id = read_id_value(stmt, 2, out->arena);
    change->deleted = sqlite3_column_int(stmt, 3);
    write_cursor(extent, sqlite3_column_int64(stmt, 0), cursor);
    change->cursor = arena_text(out->arena, cursor);
}

/* Room for what can come: not for what somebody asks for. */
static void make_room(const struct extent *extent, size_t limit, struct store_changes *out)
{
    uint64_t left = (uint64_t)(extent->newest - extent->after);

    out->items = arena_alloc(out->arena, (left < limit ? left : limit) * sizeof(*out->items));
}

static bool read_changes(struct connection *connection, const struct extent *extent, size_t limit,
                         struct store_changes *out, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(connection,
                                            "SELECT cursor,owner,id,deleted FROM decant_changes "
                                            "WHERE cursor>? ORDER BY cursor",
                                            err);
    int64_t last = 0;
    int code = SQLITE_DONE;

    if (!stmt)
        return false;
    make_room(extent, limit, out);
    sqlite3_bind_int64(stmt, 1, extent->after);
    while (out->count < limit && (code = connection_step(connection, stmt, err)) == SQLITE_ROW) {
        const struct collection *collection =
            follower_of(connection->store, sqlite3_column_int(stmt, 1));

        last = sqlite3_column_int64(stmt, 0);
        if (collection)
            read_change(extent, collection, stmt, out);
    }
    connection_finish(stmt);
    if (out->count == limit && limit)
        write_cursor(extent, last, out->cursor);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool sqlite_changes(struct store *base, const char *after, size_t limit, struct store_changes *out,
                    struct error *err)
{
    struct reading reading;
    struct extent extent = {0};
    bool ok;

    out->items = NULL;
    out->count = 0;
    if (!reading_begin(base, true, &reading, err))
        return false;
    ok = read_extent(reading.connection, &extent, err);
    extent.after = extent.newest;
    if (ok && after)
        ok = find_cursor(&extent, after, err);
    if (ok) {
        write_cursor(&extent, limit ? extent.newest : extent.after, out->cursor);
        ok = read_changes(reading.connection, &extent, limit, out, err);
    }
    reading_end(&reading);
    return ok;
}

/* -- sweeping ---------------------------------------------------------------------------------- */

static int64_t kept_of(const struct connection *connection)
{
    int64_t kept = connection->store->options.changes_kept;

    return kept > 0 ? kept : DEFAULT_KEPT;
}

bool changes_have_grown(struct connection *connection)
{
    struct extent extent = {0};
    struct error ignored;

    return read_extent(connection, &extent, &ignored) && extent.oldest &&
           extent.newest - extent.oldest >= kept_of(connection);
}

bool changes_sweep(struct connection *connection, bool *more, struct error *err)
{
    struct extent extent = {0};
    struct cell below;
    int64_t last, ignored;

    *more = false;
    if (!read_extent(connection, &extent, err))
        return false;
    last = extent.newest - kept_of(connection);
    if (!extent.oldest || last < extent.oldest)
        return true;
    *more = last - extent.oldest >= SWEEP_CHANGES;
    below = cell_int(*more ? extent.oldest + SWEEP_CHANGES - 1 : last);
    connection->store->dirty = true;
    return connection_ask(connection, "DELETE FROM decant_changes WHERE cursor<=?", &below,
                          &ignored, err);
}
