/* SPDX-License-Identifier: MIT */
/* Public ids of posts are texts, but some that are digits alone became numbers in earlier imports:
 * whoever asks the store by id asks for both. */
#ifndef DECANT_POST_IDS_H
#define DECANT_POST_IDS_H

#include "../lib/filter.h"
#include "../lib/record.h"

enum { POST_ID_DIGITS = 24 };

/* The number that is written like id ("180097", not "007"); false if there is none. */
bool post_id_number(const char *id, int64_t *number);

/* How a whole number is written as an id; false if value is none. */
bool post_id_digits(const bson_value_t *value, char digits[POST_ID_DIGITS]);

/* All that may stand in the store for these ids (list of const char *), in arena; the texts are
 * borrowed. At most two values an id. */
struct filter_values post_id_values(struct arena *arena, const struct list *ids);

/* A filter for posts with none of these ids, in arena; NULL if there are none. */
const struct filter *post_ids_without(struct arena *arena, const struct list *ids);

/* The _id of what a user has with a post, in arena: "user/post". Names of users hold no slash, so
 * the first one parts them. */
char *user_post_id(struct arena *arena, const char *post, const char *user);

#endif
