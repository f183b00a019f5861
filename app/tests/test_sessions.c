/* SPDX-License-Identifier: MIT */
/* Sessions end when they should, and only then. */
#include "fixture.h"

#include "../accounts.h"
#include "../../lib/identity.h"

static int open_sessions(void **state)
{
    const struct collection *collections[] = {&sessions_collection};

    *state = fixture_open(collections, COUNT_OF(collections));
    return 0;
}

enum verb { CREATE, TOUCH, END, END_OTHERS };

struct wish {
    enum verb verb;
    const char *user;
    char *token;
};

static bool do_wish(void *context, struct store *store, struct error *err)
{
    const struct wish *wish = context;

    switch (wish->verb) {
    case CREATE:
        return session_create(store, wish->user, wish->token, err);
    case TOUCH:
        return session_touch(store, wish->token, err);
    case END:
        return session_end(store, wish->token, err);
    case END_OTHERS:
        return sessions_end_others(store, wish->user, wish->token, err);
    }
    return false;
}

static void change(struct fixture *fixture, enum verb verb, const char *user, char *token)
{
    struct wish wish = {verb, user, token};

    if (!store_write(fixture->store, do_wish, &wish, &fixture->err))
        fail_msg("%s", fixture->err.message);
}

static bool is_live(struct fixture *fixture, const char *token)
{
    struct session session;
    bool live = session_get(fixture->store, token, &fixture->arena, &session, &fixture->err);

    if (!live)
        assert_int_equal(fixture->err.kind, ERROR_UNAUTHORIZED);
    return live;
}

static struct session session_of(struct fixture *fixture, const char *token)
{
    struct session session;

    if (!session_get(fixture->store, token, &fixture->arena, &session, &fixture->err))
        fail_msg("%s", fixture->err.message);
    return session;
}

static void shift_seconds(int64_t seconds)
{
    clock_shift_ms(seconds * 1000);
}

static void test_a_token_names_its_user(void **state)
{
    char token[SESSION_TOKEN_SIZE], other[SESSION_TOKEN_SIZE];
    struct session session;

    change(*state, CREATE, "ann", token);
    change(*state, CREATE, "bob", other);
    assert_int_equal(strlen(token), 32);
    assert_string_not_equal(token, other);
    session = session_of(*state, token);
    assert_string_equal(session.user, "ann");
    assert_int_equal(session.seen_ms, session.created_ms);
    assert_int_equal(session.expires_ms - session.created_ms, SESSION_IDLE_S * INT64_C(1000));
    assert_string_equal(session_of(*state, other).user, "bob");
}

static void test_tokens_we_never_gave_are_nobodys(void **state)
{
    static const char *const bad[] = {"", "x", "0123456789abcdef0123456789abcdef",
                                      "0123456789ABCDEF0123456789ABCDEF"};
    char token[SESSION_TOKEN_SIZE];
    char digest[65];

    change(*state, CREATE, "ann", token);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(is_live(*state, bad[i]));
    assert_false(is_live(*state, NULL));
    identity_digest(token, digest);
    assert_false(is_live(*state, digest));
}

static bool holds_token(void *context, const struct document *document)
{
    const char **token = context;

    if (memmem(document->bson, document->len, *token, strlen(*token)))
        *token = NULL;
    return *token != NULL;
}

static void test_the_store_does_not_hold_the_token(void **state)
{
    char token[SESSION_TOKEN_SIZE];
    struct fixture *fixture = *state;
    const char *wanted = token;

    change(fixture, CREATE, "ann", token);
    assert_true(store_each(fixture->store, &sessions_collection, holds_token, (void *)&wanted,
                           &fixture->err));
    assert_non_null(wanted);
}

static void test_an_idle_session_ends(void **state)
{
    char token[SESSION_TOKEN_SIZE];

    change(*state, CREATE, "ann", token);
    shift_seconds(SESSION_IDLE_S - 60);
    assert_true(is_live(*state, token));
    shift_seconds(SESSION_IDLE_S);
    assert_false(is_live(*state, token));
}

