/* SPDX-License-Identifier: MIT */
/* Changes that are sent by themselves, and what the keeper changes, to a server that refuses or
 * breaks off at command (https://github.com/mongodb/mongo/wiki/The-failCommand-fail-point). */
#include "place.h"

#include "../../clock.h"
#include "../../document.h"

#include <time.h>

static const struct store_field thing_fields[] = {{"name", TYPE_TEXT, STORE_UNIQUE}};
static const struct collection things = {
    .name = "things", .id_type = TYPE_TEXT, .fields = thing_fields, .field_count = 1};
static const struct store_field letter_fields[] = {{"text", TYPE_TEXT, STORE_SEARCHED}};
static const struct collection letters = {
    .name = "letters", .id_type = TYPE_TEXT, .fields = letter_fields, .field_count = 1};
static const struct collection *const collections[] = {&things, &letters};

struct place {
    char address[ADDRESS_SIZE];
    char name[32]; /* of the store's connections, so that no one else's are refused */
    struct store *store;
    struct other other;
    int runs;
    struct error err;
};

static bool insert(void *context, struct store *store, struct error *err)
{
    struct place *place = context;
    bson_t *document = BCON_NEW("_id", "b", "n", BCON_INT32(1));
    bool ok = store_insert(store, &things, document, NULL, err);

    place->runs++;
    bson_destroy(document);
    return ok;
}

static bool update(void *context, struct store *store, struct error *err)
{
    struct place *place = context;
    struct change one = {CHANGE_ADD, "n", value_int(1)};

    place->runs++;
    return store_update(store, &things, key_text("a"),
                        &(struct update){.changes = &one, .count = 1, .upsert = true}, err);
}

static bool delete (void *context, struct store *store, struct error *err)
{
    struct place *place = context;

    place->runs++;
    return store_delete(store, &things, key_text("a"), NULL, err);
}

static const struct {
    const char *command;
    bool (*change)(void *context, struct store *store, struct error *err);
} kinds[] = {{"insert", insert}, {"update", update}, {"delete", delete}};

enum { KINDS = 3, TIMEOUT_MS = 30000, PATIENCE_MS = 20000 };

static void open_store(struct place *place, const char *more)
{
    struct store_options options = {.queue = 10, .needs_set = "a test", .timeout_ms = TIMEOUT_MS};
    char address[ADDRESS_SIZE];

    /* A server that was thought lost is looked at again once in a heartbeat. */
    snprintf(address, sizeof(address),
             "%.150s%cappName=%s&serverSelectionTimeoutMS=20000&heartbeatFrequencyMS=500%s",
             place->address, strchr(place->address, '?') ? '&' : '?', place->name, more);
    place->store = opened_store(address, &options, collections, 2);
    if (!store_write(place->store, update, place, &place->err))
        fail_msg("%s", place->err.message);
}

/* The store's next command of this name is refused with a code, or (0) its connection breaks off;
 * or it is done, and then said to be lost. Not every server lets itself be told. */
static bool let_fail(struct place *place, const char *name, int code, bool done)
{
    bson_t *command =
        BCON_NEW("configureFailPoint", "failCommand", "mode", "{", "times", BCON_INT32(1), "}");
    bson_t data, list, lost;
    bool ok;

    bson_append_document_begin(command, "data", 4, &data);
    bson_append_utf8(&data, "appName", 7, place->name, -1);
    bson_append_array_begin(&data, "failCommands", 12, &list);
    bson_append_utf8(&list, "0", 1, name, -1);
    bson_append_array_end(&data, &list);
    if (done) {
        bson_append_document_begin(&data, "writeConcernError", 17, &lost);
        bson_append_int32(&lost, "code", 4, code);
        bson_append_utf8(&lost, "errmsg", 6, "as told", -1);
        bson_append_document_end(&data, &lost);
    } else if (code) {
        bson_append_int32(&data, "errorCode", 9, code);
    } else {
        bson_append_bool(&data, "closeConnection", 15, true);
    }
    bson_append_document_end(command, &data);
    ok = mongoc_client_command_simple(place->other.client, "admin", command, NULL, NULL, NULL);
    bson_destroy(command);
    return ok;
}

static int open_place(void **state)
{
    static int number;
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    place_address(place->address, number);
    snprintf(place->name, sizeof(place->name), "alone-%d-%d", (int)getpid(), number++);
    place->other = other_open(place->address);
    open_store(place, "");
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    store_close(place->store);
    other_close(&place->other, true);
    free(place);
    return 0;
}

static int64_t count(struct place *place)
{
    int64_t number = -1;

    assert_true(store_count(place->store, &things, NULL, &number, &place->err));
    return number;
}

