/* SPDX-License-Identifier: MIT */
/* Records that are written as one transaction, while the next ones are being read. */
#ifndef DECANT_BATCH_H
#define DECANT_BATCH_H

#include "put.h"

#include <pthread.h>
#include <stdint.h>

enum { BATCH_MOST_RECORDS = 4096 };

struct batch_record {
    bson_t *document;
    char *question; /* NULL: it is no answer */
    uint64_t line;
    enum put_result result;
    char *why; /* of a refused one */
};

struct batch {
    struct store_work work; /* first, as it is all the store knows */
    struct batch_record records[BATCH_MOST_RECORDS];
    size_t count;
    size_t bytes;
    struct arena arena; /* the writer's, while it runs */
    int64_t began_us;   /* the work, the last time it ran */
    int64_t took_us;    /* until it was on disk */
    struct error err;   /* of a record that failed */
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool running; /* submitted and not waited for */
    bool over;
    bool committed;
};

void batch_init(struct batch *batch);
void batch_release(struct batch *batch);

/* Copies both. There must be room. */
void batch_add(struct batch *batch, const bson_t *document, const char *question, uint64_t line);

/* Have it written. Nothing of it may be touched until batch_wait(). */
bool batch_start(struct batch *batch, struct store *store, struct error *err);

/* Until it is written, if it was started; then each record has its result. False: none was. */
bool batch_wait(struct batch *batch, struct error *err);

/* Forget the records. */
void batch_clear(struct batch *batch);

#endif
