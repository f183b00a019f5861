/* SPDX-License-Identifier: MIT */
/* One comparison of a filter as SQL: by the column where that can tell, by the BSON where not. */
#include "store_sqlite.h"

#include <math.h>
#include <string.h>

struct place sql_place(const struct sql *sql, const char *path)
{
    const struct column *column;
    struct place place = {0};

    if (path[0] == '_') {
        place.id = true;
        place.type = TYPE_DATE;
        if (strcmp(path, "_id") == 0) {
            memcpy(place.name, "_id", 4);
            place.type = sql->table->collection->id_type;
        } else if (strcmp(path, "_created") == 0 || strcmp(path, "_updated") == 0) {
            memcpy(place.name, path + 1, strlen(path));
        }
        if (place.name[0])
            return place;
        place = (struct place){0};
    }
    column = columns_find(sql->table->read, path);
    if (!column)
        return place;
    place.name[0] = 'c';
    place.name[1] = (char)('0' + column->number / 10);
    place.name[2] = (char)('0' + column->number % 10);
    if (column->number < 10) {
        place.name[1] = place.name[2];
        place.name[2] = '\0';
    }
    place.type = column->type;
    place.odd = sql->odd >> column->number & 1;
    return place;
}

/* Whether it asks for what is a column and no member. */
static bool asks_for_times(const struct filter *filter)
{
    if (filter->path)
        return strcmp(filter->path, "_created") == 0 || strcmp(filter->path, "_updated") == 0;
    for (size_t i = 0; i < filter->count; i++)
        if (asks_for_times(filter->children[i]))
            return true;
    return false;
}

void sql_match(struct sql *sql, const struct filter *filter)
{
    sql_add(sql, "decant_match(");
    sql_cell(sql, (struct cell){.kind = CELL_FILTER, .bytes = filter});
    sql_add(sql, asks_for_times(filter) ? ",bson,created,updated)" : ",bson)");
}

/* After a condition on the column: rows whose value is odd are decided by the BSON. */
static void add_odd(struct sql *sql, const struct place *place, const struct filter *filter)
{
    if (!place->odd)
        return;
    sql_add(sql, " OR (odd<>0 AND ");
    sql_match(sql, filter);
    sql_add(sql, ")");
}

static const char *operator_of(enum filter_op op)
{
    switch (op) {
    case FILTER_GT:
        return ">";
    case FILTER_GTE:
        return ">=";
    case FILTER_LT:
        return "<";
    case FILTER_LTE:
        return "<=";
    default:
        return "=";
    }
}

static bool is_range(enum filter_op op)
{
    return op == FILTER_GT || op == FILTER_GTE || op == FILTER_LT || op == FILTER_LTE;
}

/* Null stands for missing too; ranges with null mean it or nothing. */
static void add_null(struct sql *sql, const struct place *place, const struct filter *filter)
{
    if (filter->op == FILTER_GT || filter->op == FILTER_LT || place->id) {
        sql_add(sql, "0");
        return;
    }
    sql_add(sql, place->name);
    sql_add(sql, " IS NULL");
    if (!place->odd)
        return;
    sql_add(sql, " AND (odd=0 OR ");
    sql_match(sql, filter);
    sql_add(sql, ")");
}

static bool is_nan(const bson_value_t *value)
{
    return value->value_type == BSON_TYPE_DOUBLE && isnan(value->value.v_double);
}

/* Which literals a column cannot compare itself: another numeric kind, what sorts specially, and
 * the least and the greatest, which compare with every type. */
static bool beyond_columns(const struct place *place, const struct filter *filter)
{
    if (filter->value.value_type == BSON_TYPE_DECIMAL128 || is_nan(&filter->value) ||
        filter->value.value_type == BSON_TYPE_MINKEY ||
        filter->value.value_type == BSON_TYPE_MAXKEY)
        return true;
    return place->type == TYPE_ANY && is_range(filter->op);
}

