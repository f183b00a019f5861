/* SPDX-License-Identifier: MIT */
/* Works that change the same document: one at a time, while the others wait in no thread's way. */
#include "place.h"

#include "../../clock.h"
#include "../../document.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { POOL = 4, TIMEOUT_MS = 8000, PATIENCE_MS = 60000, COUNTERS = 200, CROSSING = 60 };

static const struct collection things = {.name = "things", .id_type = TYPE_TEXT};
static const struct collection *const collections[] = {&things};

struct place {
    char address[ADDRESS_SIZE];
    struct store *store;
    struct other other;
    mongoc_client_session_t *session; /* of the other: it holds document A */
    pthread_mutex_t lock;
    pthread_cond_t told;
    int over;
    bool twice; /* a work was told twice that it is over */
    struct error err;
};

/* A work that adds one to one or two documents. */
struct member {
    struct store_work work; /* first */
    struct place *place;
    const char *ids[2];
    _Atomic int ran;
    int over; /* how many were before it, from 1; 0: not yet */
    bool committed;
    struct error err;
};

static bool add_one(struct store *store, const char *id, struct error *err)
{
    struct change one = {CHANGE_ADD, "n", value_int(1)};

    return store_update(store, &things, key_text(id),
                        &(struct update){.changes = &one, .count = 1, .upsert = true}, err);
}

static bool run_member(struct store_work *work, struct store *store)
{
    struct member *member = (struct member *)work;
    struct error err;
    bool ok = add_one(store, member->ids[0], &err) &&
              (!member->ids[1] || add_one(store, member->ids[1], &err));

    member->ran++;
    return ok;
}

static void end_member(struct store_work *work, bool committed, const struct error *err)
{
    struct member *member = (struct member *)work;
    struct place *place = member->place;

    pthread_mutex_lock(&place->lock);
    place->twice = place->twice || member->over;
    member->over = ++place->over;
    member->committed = committed;
    member->err = *err;
    pthread_cond_broadcast(&place->told);
    pthread_mutex_unlock(&place->lock);
}

static void submit(struct place *place, struct member *member, const char *first,
                   const char *second)
{
    member->work = (struct store_work){.run = run_member, .done = end_member};
    member->place = place;
    member->ids[0] = first;
    member->ids[1] = second;
    if (!store_submit(place->store, &member->work, &place->err))
        fail_msg("%s", place->err.message);
}

static void wait_until_over(struct place *place, int count)
{
    pthread_mutex_lock(&place->lock);
    while (place->over < count)
        pthread_cond_wait(&place->told, &place->lock);
    pthread_mutex_unlock(&place->lock);
}

static void wait_until_run(struct member *member)
{
    while (!atomic_load(&member->ran))
        sched_yield();
}

static void must_be_committed(const struct member *members, int count)
{
    for (int i = 0; i < count; i++)
        if (!members[i].committed)
            fail_msg("%d: %s", i, members[i].err.message);
}

static bool insert_both(void *context, struct store *store, struct error *err)
{
    (void)context;
    return add_one(store, "A", err) && add_one(store, "B", err);
}

static int open_place(void **state, int timeout_ms)
{
    static int number;
    struct place *place = calloc(1, sizeof(*place));
    struct store_options options = {
        .queue = 1000, .needs_set = "a test", .pool = POOL, .timeout_ms = timeout_ms};

    assert_non_null(place);
    place_address(place->address, number++);
    pthread_mutex_init(&place->lock, NULL);
    pthread_cond_init(&place->told, NULL);
    place->store = opened_store(place->address, &options, collections, 1);
    if (!store_write(place->store, insert_both, NULL, &place->err))
        fail_msg("%s", place->err.message);
    place->other = other_open(place->address);
    *state = place;
    return 0;
}

static int open_patient(void **state)
{
    return open_place(state, PATIENCE_MS);
}

static int open_short(void **state)
{
    return open_place(state, TIMEOUT_MS);
}

static void let_go(struct place *place)
{
    if (place->session)
        mongoc_client_session_destroy(place->session);
    place->session = NULL;
}

static int close_place(void **state)
{
    struct place *place = *state;

    let_go(place);
    if (place->store)
        store_close(place->store);
    assert_false(place->twice);
    other_close(&place->other, true);
    pthread_cond_destroy(&place->told);
    pthread_mutex_destroy(&place->lock);
    free(place);
    return 0;
}

/* Somebody's open transaction has changed A. */
static void hold(struct place *place)
{
    mongoc_collection_t *collection = other_collection(&place->other, "things");
    bson_t *selector = BCON_NEW("_id", "A");
    bson_t *update = BCON_NEW("$set", "{", "theirs", BCON_BOOL(true), "}");
    bson_t options = BSON_INITIALIZER;

    place->session = mongoc_client_start_session(place->other.client, NULL, NULL);
    assert_true(mongoc_client_session_start_transaction(place->session, NULL, NULL));
    assert_true(mongoc_client_session_append(place->session, &options, NULL));
    assert_true(mongoc_collection_update_one(collection, selector, update, &options, NULL, NULL));
    bson_destroy(&options);
    bson_destroy(selector);
    bson_destroy(update);
    mongoc_collection_destroy(collection);
}

