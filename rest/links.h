/* SPDX-License-Identifier: MIT */
/* The end of a list's reply: its links and what is said about it. Links are relative to the API's
 * root (with LINK_BASE before them) and can be followed as they are: whatever RFC 3986 section 3.4
 * does not allow in a query, and `&`, `#`, `%` and `+`, is percent-encoded. All of the query is
 * kept, projection and embedded too. */
#ifndef DECANT_REST_LINKS_H
#define DECANT_REST_LINKS_H

#include "../lib/arena.h"
#include "../lib/buf.h"
#include "asked.h"
#include "page.h"

/* Where the pages of a list are. */
struct linker {
    const char *path;   /* within a JSON text: "posts", of a sub-resource "authors/1/posts" */
    const char *before; /* of the query, what stands before the page, or "" */
    const char *behind; /* and behind it */
};

/* path is as above, page_asked() filled page. Texts are made in the arena. */
void linker_init(const struct resource *resource, const struct asked *asked,
                 const struct page *page, struct arena *arena, struct linker *out);

/* {"title":…,"href":…} of the API's home, and of anything else; href is within a JSON text. */
void link_home(const struct settings *settings, struct buf *out);
void link_write(const char *title, const char *href, struct buf *out);

/* Append a text as it stands within a JSON text. */
void link_escape(const char *text, size_t len, struct buf *out);

/* Append the path of a resource as it stands in links, LINK_BASE before it: `<…:field>` segments of
 * a sub-resource are filled in by value(context, i), percent-encoded. For within a JSON text. */
void link_path(const struct resource *resource, const char *(*value)(void *context, size_t i),
               void *context, struct buf *out);

/* What is known of one page of a list. */
struct listing {
    const struct resource *resource;
    const struct linker *linker;
    const struct page *page;
    const char *self_title;
    const char *up;          /* `"parent":…` and others, JSON members; NULL: the home */
    int64_t count;           /* documents on it */
    int64_t total;           /* -1: not counted */
    bool estimated;          /* total is not exact */
    const char *asked_after; /* the key it was asked with, or NULL */
    const char *after;       /* the key to go on with; NULL: by number, or where asked_after: end */
};

/* Append `,"_links":{…},"_meta":{…}`: what the settings want of it. Pages that were asked for by
 * key have no number: they link neither to the page before nor to the last, and _meta says page 1.
 */
void listing_write(const struct listing *listing, struct buf *out);

#endif
