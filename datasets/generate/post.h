/* SPDX-License-Identifier: MIT */
/* One generated post, made from a seed and its number alone. */
#ifndef DECANT_GENERATE_POST_H
#define DECANT_GENERATE_POST_H

#include "../../lib/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct generator {
    uint64_t seed;
    const char *picture_base; /* where pictures will be served, NULL: posts have none */
};

enum { GENERATED_ID_SIZE = 8 };

/* The public id of post number index: six digits of base 36, unique up to 2^31 - 2 posts. */
void generated_id(const struct generator *generator, uint32_t index, char id[GENERATED_ID_SIZE]);

/* Whether this post has a picture (a third of those that are not texts). */
bool generated_has_picture(const struct generator *generator, uint32_t index);

/* Append the post as one mongoexport line, newline included. text is scratch space. */
void generated_line(const struct generator *generator, uint32_t index, struct buf *text,
                    struct buf *out);

#endif
