/* SPDX-License-Identifier: MIT */
/* Which page of a list a client asks for. As in Eve nothing here is an error: what is no number
 * counts as not sent. Pure functions. */
#ifndef DECANT_REST_PAGE_H
#define DECANT_REST_PAGE_H

#include "settings.h"

#include <stdbool.h>
#include <stdint.h>

struct page {
    bool paged;     /* the resource has pagination */
    int64_t number; /* from 1; of a negative one the absolute value */
    int64_t size;   /* max_results, between 1 and the limit; 0: no end (pagination is off) */
    int64_t usual;  /* what size is when nothing is asked for: links leave that one out */
};

/* The texts of `page` and `max_results`, or NULL. A fraction of max_results is cut off ("2.7" is 2,
 * "1e1" is 10), a fraction of page is no number. */
void page_asked(const struct resource *resource, const char *number, const char *size,
                struct page *out);

/* For a query: documents before the page, and on it at most (INT64_MAX: no end). */
int64_t page_skip(const struct page *page);
int64_t page_limit(const struct page *page);

/* Whether documents are left behind the page, and the number of the last page; total > 0. */
bool page_has_next(const struct page *page, int64_t total);
int64_t page_last(const struct page *page, int64_t total);

#endif
