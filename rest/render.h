/* SPDX-License-Identifier: MIT */
/* Documents as replies show them: JSON text made from BSON. */
#ifndef DECANT_REST_RENDER_H
#define DECANT_REST_RENDER_H

#include "../lib/buf.h"
#include "../lib/store.h"
#include "settings.h"
#include "where.h"

/* What is shown of a document. */
struct view {
    const struct resource *resource;
    const struct projection *projection; /* NULL: the server's */
    const struct embeds *embeds;         /* NULL: none; see embed.h */
    bool links;                          /* _links, where the resource has them */
    bool all_related;                    /* related ones of what the projection leaves out too */
    int64_t latest_version;              /* 0: the document is the latest itself, and was not asked
                                          * for by its number; else self says ?version=… */
};

/* {"_id":…, the document's fields in their order, "_updated", "_created", "_etag", with versions
 * "_version" and "_latest_version", with soft delete "_deleted",
 * "_links":{"self":{…},"related":…}}. _links comes last, and self first in it. */
void render_document(const struct view *view, const struct document *document, struct buf *out);

/* The same as a store_text of a resource's collection: context is the resource. This is what lists
 * and items are assembled from. */
void render_kept(const void *resource, const struct document *document, struct buf *out);
/* The hash of what shapes it; the version of this module included. */
uint64_t render_shape(const struct resource *resource);

/* One value as JSON: dates in the settings' format (RFC 1123 unless it says otherwise), ObjectIds
 * as 24 hex digits, integers exact, doubles shortest, non-ASCII escaped as \uXXXX; binaries base64,
 * decimals as texts; what JSON has nothing for, and levels beyond 200, null. */
void render_value(const struct settings *settings, const bson_value_t *value, struct buf *out);
void render_text(const char *text, size_t len, struct buf *out);
/* A date as RFC 1123 ("Mon, 01 Jan 2024 00:00:00 GMT"), whole seconds. NUL-terminated. */
enum { RENDER_DATE_SIZE = 30 };
void render_http_date(int64_t ms, char out[RENDER_DATE_SIZE]);

/* The id of a document as it stands in an address: hex, text or digits, percent-encoded where
 * needed. */
void render_id(const bson_value_t *id, struct buf *out);

/* The href of an item without link_base, "posts/<id>", of the document's own field for resources
 * with another id_field; of a sub-resource with its parents' values filled in. The settings' texts
 * are written as they are. */
void render_item_href(const struct resource *resource, const struct document *document,
                      struct buf *out);

#endif
