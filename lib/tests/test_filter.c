/* SPDX-License-Identifier: MIT */
#include "../filter.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static bson_t *kept[4096];
static size_t kept_count;

static int forget(void **state)
{
    (void)state;
    while (kept_count)
        bson_destroy(kept[--kept_count]);
    arena_release(&arena);
    return 0;
}

static const bson_t *parse(const char *json)
{
    bson_error_t why;
    bson_t *bson = bson_new_from_json((const uint8_t *)json, -1, &why);

    if (!bson)
        fail_msg("%s: %s", json, why.message);
    kept[kept_count++] = bson;
    return bson;
}

/* A value as JSON writes it. */
static bson_value_t value(const char *json)
{
    const bson_t *bson = parse(arena_printf(&arena, "{\"v\": %s}", json));
    bson_iter_t iter;

    assert_true(bson_iter_init_find(&iter, bson, "v"));
    return *bson_iter_value(&iter);
}

static const struct filter *is(enum filter_op op, const char *path, const char *json)
{
    return filter_compare(&arena, op, path, value(json));
}

/* json: a list. */
static const struct filter *among(enum filter_op op, const char *path, const char *json)
{
    const bson_t *bson = parse(arena_printf(&arena, "{\"v\": %s}", json));
    bson_value_t *items = arena_alloc(&arena, 64 * sizeof(*items));
    size_t count = 0;
    bson_iter_t iter;
    bson_iter_t inner;

    assert_true(bson_iter_init_find(&iter, bson, "v") && bson_iter_recurse(&iter, &inner));
    while (bson_iter_next(&inner))
        items[count++] = *bson_iter_value(&inner);
    return filter_among(&arena, op, path, (struct filter_values){items, count});
}

static const struct filter * not(const struct filter *child)
{
    return filter_join(&arena, FILTER_NOT, child, NULL);
}

static bool matches(const struct filter *filter, const char *json)
{
    const bson_t *bson = parse(json);
    struct error err = {0};

    if (!filter_check(filter, &err))
        fail_msg("%s", err.message);
    return filter_matches(filter, bson_get_data(bson), bson->len);
}

static void assert_matches(const struct filter *filter, const char *json)
{
    if (!matches(filter, json))
        fail_msg("%s is not meant", json);
}

static void assert_differs(const struct filter *filter, const char *json)
{
    if (matches(filter, json))
        fail_msg("%s is meant", json);
}

static void test_no_filter_means_all(void **state)
{
    (void)state;
    assert_matches(NULL, "{}");
}

static void test_numbers_are_equal_by_value_whatever_their_type(void **state)
{
    (void)state;
    assert_matches(is(FILTER_EQ, "a", "1"), "{\"a\": {\"$numberDouble\": \"1.0\"}}");
    assert_matches(is(FILTER_EQ, "a", "1"), "{\"a\": {\"$numberLong\": \"1\"}}");
    assert_matches(is(FILTER_EQ, "a", "1"), "{\"a\": {\"$numberDecimal\": \"1.00\"}}");
    assert_matches(is(FILTER_EQ, "a", "0"), "{\"a\": {\"$numberDouble\": \"-0.0\"}}");
    assert_differs(is(FILTER_EQ, "a", "1"), "{\"a\": true}");
    assert_differs(is(FILTER_EQ, "a", "1"), "{\"a\": \"1\"}");
}

static void test_large_integers_are_not_rounded(void **state)
{
    const char *above = "{\"a\": {\"$numberLong\": \"9007199254740993\"}}";

    (void)state;
    assert_differs(is(FILTER_EQ, "a", "{\"$numberDouble\": \"9007199254740992\"}"), above);
    assert_matches(is(FILTER_GT, "a", "{\"$numberDouble\": \"9007199254740992\"}"), above);
    assert_matches(is(FILTER_LT, "a", "{\"$numberDouble\": \"9223372036854775808\"}"),
                   "{\"a\": {\"$numberLong\": \"9223372036854775807\"}}");
    assert_matches(is(FILTER_EQ, "a", "{\"$numberDouble\": \"-9223372036854775808\"}"),
                   "{\"a\": {\"$numberLong\": \"-9223372036854775808\"}}");
    assert_matches(is(FILTER_GT, "a", "-1.5"), "{\"a\": {\"$numberLong\": \"-1\"}}");
}

