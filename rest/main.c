/* SPDX-License-Identifier: MIT */
/* A REST server for the resources of an Eve settings file. This file only wires. */
#include <stdio.h>
#include <stdlib.h>

#include "../lib/config.h"
#include "../lib/log.h"
#include "../lib/server.h"
#include "docs.h"
#include "front.h"
#include "gate.h"
#include "limits.h"
#include "reply.h"
#include "rest.h"

#define VERSION "1.0.0"

struct options {
    const char *settings;
    const char *store;
    int sync;
    int store_queue;
    int store_budget;
    int changes_kept;
    bool explain;
    int slow_query_ms;
    struct front_options front;
};

static const struct setting option_table[] = {
    {"settings", SETTING_TEXT, offsetof(struct options, settings), "rest/settings.json",
     "Eve settings as JSON: what is served (rest/SETTINGS.md)", 0, 0, NULL},
    {"store", SETTING_TEXT, offsetof(struct options, store), "sqlite:var/rest.db",
     "where the data is: sqlite:PATH or sqlite::memory:", 0, 0, NULL},
    {"sync", SETTING_CHOICE, offsetof(struct options, sync), "full",
     "what was answered survives a power cut (full) or a crash only (normal)", 0, 0, "full|normal"},
    {"store-queue", SETTING_INT, offsetof(struct options, store_queue), "10000",
     "changes that may wait for the writer", 1, 1000000, NULL},
    {"store-budget", SETTING_INT, offsetof(struct options, store_budget), "30",
     "work a read may do on a loop, in thousands of SQLite steps", 1, 100000, NULL},
    {"changes-kept", SETTING_INT, offsetof(struct options, changes_kept), "1000000",
     "newest changes that can be followed", 100, 1000000000, NULL},
    {"explain", SETTING_BOOL, offsetof(struct options, explain), "no",
     "log the plan of each slow query", 0, 0, NULL},
    {"slow-query", SETTING_MS, offsetof(struct options, slow_query_ms), "20ms",
     "what is slow, for --explain", 1, 60000, NULL},
    {"front-port", SETTING_INT, offsetof(struct options, front.port), "0",
     "port of the pages in front of the API; 0: none", 0, 65535, NULL},
    {"front", SETTING_TEXT, offsetof(struct options, front.folder), "static",
     "their folder, with the page rest/index.html in it", 0, 0, NULL},
    {"api-url", SETTING_TEXT, offsetof(struct options, front.api_url), "http://localhost:5002",
     "the API's address as these pages reach it", 0, 0, NULL},
    {"reload", SETTING_BOOL, offsetof(struct options, front.reload), "no",
     "look at the pages again when they change", 0, 0, NULL},
    {0},
};

static void tell_slow(const struct collection *collection, const char *plan, int64_t took_us)
{
    const struct log_field fields[] = {
        {.name = "collection", .type = LOG_TEXT, .text = collection->name},
        {.name = "took_ms", .type = LOG_REAL, .real = (double)took_us / 1000},
        {.name = "plan", .type = LOG_TEXT, .text = plan},
    };

    log_fields(LOG_WARN, "slow query", fields, sizeof(fields) / sizeof(fields[0]));
}

/* What is opened in order and closed in reverse. */
struct parts {
    struct settings settings;
    struct rest rest;
    struct app app;
    struct pages *pages;
};

static bool open_store(const struct options *options, struct parts *parts, struct error *err)
{
    struct store_options store = {.sync_full = options->sync == 0,
                                  .budget = options->store_budget,
                                  .queue = options->store_queue,
                                  .changes_kept = options->changes_kept,
                                  .metrics = parts->app.metrics};

    if (options->explain) {
        store.slow_ms = options->slow_query_ms;
        store.on_slow = tell_slow;
    }
    parts->app.store = parts->rest.store = store_open(options->store, &store, err);
    return parts->app.store && store_prepare(parts->app.store, parts->settings.collections,
                                             parts->settings.collection_count, err);
}

static bool open_parts(const struct options *options, struct parts *parts, struct error *err)
{
    struct rest *rest = &parts->rest;

    rest->settings = &parts->settings;
    rest->limits = limits_open();
    rest->totals = memo_open(&(struct memo_options){
        .entries = 1024, .bytes = 1 << 20, .name = "totals", .metrics = parts->app.metrics});
    rest->docs = docs_open(err);
    if (!rest->docs)
        return false;
    parts->app.routes = rest_routes(&parts->settings);
    if (options->front.port) {
        parts->pages = pages_open(&options->front, err);
        if (!parts->pages)
            return false;
        parts->app.front = pages_front(parts->pages);
    }
    return open_store(options, parts, err);
}

static void close_parts(struct parts *parts)
{
    if (parts->app.store)
        store_close(parts->app.store);
    pages_close(parts->pages);
    if (parts->rest.docs)
        templates_close(parts->rest.docs);
    memo_close(parts->rest.totals);
    limits_close(parts->rest.limits);
    metrics_close(parts->app.metrics);
    settings_release(&parts->settings);
}

static void load_settings_or_exit(const char *path, struct settings *settings)
{
    struct buf mistakes = {0};

    if (settings_load(path, settings, &mistakes))
        return;
    fprintf(stderr, "rest: %s cannot be used:\n%s", path, buf_text(&mistakes));
    buf_release(&mistakes);
    exit(2);
}

int main(int argc, char **argv)
{
    struct options options;
    struct server_settings settings;
    struct setting_group groups[] = {
        {option_table, &options}, {server_setting_table, &settings}, {NULL, NULL}};
    struct program program = {.name = "rest",
                              .about = "Resources of an Eve settings file over HTTP.",
                              .version = VERSION,
                              .groups = groups};
    struct parts parts = {.app = {.name = "rest",
                                  .version = VERSION,
                                  .on_error = reply_error,
                                  .on_begin = gate_begin,
                                  .any_method = true,
                                  .repeats = true}};
    struct error err;
    bool served;

    config_load_or_exit(&program, argc, argv);
    load_settings_or_exit(options.settings, &parts.settings);
    parts.app.overrides = parts.settings.method_override;
    parts.app.metrics = metrics_open();
    parts.app.context = &parts.rest;
    served = open_parts(&options, &parts, &err) && server_run(&settings, &parts.app, &err);
    close_parts(&parts);
    if (!served)
        fprintf(stderr, "rest: %s\n", err.message);
    return served ? 0 : 1;
}
