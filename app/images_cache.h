/* SPDX-License-Identifier: MIT */
/* Small files by key in one directory, bounded, the least recently used going first; the hottest
 * also in memory. Survives restarts; processes may share the directory. Thread-safe. Private to
 * images. */
#ifndef DECANT_IMAGES_CACHE_H
#define DECANT_IMAGES_CACHE_H

#include "../lib/arena.h"
#include "../lib/error.h"

#include <stddef.h>
#include <stdint.h>

struct cache;

enum { CACHE_KEY_LEN = 64 }; /* hex digits */

struct cached {
    const char *bytes;
    size_t len;
    int64_t expires_ms; /* 0: never */
    uint32_t checksum;  /* of bytes; found by the cache */
    uint8_t tag;        /* the caller's */
};

/* Makes the directory, and those above it, where missing. */
struct cache *cache_open(const char *directory, size_t most_bytes, struct error *err);
void cache_close(struct cache *cache);

/* bytes live in arena. False if there is none, it has expired, or it was damaged. Quick: one small
 * read at most. */
bool cache_get(struct cache *cache, const char *key, struct arena *arena, struct cached *out);

/* All or nothing, replacing what was there; out of the way of readers. May delete others, and the
 * first one looks through the whole directory. Sets the checksum, also when it fails. */
bool cache_put(struct cache *cache, const char *key, struct cached *entry, struct error *err);

#endif
