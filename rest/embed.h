/* SPDX-License-Identifier: MIT */
/* Embedding: references replaced by the documents they lead to, with one read for each embedded
 * field of a whole page. */
#ifndef DECANT_REST_EMBED_H
#define DECANT_REST_EMBED_H

#include "../lib/call.h"
#include "settings.h"
#include "where.h"

struct embeds;

/* Read what the documents refer to by these paths (parents first, so that `a.b` goes on from the
 * documents embedded at `a`). Dangling references become null, and are left out of lists.
 * Documents that count as deleted and other users' rows dangle. */
bool embed_load(struct call *call, const struct resource *resource, const struct texts *paths,
                const struct documents *documents, const struct embeds **out, struct error *err);

/* While a document is rendered: the text of what a reference at this path is replaced by; NULL if
 * the path is not embedded. "" for a dangling one. */
const struct document *embed_find(const struct embeds *embeds, const char *path,
                                  const bson_value_t *reference, bool *embedded);
const struct resource *embed_resource(const struct embeds *embeds, const char *path);

/* The newest `_updated` among all that was embedded; 0 if nothing was. */
int64_t embed_updated(const struct embeds *embeds);

#endif
