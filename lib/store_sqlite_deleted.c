/* SPDX-License-Identifier: MIT */
/* Documents that count as deleted: the file says by which field, counts them, and its unique
 * indexes leave them out, whoever declared that. Only who declares it has them hidden. */
#include "store_sqlite_change.h"

bool deleted_holds(const struct columns *columns, const struct bson_bytes *document)
{
    struct cell cell;

    return columns->gone >= 0 &&
           cell_of_field(document, columns->items[columns->gone].path, TYPE_BOOL, &cell) &&
           cell.kind == CELL_INT && cell.number;
}

bool deleted_says(const struct row *row, int at)
{
    return at >= 0 && row->cells[at].kind == CELL_INT && row->cells[at].number;
}

/* Processes that write already have to look at the file again, though its schema may be the same.
 */
static bool make_others_look(struct connection *connection, struct error *err)
{
    int64_t version;

    return connection_number(connection, "PRAGMA schema_version", &version, err) &&
           schema_printf(connection, err, "PRAGMA schema_version=%lld", (long long)version + 1);
}

bool deleted_prepare(struct connection *connection, const struct table *table, struct error *err)
{
    const struct columns *columns = table->write;
    int number;

    if (columns->deleted < 0 || columns->deleted == columns->gone)
        return true;
    number = columns->items[columns->deleted].number;
    return schema_printf(connection, err,
                         "UPDATE decant_tables SET gone=%d,"
                         "deleted=(SELECT count(*) FROM t%d WHERE c%d IS 1) WHERE number=%d",
                         number, table->number, number, table->number) &&
           make_others_look(connection, err);
}
