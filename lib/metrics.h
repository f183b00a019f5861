/* SPDX-License-Identifier: MIT */
/* Counters, gauges and histograms in Prometheus' text format 0.0.4. Metrics are made at start and
 * live as long as the registry; changing one is a relaxed atomic operation, from any thread. */
#ifndef DECANT_METRICS_H
#define DECANT_METRICS_H

#include "buf.h"

#include <stdint.h>

struct metrics;
struct metric;

struct metrics *metrics_open(void);
void metrics_close(struct metrics *metrics);

/* Metrics of one name are one family and are printed together; help of the first is used. labels is
 * ready text such as `method="GET",route="/posts/:id"` or NULL; metrics_label() escapes a value. */
struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                               const char *labels);
struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                             const char *labels);
/* Seconds, in buckets from 0.001 to 10. */
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
                                 const char *labels);

/* A number asked for at every scrape (RSS, queue depths). read runs on the scraping thread. */
struct metrics_source {
    const char *name;
    const char *help;
    const char *labels;
    const char *type; /* "gauge" or "counter" */
    double (*read)(void *context);
    void *context;
};
void metrics_computed(struct metrics *metrics, const struct metrics_source *source);

void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
void metric_observe_us(struct metric *metric, int64_t duration_us);

/* Append name="escaped value" to out. */
void metrics_label(struct buf *out, const char *name, const char *value);

/* Append the whole exposition. */
void metrics_write(struct metrics *metrics, struct buf *out);

#endif
