/* SPDX-License-Identifier: MIT */
/* The operators that ask for more than order, as
 * https://www.mongodb.com/docs/manual/reference/operator/query/ has them. */
#include "../filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static const struct filter *pair(enum filter_op op, bson_value_t first, bson_value_t second)
{
    bson_value_t *values = arena_alloc(&arena, 2 * sizeof(*values));

    values[0] = first;
    values[1] = second;
    return filter_among(&arena, op, "a", (struct filter_values){values, 2});
}

static const struct filter *mod(int64_t divisor, int64_t remainder)
{
    return pair(FILTER_MOD, value_int(divisor), value_int(remainder));
}

static const struct filter *type(int number)
{
    return pair(FILTER_TYPE, value_int(number), value_int(number));
}

static const struct filter *bits(enum filter_op op, int64_t mask)
{
    return filter_compare(&arena, op, "a", value_int(mask));
}

static const struct filter *contains(const char *text)
{
    return filter_compare(&arena, FILTER_CONTAINS, "a", value_text(text));
}

static bool meant(const struct filter *filter, bson_t *bson)
{
    struct error err = {0};
    bool ok;

    if (!filter_check(filter, &err))
        fail_msg("%s", err.message);
    ok = filter_matches(filter, bson_get_data(bson), bson->len);
    bson_destroy(bson);
    return ok;
}

static bool holds(const struct filter *filter, bson_value_t value)
{
    bson_t *bson = bson_new();

    bson_append_value(bson, "a", 1, &value);
    return meant(filter, bson);
}

static void test_remainders_are_of_numbers_cut_towards_zero(void **state)
{
    (void)state;
    assert_true(holds(mod(4, 0), value_int(12)));
    assert_false(holds(mod(4, 0), value_int(13)));
    assert_true(holds(mod(4, 1), value_double(5.9)));
    assert_true(holds(mod(4, -1), value_double(-5.9)));
    assert_false(holds(mod(4, 3), value_int(-5)));
    assert_true(holds(mod(-4, 1), value_int(5)));
    assert_true(holds(mod(4, 0), value_double(-0.5)));
    assert_true(holds(pair(FILTER_MOD, value_double(4), value_double(0)), value_int(8)));
}

static void test_what_has_no_remainder_is_not_meant(void **state)
{
    (void)state;
    assert_false(holds(mod(1, 0), value_text("4")));
    assert_false(holds(mod(1, 0), value_bool(true)));
    assert_false(holds(mod(1, 0), value_null()));
    assert_false(holds(mod(1, 0), value_double(NAN)));
    assert_false(holds(mod(1, 0), value_double(INFINITY)));
    assert_false(holds(mod(1, 0), value_double(0x1p63)));
    assert_true(holds(mod(1, 0), value_double(-0x1p63)));
    assert_false(meant(mod(1, 0), bson_new()));
}

static void test_the_least_number_has_a_remainder_by_minus_one(void **state)
{
    (void)state;
    assert_true(holds(mod(-1, 0), value_int(INT64_MIN)));
    assert_false(holds(mod(-1, 1), value_int(INT64_MIN)));
    assert_true(holds(mod(INT64_MIN, 7), value_int(7)));
}

static void test_lists_are_asked_by_element(void **state)
{
    (void)state;
    assert_true(meant(mod(4, 0), BCON_NEW("a", "[", BCON_INT32(1), BCON_INT32(8), "]")));
    assert_false(meant(mod(4, 0), BCON_NEW("a", "[", BCON_INT32(1), "8", "]")));
    assert_true(meant(bits(FILTER_BITS_ALL_SET, 8), BCON_NEW("a", "[", "x", BCON_DOUBLE(8), "]")));
    assert_true(meant(contains("b"), BCON_NEW("a", "[", "x", "abc", "]")));
    assert_false(meant(contains("b"), BCON_NEW("a", "[", "[", "abc", "]", "]")));
}

