/* SPDX-License-Identifier: MIT */
#include "../store_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

enum { MOST_ARGUMENTS = 12 };

static struct store_options load(const char *const *arguments)
{
    struct store_settings settings = {0};
    const struct setting_group groups[] = {{store_setting_table, &settings},
                                           {store_query_setting_table, &settings},
                                           {store_remote_setting_table, &settings},
                                           {0}};
    const struct program program = {.name = "sample", .groups = groups};
    char *argv[MOST_ARGUMENTS + 2] = {(char *)"sample"};
    int argc = 1, first;

    for (; arguments[argc - 1]; argc++)
        argv[argc] = (char *)arguments[argc - 1];
    assert_int_equal(config_load(&program, argc, argv, &first), CONFIG_RUN);
    return store_settings_options(&settings);
}

static void test_defaults_are_those_of_the_programs(void **state)
{
    struct store_options options = load((const char *const[]){NULL});

    (void)state;
    assert_true(options.sync_full);
    assert_int_equal(options.queue, 10000);
    assert_int_equal(options.budget, 30);
    assert_int_equal(options.changes_kept, 1000000);
    assert_int_equal(options.slow_ms, 0);
    assert_null(options.on_slow);
    assert_int_equal(options.wait_s, 0);
    assert_int_equal(options.pool, 16);
    assert_int_equal(options.timeout_ms, 2000);
    assert_null(options.needs_set);
    assert_null(options.database);
}

static void test_what_is_given_reaches_the_store(void **state)
{
    struct store_options options = load((const char *const[]){
        "--sync=normal", "--store-queue=7", "--store-budget=9", "--changes-kept=100", "--explain",
        "--slow-query=3ms", "--store-wait=1m", "--pool=4", "--store-timeout=250ms", NULL});

    (void)state;
    assert_false(options.sync_full);
    assert_int_equal(options.queue, 7);
    assert_int_equal(options.budget, 9);
    assert_int_equal(options.changes_kept, 100);
    assert_int_equal(options.slow_ms, 3);
    assert_non_null(options.on_slow);
    assert_int_equal(options.wait_s, 60);
    assert_int_equal(options.pool, 4);
    assert_int_equal(options.timeout_ms, 250);
}

static void test_a_short_wait_is_a_wait(void **state)
{
    (void)state;
    assert_int_equal(load((const char *const[]){"--store-wait=1ms", NULL}).wait_s, 1);
    assert_int_equal(load((const char *const[]){"--store-wait=1000", NULL}).wait_s, 1);
    assert_int_equal(load((const char *const[]){"--store-wait=1001ms", NULL}).wait_s, 2);
}

/* As import does: what it has no setting for is nothing but the safe way to write. */
static void test_settings_left_out_mean_a_durable_store(void **state)
{
    struct store_settings settings = {0};
    struct store_options options = store_settings_options(&settings);

    (void)state;
    assert_true(options.sync_full);
    assert_int_equal(options.wait_s, 0);
    assert_int_equal(options.pool, 0);
    assert_null(options.on_slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_those_of_the_programs),
        cmocka_unit_test(test_what_is_given_reaches_the_store),
        cmocka_unit_test(test_a_short_wait_is_a_wait),
        cmocka_unit_test(test_settings_left_out_mean_a_durable_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
