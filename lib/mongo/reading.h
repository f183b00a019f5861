/* SPDX-License-Identifier: MIT */
/* What the files that read share: reading.c, read.c, page.c, estimate.c, search.c. */
#ifndef DECANT_MONGO_READING_H
#define DECANT_MONGO_READING_H

#include "query.h"

/* reading.c */
/* Which documents of a query, and how much of them. */
struct span {
    const bson_t *order; /* NULL: any */
    int64_t skip;
    int64_t limit;             /* 0: all */
    const char *const *fields; /* the members to read, NULL after the last; NULL: all but the words
                                * of the store's */
    bool words;                /* those as well, where there are no fields */
    uint32_t batch;            /* 0: as the server likes */
    bool timeless;             /* it may take longer than one answer */
};
mongoc_cursor_t *reading_find(const struct reading *reading, const bson_t *query,
                              const struct span *span);
/* The next document, the cursor's own, or NULL behind the last. */
bool reading_next(const struct reading *reading, mongoc_cursor_t *cursor, const bson_t **raw,
                  struct error *err);
/* Append what every command of a reading says. */
void reading_options(const struct reading *reading, bson_t *out);
/* Fill a document for callers, of which arena and as_text are set, and tell the turn of it. What
 * was stored lives in its arena too. */
bool reading_take(const struct reading *reading, const bson_t *raw, struct stored *stored,
                  struct document *out, struct error *err);
/* The number n of the only row of a pipeline, 0 where there is none. */
bool reading_number(const struct reading *reading, const bson_t *pipeline, int64_t *out,
                    struct error *err);
/* How many documents a query means, and no more than limit (0: all of them). */
bool reading_count(const struct reading *reading, const bson_t *query, int64_t limit, int64_t *out,
                   struct error *err);

/* page.c */
/* The documents of a list, without total. also: a query document that they match as well, or NULL.
 */
bool page_read(struct reading *reading, const struct query *query, const bson_t *also,
               struct documents *out, struct error *err);

/* estimate.c */
/* The share, 0 to 1, of some random documents that a query means. */
bool estimate_share(const struct reading *reading, const bson_t *query, double *out,
                    struct error *err);
/* How many documents there are, by what the server keeps of the collection. */
bool estimate_all(const struct reading *reading, int64_t *out, struct error *err);

#endif
