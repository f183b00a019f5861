/* SPDX-License-Identifier: MIT */
/* Giving documents the `_words` and `_live` that they should have. Nothing else of them changes,
 * and their etags do not: who reads never sees these members. */
#include "index.h"

#include "../document.h"
#include "fault.h"

#include <string.h>

/* Documents are changed in unordered batches of bounded size. */
enum { BATCH = 500, BATCH_BYTES = 8 * 1024 * 1024, MARKS = 256 };

/* -- one document ------------------------------------------------------------------------------ */

static bool is_hidden(const char *key)
{
    return strcmp(key, "_words") == 0 || strcmp(key, "_live") == 0;
}

/* The member that a path begins with must be as it was read. */
static void add_same(const bson_t *raw, const char *path, bson_t *out)
{
    int len = (int)strcspn(path, ".");
    bson_iter_t iter;
    bson_t condition;

    /* What would be an operator, or has its condition already. */
    if (!len || path[0] == '$' || bson_iter_init_find_w_len(&iter, out, path, len))
        return;
    if (!bson_iter_init_find_w_len(&iter, raw, path, len)) {
        bson_append_document_begin(out, path, len, &condition);
        BSON_APPEND_BOOL(&condition, "$exists", false);
        bson_append_document_end(out, &condition);
    } else if (!BSON_ITER_HOLDS_UNDEFINED(&iter)) { /* servers compare nothing with that */
        bson_append_document_begin(out, path, len, &condition);
        bson_append_iter(&condition, "$eq", 3, &iter);
        bson_append_document_end(out, &condition);
    }
}

/* The document, if all that its hidden members are made of is as it was read: who changes that
 * meanwhile gives it the right ones, or the change stream tells of it. */
static void selector(const struct table *table, const bson_t *raw, bson_t *out)
{
    bson_iter_t iter;

    if (bson_iter_init_find(&iter, raw, "_id"))
        bson_append_iter(out, "_id", 3, &iter);
    for (size_t i = 0; i < table->searched_count; i++)
        add_same(raw, table->searched[i], out);
    if (table->deleted)
        add_same(raw, table->deleted, out);
}

static void update_of(const bson_t *raw, const bson_t *hidden, bson_t *out)
{
    bson_t unset;
    bson_iter_t iter;

    if (!bson_empty(hidden))
        BSON_APPEND_DOCUMENT(out, "$set", hidden);
    bson_init(&unset);
    if (bson_iter_init(&iter, raw))
        while (bson_iter_next(&iter))
            if (is_hidden(bson_iter_key(&iter)) && !bson_has_field(hidden, bson_iter_key(&iter)))
                bson_append_utf8(&unset, bson_iter_key(&iter), -1, "", 0);
    if (!bson_empty(&unset))
        BSON_APPEND_DOCUMENT(out, "$unset", &unset);
    bson_destroy(&unset);
}

/* -- batches ----------------------------------------------------------------------------------- */

/* Which value it is only the server's words say. */
static bool refuse(struct pass *pass, const bson_error_t *error)
{
    const char *name = pass->preparing.table->collection->name;
    const char *index = strstr(error->message, "index: ");

    if (pass->refused++)
        return true;
    if (error->code == CODE_DUPLICATE)
        fail(&pass->refusal, ERROR_CONFLICT,
             "%s: a value that must be unique is in several documents that count (%s)", name,
             index ? index : error->message);
    else
        fail(&pass->refusal, ERROR_INTERNAL, "%s: a document cannot be changed: %s (%u)", name,
             error->message, error->code);
    return true;
}

/* One of the batch was not changed. False: it is no matter of that document. */
static bool take_error(struct pass *pass, const bson_iter_t *entry)
{
    bson_error_t error = {.domain = MONGOC_ERROR_SERVER};
    bson_iter_t member = *entry;

    if (bson_iter_find(&member, "code"))
        error.code = (uint32_t)bson_iter_as_int64(&member);
    member = *entry;
    if (bson_iter_find(&member, "errmsg") && BSON_ITER_HOLDS_UTF8(&member))
        bson_strncpy(error.message, bson_iter_utf8(&member, NULL), sizeof(error.message));
    switch (fault_of(&error)) {
    case FAULT_TOO_LARGE: /* it is left without its words */
        pass->too_large++;
        return true;
    case FAULT_OTHER:
    case FAULT_PARALLEL:
        return refuse(pass, &error);
    default:
        return false;
    }
}

/* Whether all that failed is what some documents are. Where the server did not answer, or did none
 * of it, the reply has a list of no errors. */
