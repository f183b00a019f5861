/* SPDX-License-Identifier: MIT */
#include "../merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/tests/bson_json.h"

struct place {
    struct arena arena;
};

static int open_place(void **state)
{
    *state = calloc(1, sizeof(struct place));
    return 0;
}

static int close_place(void **state)
{
    arena_release(&((struct place *)*state)->arena);
    free(*state);
    return 0;
}

/* The order of members counts. */
static void assert_bson(const bson_t *bson, const char *json)
{
    bson_t *wanted = parse(json);
    char *text = bson_as_canonical_extended_json(bson, NULL);
    char *wanted_text = bson_as_canonical_extended_json(wanted, NULL);

    assert_true(bson_validate(bson, BSON_VALIDATE_UTF8, NULL));
    assert_string_equal(text, wanted_text);
    bson_free(text);
    bson_free(wanted_text);
    bson_destroy(wanted);
}

static void merge(struct place *place, const char *stored, const char *changes, bool nested,
                  const char *wanted)
{
    bson_t *old = parse(stored), *new = parse(changes);
    struct bson_bytes bytes = {bson_get_data(old), old->len};
    struct error err;
    bson_t out;

    if (!merge_changes(&(struct merging){&place->arena, nested}, &bytes, new, &out, &err))
        fail_msg("%s", err.message);
    assert_bson(&out, wanted);
    bson_destroy(&out);
    bson_destroy(old);
    bson_destroy(new);
}

static void test_fields_keep_their_order_and_new_ones_come_last(void **state)
{
    merge(*state, "{\"_id\":1,\"a\":1,\"b\":2,\"c\":3}", "{\"z\":9,\"b\":20,\"d\":4,\"a\":10}",
          true, "{\"_id\":1,\"a\":10,\"b\":20,\"c\":3,\"z\":9,\"d\":4}");
}

static void test_objects_merge_at_any_depth(void **state)
{
    merge(*state, "{\"m\":{\"x\":1,\"in\":{\"p\":1,\"q\":2}},\"n\":1}",
          "{\"m\":{\"in\":{\"q\":3,\"r\":4},\"y\":2}}", true,
          "{\"m\":{\"x\":1,\"in\":{\"p\":1,\"q\":3,\"r\":4},\"y\":2},\"n\":1}");
}

static void test_objects_are_replaced_where_they_are_not_to_merge(void **state)
{
    merge(*state, "{\"m\":{\"x\":1,\"y\":2}}", "{\"m\":{\"y\":3}}", false, "{\"m\":{\"y\":3}}");
}

static void test_lists_are_replaced_whole(void **state)
{
    merge(*state, "{\"l\":[1,2,3],\"k\":[{\"a\":1}]}", "{\"l\":[9],\"k\":[{\"b\":2}]}", true,
          "{\"l\":[9],\"k\":[{\"b\":2}]}");
}

static void test_null_is_a_value(void **state)
{
    merge(*state, "{\"a\":1,\"m\":{\"x\":1}}", "{\"a\":null,\"m\":{\"x\":null}}", true,
          "{\"a\":null,\"m\":{\"x\":null}}");
}

static void test_an_object_takes_the_place_of_what_is_none(void **state)
{
    merge(*state, "{\"a\":1,\"b\":{\"x\":1}}", "{\"a\":{\"x\":1},\"b\":2}", true,
          "{\"a\":{\"x\":1},\"b\":2}");
}

static void test_an_empty_patch_changes_nothing(void **state)
{
    merge(*state, "{\"_id\":1,\"a\":[1]}", "{}", true, "{\"_id\":1,\"a\":[1]}");
    merge(*state, "{\"m\":{\"x\":1}}", "{\"m\":{}}", true, "{\"m\":{\"x\":1}}");
    merge(*state, "{}", "{}", true, "{}");
}

static void test_names_that_begin_alike_are_others(void **state)
{
    merge(*state, "{\"ab\":1,\"a\":2}", "{\"abc\":3,\"a\":4}", true,
          "{\"ab\":1,\"a\":4,\"abc\":3}");
}

