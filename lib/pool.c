/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "clock.h"

#include <pthread.h>
#include <stdlib.h>

struct lane {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct task *first;
    struct task **last; /* where the next one is hung */
    int waiting;
    int running;
    int most; /* that may wait */
    int threads;
    bool closing;
    pthread_t *ids;
    void (*thread_end)(void *context);
    void *context;
    struct metric *refused;
    struct metric *done;
    struct metric *wait;
};

static struct task *take_first(struct lane *lane)
{
    struct task *task = lane->first;

    lane->first = task->next;
    if (!lane->first)
        lane->last = &lane->first;
    lane->waiting--;
    lane->running++;
    return task;
}

static void count_begun(struct lane *lane, const struct task *task)
{
    if (lane->wait)
        metric_observe_us(lane->wait, clock_monotonic_us() - task->queued_us);
}

static void *work(void *argument)
{
    struct lane *lane = argument;

    pthread_mutex_lock(&lane->lock);
    for (;;) {
        struct task *task;

        while (!lane->first && !lane->closing)
            pthread_cond_wait(&lane->wake, &lane->lock);
        if (!lane->first)
            break;
        task = take_first(lane);
        pthread_mutex_unlock(&lane->lock);
        count_begun(lane, task);
        task->run(task); /* whoever owns the task may have freed it now */
        if (lane->done)
            metric_add(lane->done, 1);
        pthread_mutex_lock(&lane->lock);
        lane->running--;
    }
    pthread_mutex_unlock(&lane->lock);
    if (lane->thread_end)
        lane->thread_end(lane->context);
    return NULL;
}

static double read_waiting(void *context)
{
    struct lane *lane = context;
    int waiting;

    pthread_mutex_lock(&lane->lock);
    waiting = lane->waiting;
    pthread_mutex_unlock(&lane->lock);
    return waiting;
}

static double read_running(void *context)
{
    struct lane *lane = context;
    int running;

    pthread_mutex_lock(&lane->lock);
    running = lane->running;
    pthread_mutex_unlock(&lane->lock);
    return running;
}

static double read_threads(void *context)
{
    return ((struct lane *)context)->threads;
}

static double read_room(void *context)
{
    return ((struct lane *)context)->most;
}

static void add_metrics(struct lane *lane, const struct lane_options *options)
{
    struct buf label = {0};
    const char *labels;
    struct metrics_source sources[] = {
        {"lane_queued", "Tasks that wait for a thread.", NULL, "gauge", read_waiting, lane},
        {"lane_running", "Tasks that have a thread.", NULL, "gauge", read_running, lane},
        {"lane_threads", "Threads of the lane.", NULL, "gauge", read_threads, lane},
        {"lane_queue_size", "Tasks that may wait.", NULL, "gauge", read_room, lane},
    };

    metrics_label(&label, "lane", options->name);
    labels = buf_text(&label);
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        sources[i].labels = labels;
        metrics_computed(options->metrics, &sources[i]);
    }
    lane->refused = metrics_counter(options->metrics, "lane_refused_total",
                                    "Tasks refused as the queue was full.", labels);
    lane->done =
        metrics_counter(options->metrics, "lane_done_total", "Tasks that were run.", labels);
    lane->wait = metrics_histogram(options->metrics, "lane_wait_seconds",
                                   "Time from queueing to a thread.", labels);
    buf_release(&label);
}

static void stop_threads(struct lane *lane, int started)
{
    pthread_mutex_lock(&lane->lock);
    lane->closing = true;
    pthread_cond_broadcast(&lane->wake);
    pthread_mutex_unlock(&lane->lock);
    for (int i = 0; i < started; i++)
        pthread_join(lane->ids[i], NULL);
}

static void lane_free(struct lane *lane)
{
    pthread_cond_destroy(&lane->wake);
    pthread_mutex_destroy(&lane->lock);
    free(lane->ids);
    free(lane);
}

struct lane *lane_open(const struct lane_options *options, struct error *err)
{
    struct lane *lane = calloc(1, sizeof(*lane));

    if (!lane)
        abort();
    lane->ids = calloc((size_t)options->threads, sizeof(*lane->ids));
    if (!lane->ids)
        abort();
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->wake, NULL);
    lane->last = &lane->first;
    lane->most = options->queue;
    lane->threads = options->threads;
    lane->thread_end = options->thread_end;
    lane->context = options->context;
    for (int i = 0; i < options->threads; i++) {
        if (pthread_create(&lane->ids[i], NULL, work, lane) == 0)
            continue;
        stop_threads(lane, i);
        lane_free(lane);
        fail(err, ERROR_INTERNAL, "cannot start a thread for lane %s", options->name);
        return NULL;
    }
    if (options->metrics)
        add_metrics(lane, options);
    return lane;
}

void lane_close(struct lane *lane)
{
    if (!lane)
        return;
    stop_threads(lane, lane->threads);
    lane_free(lane);
}

bool lane_submit(struct lane *lane, struct task *task)
{
    bool room;

    task->next = NULL;
    task->queued_us = clock_monotonic_us();
    pthread_mutex_lock(&lane->lock);
    room = lane->waiting < lane->most;
    if (room) {
        *lane->last = task;
        lane->last = &task->next;
        lane->waiting++;
        pthread_cond_signal(&lane->wake);
    }
    pthread_mutex_unlock(&lane->lock);
    if (!room && lane->refused)
        metric_add(lane->refused, 1);
    return room;
}

bool lane_withdraw(struct lane *lane, struct task *task)
{
    struct task **at;
    bool found;

    pthread_mutex_lock(&lane->lock);
    for (at = &lane->first; *at && *at != task; at = &(*at)->next)
        continue;
    found = *at != NULL;
    if (found) {
        *at = task->next;
        if (!*at)
            lane->last = at;
        lane->waiting--;
    }
    pthread_mutex_unlock(&lane->lock);
    return found;
}
