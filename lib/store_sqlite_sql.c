/* SPDX-License-Identifier: MIT */
/* Filters and orders as SQL over declared columns. Nothing that came from outside is ever text of a
 * statement: values are bound, columns have generated names. Every condition is exact: a column
 * decides where it holds a value of the declared type, and decant_match() (filter_matches() on the
 * row's BSON) where the value is odd or no column can tell. */
#include "store_sqlite.h"

#include "clock.h"

#include <string.h>

/* Deeper conditions are left to decant_match() whole: SQLite's parser has a limit. */
enum { SQL_DEPTH = 8 };

void sql_init(struct sql *sql, struct arena *arena, const struct table *table)
{
    *sql = (struct sql){.arena = arena, .table = table, .odd = atomic_load(&table->odd)};
}

void sql_add(struct sql *sql, const char *text)
{
    buf_puts(&sql->text, text);
}

static void keep_cell(struct sql *sql, const struct cell *cell)
{
    if (sql->count == sql->cap) {
        size_t cap = sql->cap ? sql->cap * 2 : 16;
        struct cell *cells = arena_alloc(sql->arena, cap * sizeof(*cells));

        if (sql->count)
            memcpy(cells, sql->cells, sql->count * sizeof(*cells));
        sql->cells = cells;
        sql->cap = cap;
    }
    sql->cells[sql->count++] = *cell;
}

void sql_cell(struct sql *sql, struct cell cell)
{
    keep_cell(sql, &cell);
    buf_byte(&sql->text, '?');
}

const struct column *columns_find(const struct columns *columns, const char *path)
{
    for (size_t i = 0; i < columns->count; i++)
        if (columns->items[i].declared && columns->items[i].ready &&
            strcmp(columns->items[i].path, path) == 0)
            return &columns->items[i];
    return NULL;
}

/* -- trees ------------------------------------------------------------------------------------- */

/* Whether a column can tell of this comparison. */
static bool is_for_columns(const struct sql *sql, const struct filter *filter)
{
    struct place place = sql_place(sql, filter->path);

    switch (filter->op) {
    case FILTER_CONTAINS:
        return place.name[0] && place.type == TYPE_TEXT;
    case FILTER_ELEM:
    case FILTER_SIZE:
    case FILTER_ALL:
        return false;
    default:
        return filter->op <= FILTER_EXISTS && place.name[0];
    }
}

static bool has_column(const struct sql *sql, const struct filter *filter)
{
    if (filter->op > FILTER_NOT)
        return is_for_columns(sql, filter);
    for (size_t i = 0; i < filter->count; i++)
        if (has_column(sql, filter->children[i]))
            return true;
    return false;
}

static void add_condition(struct sql *sql, const struct filter *filter, int depth);

static void add_children(struct sql *sql, const struct filter *filter, int depth)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (i)
            sql_add(sql, filter->op == FILTER_AND ? " AND " : " OR ");
        sql_add(sql, "(");
        add_condition(sql, filter->children[i], depth + 1);
        sql_add(sql, ")");
    }
}

/* The same comparison the other way round, for what is then negated. */
static const struct filter *positive(struct sql *sql, const struct filter *filter)
{
    struct filter *copy = arena_alloc(sql->arena, sizeof(*copy));

    *copy = *filter;
    copy->op = filter->op == FILTER_NE ? FILTER_EQ : FILTER_IN;
    return copy;
}

/* `IS NOT TRUE`, not `NOT`: an unknown is no match, and its negation is one. */
static void add_negated(struct sql *sql, const struct filter *filter, int depth)
{
    sql_add(sql, "(");
    if (filter->op == FILTER_NE || filter->op == FILTER_NIN)
        add_condition(sql, positive(sql, filter), depth);
    else
        add_children(sql, filter, depth);
    sql_add(sql, ") IS NOT TRUE");
}

static void add_condition(struct sql *sql, const struct filter *filter, int depth)
{
    if (depth >= SQL_DEPTH || !has_column(sql, filter)) {
        sql_match(sql, filter);
        return;
    }
    switch (filter->op) {
    case FILTER_AND:
    case FILTER_OR:
        add_children(sql, filter, depth);
        break;
    case FILTER_NOR:
    case FILTER_NOT:
    case FILTER_NE:
    case FILTER_NIN:
        add_negated(sql, filter, depth);
        break;
    case FILTER_IN:
        sql_among(sql, filter);
        break;
    case FILTER_EXISTS:
        sql_exists(sql, filter);
        break;
    case FILTER_EQ:
    case FILTER_GT:
    case FILTER_GTE:
    case FILTER_LT:
    case FILTER_LTE:
        sql_compare(sql, filter);
        break;
    case FILTER_CONTAINS:
        sql_contains(sql, filter);
        break;
    default:
        sql_match(sql, filter);
    }
}

void sql_where(struct sql *sql, const struct filter *where)
{
    const struct columns *columns = sql->table->read;

    sql_add(sql, "(");
    if (where)
        add_condition(sql, where, 0);
    else
        sql_add(sql, "1");
    if (columns->expires >= 0) {
        int number = columns->items[columns->expires].number;

        buf_printf(&sql->text, ") AND (c%d IS NULL OR c%d>", number, number);
        sql_cell(sql, cell_int(clock_now_ms()));
    }
    sql_add(sql, ")");
}

/* -- order ------------------------------------------------------------------------------------- */

static void add_key(struct sql *sql, const struct sort *sort)
{
    struct place place = sql_place(sql, sort->path);

    if (place.name[0] && !place.odd) {
        sql_add(sql, place.name);
    } else {
        sql_add(sql, "decant_order(bson,");
        sql_cell(sql, cell_text(sort->path));
        sql_add(sql, sort->descending ? ",0)" : ",1)");
    }
    sql_add(sql, sort->descending ? " DESC" : " ASC");
}

/* Whether the path is one of the keys before it, which have decided then. */
static bool came_before(const struct sort *sort, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(sort[i].path, sort[at].path) == 0)
            return true;
    return false;
}

bool sql_order(struct sql *sql, const struct sort *sort, size_t count, struct error *err)
{
    bool by_id = false;

    if (count > MAX_SORT)
        return fail(err, ERROR_INVALID, "more than %d sort keys", MAX_SORT);
    sql_add(sql, " ORDER BY ");
    for (size_t i = 0; i < count; i++) {
        if (came_before(sort, i))
            continue;
        add_key(sql, &sort[i]);
        sql_add(sql, ",");
        by_id = by_id || strcmp(sort[i].path, "_id") == 0;
    }
    if (by_id)
        sql->text.len--; /* the last comma */
    if (!by_id)
        sql_add(sql, count && sort[count - 1].descending ? "_id DESC" : "_id ASC");
    return true;
}

sqlite3_stmt *sql_prepare(struct sql *sql, struct connection *connection, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(connection, buf_text(&sql->text), err);

    buf_release(&sql->text);
    for (size_t i = 0; stmt && i < sql->count; i++)
        cell_bind(stmt, (int)i + 1, &sql->cells[i]);
    return stmt;
}
