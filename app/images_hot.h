/* SPDX-License-Identifier: MIT */
/* The hottest cache files in memory: at most 64 of at most 24 KiB, none until one is read. Saves
 * the loop that serves a page's pictures from waiting for a disk. Thread-safe. Private to
 * images_cache. */
#ifndef DECANT_IMAGES_HOT_H
#define DECANT_IMAGES_HOT_H

#include "../lib/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct hot;

struct hot_file {
    const char *bytes;
    size_t len;
    int64_t used_ms; /* when its use was last written to the disk */
};

struct hot *hot_open(void);
void hot_close(struct hot *hot);

/* A copy in arena. */
bool hot_get(struct hot *hot, const char *key, struct arena *arena, struct hot_file *out);
/* Keep a copy, in place of another; what is too large is forgotten instead. */
void hot_put(struct hot *hot, const char *key, const struct hot_file *file);
void hot_drop(struct hot *hot, const char *key);

#endif
