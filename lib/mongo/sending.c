/* SPDX-License-Identifier: MIT */
/* Sending what a work has collected: one change by itself (alone.c), in a transaction neighbours of
 * one collection as one ordered bulk write. Each
 * change of a document says which one it is to replace: the one with the etag that was seen. One
 * without an etag of the store's (others put it there) must still have none, and the same members.
 */
#include "turn.h"

#include <stdlib.h>
#include <string.h>

/* -- one change -------------------------------------------------------------------------------- */

/* Where a member is; its name lives in the document. */
struct place {
    const char *name;
    uint32_t offset;
};

static int by_name_and_offset(const void *a, const void *b)
{
    const struct place *first = a, *second = b;
    int order = strcmp(first->name, second->name);

    return order ? order : (first->offset > second->offset) - (first->offset < second->offset);
}

/* A name that others chose may mean something else in a query, and servers compare nothing with the
 * undefined. */
static bool is_comparable(const bson_iter_t *member)
{
    const char *name = bson_iter_key(member);

    return strcmp(name, "_id") != 0 && name[0] != '$' && name[0] && !strchr(name, '.') &&
           !BSON_ITER_HOLDS_UNDEFINED(member);
}

static void add_member(const struct stored *before, const struct place *place, bson_t *selector)
{
    bson_iter_t member;
    bson_t equal;

    if (!bson_iter_init_from_data_at_offset(&member, before->bson.data, before->bson.len,
                                            place->offset, (uint32_t)strlen(place->name)))
        return;
    bson_append_document_begin(selector, place->name, -1, &equal);
    bson_append_iter(&equal, "$eq", 3, &member);
    bson_append_document_end(selector, &equal);
}

/* {name: {$eq: value}} for all members but _id; of those with the same name for the first. */
static void add_members(const struct stored *before, bson_t *selector)
{
    struct arena arena = {0};
    struct place *places = NULL;
    size_t count = 0, room = 0;
    bson_iter_t iter;

    if (bson_iter_init_from_data(&iter, before->bson.data, before->bson.len))
        while (bson_iter_next(&iter)) {
            if (!is_comparable(&iter))
                continue;
            places = arena_grow(&arena, places, count, &room, sizeof(*places));
            places[count++] = (struct place){bson_iter_key(&iter), bson_iter_offset(&iter)};
        }
    if (count)
        qsort(places, count, sizeof(*places), by_name_and_offset);
    for (size_t i = 0; i < count; i++)
        if (!i || strcmp(places[i - 1].name, places[i].name) != 0)
            add_member(before, &places[i], selector);
    arena_release(&arena);
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
