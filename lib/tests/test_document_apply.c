/* SPDX-License-Identifier: MIT */
#include "../document.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bson_json.h"

static void assert_bson(const bson_t *bson, const char *json)
{
    bson_t *wanted = parse(json);
    char *text = bson_as_canonical_extended_json(bson, NULL);
    char *wanted_text = bson_as_canonical_extended_json(wanted, NULL);

    assert_string_equal(text, wanted_text);
    assert_int_equal(bson->len, wanted->len);
    assert_memory_equal(bson_get_data(bson), bson_get_data(wanted), wanted->len);
    bson_free(text);
    bson_free(wanted_text);
    bson_destroy(wanted);
}

/* The document after the changes, or NULL with err filled. */
static bool apply(const char *json, const struct change *changes, size_t count, bson_t *out,
                  struct error *err)
{
    bson_t *bson = parse(json);
    struct bson_bytes bytes = {bson_get_data(bson), bson->len};
    bool ok = document_apply(&bytes, changes, count, out, err);

    bson_destroy(bson);
    return ok;
}

static void assert_change(const char *json, struct change change, const char *wanted)
{
    struct error err = {0};
    bson_t out;

    if (!apply(json, &change, 1, &out, &err))
        fail_msg("%s: %s", json, err.message);
    assert_true(bson_validate(&out, BSON_VALIDATE_UTF8, NULL));
    assert_bson(&out, wanted);
    bson_destroy(&out);
}

static void assert_refused(const char *json, struct change change, const char *names)
{
    struct error err = {0};
    bson_t out;

    assert_false(apply(json, &change, 1, &out, &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    if (!strstr(err.message, names))
        fail_msg("\"%s\" does not name %s", err.message, names);
}

static struct change set(const char *path, bson_value_t value)
{
    return (struct change){CHANGE_SET, path, value};
}

static struct change add(const char *path, bson_value_t value)
{
    return (struct change){CHANGE_ADD, path, value};
}

static bson_value_t int64(int64_t number)
{
    return (bson_value_t){.value_type = BSON_TYPE_INT64, .value.v_int64 = number};
}

static bson_value_t value_of(const bson_t *bson, const char *key)
{
    bson_iter_t iter;

    assert_true(bson_iter_init_find(&iter, bson, key));
    return *bson_iter_value(&iter);
}

static void test_set_keeps_the_order_and_appends_what_is_new(void **state)
{
    (void)state;
    assert_change("{\"_id\": 1, \"a\": 1, \"b\": 2}", set("a", value_text("long text")),
                  "{\"_id\": 1, \"a\": \"long text\", \"b\": 2}");
    assert_change("{\"_id\": 1, \"a\": \"long\", \"b\": 2}", set("a", value_null()),
                  "{\"_id\": 1, \"a\": null, \"b\": 2}");
    assert_change("{\"_id\": 1, \"b\": 2}", set("a", value_bool(true)),
                  "{\"_id\": 1, \"b\": 2, \"a\": true}");
    assert_change("{}", set("a", value_int(1)), "{\"a\": 1}");
}

static void test_set_makes_the_objects_on_the_way(void **state)
{
    (void)state;
    assert_change("{\"_id\": 1}", set("a.b.c", value_int(3)),
                  "{\"_id\": 1, \"a\": {\"b\": {\"c\": 3}}}");
    assert_change("{\"a\": {\"b\": {\"c\": 3}, \"z\": 1}, \"y\": 2}", set("a.b.d", value_text("x")),
                  "{\"a\": {\"b\": {\"c\": 3, \"d\": \"x\"}, \"z\": 1}, \"y\": 2}");
    assert_change("{\"a\": {\"b\": 1, \"z\": 1}, \"y\": 2}", set("a.b", value_text("longer")),
                  "{\"a\": {\"b\": \"longer\", \"z\": 1}, \"y\": 2}");
}

static void test_a_way_through_no_object_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"a\": 1}", set("a.b", value_int(1)), "\"a.b\"");
    assert_refused("{\"a\": null}", set("a.b", value_int(1)), "\"a.b\"");
    assert_refused("{\"a\": [{}]}", set("a.0", value_int(1)), "\"a.0\"");
    assert_refused("{\"a\": {\"b\": \"\"}}", add("a.b.c", value_int(1)), "\"a.b.c\"");
}

