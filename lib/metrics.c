/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int64_t most_us;
    const char *text;
} buckets[] = {
    {1000, "0.001"},  {2500, "0.0025"},    {5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"},
    {50000, "0.05"},  {75000, "0.075"},    {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},
    {750000, "0.75"}, {1000000, "1"},      {2500000, "2.5"}, {5000000, "5"},   {7500000, "7.5"},
    {10000000, "10"}, {INT64_MAX, "+Inf"},
};

enum { BUCKETS = sizeof(buckets) / sizeof(buckets[0]), CACHE_LINE = 64 };

/* A line of cache of its own, as different threads change different metrics. */
struct metric {
    _Alignas(CACHE_LINE) _Atomic int64_t value; /* of a histogram: the sum in microseconds */
    _Atomic uint64_t *buckets;                  /* BUCKETS of them, not cumulative; or NULL */
    char *labels;                               /* "" for none */
    double (*read)(void *context);
    void *context;
    struct metric *next;
};

struct family {
    char *name;
    char *help;
    const char *type;
    struct metric *metrics;
    struct family *next;
};

struct metrics {
    pthread_mutex_t lock; /* over the lists; numbers are atomic */
    struct family *families;
};

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

struct metrics *metrics_open(void)
{
    struct metrics *metrics = must(calloc(1, sizeof(*metrics)));

    pthread_mutex_init(&metrics->lock, NULL);
    return metrics;
}

static void free_family(struct family *family)
{
    while (family->metrics) {
        struct metric *metric = family->metrics;

        family->metrics = metric->next;
        free(metric->buckets);
        free(metric->labels);
        free(metric);
    }
    free(family->name);
    free(family->help);
    free(family);
}

void metrics_close(struct metrics *metrics)
{
    if (!metrics)
        return;
    while (metrics->families) {
        struct family *family = metrics->families;

        metrics->families = family->next;
        free_family(family);
    }
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

/* The family of source's name, made at the end of the list where missing. */
static struct family *get_family(struct metrics *metrics, const struct metrics_source *source)
{
    struct family **at = &metrics->families;

    while (*at && strcmp((*at)->name, source->name) != 0)
        at = &(*at)->next;
    if (!*at) {
        *at = must(calloc(1, sizeof(**at)));
        (*at)->name = must(strdup(source->name));
        (*at)->help = must(strdup(source->help));
        (*at)->type = source->type;
    }
    assert(strcmp((*at)->type, source->type) == 0);
    return *at;
}

static struct metric *make_metric(const struct family *family, const char *labels,
                                  const struct metrics_source *source)
{
    struct metric *metric = must(aligned_alloc(CACHE_LINE, sizeof(*metric)));

    memset(metric, 0, sizeof(*metric));
    metric->labels = must(strdup(labels));
    metric->read = source->read;
    metric->context = source->context;
    if (strcmp(family->type, "histogram") == 0)
        metric->buckets = must(calloc(BUCKETS, sizeof(*metric->buckets)));
    return metric;
}

/* The family's metric of these labels, made at the end of the list where missing. */
static struct metric *get_metric(struct family *family, const struct metrics_source *source)
{
    const char *labels = source->labels ? source->labels : "";
    struct metric **at = &family->metrics;

    while (*at && strcmp((*at)->labels, labels) != 0)
        at = &(*at)->next;
    if (!*at)
        *at = make_metric(family, labels, source);
    return *at;
}

static struct metric *declare(struct metrics *metrics, const struct metrics_source *source)
{
    struct metric *metric;

    pthread_mutex_lock(&metrics->lock);
    metric = get_metric(get_family(metrics, source), source);
    pthread_mutex_unlock(&metrics->lock);
    return metric;
}

struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                               const char *labels)
{
    struct metrics_source source = {name, help, labels, "counter", NULL, NULL};

    return declare(metrics, &source);
}

struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                             const char *labels)
{
    struct metrics_source source = {name, help, labels, "gauge", NULL, NULL};

    return declare(metrics, &source);
}

struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
                                 const char *labels)
{
    struct metrics_source source = {name, help, labels, "histogram", NULL, NULL};

    return declare(metrics, &source);
}

void metrics_computed(struct metrics *metrics, const struct metrics_source *source)
{
    struct metrics_source own = *source;

    own.type = strcmp(source->type, "counter") == 0 ? "counter" : "gauge";
    declare(metrics, &own);
}

