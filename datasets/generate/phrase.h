/* SPDX-License-Identifier: MIT */
/* Titles and texts about programming, put together from patterns and word lists. */
#ifndef DECANT_GENERATE_PHRASE_H
#define DECANT_GENERATE_PHRASE_H

#include "../../lib/buf.h"
#include "prng.h"

#include <stddef.h>

enum { TOPIC_COUNT = 24, MOST_TOPICS = 2 };

/* The name of topic number at (below TOPIC_COUNT), as in a post's `topics`. */
const char *topic_name(size_t at);

/* Append a title about a topic. */
void phrase_title(struct prng *prng, size_t topic, struct buf *out);

/* Append paragraphs of about len bytes. */
void phrase_text(struct prng *prng, size_t topic, size_t len, struct buf *out);

#endif
