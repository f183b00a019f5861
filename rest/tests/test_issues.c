/* SPDX-License-Identifier: MIT */
#include "../issues.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct issues issues;

static int set_up(void **state)
{
    (void)state;
    issues_init(&issues, &arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void assert_written(bool as_list, const char *expected)
{
    struct buf out = {0};

    issues_write(&issues, as_list, &out);
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
}

static void test_nothing_is_an_empty_object(void **state)
{
    (void)state;
    assert_true(issues_empty(&issues));
    assert_written(false, "{}");
}

static void test_one_message_is_a_text_and_several_are_a_list(void **state)
{
    (void)state;
    issues_add(&issues, "a", "min length is %d", 1);
    issues_add(&issues, "b", "first");
    issues_add(&issues, "a", "second");
    issues_add(&issues, "b", "first");
    assert_false(issues_empty(&issues));
    assert_written(false, "{\"a\":[\"min length is 1\",\"second\"],\"b\":\"first\"}");
    assert_written(true, "{\"a\":[\"min length is 1\",\"second\"],\"b\":[\"first\"]}");
}

static void test_nested_ones_are_an_object_behind_the_messages(void **state)
{
    (void)state;
    issues_add(issues_below(&issues, "tags"), "1", "must be of string type");
    issues_add(issues_below(issues_below(&issues, "d"), "e"), "f", "unknown field");
    issues_add(&issues, "d", "says \"no\"");
    assert_written(false, "{\"tags\":{\"1\":\"must be of string type\"},"
                          "\"d\":[\"says \\\"no\\\"\",{\"e\":{\"f\":\"unknown field\"}}]}");
    assert_written(true, "{\"tags\":[{\"1\":[\"must be of string type\"]}],"
                         "\"d\":[\"says \\\"no\\\"\",{\"e\":[{\"f\":[\"unknown field\"]}]}]}");
}

static void test_nested_ones_without_any_are_left_out(void **state)
{
    (void)state;
    issues_below(issues_below(&issues, "a"), "b");
    assert_true(issues_empty(&issues));
    assert_written(false, "{}");
    issues_add(&issues, "c", "x");
    assert_written(true, "{\"c\":[\"x\"]}");
}

static void test_many_messages_of_a_field_are_all_kept(void **state)
{
    struct buf out = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        issues_add(&issues, "a", "%d", i);
    issues_write(&issues, false, &out);
    assert_non_null(strstr(buf_text(&out), "\"98\",\"99\"]}"));
    assert_int_equal(issues.first->message_count, 100);
    buf_release(&out);
}

static void test_issues_can_be_moved(void **state)
{
    struct issues more;
    struct issues none;

    (void)state;
    issues_init(&more, &arena);
    issues_init(&none, &arena);
    issues_add(&more, "b", "y");
    issues_take(&issues, &none);
    issues_take(&issues, &more);
    issues_add(&issues, "c", "z");
    assert_written(false, "{\"b\":\"y\",\"c\":\"z\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_is_an_empty_object, set_up),
        cmocka_unit_test_setup(test_one_message_is_a_text_and_several_are_a_list, set_up),
        cmocka_unit_test_setup(test_nested_ones_are_an_object_behind_the_messages, set_up),
        cmocka_unit_test_setup(test_nested_ones_without_any_are_left_out, set_up),
        cmocka_unit_test_setup(test_many_messages_of_a_field_are_all_kept, set_up),
        cmocka_unit_test_setup(test_issues_can_be_moved, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
