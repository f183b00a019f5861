/* SPDX-License-Identifier: MIT */
/* What unique fields hold apart, the same on every store: what an index of MongoDB holds. A value
 * is one key, and each element of a list is one (a list in a list is a single key), but a document
 * whose keys are all null, missing or lists has none. */
#ifndef DECANT_STORE_UNIQUE_H
#define DECANT_STORE_UNIQUE_H

#include "arena.h"
#include "filter.h"
#include "record.h"

struct unique {
    struct filter_values keys;   /* those that are neither null nor lists */
    const struct filter *shared; /* means the documents that have one of all its keys: those in
                                  * whose way it is, and itself */
};

/* What the document has in a unique field. Values are borrowed from the document, path is borrowed,
 * the rest lives in the arena. False: it clashes with none. */
bool unique_of(struct arena *arena, const struct bson_bytes *document, const char *path,
               struct unique *out);

#endif
