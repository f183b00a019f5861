/* SPDX-License-Identifier: MIT */
/* Recommendations, also made again in another way from the real posts' lines. */
#include "fixture.h"

#include "../recommend.h"

#include <pthread.h>

static int open_posts(void **state)
{
    const struct collection *collections[] = {&posts_collection};

    *state = fixture_open(collections, COUNT_OF(collections));
    return 0;
}

struct numbers {
    int score, ups, downs, comments;
};

static void put(struct fixture *fixture, const char *id, struct numbers numbers, const char *topics)
{
    char json[512];

    snprintf(json, sizeof(json),
             "{\"id\":\"%s\",\"title\":\"Title of %s\",\"score\":%d,\"ups\":%d,\"downs\":%d,"
             "\"num_comments\":%d,\"topics\":[%s]}",
             id, id, numbers.score, numbers.ups, numbers.downs, numbers.comments, topics);
    fixture_put(fixture, json);
}

static struct list recommend(struct fixture *fixture, struct recommender *recommender,
                             struct recommend_for wish)
{
    struct list posts;

    if (!recommend_posts(recommender, &wish, &fixture->arena, &posts, &fixture->err))
        fail_msg("%s", fixture->err.message);
    return posts;
}

/* The ids, parted by blanks, of what is recommended. */
static void check_ids(struct fixture *fixture, struct recommender *recommender,
                      struct recommend_for wish, const char *ids)
{
    struct list posts = recommend(fixture, recommender, wish);
    char got[1024] = "";

    for (size_t i = 0; i < posts.count; i++)
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "",
                 fixture_post_id(&posts, i));
    assert_string_equal(got, ids);
}

static void test_the_formula_orders_and_its_threshold_cuts(void **state)
{
    struct recommender *recommender;

    put(*state, "fifty", (struct numbers){50, 999, 0, 9}, "");
    put(*state, "few", (struct numbers){90, 90, 10, 5}, "");
    put(*state, "many", (struct numbers){51, 90, 10, 6}, "");
    put(*state, "best", (struct numbers){51, 100, 10, 0}, "");
    put(*state, "worst", (struct numbers){500, 0, 0, 0}, "");
    put(*state, "same", (struct numbers){90, 90, 10, 5}, "");
    recommender = recommender_open(((struct fixture *)*state)->store);
    check_ids(*state, recommender, (struct recommend_for){.count = 12}, "best many few same worst");
    check_ids(*state, recommender, (struct recommend_for){.count = 2}, "best many");
    check_ids(*state, recommender, (struct recommend_for){.count = 0}, "");
    recommender_close(recommender);
}

static void test_hidden_posts_make_room_for_the_next(void **state)
{
    const char *ids[] = {"b", "unknown"};
    struct list hidden = {ids, COUNT_OF(ids)};
    struct recommender *recommender;

    put(*state, "a", (struct numbers){60, 60, 0, 0}, "");
    put(*state, "b", (struct numbers){70, 70, 0, 0}, "");
    put(*state, "c", (struct numbers){80, 80, 0, 0}, "");
    recommender = recommender_open(((struct fixture *)*state)->store);
    check_ids(*state, recommender, (struct recommend_for){.hidden = &hidden, .count = 2}, "c a");
    recommender_close(recommender);
}

static void test_liked_topics_come_first_in_the_order_of_the_formula(void **state)
{
    const char *names[] = {"web", "games", "none"};
    struct list topics = {names, COUNT_OF(names)};
    const char *ids[] = {"d"};
    struct list hidden = {ids, COUNT_OF(ids)};
    struct recommender *recommender;

    put(*state, "a", (struct numbers){99, 99, 0, 0}, "");
    put(*state, "b", (struct numbers){98, 98, 0, 0}, "\"data\",\"web\"");
    put(*state, "c", (struct numbers){97, 97, 0, 0}, "\"webs\"");
    put(*state, "d", (struct numbers){96, 96, 0, 0}, "\"web\",\"games\"");
    put(*state, "e", (struct numbers){95, 95, 0, 0}, "\"games\"");
    recommender = recommender_open(((struct fixture *)*state)->store);
    check_ids(*state, recommender, (struct recommend_for){.topics = &topics, .count = 12},
              "b d e a c");
    check_ids(*state, recommender,
              (struct recommend_for){.topics = &topics, .hidden = &hidden, .count = 3}, "b e a");
    recommender_close(recommender);
}

