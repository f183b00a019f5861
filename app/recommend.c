/* SPDX-License-Identifier: MIT */
/* A thread of its own keeps the candidates fresh; those who ask share the newest ones and never
 * wait for it: the lock is held to count users, not to read. */
#include "recommend.h"

#include "candidates.h"
#include "names.h"
#include "../lib/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 100,      /* how often the version of the posts is looked at */
    PAUSE_US = 1000000, /* at least, from one reading to the next */
    PAUSE_SHARE = 10,   /* and this many times as long as the last one took */
};

struct recommender {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t turn;
    struct candidates *newest; /* NULL until the first reading */
    _Atomic uint64_t generation;
    bool stopping;
    bool ready;              /* the first reading is over, well or not */
    pthread_mutex_t reading; /* one reading at a time */
};

static struct candidates *take_newest(struct recommender *recommender)
{
    struct candidates *newest;

    pthread_mutex_lock(&recommender->lock);
    newest = recommender->newest;
    if (newest)
        newest->users++;
    pthread_mutex_unlock(&recommender->lock);
    return newest;
}

static void give_back(struct recommender *recommender, struct candidates *candidates)
{
    bool last;

    if (!candidates)
        return;
    pthread_mutex_lock(&recommender->lock);
    last = --candidates->users == 0;
    pthread_mutex_unlock(&recommender->lock);
    if (last)
        candidates_free(candidates);
}

/* The recommender is a user of its newest candidates. */
static void set_newest(struct recommender *recommender, struct candidates *candidates)
{
    struct candidates *old;

    candidates->users = 1;
    pthread_mutex_lock(&recommender->lock);
    old = recommender->newest;
    recommender->newest = candidates;
    pthread_mutex_unlock(&recommender->lock);
    atomic_fetch_add(&recommender->generation, 1);
    give_back(recommender, old);
}

uint64_t recommender_version(const struct recommender *recommender)
{
    return atomic_load(&recommender->generation);
}

static bool is_current(struct recommender *recommender)
{
    uint64_t version = store_version(recommender->store, &posts_collection);
    bool current;

    pthread_mutex_lock(&recommender->lock);
    current = recommender->newest && recommender->newest->version == version;
    pthread_mutex_unlock(&recommender->lock);
    return current;
}

bool recommender_renew(struct recommender *recommender, struct error *err)
{
    struct candidates *candidates = NULL;
    bool current;

    pthread_mutex_lock(&recommender->reading);
    current = is_current(recommender);
    if (!current) {
        candidates = candidates_read(recommender->store, err);
        if (candidates)
            set_newest(recommender, candidates);
    }
    pthread_mutex_unlock(&recommender->reading);
    return current || candidates;
}

/* Wait with the lock held; real time, whatever a test made of the clock. */
static void wait_a_little(struct recommender *recommender)
{
    struct timespec until = clock_after_ms(LOOK_MS);

    pthread_cond_timedwait(&recommender->turn, &recommender->lock, &until);
}

/* Read, and answer when the next reading may begin. A store that fails is asked again then: the old
 * candidates serve on. */
static int64_t renew_timed(struct recommender *recommender)
{
    int64_t begun_us = clock_monotonic_us();
    int64_t pause_us;
    struct error err;

    recommender_renew(recommender, &err);
    pause_us = PAUSE_SHARE * (clock_monotonic_us() - begun_us);
    return clock_monotonic_us() + (pause_us > PAUSE_US ? pause_us : PAUSE_US);
}

static void *keep_fresh(void *argument)
{
    struct recommender *recommender = argument;
    int64_t next_us = 0;
    bool stopping = false;

    while (!stopping) {
        if (!next_us || (clock_monotonic_us() >= next_us && !is_current(recommender)))
            next_us = renew_timed(recommender);
        pthread_mutex_lock(&recommender->lock);
        if (!recommender->ready) {
            recommender->ready = true;
            pthread_cond_broadcast(&recommender->turn);
        }
        if (!recommender->stopping)
            wait_a_little(recommender);
        stopping = recommender->stopping;
        pthread_mutex_unlock(&recommender->lock);
    }
    store_thread_end(recommender->store);
    return NULL;
}

