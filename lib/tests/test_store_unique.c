/* SPDX-License-Identifier: MIT */
/* Which documents unique fields hold apart: by values alone, without a store. */
#include "../store_unique.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct bson_bytes bytes_of(const bson_t *document)
{
    return (struct bson_bytes){bson_get_data(document), document->len};
}

/* Whether the second one is among those that share a key of the first. */
static bool meets(const bson_t *first, const bson_t *second, const char *path)
{
    struct arena arena = {0};
    struct bson_bytes one = bytes_of(first);
    struct unique unique;
    bool meets = unique_of(&arena, &one, path, &unique) &&
                 filter_matches(unique.shared, bson_get_data(second), second->len);

    arena_release(&arena);
    return meets;
}

/* Takes both. */
static void check(bson_t *a, bson_t *b, const char *path, bool clash)
{
    if (meets(a, b, path) != clash || meets(b, a, path) != clash) {
        char *texts[] = {bson_as_relaxed_extended_json(a, NULL),
                         bson_as_relaxed_extended_json(b, NULL)};

        fail_msg("%s: %s and %s", path, texts[0], texts[1]);
    }
    bson_destroy(a);
    bson_destroy(b);
}

static size_t count_keys(bson_t *document, const char *path)
{
    struct arena arena = {0};
    struct bson_bytes bytes = bytes_of(document);
    struct unique unique = {0};
    size_t count = unique_of(&arena, &bytes, path, &unique) ? unique.keys.count : 0;

    arena_release(&arena);
    bson_destroy(document);
    return count;
}

static void test_keys_are_values_and_elements(void **state)
{
    (void)state;
    assert_int_equal(count_keys(BCON_NEW("a", "x"), "a"), 1);
    assert_int_equal(count_keys(BCON_NEW("a", "[", "x", BCON_NULL, "y", "[", "z", "]", "]"), "a"),
                     2);
    assert_int_equal(count_keys(BCON_NEW("a", "[", BCON_NULL, "[", "z", "]", "]"), "a"), 0);
    assert_int_equal(count_keys(BCON_NEW("a", "[", "]"), "a"), 0);
    assert_int_equal(count_keys(BCON_NEW("a", BCON_NULL), "a"), 0);
    assert_int_equal(count_keys(BCON_NEW("a", BCON_UNDEFINED), "a"), 0);
    assert_int_equal(count_keys(BCON_NEW("b", "x"), "a"), 0);
    assert_int_equal(
        count_keys(BCON_NEW("a", "[", "{", "b", "x", "}", "{", "b", "[", "y", "z", "]", "}", "]"),
                   "a.b"),
        3);
}

static void test_lists_on_the_way_are_entered(void **state)
{
    (void)state;
    check(BCON_NEW("a", "[", "{", "b", "x", "}", "{", "b", "y", "}", "]"),
          BCON_NEW("a", "{", "b", "y", "}"), "a.b", true);
    check(BCON_NEW("a", "[", "{", "b", "[", "x", "]", "}", "]"), BCON_NEW("a", "{", "b", "x", "}"),
          "a.b", true);
    check(BCON_NEW("a", "[", "{", "b", "x", "}", "]"), BCON_NEW("a", "{", "b", "y", "}"), "a.b",
          false);
    check(BCON_NEW("a", "[", "x", "]"), BCON_NEW("a", "[", "x", "]"), "a.b", false);
    check(BCON_NEW("a", "[", "{", "}", "]"), BCON_NEW("a", "[", "{", "}", "]"), "a.b", false);
}

static void test_null_counts_among_values_only(void **state)
{
    (void)state;
    check(BCON_NEW("a", "[", BCON_NULL, "x", "]"), BCON_NEW("a", "[", BCON_NULL, "y", "]"), "a",
          true);
    check(BCON_NEW("a", "[", BCON_NULL, "x", "]"), BCON_NEW("a", BCON_NULL), "a", false);
    check(BCON_NEW("a", "[", BCON_NULL, "x", "]"), BCON_NEW("b", "x"), "a", false);
    check(BCON_NEW("a", "[", "{", "b", "x", "}", "{", "}", "]"),
          BCON_NEW("a", "[", "{", "b", "y", "}", "{", "}", "]"), "a.b", true);
}

static void test_a_list_in_a_list_is_one_key(void **state)
{
    (void)state;
    check(BCON_NEW("a", "[", "[", "x", "]", "y", "]"), BCON_NEW("a", "[", "[", "x", "]", "z", "]"),
          "a", true);
    check(BCON_NEW("a", "[", "[", "x", "]", "y", "]"), BCON_NEW("a", "[", "x", "]"), "a", false);
    check(BCON_NEW("a", "[", "[", "x", "]", "y", "]"), BCON_NEW("a", "x"), "a", false);
}

static void test_expressions_are_compared_not_matched(void **state)
{
    (void)state;
    check(BCON_NEW("a", "[", BCON_REGEX("x", ""), "y", "]"), BCON_NEW("a", BCON_REGEX("x", "")),
          "a", true);
    check(BCON_NEW("a", "[", BCON_REGEX("x", ""), "y", "]"), BCON_NEW("a", "x"), "a", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_values_and_elements),
        cmocka_unit_test(test_lists_on_the_way_are_entered),
        cmocka_unit_test(test_null_counts_among_values_only),
        cmocka_unit_test(test_a_list_in_a_list_is_one_key),
        cmocka_unit_test(test_expressions_are_compared_not_matched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
