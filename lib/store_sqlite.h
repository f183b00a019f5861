/* SPDX-License-Identifier: MIT */
/* What the files of the SQLite adapter share; private to lib/store_sqlite*.c, each of which is
 * named at its declarations below.
 *
 * The file: `decant_tables` and `decant_columns` say which collection is which table tN and which
 * field (path and type) which column cN. A row is _id, etag, created, updated, odd, bson and the
 * columns. A column holds its field's value if that is of the declared type; it is NULL when the
 * field is missing, null, or something else: then also bit N of `odd` is set.
 *
 * Layout 2 says in `decant_tables` as well whether rows keep texts (`texts`: `reply`, made with the
 * declaration whose hash is `shape`; 0 where a process without one wrote last) and which column
 * tells of documents that count as deleted (`gone`, -1: none) and how many do (`deleted`). Programs
 * that know nothing of that would leave wrong texts and counts behind, and refuse the file. */
#ifndef DECANT_STORE_SQLITE_H
#define DECANT_STORE_SQLITE_H

#include "store_adapter.h"
#include "store_sqlite_sql.h"

#include "buf.h"
#include "words.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

enum {
    LAYOUT = 2, /* of the file, in user_version */
    APPLICATION = 0x44634e74,
    MAX_COLUMNS = 63, /* bits of odd */
    MAX_SEARCHED = 8,
    MAX_SORT = 8,
    ETAG_BYTES = 20,
    STATEMENT_BUCKETS = 32,
    STATEMENT_WAYS = 4,
    BATCH_WORKS = 256,
    BATCH_US = 2000,
    SYNC_BATCHES = 3, /* besides the one that is filled */
    RANKED_HITS = 10000,
    INLINE_HITS = 500,
    PROBED_HITS = 100,
    SWEEP_ROWS = 500,
    RENEWED_ROWS = 250, /* at once, or less when they are large: */
    RENEWED_BYTES = 256 * 1024,
    MAX_WATCHED = 8, /* statements of a query whose plans are told */
};

/* -- tables ------------------------------------------------------------------------------------ */

struct column {
    const char *path;
    enum value_type type;
    unsigned flags; /* as this process declared it; 0 for others' fields */
    int number;
    bool declared; /* by this process, with this type */
    bool ready;    /* filled: may be read from */
    bool unique;   /* by whatever process: there is an index */
};

/* The columns of a table; immutable once made, so that readers need no lock. */
struct columns {
    struct arena arena;
    struct column items[MAX_COLUMNS];
    size_t count;
    const char *searched[MAX_SEARCHED]; /* paths of the word index, in its order */
    size_t searched_count;
    int words;        /* its generation: tN_wWORDS */
    int expires;      /* index in items, or -1 */
    int deleted;      /* the same of this process's field with STORE_DELETED */
    int gone;         /* and of the one by which the file counts, whoever declared it */
    bool texts;       /* rows keep texts */
    const char *live; /* SQL: " AND …", that a row does not count as deleted to this process; or
                       * "" */
    const char *counted;   /* the same, to the file's unique indexes */
    const char *fields[2]; /* what read_document() reads; [1]: with the text in place of the BSON
                            * where there is one of the declared shape */
    const char *by_id[2];  /* these of the row with an _id */
    const char *total;     /* the file's counters; -1 if it counts by another field */
    const char *total_too; /* with those that count as deleted */
    const char *stale;     /* whether a row's text is not of the declared shape; NULL: none kept */
    const char *stale_rows;
    const char *renew;
    const char *insert;
    const char *update; /* up to what is set always */
    const char *by_id_changing;
    const char *remove;
    const char *apply; /* a change in one step (direct) */
    const char *add_words;
    const char *drop_words;
    const char *probe; /* a word's newest PROBED_HITS rows and one more */
    const char *hits;
};

struct table {
    const struct collection *collection;
    int number;
    bool clustered;              /* WITHOUT ROWID, on the _id */
    const struct columns *read;  /* as of store_prepare */
    const struct columns *write; /* the writer's: with what others declared meanwhile */
    _Atomic uint64_t odd;        /* columns that may hold odd values */
    _Atomic uint64_t version;
    bool renewing; /* the sweep under way looks for stale texts */
    /* The writer's, of the batch under way. */
    struct pending {
        int64_t documents; /* more than before */
        int64_t deleted;   /* of them */
        uint64_t odd;
        bool changed;
        int64_t version; /* what the batch made it */
    } pending;
};

/* -- connections ------------------------------------------------------------------------------- */

struct statement {
    sqlite3_stmt *stmt;
    uint64_t hash;
    uint64_t used;
};