static void test_a_document_that_others_hold_is_in_one_threads_way(void **state)
{
    struct place *place = *state;
    struct member held[2 * POOL] = {0}, free_one = {0};
    int64_t start_us = clock_monotonic_us();

    hold(place);
    for (int i = 0; i < 2 * POOL; i++)
        submit(place, &held[i], "A", NULL);
    submit(place, &free_one, "B", NULL);
    wait_until_over(place, 2 * POOL + 1);
    assert_int_equal(free_one.over, 1);
    assert_true(free_one.committed);
    for (int i = 0; i < 2 * POOL; i++) {
        assert_false(held[i].committed);
        assert_int_equal(held[i].err.kind, ERROR_BUSY);
        assert_int_equal(held[i].err.retry_after_s, 1);
        assert_in_range(held[i].ran, 1, 2);
    }
    assert_true(clock_monotonic_us() - start_us < 3000 * (int64_t)TIMEOUT_MS);
    let_go(place);
    assert_int_equal(number_of(place->store, &things, "A"), 1);
}

static void test_changes_of_several_that_others_hold_are_busy(void **state)
{
    struct place *place = *state;
    struct member both = {0};

    hold(place);
    submit(place, &both, "A", "B");
    wait_until_over(place, 1);
    assert_false(both.committed);
    assert_int_equal(both.err.kind, ERROR_BUSY);
    let_go(place);
    assert_int_equal(number_of(place->store, &things, "B"), 1);
}

static void test_works_go_on_when_others_let_go(void **state)
{
    struct place *place = *state;
    struct member held[2 * POOL] = {0}, free_one = {0};

    hold(place);
    for (int i = 0; i < 2 * POOL; i++)
        submit(place, &held[i], "A", NULL);
    submit(place, &free_one, "B", NULL);
    wait_until_over(place, 1);
    assert_int_equal(free_one.over, 1);
    let_go(place);
    wait_until_over(place, 2 * POOL + 1);
    must_be_committed(held, 2 * POOL);
    assert_int_equal(number_of(place->store, &things, "A"), 2 * POOL + 1);
}

static void test_works_that_change_one_document_are_run_few_times(void **state)
{
    struct place *place = *state;
    struct member *members = calloc(COUNTERS, sizeof(*members));

    assert_non_null(members);
    for (int i = 0; i < COUNTERS; i++)
        submit(place, &members[i], "A", NULL);
    wait_until_over(place, COUNTERS);
    must_be_committed(members, COUNTERS);
    for (int i = 0; i < COUNTERS; i++)
        assert_in_range(members[i].ran, 1, 3);
    assert_int_equal(number_of(place->store, &things, "A"), COUNTERS + 1);
    free(members);
}

static void test_works_that_cross_all_come_through(void **state)
{
    struct place *place = *state;
    struct member members[CROSSING] = {0};

    for (int i = 0; i < CROSSING; i++)
        submit(place, &members[i], i % 2 ? "A" : "B", i % 2 ? "B" : "A");
    wait_until_over(place, CROSSING);
    must_be_committed(members, CROSSING);
    assert_int_equal(number_of(place->store, &things, "A"), CROSSING + 1);
    assert_int_equal(number_of(place->store, &things, "B"), CROSSING + 1);
}

static void test_a_work_that_waits_for_a_document_can_be_withdrawn(void **state)
{
    struct place *place = *state;
    struct member first = {0}, second = {0}, third = {0};

    hold(place);
    submit(place, &first, "A", NULL);
    wait_until_run(&first);
    submit(place, &second, "A", NULL);
    wait_until_run(&second);
    while (!store_withdraw(place->store, &second.work)) /* its thread is about to park it */
        sched_yield();
    assert_false(store_withdraw(place->store, &second.work));
    assert_false(store_withdraw(place->store, &first.work));
    submit(place, &third, "A", NULL);
    let_go(place);
    wait_until_over(place, 2);
    assert_int_equal(second.over, 0);
    must_be_committed(&first, 1);
    must_be_committed(&third, 1);
    submit(place, &second, "A", NULL);
    wait_until_over(place, 3);
    assert_int_equal(number_of(place->store, &things, "A"), 4);
}

static void *close_store(void *context)
{
    struct place *place = context;

    store_close(place->store);
    return NULL;
}

static void test_closing_ends_the_works_that_wait_for_a_document(void **state)
{
    struct place *place = *state;
    struct member members[2 * POOL] = {0};
    pthread_t closing;

    hold(place);
    for (int i = 0; i < 2 * POOL; i++)
        submit(place, &members[i], "A", NULL);
    for (int i = 0; i < 2 * POOL; i++)
        wait_until_run(&members[i]);
    assert_int_equal(pthread_create(&closing, NULL, close_store, place), 0);
    let_go(place);
    pthread_join(closing, NULL);
    place->store = NULL;
    assert_int_equal(place->over, 2 * POOL);
    must_be_committed(members, 2 * POOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_document_that_others_hold_is_in_one_threads_way,
                                        open_short, close_place),
        cmocka_unit_test_setup_teardown(test_changes_of_several_that_others_hold_are_busy,
                                        open_short, close_place),
        cmocka_unit_test_setup_teardown(test_works_go_on_when_others_let_go, open_patient,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_works_that_change_one_document_are_run_few_times,
                                        open_patient, close_place),
        cmocka_unit_test_setup_teardown(test_works_that_cross_all_come_through, open_patient,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_a_work_that_waits_for_a_document_can_be_withdrawn,
                                        open_patient, close_place),
        cmocka_unit_test_setup_teardown(test_closing_ends_the_works_that_wait_for_a_document,
                                        open_patient, close_place),
    };

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: works on MongoDB that meet (no MONGO_TEST_URI)");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
