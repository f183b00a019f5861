/* SPDX-License-Identifier: MIT */
#include "../tags.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>
#include <cmocka.h>

#define NEW_YEAR "Mon, 01 Jan 2024 00:00:00 GMT"
static const int64_t new_year_ms = 1704067200000;

static void test_bare_quoted_and_weak_tags_are_the_same(void **state)
{
    (void)state;
    assert_true(tags_name("abc", "abc"));
    assert_true(tags_name("\"abc\"", "abc"));
    assert_true(tags_name("W/\"abc\"", "abc"));
    assert_true(tags_name("W/abc", "abc"));
    assert_true(tags_name("  \"abc\"  ", "abc"));
}

static void test_a_list_names_each_of_its_tags(void **state)
{
    (void)state;
    assert_true(tags_name("\"a\", \"b\",\"c\"", "a"));
    assert_true(tags_name("\"a\", \"b\",\"c\"", "b"));
    assert_true(tags_name("\"a\", W/\"b\",\"c\"", "b"));
    assert_true(tags_name("a, b , c", "c"));
    assert_true(tags_name(",,\"c\",", "c"));
    assert_true(tags_name("\"x,y\", \"z\"", "x,y"));
    assert_false(tags_name("\"a\", \"b\"", "c"));
    assert_false(tags_name("\"x,y\"", "y"));
}

static void test_other_tags_are_not_named(void **state)
{
    (void)state;
    assert_false(tags_name("\"abcd\"", "abc"));
    assert_false(tags_name("\"ab\"", "abc"));
    assert_false(tags_name("", "abc"));
    assert_false(tags_name("W/", "abc"));
    assert_false(tags_name("\"", "abc"));
    assert_false(tags_name(",", "abc"));
}

static void test_a_star_names_nothing(void **state)
{
    (void)state;
    assert_false(tags_name("*", "abc"));
}

static void test_malformed_quotes_end_somewhere(void **state)
{
    (void)state;
    assert_true(tags_name("\"abc", "abc"));
    assert_true(tags_name("abc\"", "abc"));
    assert_true(tags_name("\"a\"\"b\"", "b"));
}

static bool unchanged(const char *none_match, const char *since, int64_t updated_ms)
{
    const struct validators validators = {none_match, since};

    return tags_unchanged(&validators, "abc", updated_ms);
}

static void test_without_validators_everything_is_new(void **state)
{
    (void)state;
    assert_false(unchanged(NULL, NULL, 0));
}

static void test_a_date_holds_with_a_second_of_slack(void **state)
{
    (void)state;
    assert_true(unchanged(NULL, NEW_YEAR, new_year_ms));
    assert_true(unchanged(NULL, NEW_YEAR, new_year_ms + 1999));
    assert_false(unchanged(NULL, NEW_YEAR, new_year_ms + 2000));
    assert_true(unchanged(NULL, NEW_YEAR, -1));
}

static void test_all_validators_that_were_sent_must_hold(void **state)
{
    (void)state;
    assert_true(unchanged("\"abc\"", NEW_YEAR, new_year_ms));
    assert_false(unchanged("\"abc\"", NEW_YEAR, new_year_ms + 5000));
    assert_false(unchanged("\"x\"", NEW_YEAR, new_year_ms));
}

static void test_a_malformed_date_counts_as_not_sent(void **state)
{
    (void)state;
    assert_false(unchanged(NULL, "yesterday", 0));
    assert_true(unchanged("\"abc\"", "yesterday", new_year_ms));
    assert_false(unchanged("\"x\"", "", new_year_ms));
}

static void test_what_has_no_tag_is_named_by_none(void **state)
{
    const struct validators validators = {"\"abc\"", NULL};

    (void)state;
    assert_false(tags_unchanged(&validators, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bare_quoted_and_weak_tags_are_the_same),
        cmocka_unit_test(test_a_list_names_each_of_its_tags),
        cmocka_unit_test(test_other_tags_are_not_named),
        cmocka_unit_test(test_a_star_names_nothing),
        cmocka_unit_test(test_malformed_quotes_end_somewhere),
        cmocka_unit_test(test_without_validators_everything_is_new),
        cmocka_unit_test(test_a_date_holds_with_a_second_of_slack),
        cmocka_unit_test(test_all_validators_that_were_sent_must_hold),
        cmocka_unit_test(test_a_malformed_date_counts_as_not_sent),
        cmocka_unit_test(test_what_has_no_tag_is_named_by_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
