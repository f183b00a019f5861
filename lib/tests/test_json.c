/* SPDX-License-Identifier: MIT */
#include "../json.h"

#include <dirent.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../clock.h"
#include "shared_data.h"

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct json parsed(const char *text)
{
    struct error err = {0};
    struct json value;

    if (!json_parse(&arena, text, strlen(text), &value, &err))
        fail_msg("%s: %s", text, err.message);
    return value;
}

static void assert_refused(const char *text, const char *message)
{
    struct error err = {0};
    struct json value;

    assert_false(json_parse(&arena, text, strlen(text), &value, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_string_equal(err.message, message);
}

static char *written(struct json value)
{
    struct buf out = {0};
    char *text;

    json_write_value(&out, value);
    text = arena_copy(&arena, out.data, out.len);
    buf_release(&out);
    return text;
}

static void test_values_are_what_was_written(void **state)
{
    struct json value = parsed(" {\"a\": [1, -2.5e1, true, null, false], \"b\":{}, \"c\": \"x\"} ");
    struct json list;
    struct json member;
    struct json_iter iter;
    int64_t number;
    static const enum json_type types[] = {JSON_NUMBER, JSON_NUMBER, JSON_BOOL, JSON_NULL,
                                           JSON_BOOL};

    (void)state;
    assert_int_equal(json_type(value), JSON_OBJECT);
    assert_int_equal(json_count(value), 3);
    assert_true(json_get(value, "a", &list));
    assert_int_equal(json_count(list), 5);
    json_each(list, &iter);
    for (size_t i = 0; i < 5; i++) {
        assert_true(json_next(&iter));
        assert_int_equal(json_type(iter.value), types[i]);
        assert_int_equal(json_bool(iter.value), i == 2);
        if (i == 0)
            assert_true(json_int64(iter.value, &number) && number == 1);
        if (i == 1) {
            assert_string_equal(json_number(iter.value), "-2.5e1");
            assert_true(fabs(json_double(iter.value) + 25) < 1e-12);
        }
    }
    assert_false(json_next(&iter));
    assert_true(json_get(value, "c", &member));
    assert_string_equal(json_string(member, NULL), "x");
    assert_false(json_get(value, "d", &member));
    assert_false(json_get(list, "a", &member));
}

static void test_members_are_walked_with_their_keys(void **state)
{
    static const char *const keys[] = {"first", "sec\"ond", ""};
    struct json_iter iter;

    (void)state;
    json_each(parsed("{\"first\":{\"x\":[1,{\"y\":2}]},\"sec\\\"ond\":[[]],\"\":0}"), &iter);
    for (size_t i = 0; i < 3; i++) {
        assert_true(json_next(&iter));
        assert_string_equal(iter.key, keys[i]);
        assert_int_equal(iter.key_len, strlen(keys[i]));
    }
    assert_false(json_next(&iter));
    assert_int_equal(json_type(iter.value), JSON_NUMBER);
}

static void test_scalars_have_no_items(void **state)
{
    struct json_iter iter;

    (void)state;
    json_each(parsed("\"text\""), &iter);
    assert_false(json_next(&iter));
    json_each(parsed("{}"), &iter);
    assert_false(json_next(&iter));
}

static void test_top_level_scalars_are_accepted(void **state)
{
    int64_t number;

    (void)state;
    assert_true(json_int64(parsed(" 12 "), &number) && number == 12);
    assert_true(json_bool(parsed("true")));
    assert_int_equal(json_type(parsed("null\n")), JSON_NULL);
    assert_string_equal(json_string(parsed("\"a\\nb\""), NULL), "a\nb");
    assert_string_equal(json_string(parsed("\"\""), NULL), "");
}

static void test_texts_are_unescaped(void **state)
{
    size_t len = 0;
    const char *text = json_string(
        parsed("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\uDE00.\""), &len);

    (void)state;
    assert_string_equal(text, "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80.");
    assert_int_equal(len, strlen(text));
}

static void test_text_with_nul_keeps_its_length(void **state)
{
    size_t len = 0;
    const char *text = json_string(parsed("\"a\\u0000b\""), &len);

    (void)state;
    assert_int_equal(len, 3);
    assert_memory_equal(text, "a\0b", 4);
}

static void test_errors_name_line_and_column(void **state)
{
    (void)state;
    assert_refused("", "line 1, column 1: expected a value");
    assert_refused("[1,\n 2,\n  x]", "line 3, column 3: expected a value");
    assert_refused("[1 2]", "line 1, column 4: expected ',' or ']'");
    assert_refused("{\"a\":1,}", "line 1, column 8: expected a key in quotes");
    assert_refused("{\"a\" 1}", "line 1, column 6: expected ':' after the key");
    assert_refused("{\"a\":1]", "line 1, column 7: expected ',' or '}'");
    assert_refused("[1] 2", "line 1, column 5: expected nothing after the value");
    assert_refused("01", "line 1, column 2: expected nothing after the value");
    assert_refused("1.", "line 1, column 3: expected a digit");
    assert_refused("-", "line 1, column 2: expected a digit");
    assert_refused("\"a", "line 1, column 3: expected a closing quote");
    assert_refused("\"\xff\"", "line 1, column 2: expected UTF-8");
    assert_refused("\"\t\"",
                   "line 1, column 2: expected control characters in a text to be escaped");
    assert_refused("\"\\ud800x\"", "line 1, column 8: expected a low surrogate after the high one");
    assert_refused("\"\\udc00\"",
                   "line 1, column 4: expected a high surrogate before this low one");
}

static void test_nul_byte_is_refused(void **state)
{
    struct error err = {0};
    struct json value;

    (void)state;
    assert_false(json_parse(&arena, "[1]\0", 4, &value, &err));
    assert_string_equal(err.message, "line 1, column 4: expected nothing after the value");
    assert_false(json_parse(&arena, "\"\\\0\"", 4, &value, &err));
}

/* Texts are looked at in pieces. */
static void test_a_text_is_checked_at_every_place(void **state)
{
    static const char *const odd[] = {"\x01", "\x1f", "\xff", "\\x"};

    (void)state;
    for (int at = 0; at < 20; at++) {
        char text[64];

        for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
            snprintf(text, sizeof(text), "\"%.*s%s%.*s\"", at, "aaaaaaaaaaaaaaaaaaaa", odd[i],
                     20 - at, "bbbbbbbbbbbbbbbbbbbb");
            assert_false(
                json_parse(&arena, text, strlen(text), &(struct json){0}, &(struct error){0}));
        }
        snprintf(text, sizeof(text), "[\"%.*s\\\"\x7f\xc3\xa4%.*s\"]", at, "aaaaaaaaaaaaaaaaaaaa",
                 20 - at, "bbbbbbbbbbbbbbbbbbbb");
        assert_true(json_parse(&arena, text, strlen(text), &(struct json){0}, &(struct error){0}));
    }
}

static void test_integers_are_told_from_other_numbers(void **state)
{
    int64_t number = 7;

    (void)state;
    assert_true(json_int64(parsed("-9223372036854775808"), &number));
    assert_true(number == INT64_MIN);
    assert_true(json_int64(parsed("9223372036854775807"), &number));
    assert_true(number == INT64_MAX);
    assert_false(json_int64(parsed("9223372036854775808"), &number));
    assert_false(json_int64(parsed("1.0"), &number));
    assert_false(json_int64(parsed("1e2"), &number));
    assert_false(json_int64(parsed("\"1\""), &number));
    assert_true(number == INT64_MAX);
    assert_true(isinf(json_double(parsed("1e999"))));
    assert_true(json_double(parsed("1e-999")) < DBL_MIN);
}

static void test_key_twice_is_refused_only_on_request(void **state)
{
    static const char text[] = "{\"a\":{\"k\":1},\n \"\\u0061\":2}";
    struct error err = {0};
    struct json value;
    int64_t number;

    (void)state;
    assert_true(json_get(parsed(text), "a", &value));
    assert_true(json_int64(value, &number) && number == 2);
    assert_false(json_parse_unique(&arena, text, strlen(text), &value, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_string_equal(err.message,
                        "line 2, column 2: expected a key that the object does not have yet");
    assert_true(json_parse_unique(&arena, "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", 25, &value, &err));
    assert_true(json_parse_unique(&arena, "7", 1, &value, &err));
}

/* {"k0":0,"k1":0,...} and perhaps the first key once more. */
static void fill_object(struct buf *text, int keys, bool twice)
{
    buf_byte(text, '{');
    for (int i = 0; i < keys; i++)
        buf_printf(text, "\"k%d\":%d,", i, i);
    buf_puts(text, twice ? "\"k0\":1}" : "\"last\":1}");
}

static void test_object_of_many_keys_is_checked_fast(void **state)
{
    struct buf text = {0};
    struct error err = {0};
    struct json value;
    int64_t start;

    (void)state;
    fill_object(&text, 68000, false);
    start = clock_monotonic_us();
    assert_true(json_parse_unique(&arena, text.data, text.len, &value, &err));
    /* Comparing all with all would take 10 s and more, anywhere. */
    assert_true(clock_monotonic_us() - start < 5000000);
    assert_int_equal(json_count(value), 68001);
    text.len = 0;
    fill_object(&text, 68000, true);
    assert_false(json_parse_unique(&arena, text.data, text.len, &value, &err));
    text.len = 0;
    fill_object(&text, 20, true);
    assert_false(json_parse_unique(&arena, text.data, text.len, &value, &err));
    buf_release(&text);
}

static void test_megabyte_of_empty_lists_is_parsed_fast(void **state)
{
    struct buf text = {0};
    struct error err = {0};
    struct json value;
    int64_t start;

    (void)state;
    buf_byte(&text, '[');
    while (text.len < 1 << 20)
        buf_puts(&text, "[],");
    buf_puts(&text, "[]]");
    start = clock_monotonic_us();
    assert_true(json_parse(&arena, text.data, text.len, &value, &err));
    start = clock_monotonic_us() - start;
    print_message("1 MiB of [[],[],... in %d us\n", (int)start);
    assert_true(start < 10000000); /* minutes, if each looked for its parent from the start */
    assert_int_equal(json_count(value), 349526);
    buf_release(&text);
}

static void test_nesting_has_a_limit(void **state)
{
    struct error err = {0};
    struct json value;
    char *deep = arena_alloc(&arena, 100000);

    (void)state;
    memset(deep, '[', 100000);
    assert_false(json_parse(&arena, deep, 100000, &value, &err));
    assert_string_equal(err.message, "line 1, column 101: nested too deeply");
    memset(deep + 100, ']', 100);
    assert_true(json_parse(&arena, deep, 200, &value, &err));
    assert_int_equal(strlen(written(value)), 200);
}

static void test_values_have_a_limit(void **state)
{
    struct buf text = {0};
    struct error err = {0};
    struct json value;

    (void)state;
    buf_byte(&text, '[');
    for (int i = 0; i < JSON_MAX_VALUES; i++)
        buf_puts(&text, "0,");
    buf_puts(&text, "0]");
    assert_false(json_parse(&arena, text.data, text.len, &value, &err));
    assert_non_null(strstr(err.message, "more values than allowed"));
    buf_release(&text);
}

static void check_case(const char *folder, const char *name)
{
    struct file_bytes file = read_whole(&arena, arena_printf(&arena, "%s/%s", folder, name));
    struct error err = {0};
    struct json value;
    bool ok = json_parse(&arena, file.data, file.len, &value, &err);

    if (name[0] == 'y' && !ok)
        fail_msg("%s: %s", name, err.message);
    if (name[0] == 'n' && ok)
        fail_msg("%s was accepted", name);
    if (ok)
        written(value);
    unlink(arena_printf(&arena, "%s/%s", folder, name));
}

static void test_public_parsing_cases_are_decided_right(void **state)
{
    const char *archive = shared_path(&arena, "data/json/test_parsing.tar.gz");
    char folder[] = "/tmp/test_json.XXXXXX";
    struct dirent *entry;
    int cases = 0;
    DIR *dir;

    (void)state;
    if (access(archive, R_OK) != 0) {
        puts("skip: no shared JSON parsing cases");
        skip();
    }
    assert_non_null(mkdtemp(folder));
    assert_int_equal(
        system(arena_printf(&arena, "tar -xzf '%s' -C %s --strip-components=1", archive, folder)),
        0);
    dir = opendir(folder);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        check_case(folder, entry->d_name);
        cases++;
    }
    closedir(dir);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(cases, 318);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_values_are_what_was_written, release),
        cmocka_unit_test_teardown(test_members_are_walked_with_their_keys, release),
        cmocka_unit_test_teardown(test_scalars_have_no_items, release),
        cmocka_unit_test_teardown(test_top_level_scalars_are_accepted, release),
        cmocka_unit_test_teardown(test_texts_are_unescaped, release),
        cmocka_unit_test_teardown(test_text_with_nul_keeps_its_length, release),
        cmocka_unit_test_teardown(test_errors_name_line_and_column, release),
        cmocka_unit_test_teardown(test_nul_byte_is_refused, release),
        cmocka_unit_test_teardown(test_a_text_is_checked_at_every_place, release),
        cmocka_unit_test_teardown(test_integers_are_told_from_other_numbers, release),
        cmocka_unit_test_teardown(test_key_twice_is_refused_only_on_request, release),
        cmocka_unit_test_teardown(test_object_of_many_keys_is_checked_fast, release),
        cmocka_unit_test_teardown(test_megabyte_of_empty_lists_is_parsed_fast, release),
        cmocka_unit_test_teardown(test_nesting_has_a_limit, release),
        cmocka_unit_test_teardown(test_values_have_a_limit, release),
        cmocka_unit_test_teardown(test_public_parsing_cases_are_decided_right, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
