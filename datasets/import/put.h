/* SPDX-License-Identifier: MIT */
/* One record into the store. */
#ifndef DECANT_PUT_H
#define DECANT_PUT_H

#include "../../lib/store.h"

#include <bson/bson.h>

enum put_result {
    PUT_ADDED,
    PUT_CHANGED,
    PUT_EQUAL,
    PUT_REFUSED, /* the record's fault: err says why, and the work may go on */
    PUT_FAILED,  /* the store's: nothing of the work counts */
};

/* Write a post (inside a work). question: as in struct intake; a post that is there already keeps
 * its _id. arena is for what is read on the way. */
enum put_result put_post(struct store *store, const bson_t *document, const char *question,
                         struct arena *arena, struct error *err);

#endif
