/* SPDX-License-Identifier: MIT */
/* The log of operations (OPLOG): one document for each change, in the resource of that name, as Eve
 * keeps it: `r` the resource's URL, `o` the method, `i` the document's id; with OPLOG_AUDIT `ip`
 * the client's address, `u` the user ("n/a" without one) and, for OPLOG_CHANGE_METHODS, `c` the
 * changes. */
#ifndef DECANT_REST_OPLOG_H
#define DECANT_REST_OPLOG_H

#include "rest.h"

struct operation {
    enum methods method;
    const bson_value_t *id;
    const bson_t *changes; /* of a DELETE: what there was */
};

/* Whether operations of this method are logged. */
bool oplog_wants(const struct resource *resource, enum methods method);

/* Inside a work, with the change itself: keep an entry, if it is wanted. */
bool oplog_keep(struct call *call, const struct operation *operation, struct error *err);

#endif
