/* SPDX-License-Identifier: MIT */
/* A program for the tests of the platform: small routes of every kind over a tiny collection. */
#include "probe.h"

#include "../../lib/config.h"
#include "../../lib/files.h"
#include "../../lib/server.h"
#include "../../lib/store_settings.h"

#include <stdio.h>
#include <string.h>

struct probe_settings {
    struct store_settings store;
    const char *statics;
    bool lenient;
    int front;
};

static const struct setting table[] = {
    {"store", SETTING_TEXT, offsetof(struct probe_settings, store.address), "",
     STORE_ADDRESS_HELP " or nothing", 0, 0, NULL},
    {"static", SETTING_TEXT, offsetof(struct probe_settings, statics), "",
     "folder served under /static/", 0, 0, NULL},
    {"budget", SETTING_INT, offsetof(struct probe_settings, store.budget), "200",
     "thousands of steps a read may take on a loop", 1, 1000000, NULL},
    {"store-queue", SETTING_INT, offsetof(struct probe_settings, store.queue), "64",
     "changes that may wait", 1, 1000000, NULL},
    {"lenient", SETTING_BOOL, offsetof(struct probe_settings, lenient), "no",
     "methods may be overridden, fields repeated; each reply says that it began", 0, 0, NULL},
    {"front", SETTING_INT, offsetof(struct probe_settings, front), "0",
     "port of a second front; 0: none", 0, 65535, NULL},
    {0},
};

static const char *const headers[] = {"Referrer-Policy: same-origin", NULL};
static const char *const front_headers[] = {"X-Front: yes", NULL};

static void say_begun(struct call *call)
{
    call_add_header(call, "X-Begun", call_header(call, "X-Agent") ? "by an agent" : "by nobody");
}

static bool open_store(const struct probe_settings *settings, struct metrics *metrics,
                       struct store **store, struct error *err)
{
    static const struct collection *const collections[] = {&notes_collection};
    struct store_options options = store_settings_options(&settings->store);

    options.sync_full = false; /* for its tests to be quick */
    options.metrics = metrics;
    *store = NULL;
    if (!*settings->store.address)
        return true;
    *store = store_open(settings->store.address, &options, err);
    return *store && store_prepare(*store, collections, 1, err);
}

static bool serve(const struct server_settings *server, const struct probe_settings *settings,
                  struct error *err)
{
    struct probe probe = {0};
    struct app app = {.name = "probe",
                      .version = "1",
                      .routes = probe_routes,
                      .context = &probe,
                      .headers = headers};
    struct front front = {
        .port = settings->front, .routes = front_routes, .headers = front_headers};
    bool ok;

    app.overrides = app.any_method = app.repeats = settings->lenient;
    if (settings->lenient)
        app.on_begin = say_begun;
    if (settings->front)
        app.front = &front;
    app.metrics = metrics_open();
    app.store_threads = store_settings_readers(&settings->store);
    ok = open_store(settings, app.metrics, &app.store, err);
    if (ok && *settings->statics)
        ok = (app.files = files_open(settings->statics, false, err)) != NULL;
    if (ok)
        ok = server_run(server, &app, err);
    if (app.files)
        files_close(app.files);
    if (app.store)
        store_close(app.store);
    metrics_close(app.metrics);
    return ok;
}

int main(int argc, char **argv)
{
    struct server_settings server;
    struct probe_settings settings = {0};
    const struct setting_group groups[] = {{table, &settings},
                                           {store_remote_setting_table, &settings.store},
                                           {server_setting_table, &server},
                                           {0}};
    const struct program program = {.name = "probe",
                                    .about = "Exercises the platform, for tests.",
                                    .version = "1",
                                    .groups = groups};
    struct error err;

    config_load_or_exit(&program, argc, argv);
    if (serve(&server, &settings, &err))
        return 0;
    fprintf(stderr, "probe: %s\n", err.message);
    return 1;
}
