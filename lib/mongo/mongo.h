/* SPDX-License-Identifier: MIT */
/* What the files of the MongoDB adapter share; private to lib/mongo/, each of which is named at its
 * declarations below.
 *
 * A document is stored as it is, followed by what the store keeps of it: `_etag` (40 hex digits),
 * `_created` and `_updated` (dates), as Eve keeps them, and where the collection asks for it
 * `_words` (the words of its searched texts, analysed, with "" between two fields) and `_live`
 * (true, unless it counts as deleted). Documents that others put there have none of it: their etag
 * is the sha1 of their BSON, their times are the epoch, and `_words` and `_live` are added at
 * start, or when the change stream tells of them (keeper.h). Bare collections have none of it ever.
 *
 * Changes are collected while a work runs, and sent at its end (turn.c): one alone needs no
 * transaction, several go as ordered bulk writes in one. */
#ifndef DECANT_MONGO_H
#define DECANT_MONGO_H

#include "../store_adapter.h"

#include "../arena.h"
#include "../buf.h"
#include "../record.h"

#include <mongoc/mongoc.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    MAX_SEARCHED = 8,
    MAX_COLLECTIONS = 256,
    DEFAULT_POOL = 16,
    DEFAULT_TIMEOUT_MS = 2000,
    DEFAULT_QUEUE = 4096,
    ETAG_SIZE = 41,
    STORE_ID_SIZE = 17,
    RANKED_HITS = 10000,
    CODE_DUPLICATE = 11000,
    CODE_NO_TRANSACTION = 251,
    COMMANDS = 7,
};

/* A prepared collection. */
struct table {
    const struct collection *collection;
    const char *expires; /* path, or NULL */
    const char *deleted; /* path, or NULL */
    const char *searched[MAX_SEARCHED];
    size_t searched_count;
    _Atomic uint64_t version;
};

struct mongo_store {
    struct store store; /* first */
    struct store_options options;
    mongoc_uri_t *uri;
    mongoc_client_pool_t *pool;
    char *database;
    char *address;          /* for messages, without the password */
    bool transactions;      /* the server can */
    char id[STORE_ID_SIZE]; /* of the database: cursors carry it */
    struct table *tables;
    size_t table_count;

    struct breaker {
        _Atomic int failures;      /* in a row, of the server not being reached */
        _Atomic int64_t closed_us; /* until when nobody but one probe asks; 0: open */
    } breaker;
    struct measures {
        struct metric *commands[COMMANDS]; /* times, by the command's name */
        struct metric *failed, *refused, *used, *up;
    } measures; /* observe.c; all NULL without metrics */

    struct elsewhere *elsewhere; /* elsewhere.h; NULL: reads are the primary's too */

    struct memo *remembered; /* frequency.c */

    struct works *works;   /* works.c */
    struct tailer *tailer; /* tailer.c; NULL where the server has no change streams */
    struct keeper *keeper; /* keeper.h; NULL until collections are prepared */
};

static inline struct mongo_store *mongo_of(const struct store *store)
{
    return (struct mongo_store *)store;
}

/* open.c */
/* NULL: not prepared. */
struct table *table_of(const struct store *store, const struct collection *collection);

/* observe.c */
/* Before the pool's first use: timings of commands, and whether there is a server, into the
 * metrics. */
void client_observe(struct mongo_store *store);
/* Once a process: what libmongoc says goes into the log. */
void observe_log(void);

/* client.c: connections, and what goes wrong with them */
/* A client that is this thread's until it is pushed back; NULL with ERROR_BUSY at once while the
 * server is not to be reached, or when none is free in time. */
mongoc_client_t *client_pop(struct mongo_store *store, struct error *err);
void client_push(struct mongo_store *store, mongoc_client_t *client);
/* Fill err from a failed command: ERROR_BUSY with a Retry-After where the server could not be
 * reached or did not answer in time, ERROR_TOO_LARGE for documents over its limit, ERROR_INTERNAL
 * else. Tells the breaker, and the turn under way on this thread (turn_note()). reply may be NULL.
 * Returns false. */
bool client_fail(struct mongo_store *store, const bson_error_t *error, const bson_t *reply,
                 struct error *err);
