/* SPDX-License-Identifier: MIT */
#include "../error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static void test_failing_fills_the_error_and_answers_false(void **state)
{
    struct error err = {.retry_after_s = 9};

    (void)state;
    assert_false((fail)(&err, ERROR_NOT_FOUND, "no post %s of %d", "x", 3));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    assert_string_equal(err.message, "no post x of 3");
    assert_int_equal(err.retry_after_s, 0);
}

static void test_a_long_message_is_cut_and_ended(void **state)
{
    struct error err;

    (void)state;
    assert_false((fail)(&err, ERROR_INVALID, "%0500d", 1));
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void test_every_kind_has_the_status_its_comment_names(void **state)
{
    static const struct {
        enum error_kind kind;
        int status;
    } kinds[] = {{ERROR_INVALID, 400},       {ERROR_UNAUTHORIZED, 401}, {ERROR_FORBIDDEN, 403},
                 {ERROR_NOT_FOUND, 404},     {ERROR_METHOD, 405},       {ERROR_CONFLICT, 409},
                 {ERROR_GONE, 410},          {ERROR_STALE, 412},        {ERROR_TOO_LARGE, 413},
                 {ERROR_URI_TOO_LONG, 414},  {ERROR_MEDIA_TYPE, 415},   {ERROR_REFUSED, 422},
                 {ERROR_UNCONDITIONAL, 428}, {ERROR_TOO_MANY, 429},     {ERROR_HEAD_TOO_LARGE, 431},
                 {ERROR_INTERNAL, 500},      {ERROR_UPSTREAM, 502},     {ERROR_BUSY, 503},
                 {ERROR_TIMEOUT, 504},       {ERROR_NONE, 500}};

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        assert_int_equal(error_status(kinds[i].kind), kinds[i].status);
        assert_string_not_equal(status_phrase(kinds[i].status), "Unknown");
    }
}

static void test_phrases_are_those_of_the_standard(void **state)
{
    (void)state;
    assert_string_equal(status_phrase(200), "OK");
    assert_string_equal(status_phrase(303), "See Other");
    assert_string_equal(status_phrase(404), "Not Found");
    assert_string_equal(status_phrase(431), "Request Header Fields Too Large");
    assert_string_equal(status_phrase(999), "Unknown");
    assert_string_equal(status_phrase(-1), "Unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failing_fills_the_error_and_answers_false),
        cmocka_unit_test(test_a_long_message_is_cut_and_ended),
        cmocka_unit_test(test_every_kind_has_the_status_its_comment_names),
        cmocka_unit_test(test_phrases_are_those_of_the_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
