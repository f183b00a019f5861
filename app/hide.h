/* SPDX-License-Identifier: MIT */
/* Posts that one user does not want to see again. */
#ifndef DECANT_HIDE_H
#define DECANT_HIDE_H

#include "../lib/record.h"
#include "../lib/store.h"

extern const struct collection hidden_collection;

/* Inside a work; doing it twice changes nothing. A user may hide at most HIDE_MOST posts
 * (ERROR_CONFLICT beyond), so that leaving them out stays cheap. */
enum { HIDE_MOST = 1000 };
bool hide_post(struct store *store, const char *post, const char *user, struct error *err);
bool hide_undo(struct store *store, const char *post, const char *user, struct error *err);

/* Ids of the posts that user hid, newest first (list of const char *); NULL user: none. */
bool hidden_posts(struct store *store, const char *user, struct arena *arena, struct list *out,
                  struct error *err);

bool hidden_has(const struct list *hidden, const char *post);

#endif