static void test_a_path_with_names_no_field_may_have_is_refused(void **state)
{
    static const char *const paths[] = {"", ".", "a.", ".a", "a..b", "$a", "a.$b", "\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        assert_refused("{}", set(paths[i], value_int(1)), "\"");
}

static void test_id_comes_first_and_stays(void **state)
{
    (void)state;
    assert_change("{\"a\": 1}", set("_id", value_text("x")), "{\"_id\": \"x\", \"a\": 1}");
    assert_change("{\"a\": 1, \"_id\": 5, \"b\": 2}", set("a", value_int(3)),
                  "{\"_id\": 5, \"a\": 3, \"b\": 2}");
    assert_change("{\"_id\": 5, \"a\": 1}", set("_id", value_int(5)), "{\"_id\": 5, \"a\": 1}");
    assert_refused("{\"_id\": 5}", set("_id", value_int(6)), "_id");
    assert_refused("{\"_id\": 5}", set("_id", value_double(5)), "_id");
    assert_refused("{\"_id\": {\"x\": 1}}", set("_id.x", value_int(1)), "_id");
    assert_refused("{\"_id\": 5}", (struct change){CHANGE_UNSET, "_id", {0}}, "_id");
    assert_refused("{\"_id\": 5}", add("_id", value_int(1)), "_id");
}

static void test_unset_takes_a_field_away_wherever_it_is(void **state)
{
    (void)state;
    assert_change("{\"_id\": 1, \"a\": 1, \"b\": 2}", (struct change){CHANGE_UNSET, "a", {0}},
                  "{\"_id\": 1, \"b\": 2}");
    assert_change("{\"a\": {\"b\": {\"c\": 1}}}", (struct change){CHANGE_UNSET, "a.b.c", {0}},
                  "{\"a\": {\"b\": {}}}");
    assert_change("{\"a\": 1}", (struct change){CHANGE_UNSET, "b.c", {0}}, "{\"a\": 1}");
}

static void test_add_starts_at_zero(void **state)
{
    (void)state;
    assert_change("{\"_id\": 1}", add("n", value_int(2)), "{\"_id\": 1, \"n\": 2}");
    assert_change("{\"_id\": 1}", add("a.n", int64(2)),
                  "{\"_id\": 1, \"a\": {\"n\": {\"$numberLong\": \"2\"}}}");
}

static void test_add_widens_as_far_as_it_must(void **state)
{
    (void)state;
    assert_change("{\"n\": 2}", add("n", value_int(-3)), "{\"n\": -1}");
    assert_change("{\"n\": 2147483647}", add("n", value_int(1)),
                  "{\"n\": {\"$numberLong\": \"2147483648\"}}");
    assert_change("{\"n\": 1}", add("n", int64(1)), "{\"n\": {\"$numberLong\": \"2\"}}");
    assert_change("{\"n\": 1}", add("n", value_double(0.5)), "{\"n\": 1.5}");
    assert_change("{\"n\": 1.5}", add("n", value_int(1)), "{\"n\": 2.5}");
    assert_change("{\"n\": 1.5}", add("n", value_double(0.5)),
                  "{\"n\": {\"$numberDouble\": \"2.0\"}}");
}

static void test_add_past_the_end_of_numbers_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"n\": {\"$numberLong\": \"9223372036854775807\"}}", add("n", value_int(1)),
                   "\"n\"");
    assert_refused("{\"n\": {\"$numberLong\": \"-9223372036854775808\"}}", add("n", value_int(-1)),
                   "\"n\"");
    assert_refused("{\"n\": 1e308}", add("n", value_double(1e308)), "\"n\"");
}

static void test_add_to_what_is_no_number_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"n\": \"1\"}", add("n", value_int(1)), "\"n\"");
    assert_refused("{\"n\": null}", add("n", value_int(1)), "\"n\"");
    assert_refused("{\"n\": true}", add("n", value_int(1)), "\"n\"");
    assert_refused("{\"n\": 1}", add("n", value_text("1")), "\"n\"");
}

