/* SPDX-License-Identifier: MIT */
/* One thread keeps what others change under a running store as it has to be: the hidden members of
 * documents that they insert or change, and the declared indexes of the collections.
 *
 * Its client is its own, made when it is first needed and after each failure: a way through a large
 * collection, or an index that is made, holds no connection of the pool. Its commands answer or
 * fail soon, so that closing is quick; a server goes on making an index whose command was given up,
 * and the next look finds it. While the server is away it tries as seldom as the breaker has it,
 * and says nothing.
 *
 * All processes do the same at once. None of it is harmful twice: a document is changed only while
 * it is as it was read, and what is right already is not changed at all. */
#ifndef DECANT_MONGO_KEEPER_H
#define DECANT_MONGO_KEEPER_H

#include "index.h"
#include "watch.h"

enum { KEEPER_IDS = 1024, KEEPER_ID_BYTES = 512 };

/* The keeper's view of one prepared collection. */
struct kept {
    bool whole;          /* all documents are to be looked at; locked */
    _Atomic bool absent; /* there was no such collection, when its indexes were last looked at */
    /* The thread's own. */
    size_t missing;   /* declared indexes that are not there */
    char *told;       /* which, as it was logged; NULL: none */
    bool failed;      /* and why they cannot be made was logged too */
    int rest, rested; /* so many looks until it is tried again to make them; those that were */
};

struct keeper {
    struct pass pass; /* under way through a whole collection; the thread's own as all below */
    bool passing;
    mongoc_client_t *client;     /* NULL: none yet, or none any more */
    struct timespec due;         /* of the next look at the indexes */
    bool asked;                  /* it is one that somebody has asked for */
    int pause_ms, look_pause_ms; /* after failures, doubled with each */
    int64_t quiet_until_us;      /* nothing is said of documents */
    struct error said;           /* the last other failure */
    struct metric *missing, *foreign;

    struct mongo_store *store;
    mongoc_uri_t *uri;
    struct kept *kept; /* as store->tables */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t more;
    /* Locked. */
    bool closing;
    bool look; /* at the indexes, now */
    struct noted {
        struct table *table;
        bson_value_t id;
        bool taken;
    } noted[KEEPER_IDS]; /* documents that others have changed */
    size_t count;
};

/* keeper.c, keeper_queue.c. All but the first two do nothing where the store has no keeper. */
/* Before the tailer, which tells it things. */
bool keeper_open(struct mongo_store *store, struct error *err);
/* After collections were prepared: the thread. */
bool keeper_start(struct mongo_store *store, struct error *err);
/* After the tailer. */
void keeper_close(struct mongo_store *store);

/* Any thread. */
/* An event of a document of this collection. */
void keeper_take(struct mongo_store *store, struct table *table, const struct event *event);
/* A collection (NULL: each) may have become another: look at its indexes and all its documents. */
void keeper_doubt(struct mongo_store *store, const struct table *table);
/* Look at the indexes of all collections now; what could not be made before is tried again. */
void keeper_look(struct mongo_store *store);

/* The rest is the thread's own. */
/* keeper.c: what index.h asks for; out->collection is to be destroyed. */
void keeper_prepare(struct keeper *keeper, struct table *table, struct preparing *out);

/* keeper_queue.c */
/* Append {_id: {$in: …}} of the next noted documents of one collection. NULL: there is none. They
 * stay until they are dropped. */
struct table *keeper_take_noted(struct keeper *keeper, bson_t *query);
void keeper_drop_taken(struct keeper *keeper);
void keeper_drop_all(struct keeper *keeper);
/* A collection of which all documents are to be looked at, which are then noted no more. NULL:
 * none.
 */
struct table *keeper_take_whole(struct keeper *keeper);
void keeper_put_whole(struct keeper *keeper, const struct table *table);

/* keeper_documents.c. False with ERROR_BUSY: it is to be done again. */
bool keeper_look_at_noted(struct keeper *keeper, struct error *err);
/* Go on with a whole collection. */
bool keeper_look_at_more(struct keeper *keeper, struct error *err);
void keeper_end_whole(struct keeper *keeper);

/* keeper_look.c */
/* Look at the indexes of one collection, make what is missing and tell of it. asked: what could not
 * be made before is tried again at once. False: it could not be looked at, or not be made now. */
bool keeper_look_at(struct keeper *keeper, const struct preparing *preparing, bool asked,
                    struct error *err);

#endif
