/* SPDX-License-Identifier: MIT */
/* Keeping a directory of files under a size. Private to images_cache.c; calls do not overlap. */
#ifndef DECANT_IMAGES_TRIM_H
#define DECANT_IMAGES_TRIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What files that are being written are called, before 32 hex digits. */
#define TRIM_UNFINISHED "unfinished-"
enum { TRIM_UNFINISHED_SIZE = sizeof(TRIM_UNFINISHED) + 32 };

struct trim {
    int directory; /* borrowed */
    size_t most_bytes;
    size_t bytes; /* our reckoning, set right at every look */
    bool looked;
};

/* bytes more are there. When it is too much, or nobody has looked yet: look, and delete the least
 * recently used down to nine tenths, and unfinished files older than an hour. */
void trim_added(struct trim *trim, size_t bytes);

#endif
