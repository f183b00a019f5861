/* SPDX-License-Identifier: MIT */
#include "../metrics.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static struct metrics *metrics;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    metrics = metrics_open();
    out = (struct buf){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_close(metrics);
    buf_release(&out);
    return 0;
}

static const char *scrape(void)
{
    out.len = 0;
    metrics_write(metrics, &out);
    return buf_text(&out);
}

static void assert_scraped(const char *line)
{
    const char *found = strstr(scrape(), line);

    if (!found)
        print_error("no %s in\n%s", line, out.data);
    assert_true(found && (found == out.data || found[-1] == '\n'));
}

static void test_an_empty_registry_writes_nothing(void **state)
{
    (void)state;
    assert_string_equal(scrape(), "");
}

static void test_counters_and_gauges_start_at_nought_and_follow_changes(void **state)
{
    struct metric *requests = metrics_counter(metrics, "requests_total", "Requests.", NULL);
    struct metric *queue = metrics_gauge(metrics, "queue", "Waiting.", "lane=\"cpu\"");

    (void)state;
    assert_string_equal(scrape(), "# HELP requests_total Requests.\n"
                                  "# TYPE requests_total counter\n"
                                  "requests_total 0\n"
                                  "# HELP queue Waiting.\n"
                                  "# TYPE queue gauge\n"
                                  "queue{lane=\"cpu\"} 0\n");
    metric_add(requests, 2);
    metric_add(requests, 40);
    metric_set(queue, 7);
    metric_add(queue, -9);
    assert_scraped("requests_total 42\n");
    assert_scraped("queue{lane=\"cpu\"} -2\n");
}

static void test_a_family_made_in_pieces_is_printed_together_with_one_help(void **state)
{
    metric_add(metrics_counter(metrics, "a_total", "First.", "x=\"1\""), 1);
    metrics_gauge(metrics, "b", "Between.", NULL);
    metric_add(metrics_counter(metrics, "a_total", "Second.", "x=\"2\""), 2);

    (void)state;
    assert_string_equal(scrape(), "# HELP a_total First.\n"
                                  "# TYPE a_total counter\n"
                                  "a_total{x=\"1\"} 1\n"
                                  "a_total{x=\"2\"} 2\n"
                                  "# HELP b Between.\n"
                                  "# TYPE b gauge\n"
                                  "b 0\n");
}

static void test_the_same_name_and_labels_are_the_same_metric(void **state)
{
    (void)state;
    assert_ptr_equal(metrics_counter(metrics, "a_total", "A.", "x=\"1\""),
                     metrics_counter(metrics, "a_total", "A.", "x=\"1\""));
    assert_ptr_not_equal(metrics_counter(metrics, "a_total", "A.", "x=\"1\""),
                         metrics_counter(metrics, "a_total", "A.", NULL));
}

static void test_histograms_count_into_buckets_and_sum_seconds(void **state)
{
    struct metric *metric = metrics_histogram(metrics, "duration_seconds", "Time.", "route=\"/\"");
    static const int64_t durations_us[] = {0, -5, 1000, 1001, 10000000, 10000001, 60000000};

    (void)state;
    for (size_t i = 0; i < sizeof(durations_us) / sizeof(durations_us[0]); i++)
        metric_observe_us(metric, durations_us[i]);
    assert_string_equal(scrape(), "# HELP duration_seconds Time.\n"
                                  "# TYPE duration_seconds histogram\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.001\"} 3\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.0025\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.005\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.01\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.025\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.05\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.075\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.1\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.25\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.5\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"0.75\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"1\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"2.5\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"5\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"7.5\"} 4\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"10\"} 5\n"
                                  "duration_seconds_bucket{route=\"/\",le=\"+Inf\"} 7\n"
                                  "duration_seconds_sum{route=\"/\"} 80.002002\n"
                                  "duration_seconds_count{route=\"/\"} 7\n");
}

