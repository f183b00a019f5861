/* SPDX-License-Identifier: MIT */
/* A page of a list: where it begins, behind a key too, and where the next one does.
 *
 * An index on (column, _id) is a range behind any value of the column, but for nulls, which no
 * comparison meets: they come first ascending and last descending. So a page may need two ranges,
 * each asked for by a statement of its own, the second for what is left. Where values may be of
 * other types than the column's, the order is that of decant_order() and all rows are looked at. */
#include "store_sqlite_page.h"

#include "keyset.h"
#include "store_sqlite_rows.h"

#include <stdio.h>
#include <string.h>

/* What is behind a key, as SQL sees it. */
struct behind {
    enum { BEHIND_NOTHING, BEHIND_ID, BEHIND_CELL, BEHIND_NULL, BEHIND_ORDER } kind;
    char name[16]; /* of the column */
    struct cell key, id;
    bool descending;
    int ranges;
};

static bool find_column(const struct page *page, const struct keyset *keyset,
                        const struct keyset_place *from, struct behind *out)
{
    struct sql sql;
    struct place place;

    sql_init(&sql, &page->connection->scratch, page->table);
    sql.odd = page->odd;
    place = sql_place(&sql, keyset->path);
    if (!place.name[0] || place.odd || from->value.value_type == BSON_TYPE_EOD ||
        !cell_of_value(place.type, &from->value, &out->key))
        return false;
    if (out->key.kind == CELL_BLOB) /* an ObjectId's bytes are in the value itself */
        out->key.bytes = arena_copy(&page->connection->scratch, out->key.bytes, out->key.len);
    memcpy(out->name, place.name, sizeof(out->name));
    out->kind = out->key.kind == CELL_NULL ? BEHIND_NULL : BEHIND_CELL;
    out->ranges = !place.id && (out->kind == BEHIND_NULL) != keyset->descending ? 2 : 1;
    return true;
}

static bool find_place(const struct page *page, const struct keyset *keyset, struct behind *out,
                       struct error *err)
{
    struct arena *arena = &page->connection->scratch;
    struct keyset_place from;

    if (!keyset_read(keyset, page->query->after, arena, &from, err))
        return false;
    *out = (struct behind){.descending = keyset->descending, .ranges = 1};
    if (!cell_of_value(page->table->collection->id_type, &from.id, &out->id) ||
        out->id.kind == CELL_NULL)
        return fail(err, ERROR_INVALID, "this is no place to go on behind");
    if (out->id.kind == CELL_BLOB)
        out->id.bytes = arena_copy(arena, out->id.bytes, out->id.len);
    if (strcmp(keyset->path, "_id") == 0) {
        out->kind = BEHIND_ID;
    } else if (!find_column(page, keyset, &from, out)) {
        out->kind = BEHIND_ORDER;
        out->key = cell_blob(from.key.bytes, from.key.len);
    }
    return true;
}

/* -- statements -------------------------------------------------------------------------------- */

static void add_beyond(struct sql *sql, const struct behind *behind, const struct cell *key)
{
    sql_add(sql, behind->descending ? "<" : ">");
    if (key) {
        sql_add(sql, "(");
        sql_cell(sql, *key);
        sql_add(sql, ",");
    }
    sql_cell(sql, behind->id);
    if (key)
        sql_add(sql, ")");
}

static void add_behind(struct sql *sql, const struct keyset *keyset, const struct behind *behind)
{
    switch (behind->kind) {
    case BEHIND_NOTHING:
        break;
    case BEHIND_ID:
        sql_add(sql, " AND _id");
        add_beyond(sql, behind, NULL);
        break;
    case BEHIND_CELL:
        buf_printf(&sql->text, " AND (%s,_id)", behind->name);
        add_beyond(sql, behind, &behind->key);
        break;
    case BEHIND_NULL:
        buf_printf(&sql->text, " AND %s IS NULL AND _id", behind->name);
        add_beyond(sql, behind, NULL);
        break;
    case BEHIND_ORDER:
        sql_add(sql, " AND (decant_order(bson,");
        sql_cell(sql, cell_text(keyset->path));
        sql_add(sql, behind->descending ? ",0),_id)" : ",1),_id)");
        add_beyond(sql, behind, &behind->key);
        break;
    }
}

/* The range that comes after that of the key's own kind. */
static void add_other(struct sql *sql, const struct behind *behind)
{
    buf_printf(&sql->text, " AND %s IS %sNULL", behind->name,
               behind->kind == BEHIND_NULL ? "NOT " : "");
}

