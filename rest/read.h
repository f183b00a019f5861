/* SPDX-License-Identifier: MIT */
/* What the files read_*.c share: a GET of a list or an item on its way to a reply. */
#ifndef DECANT_REST_READ_H
#define DECANT_REST_READ_H

#include "asked.h"
#include "embed.h"
#include "links.h"
#include "page.h"
#include "render.h"
#include "rest.h"
#include "where.h"

/* -- what is shown of documents (read_display.c) */

struct display {
    const struct resource *resource;
    struct projection projection; /* if projected */
    bool projected;
    bool kept; /* just as the store keeps it as text: nothing was asked for */
    struct texts embedded;
};

bool display_read(struct call *call, const struct asked *asked, struct display *out,
                  struct error *err);
/* What is to be embedded in documents; NULL in *out if nothing. */
bool display_load(struct call *call, const struct display *display,
                  const struct documents *documents, const struct embeds **out, struct error *err);
/* Append one document. latest: of an earlier version, the number of the latest; else 0. */
void display_write(const struct display *display, const struct embeds *embeds,
                   const struct document *document, int64_t latest, struct buf *out);
/* Append all of them with commas between; loads what is embedded. */
bool display_write_all(struct call *call, const struct display *display,
                       const struct documents *documents, struct buf *out, struct error *err);

/* A buffer that goes with the call, with room for so many bytes. */
struct buf *read_buffer(struct call *call, size_t ahead);
void read_add_date(struct call *call, const char *header, int64_t ms);
/* 304, with the headers that were added. */
enum outcome read_unchanged(struct call *call);
/* What the last-but-one segments of the call's URL are as a path of links. */
void read_add_path(struct call *call, struct buf *out);

/* -- lists (read_list.c) */

struct lister {
    const struct resource *resource;
    struct asked asked;
    struct page page;
    struct linker linker;
    struct where where;
    struct display display;
    struct query query; /* of the page; .count: the total is still to be counted */
    bool by_key;        /* the order lets it go on by key */
    uint64_t version;   /* of the collection, from before anything was read */
    int64_t total;      /* -1: not known */
    bool estimated;
};

bool lister_prepare(struct call *call, struct lister *out, struct error *err);

/* Append `{"_items":[`, and what follows the last item: after is the store's. */
void lister_begin(const struct lister *lister, struct buf *out);
void lister_end(const struct lister *lister, int64_t count, const char *after, struct buf *out);

/* -- totals (read_total.c) */

/* Learn the total where that is cheap: an estimate, or one remembered for the same filter; else
 * have the query count. */
bool total_begin(struct call *call, struct lister *lister, struct error *err);
/* What the query counted; remembered if a filter made it expensive. */
void total_take(struct call *call, struct lister *lister, int64_t total);
/* Count now, where the query was to do it. */
bool total_count(struct call *call, struct lister *lister, struct error *err);

/* -- long lists (read_stream.c) */

enum { LONG_LIST = 1000 };

/* Whether the list is so long that it is sent in pieces. */
bool lister_is_long(struct call *call, const struct lister *lister);
enum outcome lister_stream(struct call *call, const struct lister *lister);

/* -- items (read_item.c) */

struct item {
    const struct resource *resource;
    struct asked asked;
    struct display display;
    struct document document; /* what is shown; at first as it is now */
    const struct embeds *embeds;
    int64_t latest;     /* of a versioned resource: the number of the version that holds now */
    bool versioned;     /* a version was asked for */
    char tag[64];       /* "" if there is none */
    int64_t updated_ms; /* of the latest version, and of what is embedded */
};

/* Read what is to be embedded in the document, and make the tag. */
bool item_load(struct call *call, struct item *item, struct error *err);
/* Whether the client has it already. */
bool item_is_unchanged(struct call *call, const struct item *item);
/* ETag, Last-Modified, and the resource's cache headers. */
void item_add_headers(struct call *call, const struct item *item);
/* Reply with the document: as deleted with 404, as unchanged with 304. */
enum outcome item_send(struct call *call, const struct item *item);

/* GET /resource/:item?version= (read_versions.c). */
enum outcome item_get_version(struct call *call, struct item *item);
/* The links of an earlier version to the item and to its versions, as JSON members. */
void version_add_links(const struct item *item, struct buf *out);

#endif
