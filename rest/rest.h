/* SPDX-License-Identifier: MIT */
/* What the handlers of a REST server share: call_context() is a struct rest, call_about() a struct
 * endpoint. */
#ifndef DECANT_REST_REST_H
#define DECANT_REST_REST_H

#include "../lib/call.h"
#include "../lib/memo.h"
#include "settings.h"

struct limits;

struct rest {
    const struct settings *settings;
    struct store *store;
    struct memo *totals;    /* filtered totals by filter and version */
    struct limits *limits;  /* who asked how often; NULL: no limits */
    struct templates *docs; /* docs.h */
};

/* The name of the segment of an item's address: call_param(). */
#define ITEM_SEGMENT "_lookup"

enum endpoint_kind { AT_HOME, AT_COLLECTION, AT_ITEM, AT_SCHEMA, AT_OTHER };

struct endpoint {
    const struct resource *resource; /* NULL where it is about none */
    enum endpoint_kind kind;
};

static inline const struct rest *rest_of(struct call *call)
{
    return call_context(call);
}

static inline const struct resource *resource_of(struct call *call)
{
    return ((const struct endpoint *)call_about(call))->resource;
}

/* All routes of the settings, ended by .method NULL, in the settings' arena. */
const struct route *rest_routes(struct settings *settings);

#endif
