/* SPDX-License-Identifier: MIT */
/* The embedded store deletes what has expired, from time to time. */
#include "store_files.h"

#include <sched.h>

static int64_t rows_of(struct store *store)
{
    struct connection *connection = connection_here(sqlite_of(store), &(struct error){0});
    int64_t rows = -1;

    connection_number(connection, "SELECT count(*) FROM t1", &rows, &(struct error){0});
    return rows;
}

static void wait_for_rows(struct store *store, int64_t rows)
{
    int64_t end = clock_monotonic_us() + 10000000;

    while (rows_of(store) != rows && clock_monotonic_us() < end)
        sched_yield();
    assert_int_equal(rows_of(store), rows);
}

static void put_until(struct store *store, int n, int64_t until_ms)
{
    struct error err = {0};

    if (!store_write(store, put_note, &(struct note){.n = n, .until_ms = until_ms}, &err))
        fail_msg("%s", err.message);
}

static void test_expired_documents_are_swept_away(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    int64_t soon = clock_now_ms() + 60000;

    for (int i = 0; i < 20; i++)
        put_until(store, i, i < 15 ? soon : soon * 2);
    assert_int_equal(rows_of(store), 20);
    clock_shift_ms(120000);
    assert_int_equal(count_of(store, &notes, NULL), 5);
    wait_for_rows(store, 5);
    assert_int_equal(count_of(store, &notes, NULL), 5);
    store_close(store);
}

/* -- works behind a sweep ---------------------------------------------------------------------- */

struct follower {
    struct store_work work;
    _Atomic int runs, ends;
};

static bool run_follower(struct store_work *work, struct store *store)
{
    (void)store;
    ((struct follower *)work)->runs++;
    return true;
}

static void end_follower(struct store_work *work, bool committed, const struct error *err)
{
    (void)committed;
    (void)err;
    ((struct follower *)work)->ends++;
}

static int depth_of(struct store *store)
{
    struct queue *queue = &sqlite_of(store)->queue;
    int depth;

    pthread_mutex_lock(&queue->lock);
    depth = queue->depth;
    pthread_mutex_unlock(&queue->lock);
    return depth;
}

/* On the writer, which is held up until a sweep is queued: the follower comes behind it. */
static bool queue_behind_sweep(void *context, struct store *store, struct error *err)
{
    struct follower *follower = context;
    int64_t end = clock_monotonic_us() + 10000000;

    while (depth_of(store) == 0 && clock_monotonic_us() < end)
        sched_yield();
    return store_submit(store, &follower->work, err);
}

static bool do_nothing(void *context, struct store *store, struct error *err)
{
    (void)context;
    (void)store;
    (void)err;
    return true;
}

static void test_the_next_sweep_runs_no_other_work_again(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    struct follower follower = {.work = {.run = run_follower, .done = end_follower}};

    put_until(store, 1, clock_now_ms() + 60000);
    clock_shift_ms(120000);
    assert_true(store_write(store, queue_behind_sweep, &follower, &folder->err));
    wait_for_rows(store, 0);
    put_until(store, 2, clock_now_ms() + 60000);
    clock_shift_ms(240000);
    wait_for_rows(store, 0);
    assert_true(store_write(store, do_nothing, NULL, &folder->err)); /* what was queued has run */
    store_close(store);
    assert_int_equal(follower.runs, 1);
    assert_int_equal(follower.ends, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_expired_documents_are_swept_away),
        in_folder(test_the_next_sweep_runs_no_other_work_again),
        durably(test_the_next_sweep_runs_no_other_work_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