static void test_types_are_those_of_values_and_elements(void **state)
{
    (void)state;
    assert_true(holds(type(2), value_text("x")));
    assert_false(holds(type(2), value_int(1)));
    assert_true(holds(type(10), value_null()));
    assert_false(meant(type(10), bson_new()));
    assert_true(holds(type(16), value_int(1)));
    assert_false(holds(type(18), value_int(1)));
    assert_true(holds(type(18), value_int(INT64_MAX)));
    for (int i = 0; i < 3; i++)
        assert_true(holds(
            type(-1), (bson_value_t[]){value_int(1), value_double(NAN), value_int(INT64_MIN)}[i]));
    assert_false(holds(type(-1), value_bool(true)));
    assert_true(meant(type(255), BCON_NEW("a", BCON_MINKEY)));
    assert_false(meant(type(-1), BCON_NEW("a", BCON_MINKEY)));
    assert_true(meant(type(127), BCON_NEW("a", BCON_MAXKEY)));
    assert_true(meant(pair(FILTER_TYPE, value_int(2), value_int(8)), BCON_NEW("a", BCON_BOOL(1))));
}

static void test_the_type_of_a_list_is_asked_of_it_and_of_its_elements(void **state)
{
    (void)state;
    assert_true(meant(type(4), BCON_NEW("a", "[", "]")));
    assert_true(meant(type(4), BCON_NEW("a", "[", "x", "]")));
    assert_true(meant(type(2), BCON_NEW("a", "[", BCON_INT32(1), "x", "]")));
    assert_false(meant(type(2), BCON_NEW("a", "[", "[", "x", "]", "]")));
    assert_false(meant(type(3), BCON_NEW("a", "[", "x", "]")));
    assert_false(meant(type(4), BCON_NEW("a", "{", "x", "y", "}")));
}

static void test_bits_are_those_of_whole_numbers(void **state)
{
    (void)state;
    assert_true(holds(bits(FILTER_BITS_ALL_SET, 50), value_int(54)));
    assert_false(holds(bits(FILTER_BITS_ALL_SET, 51), value_int(54)));
    assert_true(holds(bits(FILTER_BITS_ANY_SET, 51), value_int(54)));
    assert_false(holds(bits(FILTER_BITS_ANY_SET, 9), value_int(54)));
    assert_true(holds(bits(FILTER_BITS_ALL_CLEAR, 9), value_int(54)));
    assert_false(holds(bits(FILTER_BITS_ALL_CLEAR, 11), value_int(54)));
    assert_true(holds(bits(FILTER_BITS_ANY_CLEAR, 11), value_int(54)));
    assert_false(holds(bits(FILTER_BITS_ANY_CLEAR, 6), value_int(54)));
    assert_true(holds(bits(FILTER_BITS_ALL_SET, 2), value_double(2)));
    assert_false(holds(bits(FILTER_BITS_ALL_CLEAR, 1), value_double(2.5)));
    assert_false(holds(bits(FILTER_BITS_ALL_CLEAR, 1), value_double(0x1p63)));
    assert_false(holds(bits(FILTER_BITS_ALL_CLEAR, 1), value_double(NAN)));
    assert_false(holds(bits(FILTER_BITS_ALL_CLEAR, 1), value_text("2")));
    assert_false(meant(bits(FILTER_BITS_ALL_CLEAR, 1), bson_new()));
}

static void test_bits_of_binary_begin_with_the_first_byte(void **state)
{
    static const uint8_t bytes[] = {5, 0, 0, 0, 0, 0, 0, 0, 255};
    bson_value_t value = {.value_type = BSON_TYPE_BINARY};

    (void)state;
    value.value.v_binary.data = (uint8_t *)(uintptr_t)bytes; /* only read */
    value.value.v_binary.data_len = sizeof(bytes);
    assert_true(holds(bits(FILTER_BITS_ALL_SET, 5), value));
    assert_false(holds(bits(FILTER_BITS_ANY_SET, 2), value));
    assert_true(holds(bits(FILTER_BITS_ALL_CLEAR, INT64_MIN), value));
    value.value.v_binary.data_len = 0;
    assert_true(holds(bits(FILTER_BITS_ALL_CLEAR, 5), value));
    assert_false(holds(bits(FILTER_BITS_ANY_SET, 5), value));
}

