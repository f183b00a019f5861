/* SPDX-License-Identifier: MIT */
#include "../form.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static struct arena arena;
static struct form form;
static struct error err;

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* The bytes end where memory ends, so that AddressSanitizer sees what is read beyond. */
static bool parse_bytes(const char *text, size_t len)
{
    char *copy = malloc(len ? len : 1);
    bool ok;

    memcpy(copy, text, len);
    err = (struct error){0};
    ok = form_parse(&arena, (struct form_text){copy, len, false}, &form, &err);
    free(copy);
    return ok;
}

static bool parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void assert_refused(const char *text, const char *message)
{
    assert_false(parse(text));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_string_equal(err.message, message);
}

static void assert_field(const char *name, const char *value)
{
    assert_non_null(form_get(&form, name));
    assert_string_equal(form_get(&form, name), value);
}

static void test_repeated_names_are_kept_where_they_may_be(void **state)
{
    (void)state;
    assert_false(parse("a=1&a=2"));
    assert_true(form_parse(&arena, (struct form_text){"a=1&b=3&a=2", 11, true}, &form, &err));
    assert_int_equal(form.count, 3);
    assert_field("a", "1");
    assert_string_equal(form.fields[2].value, "2");
}

static void test_fields_are_decoded_once(void **state)
{
    (void)state;
    assert_true(
        parse("search=c%2B%2B+and+%25&page=2&title=%E2%82%ac&raw=\xE2\x82\xAC&a%3Db=%26%3d"));
    assert_int_equal(form.count, 5);
    assert_field("search", "c++ and %");
    assert_field("page", "2");
    assert_field("title", "\xE2\x82\xAC");
    assert_field("raw", "\xE2\x82\xAC");
    assert_field("a=b", "&=");
    assert_null(form_get(&form, "Page"));
    assert_string_equal(form.fields[0].name, "search");
}

static void test_odd_but_well_formed_texts_are_read_as_the_standard_says(void **state)
{
    (void)state;
    assert_true(parse(""));
    assert_int_equal(form.count, 0);
    assert_true(parse("&&a&=x&b==c=d&"));
    assert_int_equal(form.count, 3);
    assert_field("a", "");
    assert_field("", "x");
    assert_field("b", "=c=d");
    assert_true(parse("a=1;b=2"));
    assert_field("a", "1;b=2");
    assert_true(parse("a=line%0D%0Aend%09"));
    assert_field("a", "line\r\nend\t");
}

static void test_malformed_fields_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("a=1&b=%", "the field \"b\" holds a malformed percent escape");
    assert_refused("b=%4", "the field \"b\" holds a malformed percent escape");
    assert_refused("b=%zz", "the field \"b\" holds a malformed percent escape");
    assert_refused("b=%4g&c=1", "the field \"b\" holds a malformed percent escape");
    assert_refused("b=%+1", "the field \"b\" holds a malformed percent escape");
    assert_refused("b=%00", "the field \"b\" holds a NUL");
    assert_refused("b=%FF", "the field \"b\" is not valid UTF-8");
    assert_refused("b=\x80", "the field \"b\" is not valid UTF-8");
    assert_refused("b=%C0%AF", "the field \"b\" is not valid UTF-8");
    assert_refused("b=%ED%A0%80", "the field \"b\" is not valid UTF-8");
    assert_refused("a=1&%=2", "the name of field 2 holds a malformed percent escape");
    assert_refused("%ff=2", "the name of field 1 is not valid UTF-8");
    assert_refused("x%0Ay=%", "the field \"x?y\" holds a malformed percent escape");
    assert_false(parse_bytes("a=b\0c", 5));
    assert_string_equal(err.message, "the field \"a\" holds a NUL");
}

static void test_a_name_given_twice_is_refused(void **state)
{
    (void)state;
    assert_refused("a=1&b=2&a=1", "the field \"a\" is given twice");
    assert_refused("a=1&%61=2", "the field \"a\" is given twice");
    assert_refused("=1&=2", "the field \"\" is given twice");
}

static void test_a_long_name_is_cut_between_characters_in_the_message(void **state)
{
    char text[200] = "";

    (void)state;
    for (int i = 0; i < 25; i++)
        strncat(text, "\xE2\x82\xAC", 4);
    strncat(text, "=%", 3);
    assert_false(parse(text));
    assert_int_equal(strcspn(err.message + strlen("the field \""), "\""), 60);
}

