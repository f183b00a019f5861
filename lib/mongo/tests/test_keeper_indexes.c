/* SPDX-License-Identifier: MIT */
/* What becomes of indexes that others drop under a running store, on the server that MONGO_TEST_URI
 * names. */
#include "keeping.h"

#include "../../log.h"

static void drop_index(struct place *place, const char *collection, const char *name)
{
    mongoc_collection_t *from = other_collection(&place->other, collection);
    bson_error_t error = {0};

    if (!mongoc_collection_drop_index(from, name, &error))
        fail_msg("%s", error.message);
    mongoc_collection_destroy(from);
}

static bool has_index(struct place *place, const char *collection, const char *name)
{
    mongoc_collection_t *in = other_collection(&place->other, collection);
    mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(in, NULL);
    const bson_t *index;
    bson_iter_t iter;
    bool found = false;

    while (mongoc_cursor_next(cursor, &index))
        if (bson_iter_init_find(&iter, index, "name") &&
            strcmp(bson_iter_utf8(&iter, NULL), name) == 0)
            found = true;
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(in);
    return found;
}

static void wait_index(struct place *place, const char *collection, const char *name)
{
    int64_t begun = clock_monotonic_us();

    while (!has_index(place, collection, name))
        wait_a_little(begun);
}

/* Collections are looked at in turn: when this has come to an end, all was looked at. */
static void look(struct place *place)
{
    drop_index(place, "totals", "decant_index_n");
    keeper_look(mongo_of(place->store));
    wait_index(place, "totals", "decant_index_n");
}

static void wait_missing(struct metrics *metrics, long count)
{
    int64_t begun = clock_monotonic_us();

    while (metric_of(metrics, "store_indexes_missing") != count)
        wait_a_little(begun);
}

static void test_a_dropped_index_is_made_again(void **state)
{
    struct place *place = *state;

    drop_index(place, "things", "decant_unique_name");
    drop_index(place, "things", "decant_index_n");
    keeper_look(mongo_of(place->store));
    wait_index(place, "things", "decant_unique_name");
    wait_index(place, "things", "decant_index_n");
    wait_missing(place->metrics, 0);
}

static void test_an_index_that_cannot_be_made_is_told_of_once(void **state)
{
    struct place *place = *state;
    bson_t *query = BCON_NEW("_id", "b");
    uint64_t warned, failed;

    put(place, BCON_NEW("_id", "a", "name", "twice"));
    wait_there(place, BCON_NEW("_id", "a", "_live", BCON_BOOL(true)));
    drop_index(place, "things", "decant_unique_name");
    put(place, BCON_NEW("_id", "b", "name", "twice"));
    wait_there(place, BCON_NEW("_id", "b", "_live", BCON_BOOL(true)));
    warned = log_counts().by_level[LOG_WARN];
    failed = log_counts().by_level[LOG_ERROR];
    look(place);
    wait_missing(place->metrics, 1);
    assert_int_equal(log_counts().by_level[LOG_WARN], warned + 2); /* that of the totals too */
    assert_int_equal(log_counts().by_level[LOG_ERROR], failed + 1);
    look(place);
    assert_int_equal(log_counts().by_level[LOG_WARN], warned + 3);
    assert_int_equal(log_counts().by_level[LOG_ERROR], failed + 1);
    assert_false(has_index(place, "things", "decant_unique_name"));
    assert_true(mongoc_collection_delete_one(place->things, query, NULL, NULL, NULL));
    bson_destroy(query);
    keeper_look(mongo_of(place->store));
    wait_index(place, "things", "decant_unique_name");
    wait_missing(place->metrics, 0);
}

static void test_a_collection_that_is_made_again_gets_its_indexes(void **state)
{
    struct place *place = *state;

    assert_true(mongoc_collection_drop(place->things, NULL));
    put(place, BCON_NEW("_id", "a", "title", "morning", "name", "a"));
    wait_index(place, "things", "decant_unique_name");
    wait_found(place, "morning", 1);
}

static void test_who_only_reads_makes_nothing(void **state)
{
    struct place *place = *state;
    struct metrics *metrics = metrics_open();
    struct store *reader;

    store_close(place->store);
    reader = open_store(place, metrics, true);
    drop_index(place, "things", "decant_unique_name");
    put(place, BCON_NEW("_id", "a", "title", "morning"));
    keeper_look(mongo_of(reader));
    wait_missing(metrics, 1);
    store_close(reader);
    assert_false(has_index(place, "things", "decant_unique_name"));
    metrics_close(metrics);
    place->store = open_store(place, NULL, false);
    assert_true(has_index(place, "things", "decant_unique_name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(test_a_dropped_index_is_made_again),
        place_test(test_an_index_that_cannot_be_made_is_told_of_once),
        place_test(test_a_collection_that_is_made_again_gets_its_indexes),
        place_test(test_who_only_reads_makes_nothing),
    };

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: what others change on MongoDB (no MONGO_TEST_URI)");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
