/* SPDX-License-Identifier: MIT */
/* Who likes what. A like counts once per user and post, however often it is given. */
#ifndef DECANT_LIKES_H
#define DECANT_LIKES_H

#include "../lib/record.h"
#include "../lib/memo.h"
#include "../lib/store.h"

struct likes {
    const char *post;
    int64_t total;
    bool liked; /* by the user who asked */
};

extern const struct collection likes_collection;
extern const struct collection like_totals_collection;
extern const struct record likes_record; /* {"post","likes","liked"} */

/* Inside a work. post must exist (callers check). out->post is borrowed from post. */
bool likes_add(struct store *store, const char *post, const char *user, struct likes *out,
               struct error *err);
bool likes_remove(struct store *store, const char *post, const char *user, struct likes *out,
                  struct error *err);

/* What is asked of several posts. */
struct likes_question {
    const struct list *posts; /* of const char * */
    const char *user;         /* whose likes, or NULL */
    struct memo *memo;        /* where totals are remembered while none changes, or NULL */
};

/* For each of the posts its total and whether user likes it; out has room for as many. */
bool likes_of(struct store *store, const struct likes_question *question, struct likes *out,
              struct error *err);

/* Posts that a user likes, in the order of their ids. */
struct likes_by {
    struct arena *arena; /* in */
    const char *user;    /* in */
    size_t most;         /* in */
    struct list posts;   /* of const char * */
};
bool likes_by(struct store *store, struct likes_by *by, struct error *err);

#endif