static void test_a_hundred_fields_pass_and_one_more_does_not(void **state)
{
    struct buf text = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "&f%d=%d", i, i);
    assert_true(parse_bytes(text.data, text.len));
    assert_int_equal(form.count, 100);
    assert_field("f99", "99");
    buf_puts(&text, "&last");
    assert_false(parse_bytes(text.data, text.len));
    assert_string_equal(err.message, "there are more than 100 fields");
    buf_release(&text);
}

static void test_a_refused_form_leaves_the_result_alone(void **state)
{
    (void)state;
    assert_true(parse("a=1"));
    assert_false(parse("b=%"));
    assert_field("a", "1");
}

static void assert_decoded(const char *text, const char *expected)
{
    char *decoded = path_decode(&arena, text, strlen(text));

    if (!expected) {
        assert_null(decoded);
        return;
    }
    assert_non_null(decoded);
    assert_string_equal(decoded, expected);
}

static void test_segments_of_a_path_are_decoded_once_and_plus_stays(void **state)
{
    (void)state;
    assert_decoded("", "");
    assert_decoded("a+b%20c", "a+b c");
    assert_decoded("a%2Fb%252F", "a/b%2F");
    assert_decoded("%2e%2E", "..");
    assert_decoded("caf%C3%A9", "caf\xC3\xA9");
    assert_decoded("%00", NULL);
    assert_decoded("x%", NULL);
    assert_decoded("x%1", NULL);
    assert_decoded("%G0", NULL);
    assert_decoded("%C3", NULL);
    assert_null(path_decode(&arena, "a\0b", 3));
}

static void test_encoded_text_is_unreserved_and_reads_back(void **state)
{
    struct buf out = {0};
    char every[256];

    (void)state;
    path_encode(&out, "az-AZ_09.~ /?#+%&\xC3\xA9");
    assert_string_equal(buf_text(&out), "az-AZ_09.~%20%2F%3F%23%2B%25%26%C3%A9");
    out.len = 0;
    for (int i = 0; i < 127; i++)
        every[i] = (char)(i + 1);
    every[127] = '\0';
    path_encode(&out, every);
    assert_decoded(buf_text(&out), every);
    buf_release(&out);
}

static void test_only_local_paths_are_safe_to_redirect_to(void **state)
{
    static const char *const good[] = {"/",
                                       "/posts/1",
                                       "/search_results/?q=a&page=2",
                                       "/a:b",
                                       "/a?x=https:y",
                                       "/@x",
                                       "/caf\xC3\xA9",
                                       "/a#b"};
    static const char *const bad[] = {"",
                                      "x",
                                      "//x",
                                      "///x",
                                      "/\\x",
                                      "\\/x",
                                      "\\\\x",
                                      "https:x",
                                      "https://x",
                                      "http:/x",
                                      "javascript:alert(1)",
                                      "/a//b",
                                      "/a\\b",
                                      "/a\tb",
                                      "/\t/x",
                                      "/\n/x",
                                      "\t/x",
                                      " /x",
                                      "/a\r\nSet-Cookie: x",
                                      "/\x7f",
                                      "/a\x01",
                                      ".",
                                      "..",
                                      "?x",
                                      "#x",
                                      "@x"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!path_is_local(good[i]))
            fail_msg("%s was refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (path_is_local(bad[i]))
            fail_msg("%s was let through", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_are_decoded_once),
        cmocka_unit_test(test_repeated_names_are_kept_where_they_may_be),
        cmocka_unit_test(test_odd_but_well_formed_texts_are_read_as_the_standard_says),
        cmocka_unit_test(test_malformed_fields_are_refused_by_name),
        cmocka_unit_test(test_a_name_given_twice_is_refused),
        cmocka_unit_test(test_a_long_name_is_cut_between_characters_in_the_message),
        cmocka_unit_test(test_a_hundred_fields_pass_and_one_more_does_not),
        cmocka_unit_test(test_a_refused_form_leaves_the_result_alone),
        cmocka_unit_test(test_segments_of_a_path_are_decoded_once_and_plus_stays),
        cmocka_unit_test(test_encoded_text_is_unreserved_and_reads_back),
        cmocka_unit_test(test_only_local_paths_are_safe_to_redirect_to),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
