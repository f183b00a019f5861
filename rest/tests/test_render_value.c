/* SPDX-License-Identifier: MIT */
#include "render_fixture.h"

#include <math.h>
#include <time.h>

static const char *value(struct fixture *f, bson_value_t of)
{
    f->out.len = 0;
    render_value(&f->settings, &of, &f->out);
    return buf_text(&f->out);
}

static const char *text(struct fixture *f, const char *of, size_t len)
{
    f->out.len = 0;
    render_text(of, len, &f->out);
    return buf_text(&f->out);
}

/* The value of the only member. */
static const char *member(struct fixture *f, const char *json)
{
    struct document document = document_of(f, json);
    bson_iter_t iter;

    assert_true(bson_iter_init_from_data(&iter, document.bson, document.len));
    assert_true(bson_iter_next(&iter));
    return value(f, *bson_iter_value(&iter));
}

static void test_texts_are_ascii_with_short_escapes(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(text(f, "", 0), "\"\"");
    assert_string_equal(text(f, "a/b <c> & 'd'", 13), "\"a/b <c> & 'd'\"");
    assert_string_equal(text(f, "\"\\\b\f\n\r\t", 7), "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    assert_string_equal(text(f, "\0\x01\x1f\x7f", 4), "\"\\u0000\\u0001\\u001f\\u007f\"");
    assert_string_equal(text(f, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 9),
                        "\"\\u00e9\\u20ac\\ud83d\\ude00\"");
    assert_string_equal(text(f, "a\xFFz\xED\xA0\x80", 6), "\"a\\ufffdz\\ufffd\\ufffd\\ufffd\"");
}

/* Words of eight bytes are looked at in one go: each byte at each place, among plain ones. */
static void test_every_byte_at_every_place_of_a_word_is_seen(void **state)
{
    struct fixture *f = *state;
    struct buf one = {0};

    for (int byte = 0; byte < 256; byte++) {
        char alone = (char)byte;

        one.len = 0;
        render_text(&alone, 1, &one);
        for (size_t at = 0; at < 17; at++) {
            char word[17];
            struct buf expected = {0};

            memset(word, 'x', sizeof(word));
            word[at] = alone;
            buf_byte(&expected, '"');
            buf_add(&expected, "xxxxxxxxxxxxxxxxx", at);
            buf_add(&expected, one.data + 1, one.len - 2);
            buf_add(&expected, "xxxxxxxxxxxxxxxxx", 16 - at);
            buf_byte(&expected, '"');
            assert_string_equal(text(f, word, sizeof(word)), buf_text(&expected));
            buf_release(&expected);
        }
    }
    buf_release(&one);
}

static void test_numbers_are_exact(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(value(f, value_int(0)), "0");
    assert_string_equal(value(f, value_int(INT64_MIN)), "-9223372036854775808");
    assert_string_equal(value(f, value_double(1370746482)), "1370746482.0");
    assert_string_equal(value(f, value_double(-3)), "-3.0");
    assert_string_equal(value(f, value_double(0)), "0.0");
    assert_string_equal(value(f, value_double(-0.0)), "-0.0");
    assert_string_equal(value(f, value_double(0.1)), "0.1");
    assert_string_equal(value(f, value_double(0.30000000000000004)), "0.30000000000000004");
    assert_string_equal(value(f, value_double(999999999999999)), "999999999999999.0");
    assert_string_equal(value(f, value_double(1e300)), "1e+300");
    assert_string_equal(value(f, value_double(NAN)), "null");
    assert_string_equal(value(f, value_double(-INFINITY)), "null");
}

static void test_other_types_have_a_text(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(value(f, value_bool(true)), "true");
    assert_string_equal(value(f, value_null()), "null");
    assert_string_equal(member(f, "{\"a\":{\"$oid\":\"" A_ID "\"}}"), "\"" A_ID "\"");
    assert_string_equal(member(f, "{\"a\":{\"$numberDecimal\":\"1.50\"}}"), "\"1.50\"");
    assert_string_equal(member(f, "{\"a\":{\"$regularExpression\":{\"pattern\":\"^a\\\"\","
                                  "\"options\":\"i\"}}}"),
                        "\"^a\\\"\"");
    assert_string_equal(member(f, "{\"a\":{\"$timestamp\":{\"t\":1704067200,\"i\":1}}}"),
                        "\"Mon, 01 Jan 2024 00:00:00 GMT\"");
    assert_string_equal(member(f, "{\"a\":{\"$minKey\":1}}"), "null");
    assert_string_equal(member(f, "{\"a\":{\"$code\":\"f()\"}}"), "\"f()\"");
    assert_string_equal(member(f, "{\"a\":{\"b\":[],\"c\":{},\"d\":[1,[\"x\"],null]}}"),
                        "{\"b\":[],\"c\":{},\"d\":[1,[\"x\"],null]}");
}

