/* SPDX-License-Identifier: MIT */
#include "../multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../buf.h"

static struct arena arena;
static struct error err;
static struct form form;

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static bool parse_as(const char *type, const char *body)
{
    return multipart_parse(&arena, (struct multipart){type, body, strlen(body)}, &form, &err);
}

static bool parse(const char *body)
{
    return parse_as("multipart/form-data; boundary=X", body);
}

#define HEAD(name) "Content-Disposition: form-data; name=" name "\r\n\r\n"
#define PART(name, text) "--X\r\n" HEAD("\"" name "\"") text "\r\n"

static void assert_refused(const char *body, enum error_kind kind, const char *says)
{
    err = (struct error){0};
    if (parse(body) || err.kind != kind || !strstr(err.message, says))
        fail_msg("%s: %d %s", body, err.kind, err.message);
}

static void test_texts_are_read_in_order_and_may_repeat_a_name(void **state)
{
    (void)state;
    assert_true(parse(PART("a", "1") PART("b", "") PART("a", "two\r\nlines\r\n--Y") "--X--\r\n"));
    assert_int_equal(form.count, 3);
    assert_string_equal(form.fields[0].name, "a");
    assert_string_equal(form.fields[0].value, "1");
    assert_string_equal(form.fields[1].value, "");
    assert_string_equal(form.fields[2].name, "a");
    assert_string_equal(form.fields[2].value, "two\r\nlines\r\n--Y");
}

static void test_a_form_without_fields_is_one(void **state)
{
    (void)state;
    assert_true(parse("--X--"));
    assert_int_equal(form.count, 0);
}

static void test_the_boundary_is_a_token_or_quoted(void **state)
{
    (void)state;
    assert_true(parse_as("Multipart/Form-Data;charset=utf-8 ; BOUNDARY=\"a b\"",
                         "--a b\r\n" HEAD("n") "v\r\n--a b--"));
    assert_string_equal(form.fields[0].name, "n");
    assert_false(parse_as("multipart/form-data", "--X--"));
    assert_false(parse_as("multipart/form-data; boundary=", "----"));
    assert_false(parse_as("multipart/form-data; boundary=\"X", "--X--"));
    assert_false(parse_as("multipart/form-data; boundary=X y", "--X--"));
    assert_false(parse_as("multipart/form-data; boundary=12345678901234567890123456789012345678901"
                          "234567890123456789012345678901",
                          ""));
    assert_false(parse_as("multipart/mixed; boundary=X", "--X--"));
    assert_int_equal(err.kind, ERROR_INVALID);
}

static void test_names_hold_quotes_and_what_browsers_escape(void **state)
{
    (void)state;
    assert_true(parse("--X\r\n" HEAD("\"a\\\"b\\\\c%22\\d\"") "v\r\n--X--"));
    assert_string_equal(form.fields[0].name, "a\"b\\c%22\\d");
}

static void test_other_headers_are_let_be_and_utf_8_may_be_claimed(void **state)
{
    (void)state;
    assert_true(parse("--X \r\ncontent-type: text/plain; charset=UTF-8\r\nX-Other: 1\r\n"
                      "Content-Transfer-Encoding: 8bit\r\n" HEAD("n") "\xC3\xA9\r\n--X--"));
    assert_string_equal(form.fields[0].value, "\xC3\xA9");
    assert_refused("--X\r\nContent-Type: text/plain; charset=latin1\r\n" HEAD("n") "v\r\n--X--",
                   ERROR_INVALID, "is not in UTF-8");
    assert_refused("--X\r\nContent-Transfer-Encoding: base64\r\n" HEAD("n") "v\r\n--X--",
                   ERROR_INVALID, "encoded in an unknown way");
}

static void test_files_are_refused_with_a_sentence(void **state)
{
    (void)state;
    assert_refused(PART("a", "1") "--X\r\n" HEAD("b; filename=\"x.png\"") "v\r\n--X--",
                   ERROR_REFUSED, "part 2 of the form is a file: files are not taken");
    assert_refused("--X\r\n" HEAD("b; FileName*=UTF-8''x") "v\r\n--X--", ERROR_REFUSED, "a file");
}

