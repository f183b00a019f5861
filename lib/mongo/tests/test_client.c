/* SPDX-License-Identifier: MIT */
/* What errors of libmongoc mean, when a server is worth asking, and what an address says. */
#include "../address.h"
#include "../breaker.h"
#include "../fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* -- faults ------------------------------------------------------------------------------------ */

static bson_error_t make(uint32_t domain, uint32_t code, const char *message)
{
    bson_error_t error;

    bson_set_error(&error, domain, code, "%s", message);
    return error;
}

static void assert_fault(enum fault fault, uint32_t domain, uint32_t code, const char *message)
{
    bson_error_t error = make(domain, code, message);

    assert_int_equal(fault_of(&error), fault);
}

static void assert_told(const char *told, uint32_t domain, uint32_t code, const char *message)
{
    bson_error_t error = make(domain, code, message);
    char out[200];

    fault_tell(&error, out, sizeof(out));
    assert_string_equal(out, told);
}

static const char *const selection =
    "No suitable servers found: `serverSelectionTimeoutMS` expired: [%s]. Topology type: Single";

static void test_errors_have_kinds(void **state)
{
    (void)state;
    assert_fault(FAULT_UNREACHED, MONGOC_ERROR_SERVER_SELECTION, 13053, selection);
    assert_fault(FAULT_UNREACHED, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET,
                 "Failed to read 4 bytes: socket error or timeout");
    assert_fault(FAULT_ENCRYPTION, MONGOC_ERROR_SERVER_SELECTION, 13053,
                 "No suitable servers found: `serverSelectionTimeoutMS` expired: [TLS handshake "
                 "failed: certificate verify failed (18): self-signed certificate]");
    assert_fault(FAULT_PASSWORD, MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, "no");
    assert_fault(FAULT_PASSWORD, MONGOC_ERROR_SERVER, 18, "Authentication failed.");
    assert_fault(FAULT_FORBIDDEN, MONGOC_ERROR_SERVER, 13, "not authorized");
    assert_fault(FAULT_UNFIT, MONGOC_ERROR_SERVER, 10107, "not primary");
    assert_fault(FAULT_UNFIT, MONGOC_ERROR_SERVER, 43, "cursor id 7 not found");
    assert_fault(FAULT_UNFIT, MONGOC_ERROR_SERVER, 50, "operation exceeded time limit");
    assert_fault(FAULT_UNFIT, MONGOC_ERROR_WRITE_CONCERN, 64, "waiting for replication timed out");
    assert_fault(FAULT_TOO_LARGE, MONGOC_ERROR_SERVER, 10334, "BSONObjectTooLarge");
    assert_fault(FAULT_TOO_LARGE, MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID,
                 "Document 0 is too large for the cluster.");
    assert_fault(FAULT_PARALLEL, MONGOC_ERROR_SERVER, 171, "cannot index parallel arrays");
    assert_fault(FAULT_PARALLEL, MONGOC_ERROR_SERVER, 2,
                 "cannot sort with keys that are parallel arrays");
    assert_fault(FAULT_OTHER, MONGOC_ERROR_SERVER, 2, "unknown operator");
    assert_fault(FAULT_OTHER, MONGOC_ERROR_SERVER, CODE_DUPLICATE, "E11000");
    assert_fault(FAULT_OTHER, MONGOC_ERROR_SERVER, 2, "BadValue");
}

