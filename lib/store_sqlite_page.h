/* SPDX-License-Identifier: MIT */
/* Pages of lists (store_sqlite_page.c), and their rows (store_sqlite_read.c). Private to
 * lib/store_sqlite*.c. */
#ifndef DECANT_STORE_SQLITE_PAGE_H
#define DECANT_STORE_SQLITE_PAGE_H

#include "store_sqlite.h"

/* A list on its way; all up to `most` is in. Of one snapshot if the query is paged by keys. */
struct page {
    struct connection *connection;
    const struct table *table;
    const struct query *query;
    struct documents *out;
    const char *match; /* an expression of FTS5 that rows must match, or NULL */
    size_t most;       /* the newest hits of it that count */
    struct cell last;  /* the _id of a full page's last row; in scratch memory */
    uint64_t odd;      /* the table's, for all of the page */
    size_t cap;
};
bool page_read(struct page *page, struct error *err);
/* The row, whose _id is the last column, is the last of a full page. */
void page_keep(struct page *page, sqlite3_stmt *stmt);
/* Add the rows to the page. */
bool read_rows(struct page *page, sqlite3_stmt *stmt, struct error *err);

#endif
