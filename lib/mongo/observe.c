/* SPDX-License-Identifier: MIT */
/* What libmongoc tells of its doings, into metrics and the log. Commands are told on the thread
 * that runs them, servers on libmongoc's own. */
#include "elsewhere.h"

#include "../clock.h"
#include "../log.h"

#include <string.h>

/* -- commands ---------------------------------------------------------------------------------- */

static const char *const names[COMMANDS] = {
    "find", "insert", "update", "delete", "aggregate", "commitTransaction", "other"};

static void observe(const struct mongo_store *store, const char *command, int64_t took_us)
{
    size_t i = 0;

    if (!store->measures.up)
        return;
    while (i + 1 < COMMANDS && strcmp(names[i], command) != 0)
        i++;
    metric_observe_us(store->measures.commands[i], took_us);
}

static void on_succeeded(const mongoc_apm_command_succeeded_t *event)
{
    struct mongo_store *store = mongoc_apm_command_succeeded_get_context(event);

    elsewhere_note(store, mongoc_apm_command_succeeded_get_reply(event));
    observe(store, mongoc_apm_command_succeeded_get_command_name(event),
            mongoc_apm_command_succeeded_get_duration(event));
}

static void on_failed(const mongoc_apm_command_failed_t *event)
{
    struct mongo_store *store = mongoc_apm_command_failed_get_context(event);

    elsewhere_note(store, mongoc_apm_command_failed_get_reply(event));
    observe(store, mongoc_apm_command_failed_get_command_name(event),
            mongoc_apm_command_failed_get_duration(event));
    if (store->measures.failed)
        metric_add(store->measures.failed, 1);
}

static void on_topology(const mongoc_apm_topology_changed_t *event)
{
    const struct mongo_store *store = mongoc_apm_topology_changed_get_context(event);
    mongoc_topology_description_t *now = mongoc_topology_description_new_copy(
        mongoc_apm_topology_changed_get_new_description(event));

    if (store->measures.up)
        metric_set(store->measures.up, mongoc_topology_description_has_writable_server(now));
    mongoc_topology_description_destroy(now);
}

static void make_metrics(struct measures *measures, struct metrics *metrics)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        struct buf label = {0};

        metrics_label(&label, "command", names[i]);
        measures->commands[i] = metrics_histogram(
            metrics, "store_command_seconds", "Time the store's server took to answer a command.",
            buf_text(&label));
        buf_release(&label);
    }
    measures->failed =
        metrics_counter(metrics, "store_commands_failed_total",
                        "Commands that the store's server refused or did not answer.", NULL);
    measures->refused =
        metrics_counter(metrics, "store_clients_refused_total",
                        "Times that no connection to the store's server became free.", NULL);
    measures->used = metrics_gauge(metrics, "store_clients_used",
                                   "Connections to the store's server in use.", NULL);
    measures->up = metrics_gauge(metrics, "store_server_up",
                                 "Whether there is a server of the store that takes writes.", NULL);
}

void client_observe(struct mongo_store *store)
{
    mongoc_apm_callbacks_t *callbacks;

    if (!store->options.metrics && !store->elsewhere)
        return;
    if (store->options.metrics && !store->measures.up)
        make_metrics(&store->measures, store->options.metrics);
    callbacks = mongoc_apm_callbacks_new();
    mongoc_apm_set_command_succeeded_cb(callbacks, on_succeeded);
    mongoc_apm_set_command_failed_cb(callbacks, on_failed);
    mongoc_apm_set_topology_changed_cb(callbacks, on_topology);
    mongoc_client_pool_set_apm_callbacks(store->pool, callbacks, store);
    mongoc_apm_callbacks_destroy(callbacks);
}

/* -- the library's own words ------------------------------------------------------------------- */

/* While a server is away it has something to say twice a second: once in ten is enough. */
static bool is_time(void)
{
    static _Atomic int64_t next_us;
    int64_t now_us = clock_monotonic_us(), due_us = atomic_load(&next_us);

    return now_us >= due_us && atomic_compare_exchange_strong(&next_us, &due_us, now_us + 10000000);
}

static void on_log(mongoc_log_level_t level, const char *domain, const char *message, void *context)
{
    struct log_field fields[] = {{"library", LOG_TEXT, .text = "libmongoc"},
                                 {"domain", LOG_TEXT, .text = domain}};
    enum log_level to = LOG_DEBUG;

    (void)context;
    /* A transaction that the server ended by itself is ended once more. */
    if (level <= MONGOC_LOG_LEVEL_WARNING && !strstr(message, "abortTransaction") && is_time())
        to = LOG_WARN;
    log_fields(to, message, fields, sizeof(fields) / sizeof(fields[0]));
}

void observe_log(void)
{
    mongoc_log_set_handler(on_log, NULL);
}
