/* SPDX-License-Identifier: MIT */
#include "../utf8.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static void test_every_character_survives_encoding_and_decoding(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        uint32_t back;
        size_t len = utf8_encode(code, bytes);

        if (code >= 0xD800 && code <= 0xDFFF) {
            assert_false(utf8_valid(bytes, len));
            continue;
        }
        assert_true(utf8_valid(bytes, len));
        assert_int_equal(utf8_decode(bytes, len, &back), len);
        assert_int_equal(back, code);
    }
}

static void test_the_length_grows_where_the_standard_says(void **state)
{
    static const struct {
        uint32_t code;
        size_t len;
    } cases[] = {{0, 1},     {0x7F, 1},   {0x80, 2},    {0x7FF, 2},
                 {0x800, 3}, {0xFFFF, 3}, {0x10000, 4}, {0x10FFFF, 4}};
    char bytes[4];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(utf8_encode(cases[i].code, bytes), cases[i].len);
}

static const char *const malformed[] = {
    "\x80", /* a continuation alone */
    "\xBF",
    "\xC0\x80", /* overlong */
    "\xC1\xBF",
    "\xE0\x80\x80",
    "\xE0\x9F\xBF",
    "\xF0\x80\x80\x80",
    "\xF0\x8F\xBF\xBF",
    "\xED\xA0\x80", /* surrogates */
    "\xED\xBF\xBF",
    "\xF4\x90\x80\x80", /* above U+10FFFF */
    "\xF5\x80\x80\x80",
    "\xFE",
    "\xFF",
    "\xC3", /* cut off */
    "\xE2\x82",
    "\xF0\x9F\x98",
    "\xC3(", /* something else instead of a continuation */
    "\xE2(\xAC",
    "\xE2\x82(",
    "\xF0(\x98\x80",
    "\xF0\x9F(\x80",
    "\xF0\x9F\x98(",
};

static void test_malformed_bytes_are_found_wherever_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        for (size_t before = 0; before < 20; before++) {
            char text[64];
            size_t len = strlen(malformed[i]);

            memset(text, 'a', sizeof(text));
            memcpy(text + before, malformed[i], len);
            assert_false(utf8_valid(text, before + len));
            assert_false(utf8_valid(text, before + len + 10));
        }
    }
}

static void test_a_malformed_byte_decodes_alone_as_the_replacement(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        uint32_t code = 0;

        assert_int_equal(utf8_decode(malformed[i], strlen(malformed[i]), &code), 1);
        assert_int_equal(code, 0xFFFD);
    }
}

/* On the heap and of the exact size, so that AddressSanitizer sees what is read beyond. */
static void test_nothing_is_read_beyond_the_end(void **state)
{
    static const char lead[] = "abcdefghij\xF0\x9F\x98\x80";

    (void)state;
    for (size_t len = 1; len < sizeof(lead); len++) {
        char *copy = malloc(len);
        uint32_t code;

        memcpy(copy, lead, len);
        assert_int_equal(utf8_valid(copy, len), len <= 10 || len == 14);
        if (len > 10)
            assert_int_equal(utf8_decode(copy + 10, len - 10, &code), len == 14 ? 4 : 1);
        free(copy);
    }
}

static void test_nul_and_nothing_are_valid(void **state)
{
    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("a\0b", 3));
    assert_true(utf8_valid("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", 14));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character_survives_encoding_and_decoding),
        cmocka_unit_test(test_the_length_grows_where_the_standard_says),
        cmocka_unit_test(test_malformed_bytes_are_found_wherever_they_are),
        cmocka_unit_test(test_a_malformed_byte_decodes_alone_as_the_replacement),
        cmocka_unit_test(test_nothing_is_read_beyond_the_end),
        cmocka_unit_test(test_nul_and_nothing_are_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
