/* SPDX-License-Identifier: MIT */
/* Who may pass: rate limits (429), then authentication (401) and roles; and the headers of CORS. */
#ifndef DECANT_REST_GATE_H
#define DECANT_REST_GATE_H

#include "../lib/call.h"
#include "rest.h"

/* Every handler begins here. False: *out is the reply. Adds X-RateLimit-* headers; names the user
 * (gate_user). Counts a call once, however often its step runs. */
bool gate_pass(struct call *call, enum outcome *out);

/* The authenticated user's name, or NULL. */
const char *gate_user(struct call *call);

/* Whose rows the call is about: the user, where the resource has an auth_field and the method needs
 * authentication; else NULL. */
const char *gate_owner(struct call *call);

/* Whether the client may read a resource: what is behind gate_pass() for it. */
bool gate_may_read(struct call *call, const struct resource *resource);

/* app.on_begin: CORS (X_DOMAINS, X_DOMAINS_RE) for every reply. */
void gate_begin(struct call *call);

/* Cache-Control and Expires of the resource, on replies to GET and HEAD. */
void gate_cache_headers(struct call *call);

/* The settings' own, on replies to GET and HEAD that are no resource's: errors, the entry point. */
void gate_common_cache_headers(struct call *call);

#endif
