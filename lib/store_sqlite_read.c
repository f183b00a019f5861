/* SPDX-License-Identifier: MIT */
/* Getting, finding and counting documents. */
#include "store_sqlite_page.h"
#include "store_sqlite_rows.h"

#include "clock.h"
#include "store_settle.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

enum { EACH_ROWS = 100 };

/* Four bytes as eight digits at once: each half byte gets a byte of its own, the first lowest. What
 * is over 9 reaches 16 when 6 is added, which tells where a letter stands. */
static void write_hex(char *out, const uint8_t *bytes)
{
    uint64_t word = (uint64_t)bytes[0] | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 32 |
                    (uint64_t)bytes[3] << 48;
    uint64_t letters;

    word = (word >> 4 & 0x000F000F000F000FU) | (word & 0x000F000F000F000FU) << 8;
    letters = (word + 0x0606060606060606U) >> 4 & 0x0101010101010101U;
    word = htole64(word + 0x3030303030303030U + letters * ('a' - '0' - 10));
    memcpy(out, &word, sizeof(word));
}

void read_etag(const uint8_t *etag, char out[41])
{
    for (size_t i = 0; i < ETAG_BYTES; i += 4)
        write_hex(out + 2 * i, etag + i);
    out[2 * ETAG_BYTES] = '\0';
}

/* Whether the table may have such a key, and as which cell. */
static bool read_id(const struct table *table, const bson_value_t *value, struct arena *arena,
                    struct cell *out)
{
    bson_value_t id;

    if (!settle_id(table->collection, value, &id) ||
        !cell_of_value(table->collection->id_type, &id, out))
        return false;
    if (out->kind == CELL_BLOB)
        out->bytes = arena_copy(arena, out->bytes, out->len);
    return true;
}

sqlite3_stmt *read_by_id(struct connection *connection, const struct table *table,
                         const bson_value_t *value, const char *sql, struct error *err)
{
    struct cell id;
    sqlite3_stmt *stmt;

    if (!read_id(table, value, &connection->scratch, &id)) {
        settle_no_such(table->collection, err);
        return NULL;
    }
    stmt = connection_prepare(connection, sql, err);
    if (stmt)
        cell_bind(stmt, 1, &id);
    if (stmt && table->read->expires >= 0)
        sqlite3_bind_int64(stmt, 2, clock_now_ms());
    return stmt;
}

static void begin_select(struct sql *sql, bool as_text)
{
    sql_add(sql, "SELECT ");
    sql_add(sql, sql->table->read->fields[as_text]);
    sql_add(sql, " FROM t");
    buf_int(&sql->text, sql->table->number);
    sql_add(sql, " WHERE ");
}

/* The statement that answers the key's document, bound; NULL with ERROR_NOT_FOUND for a key that no
 * document can have. */
static sqlite3_stmt *prepare_get(struct connection *connection, const struct table *table,
                                 const struct key *key, bool as_text, struct error *err)
{
    struct filter *filter;
    struct sql sql;

    if (!key->field)
        return read_by_id(connection, table, &key->value, table->read->by_id[as_text], err);
    filter = arena_zalloc(&connection->scratch, sizeof(*filter));
    *filter = (struct filter){.op = FILTER_EQ, .path = key->field, .value = key->value};
    sql_init(&sql, &connection->scratch, table);
    begin_select(&sql, as_text);
    sql_where(&sql, filter);
    sql_add(&sql, table->read->live);
    sql_add(&sql, " LIMIT 1");
    return sql_prepare(&sql, connection, err);
}

bool sqlite_get(struct store *base, const struct collection *collection, struct key key,
                struct document *out, struct error *err)
{
    const struct table *table = table_of(base, collection);
    struct reading reading;
    sqlite3_stmt *stmt;
    int code = SQLITE_ERROR;

    if (!table)
        return settle_unprepared(collection, err);
    if (!reading_begin(base, false, &reading, err))
        return false;
    slow_begin(&reading, table);
    stmt = prepare_get(reading.connection, table, &key, reply_asked(table, out->as_text), err);
    if (stmt) {
        code = connection_step(reading.connection, stmt, err);
        if (code == SQLITE_ROW)
            read_document(table, stmt, out);
        connection_finish(stmt);
    }
    reading_end(&reading);
    if (code == SQLITE_DONE)
        return settle_no_such(table->collection, err);
    return code == SQLITE_ROW;
}

/* -- lists ------------------------------------------------------------------------------------- */

bool read_rows(struct page *page, sqlite3_stmt *stmt, struct error *err)
{
    struct documents *out = page->out;
    int code;

    while ((code = connection_step(page->connection, stmt, err)) == SQLITE_ROW) {
        if (out->count == page->cap) {
            struct document *more = arena_alloc(out->arena, 2 * page->cap * sizeof(*more));

            memcpy(more, out->items, page->cap * sizeof(*more));
            out->items = more;
            page->cap *= 2;
        }
        out->items[out->count].arena = out->arena;
        out->items[out->count].as_text = out->as_text;
        read_document(page->table, stmt, &out->items[out->count++]);
        if (page->query->keyset && (int64_t)out->count == page->query->limit)
            page_keep(page, stmt);
    }
    connection_finish(stmt);
    return code == SQLITE_DONE;
}

