/* SPDX-License-Identifier: MIT */
/* Failed logins slow down the next ones, and nothing else. */
#include "fixture.h"

#include "../accounts.h"

static int open_throttles(void **state)
{
    const struct collection *collections[] = {&throttles_collection};

    *state = fixture_open(collections, COUNT_OF(collections));
    return 0;
}

struct login {
    bool (*count)(struct store *store, const char *name, const char *address, struct error *err);
    const char *name;
    const char *address;
};

static bool do_login(void *context, struct store *store, struct error *err)
{
    const struct login *login = context;

    return login->count(store, login->name, login->address, err);
}

static void change(struct fixture *fixture, struct login login)
{
    if (!store_write(fixture->store, do_login, &login, &fixture->err))
        fail_msg("%s", fixture->err.message);
}

static void fail_times(struct fixture *fixture, int times, const char *name, const char *address)
{
    while (times--)
        change(fixture, (struct login){throttle_failed, name, address});
}

static void pass(struct fixture *fixture, const char *name, const char *address)
{
    change(fixture, (struct login){throttle_passed, name, address});
}

/* Seconds until name may be tried from address; 0: now. */
static int delay(struct fixture *fixture, const char *name, const char *address)
{
    if (throttle_check(fixture->store, name, address, &fixture->err))
        return 0;
    assert_int_equal(fixture->err.kind, ERROR_TOO_MANY);
    assert_true(fixture->err.retry_after_s > 0);
    return fixture->err.retry_after_s;
}

static void test_four_failures_are_free(void **state)
{
    assert_int_equal(delay(*state, "ann", "192.0.2.1"), 0);
    fail_times(*state, 4, "ann", "192.0.2.1");
    assert_int_equal(delay(*state, "ann", "192.0.2.1"), 0);
    fail_times(*state, 1, "ann", "192.0.2.1");
    assert_int_equal(delay(*state, "ann", "192.0.2.1"), 1);
}

static void test_the_delay_passes(void **state)
{
    fail_times(*state, 5, "ann", "192.0.2.1");
    clock_shift_ms(1100);
    assert_int_equal(delay(*state, "ann", "192.0.2.1"), 0);
}

static void test_the_delay_doubles_up_to_a_quarter_of_an_hour(void **state)
{
    int longest = 1;

    fail_times(*state, 5, "ann", "192.0.2.1");
    for (int i = 0; i < 9; i++) {
        int now;

        fail_times(*state, 1, "ann", "192.0.2.1");
        now = delay(*state, "ann", "192.0.2.1");
        assert_in_range(now, 2 * longest - 1, 2 * longest);
        longest *= 2;
    }
    fail_times(*state, 1, "ann", "192.0.2.1");
    assert_in_range(delay(*state, "ann", "192.0.2.1"), 899, 900);
    fail_times(*state, 60, "ann", "192.0.2.1");
    assert_in_range(delay(*state, "ann", "192.0.2.1"), 899, 900);
}

static void test_an_account_is_slowed_from_everywhere(void **state)
{
    for (int i = 0; i < 6; i++) {
        char address[32];

        snprintf(address, sizeof(address), "192.0.2.%d", i);
        fail_times(*state, 1, "ann", address);
    }
    assert_true(delay(*state, "ann", "198.51.100.1") > 0);
    assert_int_equal(delay(*state, "bob", "192.0.2.1"), 0);
}

static void test_an_address_is_slowed_for_every_account(void **state)
{
    for (int i = 0; i < 6; i++) {
        char name[32];

        snprintf(name, sizeof(name), "user%d", i);
        fail_times(*state, 1, name, "192.0.2.1");
    }
    assert_true(delay(*state, "ann", "192.0.2.1") > 0);
    assert_int_equal(delay(*state, "user1", "192.0.2.2"), 0);
}

static void test_one_ipv6_network_is_one_address(void **state)
{
    for (int i = 0; i < 6; i++) {
        char name[32], address[64];

        snprintf(name, sizeof(name), "user%d", i);
        snprintf(address, sizeof(address), "2001:db8:1:2::%x", i);
        fail_times(*state, 1, name, address);
    }
    assert_true(delay(*state, "ann", "2001:db8:1:2:ffff::1") > 0);
    assert_int_equal(delay(*state, "ann", "2001:db8:1:3::1"), 0);
}

static void test_an_ipv4_address_in_ipv6_form_is_the_same(void **state)
{
    fail_times(*state, 6, "ann", "::ffff:192.0.2.1");
    assert_true(delay(*state, "bob", "192.0.2.1") > 0);
    assert_int_equal(delay(*state, "bob", "::ffff:192.0.2.2"), 0);
}

static void test_who_mistyped_and_got_in_leaves_nothing_behind(void **state)
{
    fail_times(*state, 4, "ann", "192.0.2.1");
    pass(*state, "ann", "192.0.2.1");
    fail_times(*state, 4, "ann", "192.0.2.1");
    assert_int_equal(delay(*state, "ann", "192.0.2.1"), 0);
    pass(*state, "bob", "192.0.2.1");
    fail_times(*state, 1, "bob", "192.0.2.1");
    assert_true(delay(*state, "bob", "192.0.2.1") > 0);
}

static void test_a_login_does_not_wash_off_failures_at_other_accounts(void **state)
{
    for (int i = 0; i < 5; i++) {
        char name[32];

        snprintf(name, sizeof(name), "victim%d", i);
        fail_times(*state, 1, name, "192.0.2.1");
        pass(*state, "attacker", "192.0.2.1");
    }
    assert_int_equal(delay(*state, "victim9", "192.0.2.1"), 1);
}

static void test_failures_are_forgotten_after_an_hour(void **state)
{
    fail_times(*state, 5, "ann", "192.0.2.1");
    clock_shift_ms(3601 * 1000);
    fail_times(*state, 1, "ann", "192.0.2.1");
    assert_int_equal(delay(*state, "ann", "192.0.2.1"), 0);
}

static void test_whatever_is_typed_as_a_name_is_counted(void **state)
{
    char name[2000];

    memset(name, '/', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    fail_times(*state, 5, name, "not an address");
    assert_int_equal(delay(*state, name, "192.0.2.1"), 1);
    assert_int_equal(delay(*state, "ann", "not an address"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_four_failures_are_free, open_throttles, fixture_close),
        cmocka_unit_test_setup_teardown(test_the_delay_passes, open_throttles, fixture_close),
        cmocka_unit_test_setup_teardown(test_the_delay_doubles_up_to_a_quarter_of_an_hour,
                                        open_throttles, fixture_close),
        cmocka_unit_test_setup_teardown(test_an_account_is_slowed_from_everywhere, open_throttles,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_an_address_is_slowed_for_every_account, open_throttles,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_one_ipv6_network_is_one_address, open_throttles,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_an_ipv4_address_in_ipv6_form_is_the_same,
                                        open_throttles, fixture_close),
        cmocka_unit_test_setup_teardown(test_who_mistyped_and_got_in_leaves_nothing_behind,
                                        open_throttles, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_login_does_not_wash_off_failures_at_other_accounts,
                                        open_throttles, fixture_close),
        cmocka_unit_test_setup_teardown(test_failures_are_forgotten_after_an_hour, open_throttles,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_whatever_is_typed_as_a_name_is_counted, open_throttles,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
