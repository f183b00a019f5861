/* SPDX-License-Identifier: MIT */
/* Looking up a name within a time limit. Private to outbound.c. */
#ifndef DECANT_OUTBOUND_RESOLVE_H
#define DECANT_OUTBOUND_RESOLVE_H

#include "error.h"

#include <netdb.h>

/* The addresses of host for TCP, to be freed by freeaddrinfo(). Blocks the calling thread for at
 * most timeout_ms: ERROR_TIMEOUT. ERROR_UPSTREAM: there is no such name. ERROR_BUSY: too many
 * look-ups are under way. Thread-safe. */
struct addrinfo *resolve(const char *host, int port, int timeout_ms, struct error *err);

#endif