static void test_what_is_not_framed_is_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "X--",
        "\r\n--X--",
        "--X",
        "--X-",
        "--X--y",
        "--X--\r\ny",
        "--X\n" HEAD("n") "v\r\n--X--",
        "--X\r\n" HEAD("n") "v",
        "--X\r\n" HEAD("n") "v\r\n--X",
        "--X\r\n" HEAD("n") "v--X--",
        "--X\r\n" HEAD("n") "v\r\n--Xy\r\n",
        "--X\r\n\r\nv\r\n--X--",
        "--X\r\nX-Other: 1\r\n\r\nv\r\n--X--",
        "--X\r\nContent-Disposition: form-data\r\n\r\nv\r\n--X--",
        "--X\r\nContent-Disposition: attachment; name=n\r\n\r\nv\r\n--X--",
        "--X\r\nContent-Disposition: form-data; name=\"n\r\n\r\nv\r\n--X--",
        "--X\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nv\r\n--X--",
        "--X\r\nContent-Disposition: form-data; name=a\r\n" HEAD("b") "v\r\n--X--",
        "--X\r\nno header\r\n" HEAD("b") "v\r\n--X--",
        "--X\r\n Content-Disposition: form-data; name=a\r\n\r\nv\r\n--X--",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_refused(bodies[i], ERROR_INVALID, "");
}

static void test_what_is_no_text_is_refused(void **state)
{
    static const char nul[] = "--X\r\n" HEAD("n") "a\0b\r\n--X--";

    (void)state;
    assert_refused("--X\r\n" HEAD("n") "\xFF\r\n--X--", ERROR_INVALID, "is not valid UTF-8");
    assert_refused("--X\r\n" HEAD("\"\xFF\"") "v\r\n--X--", ERROR_INVALID, "malformed");
    assert_false(multipart_parse(
        &arena, (struct multipart){"multipart/form-data; boundary=X", nul, sizeof(nul) - 1}, &form,
        &err));
    assert_string_equal(err.message, "part 1 of the form holds a NUL");
}

static void test_fields_and_headers_are_bounded(void **state)
{
    struct buf body = {0};

    (void)state;
    for (int i = 0; i < MULTIPART_MAX_FIELDS; i++)
        buf_puts(&body, PART("a", "1"));
    buf_puts(&body, "--X--");
    assert_true(parse(buf_text(&body)));
    assert_int_equal(form.count, MULTIPART_MAX_FIELDS);
    body.len -= strlen("--X--");
    buf_puts(&body, PART("a", "1") "--X--");
    assert_refused(buf_text(&body), ERROR_INVALID, "more than 100 fields");
    body.len = 0;
    buf_puts(&body, "--X\r\n");
    for (int i = 0; i < 9; i++)
        buf_puts(&body, "X-Other: 1\r\n");
    buf_puts(&body, HEAD("n") "v\r\n--X--");
    assert_refused(buf_text(&body), ERROR_INVALID, "too many");
    buf_release(&body);
}

static void test_a_refused_form_leaves_the_result_alone(void **state)
{
    (void)state;
    assert_true(parse(PART("a", "1") "--X--"));
    assert_false(parse(PART("b", "1") PART("c", "1")));
    assert_int_equal(form.count, 1);
    assert_string_equal(form.fields[0].name, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_read_in_order_and_may_repeat_a_name),
        cmocka_unit_test(test_a_form_without_fields_is_one),
        cmocka_unit_test(test_the_boundary_is_a_token_or_quoted),
        cmocka_unit_test(test_names_hold_quotes_and_what_browsers_escape),
        cmocka_unit_test(test_other_headers_are_let_be_and_utf_8_may_be_claimed),
        cmocka_unit_test(test_files_are_refused_with_a_sentence),
        cmocka_unit_test(test_what_is_not_framed_is_refused),
        cmocka_unit_test(test_what_is_no_text_is_refused),
        cmocka_unit_test(test_fields_and_headers_are_bounded),
        cmocka_unit_test(test_a_refused_form_leaves_the_result_alone),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
