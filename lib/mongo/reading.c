/* SPDX-License-Identifier: MIT */
/* Stretches of reading, and what is read from the server within one. */
#include "elsewhere.h"
#include "reading.h"

#include "../store_settle.h"

static bool append_session(struct reading *reading, struct error *err)
{
    bson_error_t error;

    return !reading->session ||
           mongoc_client_session_append(reading->session, &reading->options, &error) ||
           fail(err, ERROR_INTERNAL, "a session of %s cannot be used: %s", reading->store->address,
                error.message);
}

static bool begin(struct store *store, const struct collection *collection, bool send,
                  struct reading *out, struct error *err)
{
    struct turn *turn = turn_here();
    bool ok;

    *out = (struct reading){.store = mongo_of(store), .table = table_of(store, collection)};
    out->breaker = turn ? &out->store->breaker : elsewhere_breaker(out->store);
    bson_init(&out->options);
    if (!out->table)
        return settle_unprepared(collection, err);
    out->borrowed = turn != NULL;
    if (turn)
        ok = turn_borrow(turn, send ? out->table : NULL, &out->client, &out->session, err);
    else
        ok = (out->client = client_pop_by(out->store, out->breaker, err)) != NULL;
    if (ok)
        out->collection =
            mongoc_client_get_collection(out->client, out->store->database, collection->name);
    ok = ok && (turn || elsewhere_begin(out, err)) && append_session(out, err);
    if (!ok)
        reading_end(out);
    return ok;
}

bool reading_begin(struct store *store, const struct collection *collection, struct reading *out,
                   struct error *err)
{
    return begin(store, collection, true, out, err);
}

bool reading_begin_unsent(struct store *store, const struct collection *collection,
                          struct reading *out, struct error *err)
{
    return begin(store, collection, false, out, err);
}

void reading_end(struct reading *reading)
{
    if (reading->collection)
        mongoc_collection_destroy(reading->collection);
    if (!reading->borrowed) {
        elsewhere_end(reading);
        client_push(reading->store, reading->client);
    }
    bson_destroy(&reading->options);
    reading->collection = NULL;
    reading->client = NULL;
    bson_init(&reading->options);
}

void reading_options(const struct reading *reading, bson_t *out)
{
    bson_concat(out, &reading->options);
    bson_append_int32(out, "maxTimeMS", -1, reading->store->options.timeout_ms);
}

/* -- cursors ----------------------------------------------------------------------------------- */

static void append_fields(const struct reading *reading, const struct span *span, bson_t *out)
{
    bson_t fields = BSON_INITIALIZER;

    for (size_t i = 0; span->fields && span->fields[i]; i++)
        bson_append_int32(&fields, span->fields[i], -1, 1);
    if (!span->fields && !span->words && reading->table->searched_count &&
        !reading->table->collection->bare)
        bson_append_int32(&fields, "_words", -1, 0);
    if (!bson_empty(&fields))
        bson_append_document(out, "projection", -1, &fields);
    bson_destroy(&fields);
}

mongoc_cursor_t *reading_find(const struct reading *reading, const bson_t *query,
                              const struct span *span)
{
    bson_t options = BSON_INITIALIZER;
    mongoc_cursor_t *cursor;

    if (span->timeless)
        bson_concat(&options, &reading->options);
    else
        reading_options(reading, &options);
    append_fields(reading, span, &options);
    if (span->order) {
        bson_append_document(&options, "sort", -1, span->order);
        bson_append_bool(&options, "allowDiskUse", -1, true);
    }
    if (span->skip > 0)
        bson_append_int64(&options, "skip", -1, span->skip);
    if (span->limit > 0)
        bson_append_int64(&options, "limit", -1, span->limit);
    if (span->batch)
        bson_append_int64(&options, "batchSize", -1, span->batch);
    cursor = mongoc_collection_find_with_opts(reading->collection, query, &options, NULL);
    bson_destroy(&options);
    return cursor;
}

bool reading_next(const struct reading *reading, mongoc_cursor_t *cursor, const bson_t **raw,
                  struct error *err)
{
    const bson_t *reply = NULL;
    bson_error_t error;

    *raw = NULL;
    if (!mongoc_cursor_next(cursor, raw)) {
        *raw = NULL;
        if (mongoc_cursor_error_document(cursor, &error, &reply))
            return client_fail_by(reading->store, reading->breaker, &error, reply, err);
    }
    client_answered_by(reading->store, reading->breaker);
    return true;
}

/* -- documents --------------------------------------------------------------------------------- */

bool reading_take(const struct reading *reading, const bson_t *raw, struct stored *stored,
                  struct document *out, struct error *err)
{
    if (reading->borrowed)
        turn_saw(turn_here(), reading->table, raw);
    if (!stored_read(reading->table, raw, out->arena, stored, err))
        return false;
    stored_show(reading->table, stored, out);
    return true;
}

bool read_one(struct reading *reading, const bson_t *query, bson_t *raw, struct error *err)
{
    mongoc_cursor_t *cursor = reading_find(reading, query, &(struct span){.limit = 1});
    const bson_t *found;
    bool ok = reading_next(reading, cursor, &found, err);

    if (ok && found)
        bson_copy_to(found, raw);
    mongoc_cursor_destroy(cursor);
    if (ok && !found)
        return settle_no_such(reading->table->collection, err);
    return ok;
}

bool reading_number(const struct reading *reading, const bson_t *pipeline, int64_t *out,
                    struct error *err)
{
    bson_t options = BSON_INITIALIZER;
    mongoc_cursor_t *cursor;
    const bson_t *row;
    bson_iter_t iter;
    bool ok;

    reading_options(reading, &options);
    cursor = mongoc_collection_aggregate(reading->collection, MONGOC_QUERY_NONE, pipeline, &options,
                                         NULL);
    ok = reading_next(reading, cursor, &row, err);
    *out = ok && row && bson_iter_init_find(&iter, row, "n") ? bson_iter_as_int64(&iter) : 0;
    mongoc_cursor_destroy(cursor);
    bson_destroy(&options);
    return ok;
}

/* Not by libmongoc's function for it, which leaves out the read concern. */
bool reading_count(const struct reading *reading, const bson_t *query, int64_t limit, int64_t *out,
                   struct error *err)
{
    bson_t *pipeline = limit > 0 ? BCON_NEW("pipeline", "[", "{", "$match", BCON_DOCUMENT(query),
                                            "}", "{", "$limit", BCON_INT64(limit), "}", "{",
                                            "$count", BCON_UTF8("n"), "}", "]")
                                 : BCON_NEW("pipeline", "[", "{", "$match", BCON_DOCUMENT(query),
                                            "}", "{", "$count", BCON_UTF8("n"), "}", "]");
    bool ok = reading_number(reading, pipeline, out, err);

    bson_destroy(pipeline);
    return ok;
}
