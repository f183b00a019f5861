/* SPDX-License-Identifier: MIT */
/* Watches a connection's octets go by and says when the framing of a chunked body is not what
 * RFC 9112 section 7.1 allows. libh2o decodes chunks where they lie and is lenient about it, so
 * this is the only look at them as they were sent. Pure: no input or output. */
#ifndef DECANT_FRAMING_H
#define DECANT_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAMING_LINE = 48 };

struct framing {
    int state; /* 0 at the start, like all the rest */
    bool chunked;
    bool bad; /* the request after the last whole one is malformed; nothing is read from here */
    uint64_t left;           /* octets of a body or chunk */
    uint64_t whole;          /* requests that have gone by */
    char line[FRAMING_LINE]; /* the beginning of a line */
    size_t line_len;         /* of the whole line so far */
    char last;               /* its last octet */
    bool begun;              /* a request line was seen */
};

void framing_read(struct framing *framing, const char *bytes, size_t len);

#endif
