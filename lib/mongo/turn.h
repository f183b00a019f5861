/* SPDX-License-Identifier: MIT */
/* What the files of a work's changes share: turn.c, sending.c, alone.c, change.c, clash.c. All of
 * it belongs to the thread that runs the work. */
#ifndef DECANT_MONGO_TURN_H
#define DECANT_MONGO_TURN_H

#include "claims.h"

enum { MAX_SEEN = 1000, MAX_SEEN_BYTES = 4 << 20 };

/* A change that was collected: what the document is then, and what it was. */
struct entry {
    struct table *table;
    bson_value_t id;
    bool was, is;         /* there was a document; there is one */
    struct stored before; /* of `was` */
    struct stored after;  /* of `is` */
};

struct turn {
    struct mongo_store *store;
    struct store_work *work;
    int64_t until_us; /* when it is given up */
    mongoc_client_t *client;
    mongoc_client_session_t *session; /* made with the first transaction */
    bool in_transaction;
    bool careful; /* ask for unique values before each change */
    int in_vain;  /* careful runs that were refused all the same */
    bool spoilt;  /* nothing can be done any more: err says why */
    bool again;   /* and it is to be run again */
    bool parked;  /* when it has `awaited` */
    struct claim_key awaited;
    int claimed; /* documents that it has */
    struct error err;
    struct entry *entries;
    size_t count, room;
    size_t sent; /* of them, to the server in the transaction */
    struct seen {
        const struct table *table;
        bson_value_t id;
        struct stored stored;
    } * seen;
    size_t seen_count, seen_bytes;
    struct arena arena;
};

/* turn.c */
/* The turn of this thread, fit for changes; NULL with err. */
struct turn *turn_changing(struct store *store, struct error *err);
/* Nothing of it will be kept. Returns false. */
bool turn_spoil(struct turn *turn, const struct error *err);
/* As that, as nobody knows whether a change was made. */
bool turn_unknown(struct turn *turn, struct error *err);
/* As that, but the work is run again, carefully or not. Where careful runs found nothing again and
 * again, it is an index of others that refuses: ERROR_REFUSED. */
bool turn_repeat(struct turn *turn, bool carefully, struct error *err);
/* Have a document, of which this turn is to make a change, to itself among the works of this
 * process; false: it is to be run again when it has. */
bool turn_claim(struct turn *turn, const struct table *table, const bson_value_t *id,
                struct error *err);
bool turn_begin_transaction(struct turn *turn, struct error *err);
/* Collect a change; where there are no transactions it is sent at once. The entry's values live in
 * the turn's arena. */
bool turn_add(struct turn *turn, const struct entry *entry, struct error *err);
/* Take back all but the first so many, as if they had never been made. */
bool turn_undo(struct turn *turn, size_t count, struct error *err);

/* sending.c */
/* Send what was not sent yet, in its transaction if there is one. */
bool sending_flush(struct turn *turn, struct error *err);
/* The query for a document as the turn knows it. selector is initialised by it. */
void sending_select(const struct table *table, const bson_value_t *id, const struct stored *stored,
                    bson_t *selector);
/* The server refused. Returns false. */
bool sending_fail(struct turn *turn, const bson_error_t *error, const bson_t *reply,
                  struct error *err);

/* alone.c */
/* Send a change outside of a transaction. */
bool alone_send(struct turn *turn, const struct entry *entry, struct error *err);

/* clash.c */
/* Whether what would be stored has an _id or unique values that are another's. Those of expired
 * documents are made free. ERROR_CONFLICT; ERROR_REFUSED names the fields. */
bool clash_check(struct turn *turn, const struct entry *entry, struct error *err);

#endif
