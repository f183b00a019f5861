/* SPDX-License-Identifier: MIT */
/* What works do when they meet each other, and others, on one server. */
#include "place.h"

#include "../../clock.h"
#include "../../document.h"

#include <pthread.h>

enum { THREADS = 6, ROUNDS = 15 };

static const struct store_field thing_fields[] = {{"name", TYPE_TEXT, STORE_UNIQUE},
                                                  {"n", TYPE_INT, STORE_INDEXED}};
static const struct collection things = {
    .name = "things", .id_type = TYPE_TEXT, .fields = thing_fields, .field_count = 2};
static const struct collection totals = {.name = "totals", .id_type = TYPE_TEXT};
static const struct collection *const collections[] = {&things, &totals};

struct place {
    char address[ADDRESS_SIZE];
    struct store *store;
    struct other other;
    struct arena arena;
    struct error err;
};

static int open_place(void **state)
{
    static int number;
    struct place *place = calloc(1, sizeof(*place));
    struct store_options options = {.queue = 1000, .needs_set = "a test", .timeout_ms = 60000};

    assert_non_null(place);
    place_address(place->address, number++);
    place->store = opened_store(place->address, &options, collections, 2);
    place->other = other_open(place->address);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    store_close(place->store);
    other_close(&place->other, true);
    arena_release(&place->arena);
    free(place);
    return 0;
}

typedef bool (*change)(void *context, struct store *store, struct error *err);

static void must_write(struct place *place, change run, void *context)
{
    if (!store_write(place->store, run, context, &place->err))
        fail_msg("%s", place->err.message);
}

static int64_t count(struct place *place, const struct collection *collection)
{
    int64_t number = -1;

    assert_true(store_count(place->store, collection, NULL, &number, &place->err));
    return number;
}

static bool add_one(struct store *store, const struct collection *collection, const char *id,
                    struct error *err)
{
    struct change one = {CHANGE_ADD, "n", value_int(1)};

    return store_update(store, collection, key_text(id),
                        &(struct update){.changes = &one, .count = 1, .upsert = true}, err);
}

/* Take the document. */
static bool insert(struct store *store, bson_t *document, struct error *err)
{
    bool ok = store_insert(store, &things, document, NULL, err);

    bson_destroy(document);
    return ok;
}

/* -- many at once ------------------------------------------------------------------------------ */

static bool count_up(void *context, struct store *store, struct error *err)
{
    (void)context;
    return add_one(store, &totals, "all", err) && add_one(store, &things, "all", err);
}

static void *count_up_often(void *context)
{
    struct place *place = context;
    struct error err;

    for (int i = 0; i < ROUNDS; i++)
        if (!store_write(place->store, count_up, NULL, &err))
            return arena_text(&place->arena, err.message);
    return NULL;
}

static void *in_threads(struct place *place, void *(*run)(void *context))
{
    pthread_t threads[THREADS];
    void *failed = NULL, *answer;

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, place), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &answer);
        failed = answer ? answer : failed;
    }
    return failed;
}

static void test_nothing_is_lost_when_works_meet(void **state)
{
    struct place *place = *state;
    const char *failed = in_threads(place, count_up_often);

    if (failed)
        fail_msg("%s", failed);
    assert_int_equal(number_of(place->store, &totals, "all"), THREADS * ROUNDS);
    assert_int_equal(number_of(place->store, &things, "all"), THREADS * ROUNDS);
}

static bool read_then_replace(void *context, struct store *store, struct error *err)
{
    struct arena arena = {0};
    struct document document = {.arena = &arena};
    bson_value_t n;
    bson_t *next;
    bool ok = store_get(store, &totals, key_text("all"), &document, err) &&
              document_get(document.bson, document.len, "n", &n);

    (void)context;
    if (ok) {
        next = BCON_NEW("n", BCON_INT32(n.value.v_int32 + 1));
        ok = store_replace(store, &totals, key_text("all"), &(struct replacement){.document = next},
                           err);
        bson_destroy(next);
    }
    arena_release(&arena);
    return ok;
}

