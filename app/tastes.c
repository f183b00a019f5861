/* SPDX-License-Identifier: MIT */
#include "tastes.h"

#include "likes.h"

#include <string.h>

enum { MOST_TOPICS = 200 };

struct taste {
    const char *topic;
    size_t likes;
};

struct tastes {
    struct taste items[MOST_TOPICS]; /* as they were first met */
    size_t count;
};

static void count_topic(struct tastes *tastes, const char *topic)
{
    size_t at = 0;

    while (at < tastes->count && strcmp(tastes->items[at].topic, topic) != 0)
        at++;
    if (at == MOST_TOPICS)
        return;
    if (at == tastes->count)
        tastes->items[tastes->count++] = (struct taste){topic, 0};
    tastes->items[at].likes++;
}

/* The topic of most likes that was not taken yet, the first of equals. */
static const char *take_best(struct tastes *tastes)
{
    struct taste *best = &tastes->items[0];
    const char *topic;

    for (size_t i = 1; i < tastes->count; i++)
        if (tastes->items[i].likes > best->likes)
            best = &tastes->items[i];
    topic = best->topic;
    best->likes = 0;
    return topic;
}

static bool count_topics(const struct posts_source *source, const struct list *liked,
                         struct arena *arena, struct tastes *tastes, struct error *err)
{
    for (size_t i = 0; i < liked->count; i++) {
        const char *id = ((const char *const *)liked->items)[i];
        const struct post *post;

        if (!posts_recall(source, id, arena, &post, err)) {
            if (err->kind == ERROR_NOT_FOUND)
                continue; /* it was liked, and is gone */
            return false;
        }
        for (size_t at = 0; at < post->topics.count; at++)
            count_topic(tastes, ((const char *const *)post->topics.items)[at]);
    }
    return true;
}

bool tastes_of(const struct posts_source *source, const char *user, struct arena *arena,
               struct list *out, struct error *err)
{
    struct likes_by by = {.arena = arena, .user = user, .most = TASTES_LIKES};
    struct tastes *tastes = arena_zalloc(arena, sizeof(*tastes));
    const char **topics = arena_alloc(arena, TASTES_TOPICS * sizeof(*topics));
    size_t count = 0;

    if (user && (!likes_by(source->store, &by, err) ||
                 !count_topics(source, &by.posts, arena, tastes, err)))
        return false;
    for (; count < TASTES_TOPICS && count < tastes->count; count++)
        topics[count] = take_best(tastes);
    *out = (struct list){topics, count};
    return true;
}