static void test_binaries_are_base64(void **state)
{
    static const char *const texts[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="};
    struct fixture *f = *state;

    for (uint32_t len = 0; len < 5; len++) {
        bson_value_t binary = {.value_type = BSON_TYPE_BINARY};
        char expected[16];

        binary.value.v_binary.data = (uint8_t *)(uintptr_t) "foob";
        binary.value.v_binary.data_len = len;
        snprintf(expected, sizeof(expected), "\"%s\"", texts[len]);
        assert_string_equal(value(f, binary), expected);
    }
}

static void test_dates_are_as_rfc_1123_has_them_in_whole_seconds(void **state)
{
    struct fixture *f = *state;
    char text_of[RENDER_DATE_SIZE];

    assert_string_equal(value(f, value_date(1704067200999)), "\"Mon, 01 Jan 2024 00:00:00 GMT\"");
    assert_string_equal(value(f, value_date(-1)), "\"Wed, 31 Dec 1969 23:59:59 GMT\"");
    assert_string_equal(value(f, value_date(-1000)), "\"Wed, 31 Dec 1969 23:59:59 GMT\"");
    assert_string_equal(value(f, value_date(253402300800000)), "null");
    assert_string_equal(value(f, value_date(INT64_MIN)), "null");
    render_http_date(INT64_MAX, text_of);
    assert_string_equal(text_of, "Fri, 31 Dec 9999 23:59:59 GMT");
    render_http_date(INT64_MIN, text_of);
    assert_string_equal(text_of, "Sat, 01 Jan 0000 00:00:00 GMT");
}

/* Against the C library, a prime number of seconds apart over all years there are. */
static void test_dates_agree_with_strftime(void **state)
{
    (void)state;
    for (int64_t at = -62167219200; at <= 253402300799; at += 8640013) {
        time_t time = (time_t)at;
        char expected[64], found[RENDER_DATE_SIZE];
        struct tm parts;

        gmtime_r(&time, &parts);
        strftime(expected, sizeof(expected), "%a, %d %b ", &parts);
        snprintf(expected + 12, sizeof(expected) - 12, "%04d %02d:%02d:%02d GMT",
                 parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
        render_http_date(at * 1000, found);
        assert_string_equal(found, expected);
    }
}

static void test_dates_follow_the_settings_format(void **state)
{
    struct fixture *f = *state;

    f->settings.date_format = "%Y-%m-%dT%H:%M:%SZ \"%%\"";
    assert_string_equal(value(f, value_date(1704067200999)), "\"2024-01-01T00:00:00Z \\\"%\\\"\"");
}

static void test_ids_stand_in_addresses(void **state)
{
    static const struct {
        const char *json, *id;
    } cases[] = {
        {"{\"a\":{\"$oid\":\"" A_ID "\"}}", A_ID},
        {"{\"a\":-7}", "-7"},
        {"{\"a\":9007199254740993}", "9007199254740993"},
        {"{\"a\":\"a/b c\\u00e9?\"}", "a%2Fb%20c%C3%A9%3F"},
        {"{\"a\":\"x\\u0000\\u0000y\"}", "x%00%00y"},
        {"{\"a\":\"\"}", ""},
        {"{\"a\":true}", "true"},
        {"{\"a\":[1]}", ""},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct document document = document_of(f, cases[i].json);
        bson_iter_t iter;

        assert_true(bson_iter_init_from_data(&iter, document.bson, document.len));
        assert_true(bson_iter_next(&iter));
        f->out.len = 0;
        render_id(bson_iter_value(&iter), &f->out);
        assert_string_equal(buf_text(&f->out), cases[i].id);
    }
}

static void test_nesting_without_end_becomes_null(void **state)
{
    struct fixture *f = *state;
    bson_t inner = BSON_INITIALIZER;
    bson_value_t deep = {.value_type = BSON_TYPE_ARRAY};

    for (int i = 0; i < 5000; i++) {
        bson_t outer = BSON_INITIALIZER;

        bson_append_array(&outer, "0", 1, &inner);
        bson_destroy(&inner);
        bson_steal(&inner, &outer);
    }
    deep.value.v_doc.data = (uint8_t *)(uintptr_t)bson_get_data(&inner);
    deep.value.v_doc.data_len = inner.len;
    value(f, deep);
    assert_int_equal(f->out.len, 200 * 2 + 4);
    assert_memory_equal(f->out.data + 199, "[null]", 6);
    bson_destroy(&inner);
}

#define RENDERS(test) cmocka_unit_test_setup_teardown(test, make_fixture, release_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENDERS(test_texts_are_ascii_with_short_escapes),
        RENDERS(test_every_byte_at_every_place_of_a_word_is_seen),
        RENDERS(test_numbers_are_exact),
        RENDERS(test_other_types_have_a_text),
        RENDERS(test_binaries_are_base64),
        RENDERS(test_dates_are_as_rfc_1123_has_them_in_whole_seconds),
        RENDERS(test_dates_agree_with_strftime),
        RENDERS(test_dates_follow_the_settings_format),
        RENDERS(test_ids_stand_in_addresses),
        RENDERS(test_nesting_without_end_becomes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