static void test_negative_numbers_have_their_sign_in_every_higher_bit(void **state)
{
    (void)state;
    assert_true(holds(bits(FILTER_BITS_ALL_SET, INT64_C(1) << 62), value_int(-1)));
    assert_true(holds(bits(FILTER_BITS_ALL_SET, INT64_MIN), value_int(-5)));
    assert_true(holds(bits(FILTER_BITS_ANY_CLEAR, 7), value_int(-5)));
    assert_true(holds(bits(FILTER_BITS_ALL_SET, 3), value_double(-5)));
    assert_false(holds(bits(FILTER_BITS_ANY_SET, INT64_MIN), value_int(5)));
}

static void test_a_text_is_found_in_texts_alone(void **state)
{
    (void)state;
    assert_true(holds(contains("b"), value_text("abc")));
    assert_true(holds(contains("abc"), value_text("abc")));
    assert_true(holds(contains(""), value_text("")));
    assert_false(holds(contains("B"), value_text("abc")));
    assert_false(holds(contains("abcd"), value_text("abc")));
    assert_false(holds(contains(""), value_int(5)));
    assert_false(holds(contains("5"), value_int(5)));
    assert_false(meant(contains(""), bson_new()));
}

static void test_behind_a_zero_byte_a_text_goes_on(void **state)
{
    bson_t *bson = bson_new();

    (void)state;
    bson_append_utf8(bson, "a", 1, "x\0y", 3);
    assert_true(meant(contains("y"), bson));
}

static void assert_refused(const struct filter *filter, const char *why)
{
    struct error err = {0};

    assert_false(filter_check(filter, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" does not say %s", err.message, why);
}

static void test_what_is_not_well_made_is_refused(void **state)
{
    static const bson_value_t many[FILTER_MAX_VALUES + 1];

    (void)state;
    assert_refused(mod(0, 0), "$mod of \"a\"");
    assert_refused(pair(FILTER_MOD, value_double(1.5), value_int(0)), "whole");
    assert_refused(pair(FILTER_MOD, value_int(2), value_text("0")), "whole");
    assert_refused(pair(FILTER_MOD, value_double(0x1p63), value_int(0)), "whole");
    assert_refused(filter_among(&arena, FILTER_MOD, "a", (struct filter_values){many, 1}),
                   "divisor");
    assert_refused(filter_among(&arena, FILTER_TYPE, "a", (struct filter_values){many, 0}), "type");
    assert_refused(
        filter_among(&arena, FILTER_TYPE, "a", (struct filter_values){many, FILTER_MAX_VALUES + 1}),
        "many");
    assert_refused(type(0), "no type");
    assert_refused(type(20), "no type");
    assert_refused(type(-2), "no type");
    assert_refused(pair(FILTER_TYPE, value_int(1), value_text("string")), "no type");
    assert_refused(filter_compare(&arena, FILTER_CONTAINS, "a", value_int(1)), "text");
    assert_refused(filter_compare(&arena, FILTER_BITS_ANY_SET, "a", value_double(1.5)), "whole");
    assert_refused(filter_compare(&arena, FILTER_BITS_ALL_CLEAR, "a", value_text("1")),
                   "$bitsAllClear");
    assert_refused(filter_compare(&arena, FILTER_CONTAINS, "", value_text("x")), "empty");
    assert_refused(
        filter_compare(&arena, (enum filter_op)(FILTER_BITS_ANY_CLEAR + 1), "a", value_int(1)),
        "unknown");
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_remainders_are_of_numbers_cut_towards_zero),
        TEST(test_what_has_no_remainder_is_not_meant),
        TEST(test_the_least_number_has_a_remainder_by_minus_one),
        TEST(test_lists_are_asked_by_element),
        TEST(test_types_are_those_of_values_and_elements),
        TEST(test_the_type_of_a_list_is_asked_of_it_and_of_its_elements),
        TEST(test_bits_are_those_of_whole_numbers),
        TEST(test_bits_of_binary_begin_with_the_first_byte),
        TEST(test_negative_numbers_have_their_sign_in_every_higher_bit),
        TEST(test_a_text_is_found_in_texts_alone),
        TEST(test_behind_a_zero_byte_a_text_goes_on),
        TEST(test_what_is_not_well_made_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
