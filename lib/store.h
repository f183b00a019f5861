/* SPDX-License-Identifier: MIT */
/* Documents in declared collections, the same way on every store. A document is BSON with an `_id`.
 *
 * Threads. A store is shared by all threads. Reading is allowed on any thread (each gets a
 * connection of its own on first use). Changing is allowed only inside a work that the store runs:
 * a WRITES step of a call, or store_write(); the embedded store has one writer thread on which all
 * queued works share a transaction, and they are told so after the commit.
 *
 * A work may be run more than once (a batch that was rolled back is run again one by one), so it
 * acts through the store alone. Where the store refuses (unique, stale etag), the change did not
 * happen and the work may go on. After an internal error the work's changes are dropped whatever it
 * returns. A remote store sends changes when the work has ended, and runs it again, asking before
 * each change, if it then turns out that a value is taken: a work that fails for a reason of its
 * own may never learn of that.
 *
 * Texts and bytes given to the store are borrowed for the call; what comes back lives in the arena
 * named in the result. */
#ifndef DECANT_STORE_H
#define DECANT_STORE_H

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "filter.h"
#include "metrics.h"

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* -- declarations ------------------------------------------------------------------------------ */

enum value_type {
    TYPE_ANY,
    TYPE_BOOL,
    TYPE_INT,    /* int32 or int64 */
    TYPE_NUMBER, /* any number */
    TYPE_TEXT,
    TYPE_DATE,
    TYPE_OBJECT_ID,
    TYPE_LIST, /* of scalars */
};

enum store_field_flags {
    STORE_REQUIRED = 1, /* a document without it (or with null) is refused, ERROR_REFUSED */
    STORE_UNIQUE = 2,   /* indexed. Null and missing never clash, and a list clashes by each of its
                         * elements that is neither null nor a list: ["x"] with "x" and ["x", "y"]
                         * of another document. (Where it has such elements, null and lists among
                         * them clash with those in other such lists too.) Numbers are equal by
                         * value, objects with the order of their members */
    STORE_INDEXED = 4,
    STORE_SEARCHED = 8, /* a text whose words `query.text` finds */
    STORE_EXPIRES = 16, /* a date after which the document is invisible and soon deleted */
    STORE_DELETED = 32, /* a boolean (TYPE_BOOL) that is true of a document which counts as deleted:
                         * it clashes with no other, and lists and totals leave it out unless asked
                         * for. At most one of a collection. A unique field is then indexed among
                         * the others only, unless it is STORE_INDEXED too */
};

struct store_field {
    const char *path; /* dotted */
    enum value_type type;
    unsigned flags;
};

/* Several fields, in this order; a sort by (paths…, _id) in one direction is served by it. */
struct store_index {
    const char *paths[4]; /* NULL after the last */
};

struct document;

/* A text that is kept beside each document of a collection: what replies are made of, so that a
 * list is assembled, not serialised. */
struct store_text {
    /* A hash of all that shapes the text; never 0. Of rows that carry another one (declarations
     * changed, or a process without them wrote) the text is made when read, and in the background
     * for good. */
    uint64_t shape;
    /* Append the text of a document. All of the document is set but text. Called on the writer
     * with each change and by readers; depends on nothing else; thread-safe. */
    void (*write)(const void *context, const struct document *document, struct buf *out);
    const void *context;
};

struct collection {
    const char *name;
    enum value_type
        id_type; /* TYPE_OBJECT_ID (made when a document has no _id), TYPE_TEXT or TYPE_INT */
    const struct store_field *fields;
    size_t field_count;
    const struct store_index *indexes;
    size_t index_count;
    const struct store_text *text; /* NULL: none is kept */
    bool followed;                 /* store_changes() tells of its changes */
    bool bare; /* its documents may have members by the names that stores take for themselves, such
                * as copies of other documents. What struct document says of etag and times then
                * means nothing on MongoDB */
};

/* -- opening ----------------------------------------------------------------------------------- */

