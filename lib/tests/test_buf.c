/* SPDX-License-Identifier: MIT */
#include "../buf.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static struct buf buf;

static int tear_down(void **state)
{
    (void)state;
    buf_release(&buf);
    return 0;
}

static void test_an_empty_buffer_is_an_empty_text(void **state)
{
    (void)state;
    assert_null(buf.data);
    buf_add(&buf, NULL, 0);
    buf_puts(&buf, "");
    assert_null(buf.data);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf.len, 0);
}

static void test_bytes_are_added_in_order_however_many(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) {
        buf_puts(&buf, "abc");
        buf_byte(&buf, '\0');
        buf_add(&buf, "\xFF\n", 2);
    }
    assert_int_equal(buf.len, 18000);
    for (size_t i = 0; i < 18000; i += 6)
        assert_memory_equal(buf.data + i, "abc\0\xFF\n", 6);
}

static void test_the_text_ends_in_nul_without_counting_it(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++)
        buf_byte(&buf, 'x');
    assert_int_equal(strlen(buf_text(&buf)), 256);
    assert_int_equal(buf.len, 256);
    buf_byte(&buf, 'y');
    assert_int_equal(buf_text(&buf)[256], 'y');
}

static void assert_int_text(int64_t number, const char *text)
{
    buf.len = 0;
    buf_int(&buf, number);
    assert_string_equal(buf_text(&buf), text);
}

static void test_numbers_are_written_in_decimal(void **state)
{
    (void)state;
    assert_int_text(0, "0");
    assert_int_text(7, "7");
    assert_int_text(-1, "-1");
    assert_int_text(1234567890, "1234567890");
    assert_int_text(INT64_MAX, "9223372036854775807");
    assert_int_text(INT64_MIN, "-9223372036854775808");
}

static void test_formatted_text_is_appended(void **state)
{
    (void)state;
    buf_puts(&buf, "a");
    buf_printf(&buf, "-%s-%d", "b", 3);
    buf_printf(&buf, "%s", "");
    assert_string_equal(buf_text(&buf), "a-b-3");
    buf_printf(&buf, "%01000d", 5);
    assert_int_equal(buf.len, 1005);
    assert_int_equal(buf.data[1004], '5');
}

static void test_reserved_room_is_there_and_keeps_the_contents(void **state)
{
    (void)state;
    buf_puts(&buf, "kept");
    buf_reserve(&buf, 100000);
    assert_true(buf.cap - buf.len >= 100000);
    assert_string_equal(buf_text(&buf), "kept");
}

static void test_a_released_buffer_can_be_used_again(void **state)
{
    (void)state;
    buf_puts(&buf, "gone");
    buf_release(&buf);
    assert_int_equal(buf.cap, 0);
    assert_int_equal(buf.len, 0);
    buf_puts(&buf, "new");
    assert_string_equal(buf_text(&buf), "new");
}

#define BUF_TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUF_TEST(test_an_empty_buffer_is_an_empty_text),
        BUF_TEST(test_bytes_are_added_in_order_however_many),
        BUF_TEST(test_the_text_ends_in_nul_without_counting_it),
        BUF_TEST(test_numbers_are_written_in_decimal),
        BUF_TEST(test_formatted_text_is_appended),
        BUF_TEST(test_reserved_room_is_there_and_keeps_the_contents),
        BUF_TEST(test_a_released_buffer_can_be_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
