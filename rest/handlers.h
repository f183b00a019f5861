/* SPDX-License-Identifier: MIT */
/* What answers: one function for each verb of each kind of place, as rest_routes() lists them. */
#ifndef DECANT_REST_HANDLERS_H
#define DECANT_REST_HANDLERS_H

#include "../lib/call.h"

/* home.c */
enum outcome home_get(struct call *call);
enum outcome schema_get(struct call *call);

/* read_*.c */
enum outcome collection_get(struct call *call);
enum outcome item_get(struct call *call);

/* write_*.c */
enum outcome collection_post(struct call *call);
enum outcome collection_patch(struct call *call);
enum outcome collection_delete(struct call *call);
enum outcome item_patch(struct call *call);
enum outcome item_put(struct call *call);
enum outcome item_delete(struct call *call);

/* changes.c, openapi.c, docs.c */
enum outcome changes_get(struct call *call);
enum outcome openapi_get(struct call *call);
enum outcome docs_get(struct call *call);

#endif