static void test_reasons_end_a_sentence(void **state)
{
    (void)state;
    assert_told("takes no connections", MONGOC_ERROR_SERVER_SELECTION, 13053,
                "No suitable servers found: `serverSelectionTimeoutMS` expired: [Failed to connect "
                "to target host: 127.0.0.1:1]");
    assert_told("has a name that is not known", MONGOC_ERROR_STREAM,
                MONGOC_ERROR_STREAM_NAME_RESOLUTION, "Failed to resolve nowhere.invalid");
    assert_told("fails at TLS: certificate verify failed (18): self-signed certificate",
                MONGOC_ERROR_SERVER_SELECTION, 13053,
                "No suitable servers found: `serverSelectionTimeoutMS` expired: [TLS handshake "
                "failed: certificate verify failed (18): self-signed certificate]");
    assert_told("does not take this user and password", MONGOC_ERROR_CLIENT,
                MONGOC_ERROR_CLIENT_AUTHENTICATE, "Authentication failed: s3cret");
    assert_told("says: BadValue", MONGOC_ERROR_SERVER, 2, "BadValue");
}

/* -- whether to ask ---------------------------------------------------------------------------- */

static void test_three_failures_in_a_row_close_for_a_second(void **state)
{
    struct breaker breaker = {0};

    (void)state;
    assert_true(breaker_admits(&breaker, 10));
    assert_false(breaker_failed(&breaker, 10));
    assert_false(breaker_failed(&breaker, 11));
    assert_true(breaker_admits(&breaker, 12));
    assert_true(breaker_failed(&breaker, 12));
    assert_false(breaker_admits(&breaker, 13));
    assert_false(breaker_admits(&breaker, 11 + BREAKER_REST_US));
}

static void test_an_answer_in_between_begins_anew(void **state)
{
    struct breaker breaker = {0};

    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_false(breaker_failed(&breaker, 1));
        assert_false(breaker_failed(&breaker, 1));
        assert_false(breaker_answered(&breaker));
    }
    assert_true(breaker_admits(&breaker, 1));
}

static void close_at(struct breaker *breaker, int64_t now_us)
{
    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_failed(breaker, now_us);
}

static void test_one_probe_a_second_is_let_through(void **state)
{
    struct breaker breaker = {0};

    (void)state;
    close_at(&breaker, 0);
    assert_true(breaker_admits(&breaker, BREAKER_REST_US));
    assert_false(breaker_admits(&breaker, BREAKER_REST_US));
    assert_false(breaker_admits(&breaker, 2 * BREAKER_REST_US - 1));
    assert_true(breaker_admits(&breaker, 2 * BREAKER_REST_US));
    /* Told of once. */
    assert_false(breaker_failed(&breaker, 2 * BREAKER_REST_US + 1));
}

static void test_the_first_answer_lets_everybody_through(void **state)
{
    struct breaker breaker = {0};

    (void)state;
    close_at(&breaker, 0);
    assert_true(breaker_answered(&breaker));
    assert_false(breaker_answered(&breaker));
    assert_true(breaker_admits(&breaker, 1));
    assert_true(breaker_admits(&breaker, 1));
    assert_false(breaker_failed(&breaker, 2));
}

/* -- addresses --------------------------------------------------------------------------------- */

static void test_what_an_address_says_stays(void **state)
{
    const struct store_options options = {.timeout_ms = 700, .pool = 5};
    struct error err = {0};
    mongoc_uri_t *uri = address_read(
        "mongodb://h/?socketTimeoutMS=9000&w=1&readConcernLevel=local&appname=me", &options, &err);

    (void)state;
    assert_non_null(uri);
    assert_int_equal(mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, 0), 9000);
    assert_int_equal(mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 0),
                     700);
    assert_int_equal(mongoc_uri_get_option_as_int32(uri, MONGOC_URI_MAXPOOLSIZE, 0), 5);
    assert_int_equal(mongoc_write_concern_get_w(mongoc_uri_get_write_concern(uri)), 1);
    assert_string_equal(mongoc_read_concern_get_level(mongoc_uri_get_read_concern(uri)), "local");
    assert_string_equal(mongoc_uri_get_appname(uri), "me");
    mongoc_uri_destroy(uri);
}

