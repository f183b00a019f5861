/* SPDX-License-Identifier: MIT */
#include "../page.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>
#include <cmocka.h>

static const struct resource paged = {
    .pagination = true, .pagination_default = 25, .pagination_limit = 50};
static const struct resource whole = {.pagination_default = 25, .pagination_limit = 50};

static struct page read_on(const struct resource *resource, const char *number, const char *size)
{
    struct page page;

    page_asked(resource, number, size, &page);
    return page;
}

static int64_t size_of(const char *text)
{
    return read_on(&paged, NULL, text).size;
}

static int64_t number_of(const char *text)
{
    return read_on(&paged, text, NULL).number;
}

static void test_what_is_not_sent_has_its_usual_value(void **state)
{
    struct page page = read_on(&paged, NULL, NULL);

    (void)state;
    assert_int_equal(page.number, 1);
    assert_int_equal(page.size, 25);
    assert_int_equal(page.usual, 25);
    assert_true(page.paged);
}

static void test_fractions_of_max_results_are_cut_off(void **state)
{
    (void)state;
    assert_int_equal(size_of("2.7"), 2);
    assert_int_equal(size_of("1e1"), 10);
    assert_int_equal(size_of(" 7 "), 7);
    assert_int_equal(size_of("+7"), 7);
    assert_int_equal(size_of("12."), 12);
}

static void test_bad_max_results_count_as_not_sent(void **state)
{
    static const char *const bad[] = {"0",   "-1",  "abc", "",    "0.9", "-1e9", "nan",
                                      "inf", "0x9", "5x",  "5 5", "--5", "e",    ".",
                                      "1e",  "1_0", "-0",  "\t",  "5\n", "½"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(size_of(bad[i]), 25);
}

static void test_max_results_above_the_limit_are_the_limit(void **state)
{
    (void)state;
    assert_int_equal(size_of("50"), 50);
    assert_int_equal(size_of("51"), 50);
    assert_int_equal(size_of("1e300"), 50);
    assert_int_equal(size_of("1e999"), 50);
    assert_int_equal(size_of("99999999999999999999999"), 50);
}

static void test_the_limit_holds_for_the_default_too(void **state)
{
    const struct resource narrow = {
        .pagination = true, .pagination_default = 25, .pagination_limit = 10};
    const struct resource none = {.pagination = true};

    (void)state;
    assert_int_equal(read_on(&narrow, NULL, NULL).size, 10);
    assert_int_equal(read_on(&none, NULL, NULL).size, 1);
}

static void test_a_page_that_is_no_number_is_the_first(void **state)
{
    static const char *const bad[] = {"", "abc", "1.5", "2e1", "0", "-0", "-", "2x", "1_0"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(number_of(bad[i]), 1);
}

static void test_negative_pages_count_from_the_front(void **state)
{
    (void)state;
    assert_int_equal(number_of("-7"), 7);
    assert_int_equal(number_of("+7"), 7);
    assert_int_equal(number_of(" 3"), 3);
}

static void test_huge_pages_skip_everything(void **state)
{
    struct page page = read_on(&paged, "99999999999999999999999999", "50");

    (void)state;
    assert_int_equal(page.number, INT64_MAX);
    assert_int_equal(page_skip(&page), INT64_MAX);
    assert_false(page_has_next(&page, INT64_MAX));
    page = read_on(&paged, "9223372036854775807", NULL);
    assert_int_equal(page_skip(&page), INT64_MAX);
}

static void test_without_pagination_there_is_no_end_and_no_page(void **state)
{
    struct page page = read_on(&whole, "3", NULL);

    (void)state;
    assert_int_equal(page.number, 1);
    assert_int_equal(page.size, 0);
    assert_int_equal(page_skip(&page), 0);
    assert_int_equal(page_limit(&page), INT64_MAX);
    assert_false(page_has_next(&page, 1000));
}

static void test_without_pagination_max_results_has_no_limit(void **state)
{
    (void)state;
    assert_int_equal(read_on(&whole, NULL, "1000000").size, 1000000);
}

static void test_the_last_page_has_no_next(void **state)
{
    struct page page = read_on(&paged, "2", "10");

    (void)state;
    assert_int_equal(page_skip(&page), 10);
    assert_int_equal(page_limit(&page), 10);
    assert_true(page_has_next(&page, 21));
    assert_false(page_has_next(&page, 20));
    assert_false(page_has_next(&page, 5));
    assert_int_equal(page_last(&page, 20), 2);
    assert_int_equal(page_last(&page, 21), 3);
    assert_int_equal(page_last(&page, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_sent_has_its_usual_value),
        cmocka_unit_test(test_fractions_of_max_results_are_cut_off),
        cmocka_unit_test(test_bad_max_results_count_as_not_sent),
        cmocka_unit_test(test_max_results_above_the_limit_are_the_limit),
        cmocka_unit_test(test_the_limit_holds_for_the_default_too),
        cmocka_unit_test(test_a_page_that_is_no_number_is_the_first),
        cmocka_unit_test(test_negative_pages_count_from_the_front),
        cmocka_unit_test(test_huge_pages_skip_everything),
        cmocka_unit_test(test_without_pagination_there_is_no_end_and_no_page),
        cmocka_unit_test(test_without_pagination_max_results_has_no_limit),
        cmocka_unit_test(test_the_last_page_has_no_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
