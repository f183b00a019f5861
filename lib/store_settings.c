/* SPDX-License-Identifier: MIT */
#include "store_settings.h"

#include "log.h"

#define OFFSET(member) offsetof(struct store_settings, member)

enum { HOUR_MS = 3600 * 1000, SYNC_FULL = 0 };

const struct setting store_setting_table[] = {
    {"sync", SETTING_CHOICE, OFFSET(sync), "full",
     "what was answered survives a power cut (full) or a crash only (normal)", 0, 0, "full|normal"},
    {"store-queue", SETTING_INT, OFFSET(queue), "10000", "changes that may wait for the writer", 1,
     1000000, NULL},
    {"store-budget", SETTING_INT, OFFSET(budget), "30",
     "work a read may do on a loop, in thousands of SQLite steps", 1, 100000, NULL},
    {0},
};

const struct setting store_query_setting_table[] = {
    {"changes-kept", SETTING_INT, OFFSET(changes_kept), "1000000",
     "newest changes that can be followed; a MongoDB's oplog decides by itself", 100, 1000000000,
     NULL},
    {"explain", SETTING_BOOL, OFFSET(explain), "no", "log the plan of each slow query", 0, 0, NULL},
    {"slow-query", SETTING_MS, OFFSET(slow_ms), "20ms", "what is slow, for --explain", 1, 60000,
     NULL},
    {0},
};

const struct setting store_remote_setting_table[] = {
    {"store-wait", SETTING_MS, OFFSET(wait_ms), "0",
     "time to wait at the start for a remote store to be there", 0, HOUR_MS, NULL},
    {"pool", SETTING_INT, OFFSET(pool), "16", "connections to a remote store", 1, 1000, NULL},
    {"store-timeout", SETTING_MS, OFFSET(timeout_ms), "2s",
     "time one answer of a remote store may take (else 503)", 10, 10 * 60 * 1000, NULL},
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

struct store_options store_settings_options(const struct store_settings *settings)
{
    struct store_options options = {
        .sync_full = settings->sync == SYNC_FULL,
        .budget = settings->budget,
        .queue = settings->queue,
        .changes_kept = settings->changes_kept,
        .pool = settings->pool,
        .timeout_ms = settings->timeout_ms,
        .wait_s = (settings->wait_ms + 999) / 1000, /* rather longer than not at all */
    };

    if (settings->explain) {
        options.slow_ms = settings->slow_ms;
        options.on_slow = tell_slow;
    }
    return options;
}

int store_settings_readers(const struct store_settings *settings)
{
    return settings->pool - settings->pool / 2;
}
