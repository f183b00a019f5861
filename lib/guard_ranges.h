/* SPDX-License-Identifier: MIT */
/* Which addresses belong to the public internet. Private to guard.c. */
#ifndef DECANT_GUARD_RANGES_H
#define DECANT_GUARD_RANGES_H

#include <sys/socket.h>

/* NULL for globally reachable unicast; else what the address is instead ("a private address"). */
const char *address_special(const struct sockaddr *address);

#endif