struct store_options {
    bool sync_full;       /* embedded: what was answered survives a power cut (else a crash only) */
    int budget;           /* embedded: work (thousands of SQLite steps) a read on a loop may take */
    int cache_kib;        /* embedded: the writer's page cache; 0 for the usual 4 MiB */
    int queue;            /* works that may wait; more are ERROR_BUSY */
    bool read_only;       /* open for reading; every change is ERROR_INTERNAL */
    int64_t changes_kept; /* newest changes that store_changes() can tell of; 0 for 1,000,000 */
    int slow_ms;          /* embedded: tell of queries that took this long; 0: none */
    /* How the store went about a slow query: its plan as SQLite explains it, lines separated by
     * "; ". Any thread. */
    void (*on_slow)(const struct collection *collection, const char *plan, int64_t took_us);
    struct metrics *metrics; /* NULL: none */
    /* Of a remote store. */
    const char *database; /* its name there, whatever the address says; NULL: as the address says,
                           * "decant" where it says nothing */
    int pool;             /* connections for reads and works; 0 for 16 */
    int timeout_ms;       /* what one answer of the server may take; 0 for 2,000 */
    int wait_s;           /* store_open() waits so long for the server to be there, telling of it in
                           * the log; 0: not at all */
    const char *needs_set; /* what changes several documents as one or follows changes, for the
                            * message by which store_open() refuses a server that cannot, as it is
                            * no replica set. NULL: it is taken, each change is made when it is
                            * asked for, and what a work that fails has changed stays */
};

/* `sqlite:PATH` (made where missing), `sqlite::memory:` (a private directory that goes at close),
 * or `mongodb://…` and `mongodb+srv://…`, MongoDB's own addresses, with several hosts, TLS, users,
 * concerns and preferences (https://www.mongodb.com/docs/manual/reference/connection-string/).
 * ERROR_INTERNAL is one clear sentence: not a database, corrupt, read-only, newer layout, no server
 * there, refused by it. */
struct store *store_open(const char *address, const struct store_options *options,
                         struct error *err);

/* Finish queued works, stop threads, close. The calling threads have no reads open. */
void store_close(struct store *store);

/* Make the collections, columns and indexes that are missing. Once, before anything else; the
 * declarations must outlive the store. A unique field over existing duplicates is ERROR_CONFLICT
 * and names some of them. */
bool store_prepare(struct store *store, const struct collection *const *collections, size_t count,
                   struct error *err);

/* Whether short reads may run on a loop (true for an embedded store). */
bool store_is_embedded(const struct store *store);

/* Whether the store answers and can be written to. Blocks shortly. */
bool store_ping(struct store *store, struct error *err);

/* A number that grows whenever the collection changed: at once for this process's commits, within
 * 50 ms for those of others. Where this thread has a snapshot open, the number is of a time before
 * that snapshot: what is read now is at least as new. For caches. Does not touch the disk. */
uint64_t store_version(const struct store *store, const struct collection *collection);

/* -- reading ----------------------------------------------------------------------------------- */

struct document {
    struct arena *arena; /* in */
    bool as_text;        /* in: fill text instead of bson, where the collection keeps texts; else
                          * it means nothing */
    const uint8_t *bson;
    size_t len;
    const char *text; /* NULL unless asked for */
    size_t text_len;
    bool deleted;  /* by its field with STORE_DELETED */
    char etag[41]; /* lower-case hex */
    int64_t created_ms;
    int64_t updated_ms;
    double rank; /* of a text search: greater is better; else 0 */
};

/* One document's address: by _id (field NULL) or by a unique field. */
struct key {
    const char *field;
    bson_value_t value;
};
struct key key_text(const char *id);
struct key key_unique(const char *field, bson_value_t value);

/* ERROR_NOT_FOUND if there is none (message: "no such NAME" with the collection's name). By _id a
 * document that counts as deleted is found too: document.deleted tells. By a unique field it is
 * not, as another may have the value now. The same goes for the keys of changes. */
bool store_get(struct store *store, const struct collection *collection, struct key key,
               struct document *out, struct error *err);

struct sort {
    const char *path; /* "_id", "_created" and "_updated" too */
    bool descending;
};

