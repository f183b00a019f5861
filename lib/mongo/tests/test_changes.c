/* SPDX-License-Identifier: MIT */
/* Following a database that others change too, on the server that MONGO_TEST_URI names: what the
 * contract does not ask of every store. */
#include "place.h"

#include "../../clock.h"

#include <pthread.h>
#include <sched.h>

enum { LONGEST_MS = 20000, OPENERS = 4 };

static const struct collection things = {.name = "things", .id_type = TYPE_TEXT, .followed = true};
static const struct collection totals = {.name = "totals", .id_type = TYPE_TEXT};
static const struct collection *const collections[] = {&things, &totals};

struct place {
    char address[ADDRESS_SIZE];
    struct metrics *metrics;
    struct store *store;
    struct other other;
    struct arena arena;
    struct error err;
};

static struct store *open_store(struct place *place, struct metrics *metrics)
{
    struct store_options options = {.queue = 100, .timeout_ms = 60000, .metrics = metrics};

    return opened_store(place->address, &options, collections, 2);
}

static int open_place(void **state)
{
    static int number;
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    place_address(place->address, number++);
    place->metrics = metrics_open();
    place->store = open_store(place, place->metrics);
    place->other = other_open(place->address);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    store_close(place->store);
    metrics_close(place->metrics);
    other_close(&place->other, true);
    arena_release(&place->arena);
    free(place);
    clock_shift_ms(0);
    return 0;
}

/* -- what is done ------------------------------------------------------------------------------ */

static bool insert_text(void *context, struct store *store, struct error *err)
{
    bson_t *document = BCON_NEW("_id", BCON_UTF8(context));
    bool ok = store_insert(store, &things, document, NULL, err);

    bson_destroy(document);
    return ok;
}

static void insert(struct place *place, const char *id)
{
    char text[16];

    snprintf(text, sizeof(text), "%s", id);
    if (!store_write(place->store, insert_text, text, &place->err))
        fail_msg("%s", place->err.message);
}

enum act { INSERT, UPDATE, DELETE };

/* By somebody else. */
static void other_does(struct place *place, enum act act, const char *name, const char *id)
{
    mongoc_collection_t *collection = other_collection(&place->other, name);
    bson_t *query = BCON_NEW("_id", BCON_UTF8(id));
    bson_t *change = BCON_NEW("$inc", "{", "n", BCON_INT32(1), "}");
    bson_error_t error = {0};
    bool ok = act == INSERT ? mongoc_collection_insert_one(collection, query, NULL, NULL, &error)
              : act == UPDATE
                  ? mongoc_collection_update_one(collection, query, change, NULL, NULL, &error)
                  : mongoc_collection_delete_one(collection, query, NULL, NULL, &error);

    if (!ok)
        fail_msg("%s", error.message);
    bson_destroy(change);
    bson_destroy(query);
    mongoc_collection_destroy(collection);
}

/* -- what is told ------------------------------------------------------------------------------ */

static const char *told_by(struct place *place, struct store *store, char *after)
{
    struct store_changes found = {.arena = &place->arena};
    const char *text = "";

    if (!store_changes(store, after[0] ? after : NULL, 100, &found, &place->err))
        fail_msg("%s", place->err.message);
    for (size_t i = 0; i < found.count; i++)
        text = arena_printf(&place->arena, "%s%s%c%s", text, i ? " " : "",
                            found.items[i].deleted ? '-' : '+', found.items[i].id.value.v_utf8.str);
    memcpy(after, found.cursor, STORE_CURSOR_SIZE);
    return text;
}

static const char *told(struct place *place, char *after)
{
    return told_by(place, place->store, after);
}

/* How often the store has asked the server for a stream of its own. */
static long streams(struct place *place)
{
    return metric_of(place->metrics, "store_command_seconds_count{command=\"aggregate\"}");
}

static bool is_late(int64_t since_us)
{
    sched_yield();
    return clock_monotonic_us() - since_us > LONGEST_MS * 1000LL;
}

static uint64_t version(struct place *place, const struct collection *collection)
{
    return store_version(place->store, collection);
}

/* Versions grow with time until the stream is there. */
static void wait_until_followed(struct place *place)
{
    int64_t begun = clock_monotonic_us(), quiet = begun;
    uint64_t last = version(place, &totals);

    while (clock_monotonic_us() - quiet < 150000) {
        uint64_t now = version(place, &totals);

        if (now != last)
            quiet = clock_monotonic_us();
        last = now;
        assert_false(is_late(begun));
    }
}

static void wait_until_grown(struct place *place, const struct collection *collection,
                             uint64_t before)
{
    int64_t begun = clock_monotonic_us();

    while (version(place, collection) == before)
        assert_false(is_late(begun));
}

/* -- tests ------------------------------------------------------------------------------------- */

static void test_what_others_do_is_told(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "";
    uint64_t unchanged;

    wait_until_followed(place);
    unchanged = version(place, &things);
    other_does(place, INSERT, "things", "before");
    /* A server with other works under way may begin a stream of now with what was just before. */
    wait_until_grown(place, &things, unchanged);
    assert_string_equal(told(place, after), "");
    other_does(place, INSERT, "things", "a");
    other_does(place, UPDATE, "things", "a");
    other_does(place, INSERT, "totals", "x");
    other_does(place, INSERT, "strange", "y");
    other_does(place, DELETE, "things", "a");
    assert_string_equal(told(place, after), "+a +a -a");
}

