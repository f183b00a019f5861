/* SPDX-License-Identifier: MIT */
/* What was read for embedding. Lives in the arena it was read with. */
#ifndef DECANT_REST_EMBED_PRIVATE_H
#define DECANT_REST_EMBED_PRIVATE_H

#include "embed.h"

/* A distinct reference, and what it leads to. */
struct target {
    bson_value_t reference;
    const struct document *document; /* NULL: nothing */
    int64_t latest_version;          /* see struct embedded */
    size_t times;                    /* it is shown */
};

/* All that is embedded at one path. */
struct level {
    const char *path;
    const struct relation *relation;
    struct target *targets; /* in the order of their references */
    size_t count;
};

struct embeds {
    struct level *levels;
    size_t count;
    size_t shown; /* bytes of BSON */
    int64_t updated_ms;
};

/* -- embed_collect.c */

/* Where references come from: a document, or all that is embedded at a level. */
struct source {
    const struct document *document;
    size_t times;
};

/* Fill level->targets with the distinct references at a path of the sources, dotted and below
 * their own level. */
void embed_collect(struct arena *arena, const struct source *sources, size_t count,
                   const char *path, struct level *level);

/* -- embed_read.c */

/* Find the documents of a level's targets. */
bool embed_resolve(const struct embed_request *request, struct level *level, struct error *err);

#endif
