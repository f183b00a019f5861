/* SPDX-License-Identifier: MIT */
#include "post_ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 18 }; /* that surely fit an int64 */

bool post_id_number(const char *id, int64_t *number)
{
    size_t len = strspn(id, "0123456789");

    if (len == 0 || len > MOST_DIGITS || id[len] || (id[0] == '0' && len > 1))
        return false;
    *number = strtoll(id, NULL, 10);
    return true;
}

bool post_id_digits(const bson_value_t *value, char digits[POST_ID_DIGITS])
{
    int64_t number;

    if (value->value_type == BSON_TYPE_INT32)
        number = value->value.v_int32;
    else if (value->value_type == BSON_TYPE_INT64)
        number = value->value.v_int64;
    else
        return false;
    snprintf(digits, POST_ID_DIGITS, "%" PRId64, number);
    return true;
}

struct filter_values post_id_values(struct arena *arena, const struct list *ids)
{
    bson_value_t *values = arena_alloc(arena, 2 * ids->count * sizeof(*values));
    size_t count = 0;

    for (size_t i = 0; i < ids->count; i++) {
        const char *id = ((const char *const *)ids->items)[i];
        int64_t number;

        values[count++] = value_text(id);
        if (post_id_number(id, &number))
            values[count++] = value_int(number);
    }
    return (struct filter_values){values, count};
}

const struct filter *post_ids_without(struct arena *arena, const struct list *ids)
{
    const struct filter *filter = NULL;
    struct filter_values values;

    if (!ids || !ids->count)
        return NULL;
    values = post_id_values(arena, ids);
    for (size_t from = 0; from < values.count; from += FILTER_MAX_VALUES) {
        size_t left = values.count - from;
        struct filter_values part = {values.items + from,
                                     left < FILTER_MAX_VALUES ? left : FILTER_MAX_VALUES};
        const struct filter *without = filter_among(arena, FILTER_NIN, "id", part);

        filter = filter ? filter_join(arena, FILTER_AND, filter, without) : without;
    }
    return filter;
}

char *user_post_id(struct arena *arena, const char *post, const char *user)
{
    size_t post_len = strlen(post);
    size_t user_len = strlen(user);
    char *id = arena_alloc(arena, post_len + user_len + 2);

    memcpy(id, user, user_len);
    id[user_len] = '/';
    memcpy(id + user_len + 1, post, post_len);
    id[user_len + 1 + post_len] = '\0';
    return id;
}