struct recommender *recommender_open(struct store *store)
{
    struct recommender *recommender = calloc(1, sizeof(*recommender));
    pthread_condattr_t monotonic;

    if (!recommender)
        abort();
    recommender->store = store;
    pthread_mutex_init(&recommender->lock, NULL);
    pthread_mutex_init(&recommender->reading, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&recommender->turn, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&recommender->thread, NULL, keep_fresh, recommender) != 0)
        abort();
    pthread_mutex_lock(&recommender->lock);
    while (!recommender->ready)
        pthread_cond_wait(&recommender->turn, &recommender->lock);
    pthread_mutex_unlock(&recommender->lock);
    return recommender;
}

void recommender_close(struct recommender *recommender)
{
    if (!recommender)
        return;
    pthread_mutex_lock(&recommender->lock);
    recommender->stopping = true;
    pthread_cond_broadcast(&recommender->turn);
    pthread_mutex_unlock(&recommender->lock);
    pthread_join(recommender->thread, NULL);
    candidates_free(recommender->newest);
    pthread_cond_destroy(&recommender->turn);
    pthread_mutex_destroy(&recommender->reading);
    pthread_mutex_destroy(&recommender->lock);
    free(recommender);
}

/* -- choosing ------------------------------------------------------------------------------------
 */

static const char *copy_text(struct arena *arena, const char *text)
{
    return *text ? arena_text(arena, text) : "";
}

static struct list copy_texts(struct arena *arena, const struct list *texts)
{
    const char *const *from = texts->items;
    const char **to = arena_alloc(arena, texts->count * sizeof(*to));

    for (size_t i = 0; i < texts->count; i++)
        to[i] = arena_text(arena, from[i]);
    return (struct list){to, texts->count};
}

static struct post copy_post(struct arena *arena, const struct post *post)
{
    struct post copy = *post;

    copy.id = copy_text(arena, post->id);
    copy.title = copy_text(arena, post->title);
    copy.author = copy_text(arena, post->author);
    copy.url = copy_text(arena, post->url);
    copy.permalink = copy_text(arena, post->permalink);
    copy.domain = copy_text(arena, post->domain);
    copy.selftext = copy_text(arena, post->selftext);
    copy.thumbnail = copy_text(arena, post->thumbnail);
    copy.source = copy_text(arena, post->source);
    copy.topics = copy_texts(arena, &post->topics);
    return copy;
}

struct choice {
    const struct candidates *candidates;
    bool wanted[CANDIDATES_MOST]; /* shares a topic */
    struct names hidden;
    struct arena *arena;
    struct post *posts;
    size_t count;
    size_t most;
};

/* Take in order those that share a topic, or those that do not, until there are enough. */
static void choose(struct choice *choice, bool wanted)
{
    for (size_t i = 0; i < choice->candidates->count && choice->count < choice->most; i++) {
        const struct post *post = &choice->candidates->posts[i];

        if (choice->wanted[i] == wanted && !names_find(&choice->hidden, post->id))
            choice->posts[choice->count++] = copy_post(choice->arena, post);
    }
}

bool recommend_posts(struct recommender *recommender, const struct recommend_for *wish,
                     struct arena *arena, struct list *out, struct error *err)
{
    struct candidates *candidates = take_newest(recommender);
    struct choice choice = {.candidates = candidates, .arena = arena};

    if (!candidates) {
        fail(err, ERROR_BUSY, "the recommendations are not ready yet");
        err->retry_after_s = 1;
        return false;
    }
    choice.most = wish->count < candidates->count ? wish->count : candidates->count;
    choice.posts = arena_alloc(arena, choice.most * sizeof(*choice.posts));
    choice.hidden = names_of(arena, wish->hidden);
    if (wish->topics && wish->topics->count) {
        candidates_with_topics(candidates, wish->topics, choice.wanted);
        choose(&choice, true);
    }
    choose(&choice, false);
    give_back(recommender, candidates);
    *out = (struct list){choice.posts, choice.count};
    return true;
}
