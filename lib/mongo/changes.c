/* SPDX-License-Identifier: MIT */
/* The feed of changes, as change streams tell it: by whichever process, in the order of commits. A
 * cursor is a stream's resume token. Those who keep up are answered from the tailer's ring, others
 * by a stream that is opened for the answer alone. */
#include "feed.h"

#include "../clock.h"
#include "../random.h"

#include <string.h>

enum {
    CODE_FAILED_TO_PARSE = 9,
    CODE_TYPE_MISMATCH = 14,
    CODE_INVALID_RESUME_TOKEN = 260,
    CODE_STREAM_FATAL = 280,
    CODE_HISTORY_LOST = 286,
    CODE_NO_STREAMS = 40573,
    CODE_TOKEN_MALFORMED = 40647, /* … to 40649: no _data, or of another type */
    CODE_KEY_MALFORMED = 50811,   /* its bytes cannot be decoded */
    EMPTY_BATCHES = 32,
};

/* -- the database's id ------------------------------------------------------------------------- */

static bool take_id(struct mongo_store *store, const bson_t *document)
{
    bson_iter_t iter;
    uint32_t len;
    const char *id;

    if (!bson_iter_init_find(&iter, document, "id") || !BSON_ITER_HOLDS_UTF8(&iter))
        return false;
    id = bson_iter_utf8(&iter, &len);
    if (len != STORE_ID_SIZE - 1 || strspn(id, "0123456789abcdef") != len)
        return false;
    memcpy(store->id, id, STORE_ID_SIZE);
    return true;
}

/* False without an error: there is none yet. */
static bool find_id(struct mongo_store *store, mongoc_collection_t *collection, struct error *err)
{
    bson_t *query = BCON_NEW("_id", "store");
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, query, NULL, NULL);
    const bson_t *document, *reply;
    bson_error_t error;
    bool found = false;

    err->kind = ERROR_NONE;
    if (mongoc_cursor_next(cursor, &document)) {
        found =
            take_id(store, document) ||
            fail(err, ERROR_INTERNAL, "%s: decant_store holds an id that is none", store->address);
    } else if (mongoc_cursor_error_document(cursor, &error, &reply)) {
        client_fail(store, &error, reply, err);
    }
    mongoc_cursor_destroy(cursor);
    bson_destroy(query);
    return found;
}

/* An upsert, so that two processes that begin agree; which of them won is read then. */
static bool make_id(struct mongo_store *store, mongoc_collection_t *collection, struct error *err)
{
    bson_t *query = BCON_NEW("_id", "store"), *change, reply;
    char id[STORE_ID_SIZE];
    bson_error_t error;
    bool ok;

    random_hex(id, (STORE_ID_SIZE - 1) / 2);
    change = BCON_NEW("$setOnInsert", "{", "id", id, "}");
    bson_t *options = BCON_NEW("upsert", BCON_BOOL(true));
    ok = mongoc_collection_update_one(collection, query, change, options, &reply, &error) ||
         error.code == CODE_DUPLICATE || client_fail(store, &error, &reply, err);
    bson_destroy(&reply);
    bson_destroy(options);
    bson_destroy(change);
    bson_destroy(query);
    return ok;
}

bool changes_identify(struct mongo_store *store, mongoc_client_t *client, struct error *err)
{
    mongoc_collection_t *collection =
        mongoc_client_get_collection(client, store->database, "decant_store");
    bool found = find_id(store, collection, err);

    if (!found && err->kind == ERROR_NONE) {
        /* Who only reads goes by an id that no writer makes. */
        memset(store->id, '0', STORE_ID_SIZE - 1);
        found = store->options.read_only ||
                (make_id(store, collection, err) && find_id(store, collection, err)) ||
                (err->kind == ERROR_NONE &&
                 fail(err, ERROR_INTERNAL, "%s: the store's id is not kept", store->address));
    }
    mongoc_collection_destroy(collection);
    return found;
}