static void test_a_histogram_without_labels_has_only_le(void **state)
{
    metrics_histogram(metrics, "d_seconds", "D.", NULL);

    (void)state;
    assert_scraped("d_seconds_bucket{le=\"0.001\"} 0\n");
    assert_scraped("d_seconds_sum 0.000000\n");
    assert_scraped("d_seconds_count 0\n");
}

static double read_number(void *context)
{
    return *(double *)context;
}

static void test_computed_numbers_are_asked_for_at_each_scrape(void **state)
{
    double number = 1.5;
    struct metrics_source source = {"rss_bytes", "Memory.", NULL, "gauge", read_number, &number};

    (void)state;
    metrics_computed(metrics, &source);
    source.name = "done_total";
    source.type = "counter";
    source.labels = "lane=\"cpu\"";
    metrics_computed(metrics, &source);
    assert_scraped("rss_bytes 1.5\n");
    assert_scraped("# TYPE rss_bytes gauge\n");
    assert_scraped("# TYPE done_total counter\n");
    assert_scraped("done_total{lane=\"cpu\"} 1.5\n");
    number = 123456789012.0;
    assert_scraped("rss_bytes 123456789012\n");
    number = 0.1;
    assert_scraped("rss_bytes 0.1\n");
    number = (double)NAN;
    assert_scraped("rss_bytes NaN\n");
    number = (double)INFINITY;
    assert_scraped("rss_bytes +Inf\n");
    number = -(double)INFINITY;
    assert_scraped("rss_bytes -Inf\n");
}

static void test_labels_and_help_are_escaped(void **state)
{
    struct buf labels = {0};

    (void)state;
    metrics_label(&labels, "path", "a\"b\\c\nd");
    assert_string_equal(buf_text(&labels), "path=\"a\\\"b\\\\c\\nd\"");
    metrics_counter(metrics, "x_total", "Says \"hi\"\nin C:\\.", buf_text(&labels));
    buf_release(&labels);
    assert_scraped("# HELP x_total Says \"hi\"\\nin C:\\\\.\n");
    assert_scraped("x_total{path=\"a\\\"b\\\\c\\nd\"} 0\n");
}

static void *change(void *context)
{
    struct metric **both = context;

    for (int i = 0; i < 10000; i++) {
        metric_add(both[0], 1);
        metric_observe_us(both[1], i);
    }
    return NULL;
}

/* The numbers of a scrape taken meanwhile must fit together. */
static void assert_inf_equals_count(void)
{
    unsigned long inf, count;

    scrape();
    assert_int_equal(sscanf(strstr(out.data, "le=\"+Inf\"} "), "le=\"+Inf\"} %lu", &inf), 1);
    assert_int_equal(sscanf(strstr(out.data, "d_seconds_count "), "d_seconds_count %lu", &count),
                     1);
    assert_int_equal(inf, count);
}

static void test_threads_lose_no_change(void **state)
{
    struct metric *both[] = {metrics_counter(metrics, "c_total", "C.", NULL),
                             metrics_histogram(metrics, "d_seconds", "D.", NULL)};
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, change, both), 0);
    for (int i = 0; i < 50; i++)
        assert_inf_equals_count();
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_scraped("c_total 40000\n");
    assert_scraped("d_seconds_count 40000\n");
    assert_scraped("d_seconds_sum 199.980000\n");
}

#define METRICS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        METRICS_TEST(test_an_empty_registry_writes_nothing),
        METRICS_TEST(test_counters_and_gauges_start_at_nought_and_follow_changes),
        METRICS_TEST(test_a_family_made_in_pieces_is_printed_together_with_one_help),
        METRICS_TEST(test_the_same_name_and_labels_are_the_same_metric),
        METRICS_TEST(test_histograms_count_into_buckets_and_sum_seconds),
        METRICS_TEST(test_a_histogram_without_labels_has_only_le),
        METRICS_TEST(test_computed_numbers_are_asked_for_at_each_scrape),
        METRICS_TEST(test_labels_and_help_are_escaped),
        METRICS_TEST(test_threads_lose_no_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