static void test_what_others_hold_is_busy_and_stops_nobody_else(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < KINDS * 2; i++) {
        if (!let_fail(place, kinds[i % KINDS].command, 50, false))
            skip();
        place->runs = 0;
        assert_false(store_write(place->store, kinds[i % KINDS].change, place, &place->err));
        assert_int_equal(place->err.kind, ERROR_BUSY);
        assert_int_equal(place->err.retry_after_s, 1);
        assert_non_null(strstr(place->err.message, "others hold the document"));
        assert_int_equal(place->runs, 1);
        assert_int_equal(count(place), 1); /* the breaker lets it through */
    }
}

static void must_be_made_once(struct place *place, int code, bool done)
{
    for (int i = 0; i < KINDS; i++) {
        if (!let_fail(place, kinds[i].command, code, done))
            skip();
        place->runs = 0;
        if (!store_write(place->store, kinds[i].change, place, &place->err))
            fail_msg("%s, code %d: %s", kinds[i].command, code, place->err.message);
        assert_int_equal(place->runs, 1);
        if (kinds[i].change == update)
            assert_int_equal(number_of(place->store, &things, "a"), 2);
    }
    assert_int_equal(count(place), 1);
    assert_int_equal(number_of(place->store, &things, "b"), 1);
}

static void test_a_change_that_was_not_made_is_sent_again(void **state)
{
    must_be_made_once(*state, 10107, false); /* NotWritablePrimary */
}

static void test_a_change_is_sent_again_on_another_connection(void **state)
{
    must_be_made_once(*state, 0, false);
}

static void test_a_change_that_was_made_is_not_made_again(void **state)
{
    must_be_made_once(*state, 91, true); /* ShutdownInProgress */
}

static void test_a_change_that_was_not_confirmed_is_told_of(void **state)
{
    struct place *place = *state;

    if (!let_fail(place, "update", 64, true)) /* WriteConcernFailed */
        skip();
    assert_false(store_write(place->store, update, place, &place->err));
    assert_int_equal(place->err.kind, ERROR_BUSY);
    assert_null(strstr(place->err.message, "others"));
}

static bool insert_large(void *context, struct store *store, struct error *err)
{
    bson_t document = BSON_INITIALIZER;
    char *text = malloc(16 << 20);
    bool ok;

    (void)context;
    assert_non_null(text);
    memset(text, 'x', 16 << 20);
    bson_append_utf8(&document, "_id", 3, "large", -1);
    bson_append_utf8(&document, "text", 4, text, (16 << 20) - 60); /* and the store's own members */
    ok = store_insert(store, &things, &document, NULL, err);
    bson_destroy(&document);
    free(text);
    return ok;
}

static void test_a_document_that_is_too_large_with_what_the_store_adds(void **state)
{
    struct place *place = *state;

    assert_false(store_write(place->store, insert_large, place, &place->err));
    if (place->err.kind != ERROR_TOO_LARGE)
        fail_msg("kind %d: %s", place->err.kind, place->err.message);
}

static void insert_letter(struct place *place)
{
    mongoc_collection_t *collection = other_collection(&place->other, "letters");
    bson_t *document = BCON_NEW("_id", "a", "text", "morning");

    assert_true(mongoc_collection_insert_one(collection, document, NULL, NULL, NULL));
    bson_destroy(document);
    mongoc_collection_destroy(collection);
}

static bool is_found(struct place *place, const char *text)
{
    struct arena arena = {0};
    struct documents found = {.arena = &arena};
    struct query query = {.text = text, .limit = 10};

    if (!store_find(place->store, &letters, &query, &found, &place->err))
        fail_msg("%s", place->err.message);
    arena_release(&arena);
    return found.count > 0;
}

static void test_words_whose_batch_was_not_answered_are_added_again(void **state)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    struct place *place = *state;
    int64_t begun_us;

    store_close(place->store);
    open_store(place, "&retryWrites=false");
    if (!let_fail(place, "update", 0, false))
        skip();
    insert_letter(place);
    begun_us = clock_monotonic_us();
    while (!is_found(place, "morning")) {
        assert_true(clock_monotonic_us() - begun_us < PATIENCE_MS * 1000LL);
        nanosleep(&pause, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_others_hold_is_busy_and_stops_nobody_else,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(test_a_change_that_was_not_made_is_sent_again, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_a_change_is_sent_again_on_another_connection,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(test_a_change_that_was_made_is_not_made_again, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_a_change_that_was_not_confirmed_is_told_of, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_words_whose_batch_was_not_answered_are_added_again,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(test_a_document_that_is_too_large_with_what_the_store_adds,
                                        open_place, close_place),
    };

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: single changes on MongoDB (no MONGO_TEST_URI)");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
