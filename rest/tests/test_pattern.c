/* SPDX-License-Identifier: MIT */
#include "../pattern.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static bool matches_bytes(const char *pattern_text, const char *text, size_t len)
{
    struct error err = {0};
    struct pattern *pattern = pattern_new(pattern_text, &err);
    bool found;

    assert_non_null(pattern);
    found = pattern_matches(pattern, text, len);
    pattern_free(pattern);
    return found;
}

static bool matches(const char *pattern_text, const char *text)
{
    return matches_bytes(pattern_text, text, strlen(text));
}

static void test_the_whole_text_has_to_match(void **state)
{
    (void)state;
    assert_true(matches("[a-f0-9]{24}", "0123456789abcdef01234567"));
    assert_false(matches("[a-f0-9]{24}", "0123456789abcdef0123456"));
    assert_false(matches("[a-f0-9]{24}", "0123456789abcdef012345678"));
    assert_false(matches("a", "ba"));
    assert_false(matches("a", "a\n"));
    assert_false(matches("a$", "a\n"));
}

static void test_every_alternative_has_to_match_the_whole(void **state)
{
    (void)state;
    assert_true(matches("a|bc", "bc"));
    assert_false(matches("a|bc", "ax"));
    assert_false(matches("a|bc", "xbc"));
    assert_true(matches("a|ab", "ab"));
}

static void test_an_anchored_pattern_means_the_same(void **state)
{
    (void)state;
    assert_true(matches("^[a-z]+$", "word"));
    assert_false(matches("^[a-z]+$", "word "));
}

static void test_characters_are_those_of_unicode(void **state)
{
    (void)state;
    assert_true(matches(".", "é"));
    assert_true(matches("\\w+", "Füße"));
    assert_true(matches("(?P<name>[\\w-]+)", "a-b"));
}

static void test_what_is_no_utf8_matches_nothing(void **state)
{
    (void)state;
    assert_false(matches(".*", "\xff"));
    assert_true(matches_bytes("a.b", "a\0b", 3));
}

static void test_an_empty_text_matches_what_may_be_empty(void **state)
{
    (void)state;
    assert_true(matches("", ""));
    assert_true(matches(".*", ""));
    assert_false(matches(".+", ""));
}

static void test_a_bad_pattern_says_what_and_where(void **state)
{
    struct error err = {0};

    (void)state;
    assert_null(pattern_new("ab(c", &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_non_null(strstr(err.message, "parenthesis"));
    assert_non_null(strstr(err.message, "4"));
    assert_null(pattern_new("*", &err));
    assert_null(pattern_new("a\xff", &err));
}

static void test_an_enormous_pattern_is_refused(void **state)
{
    char *text = malloc(100001);
    struct error err = {0};

    (void)state;
    memset(text, 'a', 100000);
    text[100000] = '\0';
    assert_null(pattern_new(text, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    free(text);
}

static void test_a_pattern_that_would_take_forever_gives_up(void **state)
{
    char text[41];

    (void)state;
    memset(text, 'a', 40);
    text[40] = '\0';
    text[39] = 'b';
    assert_false(matches("(a+)+(a+)+c", text));
}

static void test_ordinary_patterns_manage_long_texts(void **state)
{
    char *text = malloc(100000);

    (void)state;
    memset(text, 'a', 100000);
    assert_true(matches_bytes("[\\w]+", text, 100000));
    assert_true(matches_bytes("(?:a|b)+", text, 5000));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_whole_text_has_to_match),
        cmocka_unit_test(test_every_alternative_has_to_match_the_whole),
        cmocka_unit_test(test_an_anchored_pattern_means_the_same),
        cmocka_unit_test(test_characters_are_those_of_unicode),
        cmocka_unit_test(test_what_is_no_utf8_matches_nothing),
        cmocka_unit_test(test_an_empty_text_matches_what_may_be_empty),
        cmocka_unit_test(test_a_bad_pattern_says_what_and_where),
        cmocka_unit_test(test_an_enormous_pattern_is_refused),
        cmocka_unit_test(test_a_pattern_that_would_take_forever_gives_up),
        cmocka_unit_test(test_ordinary_patterns_manage_long_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
