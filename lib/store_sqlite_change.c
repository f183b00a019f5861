/* SPDX-License-Identifier: MIT */
/* Insert, replace, update and delete, on the writer. */
#include "store_sqlite_change.h"

#include "clock.h"
#include "document.h"
#include "store_settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool changing_allowed(const struct sqlite_store *store, struct error *err)
{
    const struct connection *connection = pthread_getspecific(store->key);

    if (store->options.read_only)
        fail(err, ERROR_INTERNAL, "the store %s is open for reading only", store->path);
    else if (!connection || !connection->writer || !store->changing)
        fail(err, ERROR_INTERNAL, "the store is changed inside a work only");
    else if (store->poisoned)
        *err = store->poison;
    else
        return true;
    return false;
}

bool changing_begin(struct store *base, const struct collection *collection, struct target *out,
                    struct error *err)
{
    struct table *table = table_of(base, collection);

    if (!changing_allowed(sqlite_of(base), err))
        return false;
    if (!table) {
        settle_unprepared(collection, err);
        return false;
    }
    *out = (struct target){sqlite_of(base)->writer, table};
    return true;
}

static bool changing_end(const struct target *target, bool ok)
{
    arena_clear(&target->connection->scratch);
    return ok;
}

/* -- what is stored ---------------------------------------------------------------------------- */

static void *keep_blob(struct connection *connection, sqlite3_stmt *stmt, int at, size_t *len)
{
    *len = (size_t)sqlite3_column_bytes(stmt, at);
    return arena_copy(&connection->scratch, sqlite3_column_blob(stmt, at), *len);
}

/* seq, _id, etag, created, bson */
void change_keep(struct connection *connection, sqlite3_stmt *stmt, struct stored *out)
{
    const void *etag = sqlite3_column_blob(stmt, 2);

    memset(out, 0, sizeof(*out));
    out->found = true;
    out->row = sqlite3_column_int64(stmt, 0);
    if (sqlite3_column_type(stmt, 1) == SQLITE_INTEGER) {
        out->id = cell_int(sqlite3_column_int64(stmt, 1));
    } else {
        out->id.kind = sqlite3_column_type(stmt, 1) == SQLITE_TEXT ? CELL_TEXT : CELL_BLOB;
        out->id.bytes = keep_blob(connection, stmt, 1, &out->id.len);
    }
    if (etag && sqlite3_column_bytes(stmt, 2) == ETAG_BYTES)
        memcpy(out->etag, etag, ETAG_BYTES);
    out->created_ms = sqlite3_column_int64(stmt, 3);
    out->bson.data = keep_blob(connection, stmt, 4, &out->bson.len);
}

sqlite3_stmt *stored_select(const struct target *target, const struct filter *where, bool live_only,
                            int most, struct error *err)
{
    struct sql sql;
    char text[96];

    sql_init(&sql, &target->connection->scratch, target->table);
    snprintf(text, sizeof(text), "SELECT %s,_id,etag,created,bson FROM t%d WHERE ",
             target->table->clustered ? "0" : "seq", target->table->number);
    sql_add(&sql, text);
    sql_where(&sql, where);
    if (live_only)
        sql_add(&sql, target->table->read->live);
    sql_add(&sql, " LIMIT ");
    sql_cell(&sql, cell_int(most));
    return sql_prepare(&sql, target->connection, err);
}

/* The document of the key. ERROR_NOT_FOUND. */
static bool find_stored(const struct target *target, const struct key *key, struct stored *out,
                        struct error *err)
{
    struct filter filter = {.op = FILTER_EQ, .path = key->field, .value = key->value};
    sqlite3_stmt *stmt = key->field ? stored_select(target, &filter, true, 1, err)
                                    : read_by_id(target->connection, target->table, &key->value,
                                                 target->table->read->by_id_changing, err);
    int code;

    if (!stmt)
        return false;
    code = connection_step(target->connection, stmt, err);
    if (code == SQLITE_ROW)
        change_keep(target->connection, stmt, out);
    connection_finish(stmt);
    if (code == SQLITE_DONE)
        return settle_no_such(target->table->collection, err);
    return code == SQLITE_ROW;
}

static bool check_etag(const struct table *table, const struct stored *stored, const char *if_etag,
                       struct error *err)
{
    char etag[2 * ETAG_BYTES + 1];

    if (!if_etag)
        return true;
    read_etag(stored->etag, etag);
    return strcmp(etag, if_etag) == 0 || settle_stale(table->collection, err);
}

