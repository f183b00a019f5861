/* SPDX-License-Identifier: MIT */
/* The best posts by the formula, read from the store in one bounded pass and kept decoded in
 * memory. Never changed once made, so any number of threads may read one. */
#ifndef DECANT_CANDIDATES_H
#define DECANT_CANDIDATES_H

#include "names.h"
#include "recommend.h"

enum { CANDIDATES_MOST = 1000 };

struct candidates {
    struct arena arena;
    const struct post *posts; /* best first */
    size_t count;
    struct names topics; /* each with the place in posts of one that has it */
    uint64_t version;    /* of the posts, before they were read */
    size_t users;        /* kept by whoever shares it */
};

/* Visits every post: not on a loop. NULL: err tells. */
struct candidates *candidates_read(struct store *store, struct error *err);
void candidates_free(struct candidates *candidates);

/* Set wanted[i] for each candidate i with one of these topics (list of const char *). */
void candidates_with_topics(const struct candidates *candidates, const struct list *topics,
                            bool wanted[CANDIDATES_MOST]);

#endif
