/* SPDX-License-Identifier: MIT */
/* Lanes of worker threads for what must not run on a loop. Each lane has its own threads and a
 * bounded queue, so that a slow thing only holds up its own kind. libuv's pool is left alone. */
#ifndef DECANT_POOL_H
#define DECANT_POOL_H

#include "error.h"
#include "metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lane;

/* Embedded in whatever is to be done. run is called once, on a worker thread. */
struct task {
    void (*run)(struct task *task);
    struct task *next; /* the lane's */
    int64_t queued_us; /* the lane's */
};

struct lane_options {
    const char *name; /* label in the metrics: "cpu", "blocking" */
    int threads;
    int queue;                         /* tasks that may wait */
    void (*thread_end)(void *context); /* each thread's last act, or NULL */
    void *context;
    struct metrics *metrics; /* NULL: none; not to be written after lane_close() */
};

struct lane *lane_open(const struct lane_options *options, struct error *err);

/* Runs what is queued, then joins the threads. */
void lane_close(struct lane *lane);

/* False if the queue is full. Any thread. */
bool lane_submit(struct lane *lane, struct task *task);

/* Take a task back that has not begun; false if it has (or is done). Any thread. */
bool lane_withdraw(struct lane *lane, struct task *task);

#endif
