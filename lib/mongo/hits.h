/* SPDX-License-Identifier: MIT */
/* What a search finds, and how well: hits.c, for search.c. */
#ifndef DECANT_MONGO_HITS_H
#define DECANT_MONGO_HITS_H

#include "mongo.h"

#include "../words.h"

/* The terms of a search, each as its words. */
struct asked {
    struct asked_term {
        const bson_value_t *words;
        size_t count;
        bool negated;
        double rarity; /* of terms that must be there: greater is rarer */
    } terms[WORDS_MAX_TERMS];
    size_t count;
    bool phrases; /* there are terms of several words */
};

/* Texts are borrowed from the query. */
void asked_of(const struct words_query *words, struct arena *arena, struct asked *out);

struct hit {
    bson_value_t id;
    struct bson_bytes whole; /* the document, if it was read */
    const uint32_t *found;   /* how often each term is there */
    size_t words;            /* of the document */
    double rank;
    size_t age; /* greater is older */
};

struct hits {
    struct hit *items; /* the newest first */
    size_t count, room;
    struct arena *arena;
};

/* What was seen in a document's `_words`. */
struct look {
    uint32_t found[WORDS_MAX_TERMS]; /* how often each term is there */
    size_t words;                    /* how many they are */
};
/* False: the document is not meant. */
bool hits_look(const struct asked *asked, const bson_t *raw, struct look *out);
/* Add a document with an `_id`; look: NULL where nobody looked. Returns the hit, valid until the
 * next one; NULL: it has none. */
struct hit *hits_add(struct hits *hits, const bson_t *raw, const struct look *look);
/* Keep all of the document, which the hit was made of. */
void hit_keep(struct hits *hits, struct hit *hit, const bson_t *raw);
/* Rank them, and put the best first, of equals the newest. */
void hits_rank(const struct asked *asked, struct hits *hits);

#endif
