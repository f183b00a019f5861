/* SPDX-License-Identifier: MIT */
/* Rows as documents and as texts, those that count as deleted, and what slow queries did. Private
 * to lib/store_sqlite*.c. */
#ifndef DECANT_STORE_SQLITE_ROWS_H
#define DECANT_STORE_SQLITE_ROWS_H

#include "store_sqlite.h"

/* reply */
/* The row of a statement that selected columns.fields[] (as out->as_text asks, see reply_asked()).
 */
void read_document(const struct table *table, sqlite3_stmt *stmt, struct document *out);
/* Whether texts are asked for and kept: which of columns.fields[] to select. */
static inline bool reply_asked(const struct table *table, bool as_text)
{
    return as_text && table->collection->text;
}
/* The text of a document, in connection->text until the next. */
void reply_make(struct connection *connection, const struct table *table,
                const struct document *document);
/* Make place for texts where one is declared, and the index of rows that lack them. */
bool reply_prepare(struct connection *connection, const struct table *table, struct error *err);
/* Whether there is a text to be brought up to date. */
bool reply_is_stale(struct connection *connection, const struct table *table);
/* On the writer: bring some up to date. */
bool reply_renew(struct connection *connection, const struct table *table, struct error *err);

/* deleted */
/* Whether the document counts as deleted to the file. */
bool deleted_holds(const struct columns *columns, const struct bson_bytes *document);
/* Count by the declared field from now on, where that was not so. */
bool deleted_prepare(struct connection *connection, const struct table *table, struct error *err);

/* slow */
/* Watch the statements of a query until its reading_end(), which tells of them if it was slow. */
void slow_begin(struct reading *reading, const struct table *table);
/* While one is watched. */
void slow_note(struct connection *connection, const char *sql);
void slow_end(struct reading *reading);

#endif