static void begin(const struct page *page, struct sql *sql)
{
    int number = page->table->number, words = page->table->read->words;

    buf_printf(&sql->text, "SELECT %s%s FROM t%d WHERE ",
               page->table->read->fields[reply_asked(page->table, page->out->as_text)],
               page->query->keyset ? ",_id" : "", number);
    if (page->match) {
        buf_printf(&sql->text, "seq IN (SELECT rowid FROM t%d_w%d WHERE t%d_w%d MATCH ", number,
                   words, number, words);
        sql_cell(sql, cell_text(page->match));
        sql_add(sql, " ORDER BY rowid DESC LIMIT ");
        sql_cell(sql, cell_int((int64_t)page->most));
        sql_add(sql, ") AND ");
    }
    sql_where(sql, page->query->where);
    if (!page->query->deleted_too)
        sql_add(sql, page->table->read->live);
}

static bool read_range(struct page *page, const struct keyset *keyset, const struct behind *behind,
                       int range, struct error *err)
{
    const struct query *query = page->query;
    struct sql sql;
    sqlite3_stmt *stmt;

    sql_init(&sql, &page->connection->scratch, page->table);
    sql.odd = page->odd;
    begin(page, &sql);
    if (range)
        add_other(&sql, behind);
    else
        add_behind(&sql, keyset, behind);
    if (!sql_order(&sql, query->sort, query->sort_count, err)) {
        buf_release(&sql.text);
        return false;
    }
    sql_add(&sql, " LIMIT ");
    sql_cell(&sql, cell_int(query->limit - (int64_t)page->out->count));
    sql_add(&sql, " OFFSET ");
    sql_cell(&sql, cell_int(query->skip > 0 ? query->skip : 0));
    stmt = sql_prepare(&sql, page->connection, err);
    return stmt && read_rows(page, stmt, err);
}

/* -- pages ------------------------------------------------------------------------------------- */

void page_keep(struct page *page, sqlite3_stmt *stmt)
{
    int at = sqlite3_column_count(stmt) - 1;
    size_t len;

    if (sqlite3_column_type(stmt, at) == SQLITE_INTEGER) {
        page->last = cell_int(sqlite3_column_int64(stmt, at));
        return;
    }
    len = (size_t)sqlite3_column_bytes(stmt, at);
    page->last =
        cell_blob(arena_copy(&page->connection->scratch, sqlite3_column_blob(stmt, at), len), len);
    if (sqlite3_column_type(stmt, at) == SQLITE_TEXT)
        page->last.kind = CELL_TEXT;
}

/* The last document is asked for again: what was read of it may have been its text. */
static bool tell_place(struct page *page, const struct keyset *keyset, struct error *err)
{
    struct document last = {.arena = &page->connection->scratch};
    char text[160];
    sqlite3_stmt *stmt;
    int code;

    snprintf(text, sizeof(text), "SELECT %s FROM t%d WHERE _id=?", page->table->read->fields[false],
             page->table->number);
    stmt = connection_prepare(page->connection, text, err);
    if (!stmt)
        return false;
    cell_bind(stmt, 1, &page->last);
    code = connection_step(page->connection, stmt, err);
    if (code == SQLITE_ROW)
        read_document(page->table, stmt, &last);
    connection_finish(stmt);
    if (code != SQLITE_ROW)
        return code == SQLITE_DONE && fail(err, ERROR_INTERNAL, "a row of %s has gone astray",
                                           page->table->collection->name);
    page->out->after = keyset_write(keyset, &last, page->out->arena, err);
    return page->out->after != NULL;
}

bool page_read(struct page *page, struct error *err)
{
    const struct query *query = page->query;
    struct keyset keyset = {0};
    struct behind behind = {.ranges = 1};

    page->cap = 16;
    page->odd = atomic_load(&page->table->odd);
    page->out->count = 0;
    page->out->items = arena_alloc(page->out->arena, page->cap * sizeof(*page->out->items));
    if ((query->keyset || query->after) && !keyset_of(page->table->collection, query, &keyset, err))
        return false;
    if (query->after && !find_place(page, &keyset, &behind, err))
        return false;
    for (int range = 0; range < behind.ranges && (int64_t)page->out->count < query->limit; range++)
        if (!read_range(page, &keyset, &behind, range, err))
            return false;
    return !query->keyset || (int64_t)page->out->count < query->limit ||
           tell_place(page, &keyset, err);
}
