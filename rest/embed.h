/* SPDX-License-Identifier: MIT */
/* Embedding: references replaced by the documents they lead to, with one read for each embedded
 * field of a whole page (and each thousand references). */
#ifndef DECANT_REST_EMBED_H
#define DECANT_REST_EMBED_H

#include "../lib/call.h"
#include "settings.h"
#include "step.h"
#include "where.h"

struct embeds;

/* Read what documents of the call's resource refer to by these paths (parents first, so that `a.b`
 * goes on from the documents embedded at `a`). Dangling references become null, and are left out of
 * lists. Documents that count as deleted, those that the resource's own filter leaves out and other
 * users' rows dangle; documents that count as deleted embed nothing. Paths that lead to no relation
 * are passed over. What is returned points into the documents. ERROR_INVALID: embedding would show
 * more than EMBED_MAX_BYTES of documents. */
bool embed_load(struct call *call, const struct texts *paths, const struct documents *documents,
                const struct embeds **out, struct error *err);

/* As BSON, each counted as often as it is shown: lists of references embedded in what lists of
 * references embedded grow fast. */
enum { EMBED_MAX_BYTES = 32 * 1024 * 1024 };

/* The same without a call, for any resource. */
struct embed_request {
    struct arena *arena;
    struct store *store;
    const char *user; /* who asks; NULL: nobody */
    const struct resource *resource;
    const struct texts *paths;
};
bool embed_read(const struct embed_request *request, const struct documents *documents,
                const struct embeds **out, struct error *err);

/* While a document is rendered: what the reference at this place is replaced by. False: nothing is
 * embedded there. */
struct embedded {
    const struct resource *resource;
    const struct document *document; /* NULL: the reference dangles */
    int64_t latest_version;          /* 0: the document is the latest; see struct view */
};
bool embed_find(const struct embeds *embeds, const struct step *at, const bson_value_t *reference,
                struct embedded *out);
/* Whether something is embedded at this place or below it. */
bool embed_reaches(const struct embeds *embeds, const struct step *at);

/* The relation of a field or of its items; NULL if it holds no references. */
static inline const struct relation *embed_relation(const struct rules *rules)
{
    if (rules && !rules->relation)
        rules = rules->each;
    return rules ? rules->relation : NULL;
}

/* The newest `_updated` among all that was embedded; 0 if nothing was. */
int64_t embed_updated(const struct embeds *embeds);

#endif
