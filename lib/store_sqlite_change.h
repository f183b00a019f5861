/* SPDX-License-Identifier: MIT */
/* What the files that change rows share (store_sqlite_change.c, _row.c, _clash.c, _bulk.c,
 * _direct.c and the word index of _text.c). Private to the SQLite adapter, and only for the
 * writer's thread. */
#ifndef DECANT_STORE_SQLITE_CHANGE_H
#define DECANT_STORE_SQLITE_CHANGE_H

#include "store_sqlite_rows.h"

/* Where a change goes. */
struct target {
    struct connection *connection;
    struct table *table;
};

/* text */
/* Put a row's words into the word index, or take them out. */
bool text_index(const struct target *target, int64_t row, const struct bson_bytes *document,
                bool add, struct error *err);
bool text_changed(const struct table *table, const struct bson_bytes *before,
                  const struct bson_bytes *after);

/* change, bulk and row */
struct row {
    struct cell id;
    struct cell cells[MAX_COLUMNS];
    uint64_t odd;
    struct bson_bytes bson;
    uint8_t etag[ETAG_BYTES];
    int64_t created_ms, updated_ms;
    struct buf text; /* borrowed from the connection; where one is kept */
};
/* Columns, required fields, the _id's type. */
bool row_make(const struct table *table, struct bson_bytes document, struct row *out,
              struct error *err);
/* The stored row; its bson is borrowed from the arena. */
struct stored {
    bool found;
    int64_t row; /* of a table with rowids */
    struct cell id;
    uint8_t etag[ETAG_BYTES];
    int64_t created_ms;
    struct bson_bytes bson;
};
/* The rows that are meant and not yet expired, at most so many, with the columns of a struct
 * stored. */
sqlite3_stmt *stored_select(const struct target *target, const struct filter *where, bool live_only,
                            int most, struct error *err);
/* A change of the table was made, with these odd columns. */
void row_note(const struct target *target, uint64_t odd);
/* Of so many documents, so many of which count as deleted. */
void row_count(const struct target *target, int documents, int deleted);
bool row_insert(const struct target *target, struct row *row, struct error *err);
bool row_update(const struct target *target, const struct stored *stored, struct row *row,
                struct error *err);
bool row_remove(const struct target *target, const struct stored *stored, struct error *err);
/* Copy a row of seq, _id, etag, created, bson into the connection's scratch memory. */
void change_keep(struct connection *connection, sqlite3_stmt *stmt, struct stored *out);
/* What the batch has counted so far, to go back to when part of it is undone. Freed by the caller.
 */
struct pending *change_save(const struct sqlite_store *store);
void change_restore(struct sqlite_store *store, const struct pending *saved);
/* Whether a work is running on this thread that has met no internal error. */
bool changing_allowed(const struct sqlite_store *store, struct error *err);
/* The writer and the collection's table, where that is so. */
bool changing_begin(struct store *store, const struct collection *collection, struct target *out,
                    struct error *err);
bool sqlite_insert(struct store *store, const struct collection *collection, const bson_t *document,
                   struct document *after, struct error *err);
bool sqlite_replace(struct store *store, const struct collection *collection, struct key key,
                    const struct replacement *replacement, struct error *err);
bool sqlite_update(struct store *store, const struct collection *collection, struct key key,
                   const struct update *update, struct error *err);
bool sqlite_delete(struct store *store, const struct collection *collection, struct key key,
                   const char *if_etag, struct error *err);
bool sqlite_delete_where(struct store *store, const struct collection *collection,
                         const struct filter *where, int64_t *deleted, struct error *err);
bool sqlite_transact(struct store *store,
                     bool (*change)(void *context, struct store *store, struct error *err),
                     void *context, struct error *err);
/* Delete up to SWEEP_ROWS expired documents of the table; how many. */
bool change_sweep(const struct target *target, int64_t *swept, struct error *err);

/* Whether the row's column that is this item of its table's says true; -1: none does. */
bool deleted_says(const struct row *row, int at);

/* reply */
/* Make the row's text, where one is kept. */
void reply_of_row(const struct target *target, struct row *row);
void reply_bind(sqlite3_stmt *stmt, int at, const struct buf *text);
/* The row as the document it is now. */
void reply_tell(const struct target *target, const struct row *row, struct document *after);

/* clash */
/* Whether another document has a unique value of the row which no index holds apart: that needs a
 * list, or another value that no column can hold, on either side. before: the row as it is stored,
 * NULL for a new one. Values of expired documents are made free. ERROR_CONFLICT, ERROR_REFUSED as
 * clash_name() has it. */
bool clash_check(const struct target *target, const struct stored *before, const struct row *row,
                 struct error *err);
/* For a row that was refused: ERROR_CONFLICT where its _id is taken, else ERROR_REFUSED with the
 * names of all fields whose values are. Returns false. */
bool clash_name(const struct target *target, const struct row *row, bool insert, struct error *err);

/* direct */
bool direct_register(struct connection *connection, struct error *err);
/* Whether the row of such a key may be changed without being looked at. */
bool direct_fits(const struct table *table, const struct key *key);
/* ERROR_NOT_FOUND; what document_apply() and document_check() refuse. */
bool direct_update(const struct target *target, const struct key *key, const struct update *update,
                   struct error *err);
bool direct_remove(const struct target *target, const struct key *key, struct error *err);

#endif