static void test_an_empty_store_recommends_nothing(void **state)
{
    struct recommender *recommender = recommender_open(((struct fixture *)*state)->store);

    check_ids(*state, recommender, (struct recommend_for){.count = 12}, "");
    recommender_close(recommender);
}

static void test_changes_are_seen_after_a_renewal(void **state)
{
    struct fixture *fixture = *state;
    struct recommender *recommender;

    put(fixture, "a", (struct numbers){60, 60, 0, 0}, "");
    recommender = recommender_open(fixture->store);
    put(fixture, "b", (struct numbers){70, 70, 0, 0}, "");
    put(fixture, "a", (struct numbers){40, 40, 0, 0}, "");
    assert_true(recommender_renew(recommender, &fixture->err));
    check_ids(fixture, recommender, (struct recommend_for){.count = 12}, "b");
    recommender_close(recommender);
}

static void test_the_thread_renews_by_itself(void **state)
{
    struct fixture *fixture = *state;
    struct recommender *recommender = recommender_open(fixture->store);
    int64_t until_us = clock_monotonic_us() + 20 * 1000000;
    struct list posts;

    put(fixture, "a", (struct numbers){60, 60, 0, 0}, "");
    do {
        posts = recommend(fixture, recommender, (struct recommend_for){.count = 1});
        arena_release(&fixture->arena);
        sched_yield();
    } while (!posts.count && clock_monotonic_us() < until_us);
    assert_int_equal(posts.count, 1);
    recommender_close(recommender);
}

static void test_posts_outlive_the_candidates_they_came_from(void **state)
{
    struct fixture *fixture = *state;
    struct recommender *recommender;
    const struct post *post;
    struct list posts;

    put(fixture, "a", (struct numbers){60, 60, 0, 0}, "\"web\"");
    recommender = recommender_open(fixture->store);
    posts = recommend(fixture, recommender, (struct recommend_for){.count = 1});
    put(fixture, "a", (struct numbers){61, 60, 0, 0}, "");
    assert_true(recommender_renew(recommender, &fixture->err));
    recommender_close(recommender);
    post = posts.items;
    assert_string_equal(post->title, "Title of a");
    assert_string_equal(*(const char *const *)post->topics.items, "web");
}

/* -- more posts than candidates
 * ---------------------------------------------------------------------- */

enum { MANY = 1500 };

static bool put_many(void *context, struct store *store, struct error *err)
{
    (void)context;
    for (int i = 0; i < MANY; i++) {
        bson_t post = BSON_INITIALIZER;
        int ups = 100 + (i * 7919) % MANY; /* a shuffle of 100 to 1599 */
        char id[16];
        bool done;

        snprintf(id, sizeof(id), "p%d", ups);
        BSON_APPEND_UTF8(&post, "id", id);
        BSON_APPEND_INT32(&post, "score", ups);
        BSON_APPEND_INT32(&post, "ups", ups);
        done = posts_put(store, &post, err);
        bson_destroy(&post);
        if (!done)
            return false;
    }
    return true;
}

static void test_the_best_thousand_of_many_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct recommender *recommender;
    struct list posts;

    assert_true(store_write(fixture->store, put_many, NULL, &fixture->err));
    recommender = recommender_open(fixture->store);
    posts = recommend(fixture, recommender, (struct recommend_for){.count = MANY});
    assert_int_equal(posts.count, 1000);
    for (size_t i = 0; i < posts.count; i++) {
        char id[16];

        snprintf(id, sizeof(id), "p%d", 100 + MANY - 1 - (int)i);
        assert_string_equal(fixture_post_id(&posts, i), id);
    }
    recommender_close(recommender);
}

/* -- many at once
 * ------------------------------------------------------------------------------------ */