/* -- what the server says ---------------------------------------------------------------------- */

struct table *feed_table(const struct mongo_store *store, const char *name)
{
    for (size_t i = 0; name && i < store->table_count; i++)
        if (strcmp(store->tables[i].collection->name, name) == 0)
            return &store->tables[i];
    return NULL;
}

bool feed_is_over(const bson_error_t *error)
{
    return error->code == CODE_STREAM_FATAL || error->code == CODE_HISTORY_LOST;
}

static bool is_no_token(const bson_error_t *error)
{
    return error->code == CODE_FAILED_TO_PARSE || error->code == CODE_TYPE_MISMATCH ||
           error->code == CODE_INVALID_RESUME_TOKEN || error->code == CODE_KEY_MALFORMED ||
           (error->code >= CODE_TOKEN_MALFORMED && error->code <= CODE_TOKEN_MALFORMED + 2);
}

bool feed_is_old(uint32_t seconds)
{
    int64_t age = clock_now_ms() / 1000 - (int64_t)seconds;

    return age >= CURSOR_FRESH_S || age <= -CURSOR_FRESH_S;
}

/* -- a stream for one answer ------------------------------------------------------------------- */

struct answer {
    struct watch watch;
    struct mongo_store *store;
    const struct cursor *after; /* NULL: of now */
    size_t limit;
    size_t room; /* items that out has room for */
    bool broken; /* a collection was dropped or renamed, or there is a change without a place */
    struct store_changes *out;
    bson_error_t error;
};

static bool put_cursor(const struct answer *answer, const struct cursor *place, struct error *err)
{
    struct store_changes *out = answer->out;
    const char *text = cursor_write(answer->store->id, place, out->arena, err);

    if (!text)
        return false;
    memcpy(out->cursor, text, strlen(text) + 1);
    return true;
}

/* A place holds the document's _id, which may be longer than a cursor: nobody can go on behind such
 * a change. */
static void add_item(struct answer *answer, const struct table *table, const struct event *event)
{
    struct cursor place = {.token = event->token, .seconds = event->seconds};
    struct store_changes *out = answer->out;
    struct store_change *change;
    struct error ignored;
    const char *text = cursor_write(answer->store->id, &place, out->arena, &ignored);

    if (!text) {
        answer->broken = true;
        return;
    }
    out->items = arena_grow(out->arena, out->items, out->count, &answer->room, sizeof(*out->items));
    change = &out->items[out->count++];
    *change = (struct store_change){.collection = table->collection,
                                    .id = ring_id(&event->key, out->arena),
                                    .deleted = event->kind == EVENT_DELETED,
                                    .cursor = text};
    memcpy(out->cursor, text, strlen(text) + 1);
}

static bool is_followed(const struct mongo_store *store, const char *name)
{
    const struct table *table = feed_table(store, name);

    return table && table->collection->followed;
}

/* A break: whether it is one of the feed. */
static bool breaks(const struct mongo_store *store, const struct event *event)
{
    return !event->collection || is_followed(store, event->collection) ||
           is_followed(store, event->target);
}

/* Whether there were any. */
static bool take_events(struct answer *answer)
{
    struct event event;
    bool any = false;

    while (answer->out->count < answer->limit && !answer->broken &&
           watch_next(&answer->watch, &event)) {
        const struct table *table = feed_table(answer->store, event.collection);

        any = true;
        if (event.kind == EVENT_BREAK)
            answer->broken = breaks(answer->store, &event);
        else if (table && table->collection->followed && !foreign_is_unseen(table, &event))
            add_item(answer, table, &event);
    }
    return any;
}

/* The place the stream has come to, kept beside its replies. */
struct reached {
    uint8_t bytes[STORE_CURSOR_SIZE];
    uint32_t len;
};