static void test_a_version_grows_with_what_others_do_to_the_collection(void **state)
{
    struct place *place = *state;
    uint64_t of_things, of_totals;
    char after[STORE_CURSOR_SIZE] = "";

    wait_until_followed(place);
    told(place, after);
    of_things = version(place, &things);
    of_totals = version(place, &totals);
    other_does(place, INSERT, "things", "a");
    wait_until_grown(place, &things, of_things);
    assert_int_equal(version(place, &totals), of_totals);
    /* And then it is told. */
    assert_string_equal(told(place, after), "+a");
    other_does(place, INSERT, "totals", "t");
    wait_until_grown(place, &totals, of_totals);
}

static void test_who_keeps_up_costs_the_server_no_stream(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "", second[STORE_CURSOR_SIZE], id[16];
    long before;

    wait_until_followed(place);
    told(place, after);
    insert(place, "first");
    assert_string_equal(told(place, after), "+first");
    memcpy(second, after, sizeof(second));
    before = streams(place);
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof(id), "%d", i);
        insert(place, id);
        assert_string_equal(told(place, after), arena_printf(&place->arena, "+%d", i));
        assert_string_equal(told(place, after), "");
    }
    assert_int_equal(strlen(told(place, second)), strlen("+0 +1 +2 +3 +4 +5 +6 +7 +8 +9 ") + 39);
    assert_string_equal(second, after);
    /* A slow machine may let the tailer be late now and then. */
    assert_in_range(streams(place) - before, 0, 5);
}

static void test_a_cursor_is_the_same_from_every_process_and_outlives_it(void **state)
{
    struct place *place = *state;
    struct store *second = open_store(place, NULL);
    char after[STORE_CURSOR_SIZE] = "", again[STORE_CURSOR_SIZE];

    wait_until_followed(place);
    told(place, after);
    insert(place, "a");
    memcpy(again, after, sizeof(again));
    assert_string_equal(told(place, after), "+a");
    assert_string_equal(told_by(place, second, again), "+a");
    assert_string_equal(after, again);
    store_close(second);
    insert(place, "b");
    second = open_store(place, NULL);
    assert_string_equal(told_by(place, second, again), "+b");
    store_close(second);
}

static void test_who_follows_a_quiet_feed_is_told_a_newer_place(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "", old[STORE_CURSOR_SIZE];

    told(place, after);
    memcpy(old, after, sizeof(old));
    other_does(place, INSERT, "totals", "t");
    assert_string_equal(told(place, after), "");
    assert_string_equal(after, old);
    clock_shift_ms(60000);
    assert_string_equal(told(place, after), "");
    assert_string_not_equal(after, old);
    insert(place, "a");
    assert_string_equal(told(place, after), "+a");
    assert_string_equal(told(place, old), "+a");
}

static void drop_things(struct place *place)
{
    mongoc_collection_t *collection = other_collection(&place->other, "things");

    assert_true(mongoc_collection_drop(collection, NULL));
    mongoc_collection_destroy(collection);
}

static void test_what_is_behind_a_dropped_collection_is_gone(void **state)
{
    struct place *place = *state;
    struct store_changes found = {.arena = &place->arena};
    char after[STORE_CURSOR_SIZE] = "", begin[STORE_CURSOR_SIZE];
    uint64_t before;

    wait_until_followed(place);
    told(place, after);
    memcpy(begin, after, sizeof(begin));
    insert(place, "a");
    assert_string_equal(told(place, after), "+a");
    before = version(place, &things);
    drop_things(place);
    wait_until_grown(place, &things, before); /* by the insert, it may be */
    for (int64_t begun = clock_monotonic_us();
         store_changes(place->store, after, 10, &found, &place->err);) {
        assert_int_equal(found.count, 0);
        assert_false(is_late(begun));
    }
    assert_int_equal(place->err.kind, ERROR_GONE);
    /* What was before it is told still. */
    assert_string_equal(told(place, begin), "+a");
    after[0] = '\0';
    told(place, after);
    insert(place, "a");
    assert_string_equal(told(place, after), "+a");
}

struct opener {
    pthread_t thread;
    struct place *place;
    struct store *store;
};

static void *open_one(void *context)
{
    struct opener *opener = context;
    struct store_options options = {.timeout_ms = 60000};
    struct error err;

    opener->store = store_open(opener->place->address, &options, &err);
    return NULL;
}

static void test_all_who_open_a_new_database_agree_whose_it_is(void **state)
{
    struct place *place = *state;
    struct opener openers[OPENERS];
    struct store_changes found = {.arena = &place->arena};
    char after[STORE_CURSOR_SIZE] = "";

    place_address(place->address, 1000);
    for (int i = 0; i < OPENERS; i++) {
        openers[i] = (struct opener){.place = place};
        assert_int_equal(pthread_create(&openers[i].thread, NULL, open_one, &openers[i]), 0);
    }
    for (int i = 0; i < OPENERS; i++)
        pthread_join(openers[i].thread, NULL);
    for (int i = 0; i < OPENERS; i++) {
        assert_non_null(openers[i].store);
        if (!store_changes(openers[i].store, i ? after : NULL, 10, &found, &place->err))
            fail_msg("%s", place->err.message);
        memcpy(after, found.cursor, sizeof(after));
        store_close(openers[i].store);
    }
    other_close(&place->other, true);
    place->other = other_open(place->address);
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(test_what_others_do_is_told),
        place_test(test_a_version_grows_with_what_others_do_to_the_collection),
        place_test(test_who_keeps_up_costs_the_server_no_stream),
        place_test(test_a_cursor_is_the_same_from_every_process_and_outlives_it),
        place_test(test_who_follows_a_quiet_feed_is_told_a_newer_place),
        place_test(test_what_is_behind_a_dropped_collection_is_gone),
        place_test(test_all_who_open_a_new_database_agree_whose_it_is),
    };

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: following changes on MongoDB (no MONGO_TEST_URI)");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
