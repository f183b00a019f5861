/* SPDX-License-Identifier: MIT */
/* Values between BSON and columns. */
#include "store_sqlite.h"

#include <math.h>
#include <string.h>

struct cell cell_int(int64_t number)
{
    return (struct cell){.kind = CELL_INT, .number = number};
}

struct cell cell_text(const char *text)
{
    return (struct cell){.kind = CELL_TEXT, .bytes = text, .len = strlen(text)};
}

struct cell cell_blob(const void *bytes, size_t len)
{
    return (struct cell){.kind = CELL_BLOB, .bytes = bytes, .len = len};
}

bool cell_equal(const struct cell *a, const struct cell *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CELL_NULL:
        return true;
    case CELL_INT:
        return a->number == b->number;
    case CELL_REAL:
        return a->real == b->real && signbit(a->real) == signbit(b->real);
    default:
        return a->len == b->len && (!a->len || memcmp(a->bytes, b->bytes, a->len) == 0);
    }
}

void cell_bind(sqlite3_stmt *stmt, int at, const struct cell *cell)
{
    /* A NULL pointer would bind NULL, where an empty text or blob is meant. */
    const void *bytes = cell->bytes ? cell->bytes : "";

    switch (cell->kind) {
    case CELL_NULL:
        sqlite3_bind_null(stmt, at);
        break;
    case CELL_INT:
        sqlite3_bind_int64(stmt, at, cell->number);
        break;
    case CELL_REAL:
        sqlite3_bind_double(stmt, at, cell->real);
        break;
    case CELL_TEXT:
        sqlite3_bind_text64(stmt, at, bytes, cell->len, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case CELL_BLOB:
        sqlite3_bind_blob64(stmt, at, bytes, cell->len, SQLITE_STATIC);
        break;
    case CELL_FILTER:
        sqlite3_bind_pointer(stmt, at, (void *)(uintptr_t)cell->bytes, "filter", NULL);
        break;
    }
}

static bool cell_of_number(const bson_value_t *value, struct cell *out)
{
    switch (value->value_type) {
    case BSON_TYPE_INT32:
        *out = cell_int(value->value.v_int32);
        return true;
    case BSON_TYPE_INT64:
        *out = cell_int(value->value.v_int64);
        return true;
    case BSON_TYPE_DOUBLE:
        if (isnan(value->value.v_double))
            return false; /* SQLite would make it NULL */
        *out = (struct cell){.kind = CELL_REAL, .real = value->value.v_double};
        return true;
    default:
        return false;
    }
}

static bool cell_of_text(const bson_value_t *value, struct cell *out)
{
    if (value->value_type != BSON_TYPE_UTF8)
        return false;
    *out = (struct cell){
        .kind = CELL_TEXT, .bytes = value->value.v_utf8.str, .len = value->value.v_utf8.len};
    return true;
}

bool cell_of_value(enum value_type type, const bson_value_t *value, struct cell *out)
{
    *out = (struct cell){0};
    if (value->value_type == BSON_TYPE_NULL)
        return true;
    switch (type) {
    case TYPE_BOOL:
        if (value->value_type != BSON_TYPE_BOOL)
            return false;
        *out = cell_int(value->value.v_bool);
        return true;
    case TYPE_INT:
    case TYPE_NUMBER:
        return cell_of_number(value, out);
    case TYPE_TEXT:
        return cell_of_text(value, out);
    case TYPE_ANY:
        return cell_of_text(value, out) || cell_of_number(value, out);
    case TYPE_DATE:
        if (value->value_type != BSON_TYPE_DATE_TIME)
            return false;
        *out = cell_int(value->value.v_datetime);
        return true;
    case TYPE_OBJECT_ID:
        if (value->value_type != BSON_TYPE_OID)
            return false;
        *out = cell_blob(value->value.v_oid.bytes, 12);
        return true;
    case TYPE_LIST:
        break;
    }
    return false;
}

/* -- fields of documents ----------------------------------------------------------------------- */

enum walk { WALK_FOUND, WALK_MISSING, WALK_ODD };

static bool find_key(bson_iter_t *iter, const char *key, size_t len)
{
    while (bson_iter_next(iter)) {
        const char *here = bson_iter_key(iter);

        if (strncmp(here, key, len) == 0 && here[len] == '\0')
            return true;
    }
    return false;
}

/* A list on the way may hold several values, which no column can. */
static enum walk walk_path(bson_iter_t *iter, const char *path)
{
    for (;;) {
        const char *dot = strchr(path, '.');
        bson_iter_t parent;

        if (!find_key(iter, path, dot ? (size_t)(dot - path) : strlen(path)))
            return WALK_MISSING;
        if (!dot)
            return WALK_FOUND;
        if (BSON_ITER_HOLDS_ARRAY(iter))
            return WALK_ODD;
        if (!BSON_ITER_HOLDS_DOCUMENT(iter))
            return WALK_MISSING;
        parent = *iter;
        if (!bson_iter_recurse(&parent, iter))
            return WALK_ODD;
        path = dot + 1;
    }
}

bool cell_of_field(const struct bson_bytes *document, const char *path, enum value_type type,
                   struct cell *out)
{
    bson_iter_t iter;
    const uint8_t *data = document->data;
    enum walk walk;
    bool fits;

    *out = (struct cell){0};
    if (!bson_iter_init_from_data(&iter, data, document->len))
        return false;
    walk = walk_path(&iter, path);
    if (walk != WALK_FOUND)
        return walk == WALK_MISSING;
    fits = cell_of_value(type, bson_iter_value(&iter), out);
    /* Not into the iterator, which ends here. */
    if (fits && out->kind == CELL_BLOB)
        out->bytes = bson_iter_oid(&iter)->bytes;
    return fits;
}

/* Columns of this path that saw none of this name before: a path may have several columns. */
static uint64_t fill_cells(const struct columns *columns, bson_iter_t *iter, uint64_t *seen,
                           struct cell *out)
{
    const char *key = bson_iter_key(iter);
    uint64_t odd = 0;

    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->items[i];

        if (column->path[0] != key[0] || *seen >> i & 1 || strcmp(column->path, key) != 0)
            continue;
        *seen |= UINT64_C(1) << i;
        if (!cell_of_value(column->type, bson_iter_value(iter), &out[i]))
            odd |= UINT64_C(1) << column->number;
        else if (out[i].kind == CELL_BLOB)
            out[i].bytes = bson_iter_oid(iter)->bytes; /* not into the iterator */
    }
    return odd;
}

uint64_t cells_of_document(const struct columns *columns, const struct bson_bytes *document,
                           struct cell *out)
{
    uint64_t odd = 0, seen = 0;
    bson_iter_t iter;

    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->items[i];

        out[i] = (struct cell){0};
        if (!strchr(column->path, '.'))
            continue;
        seen |= UINT64_C(1) << i;
        if (!cell_of_field(document, column->path, column->type, &out[i]))
            odd |= UINT64_C(1) << column->number;
    }
    if (bson_iter_init_from_data(&iter, document->data, document->len))
        while (bson_iter_next(&iter))
            odd |= fill_cells(columns, &iter, &seen, out);
    return odd;
}
