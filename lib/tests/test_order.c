/* SPDX-License-Identifier: MIT */
#include "../filter.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static int compare_keys(struct order_key a, struct order_key b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.bytes, b.bytes, common);

    return order ? sign(order) : (a.len > b.len) - (a.len < b.len);
}

static struct order_key key_of(struct arena *arena, const char *json, const char *path,
                               bool ascending)
{
    bson_error_t why;
    bson_t *bson = bson_new_from_json((const uint8_t *)json, -1, &why);
    struct order_key key;

    if (!bson) {
        fail_msg("%s: %s", json, why.message);
        abort();
    }
    key = order_key(arena, bson_get_data(bson), bson->len, path, ascending);
    bson_destroy(bson);
    return key;
}

/* -1, 0 or 1: how documents sort by a path. */
static int sorted(const char *a, const char *b, const char *path, bool ascending)
{
    struct arena arena = {0};
    int order =
        compare_keys(key_of(&arena, a, path, ascending), key_of(&arena, b, path, ascending));

    arena_release(&arena);
    return order;
}

static const char *const rising[] = {
    "{\"a\": {\"$minKey\": 1}}",
    "{\"a\": []}",
    "{}",
    "{\"a\": {\"$numberDouble\": \"NaN\"}}",
    "{\"a\": {\"$numberDouble\": \"-Infinity\"}}",
    "{\"a\": {\"$numberLong\": \"-9223372036854775808\"}}",
    "{\"a\": -1.5}",
    "{\"a\": -1}",
    "{\"a\": 0}",
    "{\"a\": 4.9e-324}",
    "{\"a\": 1}",
    "{\"a\": 1.5}",
    "{\"a\": {\"$numberLong\": \"9007199254740992\"}}",
    "{\"a\": {\"$numberLong\": \"9007199254740993\"}}",
    "{\"a\": {\"$numberLong\": \"9223372036854775807\"}}",
    "{\"a\": 1e300}",
    "{\"a\": {\"$numberDouble\": \"Infinity\"}}",
    "{\"a\": \"\"}",
    "{\"a\": \"B\"}",
    "{\"a\": \"a\"}",
    "{\"a\": \"a\\u0000\"}",
    "{\"a\": \"a\\u0000b\"}",
    "{\"a\": \"ab\"}",
    "{\"a\": {}}",
    "{\"a\": {\"b\": 1}}",
    "{\"a\": {\"b\": 1, \"a\": 0}}",
    "{\"a\": {\"b\": 2}}",
    "{\"a\": {\"a\": \"\"}}",
    "{\"a\": [[]]}",
    "{\"a\": [[1]]}",
    "{\"a\": [[1, 2]]}",
    "{\"a\": {\"$binary\": {\"base64\": \"/w==\", \"subType\": \"00\"}}}",
    "{\"a\": {\"$binary\": {\"base64\": \"AAA=\", \"subType\": \"00\"}}}",
    "{\"a\": {\"$oid\": \"5f0000000000000000000001\"}}",
    "{\"a\": false}",
    "{\"a\": true}",
    "{\"a\": {\"$date\": {\"$numberLong\": \"-1\"}}}",
    "{\"a\": {\"$date\": {\"$numberLong\": \"1\"}}}",
    "{\"a\": {\"$timestamp\": {\"t\": 1, \"i\": 1}}}",
    "{\"a\": {\"$regularExpression\": {\"pattern\": \"a\", \"options\": \"\"}}}",
    "{\"a\": {\"$maxKey\": 1}}",
};

static void test_kinds_of_values_sort_one_after_the_other(void **state)
{
    size_t count = sizeof(rising) / sizeof(rising[0]);

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (sorted(rising[i], rising[j], "a", true) != (i > j) - (i < j))
                fail_msg("%s against %s", rising[i], rising[j]);
}

static void test_equal_values_have_one_key(void **state)
{
    (void)state;
    assert_int_equal(sorted("{}", "{\"a\": null}", "a", true), 0);
    assert_int_equal(sorted("{\"a\": 1}", "{\"a\": {\"$numberDouble\": \"1.0\"}}", "a", true), 0);
    assert_int_equal(sorted("{\"a\": 0}", "{\"a\": {\"$numberDouble\": \"-0.0\"}}", "a", true), 0);
    assert_int_equal(sorted("{\"a\": {\"$numberLong\": \"-9223372036854775808\"}}",
                            "{\"a\": {\"$numberDouble\": \"-9223372036854775808\"}}", "a", true),
                     0);
    assert_int_equal(sorted("{\"a\": {\"b\": 1}}", "{\"a\": {\"b\": 1.0}}", "a", true), 0);
}

