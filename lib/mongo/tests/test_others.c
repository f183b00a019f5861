/* SPDX-License-Identifier: MIT */
/* Documents of others with odd things where the store keeps its own. */
#include "place.h"

static const struct store_field thing_fields[] = {{"n", TYPE_INT, STORE_INDEXED},
                                                  {"text", TYPE_TEXT, STORE_SEARCHED}};
static const struct collection things = {
    .name = "things", .id_type = TYPE_TEXT, .fields = thing_fields, .field_count = 2};
static const struct collection *const collections[] = {&things};

struct place {
    char address[ADDRESS_SIZE];
    struct other other;
    struct error err;
};

static int open_place(void **state)
{
    static int number;
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    place_address(place->address, number++);
    place->other = other_open(place->address);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    other_close(&place->other, true);
    free(place);
    return 0;
}

static struct store *open_store(struct place *place)
{
    struct store_options options = {.queue = 100, .timeout_ms = 60000};

    return opened_store(place->address, &options, collections, 1);
}

static void put(struct place *place, const bson_t *document)
{
    mongoc_collection_t *collection = other_collection(&place->other, "things");

    assert_true(mongoc_collection_insert_one(collection, document, NULL, NULL, NULL));
    mongoc_collection_destroy(collection);
}

static void put_with_etags(struct place *place)
{
    bson_t *documents[] = {
        BCON_NEW("_id", "text", "_etag", "W/1", "n", BCON_INT32(1)),
        BCON_NEW("_id", "capitals", "_etag", "ABCDEF0123456789ABCDEF0123456789ABCDEF01"),
        BCON_NEW("_id", "number", "_etag", BCON_INT32(5), "text", "some words"),
        BCON_NEW("_id", "null", "_etag", BCON_NULL),
        BCON_NEW("_id", "object", "_etag", "{", "$gt", "", "}"),
        BCON_NEW("_id", "pattern", "_etag", BCON_REGEX("^[0-9a-f]", "")),
    };

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        put(place, documents[i]);
        bson_destroy(documents[i]);
    }
}

static const char *const ids[] = {"text", "capitals", "number", "null", "object", "pattern"};

static bool add_to_all(void *context, struct store *store, struct error *err)
{
    struct change more = {CHANGE_ADD, "n", value_int(1)};
    struct update update = {.changes = &more, .count = 1};

    (void)context;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (!store_update(store, &things, key_text(ids[i]), &update, err))
            return false;
    return true;
}

static bool delete_all(void *context, struct store *store, struct error *err)
{
    (void)context;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (!store_delete(store, &things, key_text(ids[i]), NULL, err))
            return false;
    return true;
}

static void must_write(struct place *place, struct store *store,
                       bool (*run)(void *context, struct store *store, struct error *err))
{
    if (!store_write(store, run, NULL, &place->err))
        fail_msg("%s", place->err.message);
}

static void test_whatever_etag_others_gave_a_document_it_can_be_changed(void **state)
{
    struct place *place = *state;
    struct store *store = open_store(place);

    put_with_etags(place);
    must_write(place, store, add_to_all);
    must_write(place, store, add_to_all); /* they have one of the store's now */
    must_write(place, store, delete_all);
    store_close(store);
}

static void test_and_be_deleted(void **state)
{
    struct place *place = *state;
    struct store *store = open_store(place);

    put_with_etags(place);
    must_write(place, store, delete_all);
    store_close(store);
}

/* What is an operator in a query is not one in a document of others. */
static void test_all_of_them_get_what_searching_looks_at(void **state)
{
    struct place *place = *state;
    mongoc_collection_t *collection = other_collection(&place->other, "things");
    bson_t *lacking = BCON_NEW("_words", "{", "$exists", BCON_BOOL(false), "}");

    put_with_etags(place);
    store_close(open_store(place));
    assert_int_equal(mongoc_collection_count_documents(collection, lacking, NULL, NULL, NULL, NULL),
                     0);
    bson_destroy(lacking);
    mongoc_collection_destroy(collection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whatever_etag_others_gave_a_document_it_can_be_changed,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(test_and_be_deleted, open_place, close_place),
        cmocka_unit_test_setup_teardown(test_all_of_them_get_what_searching_looks_at, open_place,
                                        close_place),
    };

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: documents of others on MongoDB (no MONGO_TEST_URI)");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
