/* SPDX-License-Identifier: MIT */
/* Finding posts by the words of title and text. */
#ifndef DECANT_SEARCH_H
#define DECANT_SEARCH_H

#include "posts.h"
#include "../lib/memo.h"

struct search {
    const char *words; /* as a person typed them, up to 10,000 characters */
    int64_t page;      /* from 1 */
    int64_t page_size;
    const struct list *hidden; /* ids to leave out, or NULL */
    struct memo *memo;         /* where results are remembered while no post changes, or NULL */
};

struct search_results {
    struct list posts; /* of struct post */
    int64_t total;     /* hits, hidden ones not counted */
    int64_t pages;
    bool bounded; /* only the newest hits were ranked */
};

/* Best match first. A query without words finds nothing. */
bool search_posts(struct store *store, const struct search *search, struct arena *arena,
                  struct search_results *out, struct error *err);

#endif