struct connection {
    struct sqlite_store *store;
    struct connection *next; /* of the store's */
    sqlite3 *db;
    bool writer;
    bool bracketed;       /* between reads_begin and reads_end */
    bool over;            /* and past the budget */
    bool hasty;           /* does not wait long for others */
    int64_t spent;        /* steps */
    uint64_t used;        /* clock of the statement cache */
    uint64_t *versions;   /* of all tables, from just before the snapshot that is open */
    struct arena scratch; /* of one call; cleared at its end unless nested */
    struct buf text;      /* the last one made here */
    struct watch *watch;  /* the query under way, where slow ones are told; else NULL */
    struct statement statements[STATEMENT_BUCKETS][STATEMENT_WAYS];
};

struct sqlite_store {
    struct store store; /* first */
    struct store_options options;
    char *path;
    char *directory; /* to be removed at close, or NULL */
    int directory_lock;
    struct table *tables;
    size_t table_count;
    pthread_key_t key;    /* each thread's connection */
    pthread_mutex_t lock; /* of connections */
    struct connection *connections;
    struct connection *writer; /* used by the writer thread once that runs */
    int turns;                 /* descriptor of the lock file, -1 when read only */

    struct queue {
        pthread_mutex_t lock;
        pthread_cond_t more;
        struct store_work *first, **last;
        int depth;
        bool asleep;
        bool closing;
        bool running; /* there is a thread */
        pthread_t thread;
    } queue;
    /* Makes the log durable after the writer (--sync=full). */
    struct syncer {
        pthread_mutex_t lock;
        pthread_cond_t more; /* batches to sync */
        pthread_cond_t room; /* a spare one */
        struct batch *first, **last;
        struct batch *spare;
        bool asleep;
        bool closing;
        bool running; /* there is a thread */
        bool failed;  /* for good */
        struct error fault;
        int fd; /* of the log */
        pthread_t thread;
    } syncer;
    bool poisoned; /* the work under way met an internal error */
    struct error poison;
    bool changing; /* a work is running on the writer */
    bool dirty;    /* and has changed something */
    int careful;   /* works that still get a savepoint each */
    int64_t schema_seen;

    struct keeper {
        pthread_mutex_t lock;
        pthread_cond_t wake;
        pthread_t thread;
        bool running;
        bool closing;
        struct connection *connection;
        int64_t data_seen;
        struct store_work sweep;
        bool sweeping;
        bool again; /* the last sweep was full */
        int64_t next_sweep_us;
    } keeper;
    _Atomic int64_t log_pages;    /* after the last commit */
    _Atomic int64_t checkpointed; /* pages of the log when it was last moved into the file */

    struct metric *batches, *works, *busy, *commit_time, *sync_time, *checkpoints;
};

/* How long the log may grow: a writer with a larger cache writes much, and a page that changes
 * again and again is then moved into the file less often. */
static inline int64_t log_pages(const struct sqlite_store *store, int64_t usual)
{
    int64_t cached = store->options.cache_kib / 4;

    return cached > usual ? 2 * cached : usual;
}

static inline struct sqlite_store *sqlite_of(const struct store *store)
{
    return (struct sqlite_store *)store;
}

/* place: the address's rest to store->path, and back to nothing */
bool place_find(struct sqlite_store *store, const char *rest, struct error *err);
void place_remove(struct sqlite_store *store);

/* open */
struct connection *connection_open(struct sqlite_store *store, bool writer, struct error *err);
void connection_close(struct connection *connection);
/* Say in a sentence why the file cannot be used. Returns false. */
bool connection_open_failed(const struct sqlite_store *store, sqlite3 *db, struct error *err);
/* This thread's, opened on first use. NULL with err filled. */
struct connection *connection_here(struct sqlite_store *store, struct error *err);

/* vfs */
/* The name of the VFS that the writer opens its files with. */
const char *vfs_name(void);

/* connection */
/* A prepared statement for this text, reset and without bindings. Never one that is in use. */
sqlite3_stmt *connection_prepare(struct connection *connection, const char *sql, struct error *err);
/* SQLITE_ROW or SQLITE_DONE, or something else with err filled. */
int connection_step(struct connection *connection, sqlite3_stmt *stmt, struct error *err);
/* Reset and let go of what was bound. */
void connection_finish(sqlite3_stmt *stmt);
/* Run a statement that answers nothing. */
bool connection_run(struct connection *connection, const char *sql, struct error *err);
/* One number (0 where there is no row). */
bool connection_number(struct connection *connection, const char *sql, int64_t *out,
                       struct error *err);
bool connection_ask(struct connection *connection, const char *sql, const struct cell *cell,
                    int64_t *out, struct error *err);
/* Fill err from SQLite's last error, note it for the work under way. Returns false. */
bool connection_fail(struct connection *connection, struct error *err);
void connection_release_statements(struct connection *connection);
int connection_progress(void *connection);

