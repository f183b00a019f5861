/* SPDX-License-Identifier: MIT */
/* Queries that took long are told with the plans of their statements, for who set slow_ms. */
#include "store_sqlite_rows.h"

#include "clock.h"

#include <string.h>

void slow_begin(struct reading *reading, const struct table *table)
{
    const struct store_options *options = &reading->connection->store->options;

    if (options->slow_ms <= 0 || !options->on_slow)
        return;
    reading->watch.table = table;
    reading->watch.start_us = clock_monotonic_us();
    reading->connection->watch = &reading->watch;
}

void slow_note(struct connection *connection, const char *sql)
{
    struct watch *watch = connection->watch;

    if (watch->count == MAX_WATCHED || strncmp(sql, "SELECT", 6) != 0)
        return;
    for (size_t i = 0; i < watch->count; i++)
        if (strcmp(watch->asked[i], sql) == 0)
            return;
    watch->asked[watch->count++] = arena_text(&connection->scratch, sql);
}

static void add_plan(struct connection *connection, const char *sql, struct buf *out)
{
    struct buf text = {0};
    sqlite3_stmt *stmt = NULL;

    buf_printf(&text, "EXPLAIN QUERY PLAN %s", sql);
    if (sqlite3_prepare_v2(connection->db, buf_text(&text), -1, &stmt, NULL) == SQLITE_OK)
        while (sqlite3_step(stmt) == SQLITE_ROW)
            buf_printf(out, "%s%s", out->len ? "; " : "",
                       (const char *)sqlite3_column_text(stmt, 3));
    sqlite3_finalize(stmt);
    buf_release(&text);
}

void slow_end(struct reading *reading)
{
    struct connection *connection = reading->connection;
    const struct store_options *options = &connection->store->options;
    const struct watch *watch = &reading->watch;
    int64_t took_us = clock_monotonic_us() - watch->start_us;
    struct buf plan = {0};

    connection->watch = NULL;
    /* What passed the budget is asked again on a worker, and told there. */
    if (connection->over || took_us < options->slow_ms * INT64_C(1000))
        return;
    for (size_t i = 0; i < watch->count; i++)
        add_plan(connection, watch->asked[i], &plan);
    options->on_slow(watch->table->collection, buf_text(&plan), took_us);
    buf_release(&plan);
}
