/* SPDX-License-Identifier: MIT */
/* What a user likes to read: the topics of the posts that the user likes. Nothing of it is stored.
 */
#ifndef DECANT_TASTES_H
#define DECANT_TASTES_H

#include "posts.h"

enum { TASTES_LIKES = 200, TASTES_TOPICS = 8 };

/* The topics of up to TASTES_LIKES posts that user likes, those of most posts first; at most
 * TASTES_TOPICS (list of const char *). NULL user: none. */
bool tastes_of(const struct posts_source *source, const char *user, struct arena *arena,
               struct list *out, struct error *err);

#endif
