/* SPDX-License-Identifier: MIT */
/* The embedded store's threads: batches, their undoing, the queue; snapshots and budget. */
#include "store_files.h"

#include <fcntl.h>
#include <sys/resource.h>

/* -- a batch that the test composes ------------------------------------------------------------ */

enum trick { PLAIN, CHANGE_AND_FAIL, ROLL_BACK_ALL, WAIT_FOR_GATE };

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool reached, open;
    int done;
};

struct member {
    struct store_work work;
    struct gate *gate;
    enum trick trick;
    int n;
    int runs;
    bool ended, committed;
    enum error_kind kind;
};

static void pass(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->reached = true;
    pthread_cond_broadcast(&gate->moved);
    while (!gate->open)
        pthread_cond_wait(&gate->moved, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

/* Time goes back with each run, so that a batch does not end early where the machine is busy. */
static void turn_back(void)
{
    static _Atomic int runs;

    clock_shift_ms(-60000 * (int64_t)++runs);
}

static bool run_member(struct store_work *work, struct store *store)
{
    struct member *member = (struct member *)work;
    struct error err;
    bool ok;

    member->runs++;
    turn_back();
    if (member->trick == WAIT_FOR_GATE)
        pass(member->gate);
    ok = put_note(&(struct note){.n = member->n}, store, &err);
    /* As SQLite itself does when the disk is full or memory is short. */
    if (member->trick == ROLL_BACK_ALL && member->runs == 1)
        sqlite3_exec(sqlite_of(store)->writer->db, "ROLLBACK", NULL, NULL, NULL);
    return ok && member->trick != CHANGE_AND_FAIL;
}

static void end_member(struct store_work *work, bool committed, const struct error *err)
{
    struct member *member = (struct member *)work;

    pthread_mutex_lock(&member->gate->lock);
    assert_false(member->ended);
    member->ended = true;
    member->committed = committed;
    member->kind = err->kind;
    member->gate->done++;
    pthread_cond_broadcast(&member->gate->moved);
    pthread_mutex_unlock(&member->gate->lock);
}

static void wait_until_reached(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->reached)
        pthread_cond_wait(&gate->moved, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void open_and_wait(struct gate *gate, int count)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->moved);
    while (gate->done < count)
        pthread_cond_wait(&gate->moved, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

/* The first member holds the writer up until all others are queued, so that they are one batch. */
static void run_together(struct store *store, struct member *members, int count)
{
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct error err = {0};

    for (int i = 0; i < count; i++) {
        members[i].work = (struct store_work){.run = run_member, .done = end_member};
        members[i].gate = &gate;
        members[i].n = i;
        if (!store_submit(store, &members[i].work, &err))
            fail_msg("%s", err.message);
        if (i == 0)
            wait_until_reached(&gate);
    }
    open_and_wait(&gate, count);
}

static void test_a_work_that_fails_is_undone_without_the_others(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    struct member members[4] = {
        {.trick = WAIT_FOR_GATE}, {.n = 1}, {.trick = CHANGE_AND_FAIL}, {.n = 3}};

    run_together(store, members, 4);
    assert_true(members[1].committed && members[3].committed);
    assert_false(members[2].committed);
    assert_int_equal(members[2].kind, ERROR_NONE);
    assert_int_equal(members[1].runs, 2);
    assert_true(has(store, 1) && has(store, 3));
    assert_false(has(store, 2));
    assert_int_equal(count_of(store, &notes, NULL), 3);
    store_close(store);
}

static void test_a_batch_that_vanishes_is_run_again_one_by_one(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    struct member members[4] = {
        {.trick = WAIT_FOR_GATE}, {.n = 1}, {.trick = ROLL_BACK_ALL}, {.n = 3}};

    run_together(store, members, 4);
    for (int i = 0; i < 4; i++)
        assert_true(members[i].committed && has(store, i));
    assert_int_equal(members[1].runs, 2);
    assert_int_equal(members[2].runs, 2);
    assert_int_equal(count_of(store, &notes, NULL), 4);
    store_close(store);
}

static void test_a_queued_work_can_be_taken_back(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_with(folder, &notes, (struct store_options){.queue = 2});
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct member members[4] = {{.trick = WAIT_FOR_GATE}, {.n = 1}, {.n = 2}, {.n = 3}};

    for (int i = 0; i < 4; i++) {
        members[i].work = (struct store_work){.run = run_member, .done = end_member};
        members[i].gate = &gate;
    }
    assert_true(store_submit(store, &members[0].work, &folder->err));
    wait_until_reached(&gate);
    assert_false(store_withdraw(store, &members[0].work));
    assert_true(store_submit(store, &members[1].work, &folder->err));
    assert_true(store_submit(store, &members[2].work, &folder->err));
    must_say(folder, store_submit(store, &members[3].work, &folder->err), ERROR_BUSY, "wait");
    assert_true(folder->err.retry_after_s > 0);
    assert_true(store_withdraw(store, &members[2].work));
    assert_false(store_withdraw(store, &members[2].work));
    assert_true(store_submit(store, &members[3].work, &folder->err));
    open_and_wait(&gate, 3);
    assert_true(has(store, 1) && has(store, 3));
    assert_false(has(store, 2));
    store_close(store);
}

static void test_closing_finishes_what_is_queued(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct member members[20] = {{.n = 0}};

    for (int i = 0; i < 20; i++) {
        members[i] =
            (struct member){.work = {.run = run_member, .done = end_member}, .gate = &gate, .n = i};
        assert_true(store_submit(store, &members[i].work, &folder->err));
    }
    store_close(store);
    assert_int_equal(gate.done, 20);
    store = open_notes(folder);
    assert_int_equal(count_of(store, &notes, NULL), 20);
    store_close(store);
}

/* -- many threads ------------------------------------------------------------------------------ */

struct crowd {
    struct store *store;
    int first;
};

static void *write_and_read(void *context)
{
    struct crowd *crowd = context;

    for (int i = 0; i < 50; i++) {
        must_put(crowd->store, crowd->first + i);
        store_reads_begin(crowd->store);
        assert_true(has(crowd->store, crowd->first + i));
        assert_false(store_reads_end(crowd->store));
        store_snapshot_end(crowd->store);
        assert_true(store_version(crowd->store, &notes) > 0);
    }
    store_thread_end(crowd->store);
    return NULL;
}

static void test_many_threads_write_and_read_their_own(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    struct crowd crowd[6];
    pthread_t threads[6];

    for (int i = 0; i < 6; i++) {
        crowd[i] = (struct crowd){store, i * 1000};
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, &crowd[i]), 0);
    }
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(count_of(store, &notes, NULL), 300);
    store_close(store);
}

/* -- the log on the disk ----------------------------------------------------------------------- */

/* What fdatasync() refuses takes the log's place, as a disk that fails would. */
static void test_what_cannot_be_made_durable_is_not_answered(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    int nothing = open("/dev/null", O_RDONLY);

    must_put(store, 1);
    assert_true(dup2(nothing, sqlite_of(store)->syncer.fd) >= 0);
    close(nothing);
    assert_true(store_ping(store, &folder->err));
    must_say(folder, put(store, 2, &folder->err), ERROR_INTERNAL, "cannot be made durable");
    must_say(folder, put(store, 3, &folder->err), ERROR_INTERNAL, "cannot be made durable");
    must_say(folder, store_ping(store, &folder->err), ERROR_INTERNAL, "cannot be made durable");
    assert_true(has(store, 1));
    assert_false(has(store, 3));
    store_close(store);
}

static void test_writing_needs_no_descriptors(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    int next = open("/dev/null", O_RDONLY);
    struct rlimit before, none;

    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){(rlim_t)next, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_true(open("/dev/null", O_RDONLY) < 0);
    must_put(store, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    must_put(store, 2);
    assert_int_equal(count_of(store, &notes, NULL), 2);
    store_close(store);
}

/* -- snapshots and the budget ------------------------------------------------------------------ */

static void test_a_snapshot_lasts_until_it_is_let_go(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);

    must_put(store, 1);
    store_reads_begin(store);
    assert_true(has(store, 1));
    must_put(store, 2);
    assert_false(has(store, 2));
    assert_false(store_reads_end(store));
    store_reads_begin(store);
    assert_false(has(store, 2));
    assert_false(store_reads_end(store));
    store_snapshot_end(store);
    store_reads_begin(store);
    assert_true(has(store, 2));
    assert_false(store_reads_end(store));
    store_snapshot_end(store);
    store_close(store);
}

static bool put_many(void *context, struct store *store, struct error *err)
{
    for (int i = 0; i < *(int *)context; i++)
        if (!put_note(&(struct note){.n = i, .ballast = 1}, store, err))
            return false;
    return true;
}

static void test_a_long_read_on_a_loop_is_stopped_and_marked(void **state)
{
    struct folder *folder = *state;
    struct store *store =
        open_with(folder, &notes, (struct store_options){.queue = 10, .budget = 20});
    const struct filter where = {
        .op = FILTER_EQ, .path = "ballast", .value = value_text("nowhere")};
    int64_t number;
    int many = 5000;

    assert_true(store_write(store, put_many, &many, &folder->err));
    store_reads_begin(store);
    assert_true(has(store, 1));
    assert_false(store_count(store, &notes, &where, &number, &folder->err));
    assert_false(store_count(store, &notes, NULL, &number, &folder->err));
    assert_true(store_reads_end(store));
    store_snapshot_end(store);
    assert_int_equal(count_of(store, &notes, &where), 0);
    store_reads_begin(store);
    assert_true(has(store, 2));
    assert_false(store_reads_end(store));
    store_snapshot_end(store);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_a_work_that_fails_is_undone_without_the_others),
        in_folder(test_a_batch_that_vanishes_is_run_again_one_by_one),
        in_folder(test_a_queued_work_can_be_taken_back),
        in_folder(test_closing_finishes_what_is_queued),
        in_folder(test_many_threads_write_and_read_their_own),
        durably(test_a_work_that_fails_is_undone_without_the_others),
        durably(test_a_batch_that_vanishes_is_run_again_one_by_one),
        durably(test_a_queued_work_can_be_taken_back),
        durably(test_closing_finishes_what_is_queued),
        durably(test_many_threads_write_and_read_their_own),
        durably(test_writing_needs_no_descriptors),
        durably(test_what_cannot_be_made_durable_is_not_answered),
        in_folder(test_a_snapshot_lasts_until_it_is_let_go),
        in_folder(test_a_long_read_on_a_loop_is_stopped_and_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
