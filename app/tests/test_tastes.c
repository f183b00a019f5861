/* SPDX-License-Identifier: MIT */
/* What users like to read, from what they liked. */
#include "fixture.h"

#include "../likes.h"
#include "../tastes.h"

struct taster {
    struct fixture *fixture;
    struct memo *memo;
};

static int open_tastes(void **state)
{
    const struct collection *collections[] = {&posts_collection, &likes_collection,
                                              &like_totals_collection};
    static struct taster taster;

    taster.fixture = fixture_open(collections, COUNT_OF(collections));
    taster.memo = memo_open(&(struct memo_options){.entries = 100, .bytes = 1 << 20});
    fixture_put(taster.fixture, "{\"id\":\"a\",\"title\":\"A\",\"topics\":[\"web\",\"c++\"]}");
    fixture_put(taster.fixture, "{\"id\":\"b\",\"title\":\"B\",\"topics\":[\"c++\"]}");
    fixture_put(taster.fixture, "{\"id\":\"c\",\"title\":\"C\",\"topics\":[\"node.js\",\"$x\"]}");
    fixture_put(taster.fixture, "{\"id\":\"d\",\"title\":\"D\"}");
    *state = &taster;
    return 0;
}

static int close_tastes(void **state)
{
    struct taster *taster = *state;
    void *fixture = taster->fixture;

    arena_clear(&taster->fixture->arena); /* users of the memo */
    memo_close(taster->memo);
    return fixture_close(&fixture);
}

struct like {
    const char *post;
    bool undo;
};

static bool do_like(void *context, struct store *store, struct error *err)
{
    const struct like *like = context;
    struct likes likes = {0};

    return (like->undo ? likes_remove : likes_add)(store, like->post, "ann", &likes, err);
}

/* A second later than the like before. */
static void like(struct taster *taster, const char *post, bool undo)
{
    static int64_t shift_ms;
    struct like wish = {post, undo};

    clock_shift_ms(shift_ms += 1000);
    if (!store_write(taster->fixture->store, do_like, &wish, &taster->fixture->err))
        fail_msg("%s", taster->fixture->err.message);
}

static void check(struct taster *taster, const char *user, const char *expected)
{
    const struct posts_source source = {taster->fixture->store, taster->memo};
    struct fixture *fixture = taster->fixture;
    struct buf text = {0};
    struct list topics;

    if (!tastes_of(&source, user, &fixture->arena, &topics, &fixture->err))
        fail_msg("%s", fixture->err.message);
    for (size_t i = 0; i < topics.count; i++)
        buf_printf(&text, "%s ", ((const char *const *)topics.items)[i]);
    assert_string_equal(buf_text(&text), expected);
    buf_release(&text);
}

static void test_topics_of_most_likes_come_first(void **state)
{
    like(*state, "a", false);
    check(*state, "ann", "web c++ ");
    like(*state, "c", false);
    check(*state, "ann", "web c++ node.js $x ");
    like(*state, "b", false);
    check(*state, "ann", "c++ web node.js $x ");
}

static void test_a_like_taken_back_is_forgotten(void **state)
{
    like(*state, "a", false);
    like(*state, "b", false);
    like(*state, "a", true);
    check(*state, "ann", "c++ ");
    like(*state, "b", true);
    check(*state, "ann", "");
}

static void test_liking_twice_counts_once(void **state)
{
    like(*state, "a", false);
    like(*state, "c", false);
    like(*state, "c", false);
    like(*state, "b", false);
    check(*state, "ann", "c++ web node.js $x ");
}

static void test_posts_that_are_gone_and_posts_without_topics_do_not_matter(void **state)
{
    like(*state, "d", false);
    like(*state, "nothing", false);
    like(*state, "b", false);
    check(*state, "ann", "c++ ");
}

static void test_only_the_best_topics_are_told(void **state)
{
    struct taster *taster = *state;

    for (int i = 0; i < 20; i++) {
        char json[128];
        char id[16];

        snprintf(id, sizeof(id), "t%02d", i);
        snprintf(json, sizeof(json), "{\"id\":\"%s\",\"title\":\"T\",\"topics\":[\"topic%02d\"]}",
                 id, i % 10);
        fixture_put(taster->fixture, json);
        like(taster, id, false);
    }
    check(taster, "ann", "topic00 topic01 topic02 topic03 topic04 topic05 topic06 topic07 ");
}

static void test_other_users_likes_do_not_count(void **state)
{
    struct taster *taster = *state;

    like(taster, "a", false);
    check(taster, "an", "");
    check(taster, "ann-", "");
    check(taster, "ann", "web c++ ");
}

static void test_nobody_has_no_tastes(void **state)
{
    check(*state, NULL, "");
    check(*state, "bob", "");
}

int main(void)
{
#define TASTES_TEST(test) cmocka_unit_test_setup_teardown(test, open_tastes, close_tastes)
    const struct CMUnitTest tests[] = {
        TASTES_TEST(test_topics_of_most_likes_come_first),
        TASTES_TEST(test_a_like_taken_back_is_forgotten),
        TASTES_TEST(test_liking_twice_counts_once),
        TASTES_TEST(test_posts_that_are_gone_and_posts_without_topics_do_not_matter),
        TASTES_TEST(test_only_the_best_topics_are_told),
        TASTES_TEST(test_other_users_likes_do_not_count),
        TASTES_TEST(test_nobody_has_no_tastes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