static void test_lists_sort_by_their_least_rising_and_greatest_falling(void **state)
{
    (void)state;
    assert_int_equal(sorted("{\"a\": [1, 9]}", "{\"a\": [2, 3]}", "a", true), -1);
    assert_int_equal(sorted("{\"a\": [1, 9]}", "{\"a\": [2, 3]}", "a", false), 1);
    assert_int_equal(sorted("{\"a\": [2, 5]}", "{\"a\": 2}", "a", true), 0);
    assert_int_equal(sorted("{\"a\": [2, 5]}", "{\"a\": 5}", "a", false), 0);
    assert_int_equal(sorted("{\"a\": [\"x\", 5]}", "{\"a\": \"x\"}", "a", false), 0);
    assert_int_equal(sorted("{\"a\": []}", "{}", "a", false), -1);
}

static void test_paths_lead_through_lists_of_objects(void **state)
{
    const char *objects = "{\"a\": [{\"b\": 5}, {\"b\": [2, 9]}]}";

    (void)state;
    assert_int_equal(sorted(objects, "{\"a\": {\"b\": 2}}", "a.b", true), 0);
    assert_int_equal(sorted(objects, "{\"a\": {\"b\": 9}}", "a.b", false), 0);
    assert_int_equal(sorted("{\"a\": [{\"b\": 5}, {}]}", "{}", "a.b", true), 0);
    assert_int_equal(sorted("{\"a\": [{\"b\": 5}, 7]}", "{}", "a.b", true), 0);
    assert_int_equal(sorted("{\"a\": []}", "{}", "a.b", true), 0);
    assert_int_equal(sorted("{\"a\": {\"b\": []}}", "{\"a\": []}", "a.b", true), -1);
    assert_int_equal(sorted("{\"a\": 5}", "{}", "a.b", true), 0);
    assert_int_equal(sorted("{\"a\": [10, 20]}", "{\"a\": {\"1\": 20}}", "a.1", true), 0);
}

/* -- property: keys compare as values do ------------------------------------------------------- */

static uint64_t seed = 20240229;

static uint64_t next_random(void)
{
    uint64_t mixed = seed += 0x9E3779B97F4A7C15;

    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
    return mixed ^ mixed >> 31;
}

static double random_double(void)
{
    static const double odd[] = {0.0,      -0.0,     NAN,    INFINITY, -INFINITY, DBL_MIN,
                                 -DBL_MAX, 4.9e-324, 0x1p53, -0x1p63,  0x1p63,    0.5};
    uint64_t bits = next_random();
    double number;

    if (bits % 3 == 0)
        return odd[next_random() % (sizeof(odd) / sizeof(odd[0]))];
    if (bits % 3 == 1)
        return (double)((int64_t)next_random() >> (next_random() % 64));
    memcpy(&number, &bits, sizeof(number));
    return number;
}

static void append_random(bson_t *to, const char *key, int depth);

static void append_members(bson_t *to, int depth, bool list)
{
    static const char *const names[] = {"", "a", "aa", "b"};
    size_t count = next_random() % 4;

    for (size_t i = 0; i < count; i++) {
        char place[2] = {(char)('0' + i), '\0'};

        append_random(to, list ? place : names[next_random() % 4], depth + 1);
    }
}

static void append_text(bson_t *to, const char *key)
{
    char text[4];
    int len = (int)(next_random() % 4);

    for (int i = 0; i < len; i++)
        text[i] = "\0\1aZ\x7f"[next_random() % 5];
    bson_append_utf8(to, key, -1, text, len);
}

