/* SPDX-License-Identifier: MIT */
#include "../base64url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The vectors of RFC 4648 section 10, without padding. */
static void test_known_texts_are_written_and_read(void **state)
{
    static const struct {
        const char *bytes, *text;
    } vectors[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
                   {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    char text[16];
    uint8_t bytes[16];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        size_t expected = strlen(vectors[i].bytes);

        base64url_write((const uint8_t *)vectors[i].bytes, expected, text);
        assert_string_equal(text, vectors[i].text);
        assert_int_equal(strlen(text), BASE64URL_LEN(expected));
        assert_true(base64url_read(text, bytes, &len));
        assert_int_equal(len, expected);
        assert_memory_equal(bytes, vectors[i].bytes, len);
    }
}

static void test_the_two_last_digits_are_those_of_urls(void **state)
{
    const uint8_t bytes[] = {0xfb, 0xff};
    char text[8];

    (void)state;
    base64url_write(bytes, sizeof(bytes), text);
    assert_string_equal(text, "-_8");
}

static void test_what_is_never_written_is_not_read(void **state)
{
    static const char *const wrong[] = {"Z", "Zm9vY", "Zg==", "Zh", "Zm9", "Zm 8", "Zm+8", "Zm/8"};
    uint8_t bytes[16];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(base64url_read(wrong[i], bytes, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_texts_are_written_and_read),
        cmocka_unit_test(test_the_two_last_digits_are_those_of_urls),
        cmocka_unit_test(test_what_is_never_written_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
