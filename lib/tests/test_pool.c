/* SPDX-License-Identifier: MIT */
#include "../mailbox.h"
#include "../pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A task that waits until the test opens the gate. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int inside;
};

struct job {
    struct task task;
    struct gate *gate;
    atomic_int *runs;
    int order;
};

static void gate_wait(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->inside++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_await(struct gate *gate, int inside)
{
    pthread_mutex_lock(&gate->lock);
    while (gate->inside < inside)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static struct gate new_gate(void)
{
    return (struct gate){PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0};
}

static void run_job(struct task *task)
{
    struct job *job = (struct job *)task;

    if (job->gate)
        gate_wait(job->gate);
    job->order = atomic_fetch_add(job->runs, 1) + 1;
}

static struct lane *open_lane(int threads, int queue, struct metrics *metrics)
{
    struct lane_options options = {
        .name = "test", .threads = threads, .queue = queue, .metrics = metrics};
    struct error err;
    struct lane *lane = lane_open(&options, &err);

    assert_non_null(lane);
    return lane;
}

static void test_every_task_runs_once_before_close_returns(void **state)
{
    enum { COUNT = 500 };
    struct lane *lane = open_lane(4, COUNT, NULL);
    struct job *jobs = calloc(COUNT, sizeof(*jobs));
    atomic_int runs = 0;

    (void)state;
    assert_non_null(jobs);
    for (int i = 0; i < COUNT; i++) {
        jobs[i] = (struct job){.task.run = run_job, .runs = &runs};
        assert_true(lane_submit(lane, &jobs[i].task));
    }
    lane_close(lane);
    assert_int_equal(runs, COUNT);
    free(jobs);
}

static void test_one_thread_runs_tasks_in_order(void **state)
{
    struct lane *lane = open_lane(1, 10, NULL);
    struct job jobs[10];
    atomic_int runs = 0;

    (void)state;
    for (int i = 0; i < 10; i++) {
        jobs[i] = (struct job){.task.run = run_job, .runs = &runs};
        assert_true(lane_submit(lane, &jobs[i].task));
    }
    lane_close(lane);
    for (int i = 0; i < 10; i++)
        assert_int_equal(jobs[i].order, i + 1);
}

static void test_full_queue_refuses_and_has_room_again_later(void **state)
{
    struct lane *lane = open_lane(1, 2, NULL);
    struct gate gate = new_gate();
    atomic_int runs = 0;
    struct job first = {.task.run = run_job, .gate = &gate, .runs = &runs};
    struct job others[3];

    (void)state;
    assert_true(lane_submit(lane, &first.task));
    gate_await(&gate, 1);
    for (int i = 0; i < 3; i++) {
        others[i] = (struct job){.task.run = run_job, .runs = &runs};
        assert_int_equal(lane_submit(lane, &others[i].task), i < 2);
    }
    assert_true(lane_withdraw(lane, &others[0].task));
    assert_true(lane_submit(lane, &others[2].task));
    gate_open(&gate);
    lane_close(lane);
    assert_int_equal(runs, 3);
}

static void test_task_is_withdrawn_only_before_it_begins(void **state)
{
    struct lane *lane = open_lane(1, 5, NULL);
    struct gate gate = new_gate();
    atomic_int runs = 0;
    struct job first = {.task.run = run_job, .gate = &gate, .runs = &runs};
    struct job middle = {.task.run = run_job, .runs = &runs};
    struct job last = {.task.run = run_job, .runs = &runs};
    struct job after = {.task.run = run_job, .runs = &runs};

    (void)state;
    assert_true(lane_submit(lane, &first.task));
    gate_await(&gate, 1);
    assert_true(lane_submit(lane, &middle.task));
    assert_true(lane_submit(lane, &last.task));
    assert_false(lane_withdraw(lane, &first.task));
    assert_true(lane_withdraw(lane, &last.task));
    assert_false(lane_withdraw(lane, &last.task));
    assert_true(lane_submit(lane, &after.task)); /* behind the gap at the end */
    gate_open(&gate);
    lane_close(lane);
    assert_int_equal(middle.order, 2);
    assert_int_equal(after.order, 3);
    assert_int_equal(last.order, 0);
}

static void end_thread(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

static void test_each_thread_says_goodbye(void **state)
{
    atomic_int ended = 0;
    struct lane_options options = {
        .name = "test", .threads = 3, .queue = 1, .thread_end = end_thread, .context = &ended};
    struct error err;
    struct lane *lane = lane_open(&options, &err);

    (void)state;
    assert_non_null(lane);
    lane_close(lane);
    assert_int_equal(ended, 3);
}

static void test_metrics_show_queue_and_refusals(void **state)
{
    struct metrics *metrics = metrics_open();
    struct lane *lane = open_lane(1, 1, metrics);
    struct gate gate = new_gate();
    atomic_int runs = 0;
    struct job jobs[3];
    struct buf text = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        jobs[i] = (struct job){.task.run = run_job, .gate = i ? NULL : &gate, .runs = &runs};
        assert_int_equal(lane_submit(lane, &jobs[i].task), i < 2);
        if (i == 0)
            gate_await(&gate, 1);
    }
    metrics_write(metrics, &text);
    assert_non_null(strstr(buf_text(&text), "lane_running{lane=\"test\"} 1\n"));
    assert_non_null(strstr(buf_text(&text), "lane_queued{lane=\"test\"} 1\n"));
    assert_non_null(strstr(buf_text(&text), "lane_refused_total{lane=\"test\"} 1\n"));
    gate_open(&gate);
    lane_close(lane);
    buf_release(&text);
    metrics_close(metrics);
}

/* -- mailbox */

struct numbered {
    struct letter letter;
    int number;
};

struct reader {
    struct mailbox mailbox;
    int seen;
    int wanted;
};

static void on_letters(void *context, struct letter *letters)
{
    struct reader *reader = context;

    for (; letters; letters = letters->next)
        assert_int_equal(((struct numbered *)letters)->number, reader->seen++);
    if (reader->seen == reader->wanted)
        mailbox_close(&reader->mailbox);
}

struct sender {
    struct reader *reader;
    struct numbered *letters;
};

static void *send_all(void *context)
{
    struct sender *sender = context;

    for (int i = 0; i < sender->reader->wanted; i++) {
        sender->letters[i].number = i;
        mailbox_send(&sender->reader->mailbox, &sender->letters[i].letter);
    }
    return NULL;
}

static void test_letters_from_another_thread_arrive_all_and_in_order(void **state)
{
    enum { COUNT = 20000 };
    struct reader reader = {.wanted = COUNT};
    struct sender sender = {&reader, calloc(COUNT, sizeof(struct numbered))};
    uv_loop_t loop;
    pthread_t thread;

    (void)state;
    assert_non_null(sender.letters);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mailbox_open(&reader.mailbox, &loop, on_letters, &reader), 0);
    assert_int_equal(pthread_create(&thread, NULL, send_all, &sender), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    pthread_join(thread, NULL);
    assert_int_equal(reader.seen, COUNT);
    assert_int_equal(uv_loop_close(&loop), 0);
    free(sender.letters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_task_runs_once_before_close_returns),
        cmocka_unit_test(test_one_thread_runs_tasks_in_order),
        cmocka_unit_test(test_full_queue_refuses_and_has_room_again_later),
        cmocka_unit_test(test_task_is_withdrawn_only_before_it_begins),
        cmocka_unit_test(test_each_thread_says_goodbye),
        cmocka_unit_test(test_metrics_show_queue_and_refusals),
        cmocka_unit_test(test_letters_from_another_thread_arrive_all_and_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
