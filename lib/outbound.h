/* SPDX-License-Identifier: MIT */
/* One HTTP request to an address that a user chose, made by blocking the calling thread (BLOCKS
 * steps only). Guarded (guard.h), without redirects, with one time limit and one size limit. */
#ifndef DECANT_OUTBOUND_H
#define DECANT_OUTBOUND_H

#include "arena.h"
#include "error.h"
#include "guard.h"

#include <stddef.h>

struct outbound {
    const char *method; /* "GET" or "POST" */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    const char *body;           /* NULL: none */
    size_t body_len;
    size_t max_reply; /* bytes; more is ERROR_UPSTREAM */
    int timeout_ms;   /* from start to last byte */
};

struct outbound_reply {
    struct arena *arena; /* in: where body and type go */
    int status;
    const char *type; /* Content-Type, or "" */
    const char *body; /* NUL-terminated */
    size_t len;
};

/* Once a process, before threads: a connection that breaks is an error, not a signal. libcurl
 * itself is loaded by the first request. */
void outbound_init(void);

/* ERROR_REFUSED: the guard said no. ERROR_TIMEOUT, ERROR_UPSTREAM: as their names say. Any status
 * the receiver sends, also 3xx, is success here. */
bool outbound_send(const struct guard *guard, const struct outbound *request,
                   struct outbound_reply *reply, struct error *err);

#endif