/* What was asked for a query; texts in the connection's scratch memory. */
struct watch {
    const struct table *table; /* NULL: nobody asks */
    int64_t start_us;
    const char *asked[MAX_WATCHED];
    size_t count;
};

/* A stretch of reading: with `several`, all of it sees one snapshot. */
struct reading {
    struct connection *connection;
    bool began;
    struct watch watch;
};
bool reading_begin(struct store *store, bool several, struct reading *out, struct error *err);
void reading_end(struct reading *reading);

void sqlite_reads_begin(struct store *store);
bool sqlite_reads_end(struct store *store);
void sqlite_snapshot_end(struct store *store);
void sqlite_thread_end(struct store *store);

/* functions */
bool functions_register(struct connection *connection, struct error *err);

/* meta */
/* Whether the file is empty or a store of this or an older layout; nothing is changed. */
bool meta_check(struct connection *connection, struct error *err);
bool meta_open(struct sqlite_store *store, struct error *err);
/* Take over the counters of all tables from the file. */
bool meta_refresh(struct connection *connection, struct error *err);
/* Before a commit: add what the batch changed to the file's counters. */
bool meta_flush(struct sqlite_store *store, struct error *err);
/* After it: tell readers of the new versions, and begin anew. */
void meta_publish(struct sqlite_store *store, bool committed);
/* On the writer, in a transaction: notice what other processes declared. */
bool meta_follow(struct sqlite_store *store, struct error *err);
struct table *table_of(const struct store *store, const struct collection *collection);

/* columns */
/* What the file says of the table's columns, merged with the declaration's flags. */
struct columns *meta_columns(struct connection *connection, const struct table *table,
                             struct error *err);
void meta_free_columns(const struct columns *columns);

/* schema and index */
bool schema_run(struct connection *connection, const char *sql, struct error *err);
__attribute__((format(printf, 3, 4))) bool
schema_printf(struct connection *connection, struct error *err, const char *format, ...);
/* Make an index by this name as `CREATE … name …` says, in place of one that is otherwise. A
 * failure is left to sqlite3_errcode(). */
bool schema_index(struct connection *connection, const char *name, const char *sql);
/* A transaction in this process's turn. */
bool schema_begin(struct sqlite_store *store, struct error *err);
bool schema_end(struct sqlite_store *store, bool ok, struct error *err);
/* Find or make the collection's table and its columns. */
bool schema_table(struct sqlite_store *store, struct table *table, struct error *err);
/* Compute new columns for the rows that are there, some hundred at a time. */
bool schema_fill(struct sqlite_store *store, struct table *table, struct error *err);
bool sqlite_prepare(struct store *store, const struct collection *const *collections, size_t count,
                    struct error *err);

/* read */
/* A statement that is about the row with this _id, its parameter 1 (parameter 2, where documents
 * expire, is now). NULL with ERROR_NOT_FOUND for an _id that no document can have. */
sqlite3_stmt *read_by_id(struct connection *connection, const struct table *table,
                         const bson_value_t *value, const char *sql, struct error *err);
void read_etag(const uint8_t *etag, char out[41]);
bool sqlite_get(struct store *store, const struct collection *collection, struct key key,
                struct document *out, struct error *err);
bool sqlite_find(struct store *store, const struct collection *collection,
                 const struct query *query, struct documents *out, struct error *err);
bool sqlite_count(struct store *store, const struct collection *collection,
                  const struct filter *where, int64_t *out, struct error *err);
bool sqlite_each(struct store *store, const struct collection *collection,
                 bool (*visit)(void *context, const struct document *document), void *context,
                 struct error *err);

/* text and search */
bool text_find(struct reading *reading, const struct table *table, const struct query *query,
               struct documents *out, struct error *err);
/* The auxiliary function decant_rank(index, ranking) of FTS5: greater is better. */
struct ranking {
    double rarity[WORDS_MAX_TERMS];
    int phrases;    /* those that must be there; they come first */
    double average; /* words in a document; 0 until known */
};
bool text_register(struct connection *connection, struct error *err);
/* writer */
bool writer_start(struct sqlite_store *store, struct error *err);
void writer_stop(struct sqlite_store *store);
size_t sqlite_submit(struct store *store, struct store_work *first, struct error *err);
bool sqlite_withdraw(struct store *store, struct store_work *work);

/* handover */
bool turn_open(struct sqlite_store *store, struct error *err);
void turn_take(struct sqlite_store *store);
void turn_give(struct sqlite_store *store);
int turn_busy(void *connection, int tries);

/* estimate */
bool sqlite_estimate(struct store *store, const struct collection *collection,
                     const struct filter *where, struct estimate *out, struct error *err);

/* keeper */
bool keeper_start(struct sqlite_store *store, struct error *err);
void keeper_stop(struct sqlite_store *store);
/* The log has grown: to be called by the writer after a commit. */
void keeper_nudge(struct sqlite_store *store);

#endif