static void test_a_set_holds_equal_values_once(void **state)
{
    bson_t *objects = parse("{\"same\": {\"a\": 1.0, \"b\": 2}, \"turned\": {\"b\": 2, \"a\": 1}}");
    struct change same = {CHANGE_ADD_TO_SET, "l", value_of(objects, "same")};
    struct change turned = {CHANGE_ADD_TO_SET, "l", value_of(objects, "turned")};

    (void)state;
    assert_change("{\"l\": [1, 2]}", (struct change){CHANGE_ADD_TO_SET, "l", value_double(1)},
                  "{\"l\": [1, 2]}");
    assert_change("{\"l\": [1, 2]}", (struct change){CHANGE_ADD_TO_SET, "l", value_text("1")},
                  "{\"l\": [1, 2, \"1\"]}");
    assert_change("{}", (struct change){CHANGE_ADD_TO_SET, "a.l", value_int(1)},
                  "{\"a\": {\"l\": [1]}}");
    assert_change("{\"l\": [{\"a\": 1, \"b\": 2}]}", same, "{\"l\": [{\"a\": 1, \"b\": 2}]}");
    assert_change("{\"l\": [{\"a\": 1, \"b\": 2}]}", turned,
                  "{\"l\": [{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1}]}");
    assert_refused("{\"l\": 1}", (struct change){CHANGE_ADD_TO_SET, "l", value_int(1)}, "\"l\"");
    bson_destroy(objects);
}

static void test_push_appends_and_pull_takes_every_equal_one(void **state)
{
    (void)state;
    assert_change("{\"l\": [1]}", (struct change){CHANGE_PUSH, "l", value_int(1)},
                  "{\"l\": [1, 1]}");
    assert_change("{}", (struct change){CHANGE_PUSH, "l", value_null()}, "{\"l\": [null]}");
    assert_change("{\"l\": [1, 2, 1.0, 3], \"z\": 0}",
                  (struct change){CHANGE_PULL, "l", value_int(1)}, "{\"l\": [2, 3], \"z\": 0}");
    assert_change("{\"l\": [1]}", (struct change){CHANGE_PULL, "l", value_int(1)}, "{\"l\": []}");
    assert_change("{\"z\": 0}", (struct change){CHANGE_PULL, "l", value_int(1)}, "{\"z\": 0}");
    assert_refused("{\"l\": {}}", (struct change){CHANGE_PULL, "l", value_int(1)}, "\"l\"");
}

static void test_changes_follow_one_another_or_none_happens(void **state)
{
    struct change changes[] = {
        set("a.b", value_int(1)), add("a.b", value_int(2)), {CHANGE_PUSH, "a.l", value_text("x")}};
    struct change broken[] = {set("a", value_int(1)), set("a.b", value_int(2))};
    struct error err = {0};
    bson_t out;

    (void)state;
    assert_true(apply("{\"_id\": 9}", changes, 3, &out, &err));
    assert_bson(&out, "{\"_id\": 9, \"a\": {\"b\": 3, \"l\": [\"x\"]}}");
    bson_destroy(&out);
    assert_false(apply("{\"_id\": 9}", broken, 2, &out, &err));
    assert_true(apply("{\"_id\": 9}", NULL, 0, &out, &err));
    assert_bson(&out, "{\"_id\": 9}");
    bson_destroy(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_keeps_the_order_and_appends_what_is_new),
        cmocka_unit_test(test_set_makes_the_objects_on_the_way),
        cmocka_unit_test(test_a_way_through_no_object_is_refused),
        cmocka_unit_test(test_a_path_with_names_no_field_may_have_is_refused),
        cmocka_unit_test(test_id_comes_first_and_stays),
        cmocka_unit_test(test_unset_takes_a_field_away_wherever_it_is),
        cmocka_unit_test(test_add_starts_at_zero),
        cmocka_unit_test(test_add_widens_as_far_as_it_must),
        cmocka_unit_test(test_add_past_the_end_of_numbers_is_refused),
        cmocka_unit_test(test_add_to_what_is_no_number_is_refused),
        cmocka_unit_test(test_a_set_holds_equal_values_once),
        cmocka_unit_test(test_push_appends_and_pull_takes_every_equal_one),
        cmocka_unit_test(test_changes_follow_one_another_or_none_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
