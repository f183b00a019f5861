/* SPDX-License-Identifier: MIT */
/* One change stream of a database, by its commands: the driver's own streams hide which batch an
 * event came with and how long each one waits, which the feed has to know, and go on by themselves
 * where the feed has to tell.
 *
 * The stream is not narrowed to collections: a token can be gone on behind only by a stream that
 * would tell of its event, and cursors outlive a process and its declarations
 * (https://www.mongodb.com/docs/manual/changeStreams/). A watch has one user at a time. */
#ifndef DECANT_MONGO_WATCH_H
#define DECANT_MONGO_WATCH_H

#include <mongoc/mongoc.h>

struct watch {
    mongoc_client_t *client;
    const char *database;
    mongoc_client_session_t *session;
    bson_t options; /* of each command: session, server */
    int64_t id;     /* 0: the server has closed it */
    bson_t reply;   /* the last; of a failed command what the server said */
    bson_iter_t events;
    bool has_events;
};

enum event_kind {
    EVENT_INSERTED,
    EVENT_REPLACED,
    EVENT_UPDATED,
    EVENT_DELETED,
    EVENT_BREAK, /* a collection or the database was dropped or renamed */
};

/* Borrowed from the watch until its next command. */
struct event {
    enum event_kind kind;
    bson_t token;
    bson_t key;             /* {_id, …}; empty of a break */
    const char *collection; /* NULL of a break of all */
    const char *target;     /* what a renamed collection is called now; else NULL */
    uint32_t seconds;       /* since 1970, by the server's clock */
    bool words;             /* a document that was inserted or replaced has `_words` */
    bson_t shown;           /* its members that were asked for */
    bson_t set, unset;      /* of an update: lists of the paths it has changed */
};

struct watch_from {
    mongoc_client_t *client; /* kept */
    const char *database;    /* kept */
    const bson_t *after;     /* behind this token; NULL: of now */
    const bson_t *members; /* {fullDocument.NAME: 1, …} to be shown of documents that are inserted
                            * or replaced; NULL: none */
};

/* Open a stream on the primary. It has told nothing yet. On failure error and watch->reply tell.
 * The caller closes it in any case. */
bool watch_open(struct watch *watch, const struct watch_from *from, bson_error_t *error);

/* The next events, at most so many. Where there are none, wait so long for one, but at least 1 ms.
 */
bool watch_more(struct watch *watch, int most, int wait_ms, bson_error_t *error);

/* Step through what came last. */
bool watch_next(struct watch *watch, struct event *out);

/* The place behind all that came last; borrowed as events are. False: the server did not say. */
bool watch_token(struct watch *watch, bson_t *out);

/* End it. broken: the connection is of no use, the server is not told. */
void watch_close(struct watch *watch, bool broken);

#endif
