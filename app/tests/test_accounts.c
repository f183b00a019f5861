/* SPDX-License-Identifier: MIT */
/* Users: their names, passwords, and the topics they like. */
#include "fixture.h"

#include "../accounts.h"
#include "../../lib/identity.h"

static int open_accounts(void **state)
{
    const struct collection *collections[] = {&users_collection};

    *state = fixture_open(collections, COUNT_OF(collections));
    return 0;
}

static void test_names_are_of_plain_characters(void **state)
{
    static const char *const good[] = {"ab", "a-b_9", "0123456789abcdef0123456789abcdef"};
    static const char *const bad[] = {
        "",        "a",    "Ann",        "ann smith",
        "ann/bob", "ann.", "\xC3\xA4nn", "0123456789abcdef0123456789abcdef0",
        "a\nb"};
    struct error err;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(account_name_ok(good[i], &err));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(account_name_ok(bad[i], &err));
        assert_int_equal(err.kind, ERROR_REFUSED);
    }
}

static void test_passwords_are_neither_short_nor_common_nor_the_name(void **state)
{
    static const char *const bad[] = {"",         "1234567",  "password",
                                      "12345678", "longname", "LongName"};
    char longest[1002];
    struct error err;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(account_password_ok("longname", bad[i], &err));
        assert_int_equal(err.kind, ERROR_REFUSED);
    }
    memset(longest, 'x', sizeof(longest));
    longest[1001] = '\0';
    assert_false(account_password_ok("ann", longest, &err));
    memcpy(longest, "neither common", 14);
    longest[1000] = '\0';
    assert_true(account_password_ok("ann", longest, &err));
    assert_true(account_password_ok("ann", "q8 zebra \xC3\xA4pfel", &err));
}

struct account {
    const char *name;
    const char *hash;
};

static bool create(void *context, struct store *store, struct error *err)
{
    const struct account *account = context;

    return account_create(store, account->name, account->hash, err);
}

static bool set_hash(void *context, struct store *store, struct error *err)
{
    const struct account *account = context;

    return account_set_hash(store, account->name, account->hash, err);
}

static const char *hash_of(struct fixture *fixture, const char *name)
{
    const char *hash;

    if (!account_hash(fixture->store, name, &fixture->arena, &hash, &fixture->err))
        fail_msg("%s", fixture->err.message);
    return hash;
}

static void create_ann(struct fixture *fixture)
{
    struct account ann = {"ann", "$first"};

    if (!store_write(fixture->store, create, &ann, &fixture->err))
        fail_msg("%s", fixture->err.message);
}

static void test_a_new_user_has_the_given_hash(void **state)
{
    create_ann(*state);
    assert_string_equal(hash_of(*state, "ann"), "$first");
}

static void test_a_name_is_taken_once(void **state)
{
    struct account second = {"ann", "$second"};
    struct fixture *fixture = *state;

    create_ann(fixture);
    assert_false(store_write(fixture->store, create, &second, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_CONFLICT);
    assert_string_equal(hash_of(fixture, "ann"), "$first");
}

static void test_unknown_users_have_the_dummy_hash(void **state)
{
    assert_string_equal(hash_of(*state, "nobody"), password_dummy_hash());
    assert_string_equal(hash_of(*state, ""), password_dummy_hash());
}

static void test_a_password_can_be_changed(void **state)
{
    struct account changed = {"ann", "$second"};
    struct account nobody = {"nobody", "$x"};
    struct fixture *fixture = *state;

    create_ann(fixture);
    assert_true(store_write(fixture->store, set_hash, &changed, &fixture->err));
    assert_string_equal(hash_of(fixture, "ann"), "$second");
    assert_false(store_write(fixture->store, set_hash, &nobody, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names_are_of_plain_characters, open_accounts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_passwords_are_neither_short_nor_common_nor_the_name,
                                        open_accounts, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_new_user_has_the_given_hash, open_accounts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_name_is_taken_once, open_accounts, fixture_close),
        cmocka_unit_test_setup_teardown(test_unknown_users_have_the_dummy_hash, open_accounts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_password_can_be_changed, open_accounts,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
