/* SPDX-License-Identifier: MIT */
#include "../json.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
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

static void assert_text_written(const char *text, size_t len, const char *expected)
{
    struct buf out = {0};

    json_write_text(&out, text, len);
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
}

static void test_texts_are_written_escaped(void **state)
{
    (void)state;
    assert_text_written("a\"b\\c/\b\f\n\r\t\x01\x1f<&>\x7f", 17,
                        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f<&>\x7f\"");
    assert_text_written("a\0b", 3, "\"a\\u0000b\"");
    assert_text_written("\xC3\xA9", 2, "\"\xC3\xA9\"");
    assert_text_written("", 0, "\"\"");
    assert_text_written("a\xff\"\xed\xa0\x80", 6,
                        "\"a\xEF\xBF\xBD\\\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void test_doubles_are_written_shortest(void **state)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {-17, "-17.0"},
        {0.1, "0.1"},
        {1.21, "1.21"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e15, "1000000000000000.0"},
        {1e16, "1e+16"},
        {1e22, "1e+22"},
        {123456789012345680.0, "1.2345678901234568e+17"},
        {5e-324, "5e-324"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {1.0 / 3, "0.3333333333333333"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
        {NAN, "null"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = {0};

        json_write_double(&out, cases[i].number);
        assert_string_equal(buf_text(&out), cases[i].text);
        buf_release(&out);
    }
}

/* A small generator of its own, so that a failure comes back with the same seed. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void write_random(struct buf *out, uint64_t *seed, int depth)
{
    uint64_t choice = next_random(seed) % (depth < 6 ? 8 : 6);
    uint64_t count = next_random(seed) % 6;
    uint64_t bits = next_random(seed);
    double number;

    switch (choice) {
    case 0:
        buf_puts(out, bits & 1 ? "true" : "null");
        return;
    case 1:
        buf_int(out, (int64_t)bits);
        return;
    case 2:
        memcpy(&number, &bits, sizeof(number));
        json_write_double(out, number);
        return;
    case 3:
    case 4:
    case 5:
        json_write_text(out, (const char *)&bits, count + 2);
        return;
    default:
        buf_byte(out, choice == 6 ? '[' : '{');
        for (uint64_t i = 0; i < count; i++) {
            if (i)
                buf_byte(out, ',');
            if (choice == 7)
                buf_printf(out, "\"%d\":", (int)i);
            write_random(out, seed, depth + 1);
        }
        buf_byte(out, choice == 6 ? ']' : '}');
    }
}

static void test_whatever_is_written_reads_back_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 3000; seed++) {
        uint64_t random = seed * 0x9E3779B97F4A7C15U;
        struct error err = {0};
        struct buf out = {0};
        struct json value;

        write_random(&out, &random, 0);
        if (!json_parse_unique(&arena, out.data, out.len, &value, &err))
            fail_msg("seed %d: %s in %s", (int)seed, err.message, buf_text(&out));
        assert_string_equal(written(value), buf_text(&out));
        buf_release(&out);
        arena_clear(&arena);
    }
}

static void test_random_doubles_read_back_the_same(void **state)
{
    uint64_t random = 88172645463325252U;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&random);
        char text[JSON_DOUBLE_SIZE];
        double number;
        double back;
        size_t len;

        memcpy(&number, &bits, sizeof(number));
        if (!isfinite(number))
            continue;
        len = json_format_double(number, text);
        assert_int_equal(len, strlen(text));
        back = strtod(text, NULL);
        assert_memory_equal(&back, &number, sizeof(back));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_texts_are_written_escaped, release),
        cmocka_unit_test_teardown(test_doubles_are_written_shortest, release),
        cmocka_unit_test_teardown(test_whatever_is_written_reads_back_the_same, release),
        cmocka_unit_test_teardown(test_random_doubles_read_back_the_same, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