static void test_comparisons_stay_within_a_type(void **state)
{
    (void)state;
    assert_matches(is(FILTER_GT, "a", "5"), "{\"a\": 6}");
    assert_differs(is(FILTER_GT, "a", "5"), "{\"a\": 5}");
    assert_matches(is(FILTER_GTE, "a", "5"), "{\"a\": 5}");
    assert_matches(is(FILTER_LT, "a", "\"b\""), "{\"a\": \"a\"}");
    assert_matches(is(FILTER_LTE, "a", "\"b\""), "{\"a\": \"b\"}");
    assert_differs(is(FILTER_LT, "a", "5"), "{\"a\": null}");
    assert_differs(is(FILTER_GT, "a", "5"), "{\"a\": \"6\"}");
    assert_differs(is(FILTER_GT, "a", "5"), "{\"a\": {\"$date\": 6}}");
    assert_differs(is(FILTER_LT, "a", "5"), "{}");
}

static void test_nan_equals_itself_and_compares_to_nothing(void **state)
{
    const char *nan_json = "{\"$numberDouble\": \"NaN\"}";
    const char *holds = "{\"a\": {\"$numberDouble\": \"NaN\"}}";

    (void)state;
    assert_matches(is(FILTER_EQ, "a", nan_json), holds);
    assert_matches(is(FILTER_GTE, "a", nan_json), holds);
    assert_differs(is(FILTER_GT, "a", nan_json), holds);
    assert_differs(is(FILTER_LT, "a", "5"), holds);
    assert_differs(is(FILTER_LTE, "a", nan_json), "{\"a\": 5}");
}

static void test_null_is_missing_too(void **state)
{
    static const enum filter_op ops[] = {FILTER_EQ, FILTER_GTE, FILTER_LTE};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_matches(is(ops[i], "a", "null"), "{}");
        assert_matches(is(ops[i], "a", "null"), "{\"a\": null}");
        assert_matches(is(ops[i], "a.b", "null"), "{\"a\": 5}");
        assert_differs(is(ops[i], "a", "null"), "{\"a\": 0}");
    }
    assert_differs(is(FILTER_GT, "a", "null"), "{\"a\": 1}");
    assert_differs(is(FILTER_LT, "a", "null"), "{}");
    assert_differs(is(FILTER_NE, "a", "null"), "{}");
    assert_matches(is(FILTER_NE, "a", "null"), "{\"a\": []}");
}

static void test_negative_operators_are_complements(void **state)
{
    (void)state;
    assert_matches(is(FILTER_NE, "a", "1"), "{}");
    assert_matches(is(FILTER_NE, "a", "1"), "{\"a\": \"1\"}");
    assert_differs(is(FILTER_NE, "a", "1"), "{\"a\": [2, 1]}");
    assert_matches(among(FILTER_NIN, "a", "[1, 2]"), "{\"a\": 3}");
    assert_differs(among(FILTER_NIN, "a", "[1, null]"), "{}");
    assert_matches(not(is(FILTER_GT, "a", "5")), "{}");
    assert_matches(not(is(FILTER_GT, "a", "5")), "{\"a\": \"x\"}");
    assert_differs(not(is(FILTER_GT, "a", "5")), "{\"a\": [1, 6]}");
}

static void test_conditions_join(void **state)
{
    const struct filter *one = is(FILTER_EQ, "a", "1");
    const struct filter *two = is(FILTER_EQ, "b", "2");

    (void)state;
    assert_matches(filter_join(&arena, FILTER_AND, one, two), "{\"a\": 1, \"b\": 2}");
    assert_differs(filter_join(&arena, FILTER_AND, one, two), "{\"a\": 1}");
    assert_matches(filter_join(&arena, FILTER_OR, one, two), "{\"b\": 2}");
    assert_differs(filter_join(&arena, FILTER_OR, one, two), "{\"b\": 1}");
    assert_matches(filter_join(&arena, FILTER_NOR, one, two), "{}");
    assert_differs(filter_join(&arena, FILTER_NOR, one, two), "{\"b\": 2}");
}

static void test_in_all_and_nin_of_nothing(void **state)
{
    (void)state;
    assert_differs(among(FILTER_IN, "a", "[]"), "{\"a\": 1}");
    assert_differs(among(FILTER_IN, "a", "[]"), "{}");
    assert_differs(among(FILTER_ALL, "a", "[]"), "{\"a\": []}");
    assert_matches(among(FILTER_NIN, "a", "[]"), "{\"a\": 1}");
}

