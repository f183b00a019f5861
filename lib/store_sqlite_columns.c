/* SPDX-License-Identifier: MIT */
/* The columns of a table as the file knows them, and the statements that are made of them. */
#include "store_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void declare(struct column *column, const struct collection *collection)
{
    for (size_t i = 0; i < collection->field_count; i++) {
        const struct store_field *field = &collection->fields[i];

        if (field->type != column->type || strcmp(field->path, column->path) != 0)
            continue;
        column->declared = true;
        column->flags = field->flags;
    }
}

static bool load_columns(struct connection *connection, const struct table *table,
                         struct columns *columns, struct error *err)
{
    struct cell owner = cell_int(table->number);
    sqlite3_stmt *stmt = connection_prepare(connection,
                                            "SELECT number, path, type, ready, EXISTS(SELECT 1 "
                                            "FROM sqlite_schema WHERE name="
                                            "'t'||owner||'_u'||number) "
                                            "FROM decant_columns WHERE owner=? ORDER BY number",
                                            err);
    int code;

    if (!stmt)
        return false;
    cell_bind(stmt, 1, &owner);
    while ((code = connection_step(connection, stmt, err)) == SQLITE_ROW &&
           columns->count < MAX_COLUMNS) {
        struct column *column = &columns->items[columns->count];

        column->number = sqlite3_column_int(stmt, 0);
        column->path = arena_text(&columns->arena, (const char *)sqlite3_column_text(stmt, 1));
        column->type = (enum value_type)sqlite3_column_int(stmt, 2);
        column->ready = sqlite3_column_int(stmt, 3);
        column->unique = sqlite3_column_int(stmt, 4);
        declare(column, table->collection);
        if (column->flags & STORE_EXPIRES && column->type == TYPE_DATE)
            columns->expires = (int)columns->count;
        if (column->flags & STORE_DELETED && column->ready)
            columns->deleted = (int)columns->count;
        columns->count++;
    }
    connection_finish(stmt);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

static bool load_searched(struct connection *connection, const struct table *table,
                          struct columns *columns, struct error *err)
{
    struct cell number = cell_int(table->number);
    sqlite3_stmt *stmt = connection_prepare(
        connection, "SELECT words, searched FROM decant_tables WHERE number=?", err);
    char *path, *rest;
    int code;

    if (!stmt)
        return false;
    cell_bind(stmt, 1, &number);
    code = connection_step(connection, stmt, err);
    if (code == SQLITE_ROW) {
        columns->words = sqlite3_column_int(stmt, 0);
        rest = arena_text(&columns->arena, (const char *)sqlite3_column_text(stmt, 1));
        while ((path = strsep(&rest, "\n")) && *path && columns->searched_count < MAX_SEARCHED)
            columns->searched[columns->searched_count++] = path;
    }
    connection_finish(stmt);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* A file that is only read may be older. */
static bool load_layout_2(struct connection *connection, const struct table *table,
                          struct columns *columns, struct error *err)
{
    struct cell number = cell_int(table->number);
    sqlite3_stmt *stmt;
    int64_t layout;
    int code;

