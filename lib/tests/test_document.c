/* SPDX-License-Identifier: MIT */
#include "../document.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bson_json.h"

static void test_a_dotted_path_leads_through_objects(void **state)
{
    bson_t *bson = parse("{\"a\": {\"b\": {\"c\": 7}}, \"ab\": 1, \"l\": [{\"x\": 1}]}");
    bson_value_t value;

    (void)state;
    assert_true(document_get(bson_get_data(bson), bson->len, "a.b.c", &value));
    assert_int_equal(value.value.v_int32, 7);
    assert_true(document_get(bson_get_data(bson), bson->len, "a.b", &value));
    assert_int_equal(value.value_type, BSON_TYPE_DOCUMENT);
    assert_false(document_get(bson_get_data(bson), bson->len, "a.c", &value));
    assert_false(document_get(bson_get_data(bson), bson->len, "ab.c", &value));
    assert_false(document_get(bson_get_data(bson), bson->len, "a.b.", &value));
    assert_false(document_get(bson_get_data(bson), bson->len, "l.0", &value));
    assert_false(document_get(bson_get_data(bson), bson->len, "", &value));
    assert_false(document_get(bson_get_data(bson), bson->len - 1, "ab", &value));
    bson_destroy(bson);
}

static void test_members_are_appended_in_one_piece(void **state)
{
    bson_t *from = parse("{\"a\": 1, \"b\": {\"c\": [\"x\"]}, \"d\": \"last\"}");
    bson_t *want = parse("{\"_id\": 7, \"b\": {\"c\": [\"x\"]}, \"d\": \"last\", \"e\": 2}");
    bson_t out = BSON_INITIALIZER;
    struct error err = {0};
    bson_iter_t iter;

    (void)state;
    assert_true(bson_iter_init_find(&iter, from, "b"));
    bson_append_int32(&out, "_id", -1, 7);
    document_append(&out, bson_get_data(from) + iter.off, from->len - 1 - iter.off);
    document_append(&out, bson_get_data(from), 0);
    bson_append_int32(&out, "e", -1, 2);
    assert_true(document_check(bson_get_data(&out), out.len, &err));
    assert_true(bson_equal(&out, want));
    bson_destroy(&out);
    bson_destroy(want);
    bson_destroy(from);
}

static bool check(const bson_t *bson, struct error *err)
{
    *err = (struct error){0};
    return document_check(bson_get_data(bson), bson->len, err);
}

static void test_names_that_no_field_may_have_are_refused(void **state)
{
    static const struct {
        const char *key;
        const char *names;
    } cases[] = {
        {"", "\"a.o.\""}, {"$x", "\"a.o.$x\""}, {"x.y", "\"a.o.x.y\""}, {"\xff", "\"a.o."}};
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bson_t *bson = BCON_NEW("a", "{", "o", "{", cases[i].key, BCON_INT32(1), "}", "}");

        assert_false(check(bson, &err));
        assert_int_equal(err.kind, ERROR_REFUSED);
        assert_non_null(strstr(err.message, cases[i].names));
        bson_destroy(bson);
    }
}

static void test_text_that_is_not_utf8_is_refused(void **state)
{
    bson_t *bson = BCON_NEW("l", "[", BCON_INT32(1), "\xc3(", "]");
    struct error err;

    (void)state;
    assert_false(check(bson, &err));
    assert_non_null(strstr(err.message, "\"l.1\""));
    bson_destroy(bson);
}

static void test_any_ordinary_document_may_be_stored(void **state)
{
    bson_t *bson =
        parse("{\"_id\": {\"$oid\": \"5f0000000000000000000001\"}, \"t\": \"a\\u0000b é\","
              " \"l\": [[], {}, null, true, 1.5], \"d\": {\"$date\": 0}}");
    struct error err;

    (void)state;
    assert_true(check(bson, &err));
    bson_destroy(bson);
}

static void test_bytes_that_are_not_bson_are_refused(void **state)
{
    bson_t *bson = parse("{\"a\": {\"b\": \"text\"}, \"l\": [1, true]}");
    uint8_t bytes[64];
    struct error err;

    (void)state;
    assert_true(bson->len <= sizeof(bytes));
    for (uint32_t cut = 0; cut < bson->len; cut++)
        assert_false(document_check(bson_get_data(bson), cut, &err));
    memcpy(bytes, bson_get_data(bson), bson->len);
    bytes[bson->len - 3] = 2; /* the boolean */
    assert_false(document_check(bytes, bson->len, &err));
    bytes[bson->len - 3] = 1;
    assert_true(document_check(bytes, bson->len, &err));
    bytes[bson->len - 2] = 1; /* what closes the list */
    assert_false(document_check(bytes, bson->len, &err));
    assert_false(document_check((const uint8_t *)"\7\0\0\0\nx", 7, &err)); /* a shared zero */
    assert_int_equal(err.kind, ERROR_REFUSED);
    bson_destroy(bson);
}

/* levels objects inside one another. */
static bson_t *nested(int levels)
{
    bson_t *inner = bson_new();

    for (int i = 1; i < levels; i++) {
        bson_t *outer = bson_new();

        bson_append_document(outer, "o", -1, inner);
        bson_destroy(inner);
        inner = outer;
    }
    return inner;
}

static void test_a_hundred_levels_are_enough(void **state)
{
    bson_t *deep = nested(DOCUMENT_MAX_DEPTH);
    bson_t *deeper = nested(DOCUMENT_MAX_DEPTH + 1);
    struct error err;

    (void)state;
    assert_true(check(deep, &err));
    assert_false(check(deeper, &err));
    assert_non_null(strstr(err.message, "o.o.o"));
    bson_destroy(deep);
    bson_destroy(deeper);
}

static void test_sixteen_megabytes_are_enough(void **state)
{
    size_t len = DOCUMENT_MAX_BYTES - 5 - 3 - 5; /* head and end, type and name, length and end */
    char *text = malloc(len + 1);
    bson_t bson = BSON_INITIALIZER;
    struct error err;

    (void)state;
    memset(text, 'x', len + 1);
    assert_true(bson_append_utf8(&bson, "t", 1, text, (int)len));
    assert_int_equal(bson.len, DOCUMENT_MAX_BYTES);
    assert_true(check(&bson, &err));
    bson_destroy(&bson);
    bson_init(&bson);
    bson_append_utf8(&bson, "t", 1, text, (int)len + 1);
    assert_false(check(&bson, &err));
    bson_destroy(&bson);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_dotted_path_leads_through_objects),
        cmocka_unit_test(test_members_are_appended_in_one_piece),
        cmocka_unit_test(test_names_that_no_field_may_have_are_refused),
        cmocka_unit_test(test_text_that_is_not_utf8_is_refused),
        cmocka_unit_test(test_any_ordinary_document_may_be_stored),
        cmocka_unit_test(test_bytes_that_are_not_bson_are_refused),
        cmocka_unit_test(test_a_hundred_levels_are_enough),
        cmocka_unit_test(test_sixteen_megabytes_are_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