static void test_in_and_all_of_lists(void **state)
{
    (void)state;
    assert_matches(among(FILTER_IN, "a", "[1, null]"), "{}");
    assert_matches(among(FILTER_IN, "a", "[3, 2]"), "{\"a\": [1, 2]}");
    assert_matches(among(FILTER_IN, "a", "[[1, 2]]"), "{\"a\": [1, 2]}");
    assert_matches(among(FILTER_ALL, "a", "[1, 2.0]"), "{\"a\": [2, 3, 1]}");
    assert_differs(among(FILTER_ALL, "a", "[1, 2]"), "{\"a\": [1]}");
    assert_matches(among(FILTER_ALL, "a", "[1]"), "{\"a\": 1}");
    assert_matches(among(FILTER_ALL, "a", "[[1, 3]]"), "{\"a\": [[1, 3]]}");
    assert_matches(among(FILTER_ALL, "a", "[[1, 3]]"), "{\"a\": [1, 3]}");
}

static void test_a_list_is_entered_by_its_elements(void **state)
{
    const char *objects = "{\"a\": [{\"b\": 1}, {\"b\": [2, 3]}, 4]}";

    (void)state;
    assert_matches(is(FILTER_EQ, "a", "[1, 2]"), "{\"a\": [1, 2]}");
    assert_matches(is(FILTER_EQ, "a", "[1, 2]"), "{\"a\": [[1, 2], 3]}");
    assert_differs(is(FILTER_EQ, "a", "1"), "{\"a\": [[1, 2]]}");
    assert_matches(is(FILTER_EQ, "a.b", "1"), objects);
    assert_matches(is(FILTER_EQ, "a.b", "3"), objects);
    assert_matches(is(FILTER_EQ, "a.b", "[2, 3]"), objects);
    assert_differs(is(FILTER_EQ, "a.b", "4"), objects);
    assert_differs(is(FILTER_EQ, "a.b", "1"), "{\"a\": [[{\"b\": 1}]]}");
}

static void test_missing_inside_lists(void **state)
{
    (void)state;
    assert_matches(is(FILTER_EQ, "a.b", "null"), "{\"a\": [{\"b\": 1}, {}]}");
    assert_differs(is(FILTER_EQ, "a.b", "null"), "{\"a\": [{\"b\": 1}, 2]}");
    assert_differs(is(FILTER_EQ, "a.b", "null"), "{\"a\": [1, 2]}");
    assert_differs(is(FILTER_EQ, "a.b", "null"), "{\"a\": []}");
    assert_matches(is(FILTER_NE, "a.b", "null"), "{\"a\": []}");
}

static void test_numeric_segments_are_places_and_names(void **state)
{
    (void)state;
    assert_matches(is(FILTER_EQ, "a.1", "20"), "{\"a\": [10, 20]}");
    assert_differs(is(FILTER_EQ, "a.1", "10"), "{\"a\": [10, 20]}");
    assert_matches(is(FILTER_EQ, "a.1", "5"), "{\"a\": {\"1\": 5}}");
    assert_matches(is(FILTER_EQ, "a.1", "5"), "{\"a\": [{\"1\": 5}]}");
    assert_matches(is(FILTER_EQ, "a.0.b", "5"), "{\"a\": [{\"b\": 5}]}");
    assert_matches(is(FILTER_EQ, "a.0.1", "5"), "{\"a\": [[4, 5]]}");
    assert_matches(is(FILTER_EQ, "a.0", "[4, 5]"), "{\"a\": [[4, 5]]}");
    assert_differs(is(FILTER_EQ, "a.0", "4"), "{\"a\": [[4, 5]]}");
    assert_differs(is(FILTER_EQ, "a.01", "20"), "{\"a\": [10, 20]}");
    assert_matches(is(FILTER_EXISTS, "a.1", "true"), "{\"a\": [10, 20]}");
    assert_differs(is(FILTER_EXISTS, "a.2", "true"), "{\"a\": [10, 20]}");
}

static void test_objects_are_equal_with_their_order(void **state)
{
    (void)state;
    assert_matches(is(FILTER_EQ, "a", "{\"x\": 1, \"y\": 2}"), "{\"a\": {\"x\": 1.0, \"y\": 2}}");
    assert_differs(is(FILTER_EQ, "a", "{\"x\": 1, \"y\": 2}"), "{\"a\": {\"y\": 2, \"x\": 1}}");
    assert_differs(is(FILTER_EQ, "a", "{\"x\": 1}"), "{\"a\": {\"x\": 1, \"y\": 2}}");
}

