/* SPDX-License-Identifier: MIT */
/* Clashes with what others put into the database: their documents, and their indexes. */
#include "place.h"

#include "../../clock.h"

static const struct store_field thing_fields[] = {{"name", TYPE_TEXT, STORE_UNIQUE}};
static const struct collection things = {
    .name = "things", .id_type = TYPE_TEXT, .fields = thing_fields, .field_count = 1};
static const struct collection *const collections[] = {&things};

enum { TIMEOUT_MS = 20000 };

struct place {
    char address[ADDRESS_SIZE];
    struct store *store;
    struct other other;
    mongoc_collection_t *theirs;
    struct error err;
};

static int open_place(void **state)
{
    static int number;
    struct place *place = calloc(1, sizeof(*place));
    struct store_options options = {.queue = 10, .timeout_ms = TIMEOUT_MS};

    assert_non_null(place);
    place_address(place->address, number++);
    place->store = opened_store(place->address, &options, collections, 1);
    place->other = other_open(place->address);
    place->theirs = other_collection(&place->other, "things");
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    store_close(place->store);
    mongoc_collection_destroy(place->theirs);
    other_close(&place->other, true);
    free(place);
    return 0;
}

static bool do_insert(void *document, struct store *store, struct error *err)
{
    return store_insert(store, &things, document, NULL, err);
}

/* Takes the document. */
static bool insert(struct place *place, bson_t *document)
{
    bool ok = store_write(place->store, do_insert, document, &place->err);

    bson_destroy(document);
    return ok;
}

static void must_be_refused(struct place *place, bool ok, const char *says)
{
    assert_false(ok);
    if (place->err.kind != ERROR_REFUSED || !strstr(place->err.message, says))
        fail_msg("kind %d: %s", place->err.kind, place->err.message);
}

static void test_elements_of_their_lists_are_taken(void **state)
{
    struct place *place = *state;
    bson_t *list = BCON_NEW("_id", "theirs", "name", "[", "x", BCON_INT32(1), "]");

    assert_true(mongoc_collection_insert_one(place->theirs, list, NULL, NULL, NULL));
    bson_destroy(list);
    must_be_refused(place, insert(place, BCON_NEW("_id", "a", "name", "x")),
                    "taken by another: name");
    must_be_refused(place, insert(place, BCON_NEW("_id", "a", "name", "[", BCON_INT64(1), "]")),
                    "taken by another: name");
    assert_true(insert(place, BCON_NEW("_id", "a", "name", "[", "y", "]")));
}

/* No question of ours finds out what it is that theirs refuses. */
static void test_an_index_of_others_refuses_without_long_search(void **state)
{
    struct place *place = *state;
    bson_t *indexes =
        BCON_NEW("createIndexes", "things", "indexes", "[", "{", "key", "{", "n", BCON_INT32(1),
                 "}", "name", "theirs", "unique", BCON_BOOL(true), "}", "]");
    int64_t start_us;

    assert_true(mongoc_client_command_simple(
        place->other.client, mongoc_uri_get_database(place->other.uri), indexes, NULL, NULL, NULL));
    bson_destroy(indexes);
    assert_true(insert(place, BCON_NEW("_id", "a", "n", BCON_INT32(1))));
    start_us = clock_monotonic_us();
    must_be_refused(place, insert(place, BCON_NEW("_id", "b", "n", BCON_INT32(1))),
                    "taken by another");
    assert_true(clock_monotonic_us() - start_us < 1000 * (int64_t)TIMEOUT_MS);
    assert_true(insert(place, BCON_NEW("_id", "b", "n", BCON_INT32(2))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_elements_of_their_lists_are_taken, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_an_index_of_others_refuses_without_long_search,
                                        open_place, close_place),
    };

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: clashes on MongoDB (no MONGO_TEST_URI)");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
