/* SPDX-License-Identifier: MIT */
/* The history of versioned resources, in a collection of its own beside the resource's, as Eve
 * keeps it: a copy of the document for each version, the newest too, under an _id of its own, with
 * `_id_document` for the document's. */
#ifndef DECANT_REST_VERSIONS_H
#define DECANT_REST_VERSIONS_H

#include "settings.h"

#define VERSIONS_ID "_id_document"

/* Inside a work, after a document was written (its `_version` says which one it is): keep a copy.
 */
bool versions_keep(struct store *store, const struct resource *resource,
                   const struct document *document, struct error *err);
/* The `_version` of a document; 1 for one that was stored before versions were kept. */
int64_t version_of(const struct resource *resource, const struct document *document);

/* Whose versions are meant. */
struct history {
    const struct resource *resource;
    const bson_value_t *id; /* of the document */
};

/* Inside a work: forget all versions of a document that was removed for good. */
bool versions_drop(struct store *store, const struct history *history, struct error *err);
/* Version number n of a document (found.bson is in the document's own shape: _id is the document's,
 * VERSIONS_ID is gone). ERROR_NOT_FOUND. */
bool versions_get(struct store *store, const struct history *history, int64_t number,
                  struct document *found, struct error *err);
/* All of them, oldest first, in the document's own shape. */
bool versions_find(struct store *store, const struct history *history, const struct query *query,
                   struct documents *out, struct error *err);

#endif
