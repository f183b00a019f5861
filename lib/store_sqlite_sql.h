/* SPDX-License-Identifier: MIT */
/* Values between BSON and columns (cell), and filters and orders as SQL over a table (sql,
 * compare). Private to lib/store_sqlite*.c. */
#ifndef DECANT_STORE_SQLITE_SQL_H
#define DECANT_STORE_SQLITE_SQL_H

#include "buf.h"
#include "record.h"
#include "store.h"

#include <sqlite3.h>

struct column;
struct columns;
struct connection;
struct table;

/* -- values ------------------------------------------------------------------------------------ */

/* What SQLite is given or gives, borrowed. */
struct cell {
    enum cell_kind { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT, CELL_BLOB, CELL_FILTER } kind;
    int64_t number;
    double real;
    const void *bytes; /* of a text or blob; or the filter */
    size_t len;
};

struct cell cell_int(int64_t number);
struct cell cell_text(const char *text);
struct cell cell_blob(const void *bytes, size_t len);
bool cell_equal(const struct cell *a, const struct cell *b);
void cell_bind(sqlite3_stmt *stmt, int at, const struct cell *cell);

/* The cell of a value in a column of this type. False if it is of another type (or NaN). A null
 * gives CELL_NULL and true. Texts and bytes are borrowed from value. */
bool cell_of_value(enum value_type type, const bson_value_t *value, struct cell *out);

/* The same for the field of a document; false means odd. */
bool cell_of_field(const struct bson_bytes *document, const char *path, enum value_type type,
                   struct cell *out);
/* The same for all columns, in one go over the document; returns the mask of what is odd. */
uint64_t cells_of_document(const struct columns *columns, const struct bson_bytes *document,
                           struct cell *out);

/* -- statements -------------------------------------------------------------------------------- */

struct sql {
    struct arena *arena;
    const struct table *table;
    struct buf text;
    struct cell *cells;
    size_t count;
    size_t cap;
    uint64_t odd;
};
void sql_init(struct sql *sql, struct arena *arena, const struct table *table);
void sql_add(struct sql *sql, const char *text);
/* "?" and the cell. */
void sql_cell(struct sql *sql, struct cell cell);
/* A condition for exactly the documents meant that have not expired; "1" for all. */
void sql_where(struct sql *sql, const struct filter *where);
bool sql_order(struct sql *sql, const struct sort *sort, size_t count, struct error *err);
/* The prepared statement with its cells bound; the text is released. */
sqlite3_stmt *sql_prepare(struct sql *sql, struct connection *connection, struct error *err);
const struct column *columns_find(const struct columns *columns, const char *path);

/* One comparison: what a path is in the row, and conditions for a filter's leaf. */
struct place {
    char name[16]; /* of the column; "" if there is none */
    enum value_type type;
    bool odd; /* its values may be of other types */
    bool id;  /* not null */
};
struct place sql_place(const struct sql *sql, const char *path);
void sql_match(struct sql *sql, const struct filter *filter);
/* EQ and ranges; IN; EXISTS; CONTAINS on a column of texts. */
void sql_compare(struct sql *sql, const struct filter *filter);
void sql_among(struct sql *sql, const struct filter *filter);
void sql_exists(struct sql *sql, const struct filter *filter);
void sql_contains(struct sql *sql, const struct filter *filter);

#endif
