/* SPDX-License-Identifier: MIT */
/* About how many documents are meant: of a large table some evenly spaced rows are looked at. */
#include "store_sqlite.h"

#include <stdio.h>

enum { COUNTED_ROWS = 10000, PROBES = 1000, PROBE_STEPS = 50 };

struct sample {
    sqlite3_stmt *stmt; /* of the row at or behind its last parameter: is there, is meant */
    int at;             /* that parameter */
    int64_t first, last;
    int64_t there, meant;
};

static bool read_ends(struct connection *connection, const struct table *table,
                      struct sample *sample, struct error *err)
{
    char text[64];

    snprintf(text, sizeof(text), "SELECT min(seq) FROM t%d", table->number);
    if (!connection_number(connection, text, &sample->first, err))
        return false;
    snprintf(text, sizeof(text), "SELECT max(seq) FROM t%d", table->number);
    return connection_number(connection, text, &sample->last, err);
}

static bool prepare_probe(struct connection *connection, const struct table *table,
                          const struct filter *where, struct sample *sample, struct error *err)
{
    struct sql sql;
    char text[64];

    sql_init(&sql, &connection->scratch, table);
    sql_add(&sql, "SELECT ");
    sql_where(&sql, NULL);
    sql_add(&sql, table->read->live);
    sql_add(&sql, ",");
    sql_where(&sql, where);
    sql_add(&sql, table->read->live);
    snprintf(text, sizeof(text), " FROM t%d WHERE seq>=", table->number);
    sql_add(&sql, text);
    sample->at = (int)sql.count + 1;
    sql_cell(&sql, cell_int(0));
    sql_add(&sql, " ORDER BY seq LIMIT 1");
    sample->stmt = sql_prepare(&sql, connection, err);
    return sample->stmt != NULL;
}

/* Each probe is too short for SQLite to count its steps. */
static bool count_steps(struct connection *connection, struct error *err)
{
    connection->spent += PROBE_STEPS;
    if (!connection->bracketed || connection->store->options.budget <= 0 ||
        connection->spent <= (int64_t)connection->store->options.budget * 1000)
        return true;
    connection->over = true;
    return fail(err, ERROR_INTERNAL, "the estimate is longer than a loop allows");
}

static bool probe(struct connection *connection, struct sample *sample, int64_t row,
                  struct error *err)
{
    int code;

    sqlite3_reset(sample->stmt);
    sqlite3_bind_int64(sample->stmt, sample->at, row);
    code = connection_step(connection, sample->stmt, err);
    if (code != SQLITE_ROW)
        return code == SQLITE_DONE;
    sample->there += sqlite3_column_int(sample->stmt, 0) != 0;
    sample->meant += sqlite3_column_int(sample->stmt, 1) != 0;
    return count_steps(connection, err);
}

static bool take_sample(struct connection *connection, const struct table *table,
                        const struct filter *where, struct sample *sample, struct error *err)
{
    double step;
    bool ok = true;

    if (!read_ends(connection, table, sample, err) ||
        !prepare_probe(connection, table, where, sample, err))
        return false;
    step = ((double)sample->last - (double)sample->first) / (PROBES - 1);
    for (int i = 0; ok && i < PROBES; i++)
        ok = probe(connection, sample, sample->first + (int64_t)(step * i), err);
    connection_finish(sample->stmt);
    return ok;
}

static int64_t scale(const struct sample *sample, int64_t all)
{
    if (!sample->there)
        return 0;
    return (int64_t)((double)all * (double)sample->meant / (double)sample->there);
}

bool sqlite_estimate(struct store *base, const struct collection *collection,
                     const struct filter *where, struct estimate *out, struct error *err)
{
    const struct table *table = table_of(base, collection);
    struct reading reading;
    struct sample sample = {0};
    int64_t all;
    bool ok;

    if (!sqlite_count(base, collection, NULL, &all, err))
        return false;
    if (!where || table->clustered || all <= COUNTED_ROWS) {
        if (where && !sqlite_count(base, collection, where, &all, err))
            return false;
        *out = (struct estimate){all, true};
        return true;
    }
    if (!reading_begin(base, true, &reading, err))
        return false;
    ok = take_sample(reading.connection, table, where, &sample, err);
    reading_end(&reading);
    if (ok)
        *out = (struct estimate){scale(&sample, all), false};
    return ok;
}
