/* SPDX-License-Identifier: MIT */
/* The head of an HTTP/1 request, read strictly (RFC 9112). libh2o is lenient where it matters
 * behind a proxy (two Content-Length, Content-Length with Transfer-Encoding, bare line feeds,
 * folded lines), so the platform reads the raw bytes again before routing and refuses what it will
 * not vouch for. Pure functions: no state, nothing is copied. */
#ifndef DECANT_HEAD_H
#define DECANT_HEAD_H

#include <stdbool.h>
#include <stddef.h>

enum { HEAD_MAX_FIELDS = 100 };

struct span {
    const char *at; /* not NUL-terminated */
    size_t len;
};

struct head_field {
    struct span name;  /* as sent; compare without case */
    struct span value; /* without the white space around it */
};

struct head {
    struct span method;
    struct span target;
    struct span path;  /* the target up to `?`, raw; for absolute-form what follows the authority */
    struct span query; /* after `?`, raw; at NULL if there is none */
    struct span host;
    size_t len; /* of the whole head with its last CRLF */
    size_t count;
    struct head_field fields[HEAD_MAX_FIELDS];
};

struct head_limits {
    size_t max_target; /* 414 above */
    size_t max_head;   /* 431 above */
};

/* Read the head that starts at bytes. 0 if it is one this server may serve, else the status to
 * answer with (400, 414, 431, 501, 505) before closing the connection, and *why (may be NULL) a
 * constant text for people. One empty line before the head is forgiven and counts in out->len; a
 * minor version above 1 is read as 1.1; methods are tokens, known or not. */
int head_parse(const char *bytes, size_t len, const struct head_limits *limits, struct head *out,
               const char **why);

/* The value of the field called name (any case), or NULL; the first if there are several. */
const struct span *head_find(const struct head *head, const char *name);

#endif