/* A command was answered. */
void client_answered(struct mongo_store *store);
/* The same for commands to other servers than the primary, with a breaker of theirs. */
mongoc_client_t *client_pop_by(struct mongo_store *store, struct breaker *breaker,
                               struct error *err);
bool client_fail_by(struct mongo_store *store, struct breaker *breaker, const bson_error_t *error,
                    const bson_t *reply, struct error *err);
void client_answered_by(struct mongo_store *store, struct breaker *breaker);
/* ERROR_BUSY with a Retry-After of a second. Returns false. */
bool client_busy(struct error *err, const char *why);

/* stored.c: documents as they are stored */
struct stored {
    struct bson_bytes bson; /* the document alone */
    char etag[ETAG_SIZE];
    bool marked; /* it has an `_etag` of the store's */
    int64_t created_ms, updated_ms;
};
/* What stands in a stored document; its bson lives in arena (or is that of `raw` itself). */
bool stored_read(const struct table *table, const bson_t *raw, struct arena *arena,
                 struct stored *out, struct error *err);
/* The document's _id, borrowed. */
bson_value_t stored_id(const struct bson_bytes *document);
/* Append what is to be stored of a document that was settled. out is initialised. */
void stored_write(const struct table *table, const struct stored *stored, bson_t *out);
/* The same as a struct document for callers: text where one is asked for and kept. Its bson is that
 * of `stored`, or with _tell() a copy in out->arena. */
void stored_show(const struct table *table, const struct stored *stored, struct document *out);
void stored_tell(const struct table *table, const struct stored *stored, struct document *out);
/* Append the members `_words` and `_live` alone, for documents that lack them. */
void stored_hidden(const struct table *table, const struct bson_bytes *document, bson_t *out);
/* Whether the field that tells of deleted documents is true. */
bool stored_is_deleted(const struct table *table, const struct bson_bytes *document);
/* Whether it has expired by the store's clock. */
bool stored_is_expired(const struct table *table, const struct bson_bytes *document);

/* query.c: what a filter is in MongoDB's words */
struct scope {
    const struct filter *where; /* NULL: all */
    bool deleted_too;
    bool expired_too;
};
/* Append the members of a query document to out, which is initialised. Exact by MongoDB's
 * documentation. */
void query_write(const struct table *table, const struct scope *scope, bson_t *out);
/* Append {path: 1 or -1, …, _id: …}. */
void query_order(const struct query *query, bson_t *out);
/* The filter alone; out is initialised. */
void query_filter(const struct filter *filter, bson_t *out);

/* reading.c, read.c, page.c, estimate.c, search.c */
/* A stretch of reading, on the turn's client and in its transaction inside a work, else on a client
 * of its own. */
struct reading {
    struct mongo_store *store;
    struct table *table;
    mongoc_client_t *client;
    mongoc_collection_t *collection;
    mongoc_client_session_t *session; /* NULL: none */
    struct breaker *breaker;          /* of the servers that are asked */
    bool borrowed;                    /* client and session are the turn's */
    bson_t options;                   /* {sessionId} or nothing; to begin other options with */
};
/* Inside a work what it has collected for this collection is sent first, so that the server answers
 * with it. */
bool reading_begin(struct store *store, const struct collection *collection, struct reading *out,
                   struct error *err);
/* The same without sending, for what the turn knows nothing of (turn_known()). */
bool reading_begin_unsent(struct store *store, const struct collection *collection,
                          struct reading *out, struct error *err);
void reading_end(struct reading *reading);
/* The first raw document of a query. False with ERROR_NOT_FOUND. raw is initialised on success. */
bool read_one(struct reading *reading, const bson_t *query, bson_t *raw, struct error *err);
/* The query for a key; false with ERROR_NOT_FOUND: no document can have it. query is initialised
 * in any case. Expired documents are left out, deleted ones as struct key says. */
bool read_key(const struct table *table, const struct key *key, bson_t *query, struct error *err);

bool mongo_get(struct store *store, const struct collection *collection, struct key key,
               struct document *out, struct error *err);
bool mongo_find(struct store *store, const struct collection *collection, const struct query *query,
                struct documents *out, struct error *err);