static void test_a_session_in_use_goes_on(void **state)
{
    char token[SESSION_TOKEN_SIZE];
    struct session session;

    change(*state, CREATE, "ann", token);
    shift_seconds(SESSION_IDLE_S - 60);
    change(*state, TOUCH, NULL, token);
    shift_seconds(SESSION_IDLE_S + 60);
    session = session_of(*state, token);
    assert_true(session.seen_ms > session.created_ms);
    assert_string_equal(session.user, "ann");
}

static void test_no_session_outlives_its_absolute_limit(void **state)
{
    char token[SESSION_TOKEN_SIZE];

    change(*state, CREATE, "ann", token);
    for (int64_t at = 0; at < SESSION_LIFE_S - 60; at += SESSION_IDLE_S / 2) {
        shift_seconds(at);
        change(*state, TOUCH, NULL, token);
    }
    shift_seconds(SESSION_LIFE_S - 60);
    change(*state, TOUCH, NULL, token);
    assert_true(is_live(*state, token));
    shift_seconds(SESSION_LIFE_S);
    assert_false(is_live(*state, token));
}

static void test_a_session_that_is_over_cannot_be_renewed(void **state)
{
    char token[SESSION_TOKEN_SIZE];
    struct wish touch = {TOUCH, NULL, token};
    struct fixture *fixture = *state;

    change(fixture, CREATE, "ann", token);
    shift_seconds(SESSION_IDLE_S);
    assert_false(store_write(fixture->store, do_wish, &touch, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_UNAUTHORIZED);
    assert_false(is_live(fixture, token));
}

static void test_a_session_is_stale_after_a_tenth_of_the_idle_limit(void **state)
{
    char token[SESSION_TOKEN_SIZE];
    struct session session;

    change(*state, CREATE, "ann", token);
    session = session_of(*state, token);
    shift_seconds(SESSION_IDLE_S / 10 - 60);
    assert_false(session_is_stale(&session));
    shift_seconds(SESSION_IDLE_S / 10);
    assert_true(session_is_stale(&session));
    change(*state, TOUCH, NULL, token);
    session = session_of(*state, token);
    assert_false(session_is_stale(&session));
}

static void test_a_session_can_be_ended(void **state)
{
    char token[SESSION_TOKEN_SIZE], other[SESSION_TOKEN_SIZE];

    change(*state, CREATE, "ann", token);
    change(*state, CREATE, "ann", other);
    change(*state, END, NULL, token);
    change(*state, END, NULL, token);
    assert_false(is_live(*state, token));
    assert_true(is_live(*state, other));
}

static void test_a_users_other_sessions_can_be_ended(void **state)
{
    char first[SESSION_TOKEN_SIZE], second[SESSION_TOKEN_SIZE], third[SESSION_TOKEN_SIZE];
    char other[SESSION_TOKEN_SIZE];

    change(*state, CREATE, "ann", first);
    change(*state, CREATE, "ann", second);
    change(*state, CREATE, "ann", third);
    change(*state, CREATE, "bob", other);
    change(*state, END_OTHERS, "ann", second);
    assert_false(is_live(*state, first));
    assert_true(is_live(*state, second));
    assert_false(is_live(*state, third));
    change(*state, END_OTHERS, "ann", NULL);
    assert_false(is_live(*state, second));
    assert_true(is_live(*state, other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_token_names_its_user, open_sessions, fixture_close),
        cmocka_unit_test_setup_teardown(test_tokens_we_never_gave_are_nobodys, open_sessions,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_the_store_does_not_hold_the_token, open_sessions,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_an_idle_session_ends, open_sessions, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_session_in_use_goes_on, open_sessions,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_no_session_outlives_its_absolute_limit, open_sessions,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_session_that_is_over_cannot_be_renewed,
                                        open_sessions, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_session_is_stale_after_a_tenth_of_the_idle_limit,
                                        open_sessions, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_session_can_be_ended, open_sessions, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_users_other_sessions_can_be_ended, open_sessions,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
