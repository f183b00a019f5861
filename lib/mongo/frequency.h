/* SPDX-License-Identifier: MIT */
/* How often words are, for search.c. What is remembered of it is bounded, and shared by
 * threads. */
#ifndef DECANT_MONGO_FREQUENCY_H
#define DECANT_MONGO_FREQUENCY_H

#include "hits.h"
#include "reading.h"

/* Fill in how rare the terms are. Documents that have a word are counted up to some 10,000, and
 * guessed beyond; what was counted since the collection changed last is remembered. arena is
 * scratch. */
bool frequency_weigh(const struct reading *reading, struct asked *asked, struct arena *arena,
                     struct error *err);

/* Whether a search, as it was typed, found many documents when it was last made. False: nothing is
 * known of it, and many stays as it was. */
bool frequency_recall(const struct reading *reading, const char *text, struct arena *arena,
                      bool *many);
void frequency_remember(const struct reading *reading, const char *text, struct arena *arena,
                        bool many);

#endif
