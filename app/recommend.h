/* SPDX-License-Identifier: MIT */
/* What to read next: of posts with a score above 50, those with the least `downs - ups`, then the
 * most comments (the formula of the original workshop), on top of which stand topics a user likes.
 */
#ifndef DECANT_RECOMMEND_H
#define DECANT_RECOMMEND_H

#include "posts.h"

enum { RECOMMEND_COUNT = 12 };

/* The best 1,000 posts, kept in memory. A thread of the recommender's own renews them within about
 * a second of a change to the posts (many changes at once are one renewal; a large store, which
 * takes longer to read, waits longer in between). Thread-safe. */
struct recommender;

/* Reads the posts once before it returns. Should the store fail then, it is asked again every
 * second. The store outlives the recommender. */
struct recommender *recommender_open(struct store *store);
void recommender_close(struct recommender *recommender);

/* Do not wait for the thread: return when the candidates are those of all changes before this call.
 * Visits every post unless there is nothing new: not on a loop. */
bool recommender_renew(struct recommender *recommender, struct error *err);

/* Grows with each new set of candidates, after it can be seen. */
uint64_t recommender_version(const struct recommender *recommender);

struct recommend_for {
    const struct list *hidden; /* ids to leave out, or NULL */
    const struct list *topics; /* of const char *, put first; or NULL */
    size_t count;              /* how many */
};

/* The posts, copied into arena (list of struct post). Touches neither store nor disk and never
 * waits for a renewal. ERROR_BUSY if no reading has succeeded yet. */
bool recommend_posts(struct recommender *recommender, const struct recommend_for *wish,
                     struct arena *arena, struct list *out, struct error *err);

#endif