static void *read_then_replace_often(void *context)
{
    struct place *place = context;
    struct error err;

    for (int i = 0; i < ROUNDS; i++)
        if (!store_write(place->store, read_then_replace, NULL, &err))
            return arena_text(&place->arena, err.message);
    return NULL;
}

/* What was read and then replaced whole, without any etag given. */
static void test_what_a_work_read_is_still_so_when_it_writes(void **state)
{
    struct place *place = *state;
    const char *failed;

    must_write(place, count_up, NULL);
    failed = in_threads(place, read_then_replace_often);
    if (failed)
        fail_msg("%s", failed);
    assert_int_equal(number_of(place->store, &totals, "all"), THREADS * ROUNDS + 1);
}

static bool take_name(void *context, struct store *store, struct error *err)
{
    bson_oid_t oid;
    char id[25];

    bson_oid_init(&oid, NULL);
    bson_oid_to_string(&oid, id);
    return insert(store, BCON_NEW("_id", BCON_UTF8(id), "name", BCON_UTF8(context)), err);
}

static void *take_names(void *context)
{
    struct place *place = context;
    struct error err;
    intptr_t won = 0;
    char name[16];

    for (int i = 0; i < ROUNDS; i++) {
        snprintf(name, sizeof(name), "name %d", i);
        if (store_write(place->store, take_name, name, &err))
            won++;
        else if (err.kind != ERROR_REFUSED || !strstr(err.message, "name"))
            return (void *)arena_text(&place->arena, err.message);
    }
    return NULL;
}

static void test_a_unique_value_is_won_once(void **state)
{
    struct place *place = *state;
    const char *failed = in_threads(place, take_names);

    if (failed)
        fail_msg("%s", failed);
    assert_int_equal(count(place, &things), ROUNDS);
}

/* -- undoing ----------------------------------------------------------------------------------- */

static bool change_all_and_read(void *context, struct store *store, struct error *err)
{
    bson_t *other = BCON_NEW("name", "replaced");
    int64_t number;
    bool ok = insert(store, BCON_NEW("_id", "new", "name", "new"), err) &&
              store_replace(store, &things, key_text("b"), &(struct replacement){.document = other},
                            err) &&
              store_delete(store, &things, key_text("c"), NULL, err) &&
              store_count(store, &things, NULL, &number, err);

    (void)context;
    bson_destroy(other);
    /* What was counted had been sent to the server. */
    return ok && number != 3 ? (fail)(err, ERROR_INTERNAL, "counted %d", (int)number)
                             : ok && (fail)(err, ERROR_REFUSED, "undo this");
}

static bool fail_in_part(void *context, struct store *store, struct error *err)
{
    struct error undone;

    (void)context;
    if (store_transact(store, change_all_and_read, NULL, &undone) || undone.kind != ERROR_REFUSED)
        return (fail)(err, ERROR_INTERNAL, "the part did not fail: %s", undone.message);
    return insert(store, BCON_NEW("_id", "d", "name", "new"), err);
}

static bool insert_three(void *context, struct store *store, struct error *err)
{
    (void)context;
    return insert(store, BCON_NEW("_id", "a", "name", "a", "n", BCON_INT32(1)), err) &&
           insert(store, BCON_NEW("_id", "b", "name", "b", "n", BCON_INT32(2)), err) &&
           insert(store, BCON_NEW("_id", "c", "name", "c", "n", BCON_INT32(3)), err);
}

static void test_a_part_that_had_been_sent_is_undone_too(void **state)
{
    struct place *place = *state;
    struct document before = {.arena = &place->arena}, after = {.arena = &place->arena};

    must_write(place, insert_three, NULL);
    assert_true(store_get(place->store, &things, key_text("b"), &before, &place->err));
    must_write(place, fail_in_part, NULL);
    assert_int_equal(count(place, &things), 4);
    assert_int_equal(number_of(place->store, &things, "c"), 3);
    assert_true(store_get(place->store, &things, key_text("b"), &after, &place->err));
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.bson, before.bson, before.len);
    assert_string_equal(after.etag, before.etag);
}

