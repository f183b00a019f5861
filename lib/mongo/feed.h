/* SPDX-License-Identifier: MIT */
/* What changes.c, tailer.c and keeper.c share of the feed. */
#ifndef DECANT_MONGO_FEED_H
#define DECANT_MONGO_FEED_H

#include "cursor.h"
#include "mongo.h"
#include "ring.h"
#include "watch.h"

/* A place that nothing was behind is kept so long by who follows a quiet feed; then it is told a
 * newer one, so that it does not grow too old for the server. */
enum { CURSOR_FRESH_S = 10, FEED_BATCH = 1000, TAILER_BATCH = 100 };

/* changes.c */
/* The prepared collection of this name; NULL: none, or no name. */
struct table *feed_table(const struct mongo_store *store, const char *name);
/* The server's word for a token that is too old, or of a feed that has ended. */
bool feed_is_over(const bson_error_t *error);
/* Whether it has to be told a newer place. */
bool feed_is_old(uint32_t seconds);

/* tailer.c */
struct tailer {
    struct mongo_store *store;
    mongoc_uri_t *uri;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved; /* covered, connected or closing */
    bool closing;
    bool begun; /* tailer_open() has waited */
    uint64_t committed, covered;
    struct ring *ring;

    _Atomic bool connected; /* changed under the lock */
    _Atomic int64_t tick;   /* when versions last grew without a stream */

    /* The thread's own. */
    bson_t token; /* where to go on */
    bool has_token;
    int behind;       /* streams in a row that broke before they had caught up */
    int wait_ms;      /* of the next batch */
    bool lost;        /* and told so */
    bool passed_over; /* it is not known what was changed before the stream began */
    bool came_before; /* a stream has been there */
    struct metric *seen, *reconnects;
};

/* Answer from the ring. False: it cannot, ask the server. */
bool tailer_read(struct tailer *tailer, const char *after, size_t limit, bool newest,
                 struct store_changes *out);

/* tailer_batch.c */
/* Take what came last. wanted: how many commits there were before it was asked for. False: it told
 * nothing. */
bool tailer_take(struct tailer *tailer, struct watch *watch, uint64_t wanted);
/* Go on at what will be now. */
void tailer_forget(struct tailer *tailer);

/* foreign.c */
/* Whether a collection's documents have hidden members, which others do not write. */
bool foreign_asks(const struct table *table);
/* Whether an event has left a document whose hidden members may not be what they should be. */
bool foreign_lacks(const struct table *table, const struct event *event);
/* Whether an event has changed nothing but hidden members, which is no change to who follows. */
bool foreign_is_unseen(const struct table *table, const struct event *event);
/* Append what foreign_lacks() has to see of documents: the members of struct watch_from. */
void foreign_show(const struct mongo_store *store, bson_t *out);

#endif