void metric_add(struct metric *metric, int64_t amount)
{
    atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric *metric, int64_t duration_us)
{
    int bucket = 0;

    if (duration_us < 0)
        duration_us = 0;
    while (duration_us > buckets[bucket].most_us)
        bucket++;
    atomic_fetch_add_explicit(&metric->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->value, duration_us, memory_order_relaxed);
}

/* -- the text --------------------------------------------------------------------------------- */

static void add_escaped(struct buf *out, const char *text, bool quote_too)
{
    for (; *text; text++) {
        if (*text == '\n')
            buf_puts(out, "\\n");
        else if (*text == '\\' || (*text == '"' && quote_too))
            buf_add(out, (const char[]){'\\', *text}, 2);
        else
            buf_byte(out, *text);
    }
}

void metrics_label(struct buf *out, const char *name, const char *value)
{
    buf_puts(out, name);
    buf_puts(out, "=\"");
    add_escaped(out, value, true);
    buf_byte(out, '"');
}

/* The shortest of the digits that read back as the same number. */
static void add_double(struct buf *out, double number)
{
    char text[32];

    if (isnan(number)) {
        buf_puts(out, "NaN");
    } else if (isinf(number)) {
        buf_puts(out, number > 0 ? "+Inf" : "-Inf");
    } else {
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof(text), "%.*g", digits, number);
            if (strtod(text, NULL) == number)
                break;
        }
        buf_puts(out, text);
    }
}

static void add_name(struct buf *out, const struct family *family, const char *suffix,
                     const char *labels)
{
    buf_puts(out, family->name);
    buf_puts(out, suffix);
    if (*labels) {
        buf_byte(out, '{');
        buf_puts(out, labels);
        buf_byte(out, '}');
    }
    buf_byte(out, ' ');
}

static void add_bucket(struct buf *out, const struct family *family, const char *labels,
                       const char *most)
{
    buf_puts(out, family->name);
    buf_puts(out, "_bucket{");
    buf_puts(out, labels);
    buf_puts(out, *labels ? ",le=\"" : "le=\"");
    buf_puts(out, most);
    buf_puts(out, "\"} ");
}

/* Microseconds as seconds, exactly. */
static void add_seconds(struct buf *out, int64_t us)
{
    buf_int(out, us / 1000000);
    buf_printf(out, ".%06d\n", (int)(us % 1000000));
}

/* _count is the sum of the buckets as they were read, so that it equals +Inf whatever happens
 * meanwhile. */
static void write_histogram(struct buf *out, const struct family *family,
                            const struct metric *metric)
{
    uint64_t count = 0;

    for (int i = 0; i < BUCKETS; i++) {
        count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        add_bucket(out, family, metric->labels, buckets[i].text);
        buf_int(out, (int64_t)count);
        buf_byte(out, '\n');
    }
    add_name(out, family, "_sum", metric->labels);
    add_seconds(out, atomic_load_explicit(&metric->value, memory_order_relaxed));
    add_name(out, family, "_count", metric->labels);
    buf_int(out, (int64_t)count);
    buf_byte(out, '\n');
}

static void write_metric(struct buf *out, const struct family *family, const struct metric *metric)
{
    if (metric->buckets) {
        write_histogram(out, family, metric);
        return;
    }
    add_name(out, family, "", metric->labels);
    if (metric->read)
        add_double(out, metric->read(metric->context));
    else
        buf_int(out, atomic_load_explicit(&metric->value, memory_order_relaxed));
    buf_byte(out, '\n');
}

void metrics_write(struct metrics *metrics, struct buf *out)
{
    pthread_mutex_lock(&metrics->lock);
    for (const struct family *family = metrics->families; family; family = family->next) {
        buf_puts(out, "# HELP ");
        buf_puts(out, family->name);
        buf_byte(out, ' ');
        add_escaped(out, family->help, false);
        buf_puts(out, "\n# TYPE ");
        buf_puts(out, family->name);
        buf_byte(out, ' ');
        buf_puts(out, family->type);
        buf_byte(out, '\n');
        for (const struct metric *metric = family->metrics; metric; metric = metric->next)
            write_metric(out, family, metric);
    }
    pthread_mutex_unlock(&metrics->lock);
}
