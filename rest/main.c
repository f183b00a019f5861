/* SPDX-License-Identifier: MIT */
/* A REST server for the resources of an Eve settings file. This file only wires. */
#include <stdio.h>
#include <stdlib.h>

#include "../lib/config.h"
#include "../lib/log.h"
#include "../lib/server.h"
#include "../lib/store_settings.h"
#include "docs.h"
#include "front.h"
#include "gate.h"
#include "limits.h"
#include "reply.h"
#include "rest.h"

#define VERSION "1.0.0"

struct options {
    const char *settings;
    struct store_settings store;
    struct front_options front;
};

static const struct setting option_table[] = {
    {"settings", SETTING_TEXT, offsetof(struct options, settings), "rest/settings.json",
     "Eve settings as JSON: what is served (rest/SETTINGS.md)", 0, 0, NULL},
    {"store", SETTING_TEXT, offsetof(struct options, store.address), "",
     STORE_ADDRESS_HELP "; else the server that the settings name, else " STORE_DEFAULT, 0, 0,
     NULL},
    {"front-port", SETTING_INT, offsetof(struct options, front.port), "0",
     "port of the pages in front of the API; 0: none", 0, 65535, NULL},
    {"front", SETTING_TEXT, offsetof(struct options, front.folder), "static",
     "their folder, with the page rest/index.html in it", 0, 0, NULL},
    {"api-url", SETTING_TEXT, offsetof(struct options, front.api_url), "http://localhost:5002",
     "the API's address as these pages reach it; say it where --port is not 5002", 0, 0, NULL},
    {"reload", SETTING_BOOL, offsetof(struct options, front.reload), "no",
     "look at the pages again when they change", 0, 0, NULL},
    {0},
};

/* What is opened in order and closed in reverse. */
struct parts {
    struct settings settings;
    struct rest rest;
    struct app app;
    struct pages *pages;
};

static bool open_store(const struct options *options, struct parts *parts, struct error *err)
{
    struct store_options store = store_settings_options(&options->store);
    struct settings_store where = settings_store(&parts->settings, options->store.address);

    store.metrics = parts->app.metrics;
    store.database = where.database;
    store.needs_set = settings_need_set(&parts->settings);
    parts->app.store_threads = store_settings_readers(&options->store);
    parts->app.store = parts->rest.store = store_open(where.address, &store, err);
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
    struct options options = {0};
    struct server_settings settings;
    struct setting_group groups[] = {{option_table, &options},
                                     {store_setting_table, &options.store},
                                     {store_query_setting_table, &options.store},
                                     {store_remote_setting_table, &options.store},
                                     {server_setting_table, &settings},
                                     {NULL, NULL}};
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
    log_set_level((enum log_level)settings.log_level);
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