struct query {
    const struct filter *where; /* NULL: all */
    const char *text;        /* words a person typed, NULL: no text search. All words must be there,
                              * "a phrase" as a phrase, -word must not. Orders by rank (bm25 over
                              * the newest 10,000 hits) when sort_count is 0 */
    const struct sort *sort; /* tie-break: _id in the direction of the last key. A path that comes
                              * again decides nothing */
    size_t sort_count;       /* 0: by _id */
    int64_t skip;
    int64_t limit;     /* at most this many documents; 0 none (for totals) */
    bool count;        /* fill total */
    bool deleted_too;  /* those that count as deleted as well */
    bool keyset;       /* fill documents.after; at most one sort key, of a declared scalar field or
                        * a meta field, else ERROR_INVALID */
    const char *after; /* such an `after`: only what comes behind that document. ERROR_INVALID if it
                        * is none or was made by a query with another sort or filter, and with a
                        * skip as well */
};

struct documents {
    struct arena *arena; /* in */
    bool as_text;        /* in: of each document */
    struct document *items;
    size_t count;
    int64_t total;     /* with query.count: all that are meant */
    bool rank_bounded; /* more hits than were ranked */
    const char *after; /* with query.keyset: how to go on behind the last one, [A-Za-z0-9_-]; NULL
                        * if fewer documents than limit were left. ERROR_INVALID where its sort key
                        * and _id take more than some 1,500 bytes */
};

bool store_find(struct store *store, const struct collection *collection, const struct query *query,
                struct documents *out, struct error *err);

/* Those that count as deleted are left out. */
bool store_count(struct store *store, const struct collection *collection,
                 const struct filter *where, int64_t *out, struct error *err);

struct estimate {
    int64_t documents;
    bool exact;
};
/* About how many documents are meant, at a bounded cost: exact up to some 10,000 documents in the
 * collection, else a sample of 1,000 decides. Those that count as deleted are left out. */
bool store_estimate(struct store *store, const struct collection *collection,
                    const struct filter *where, struct estimate *out, struct error *err);

/* Visit every document that does not count as deleted, in _id order, without holding a snapshot
 * between chunks; visit returns false to stop. Bounded memory. Worker threads only. */
bool store_each(struct store *store, const struct collection *collection,
                bool (*visit)(void *context, const struct document *document), void *context,
                struct error *err);

/* The platform's brackets around a step that reads on a loop. Between them one snapshot is seen,
 * and work is counted: store_reads_end() answers true if the budget was passed, and then whatever
 * the step made must be dropped and the step run again on a pool, where there are no brackets and
 * no budget. The snapshot may be shared with later brackets on this thread until
 * store_snapshot_end(). */
void store_reads_begin(struct store *store);
bool store_reads_end(struct store *store);
/* Let go of this thread's snapshot: before a loop sleeps, and before it tells anyone of a commit.
 */
void store_snapshot_end(struct store *store);
/* Close this thread's connection. A thread that read calls it before it ends. */
void store_thread_end(struct store *store);

/* -- following ----------------------------------------------------------------------------------
 */

enum { STORE_CURSOR_SIZE = 2048 }; /* with the NUL; those of the embedded store are short */

/* A document was put (inserted or changed) or deleted. What it is now has to be read: changes may
 * coalesce, and a document may be gone again. A document that counts as deleted is one that was
 * put. */
struct store_change {
    const struct collection *collection;
    bson_value_t id;
    bool deleted;
    const char *cursor; /* to go on behind it; in the arena */
};

struct store_changes {
    struct arena *arena; /* in */
    struct store_change *items;
    size_t count;
    char cursor[STORE_CURSOR_SIZE]; /* behind the last item; of now where there was none */
};

/* The next changes, at most so many, of the prepared collections that are followed, in the order of
 * their commits, behind a cursor; with after NULL none, but the cursor of now: take one, copy
 * everything, follow. A cursor is [A-Za-z0-9_.-]. ERROR_INVALID: it is none; ERROR_GONE: it is too
 * old, or of another store. */
bool store_changes(struct store *store, const char *after, size_t limit, struct store_changes *out,
                   struct error *err);

/* -- changing (inside a work only) --------------------------------------------------------------
 */

