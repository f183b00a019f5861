/* SPDX-License-Identifier: MIT */
/* Where requests of ours may go when a user chose the address: never into private networks. Checked
 * twice: the URL's text before anything is sent, and the socket's address when it is opened, so
 * that a name which resolves to something else the second time gains nothing. */
#ifndef DECANT_GUARD_H
#define DECANT_GUARD_H

#include "error.h"

#include <stdbool.h>
#include <sys/socket.h>

/* Exceptions such as "127.0.0.1:9000,hook.test:80" (--allow-hosts), for tests and for deliveries
 * inside a network on purpose. */
struct guard;

/* allow_hosts: NULL or "" for none; an entry without a port means every port; IPv6 in brackets. A
 * name that is listed may have any address. ERROR_INVALID names the entry that is none. */
struct guard *guard_open(const char *allow_hosts, struct error *err);
void guard_close(struct guard *guard);

/* Where a URL that passed the rules leads. */
struct guard_target {
    bool tls;
    int port;
    char host[256];   /* lower case, without brackets and without the last dot */
    bool is_v6;       /* host is an IPv6 address, to be bracketed in a URL */
    const char *rest; /* into the URL: what follows host and port, "" or from '/' or '?' on */
};

/* The rules for the text: http or https, no userinfo, printable ASCII, no backslash, no percent
 * sign in the host, a dotted quad of four plain decimals where the last label is a number, at least
 * two labels otherwise and not ending in localhost, local or internal; ports 80, 443 and
 * 1024-65535. An address written in the URL is judged as guard_address() does. ERROR_REFUSED says
 * which rule. */
bool guard_url(const struct guard *guard, const char *url, struct error *err);

/* The same, and say what was found. out is written only on success. */
bool guard_split(const struct guard *guard, const char *url, struct guard_target *out,
                 struct error *err);

/* The rules for an address (IPv4 or IPv6, IPv4-mapped unwrapped): globally reachable unicast only
 * (IANA special-purpose registries), no IPv6 transition prefixes; host is the URL's host and is
 * only compared with the exceptions. */
bool guard_address(const struct guard *guard, const char *host, const struct sockaddr *address,
                   struct error *err);

#endif
