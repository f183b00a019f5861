/* SPDX-License-Identifier: MIT */
/* Remembers what was made from data, as long as the data did not change. A thing is kept under a
 * key together with the version of the data (store_version()) it was made from; asking with another
 * version finds nothing. Bounded; what was not asked for longest goes first. Thread-safe: a thing
 * that somebody still uses lives until they are done, even when it was forgotten meanwhile.
 *
 * Take the version before reading what the thing is made from. */
#ifndef DECANT_MEMO_H
#define DECANT_MEMO_H

#include "arena.h"
#include "metrics.h"

#include <stddef.h>
#include <stdint.h>

struct memo;

struct memo_options {
    size_t entries;   /* at most this many things */
    size_t bytes;     /* and this much memory */
    const char *name; /* label in the metrics, where there are any */
    struct metrics *metrics;
};

struct memo *memo_open(const struct memo_options *options);
/* Nobody uses a thing of it any more. */
void memo_close(struct memo *memo);

struct memo_key {
    const void *bytes;
    size_t len;
    uint64_t version;
};

/* The thing, or NULL. It may be read until user is released or cleared. */
const void *memo_get(struct memo *memo, const struct memo_key *key, struct arena *user);

/* Remember a thing that lives in the arena made, which is taken (and left empty), for others and
 * for user. Returns thing. */
const void *memo_put(struct memo *memo, const struct memo_key *key, struct arena *made,
                     const void *thing, struct arena *user);

#endif
