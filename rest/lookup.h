/* SPDX-License-Identifier: MIT */
/* Which document an item's address means, and which documents are within reach of a call. */
#ifndef DECANT_REST_LOOKUP_H
#define DECANT_REST_LOOKUP_H

#include "../lib/call.h"
#include "rest.h"
#include "where.h"

struct address {
    struct key key; /* by the resource's id, or by its additional lookup */
    bool by_lookup; /* by the additional lookup: for reading alone, unless lookup_writes */
};

/* From the URL's segment: item_url first, then the additional lookup. A lookup of a field that may
 * be text or number asks for both. ERROR_NOT_FOUND where neither matches; ERROR_METHOD where the
 * method is not allowed by this way (Allow is added). */
bool address_read(struct call *call, struct address *out, struct error *err);

/* The document there, if it is within reach (the owner's, of the sub-resource's parent, meant by
 * the datasource's filter); of several the first. Found are also documents that count as deleted,
 * where no other is meant: see document.deleted. out->as_text says what of it; its arena is the
 * call's. */
bool address_find(struct call *call, const struct address *address, struct document *out,
                  struct error *err);

/* The filter of everything within reach, joined with another one (or NULL): owner, parents,
 * datasource. NULL: all. ERROR_NOT_FOUND: a segment of the URL can be no value of its field. */
bool reach(struct call *call, const struct filter *where, const struct filter **out,
           struct error *err);

/* Whether everything is within reach, so that nothing need be asked about it. */
bool reach_is_all(struct call *call);

/* The fields a sub-resource's URL and the owner give to what is written there, put into a document
 * in place of what it has there. */
bool reach_fill(struct call *call, bson_t *document, struct error *err);

/* If-Match against a document: ERROR_UNCONDITIONAL (428) where one is required and was not sent,
 * ERROR_STALE (412) where it names another. Bare, quoted and weak tags and lists of them are
 * understood; `*` matches nothing. */
bool if_match(struct call *call, const struct document *document, struct error *err);

#endif
