/* SPDX-License-Identifier: MIT */
/* Changing many documents, and several changes as one. */
#include "store_sqlite_change.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of one statement (seq, _id, etag, created, bson), removed when the statement is done. */
struct doomed {
    struct stored items[SWEEP_ROWS];
    size_t count;
};

static bool gather(struct connection *connection, sqlite3_stmt *stmt, struct doomed *out,
                   struct error *err)
{
    int code = SQLITE_DONE;

    out->count = 0;
    while (out->count < SWEEP_ROWS && (code = connection_step(connection, stmt, err)) == SQLITE_ROW)
        change_keep(connection, stmt, &out->items[out->count++]);
    connection_finish(stmt);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

static bool remove_all(const struct target *target, sqlite3_stmt *stmt, int64_t *removed,
                       struct error *err)
{
    struct doomed *doomed = malloc(sizeof(*doomed));
    bool ok;

    if (!doomed)
        abort();
    ok = gather(target->connection, stmt, doomed, err);
    *removed = ok ? (int64_t)doomed->count : 0;
    for (size_t i = 0; ok && i < doomed->count; i++)
        ok = row_remove(target, &doomed->items[i], err);
    free(doomed);
    return ok;
}

bool sqlite_delete_where(struct store *base, const struct collection *collection,
                         const struct filter *where, int64_t *deleted, struct error *err)
{
    struct target target;
    int64_t total = 0, removed = SWEEP_ROWS;
    bool ok = true;

    if (!changing_begin(base, collection, &target, err))
        return false;
    while (ok && removed == SWEEP_ROWS) {
        sqlite3_stmt *stmt = stored_select(&target, where, false, SWEEP_ROWS, err);

        ok = stmt && remove_all(&target, stmt, &removed, err);
        total += ok ? removed : 0;
        arena_clear(&target.connection->scratch);
    }
    if (ok)
        *deleted = total;
    return ok;
}

bool change_sweep(const struct target *target, int64_t *swept, struct error *err)
{
    struct cell now = cell_int(clock_now_ms());
    char text[128];
    sqlite3_stmt *stmt;

    snprintf(text, sizeof(text),
             "SELECT %s,_id,etag,created,bson FROM t%d WHERE c%d<=? ORDER BY c%d LIMIT %d",
             target->table->clustered ? "0" : "seq", target->table->number,
             target->table->read->items[target->table->read->expires].number,
             target->table->read->items[target->table->read->expires].number, SWEEP_ROWS);
    stmt = connection_prepare(target->connection, text, err);
    if (!stmt)
        return false;
    cell_bind(stmt, 1, &now);
    return remove_all(target, stmt, swept, err);
}

/* -- several as one ---------------------------------------------------------------------------- */

struct pending *change_save(const struct sqlite_store *store)
{
    struct pending *saved = calloc(store->table_count + 1, sizeof(*saved));

    if (!saved)
        abort();
    for (size_t i = 0; i < store->table_count; i++)
        saved[i] = store->tables[i].pending;
    return saved;
}

void change_restore(struct sqlite_store *store, const struct pending *saved)
{
    for (size_t i = 0; i < store->table_count; i++)
        store->tables[i].pending = saved[i];
}

bool sqlite_transact(struct store *base,
                     bool (*change)(void *context, struct store *store, struct error *err),
                     void *context, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    struct connection *connection = store->writer;
    struct error undo;
    struct pending *saved;
    bool dirty, ok;

    if (!changing_allowed(store, err) || !connection_run(connection, "SAVEPOINT part", err))
        return false;
    saved = change_save(store);
    dirty = store->dirty;
    ok = change(context, base, err);
    if (store->poisoned) {
        *err = store->poison;
        ok = false;
    } else if (ok) {
        ok = connection_run(connection, "RELEASE part", err);
    } else if (connection_run(connection, "ROLLBACK TO part", &undo) &&
               connection_run(connection, "RELEASE part", &undo)) {
        change_restore(store, saved);
        store->dirty = dirty;
    }
    free(saved);
    return ok;
}
