/* SPDX-License-Identifier: MIT */
/* Likes count once a user and post. */
#include "fixture.h"

#include "../likes.h"

static int open_likes(void **state)
{
    const struct collection *collections[] = {&likes_collection, &like_totals_collection};

    *state = fixture_open(collections, COUNT_OF(collections));
    return 0;
}

struct wish {
    bool (*change)(struct store *store, const char *post, const char *user, struct likes *out,
                   struct error *err);
    const char *post;
    const char *user;
    struct likes likes;
};

static bool do_wish(void *context, struct store *store, struct error *err)
{
    struct wish *wish = context;

    return wish->change(store, wish->post, wish->user, &wish->likes, err);
}

static struct likes change(struct fixture *fixture, struct wish wish)
{
    if (!store_write(fixture->store, do_wish, &wish, &fixture->err))
        fail_msg("%s", fixture->err.message);
    return wish.likes;
}

static int64_t like(struct fixture *fixture, const char *post, const char *user)
{
    struct likes likes = change(fixture, (struct wish){likes_add, post, user, {0}});

    assert_string_equal(likes.post, post);
    assert_true(likes.liked);
    return likes.total;
}

static int64_t unlike(struct fixture *fixture, const char *post, const char *user)
{
    struct likes likes = change(fixture, (struct wish){likes_remove, post, user, {0}});

    assert_string_equal(likes.post, post);
    assert_false(likes.liked);
    return likes.total;
}

static struct likes likes_now(struct fixture *fixture, const char *post, const char *user)
{
    struct list posts = {&post, 1};
    struct likes likes;

    if (!likes_of(fixture->store, &(struct likes_question){&posts, user, NULL}, &likes,
                  &fixture->err))
        fail_msg("%s", fixture->err.message);
    return likes;
}

static void test_a_post_nobody_likes_has_none(void **state)
{
    struct likes likes = likes_now(*state, "p", "ann");

    assert_string_equal(likes.post, "p");
    assert_int_equal(likes.total, 0);
    assert_false(likes.liked);
}

static void test_two_users_count_two(void **state)
{
    assert_int_equal(like(*state, "p", "ann"), 1);
    assert_int_equal(like(*state, "p", "bob"), 2);
    assert_int_equal(likes_now(*state, "p", NULL).total, 2);
}

static void test_like_twice_counts_once(void **state)
{
    assert_int_equal(like(*state, "p", "ann"), 1);
    assert_int_equal(like(*state, "p", "ann"), 1);
    assert_int_equal(likes_now(*state, "p", "ann").total, 1);
}

static void test_a_like_is_its_users_alone(void **state)
{
    like(*state, "p", "ann");
    assert_true(likes_now(*state, "p", "ann").liked);
    assert_false(likes_now(*state, "p", "bob").liked);
    assert_false(likes_now(*state, "p", NULL).liked);
}

static void test_taking_a_like_back_undoes_it(void **state)
{
    like(*state, "p", "ann");
    like(*state, "p", "bob");
    assert_int_equal(unlike(*state, "p", "ann"), 1);
    assert_false(likes_now(*state, "p", "ann").liked);
    assert_int_equal(like(*state, "p", "ann"), 2);
}

static void test_taking_back_what_was_not_given_changes_nothing(void **state)
{
    assert_int_equal(unlike(*state, "p", "ann"), 0);
    like(*state, "p", "bob");
    assert_int_equal(unlike(*state, "p", "ann"), 1);
    assert_int_equal(unlike(*state, "p", "bob"), 0);
    assert_int_equal(unlike(*state, "p", "bob"), 0);
}

static void test_posts_with_slashes_are_not_mistaken(void **state)
{
    like(*state, "p/ann", "bob");
    like(*state, "p", "ann");
    assert_int_equal(likes_now(*state, "p/ann", NULL).total, 1);
    assert_true(likes_now(*state, "p/ann", "bob").liked);
    assert_false(likes_now(*state, "p", "bob").liked);
}

static bool like_and_regret(void *context, struct store *store, struct error *err)
{
    struct likes *likes = context;

    if (!likes_add(store, "p", "ann", likes, err))
        return false;
    return (fail)(err, ERROR_REFUSED, "regret"); /* cmocka has a macro of this name */
}

static void test_a_work_that_fails_leaves_no_like(void **state)
{
    struct fixture *fixture = *state;
    struct likes likes;

    assert_false(store_write(fixture->store, like_and_regret, &likes, &fixture->err));
    assert_int_equal(likes_now(fixture, "p", "ann").total, 0);
    assert_false(likes_now(fixture, "p", "ann").liked);
    assert_int_equal(like(fixture, "p", "ann"), 1);
}

static void test_a_list_is_answered_in_its_order(void **state)
{
    const char *posts[] = {"z", "none", "a", "z", "m"};
    struct list asked = {posts, COUNT_OF(posts)};
    struct likes likes[COUNT_OF(posts)];
    struct fixture *fixture = *state;

    like(fixture, "z", "ann");
    like(fixture, "z", "bob");
    like(fixture, "a", "bob");
    like(fixture, "m", "ann");
    assert_true(likes_of(fixture->store, &(struct likes_question){&asked, "ann", NULL}, likes,
                         &fixture->err));
    for (size_t i = 0; i < COUNT_OF(posts); i++)
        assert_ptr_equal(likes[i].post, posts[i]);
    assert_true(likes[0].total == 2 && likes[0].liked);
    assert_true(likes[1].total == 0 && !likes[1].liked);
    assert_true(likes[2].total == 1 && !likes[2].liked);
    assert_true(likes[3].total == 2 && likes[3].liked);
    assert_true(likes[4].total == 1 && likes[4].liked);
    asked.count = 0;
    assert_true(likes_of(fixture->store, &(struct likes_question){&asked, "ann", NULL}, likes,
                         &fixture->err));
}

static void test_long_lists_are_answered_whole(void **state)
{
    enum { MANY = 2500 };
    static char texts[MANY][16];
    static struct likes likes[MANY];
    const char *posts[MANY];
    struct list asked = {posts, MANY};
    struct fixture *fixture = *state;

    for (int i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof(texts[i]), "p%d", i);
        posts[i] = texts[i];
    }
    like(fixture, "p3", "ann");
    like(fixture, "p2499", "ann");
    assert_true(likes_of(fixture->store, &(struct likes_question){&asked, "ann", NULL}, likes,
                         &fixture->err));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(likes[i].total, i == 3 || i == 2499);
        assert_int_equal(likes[i].liked, i == 3 || i == 2499);
    }
}

static void test_likes_are_described_for_replies(void **state)
{
    struct likes likes = {"p", 3, true};
    struct buf json = {0};

    (void)state;
    record_to_json(&likes_record, &likes, &json);
    assert_string_equal(buf_text(&json), "{\"post\":\"p\",\"likes\":3,\"liked\":true}");
    buf_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_post_nobody_likes_has_none, open_likes,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_two_users_count_two, open_likes, fixture_close),
        cmocka_unit_test_setup_teardown(test_like_twice_counts_once, open_likes, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_like_is_its_users_alone, open_likes, fixture_close),
        cmocka_unit_test_setup_teardown(test_taking_a_like_back_undoes_it, open_likes,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_taking_back_what_was_not_given_changes_nothing,
                                        open_likes, fixture_close),
        cmocka_unit_test_setup_teardown(test_posts_with_slashes_are_not_mistaken, open_likes,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_work_that_fails_leaves_no_like, open_likes,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_list_is_answered_in_its_order, open_likes,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_long_lists_are_answered_whole, open_likes,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_likes_are_described_for_replies, open_likes,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