static bool cell_of_literal(const struct sql *sql, const struct place *place,
                            const bson_value_t *value, struct cell *out)
{
    if (place->id && value->value_type == BSON_TYPE_NULL)
        return false;
    if (!cell_of_value(place->type, value, out))
        return false;
    if (out->kind == CELL_BLOB)
        out->bytes = arena_copy(sql->arena, out->bytes, out->len);
    return true;
}

/* EQ, NE and ranges; NE is told apart by the caller, which negates. */
void sql_compare(struct sql *sql, const struct filter *filter)
{
    struct place place = sql_place(sql, filter->path);
    struct cell cell;

    if (!place.name[0] || beyond_columns(&place, filter)) {
        sql_match(sql, filter);
        return;
    }
    if (filter->value.value_type == BSON_TYPE_NULL) {
        add_null(sql, &place, filter);
        return;
    }
    if (cell_of_literal(sql, &place, &filter->value, &cell)) {
        sql_add(sql, place.name);
        sql_add(sql, operator_of(filter->op));
        sql_cell(sql, cell);
    } else {
        sql_add(sql, "0");
    }
    add_odd(sql, &place, filter);
}

/* Few shapes, so that statements are found again: lists are filled up with their last value. */
static size_t padded(size_t count)
{
    static const size_t sizes[] = {1, 4, 16, 32, 128, 512};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (count <= sizes[i])
            return sizes[i];
    return FILTER_MAX_VALUES;
}

static void add_values(struct sql *sql, const struct place *place, const struct cell *cells,
                       size_t count)
{
    sql_add(sql, place->name);
    sql_add(sql, " IN (");
    for (size_t i = 0; i < padded(count); i++) {
        if (i)
            sql_add(sql, ",");
        sql_cell(sql, cells[i < count ? i : count - 1]);
    }
    sql_add(sql, ")");
}

void sql_among(struct sql *sql, const struct filter *filter)
{
    struct place place = sql_place(sql, filter->path);
    struct cell *cells = arena_alloc(sql->arena, (filter->count + 1) * sizeof(*cells));
    size_t count = 0;
    bool null = false, beyond = !place.name[0];

    for (size_t i = 0; !beyond && i < filter->count; i++) {
        const bson_value_t *value = &filter->values[i];

        beyond = value->value_type == BSON_TYPE_DECIMAL128 || is_nan(value);
        if (value->value_type == BSON_TYPE_NULL)
            null = true;
        else if (cell_of_literal(sql, &place, value, &cells[count]))
            count++;
    }
    if (beyond || (null && !place.id)) {
        sql_match(sql, filter);
        return;
    }
    if (count)
        add_values(sql, &place, cells, count);
    else
        sql_add(sql, "0");
    add_odd(sql, &place, filter);
}

void sql_exists(struct sql *sql, const struct filter *filter)
{
    struct place place = sql_place(sql, filter->path);
    bool wanted = filter->value.value_type != BSON_TYPE_BOOL || filter->value.value.v_bool;

    if (place.id) {
        sql_add(sql, wanted ? "1" : "0");
        return;
    }
    if (place.name[0]) {
        sql_add(sql, place.name);
        sql_add(sql, wanted ? " IS NOT NULL OR " : " IS NULL AND ");
    }
    sql_match(sql, filter);
}

/* As blobs: of texts instr() compares characters, which is not the same where one is no UTF-8. */
void sql_contains(struct sql *sql, const struct filter *filter)
{
    struct place place = sql_place(sql, filter->path);
    struct cell cell;

    if (!cell_of_literal(sql, &place, &filter->value, &cell) || cell.kind != CELL_TEXT) {
        sql_match(sql, filter);
        return;
    }
    cell.kind = CELL_BLOB;
    sql_add(sql, "instr(CAST(");
    sql_add(sql, place.name);
    sql_add(sql, " AS BLOB),");
    sql_cell(sql, cell);
    sql_add(sql, ")>0");
    add_odd(sql, &place, filter);
}