bool mongo_count(struct store *store, const struct collection *collection,
                 const struct filter *where, int64_t *out, struct error *err);
bool mongo_estimate(struct store *store, const struct collection *collection,
                    const struct filter *where, struct estimate *out, struct error *err);
bool mongo_each(struct store *store, const struct collection *collection,
                bool (*visit)(void *context, const struct document *document), void *context,
                struct error *err);
/* search.c: query->text is set */
bool search_find(struct reading *reading, const struct query *query, struct documents *out,
                 struct error *err);

/* frequency.c: what searches remember */
void frequency_open(struct mongo_store *store);
void frequency_close(struct mongo_store *store);

/* index.c, keys.c, hidden.c */
/* Collections, indexes, TTL, and what documents of others lack. A unique field over existing
 * duplicates is ERROR_CONFLICT and names some of them. A store that is only read must have all of
 * it. */
bool index_prepare(struct mongo_store *store, mongoc_client_t *client, struct error *err);
/* Declared unique fields, for what asks whether their values are taken. */
bool index_is_unique(const struct store_field *field);

/* turn.c: the work that runs on this thread */
struct turn;
/* NULL outside of works. */
struct turn *turn_here(void);
/* A command of the turn failed: whether to run the work again, and how, depends on it. */
void turn_note(const bson_error_t *error, const bson_t *reply);
/* The client of the turn, and its session where a transaction has begun (else NULL). False with
 * err: the turn is spoilt. Sends first what was collected if `table` has any of it; NULL: does not.
 */
bool turn_borrow(struct turn *turn, const struct table *table, mongoc_client_t **client,
                 mongoc_client_session_t **session, struct error *err);
enum turn_end { TURN_COMMITTED, TURN_FAILED, TURN_PARKED };
/* Run a work on this thread to its end: its reruns, transaction and commit. TURN_FAILED with
 * ERROR_NONE: the work answered false. TURN_PARKED: nothing was changed, and it is another thread's
 * already, or will be. */
enum turn_end turn_run(struct mongo_store *store, struct store_work *work, struct error *err);

/* known.c */
/* The document with this _id as the turn has left it: 1 found (out lives in the turn's arena), 0
 * removed by the turn, -1 the turn knows nothing of it. */
int turn_known(struct turn *turn, const struct table *table, const bson_value_t *id,
               struct stored *out);
/* A document was read inside the turn: a change of it is made only if it is still so. Copies. */
void turn_saw(struct turn *turn, const struct table *table, const bson_t *raw);

/* change.c */
bool mongo_insert(struct store *store, const struct collection *collection, const bson_t *document,
                  struct document *after, struct error *err);
bool mongo_replace(struct store *store, const struct collection *collection, struct key key,
                   const struct replacement *replacement, struct error *err);
bool mongo_update(struct store *store, const struct collection *collection, struct key key,
                  const struct update *update, struct error *err);
bool mongo_delete(struct store *store, const struct collection *collection, struct key key,
                  const char *if_etag, struct error *err);
bool mongo_delete_where(struct store *store, const struct collection *collection,
                        const struct filter *where, int64_t *deleted, struct error *err);
bool mongo_transact(struct store *store,
                    bool (*change)(void *context, struct store *store, struct error *err),
                    void *context, struct error *err);

/* works.c: the queue, and the threads that run works */
bool works_open(struct mongo_store *store, struct error *err);
void works_close(struct mongo_store *store);
size_t mongo_submit(struct store *store, struct store_work *first, struct error *err);
bool mongo_withdraw(struct store *store, struct store_work *work);

/* changes.c: the feed, from change streams */
bool mongo_changes(struct store *store, const char *after, size_t limit, struct store_changes *out,
                   struct error *err);
/* Find or make the database's id. */
bool changes_identify(struct mongo_store *store, mongoc_client_t *client, struct error *err);

/* tailer.c: one change stream of the database, that tells which collections others have changed */
bool tailer_open(struct mongo_store *store, struct error *err);
void tailer_close(struct mongo_store *store);
/* This process has committed changes. */
void tailer_committed(struct mongo_store *store);
/* The number of store_version(); without a tailer it grows every 50 ms. */
uint64_t mongo_version(const struct store *store, const struct collection *collection);

#endif
