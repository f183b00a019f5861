/* SPDX-License-Identifier: MIT */
#include "../segment.h"

#include "../../lib/value.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>
#include <cmocka.h>

#define OID "5f0000000000000000000001"

static const struct rules fields[] = {
    {.name = "text", .path = "text", .types = RULE_STRING},
    {.name = "number", .path = "number", .types = RULE_INTEGER},
    {.name = "real", .path = "real", .types = RULE_FLOAT},
    {.name = "both", .path = "both", .types = RULE_STRING | RULE_INTEGER},
    {.name = "oid", .path = "oid", .types = RULE_OBJECTID},
    {.name = "any", .path = "any"},
    {.name = "flag", .path = "flag", .types = RULE_BOOLEAN},
};
static struct collection collection;
static const struct resource resource = {
    .schema = {.fields = fields, .count = sizeof(fields) / sizeof(fields[0])},
    .collection = &collection,
};
static struct meanings meanings;

static size_t means(const char *field, const char *segment)
{
    return segment_means(&resource, field, segment, &meanings) ? meanings.count : 0;
}

static int64_t number_at(size_t i)
{
    struct value_number number = value_number(&meanings.values[i]);

    assert_true(value_is_number(&meanings.values[i]) && number.integral);
    return number.integer;
}

static void test_a_text_is_a_text(void **state)
{
    (void)state;
    assert_int_equal(means("text", "180097"), 1);
    assert_int_equal(meanings.values[0].value_type, BSON_TYPE_UTF8);
    assert_string_equal(meanings.values[0].value.v_utf8.str, "180097");
    assert_int_equal(means("text", OID), 1);
}

static void test_what_may_be_text_or_number_is_both(void **state)
{
    (void)state;
    assert_int_equal(means("both", "180097"), 2);
    assert_int_equal(meanings.values[0].value_type, BSON_TYPE_UTF8);
    assert_int_equal(number_at(1), 180097);
    assert_int_equal(means("both", "abc"), 1);
    assert_int_equal(means("any", "-3"), 2);
    assert_true(number_at(1) == -3);
}

static void test_numbers_have_one_spelling(void **state)
{
    static const char *const bad[] = {
        "", "-", "007", "+7", "7 ", "7x", "1e3", "0x7", "--7", "1.5", "9223372036854775808"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(means("number", bad[i]), 0);
    assert_int_equal(means("number", "0"), 1);
    assert_int_equal(means("number", "9223372036854775807"), 1);
    assert_true(number_at(0) == INT64_MAX);
    assert_int_equal(means("number", "-9223372036854775808"), 1);
    assert_true(number_at(0) == INT64_MIN);
}

static void test_fractions_are_for_floats(void **state)
{
    (void)state;
    assert_int_equal(means("real", "1.5"), 1);
    assert_true(meanings.values[0].value.v_double == 1.5);
    assert_int_equal(means("real", "2"), 1);
    assert_int_equal(means("real", "1."), 0);
    assert_int_equal(means("real", "1.5.5"), 0);
    assert_int_equal(means("real", ".5"), 0);
}

static void test_object_ids_are_24_lower_case_hex_digits(void **state)
{
    (void)state;
    assert_int_equal(means("oid", OID), 1);
    assert_int_equal(meanings.values[0].value_type, BSON_TYPE_OID);
    assert_int_equal(means("oid", "5F0000000000000000000001"), 0);
    assert_int_equal(means("oid", OID "0"), 0);
    assert_int_equal(means("oid", "5f"), 0);
    assert_int_equal(means("any", OID), 2);
    assert_int_equal(meanings.values[1].value_type, BSON_TYPE_OID);
}

static void test_an_id_is_what_its_collection_says(void **state)
{
    (void)state;
    collection.id_type = TYPE_OBJECT_ID;
    assert_int_equal(means("_id", OID), 1);
    assert_int_equal(means("_id", "7"), 0);
    collection.id_type = TYPE_INT;
    assert_int_equal(means("_id", "7"), 1);
    assert_int_equal(number_at(0), 7);
    assert_int_equal(means("_id", "x"), 0);
    collection.id_type = TYPE_TEXT;
    assert_int_equal(means("_id", "7"), 1);
    assert_int_equal(meanings.values[0].value_type, BSON_TYPE_UTF8);
}

static void test_a_boolean_has_no_address(void **state)
{
    (void)state;
    assert_int_equal(means("flag", "true"), 0);
}

static void test_a_filter_means_each_of_them(void **state)
{
    struct arena arena = {0};
    const struct filter *filter;

    (void)state;
    means("both", "7");
    filter = meanings_filter(&arena, "both", &meanings);
    assert_int_equal(filter->op, FILTER_IN);
    assert_int_equal(filter->count, 2);
    means("text", "7");
    filter = meanings_filter(&arena, "text", &meanings);
    assert_int_equal(filter->op, FILTER_EQ);
    assert_string_equal(filter->path, "text");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_is_a_text),
        cmocka_unit_test(test_what_may_be_text_or_number_is_both),
        cmocka_unit_test(test_numbers_have_one_spelling),
        cmocka_unit_test(test_fractions_are_for_floats),
        cmocka_unit_test(test_object_ids_are_24_lower_case_hex_digits),
        cmocka_unit_test(test_an_id_is_what_its_collection_says),
        cmocka_unit_test(test_a_boolean_has_no_address),
        cmocka_unit_test(test_a_filter_means_each_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