static void append_random(bson_t *to, const char *key, int depth)
{
    uint64_t pick = next_random() % (depth < 3 ? 12 : 10);
    uint8_t bytes[12] = {(uint8_t)next_random(), (uint8_t)next_random()};
    bson_oid_t oid;
    bson_t inner;

    bson_oid_init_from_data(&oid, bytes);
    switch (pick) {
    case 0:
        bson_append_null(to, key, -1);
        break;
    case 1:
        bson_append_bool(to, key, -1, next_random() % 2);
        break;
    case 2:
        bson_append_date_time(to, key, -1, (int64_t)next_random() >> (next_random() % 64));
        break;
    case 3:
        bson_append_oid(to, key, -1, &oid);
        break;
    case 4:
        bson_append_binary(to, key, -1, BSON_SUBTYPE_BINARY, bytes, (uint32_t)next_random() % 3);
        break;
    case 5:
        append_text(to, key);
        break;
    case 6:
        bson_append_int32(to, key, -1, (int32_t)next_random() >> (next_random() % 32));
        break;
    case 7:
        bson_append_int64(to, key, -1, (int64_t)next_random() >> (next_random() % 64));
        break;
    case 8:
    case 9:
        bson_append_double(to, key, -1, random_double());
        break;
    case 10:
        bson_append_document_begin(to, key, -1, &inner);
        append_members(&inner, depth, false);
        bson_append_document_end(to, &inner);
        break;
    default:
        bson_append_array_begin(to, key, -1, &inner);
        append_members(&inner, depth, true);
        bson_append_array_end(to, &inner);
    }
}

enum { VALUES = 400 };

/* A document {v: …}; a list stands inside an object, as by itself it sorts by one of its elements.
 */
static bson_t *random_document(void)
{
    bson_t *document = bson_new();
    bson_t *outer;
    bson_iter_t iter;

    append_random(document, "v", 0);
    if (bson_iter_init_find(&iter, document, "v") && !BSON_ITER_HOLDS_ARRAY(&iter))
        return document;
    outer = bson_new();
    BSON_APPEND_DOCUMENT(outer, "v", document);
    bson_destroy(document);
    return outer;
}

static void assert_same_order(const bson_t *a, const bson_t *b, int by_key)
{
    bson_iter_t left;
    bson_iter_t right;

    assert_true(bson_iter_init_find(&left, a, "v") && bson_iter_init_find(&right, b, "v"));
    if (value_compare(bson_iter_value(&left), bson_iter_value(&right)) != by_key)
        fail_msg("%s against %s", bson_as_canonical_extended_json(a, NULL),
                 bson_as_canonical_extended_json(b, NULL));
}

static void test_keys_compare_as_values_do(void **state)
{
    struct arena arena = {0};
    struct order_key keys[VALUES];
    bson_t *documents[VALUES];

    (void)state;
    for (size_t i = 0; i < VALUES; i++) {
        documents[i] = random_document();
        keys[i] = order_key(&arena, bson_get_data(documents[i]), documents[i]->len, "v",
                            next_random() % 2);
    }
    for (size_t i = 0; i < VALUES; i++)
        for (size_t j = 0; j < VALUES; j++)
            assert_same_order(documents[i], documents[j], compare_keys(keys[i], keys[j]));
    for (size_t i = 0; i < VALUES; i++)
        bson_destroy(documents[i]);
    arena_release(&arena);
}

static void test_nesting_without_end_does_no_harm(void **state)
{
    enum { LEVELS = 3000 };
    uint8_t *bytes = malloc(5 + LEVELS * 8);
    struct arena arena = {0};
    size_t len = 5;
    struct order_key key;
    bson_value_t value = {.value_type = BSON_TYPE_DOCUMENT};

    (void)state;
    memcpy(bytes, "\5\0\0\0\0", 5);
    for (int i = 0; i < LEVELS; i++) {
        uint32_t whole = (uint32_t)(len + 8);

        memmove(bytes + 7, bytes, len);
        memcpy(bytes, &whole, 4);
        memcpy(bytes + 4, "\3v", 3);
        bytes[whole - 1] = 0;
        len = whole;
    }
    key = order_key(&arena, bytes, len, "v", true);
    assert_true(key.len > 0);
    value.value.v_doc.data = bytes;
    value.value.v_doc.data_len = (uint32_t)len;
    assert_int_equal(value_compare(&value, &value), 0);
    arena_release(&arena);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_of_values_sort_one_after_the_other),
        cmocka_unit_test(test_equal_values_have_one_key),
        cmocka_unit_test(test_lists_sort_by_their_least_rising_and_greatest_falling),
        cmocka_unit_test(test_paths_lead_through_lists_of_objects),
        cmocka_unit_test(test_keys_compare_as_values_do),
        cmocka_unit_test(test_nesting_without_end_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
