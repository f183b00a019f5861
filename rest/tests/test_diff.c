/* SPDX-License-Identifier: MIT */
#include "../diff.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>
#include <cmocka.h>

static const struct names names = {.version = "_version", .etag = "_etag", .links = "_links"};

static void assert_diff(const char *before, const char *now, const char *wanted)
{
    struct buf out = {0};

    diff_write(&names, before, now, &out);
    assert_string_equal(buf_text(&out), wanted);
    buf_release(&out);
}

static void test_only_what_changed_is_left(void **state)
{
    (void)state;
    assert_diff("{\"_id\":1,\"a\":2,\"b\":\"x\"}", "{\"_id\":1,\"a\":3,\"b\":\"x\"}", "{\"a\":3}");
    assert_diff("{\"a\":1}", "{\"a\":1,\"b\":null}", "{\"b\":null}");
}

static void test_version_etag_and_links_are_always_there(void **state)
{
    (void)state;
    assert_diff("{\"a\":1,\"_etag\":\"e\",\"_version\":1,\"_links\":{\"self\":{}}}",
                "{\"a\":1,\"_etag\":\"e\",\"_version\":1,\"_links\":{\"self\":{}}}",
                "{\"_etag\":\"e\",\"_version\":1,\"_links\":{\"self\":{}}}");
}

static void test_nested_values_are_compared_whole(void **state)
{
    (void)state;
    assert_diff("{\"o\":{\"a\":1,\"b\":[1,{\"c\":2}]},\"l\":[\"}\",\",\"]}",
                "{\"o\":{\"a\":1,\"b\":[1,{\"c\":3}]},\"l\":[\"}\",\",\"]}",
                "{\"o\":{\"a\":1,\"b\":[1,{\"c\":3}]}}");
}

static void test_quotes_within_texts_end_nothing(void **state)
{
    (void)state;
    assert_diff("{\"a\\\"\":\"x\\\\\",\"b\":\"\\\"},{\"}",
                "{\"a\\\"\":\"x\\\\\",\"b\":\"\\\"},{\"}", "{}");
    assert_diff("{\"a\":\"\\\\\"}", "{\"a\":\"\\\"\"}", "{\"a\":\"\\\"\"}");
}

static void test_what_is_gone_does_not_show(void **state)
{
    (void)state;
    assert_diff("{\"a\":1,\"b\":2}", "{\"a\":1}", "{}");
    assert_diff("{\"a\":1}", "{}", "{}");
    assert_diff("{}", "{\"a\":1}", "{\"a\":1}");
}

static void test_members_may_stand_in_any_order(void **state)
{
    (void)state;
    assert_diff("{\"b\":1,\"ab\":2,\"a\":3,\"c\":4}", "{\"a\":3,\"c\":5,\"ab\":2,\"b\":1,\"d\":1}",
                "{\"c\":5,\"d\":1}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_changed_is_left),
        cmocka_unit_test(test_version_etag_and_links_are_always_there),
        cmocka_unit_test(test_nested_values_are_compared_whole),
        cmocka_unit_test(test_quotes_within_texts_end_nothing),
        cmocka_unit_test(test_what_is_gone_does_not_show),
        cmocka_unit_test(test_members_may_stand_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