    if (!connection_number(connection, "PRAGMA user_version", &layout, err) || layout < 2)
        return layout < 2;
    stmt =
        connection_prepare(connection, "SELECT texts, gone FROM decant_tables WHERE number=?", err);
    if (!stmt)
        return false;
    cell_bind(stmt, 1, &number);
    code = connection_step(connection, stmt, err);
    for (size_t i = 0; code == SQLITE_ROW && i < columns->count; i++)
        if (columns->items[i].number == sqlite3_column_int(stmt, 1))
            columns->gone = (int)i;
    if (code == SQLITE_ROW)
        columns->texts = sqlite3_column_int(stmt, 0);
    connection_finish(stmt);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

static const char *keep(struct columns *columns, struct buf *text)
{
    const char *kept = arena_copy(&columns->arena, text->data, text->len);

    text->len = 0;
    return kept;
}

static void add_not_expired(const struct columns *columns, struct buf *text)
{
    int number = columns->expires >= 0 ? columns->items[columns->expires].number : 0;

    if (columns->expires >= 0)
        buf_printf(text, " AND (c%d IS NULL OR c%d > ?2)", number, number);
}

static const char *write_live(struct columns *columns, int at)
{
    struct buf text = {0};
    const char *kept;

    if (at < 0)
        return "";
    buf_printf(&text, " AND c%d IS NOT 1", columns->items[at].number);
    kept = keep(columns, &text);
    buf_release(&text);
    return kept;
}

static void write_deleted_sql(struct columns *columns, const struct table *table)
{
    struct buf text = {0};

    columns->live = write_live(columns, columns->deleted);
    columns->counted = write_live(columns, columns->gone);
    buf_printf(&text, "SELECT documents FROM decant_tables WHERE number=%d", table->number);
    columns->total_too = keep(columns, &text);
    if (columns->deleted >= 0 && columns->deleted == columns->gone)
        buf_printf(&text,
                   "SELECT CASE gone WHEN %d THEN documents-deleted ELSE -1 END "
                   "FROM decant_tables WHERE number=%d",
                   columns->items[columns->gone].number, table->number);
    else
        buf_puts(&text, "SELECT -1");
    columns->total = keep(columns, &text);
    buf_release(&text);
}

static void write_field_sql(struct columns *columns, const struct table *table)
{
    const struct store_text *kept = columns->texts ? table->collection->text : NULL;
    struct buf text = {0};

    for (int as_text = 0; as_text < 2; as_text++) {
        buf_puts(&text, "etag,created,updated,");
        if (as_text && kept)
            buf_printf(&text, "CASE shape WHEN %lld THEN reply ELSE bson END",
                       (long long)kept->shape);
        else
            buf_puts(&text, "bson");
        if (columns->deleted >= 0)
            buf_printf(&text, ",c%d IS 1", columns->items[columns->deleted].number);
        columns->fields[as_text] = keep(columns, &text);
        buf_printf(&text, "SELECT %s FROM t%d WHERE _id=?1", columns->fields[as_text],
                   table->number);
        add_not_expired(columns, &text);
        columns->by_id[as_text] = keep(columns, &text);
    }
    buf_release(&text);
}

/* By its own index or not at all: that of another declaration has other rows. */
static void write_text_sql(struct columns *columns, const struct table *table)
{
    const struct store_text *kept = columns->texts ? table->collection->text : NULL;
    struct buf text = {0};
    char from[96];

    if (!kept)
        return;
    snprintf(from, sizeof(from), "FROM t%d INDEXED BY t%d_stale WHERE shape<>%lld LIMIT %d",
             table->number, table->number, (long long)kept->shape, RENEWED_ROWS);
    buf_printf(&text, "SELECT 1 %s", from);
    columns->stale = keep(columns, &text);
    buf_printf(&text, "SELECT %s,_id,etag,created,bson,updated %s", table->clustered ? "0" : "seq",
               from);
    columns->stale_rows = keep(columns, &text);
    buf_printf(&text, "UPDATE t%d SET shape=%lld,reply=? WHERE _id=?", table->number,
               (long long)kept->shape);
    columns->renew = keep(columns, &text);
    buf_release(&text);
}

/* What goes with a new text, as it is set by those who make one and by those who do not. */
static void add_text(const struct columns *columns, const struct table *table, struct buf *text)
{
    if (columns->texts && table->collection->text)
        buf_printf(text, ",shape=%lld,reply=?", (long long)table->collection->text->shape);
    else if (columns->texts)
        buf_puts(text, ",shape=0,reply=NULL");
}

static void write_insert_sql(struct columns *columns, const struct table *table)
{
    const struct store_text *kept = columns->texts ? table->collection->text : NULL;
    struct buf text = {0};

    buf_printf(&text, "INSERT INTO t%d(_id,etag,created,updated,odd,bson", table->number);
    for (size_t i = 0; i < columns->count; i++)
        buf_printf(&text, ",c%d", columns->items[i].number);
    buf_puts(&text, kept ? ",shape,reply) VALUES(?,?,?,?,?,?" : ") VALUES(?,?,?,?,?,?");
    for (size_t i = 0; i < columns->count; i++)
        buf_puts(&text, ",?");
    if (kept)
        buf_printf(&text, ",%lld,?", (long long)kept->shape);
    buf_puts(&text, ")");
    columns->insert = keep(columns, &text);
    buf_release(&text);
}

static void write_row_sql(struct columns *columns, const struct table *table)
{
    struct buf text = {0};

    write_insert_sql(columns, table);
    buf_printf(&text, "UPDATE t%d SET etag=?,updated=?,odd=?,bson=?", table->number);
    add_text(columns, table, &text);
    columns->update = keep(columns, &text);
    buf_printf(&text, "SELECT %s,_id,etag,created,bson FROM t%d WHERE _id=?1",
               table->clustered ? "0" : "seq", table->number);
    add_not_expired(columns, &text);
    columns->by_id_changing = keep(columns, &text);
    buf_printf(&text, "DELETE FROM t%d WHERE _id=?", table->number);
    columns->remove = keep(columns, &text);
    buf_printf(&text, "UPDATE t%d SET etag=?2,updated=?3,bson=decant_apply(?4,created,bson)",
               table->number);
    add_text(columns, table, &text);
    buf_puts(&text, " WHERE _id=?1");
    columns->apply = keep(columns, &text);
    buf_release(&text);
}

static void write_words_sql(struct columns *columns, const struct table *table)
{
    struct buf text = {0};
    char name[40];

    snprintf(name, sizeof(name), "t%d_w%d", table->number, columns->words);
    for (int add = 0; add < 2; add++) {
        buf_printf(&text, "INSERT INTO %s(%s%srowid", name, add ? "" : name, add ? "" : ",");
        for (size_t i = 0; i < columns->searched_count; i++)
            buf_printf(&text, ",w%zu", i);
        buf_puts(&text, add ? ") VALUES(?" : ") VALUES('delete',?");
        for (size_t i = 0; i < columns->searched_count; i++)
            buf_puts(&text, ",?");
        buf_puts(&text, ")");
        *(add ? &columns->add_words : &columns->drop_words) = keep(columns, &text);
    }
    buf_printf(&text, "SELECT rowid FROM %s WHERE %s MATCH ?1 ORDER BY rowid DESC LIMIT %d", name,
               name, PROBED_HITS + 1);
    columns->probe = keep(columns, &text);
    buf_printf(&text,
               "SELECT rowid, decant_rank(%s, ?2) FROM %s WHERE %s MATCH ?1 "
               "ORDER BY rowid DESC LIMIT ?3",
               name, name, name);
    columns->hits = keep(columns, &text);
    buf_release(&text);
}

struct columns *meta_columns(struct connection *connection, const struct table *table,
                             struct error *err)
{
    struct columns *columns = calloc(1, sizeof(*columns));

    if (!columns)
        abort();
    columns->expires = columns->deleted = columns->gone = -1;
    if (!load_columns(connection, table, columns, err) ||
        !load_searched(connection, table, columns, err) ||
        !load_layout_2(connection, table, columns, err)) {
        meta_free_columns(columns);
        return NULL;
    }
    write_deleted_sql(columns, table);
    write_field_sql(columns, table);
    write_text_sql(columns, table);
    write_row_sql(columns, table);
    write_words_sql(columns, table);
    return columns;
}

void meta_free_columns(const struct columns *columns)
{
    struct columns *mine = (struct columns *)(uintptr_t)columns;

    if (!mine)
        return;
    arena_release(&mine->arena);
    free(mine);
}