static void *ask_often(void *argument)
{
    struct recommender *recommender = argument;
    struct recommend_for wish = {.count = RECOMMEND_COUNT};
    size_t *failures = calloc(1, sizeof(*failures));
    struct arena arena = {0};

    for (int i = 0; i < 2000; i++) {
        struct error err;
        struct list posts;

        *failures += !recommend_posts(recommender, &wish, &arena, &posts, &err) || !posts.count;
        arena_clear(&arena);
    }
    arena_release(&arena);
    return failures;
}

static void test_askers_and_renewals_do_not_disturb_each_other(void **state)
{
    struct fixture *fixture = *state;
    struct recommender *recommender;
    pthread_t threads[3];

    put(fixture, "a", (struct numbers){60, 60, 0, 0}, "");
    recommender = recommender_open(fixture->store);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, recommender), 0);
    for (int i = 0; i < 20; i++) {
        put(fixture, "b", (struct numbers){60 + i, 60, 0, 0}, "");
        assert_true(recommender_renew(recommender, &fixture->err));
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        void *failures;

        pthread_join(threads[i], &failures);
        assert_int_equal(*(size_t *)failures, 0);
        free(failures);
    }
    recommender_close(recommender);
}

/* -- the real data: the formula over raw lines, without BSON, store or heap
 * --------------------------- */

static long number_in(const char *line, const char *key)
{
    return strtol(strstr(line, key) + strlen(key), NULL, 10);
}

static int by_formula(const void *left, const void *right)
{
    const char *a = *(const char *const *)left;
    const char *b = *(const char *const *)right;
    long lead_a = number_in(a, ",\"downs\":") - number_in(a, ",\"ups\":");
    long lead_b = number_in(b, ",\"downs\":") - number_in(b, ",\"ups\":");

    if (lead_a != lead_b)
        return lead_a < lead_b ? -1 : 1;
    if (number_in(a, ",\"num_comments\":") != number_in(b, ",\"num_comments\":"))
        return number_in(a, ",\"num_comments\":") > number_in(b, ",\"num_comments\":") ? -1 : 1;
    return strncmp(a, b, strlen("{\"_id\":{\"$oid\":\"55a8c847bb6df3bce60b1ee0"));
}

static void check_id(const char *line, const char *id)
{
    const char *at = strstr(line, ",\"id\":") + strlen(",\"id\":");

    at += *at == '"';
    assert_memory_equal(at, id, strlen(id));
    assert_true(at[strlen(id)] == '"' || at[strlen(id)] == ',');
}

static void test_the_real_posts_give_the_originals_twelve(void **state)
{
    struct fixture *fixture = *state;
    struct recommender *recommender;
    char *best[REDDIT_POSTS];
    struct reddit reddit;
    struct list posts;
    size_t count = 0;

    reddit_read(&reddit);
    if (!reddit.count)
        skip();
    for (size_t i = 0; i < reddit.count; i++)
        if (number_in(reddit.lines[i], ",\"score\":") > 50)
            best[count++] = reddit.lines[i];
    qsort(best, count, sizeof(best[0]), by_formula);
    reddit_load(&reddit, fixture);
    recommender = recommender_open(fixture->store);
    posts = recommend(fixture, recommender, (struct recommend_for){.count = RECOMMEND_COUNT});
    assert_int_equal(posts.count, RECOMMEND_COUNT);
    posts = recommend(fixture, recommender, (struct recommend_for){.count = REDDIT_POSTS});
    assert_int_equal(posts.count, count);
    for (size_t i = 0; i < count; i++)
        check_id(best[i], fixture_post_id(&posts, i));
    recommender_close(recommender);
    reddit_release(&reddit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_formula_orders_and_its_threshold_cuts, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_hidden_posts_make_room_for_the_next, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_liked_topics_come_first_in_the_order_of_the_formula,
                                        open_posts, fixture_close),
        cmocka_unit_test_setup_teardown(test_an_empty_store_recommends_nothing, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_changes_are_seen_after_a_renewal, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_the_thread_renews_by_itself, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_posts_outlive_the_candidates_they_came_from,
                                        open_posts, fixture_close),
        cmocka_unit_test_setup_teardown(test_the_best_thousand_of_many_are_kept, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_askers_and_renewals_do_not_disturb_each_other,
                                        open_posts, fixture_close),
        cmocka_unit_test_setup_teardown(test_the_real_posts_give_the_originals_twelve, open_posts,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
