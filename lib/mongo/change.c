/* SPDX-License-Identifier: MIT */
/* Insert, replace, update and delete, as changes that a work collects. */
#include "turn.h"

#include "../clock.h"
#include "../document.h"
#include "../random.h"
#include "../store_settle.h"

#include <string.h>

enum { ETAG_BYTES = 20, DELETED_AT_ONCE = 500 };

/* What a change is about. */
struct target {
    struct turn *turn;
    struct store *store;
    struct table *table;
};

static bool begin_change(struct store *store, const struct collection *collection,
                         struct target *out, struct error *err)
{
    *out = (struct target){turn_changing(store, err), store, table_of(store, collection)};
    if (!out->turn)
        return false;
    return out->table != NULL || settle_unprepared(collection, err);
}

/* -- what is stored ---------------------------------------------------------------------------- */

/* From the server, and remembered. */
static bool ask_server(const struct target *target, const struct key *key, struct stored *out,
                       struct error *err)
{
    struct reading reading;
    bson_t query, raw;
    bool ok;

    /* By _id it is none that the work has changed, so nothing has to be sent for it. */
    ok = key->field ? reading_begin(target->store, target->table->collection, &reading, err)
                    : reading_begin_unsent(target->store, target->table->collection, &reading, err);
    if (!ok)
        return false;
    ok = read_key(target->table, key, &query, err) && read_one(&reading, &query, &raw, err);
    bson_destroy(&query);
    reading_end(&reading);
    if (!ok)
        return false;
    turn_saw(target->turn, target->table, &raw);
    ok = stored_read(target->table, &raw, &target->turn->arena, out, err);
    bson_destroy(&raw);
    return ok;
}

/* The key's document as the work has left it. ERROR_NOT_FOUND. */
static bool find_stored(const struct target *target, const struct key *key, struct stored *out,
                        struct error *err)
{
    bson_value_t id;
    int known;

    if (!key->field) {
        if (!settle_id(target->table->collection, &key->value, &id))
            return settle_no_such(target->table->collection, err);
        known = turn_known(target->turn, target->table, &id, out);
        if (known >= 0)
            return known || settle_no_such(target->table->collection, err);
        /* Before it is read: it may be another work's now. */
        if (!turn_claim(target->turn, target->table, &id, err))
            return false;
    }
    return ask_server(target, key, out, err);
}

/* True also where there is none and that is allowed: out->bson.data is NULL then. */
static bool find_or_not(const struct target *target, const struct key *key, bool allowed,
                        struct stored *out, struct error *err)
{
    if (find_stored(target, key, out, err))
        return true;
    memset(out, 0, sizeof(*out));
    return allowed && err->kind == ERROR_NOT_FOUND;
}

static bool check_etag(const struct target *target, const struct stored *stored,
                       const char *if_etag, struct error *err)
{
    return !if_etag || strcmp(stored->etag, if_etag) == 0 ||
           settle_stale(target->table->collection, err);
}

/* -- writing ----------------------------------------------------------------------------------- */

static void stamp(struct stored *stored, const struct stored *before)
{
    random_hex(stored->etag, ETAG_BYTES);
    stored->marked = true;
    stored->updated_ms = clock_now_ms();
    stored->created_ms = before ? before->created_ms : stored->updated_ms;
}

/* A settled document in place of another, or new. */
static bool put(const struct target *target, const struct stored *before,
                struct bson_bytes document, struct document *after, struct error *err)
{
    struct turn *turn = target->turn;
    struct entry entry = {.table = target->table, .is = true};

    if (before) {
        entry.was = true;
        entry.before = *before;
    }
    entry.after.bson = (struct bson_bytes){
        (const uint8_t *)arena_copy(&turn->arena, document.data, document.len), document.len};
    stamp(&entry.after, before);
    entry.after.marked = !target->table->collection->bare;
    entry.id = stored_id(&entry.after.bson);
    if ((turn->careful || !turn->store->transactions) && !clash_check(turn, &entry, err))
        return false;
    if (!turn_add(turn, &entry, err))
        return false;
    if (after)
        stored_tell(target->table, &entry.after, after);
    return true;
}

static bool write_document(const struct target *target, const struct stored *before,
                           const bson_t *document, struct document *after, struct error *err)
{
    struct settled settled;
    bool ok = settle_document(target->table->collection, document, before ? &before->bson : NULL,
                              &settled, err) &&
              put(target, before, settled.bytes, after, err);

    settle_release(&settled);
    return ok;
}

bool mongo_insert(struct store *store, const struct collection *collection, const bson_t *document,
                  struct document *after, struct error *err)
{
    struct target target;

