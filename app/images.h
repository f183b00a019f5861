/* SPDX-License-Identifier: MIT */
/* A picture for each post: fetched from where the post says, decoded, scaled and kept; a drawn card
 * where there is none or it cannot be had. */
#ifndef DECANT_IMAGES_H
#define DECANT_IMAGES_H

#include "posts.h"
#include "../lib/guard.h"
#include "../lib/metrics.h"

struct images;

struct images_options {
    const char *directory;     /* of the cache; made where missing */
    size_t cache_size;         /* bytes; the least recently used goes first */
    const struct guard *guard; /* borrowed */
    int fetch_timeout_ms;
    size_t max_source;       /* bytes of a picture to be fetched */
    struct metrics *metrics; /* NULL: none */
};

struct picture {
    const char *bytes;
    size_t len;
    const char *type; /* "image/png", "image/jpeg" */
    const char *etag; /* quoted */
    bool card;        /* drawn by us: there was none */
};

enum { IMAGES_LEAST_WIDTH = 16, IMAGES_MOST_WIDTH = 1024, IMAGES_WIDTH = 120 };

struct images *images_open(const struct images_options *options, struct error *err);
void images_close(struct images *images);

struct picture_wish {
    const struct post *post;
    int width; /* pixels; the height follows */
};

/* From the cache alone, quickly (a READS step); false without an error if it is not there. */
bool images_cached(struct images *images, const struct picture_wish *wish, struct arena *arena,
                   struct picture *out);

/* Make it, blocking (a BLOCKS step), and keep it; of several who ask at once one makes it. Bad
 * pictures (wrong magic, over 40 million pixels, truncated) and unreachable ones give the card; a
 * card for a picture that could not be had now is kept for ten minutes only. ERROR_INVALID: the
 * width. */
bool images_make(struct images *images, const struct picture_wish *wish, struct arena *arena,
                 struct picture *out, struct error *err);

#endif