static void test_exists_sees_null_but_not_missing(void **state)
{
    (void)state;
    assert_matches(is(FILTER_EXISTS, "a", "true"), "{\"a\": null}");
    assert_differs(is(FILTER_EXISTS, "a", "true"), "{}");
    assert_matches(is(FILTER_EXISTS, "a", "false"), "{}");
    assert_matches(is(FILTER_EXISTS, "a", "true"), "{\"a\": []}");
    assert_matches(is(FILTER_EXISTS, "a.b", "false"), "{\"a\": [1]}");
}

static void test_size_counts_the_list_itself(void **state)
{
    (void)state;
    assert_matches(is(FILTER_SIZE, "a", "2"), "{\"a\": [1, [2, 3, 4]]}");
    assert_matches(is(FILTER_SIZE, "a", "0"), "{\"a\": []}");
    assert_differs(is(FILTER_SIZE, "a", "3"), "{\"a\": [[1, 2, 3]]}");
    assert_differs(is(FILTER_SIZE, "a", "1"), "{\"a\": 1}");
    assert_differs(is(FILTER_SIZE, "a", "0"), "{}");
    assert_matches(is(FILTER_SIZE, "a.b", "1"), "{\"a\": [{\"b\": []}, {\"b\": [1]}]}");
}

static void test_elem_asks_one_element_for_everything(void **state)
{
    const struct filter *both =
        filter_join(&arena, FILTER_AND, is(FILTER_EQ, "x", "1"), is(FILTER_EQ, "y", "2"));
    const struct filter *between =
        filter_join(&arena, FILTER_AND, is(FILTER_GT, "", "4"), is(FILTER_LT, "", "6"));

    (void)state;
    assert_matches(filter_element(&arena, "a", both), "{\"a\": [{\"x\": 1, \"y\": 2}]}");
    assert_differs(filter_element(&arena, "a", both), "{\"a\": [{\"x\": 1}, {\"y\": 2}]}");
    assert_differs(filter_element(&arena, "a", both), "{\"a\": {\"x\": 1, \"y\": 2}}");
    assert_matches(filter_element(&arena, "a", between), "{\"a\": [1, 5]}");
    assert_differs(filter_element(&arena, "a", between), "{\"a\": [3, 7]}");
    assert_differs(filter_element(&arena, "a", between), "{\"a\": [[5]]}");
    assert_differs(filter_element(&arena, "a", between), "{\"a\": 5}");
    assert_matches(filter_element(&arena, "a.b", between), "{\"a\": [{\"b\": [5]}]}");
}

static void test_elem_of_complements_and_of_elem(void **state)
{
    const struct filter *five = filter_element(&arena, "", is(FILTER_EQ, "", "5"));

    (void)state;
    assert_matches(filter_element(&arena, "a", not(is(FILTER_GT, "", "5"))), "{\"a\": [6, 1]}");
    assert_differs(filter_element(&arena, "a", not(is(FILTER_GT, "", "5"))), "{\"a\": [6]}");
    assert_matches(filter_element(&arena, "a", is(FILTER_NE, "x", "1")), "{\"a\": [{}]}");
    assert_differs(filter_element(&arena, "a", is(FILTER_NE, "x", "1")), "{\"a\": [7]}");
    assert_matches(filter_element(&arena, "a", five), "{\"a\": [[4, 5]]}");
    assert_differs(filter_element(&arena, "a", five), "{\"a\": [4, 5]}");
    assert_matches(filter_element(&arena, "a", is(FILTER_EQ, "0", "5")), "{\"a\": [[5]]}");
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_filter_means_all),
        TEST(test_numbers_are_equal_by_value_whatever_their_type),
        TEST(test_large_integers_are_not_rounded),
        TEST(test_comparisons_stay_within_a_type),
        TEST(test_nan_equals_itself_and_compares_to_nothing),
        TEST(test_null_is_missing_too),
        TEST(test_negative_operators_are_complements),
        TEST(test_conditions_join),
        TEST(test_in_all_and_nin_of_nothing),
        TEST(test_in_and_all_of_lists),
        TEST(test_a_list_is_entered_by_its_elements),
        TEST(test_missing_inside_lists),
        TEST(test_numeric_segments_are_places_and_names),
        TEST(test_objects_are_equal_with_their_order),
        TEST(test_exists_sees_null_but_not_missing),
        TEST(test_size_counts_the_list_itself),
        TEST(test_elem_asks_one_element_for_everything),
        TEST(test_elem_of_complements_and_of_elem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
