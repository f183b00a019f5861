/* SPDX-License-Identifier: MIT */
/* Sending what a work has collected: one change by itself (alone.c), in a transaction neighbours of
 * one collection as one ordered bulk write. Each
 * change of a document says which one it is to replace: the one with the etag that was seen. One
 * without an etag of the store's (others put it there) must still have none, and the same members.
 */
#include "turn.h"

#include <string.h>

/* -- one change -------------------------------------------------------------------------------- */

/* {name: {$eq: value}} for all members but _id. */
static void add_members(const struct stored *before, bson_t *selector)
{
    bson_iter_t iter, taken;
    bson_t equal;

    if (!bson_iter_init_from_data(&iter, before->bson.data, before->bson.len))
        return;
    while (bson_iter_next(&iter)) {
        const char *key = bson_iter_key(&iter);

        /* A name that others chose may mean something else in a query, or come twice, and servers
         * compare nothing with the undefined. */
        if (strcmp(key, "_id") == 0 || key[0] == '$' || !key[0] || strchr(key, '.') ||
            BSON_ITER_HOLDS_UNDEFINED(&iter) || bson_iter_init_find(&taken, selector, key))
            continue;
        bson_append_document_begin(selector, key, -1, &equal);
        bson_append_iter(&equal, "$eq", 3, &iter);
        bson_append_document_end(selector, &equal);
    }
}

/* {_etag: {$not: {$regex: …}}}: others keep there what they like, but for an etag of the store. */
static void add_unmarked(bson_t *selector)
{
    bson_t unlike, pattern;

    bson_append_document_begin(selector, "_etag", 5, &unlike);
    bson_append_document_begin(&unlike, "$not", 4, &pattern);
    bson_append_utf8(&pattern, "$regex", 6, "^[0-9a-f]{40}$", -1);
    bson_append_document_end(&unlike, &pattern);
    bson_append_document_end(selector, &unlike);
}

void sending_select(const struct table *table, const bson_value_t *id, const struct stored *stored,
                    bson_t *selector)
{
    bson_init(selector);
    bson_append_value(selector, "_id", 3, id);
    if (stored->marked) {
        bson_append_utf8(selector, "_etag", 5, stored->etag, -1);
        return;
    }
    if (!table->collection->bare)
        add_unmarked(selector);
    add_members(stored, selector);
}

/* Add the change to the bulk; whether it counts as one that must meet a document. */
static bool add_change(mongoc_bulk_operation_t *bulk, const struct entry *entry,
                       bson_error_t *error)
{
    bson_t selector, document;
    bool ok;

    if (entry->is)
        stored_write(entry->table, &entry->after, &document);
    if (!entry->was) {
        ok = mongoc_bulk_operation_insert_with_opts(bulk, &document, NULL, error);
    } else {
        sending_select(entry->table, &entry->id, &entry->before, &selector);
        ok = entry->is ? mongoc_bulk_operation_replace_one_with_opts(bulk, &selector, &document,
                                                                     NULL, error)
                       : mongoc_bulk_operation_remove_one_with_opts(bulk, &selector, NULL, error);
        bson_destroy(&selector);
    }
    if (entry->is)
        bson_destroy(&document);
    return ok;
}

/* -- neighbours -------------------------------------------------------------------------------- */

static int64_t number_in(const bson_t *reply, const char *key)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, reply, key) ? bson_iter_as_int64(&iter) : 0;
}

bool sending_fail(struct turn *turn, const bson_error_t *error, const bson_t *reply,
                  struct error *err)
{
    if (error->code == CODE_DUPLICATE && turn->store->transactions)
        return turn_repeat(turn, true, err);
    if (error->code == CODE_DUPLICATE) { /* somebody was quicker since it was asked for */
        fail(err, ERROR_REFUSED, "taken by another: a value");
        return turn_spoil(turn, err);
    }
    client_fail(turn->store, error, reply, err);
    return turn_spoil(turn, err);
}

/* Entries from `from` on, up to `to`, all of one collection, in the transaction. */
static bool send_run(struct turn *turn, size_t from, size_t to, struct error *err)
{
    const struct table *table = turn->entries[from].table;
    mongoc_collection_t *collection =
        mongoc_client_get_collection(turn->client, turn->store->database, table->collection->name);
    bson_t options = BSON_INITIALIZER, reply = BSON_INITIALIZER;
    mongoc_bulk_operation_t *bulk;
    bson_error_t error = {0};
    int64_t met = 0;
    bool ok = mongoc_client_session_append(turn->session, &options, &error);

    bulk = mongoc_collection_create_bulk_operation_with_opts(collection, &options);
    for (size_t i = from; ok && i < to; i++)
        ok = add_change(bulk, &turn->entries[i], &error);
    if (ok) {
        bson_destroy(&reply);
        ok = mongoc_bulk_operation_execute(bulk, &reply, &error) != 0;
        met = number_in(&reply, "nInserted") + number_in(&reply, "nMatched") +
              number_in(&reply, "nRemoved");
    }
    if (!ok)
        sending_fail(turn, &error, &reply, err);
    else
        client_answered(turn->store);
    if (ok && met != (int64_t)(to - from))
        ok = turn_repeat(turn, false, err);
    mongoc_bulk_operation_destroy(bulk);
    mongoc_collection_destroy(collection);
    bson_destroy(&options);
    bson_destroy(&reply);
    return ok;
}

bool sending_flush(struct turn *turn, struct error *err)
{
    while (turn->sent < turn->count) {
        size_t from = turn->sent, to = from + 1;

        while (turn->in_transaction && to < turn->count &&
               turn->entries[to].table == turn->entries[from].table)
            to++;
        if (turn->in_transaction ? !send_run(turn, from, to, err)
                                 : !alone_send(turn, &turn->entries[from], err))
            return false;
        turn->sent = to;
    }
    return true;
}