/* False: it is where it was, or nobody can tell. */
static bool has_moved(struct answer *answer, struct reached *reached)
{
    uint32_t len = reached->len;
    bson_t token;

    if (!watch_token(&answer->watch, &token) || token.len > sizeof(reached->bytes) ||
        (len == token.len && memcmp(reached->bytes, bson_get_data(&token), len) == 0))
        return false;
    reached->len = token.len;
    memcpy(reached->bytes, bson_get_data(&token), token.len);
    return true;
}

/* Read until there is no more now, or enough. A batch without events is the end; but a server may
 * answer so when it has only looked at a part of what others did, and then its token has moved. */
static bool read_on(struct answer *answer)
{
    int most = answer->limit < FEED_BATCH ? (int)answer->limit : FEED_BATCH;
    struct reached reached = {0};

    has_moved(answer, &reached);
    for (int empty = 0; answer->out->count < answer->limit && !answer->broken;) {
        bool any;

        if (!watch_more(&answer->watch, most, 1, &answer->error))
            return false;
        any = take_events(answer);
        if (!has_moved(answer, &reached) && !any)
            break;
        if (!any && ++empty == EMPTY_BATCHES)
            break;
    }
    return true;
}

/* The place of an answer without changes. */
static bool put_quiet(struct answer *answer, const char *after, struct error *err)
{
    struct cursor place = {.seconds = (uint32_t)(clock_now_ms() / 1000)};

    if ((answer->after && !feed_is_old(answer->after->seconds)) ||
        !watch_token(&answer->watch, &place.token)) {
        if (!after)
            return fail(err, ERROR_INTERNAL, "the server tells no place of its change stream");
        memcpy(answer->out->cursor, after, strlen(after) + 1);
        return true;
    }
    return put_cursor(answer, &place, err);
}

static bool answer_fail(struct answer *answer, struct error *err)
{
    const bson_error_t *error = &answer->error;

    if (answer->after && feed_is_over(error))
        return fail(err, ERROR_GONE, "the changes behind this cursor are not kept");
    if (answer->after && is_no_token(error))
        return fail(err, ERROR_INVALID, "this is no cursor of the changes");
    if (error->code == CODE_NO_STREAMS)
        return fail(err, ERROR_INTERNAL, "%s tells of no changes: it is no replica set",
                    answer->store->address);
    return client_fail(answer->store, error, &answer->watch.reply, err);
}

static bool answer_on(struct answer *answer, const char *after, struct error *err)
{
    const struct watch_from from = {.client = answer->watch.client,
                                    .database = answer->store->database,
                                    .after = answer->after ? &answer->after->token : NULL};

    if (!watch_open(&answer->watch, &from, &answer->error) || (answer->after && !read_on(answer)))
        return answer_fail(answer, err);
    client_answered(answer->store);
    if (answer->out->count)
        return true;
    if (answer->broken)
        return fail(
            err, ERROR_GONE,
            "behind this cursor a collection was dropped or renamed, or a document's _id is "
            "too long to be gone on behind");
    return put_quiet(answer, after, err);
}

static bool ask(struct answer *answer, const char *after, struct error *err)
{
    mongoc_client_t *client = client_pop(answer->store, err);
    bool ok;

    if (!client)
        return false;
    answer->watch.client = client;
    ok = answer_on(answer, after, err);
    watch_close(&answer->watch, answer->error.domain == MONGOC_ERROR_STREAM);
    client_push(answer->store, client);
    return ok;
}

bool mongo_changes(struct store *base, const char *after, size_t limit, struct store_changes *out,
                   struct error *err)
{
    struct mongo_store *store = mongo_of(base);
    struct cursor place;
    struct answer answer = {.store = store, .limit = limit, .out = out};

    out->items = NULL;
    out->count = 0;
    if (after) {
        if (!cursor_read(after, store->id, out->arena, &place, err))
            return false;
        if (store->tailer &&
            tailer_read(store->tailer, after, limit, feed_is_old(place.seconds), out))
            return true;
        answer.after = &place;
    }
    return ask(&answer, after, err);
}
