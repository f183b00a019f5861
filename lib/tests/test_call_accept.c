/* SPDX-License-Identifier: MIT */
/* What clients say they like or have, and ids: the pure functions of call_accept.c. */
#include "../call_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void test_accept_is_weighed(void **state)
{
    static const struct {
        const char *accept;
        bool json;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"*/*", false},
        {"application/json", true},
        {"application/problem+json", true},
        {"application/json, text/plain, */*", true},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false},
        {"text/html;q=0.5, application/json", true},
        {"text/html, application/json;q=0.9", false},
        {"application/json;q=0", false},
        {"application/json;q=0, */*", false},
        {"text/html;q=0, */*;q=0.1", true},
        {"APPLICATION/JSON ; q=0.2 , text/*;q=0.1", true},
        {"application/*, text/html;q=0.9", true},
        {"application/json;q=2, text/html;q=0.1", false},
        {"application/jsonx", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s\n", cases[i].accept ? cases[i].accept : "(none)");
        assert_int_equal(accept_prefers_json(cases[i].accept), cases[i].json);
    }
}

static void test_the_best_of_several_types_is_found(void **state)
{
    static const char *const types[] = {"application/json", "application/xml", "text/xml x/old"};
    static const struct {
        const char *accept;
        int best;
    } cases[] = {
        {NULL, -1},
        {"", -1},
        {"text/html", -1},
        {"*/*", 0},
        {"application/*", 0},
        {"text/*", 2},
        {"application/xml, */*", 1},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 1},
        {"application/xml;q=0.5, application/json;q=0.4", 1},
        {"application/xml;q=0.5, application/json;q=0.5", 0},
        {"application/json;q=0, */*;q=0.1", 1},
        {"X/OLD", 2},
        {"x/*", -1},
        {"application/xml;q=0", -1},
        {"application/jso", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s\n", cases[i].accept ? cases[i].accept : "(none)");
        assert_int_equal(accept_best(cases[i].accept, types, 3), cases[i].best);
    }
    assert_int_equal(accept_best("*/*", types, 0), -1);
}

static void test_gzip_is_sent_only_where_it_is_accepted(void **state)
{
    (void)state;
    assert_true(accept_gzip("gzip"));
    assert_true(accept_gzip("br, GZIP;q=0.1"));
    assert_true(accept_gzip("*"));
    assert_false(accept_gzip("gzip;q=0"));
    assert_false(accept_gzip("gzip;q=0.000, *"));
    assert_false(accept_gzip("identity"));
    assert_false(accept_gzip("gzipped"));
    assert_false(accept_gzip(NULL));
}

static void test_etag_is_found_in_lists_and_compared_weakly(void **state)
{
    (void)state;
    assert_true(etag_listed("\"a\"", "\"a\""));
    assert_true(etag_listed("W/\"a\"", "\"a\""));
    assert_true(etag_listed("\"x, y\" , W/\"z\",\"a\"", "W/\"a\""));
    assert_true(etag_listed("*", "\"a\""));
    assert_false(etag_listed("\"ab\"", "\"a\""));
    assert_false(etag_listed("a", "\"a\""));
    assert_false(etag_listed("\"a", "\"a\""));
    assert_false(etag_listed("", "\"a\""));
    assert_false(etag_listed(NULL, "\"a\""));
}

static void test_traceparent_is_taken_only_when_valid(void **state)
{
    static const char *const bad[] = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
        "00-4bf92f3577b34da6a3ce929d0e0e473G-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.x",
    };
    char id[33];

    (void)state;
    assert_true(traceparent_read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", id));
    assert_string_equal(id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_true(
        traceparent_read("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", id));
    assert_true(traceparent_read("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", id));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(traceparent_read(bad[i], id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept_is_weighed),
        cmocka_unit_test(test_the_best_of_several_types_is_found),
        cmocka_unit_test(test_gzip_is_sent_only_where_it_is_accepted),
        cmocka_unit_test(test_etag_is_found_in_lists_and_compared_weakly),
        cmocka_unit_test(test_traceparent_is_taken_only_when_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