static bool take_errors(struct pass *pass, const bson_t *reply, const bson_error_t *error)
{
    bson_iter_t iter, errors, entry;

    if (error->domain != MONGOC_ERROR_SERVER || !bson_has_field(reply, "writeErrors.0") ||
        bson_has_field(reply, "writeConcernErrors.0") ||
        !bson_iter_init_find(&iter, reply, "writeErrors") || !bson_iter_recurse(&iter, &errors))
        return false;
    while (bson_iter_next(&errors))
        if (!bson_iter_recurse(&errors, &entry) || !take_error(pass, &entry))
            return false;
    return true;
}

static bool send_batch(struct pass *pass, struct error *err)
{
    bson_error_t error;
    bson_iter_t iter;
    bson_t reply;
    bool ok;

    if (!pass->bulk)
        return true;
    ok = mongoc_bulk_operation_execute(pass->bulk, &reply, &error) ||
         take_errors(pass, &reply, &error);
    if (bson_iter_init_find(&iter, &reply, "nModified"))
        pass->changed += bson_iter_as_int64(&iter);
    bson_destroy(&reply);
    mongoc_bulk_operation_destroy(pass->bulk);
    pass->bulk = NULL;
    pass->bytes = 0;
    return ok || prepare_fail(&pass->preparing, &error, "change documents", err);
}

static bool add(struct pass *pass, const bson_t *raw, const bson_t *hidden, struct error *err)
{
    bson_t query = BSON_INITIALIZER, update = BSON_INITIALIZER;
    bson_error_t error;
    bool ok;

    if (!pass->bulk) {
        bson_t *options = BCON_NEW("ordered", BCON_BOOL(false));

        pass->bulk =
            mongoc_collection_create_bulk_operation_with_opts(pass->preparing.collection, options);
        bson_destroy(options);
    }
    selector(pass->preparing.table, raw, &query);
    update_of(raw, hidden, &update);
    ok = mongoc_bulk_operation_update_one_with_opts(pass->bulk, &query, &update, NULL, &error);
    pass->bytes += query.len + update.len;
    bson_destroy(&query);
    bson_destroy(&update);
    if (!ok)
        return prepare_fail(&pass->preparing, &error, "change documents", err);
    return pass->bytes < BATCH_BYTES || send_batch(pass, err);
}

static void leave_out_words(bson_t *hidden)
{
    bson_t rest;

    bson_init(&rest);
    bson_copy_to_excluding_noinit(hidden, &rest, "_words", NULL);
    bson_destroy(hidden);
    bson_steal(hidden, &rest);
}

/* One that its words make too large has none, rather than those of what it was. */
static bool complete(struct pass *pass, const bson_t *raw, struct error *err)
{
    const struct table *table = pass->preparing.table;
    struct stored stored;
    bson_t hidden = BSON_INITIALIZER;
    bool ok = stored_read(table, raw, &pass->arena, &stored, err);

    if (ok) {
        stored_hidden(table, &stored.bson, &hidden);
        if (stored.bson.len + hidden.len + MARKS > DOCUMENT_MAX_BYTES &&
            !same_member(raw, &hidden, "_words")) {
            pass->too_large++;
            leave_out_words(&hidden);
        }
        if (!same_member(raw, &hidden, "_words") || !same_member(raw, &hidden, "_live"))
            ok = add(pass, raw, &hidden, err);
    }
    bson_destroy(&hidden);
    arena_clear(&pass->arena);
    return ok;
}

/* -- many -------------------------------------------------------------------------------------- */

void pass_open(struct pass *pass, const struct preparing *preparing, const bson_t *query)
{
    bson_t *options = BCON_NEW("batchSize", BCON_INT32(BATCH));

    *pass = (struct pass){.preparing = *preparing};
    pass->cursor = mongoc_collection_find_with_opts(preparing->collection, query, options, NULL);
    bson_destroy(options);
}

bool pass_step(struct pass *pass, bool *more, struct error *err)
{
    const bson_t *raw;
    bson_error_t error;
    bool ok = true;
    int seen = 0;

    while (ok && seen < BATCH && mongoc_cursor_next(pass->cursor, &raw)) {
        ok = complete(pass, raw, err);
        seen++;
    }
    *more = seen == BATCH;
    if (ok && mongoc_cursor_error(pass->cursor, &error))
        ok = prepare_fail(&pass->preparing, &error, "read documents", err);
    return ok && send_batch(pass, err);
}

void pass_close(struct pass *pass)
{
    if (pass->bulk)
        mongoc_bulk_operation_destroy(pass->bulk);
    mongoc_cursor_destroy(pass->cursor);
    arena_release(&pass->arena);
    *pass = (struct pass){0};
}