static bool find_rows(struct connection *connection, const struct table *table,
                      const struct query *query, struct documents *out, struct error *err)
{
    struct page page = {.connection = connection, .table = table, .query = query, .out = out};

    return page_read(&page, err);
}

/* All documents: counters that each commit keeps, less the expired ones that are still there. -1
 * where there are no such counters. */
static bool count_all(struct connection *connection, const struct table *table, bool deleted_too,
                      int64_t *out, struct error *err)
{
    const struct columns *columns = table->read;
    bool all = deleted_too || columns->deleted < 0;
    struct cell now = cell_int(clock_now_ms());
    char text[96];
    int64_t expired = 0;

    if (!connection_number(connection, all ? columns->total_too : columns->total, out, err))
        return false;
    if (*out < 0)
        return true;
    if (connection->writer)
        *out += table->pending.documents - (all ? 0 : table->pending.deleted);
    if (columns->expires < 0)
        return true;
    snprintf(text, sizeof(text), "SELECT count(*) FROM t%d WHERE c%d<=?%s", table->number,
             columns->items[columns->expires].number, all ? "" : columns->live);
    if (!connection_ask(connection, text, &now, &expired, err))
        return false;
    *out -= expired;
    return true;
}

static bool count_rows(struct connection *connection, const struct table *table,
                       const struct query *query, int64_t *out, struct error *err)
{
    struct sql sql;
    char text[64];
    sqlite3_stmt *stmt;
    int code;

    if (!query->where) {
        int64_t all;

        if (!count_all(connection, table, query->deleted_too, &all, err))
            return false;
        if (all >= 0) {
            *out = all;
            return true;
        }
    }
    sql_init(&sql, &connection->scratch, table);
    snprintf(text, sizeof(text), "SELECT count(*) FROM t%d WHERE ", table->number);
    sql_add(&sql, text);
    sql_where(&sql, query->where);
    if (!query->deleted_too)
        sql_add(&sql, table->read->live);
    stmt = sql_prepare(&sql, connection, err);
    if (!stmt)
        return false;
    code = connection_step(connection, stmt, err);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    connection_finish(stmt);
    return code == SQLITE_ROW;
}

bool sqlite_find(struct store *base, const struct collection *collection, const struct query *query,
                 struct documents *out, struct error *err)
{
    const struct table *table = table_of(base, collection);
    struct reading reading;
    bool ok;

    if (!table)
        return settle_unprepared(collection, err);
    out->total = 0;
    out->rank_bounded = false;
    out->count = 0;
    out->items = NULL;
    out->after = NULL;
    if (!reading_begin(base, query->count || query->text || query->keyset || query->after, &reading,
                       err))
        return false;
    slow_begin(&reading, table);
    if (query->text) {
        ok = text_find(&reading, table, query, out, err);
    } else {
        ok = (query->limit <= 0 || find_rows(reading.connection, table, query, out, err)) &&
             (!query->count || count_rows(reading.connection, table, query, &out->total, err));
    }
    reading_end(&reading);
    return ok;
}

bool sqlite_count(struct store *base, const struct collection *collection,
                  const struct filter *where, int64_t *out, struct error *err)
{
    const struct table *table = table_of(base, collection);
    const struct query query = {.where = where};
    struct reading reading;
    bool ok;

    if (!table)
        return settle_unprepared(collection, err);
    if (!reading_begin(base, true, &reading, err))
        return false;
    slow_begin(&reading, table);
    ok = count_rows(reading.connection, table, &query, out, err);
    reading_end(&reading);
    return ok;
}

/* -- each -------------------------------------------------------------------------------------- */

static const struct filter *beyond(struct arena *arena, const struct document *last)
{
    bson_iter_t iter;

    if (!last || !bson_iter_init_from_data(&iter, last->bson, last->len) ||
        !bson_iter_find(&iter, "_id"))
        return NULL;
    /* An ObjectId's value is inside the iterator, and copied with it. */
    return filter_compare(arena, FILTER_GT, "_id", *bson_iter_value(&iter));
}

bool sqlite_each(struct store *base, const struct collection *collection,
                 bool (*visit)(void *context, const struct document *document), void *context,
                 struct error *err)
{
    struct query query = {.limit = EACH_ROWS};
    struct arena arenas[2] = {{0}, {0}}; /* the last chunk holds the _id to go on from */
    struct documents found;
    bool ok = true, wanted = true;
    int turn = 0;

    do {
        arena_clear(&arenas[turn]);
        found = (struct documents){.arena = &arenas[turn]};
        ok = sqlite_find(base, collection, &query, &found, err);
        for (size_t i = 0; ok && wanted && i < found.count; i++)
            wanted = visit(context, &found.items[i]);
        if (ok && found.count)
            query.where = beyond(&arenas[turn], &found.items[found.count - 1]);
        turn = 1 - turn;
    } while (ok && wanted && found.count == EACH_ROWS);
    arena_release(&arenas[0]);
    arena_release(&arenas[1]);
    return ok;
}
