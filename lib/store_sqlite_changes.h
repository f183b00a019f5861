/* SPDX-License-Identifier: MIT */
/* The feed of changes (store_sqlite_changes.c). Private to lib/store_sqlite*.c. */
#ifndef DECANT_STORE_SQLITE_CHANGES_H
#define DECANT_STORE_SQLITE_CHANGES_H

#include "store_sqlite.h"

/* The tables of the feed, where the file has none; in a transaction. */
bool changes_make(sqlite3 *db);
/* From now on the feed has what happens to the table, if its collection is followed. */
bool changes_follow(struct connection *connection, const struct table *table, struct error *err);
bool sqlite_changes(struct store *store, const char *after, size_t limit, struct store_changes *out,
                    struct error *err);
/* Whether more changes are there than are to be kept; delete some of those, more tells if some are
 * left. */
bool changes_have_grown(struct connection *connection);
bool changes_sweep(struct connection *connection, bool *more, struct error *err);

#endif