static void test_large_documents_merge(void **state)
{
    struct place *place = *state;
    bson_t old = BSON_INITIALIZER, new = BSON_INITIALIZER, out;
    struct bson_bytes bytes;
    struct error err;
    bson_iter_t iter;
    char key[16];

    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        BSON_APPEND_INT32(&old, key, i);
        snprintf(key, sizeof(key), "k%d", i + 10000);
        BSON_APPEND_INT32(&new, key, -i);
    }
    bytes = (struct bson_bytes){bson_get_data(&old), old.len};
    assert_true(merge_changes(&(struct merging){&place->arena, true}, &bytes, &new, &out, &err));
    assert_int_equal(bson_count_keys(&out), 30000);
    assert_true(bson_iter_init_find(&iter, &out, "k15000"));
    assert_int_equal(bson_iter_int32(&iter), -5000);
    bson_destroy(&old);
    bson_destroy(&new);
    bson_destroy(&out);
}

static void test_what_is_no_bson_is_an_error(void **state)
{
    struct place *place = *state;
    static const uint8_t cut[] = {12, 0, 0, 0, 16, 'a', 0, 1, 0, 0, 0, 7};
    bson_t changes = BSON_INITIALIZER, out;
    struct bson_bytes bytes = {cut, sizeof(cut) - 2};
    struct error err;

    assert_false(
        merge_changes(&(struct merging){&place->arena, true}, &bytes, &changes, &out, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
}

/* -- operators --------------------------------------------------------------------------------- */

static void test_operators_are_split_from_fields(void **state)
{
    struct place *place = *state;
    bson_t *body = parse("{\"a\":1,\"$inc\":{\"n\":2,\"m.k\":-1},\"b\":2,\"$push\":{\"l\":[1]},"
                         "\"$unset\":{\"x\":1},\"$addToSet\":{\"s\":\"t\"}}");
    bson_t plain = BSON_INITIALIZER;
    struct operators operators;
    struct error err;

    assert_true(merge_operators(&place->arena, body, &plain, &operators, &err));
    assert_bson(&plain, "{\"a\":1,\"b\":2}");
    assert_int_equal(operators.count, 5);
    assert_int_equal(operators.items[0].kind, CHANGE_ADD);
    assert_string_equal(operators.items[1].path, "m.k");
    assert_int_equal(operators.items[1].value.value.v_int32, -1);
    assert_int_equal(operators.items[2].kind, CHANGE_PUSH);
    assert_int_equal(operators.items[2].value.value_type, BSON_TYPE_ARRAY);
    assert_int_equal(operators.items[3].kind, CHANGE_UNSET);
    assert_int_equal(operators.items[4].kind, CHANGE_ADD_TO_SET);
    bson_destroy(&plain);
    bson_destroy(body);
}

static void refuse(struct place *place, const char *json, const char *why)
{
    bson_t *body = parse(json);
    bson_t plain = BSON_INITIALIZER;
    struct operators operators;
    struct error err;

    assert_false(merge_operators(&place->arena, body, &plain, &operators, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    if (!strstr(err.message, why))
        fail_msg("%s", err.message);
    bson_destroy(&plain);
    bson_destroy(body);
}

static void test_unknown_operators_are_refused(void **state)
{
    refuse(*state, "{\"$set\":{\"a\":1}}", "$set");
    refuse(*state, "{\"$\":1}", "$");
}

static void test_an_operator_needs_an_object(void **state)
{
    refuse(*state, "{\"$inc\":1}", "$inc");
    refuse(*state, "{\"$inc\":[1]}", "$inc");
}

static void test_there_are_not_too_many_operators(void **state)
{
    char json[4096] = "{\"$inc\":{";
    size_t len = strlen(json);

    for (int i = 0; i <= MERGE_MAX_OPERATORS; i++)
        len += (size_t)snprintf(json + len, sizeof(json) - len, "%s\"n%d\":1", i ? "," : "", i);
    snprintf(json + len, sizeof(json) - len, "}}");
    refuse(*state, json, "100");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)
    const struct CMUnitTest tests[] = {
        TEST(test_fields_keep_their_order_and_new_ones_come_last),
        TEST(test_objects_merge_at_any_depth),
        TEST(test_objects_are_replaced_where_they_are_not_to_merge),
        TEST(test_lists_are_replaced_whole),
        TEST(test_null_is_a_value),
        TEST(test_an_object_takes_the_place_of_what_is_none),
        TEST(test_an_empty_patch_changes_nothing),
        TEST(test_names_that_begin_alike_are_others),
        TEST(test_large_documents_merge),
        TEST(test_what_is_no_bson_is_an_error),
        TEST(test_operators_are_split_from_fields),
        TEST(test_unknown_operators_are_refused),
        TEST(test_an_operator_needs_an_object),
        TEST(test_there_are_not_too_many_operators),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