static void test_the_journal_is_not_waited_for_when_asked(void **state)
{
    struct error err = {0};
    mongoc_uri_t *uri =
        address_read("mongodb://h/?journal=false&wtimeoutMS=77", &(struct store_options){0}, &err);
    const mongoc_write_concern_t *writes;

    (void)state;
    assert_non_null(uri);
    writes = mongoc_uri_get_write_concern(uri);
    assert_true(mongoc_write_concern_get_wmajority(writes));
    assert_false(mongoc_write_concern_get_journal(writes));
    assert_int_equal(mongoc_write_concern_get_wtimeout_int64(writes), 77);
    mongoc_uri_destroy(uri);
}

static void test_what_it_does_not_say_is_safe(void **state)
{
    const struct store_options options = {0};
    struct error err = {0};
    mongoc_uri_t *uri = address_read("mongodb://h,i:1/x", &options, &err);
    const mongoc_write_concern_t *writes;
    char *told;

    (void)state;
    assert_non_null(uri);
    writes = mongoc_uri_get_write_concern(uri);
    assert_true(mongoc_write_concern_get_wmajority(writes));
    assert_true(mongoc_write_concern_get_journal(writes));
    assert_true(mongoc_write_concern_get_wtimeout_int64(writes) < DEFAULT_TIMEOUT_MS);
    assert_string_equal(mongoc_read_concern_get_level(mongoc_uri_get_read_concern(uri)),
                        "majority");
    assert_int_equal(mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, 0),
                     DEFAULT_TIMEOUT_MS);
    told = address_tell(uri, "y");
    assert_string_equal(told, "mongodb://h:27017,i:1/y");
    free(told);
    mongoc_uri_destroy(uri);
}

static void test_changes_that_nobody_confirms_are_refused(void **state)
{
    struct error err = {0};
    mongoc_uri_t *uri;

    (void)state;
    assert_null(address_read("mongodb://h/?w=0", &(struct store_options){0}, &err));
    assert_non_null(strstr(err.message, "w=0"));
    uri = address_read("mongodb://h/?w=1", &(struct store_options){0}, &err);
    assert_non_null(uri);
    mongoc_uri_destroy(uri);
}

static void test_passwords_are_never_told(void **state)
{
    static const char *const addresses[] = {"mongodb://u:s3c:ret@h/", "mongodb://u:s3c@ret@h/",
                                            "mongodb://u:s3c/ret@h/", "mongodb://u:s3c%ret@h/",
                                            "mongodb://u:s3cret@h/?maxPoolSize=x"};
    const struct store_options options = {0};
    mongoc_uri_t *uri;
    char *told;

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        struct error err = {0};

        assert_null(address_read(addresses[i], &options, &err));
        assert_int_equal(err.kind, ERROR_INTERNAL);
        assert_null(strstr(err.message, "s3c"));
        assert_null(strstr(err.message, "ret"));
    }
    uri = address_read("mongodb://u:s3cret@h/", &options, &(struct error){0});
    assert_non_null(uri);
    told = address_tell(uri, "x");
    assert_null(strstr(told, "s3cret"));
    free(told);
    mongoc_uri_destroy(uri);
}

static void ignore(mongoc_log_level_t level, const char *domain, const char *message, void *context)
{
    (void)level, (void)domain, (void)message, (void)context;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_have_kinds),
        cmocka_unit_test(test_reasons_end_a_sentence),
        cmocka_unit_test(test_three_failures_in_a_row_close_for_a_second),
        cmocka_unit_test(test_an_answer_in_between_begins_anew),
        cmocka_unit_test(test_one_probe_a_second_is_let_through),
        cmocka_unit_test(test_the_first_answer_lets_everybody_through),
        cmocka_unit_test(test_what_an_address_says_stays),
        cmocka_unit_test(test_the_journal_is_not_waited_for_when_asked),
        cmocka_unit_test(test_what_it_does_not_say_is_safe),
        cmocka_unit_test(test_changes_that_nobody_confirms_are_refused),
        cmocka_unit_test(test_passwords_are_never_told),
    };

    mongoc_log_set_handler(ignore, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