static bool insert_many(void *context, struct store *store, struct error *err)
{
    char id[16];

    (void)context;
    for (int i = 0; i < 1203; i++) {
        snprintf(id, sizeof(id), "%d", i);
        if (!insert(store, BCON_NEW("_id", BCON_UTF8(id), "n", BCON_INT32(i)), err))
            return false;
    }
    return true;
}

static bool delete_most(void *context, struct store *store, struct error *err)
{
    struct filter where = {.op = FILTER_GTE, .path = "n", .value = value_int(2)};

    return store_delete_where(store, &things, &where, context, err);
}

static bool delete_most_and_fail(void *context, struct store *store, struct error *err)
{
    return delete_most(context, store, err) && (fail)(err, ERROR_REFUSED, "not after all");
}

static void test_many_are_deleted_as_one(void **state)
{
    struct place *place = *state;
    int64_t deleted = 0;

    must_write(place, insert_many, NULL);
    assert_false(store_write(place->store, delete_most_and_fail, &deleted, &place->err));
    assert_int_equal(count(place, &things), 1203);
    must_write(place, delete_most, &deleted);
    assert_int_equal(deleted, 1201);
    assert_int_equal(count(place, &things), 2);
}

/* -- documents of others ----------------------------------------------------------------------- */

struct meeting {
    struct place *place;
    int runs;
};

/* Somebody changes the document after it was read, the first time. */
static bool change_while_changed(void *context, struct store *store, struct error *err)
{
    struct meeting *meeting = context;
    struct arena arena = {0};
    struct document document = {.arena = &arena};
    bool ok = store_get(store, &things, key_text("theirs"), &document, err);

    if (ok && meeting->runs++ == 0) {
        mongoc_collection_t *collection = other_collection(&meeting->place->other, "things");
        bson_t *selector = BCON_NEW("_id", "theirs");
        bson_t *update = BCON_NEW("$set", "{", "n", BCON_INT32(40), "}");

        ok = mongoc_collection_update_one(collection, selector, update, NULL, NULL, NULL);
        bson_destroy(selector);
        bson_destroy(update);
        mongoc_collection_destroy(collection);
    }
    ok = ok && add_one(store, &things, "theirs", err);
    arena_release(&arena);
    return ok;
}

static void test_documents_without_etags_are_guarded_by_what_they_hold(void **state)
{
    struct place *place = *state;
    mongoc_collection_t *collection = other_collection(&place->other, "things");
    bson_t *theirs = BCON_NEW("_id", "theirs", "n", BCON_INT32(1), "list", "[", BCON_INT32(1), "]",
                              "object", "{", "a", BCON_NULL, "}");
    struct document first = {.arena = &place->arena}, second = {.arena = &place->arena};
    struct meeting meeting = {place, 0};

    assert_true(mongoc_collection_insert_one(collection, theirs, NULL, NULL, NULL));
    assert_true(store_get(place->store, &things, key_text("theirs"), &first, &place->err));
    assert_int_equal(first.len, theirs->len);
    assert_int_equal(first.created_ms, 0);
    must_write(place, change_while_changed, &meeting);
    assert_int_equal(meeting.runs, 2);
    assert_int_equal(number_of(place->store, &things, "theirs"), 41);
    assert_true(store_get(place->store, &things, key_text("theirs"), &second, &place->err));
    assert_string_not_equal(first.etag, second.etag);
    assert_int_equal(second.created_ms, 0);
    bson_destroy(theirs);
    mongoc_collection_destroy(collection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_lost_when_works_meet, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_what_a_work_read_is_still_so_when_it_writes,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(test_a_unique_value_is_won_once, open_place, close_place),
        cmocka_unit_test_setup_teardown(test_a_part_that_had_been_sent_is_undone_too, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_many_are_deleted_as_one, open_place, close_place),
        cmocka_unit_test_setup_teardown(test_documents_without_etags_are_guarded_by_what_they_hold,
                                        open_place, close_place),
    };

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: works on MongoDB (no MONGO_TEST_URI)");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