/* -- writing ------------------------------------------------------------------------------------
 */

static bool write_row(const struct target *target, const struct stored *stored,
                      struct bson_bytes document, struct document *after, struct error *err)
{
    struct row row;

    if (!row_make(target->table, document, &row, err))
        return false;
    if (!(stored ? row_update(target, stored, &row, err) : row_insert(target, &row, err)))
        return false;
    if (after)
        reply_tell(target, &row, after);
    return true;
}

/* Insert, or replace what is stored. */
static bool write_document(const struct target *target, const struct stored *stored,
                           const bson_t *document, struct document *after, struct error *err)
{
    struct settled settled;
    bool ok;

    ok = settle_document(target->table->collection, document, stored ? &stored->bson : NULL,
                         &settled, err) &&
         write_row(target, stored, settled.bytes, after, err);
    settle_release(&settled);
    return ok;
}

/* -- one document ------------------------------------------------------------------------------ */

bool sqlite_insert(struct store *base, const struct collection *collection, const bson_t *document,
                   struct document *after, struct error *err)
{
    struct target target;

    return changing_begin(base, collection, &target, err) &&
           changing_end(&target, write_document(&target, NULL, document, after, err));
}

/* Look for the key's document. True also where there is none and that is allowed: out->found. */
static bool find_or_not(const struct target *target, const struct key *key, bool allowed,
                        struct stored *out, struct error *err)
{
    out->found = false;
    return find_stored(target, key, out, err) || (allowed && err->kind == ERROR_NOT_FOUND);
}

static bool insert_seeded(const struct target *target, const struct key *key,
                          const struct replacement *replacement, struct error *err)
{
    bson_t seeded;
    bool ok;

    settle_seed(target->table->collection, key, replacement->document, &seeded);
    ok = write_document(target, NULL, &seeded, replacement->after, err);
    bson_destroy(&seeded);
    return ok;
}

bool sqlite_replace(struct store *base, const struct collection *collection, struct key key,
                    const struct replacement *replacement, struct error *err)
{
    struct target target;
    struct stored stored;
    bool ok;

    if (!changing_begin(base, collection, &target, err))
        return false;
    ok = find_or_not(&target, &key, replacement->upsert && !replacement->if_etag, &stored, err);
    if (ok && stored.found)
        ok = check_etag(target.table, &stored, replacement->if_etag, err) &&
             write_document(&target, &stored, replacement->document, replacement->after, err);
    else if (ok)
        ok = insert_seeded(&target, &key, replacement, err);
    return changing_end(&target, ok);
}

static bool apply(const struct target *target, const struct stored *stored,
                  struct bson_bytes before, const struct update *update, struct error *err)
{
    bson_t after;
    bool ok;

    if (!document_apply(&before, update->changes, update->count, &after, err))
        return false;
    ok = write_document(target, stored, &after, update->after, err);
    bson_destroy(&after);
    return ok;
}

bool sqlite_update(struct store *base, const struct collection *collection, struct key key,
                   const struct update *update, struct error *err)
{
    struct target target;
    struct stored stored;
    bson_t fresh;
    bool ok;

    if (!changing_begin(base, collection, &target, err))
        return false;
    if (!update->if_etag && direct_fits(target.table, &key)) {
        stored.found = direct_update(&target, &key, update, err);
        ok = stored.found || (update->upsert && err->kind == ERROR_NOT_FOUND);
    } else {
        ok = find_or_not(&target, &key, update->upsert && !update->if_etag, &stored, err);
        if (ok && stored.found)
            ok = check_etag(target.table, &stored, update->if_etag, err) &&
                 apply(&target, &stored, stored.bson, update, err);
    }
    if (ok && !stored.found) {
        settle_seed(target.table->collection, &key, NULL, &fresh);
        ok = apply(&target, NULL, (struct bson_bytes){bson_get_data(&fresh), fresh.len}, update,
                   err);
        bson_destroy(&fresh);
    }
    return changing_end(&target, ok);
}

bool sqlite_delete(struct store *base, const struct collection *collection, struct key key,
                   const char *if_etag, struct error *err)
{
    struct target target;
    struct stored stored;

    if (!changing_begin(base, collection, &target, err))
        return false;
    if (!if_etag && direct_fits(target.table, &key))
        return changing_end(&target, direct_remove(&target, &key, err));
    return changing_end(&target, find_stored(&target, &key, &stored, err) &&
                                     check_etag(target.table, &stored, if_etag, err) &&
                                     row_remove(&target, &stored, err));
}