    return begin_change(store, collection, &target, err) &&
           write_document(&target, NULL, document, after, err);
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

bool mongo_replace(struct store *store, const struct collection *collection, struct key key,
                   const struct replacement *replacement, struct error *err)
{
    struct target target;
    struct stored stored = {0};

    if (!begin_change(store, collection, &target, err) ||
        !find_or_not(&target, &key, replacement->upsert && !replacement->if_etag, &stored, err))
        return false;
    if (!stored.bson.data)
        return insert_seeded(&target, &key, replacement, err);
    return check_etag(&target, &stored, replacement->if_etag, err) &&
           write_document(&target, &stored, replacement->document, replacement->after, err);
}

static bool apply(const struct target *target, const struct stored *before,
                  const struct bson_bytes *from, const struct update *update, struct error *err)
{
    bson_t after;
    bool ok;

    if (!document_apply(from, update->changes, update->count, &after, err))
        return false;
    ok = write_document(target, before, &after, update->after, err);
    bson_destroy(&after);
    return ok;
}

bool mongo_update(struct store *store, const struct collection *collection, struct key key,
                  const struct update *update, struct error *err)
{
    struct target target;
    struct stored stored = {0};
    struct bson_bytes from;
    bson_t fresh;
    bool ok;

    if (!begin_change(store, collection, &target, err) ||
        !find_or_not(&target, &key, update->upsert && !update->if_etag, &stored, err))
        return false;
    if (stored.bson.data)
        return check_etag(&target, &stored, update->if_etag, err) &&
               apply(&target, &stored, &stored.bson, update, err);
    settle_seed(collection, &key, NULL, &fresh);
    from = (struct bson_bytes){bson_get_data(&fresh), fresh.len};
    ok = apply(&target, NULL, &from, update, err);
    bson_destroy(&fresh);
    return ok;
}

bool mongo_delete(struct store *store, const struct collection *collection, struct key key,
                  const char *if_etag, struct error *err)
{
    struct target target;
    struct entry entry = {.was = true};

    if (!begin_change(store, collection, &target, err) ||
        !find_stored(&target, &key, &entry.before, err) ||
        !check_etag(&target, &entry.before, if_etag, err))
        return false;
    entry.table = target.table;
    entry.id = stored_id(&entry.before.bson);
    return turn_add(target.turn, &entry, err);
}

/* -- many -------------------------------------------------------------------------------------- */

static bool delete_one(const struct target *target, const bson_t *raw, struct error *err)
{
    struct entry entry = {.table = target->table, .was = true};

    if (!stored_read(target->table, raw, &target->turn->arena, &entry.before, err))
        return false;
    entry.id = stored_id(&entry.before.bson);
    return turn_add(target->turn, &entry, err);
}

/* The next of them; how many, -1 with err. Each is a change like others, so that the work knows of
 * it and can take it back. */
static int delete_some(const struct target *target, const struct scope *scope, struct error *err)
{
    struct reading reading;
    bson_t query = BSON_INITIALIZER, options;
    mongoc_cursor_t *cursor;
    const bson_t *raw;
    bson_error_t error;
    int count = 0;
    bool ok = true;

    if (!reading_begin(target->store, target->table->collection, &reading, err))
        return -1;
    bson_copy_to(&reading.options, &options);
    BSON_APPEND_INT64(&options, "limit", DELETED_AT_ONCE);
    query_write(reading.table, scope, &query);
    cursor = mongoc_collection_find_with_opts(reading.collection, &query, &options, NULL);
    for (; ok && mongoc_cursor_next(cursor, &raw); count++)
        ok = delete_one(target, raw, err);
    if (ok && mongoc_cursor_error_document(cursor, &error, &raw)) {
        client_fail(target->turn->store, &error, raw, err);
        ok = turn_spoil(target->turn, err);
    }
    mongoc_cursor_destroy(cursor);
    bson_destroy(&query);
    bson_destroy(&options);
    reading_end(&reading);
    return ok ? count : -1;
}

/* In short commands, none of which takes long; as one by the transaction. */
bool mongo_delete_where(struct store *store, const struct collection *collection,
                        const struct filter *where, int64_t *deleted, struct error *err)
{
    struct scope scope = {.where = where, .deleted_too = true};
    struct target target;
    int64_t total = 0;
    int count;

    if (!begin_change(store, collection, &target, err) ||
        !turn_begin_transaction(target.turn, err) || !sending_flush(target.turn, err))
        return false;
    do {
        count = delete_some(&target, &scope, err);
        total += count > 0 ? count : 0;
    } while (count == DELETED_AT_ONCE);
    if (count < 0)
        return false;
    *deleted = total;
    return true;
}

/* -- several as one ---------------------------------------------------------------------------- */

bool mongo_transact(struct store *store,
                    bool (*change)(void *context, struct store *store, struct error *err),
                    void *context, struct error *err)
{
    struct turn *turn = turn_changing(store, err);
    struct error undone;
    size_t before;

    if (!turn)
        return false;
    before = turn->count;
    if (change(context, store, err) && !turn->spoilt)
        return true;
    if (!turn_undo(turn, before, &undone))
        *err = undone;
    return false;
}
