/* SPDX-License-Identifier: MIT */
/* What the tests of app/ share: a store in memory, changes made in one line, posts from JSON, and
 * the real data where it lies beside the project. */
#ifndef DECANT_TEST_FIXTURE_H
#define DECANT_TEST_FIXTURE_H

#include "../posts.h"
#include "../../lib/clock.h"
#include "../../lib/tests/shared_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT_OF(items) (sizeof(items) / sizeof((items)[0]))

struct fixture {
    struct store *store;
    struct arena arena;
    struct error err;
};

static inline struct fixture *fixture_open(const struct collection *const *collections,
                                           size_t count)
{
    struct store_options options = {.budget = 100, .queue = 1000};
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->store = store_open("sqlite::memory:", &options, &fixture->err);
    if (!fixture->store)
        fail_msg("store_open: %s", fixture->err.message);
    if (!store_prepare(fixture->store, collections, count, &fixture->err))
        fail_msg("store_prepare: %s", fixture->err.message);
    return fixture;
}

static inline int fixture_close(void **state)
{
    struct fixture *fixture = *state;

    clock_shift_ms(0);
    store_thread_end(fixture->store);
    store_close(fixture->store);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

/* -- posts ----------------------------------------------------------------------------------------
 */

static inline bson_t *fixture_bson(const char *json)
{
    bson_error_t error;
    bson_t *document = bson_new_from_json((const uint8_t *)json, -1, &error);

    if (!document)
        fail_msg("%s: %s", error.message, json);
    return document;
}

static inline bool fixture_put_documents(void *context, struct store *store, struct error *err)
{
    const struct list *documents = context;
    const bson_t *const *items = documents->items;

    for (size_t i = 0; i < documents->count; i++)
        if (!posts_put(store, items[i], err))
            return false;
    return true;
}

static inline bool fixture_try_put(struct fixture *fixture, const char *json)
{
    const bson_t *document = fixture_bson(json);
    struct list documents = {&document, 1};
    bool done = store_write(fixture->store, fixture_put_documents, &documents, &fixture->err);

    bson_destroy((bson_t *)(uintptr_t)document);
    return done;
}

static inline void fixture_put(struct fixture *fixture, const char *json)
{
    if (!fixture_try_put(fixture, json))
        fail_msg("%s: %s", fixture->err.message, json);
}

static inline struct post fixture_post(struct fixture *fixture, const char *id)
{
    struct post post;

    if (!posts_get(fixture->store, id, &fixture->arena, &post, &fixture->err))
        fail_msg("%s: %s", id, fixture->err.message);
    return post;
}

static inline const char *fixture_post_id(const struct list *posts, size_t at)
{
    assert_true(at < posts->count);
    return ((const struct post *)posts->items)[at].id;
}

/* -- the real data
 * --------------------------------------------------------------------------------- */

enum { REDDIT_POSTS = 1000 };

struct reddit {
    bson_t *documents[REDDIT_POSTS];
    char *lines[REDDIT_POSTS];
    size_t count;
};

/* All posts of reddit.jsonl; count 0 where the data is not at hand. */
static inline void reddit_read(struct reddit *reddit)
{
    FILE *file = shared_open("data/reddit.jsonl");
    size_t room = 0;
    char *line = NULL;

    reddit->count = 0;
    if (!file)
        return;
    while (getline(&line, &room, file) > 0) {
        assert_true(reddit->count < REDDIT_POSTS);
        reddit->documents[reddit->count] = fixture_bson(line);
        reddit->lines[reddit->count++] = line;
        line = NULL;
        room = 0;
    }
    free(line);
    fclose(file);
    assert_int_equal(reddit->count, REDDIT_POSTS);
}

static inline void reddit_release(struct reddit *reddit)
{
    for (size_t i = 0; i < reddit->count; i++) {
        bson_destroy(reddit->documents[i]);
        free(reddit->lines[i]);
    }
    reddit->count = 0;
}

static inline void reddit_load(const struct reddit *reddit, struct fixture *fixture)
{
    struct list documents = {reddit->documents, reddit->count};

    if (!store_write(fixture->store, fixture_put_documents, &documents, &fixture->err))
        fail_msg("%s", fixture->err.message);
}

#endif
