/* SPDX-License-Identifier: MIT */
#include "../filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static const struct filter *is(enum filter_op op, const char *path, bson_value_t value)
{
    return filter_compare(&arena, op, path, value);
}

static void assert_refused(const struct filter *filter, const char *names)
{
    struct error err = {0};

    assert_false(filter_check(filter, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    if (!strstr(err.message, names))
        fail_msg("\"%s\" does not name %s", err.message, names);
}

static void test_filters_that_make_no_sense_are_refused(void **state)
{
    const struct filter *leaf = is(FILTER_EQ, "a", value_int(1));
    const struct filter *mixed =
        filter_join(&arena, FILTER_AND, is(FILTER_EQ, "", value_int(1)), leaf);

    (void)state;
    assert_refused(is(FILTER_SIZE, "a", value_double(1.5)), "$size of \"a\"");
    assert_refused(is(FILTER_SIZE, "a", value_int(-1)), "$size");
    assert_refused(is(FILTER_SIZE, "a", value_text("1")), "$size");
    assert_refused(is(FILTER_EXISTS, "a", value_int(1)), "$exists");
    assert_refused(is(FILTER_EQ, "", value_int(1)), "$eq");
    assert_refused(is(FILTER_EQ, "\xff", value_int(1)), "$eq");
    assert_refused(filter_join(&arena, FILTER_OR, NULL, NULL), "$or");
    assert_refused(filter_join(&arena, FILTER_NOT, leaf, leaf), "$not");
    assert_refused(filter_element(&arena, "a", mixed), "$elemMatch of \"a\"");
}

static void test_depth_nodes_and_values_are_bounded(void **state)
{
    static const bson_value_t values[FILTER_MAX_VALUES + 1];
    const struct filter *deep = is(FILTER_EQ, "a", value_int(1));
    const struct filter **many = arena_alloc(&arena, FILTER_MAX_NODES * sizeof(void *));
    struct filter wide = {.op = FILTER_AND, .children = many, .count = FILTER_MAX_NODES - 1};
    struct error err = {0};

    (void)state;
    for (size_t i = 0; i < FILTER_MAX_NODES; i++)
        many[i] = deep;
    assert_true(filter_check(&wide, &err));
    wide.count++;
    assert_refused(&wide, "too many");
    for (int i = 1; i < FILTER_MAX_DEPTH; i++)
        deep = filter_join(&arena, FILTER_AND, deep, NULL);
    assert_true(filter_check(deep, &err));
    assert_refused(filter_join(&arena, FILTER_AND, deep, NULL), "deep");
    assert_true(filter_check(
        filter_among(&arena, FILTER_IN, "a", (struct filter_values){values, FILTER_MAX_VALUES}),
        &err));
    assert_refused(
        filter_among(&arena, FILTER_IN, "a", (struct filter_values){values, FILTER_MAX_VALUES + 1}),
        "$in of \"a\"");
}

static void test_bytes_that_are_not_bson_match_nothing_present(void **state)
{
    const struct filter *filter = is(FILTER_EXISTS, "a.b", value_bool(true));
    bson_t *bson = BCON_NEW("x", BCON_INT32(1), "a", "[", "{", "b", "text", "}", "[",
                            BCON_BOOL(true), "]", "]");
    uint8_t bytes[64];

    (void)state;
    assert_true(filter_matches(filter, bson_get_data(bson), bson->len));
    for (uint32_t i = 0; i < bson->len; i++) {
        assert_false(filter_matches(filter, bson_get_data(bson), i));
        memcpy(bytes, bson_get_data(bson), bson->len);
        bytes[i] = 0xFF;
        filter_matches(filter, bytes, bson->len); /* whatever it says, it must not read further */
    }
    bson_destroy(bson);
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_filters_that_make_no_sense_are_refused),
        TEST(test_depth_nodes_and_values_are_bounded),
        TEST(test_bytes_that_are_not_bson_match_nothing_present),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
