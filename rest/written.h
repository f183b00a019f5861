/* SPDX-License-Identifier: MIT */
/* Replies to writes, in Eve's shapes. */
#ifndef DECANT_REST_WRITTEN_H
#define DECANT_REST_WRITTEN_H

#include "../lib/call.h"
#include "issues.h"
#include "settings.h"

/* A document as it is now, with `_status`: the meta fields and extra_response_fields alone with a
 * bandwidth saver, else all that a read shows. */
void written_document(const struct resource *resource, const struct document *document,
                      struct buf *out);
/* {"_status":"OK","_items":[…]}, of a bulk insert. */
void written_documents(const struct resource *resource, const struct document *documents,
                       size_t count, struct buf *out);

/* {"_status":"ERR","_issues":{…}}, of a PATCH or PUT. */
void written_issues(const struct resource *resource, const struct issues *issues, struct buf *out);
/* The same of an insert: with `_error`, and where several were sent a status for each. */
void written_failure(const struct resource *resource, const struct issues *issues, size_t count,
                     struct buf *out);
/* {"_status":"OK","_meta":{"matched":n,"modified":n}}, of a change by filter. */
void written_counts(const struct resource *resource, int64_t matched, int64_t modified,
                    struct buf *out);

/* The same as replies. */
enum outcome written_reply(struct call *call, int status, const struct buf *body);
enum outcome written_refusal(struct call *call, const struct issues *issues);
enum { WRITTEN_AHEAD = 512 }; /* bytes most replies fit in */

/* Headers: Location, the prefix included; ETag, where the resource has etags. */
void written_location(struct call *call, const struct document *document);
void written_etag(struct call *call, const struct document *document);

#endif