/* Whether a member of this name at a document's top is the store's own and refused: `_etag`,
 * `_created`, `_updated`, `_words` and `_live`. */
bool store_owns_member(const char *name);

/* The store's own members are refused.
 *
 * ERROR_CONFLICT: the _id is taken. ERROR_REFUSED: a unique field is taken or a required one is
 * missing, the message names the fields. after: NULL, or filled with the document as it is now. */
bool store_insert(struct store *store, const struct collection *collection, const bson_t *document,
                  struct document *after, struct error *err);

struct replacement {
    const bson_t *document;
    const char *if_etag;    /* NULL: whatever it is; else ERROR_STALE unless it is the stored one */
    bool upsert;            /* insert where missing, else ERROR_NOT_FOUND */
    struct document *after; /* NULL, or filled with the document as it is now */
};
/* The whole document; the stored _id stays as it is: the document has none, or an equal one. */
bool store_replace(struct store *store, const struct collection *collection, struct key key,
                   const struct replacement *replacement, struct error *err);

enum change_kind {
    CHANGE_SET, /* dotted paths make objects on the way */
    CHANGE_UNSET,
    CHANGE_ADD,        /* a number to a number; missing counts as 0; others ERROR_REFUSED */
    CHANGE_ADD_TO_SET, /* to a list, unless it is there (1 equals 1.0) */
    CHANGE_PUSH,
    CHANGE_PULL, /* every equal element */
};

struct change {
    enum change_kind kind;
    const char *path;
    bson_value_t value;
};

struct update {
    const struct change *changes;
    size_t count;
    const char *if_etag;
    bool upsert;            /* a missing document starts as {_id} (or {field} of the key) */
    struct document *after; /* NULL, or filled with the document as it is now */
};
bool store_update(struct store *store, const struct collection *collection, struct key key,
                  const struct update *update, struct error *err);

/* ERROR_NOT_FOUND, ERROR_STALE as above. */
bool store_delete(struct store *store, const struct collection *collection, struct key key,
                  const char *if_etag, struct error *err);

/* All that are meant, those that count as deleted as well. */
bool store_delete_where(struct store *store, const struct collection *collection,
                        const struct filter *where, int64_t *deleted, struct error *err);

/* -- works --------------------------------------------------------------------------------------
 */

/* A change that waits its turn; embedded in whatever it belongs to. */
struct store_work {
    /* Act; false drops what was changed. May be called again. On the writer thread (embedded). */
    bool (*run)(struct store_work *work, struct store *store);
    /* Called exactly once, after the commit or when it failed (committed false, and err tells; a
     * run that returned false also gives committed false, with err->kind ERROR_NONE). On a thread
     * of the store's; must be quick. */
    void (*done)(struct store_work *work, bool committed, const struct error *err);
    struct store_work *next;
    /* The store's own. */
    int64_t queued_us;
    int state;
    int waits;                      /* for documents that another work changes, so far */
    struct claim *claims, *awaited; /* of documents that it changes, or is to change */
};

/* ERROR_BUSY with a Retry-After if the queue is full. */
bool store_submit(struct store *store, struct store_work *work, struct error *err);
/* The same for several, chained by .next: the writer sees them at once, which makes one batch of
 * them. Returns how many were taken, the first ones; err tells why the next was not. */
size_t store_submit_all(struct store *store, struct store_work *first, struct error *err);
/* Take a work back that has not begun; done is not called then. False: it has begun. On a remote
 * store one that met another at a document, and waits until that one has ended to be run from the
 * start, has not begun: nothing that it did will be seen. It has no time limit but what the others
 * take, so it is for whoever waits for it to take it back. */
bool store_withdraw(struct store *store, struct store_work *work);

/* The same for programs that may wait: runs change(context) as a work and returns after the commit.
 * change returns false with err filled to have nothing changed. */
bool store_write(struct store *store,
                 bool (*change)(void *context, struct store *store, struct error *err),
                 void *context, struct error *err);

/* Inside a work: several changes as one; false from change undoes just them. */
bool store_transact(struct store *store,
                    bool (*change)(void *context, struct store *store, struct error *err),
                    void *context, struct error *err);

#endif
