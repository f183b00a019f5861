/* SPDX-License-Identifier: MIT */
/* Adding `_words` and `_live` to documents that lack them, as others put them there, at start.
 *
 * The collection `decant_meta` says of which fields they were made: where these are others now, all
 * documents are looked at, else those only that have none. */
#include "index.h"

#include "../clock.h"
#include "../log.h"
#include "../value.h"

#include <inttypes.h>

enum { TELL_EVERY_US = 10000000 };

/* -- what they were made of -------------------------------------------------------------------- */

static void declared_meta(const struct table *table, bson_t *out)
{
    uint32_t count = 0;
    bson_t list;

    BSON_APPEND_UTF8(out, "_id", table->collection->name);
    bson_append_array_begin(out, "searched", -1, &list);
    for (size_t i = 0; i < table->searched_count; i++) {
        bson_value_t path = value_text(table->searched[i]);

        query_list_value(&list, &count, &path);
    }
    bson_append_array_end(out, &list);
    BSON_APPEND_UTF8(out, "deleted", table->deleted ? table->deleted : "");
}

static mongoc_collection_t *meta_collection(const struct preparing *preparing)
{
    return mongoc_client_get_collection(preparing->client, preparing->store->database,
                                        "decant_meta");
}

/* Whether the documents were made of what is declared now. */
static bool meta_agrees(const struct preparing *preparing, const bson_t *declared, bool *agrees,
                        struct error *err)
{
    mongoc_collection_t *collection = meta_collection(preparing);
    bson_t *query = BCON_NEW("_id", BCON_UTF8(preparing->table->collection->name));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, query, NULL, NULL);
    const bson_t *stored;
    bson_error_t error;
    bool ok;

    *agrees = mongoc_cursor_next(cursor, &stored) && bson_equal(stored, declared);
    ok = !mongoc_cursor_error(cursor, &error);
    mongoc_cursor_destroy(cursor);
    bson_destroy(query);
    mongoc_collection_destroy(collection);
    return ok || prepare_fail(preparing, &error, "read decant_meta", err);
}

static bool meta_write(const struct preparing *preparing, const bson_t *declared, struct error *err)
{
    mongoc_collection_t *collection = meta_collection(preparing);
    bson_t *query = BCON_NEW("_id", BCON_UTF8(preparing->table->collection->name));
    bson_t *options = BCON_NEW("upsert", BCON_BOOL(true));
    bson_error_t error;
    bool ok = mongoc_collection_replace_one(collection, query, declared, options, NULL, &error);

    bson_destroy(options);
    bson_destroy(query);
    mongoc_collection_destroy(collection);
    /* Another process that prepares as well was quicker. */
    return ok || error.code == CODE_DUPLICATE ||
           prepare_fail(preparing, &error, "write decant_meta", err);
}

/* -- all of them ------------------------------------------------------------------------------- */

/* {$or: [{_words: {$exists: false}}, {_live: {$exists: false}, DELETED: {$ne: true}}]} */
static void lacking(const struct table *table, bson_t *out)
{
    uint32_t count = 0;
    bson_t *one;
    bson_t list;

    bson_append_array_begin(out, "$or", -1, &list);
    if (table->searched_count) {
        one = BCON_NEW("_words", "{", "$exists", BCON_BOOL(false), "}");
        query_list_document(&list, &count, one);
        bson_destroy(one);
    }
    if (table->deleted) {
        one = BCON_NEW("_live", "{", "$exists", BCON_BOOL(false), "}", table->deleted, "{", "$ne",
                       BCON_BOOL(true), "}");
        query_list_document(&list, &count, one);
        bson_destroy(one);
    }
    bson_append_array_end(out, &list);
}

static void tell(const struct pass *pass)
{
    const char *name = pass->preparing.table->collection->name;

    if (pass->changed)
        log_info("%s: %" PRId64 " documents got what searching and deleting look at", name,
                 pass->changed);
    if (pass->too_large)
        log_warn("%s: %" PRId64 " documents are too large to be searched", name, pass->too_large);
}

/* Many documents take minutes, which hold up a start. */
static void tell_progress(const struct pass *pass, int64_t *told_us)
{
    int64_t now_us = clock_monotonic_us();

    if (now_us - *told_us < TELL_EVERY_US)
        return;
    *told_us = now_us;
    log_warn("%s: %" PRId64 " documents so far got what searching and deleting look at",
             pass->preparing.table->collection->name, pass->changed);
}

static bool complete_all(const struct preparing *preparing, const bson_t *query, struct error *err)
{
    struct pass pass;
    int64_t told_us = clock_monotonic_us();
    bool more = true, ok = true;

    pass_open(&pass, preparing, query);
    while (ok && more) {
        ok = pass_step(&pass, &more, err);
        tell_progress(&pass, &told_us);
    }
    if (ok && pass.refused) {
        *err = pass.refusal;
        ok = false;
    }
    tell(&pass);
    pass_close(&pass);
    return ok;
}

/* A store that is only read finds nothing missing, or is not opened. */
static bool must_lack_nothing(const struct preparing *preparing, const bson_t *query,
                              struct error *err)
{
    const struct table *table = preparing->table;
    bson_t *options = BCON_NEW("limit", BCON_INT64(1));
    mongoc_cursor_t *cursor =
        mongoc_collection_find_with_opts(preparing->collection, query, options, NULL);
    const bson_t *raw;
    bson_error_t error;
    bool found = mongoc_cursor_next(cursor, &raw);
    bool failed = mongoc_cursor_error(cursor, &error);

    mongoc_cursor_destroy(cursor);
    bson_destroy(options);
    if (failed)
        return prepare_fail(preparing, &error, "read documents", err);
    return !found || fail(err, ERROR_INTERNAL,
                          "%s does not say yet of all %s what is searched or deleted, and is only "
                          "read",
                          preparing->store->address, table->collection->name);
}

static bool prepare_documents(const struct preparing *preparing, const bson_t *declared,
                              bool agrees, struct error *err)
{
    bson_t query = BSON_INITIALIZER;
    bool asked = preparing->table->searched_count || preparing->table->deleted;
    bool ok = true;

    if (asked && (agrees || preparing->store->options.read_only))
        lacking(preparing->table, &query);
    if (preparing->store->options.read_only) {
        ok = !asked || must_lack_nothing(preparing, &query, err);
    } else {
        ok = (!asked || complete_all(preparing, &query, err)) &&
             (agrees || meta_write(preparing, declared, err));
    }
    bson_destroy(&query);
    return ok;
}

bool hidden_prepare(const struct preparing *preparing, struct error *err)
{
    bson_t declared = BSON_INITIALIZER;
    bool agrees, ok;

    if (preparing->table->collection->bare)
        return true;
    declared_meta(preparing->table, &declared);
    ok = meta_agrees(preparing, &declared, &agrees, err) &&
         prepare_documents(preparing, &declared, agrees, err);
    bson_destroy(&declared);
    return ok;
}
