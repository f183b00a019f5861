/* SPDX-License-Identifier: MIT */
#include "../clock.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <setjmp.h>
#include <cmocka.h>

static void test_the_time_is_that_of_the_system(void **state)
{
    int64_t before_s = time(NULL);
    int64_t now_ms = clock_now_ms();

    (void)state;
    assert_true(now_ms >= before_s * 1000 && now_ms < (before_s + 60) * 1000);
}

static void test_monotonic_time_does_not_go_back(void **state)
{
    int64_t last = clock_monotonic_us();

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t now = clock_monotonic_us();

        assert_true(now >= last);
        last = now;
    }
}

static void test_a_test_may_move_both_clocks(void **state)
{
    int64_t now_ms = clock_now_ms();
    int64_t monotonic_us = clock_monotonic_us();

    (void)state;
    clock_shift_ms(3600000);
    assert_true(clock_now_ms() - now_ms >= 3600000);
    assert_true(clock_now_ms() - now_ms < 3660000);
    assert_true(clock_monotonic_us() - monotonic_us >= 3600000000);
    clock_shift_ms(0);
    assert_true(clock_now_ms() - now_ms < 60000);
}

static void test_a_wait_ends_in_real_time(void **state)
{
    static const int waits[] = {0, 50, 1999, 3600000};
    struct timespec before, after;

    (void)state;
    clock_shift_ms(3600000);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        struct timespec until;
        int64_t until_us;

        clock_gettime(CLOCK_MONOTONIC, &before);
        until = clock_after_ms(waits[i]);
        clock_gettime(CLOCK_MONOTONIC, &after);
        until_us =
            until.tv_sec * INT64_C(1000000) + until.tv_nsec / 1000 - waits[i] * INT64_C(1000);
        assert_in_range(until.tv_nsec, 0, 999999999);
        assert_true(until_us >= before.tv_sec * INT64_C(1000000) + before.tv_nsec / 1000);
        assert_true(until_us <= after.tv_sec * INT64_C(1000000) + after.tv_nsec / 1000);
    }
    clock_shift_ms(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_time_is_that_of_the_system),
        cmocka_unit_test(test_monotonic_time_does_not_go_back),
        cmocka_unit_test(test_a_test_may_move_both_clocks),
        cmocka_unit_test(test_a_wait_ends_in_real_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
