/* SPDX-License-Identifier: MIT */
/* What a process tells Prometheus about itself. Series exist at 0 from the start; routes are
 * templates, so that no request can add one. */
#include "call_private.h"

#include "clock.h"
#include "log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *const levels[] = {"debug", "info", "warn", "error"};

/* The number after a key in a file of /proc, in bytes where it says kB. */
static double proc_number(const char *file, const char *key)
{
    char text[4096];
    const char *at;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t len;

    if (fd < 0)
        return 0;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (len <= 0)
        return 0;
    text[len] = '\0';
    at = strstr(text, key);
    return at ? strtod(at + strlen(key), NULL) * 1024 : 0;
}

static double read_rss(void *context)
{
    (void)context;
    return proc_number("/proc/self/smaps_rollup", "Rss:");
}

static double read_pss(void *context)
{
    (void)context;
    return proc_number("/proc/self/smaps_rollup", "Pss:");
}

static double read_cpu(void *context)
{
    struct rusage usage;

    (void)context;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double read_logged(void *context)
{
    struct log_counts counts = log_counts();

    return (double)counts.by_level[(const char *const *)context - levels];
}

static double read_dropped(void *context)
{
    (void)context;
    return (double)log_counts().dropped;
}

static double read_draining(void *context)
{
    return ((struct server *)context)->draining;
}

static double read_ready(void *context)
{
    return health_ready(context);
}

static void add_sources(struct server *server)
{
    const struct metrics_source sources[] = {
        {"process_resident_memory_bytes", "Resident memory.", NULL, "gauge", read_rss, NULL},
        {"process_pss_bytes", "Memory with shared pages counted by share.", NULL, "gauge", read_pss,
         NULL},
        {"process_cpu_seconds_total", "User and system time.", NULL, "counter", read_cpu, NULL},
        {"log_lines_dropped_total", "Log lines lost as the ring was full.", NULL, "counter",
         read_dropped, NULL},
        {"server_draining", "1 while the process ends.", NULL, "gauge", read_draining, server},
        {"server_ready", "1 while the process serves and its store answers.", NULL, "gauge",
         read_ready, server},
    };

    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        metrics_computed(server->metrics, &sources[i]);
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        struct buf label = {0};
        struct metrics_source source = {
            "log_messages_total", "Log lines by level.", NULL, "counter",
            read_logged,          (void *)&levels[i]};

        metrics_label(&label, "level", levels[i]);
        source.labels = buf_text(&label);
        metrics_computed(server->metrics, &source);
        buf_release(&label);
    }
}

static void count_route(struct server *server, struct entry *entry, const char *path)
{
    static const char *const classes[] = {NULL, NULL, "2xx", "3xx", "4xx", "5xx"};
    struct buf labels = {0};
    size_t len;

    metrics_label(&labels, "method", entry->route.method);
    buf_byte(&labels, ',');
    metrics_label(&labels, "route", path);
    entry->duration = metrics_histogram(server->metrics, "http_request_duration_seconds",
                                        "From the request's arrival to the reply's departure.",
                                        buf_text(&labels));
    len = labels.len;
    for (int i = 2; i < 6; i++) {
        labels.len = len;
        buf_byte(&labels, ',');
        metrics_label(&labels, "code", classes[i]);
        entry->classes[i] = metrics_counter(server->metrics, "http_requests_total",
                                            "Requests by class of status.", buf_text(&labels));
    }
    entry->classes[0] = entry->classes[1] = entry->classes[2];
    buf_release(&labels);
}

struct entry *server_entry(struct server *server, const struct route *route)
{
    struct entry *entry = calloc(1, sizeof(*entry));

    if (!entry)
        abort();
    entry->route = *route;
    for (const char *at = strchr(route->path, ':'); at; at = strchr(at + 1, ':')) {
        size_t len = strcspn(at + 1, "/");

        if (at[-1] != '/')
            continue;
        if (entry->param_count == MAX_PARAMS)
            abort(); /* a mistake in the table, seen at the first start */
        entry->params[entry->param_count] = strndup(at + 1, len);
        if (!entry->params[entry->param_count++])
            abort();
    }
    count_route(server, entry, route->path);
    entry->next = server->entries;
    server->entries = entry;
    return entry;
}

static void add_statuses(struct server *server)
{
    for (int status = 200; status < STATUS_COUNT; status++) {
        char code[4] = {(char)('0' + status / 100), (char)('0' + status / 10 % 10),
                        (char)('0' + status % 10)};
        struct buf label = {0};

        if (status != 499 && strcmp(status_phrase(status), "Unknown") == 0)
            continue;
        metrics_label(&label, "code", code);
        server->statuses[status] =
            metrics_counter(server->metrics, "http_responses_total",
                            "Replies by status; 499: the client left first.", buf_text(&label));
        buf_release(&label);
    }
}

void server_metrics_open(struct server *server)
{
    struct metrics *metrics = server->app->metrics;

    server->own_metrics = !metrics;
    server->metrics = metrics ? metrics : metrics_open();
    metrics = server->metrics;
    server->in_flight = metrics_gauge(metrics, "http_requests_in_flight",
                                      "Requests that are being answered.", NULL);
    server->connections_gauge =
        metrics_gauge(metrics, "http_connections", "Open connections.", NULL);
    server->refused_connections =
        metrics_counter(metrics, "http_connections_refused_total",
                        "Connections closed at once as there were too many.", NULL);
    server->streams_gauge =
        metrics_gauge(metrics, "http_streams", "Replies that are being streamed.", NULL);
    server->cut_readers = metrics_counter(metrics, "http_slow_readers_total",
                                          "Connections cut as the reply was not taken.", NULL);
    server->gone = metrics_counter(metrics, "http_clients_gone_total",
                                   "Clients that reset their connection while waiting.", NULL);
    server->lag =
        metrics_histogram(metrics, "loop_lag_seconds", "How late a loop's timer was.", NULL);
    add_statuses(server);
    add_sources(server);
    server->none = calloc(OTHER + 1, sizeof(*server->none));
    if (!server->none)
        abort();
    for (int i = 0; i <= OTHER; i++) {
        server->none[i].route =
            (struct route){method_name((enum method)i), "_none", NULL, READS, NULL};
        count_route(server, &server->none[i], "_none");
    }
}

void server_metrics_close(struct server *server)
{
    while (server->entries) {
        struct entry *entry = server->entries;

        server->entries = entry->next;
        for (size_t i = 0; i < entry->param_count; i++)
            free(entry->params[i]);
        free(entry);
    }
    free(server->none);
    if (server->own_metrics)
        metrics_close(server->metrics);
}
