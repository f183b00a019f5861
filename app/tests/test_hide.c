/* SPDX-License-Identifier: MIT */
/* Hidden posts are hidden from one user, until they are shown again. */
#include "fixture.h"

#include "../hide.h"

static int open_hidden(void **state)
{
    const struct collection *collections[] = {&hidden_collection};

    *state = fixture_open(collections, COUNT_OF(collections));
    return 0;
}

struct wish {
    bool (*change)(struct store *store, const char *post, const char *user, struct error *err);
    const char *post;
    const char *user;
};

static bool do_wish(void *context, struct store *store, struct error *err)
{
    const struct wish *wish = context;

    return wish->change(store, wish->post, wish->user, err);
}

static void hide(struct fixture *fixture, const char *post, const char *user)
{
    struct wish wish = {hide_post, post, user};

    if (!store_write(fixture->store, do_wish, &wish, &fixture->err))
        fail_msg("%s", fixture->err.message);
}

static void show(struct fixture *fixture, const char *post, const char *user)
{
    struct wish wish = {hide_undo, post, user};

    if (!store_write(fixture->store, do_wish, &wish, &fixture->err))
        fail_msg("%s", fixture->err.message);
}

static struct list hidden(struct fixture *fixture, const char *user)
{
    struct list posts;

    if (!hidden_posts(fixture->store, user, &fixture->arena, &posts, &fixture->err))
        fail_msg("%s", fixture->err.message);
    return posts;
}

static const char *hidden_at(const struct list *posts, size_t at)
{
    assert_true(at < posts->count);
    return ((const char *const *)posts->items)[at];
}

static void test_hidden_posts_are_listed_newest_first(void **state)
{
    struct list posts;

    hide(*state, "b", "ann");
    clock_shift_ms(1000);
    hide(*state, "a", "ann");
    clock_shift_ms(2000);
    hide(*state, "c", "ann");
    posts = hidden(*state, "ann");
    assert_int_equal(posts.count, 3);
    assert_string_equal(hidden_at(&posts, 0), "c");
    assert_string_equal(hidden_at(&posts, 1), "a");
    assert_string_equal(hidden_at(&posts, 2), "b");
}

static void test_hiding_twice_changes_nothing(void **state)
{
    hide(*state, "a", "ann");
    hide(*state, "a", "ann");
    assert_int_equal(hidden(*state, "ann").count, 1);
}

static void test_a_post_is_hidden_from_its_user_alone(void **state)
{
    hide(*state, "a", "ann");
    hide(*state, "b", "annabel");
    assert_int_equal(hidden(*state, "ann").count, 1);
    assert_int_equal(hidden(*state, "an").count, 0);
    assert_int_equal(hidden(*state, NULL).count, 0);
}

static void test_a_hidden_post_can_be_shown_again(void **state)
{
    hide(*state, "a", "ann");
    hide(*state, "b", "ann");
    show(*state, "a", "ann");
    show(*state, "a", "ann");
    show(*state, "b", "bob");
    assert_int_equal(hidden(*state, "ann").count, 1);
}

static bool hide_many(void *context, struct store *store, struct error *err)
{
    for (int i = 0; i < HIDE_MOST; i++) {
        char post[16];

        snprintf(post, sizeof(post), "p%d", i);
        if (!hide_post(store, post, context, err))
            return false;
    }
    return true;
}

static void test_a_user_hides_a_thousand_posts_at_most(void **state)
{
    struct wish one_more = {hide_post, "more", "ann"};
    struct fixture *fixture = *state;
    char user[] = "ann";

    assert_true(store_write(fixture->store, hide_many, user, &fixture->err));
    assert_int_equal(hidden(fixture, "ann").count, HIDE_MOST);
    assert_false(store_write(fixture->store, do_wish, &one_more, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_CONFLICT);
    hide(fixture, "p7", "ann");
    hide(fixture, "more", "bob");
    show(fixture, "p7", "ann");
    hide(fixture, "more", "ann");
    assert_int_equal(hidden(fixture, "ann").count, HIDE_MOST);
}

static void test_a_list_knows_what_it_holds(void **state)
{
    const char *ids[] = {"a", "b"};
    struct list list = {ids, COUNT_OF(ids)};

    (void)state;
    assert_true(hidden_has(&list, "b"));
    assert_false(hidden_has(&list, "c"));
    assert_false(hidden_has(&(struct list){0}, "a"));
    assert_false(hidden_has(NULL, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hidden_posts_are_listed_newest_first, open_hidden,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_hiding_twice_changes_nothing, open_hidden,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_post_is_hidden_from_its_user_alone, open_hidden,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_hidden_post_can_be_shown_again, open_hidden,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_user_hides_a_thousand_posts_at_most, open_hidden,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_list_knows_what_it_holds, open_hidden,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
