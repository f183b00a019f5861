/* SPDX-License-Identifier: MIT */
/* What the files of head share: the cursor over the head, and what a byte may be part of. */
#ifndef DECANT_HEAD_PRIVATE_H
#define DECANT_HEAD_PRIVATE_H

#include "head.h"

struct parser {
    const char *at;
    const char *end;
    const char *limit_end; /* where max_head ends, or end */
    struct head *out;
    const char *why;
    size_t max_target;
    bool is_11;
    bool has_length;
    bool has_coding;
};

enum { TOKEN = 1, TARGET = 2, HOST = 4, DIGIT = 8, BRACKETED = 16 };

extern const unsigned char head_classes[256];

static inline bool is(char byte, unsigned class)
{
    return (head_classes[(unsigned char)byte] & class) != 0;
}

static inline char lower(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
}

/* Whether len bytes are those of a text in lower case. */
static inline bool same(const char *text, const char *wanted, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (lower(text[i]) != wanted[i])
            return false;
    return true;
}

static inline int refuse(struct parser *parser, int status, const char *why)
{
    parser->why = why;
    return status;
}

/* The bytes ran out: because of the limit, or because the head is not all there. */
static inline int ran_out(struct parser *parser)
{
    if (parser->limit_end < parser->end)
        return refuse(parser, 431, "the request's head is too large");
    return refuse(parser, 400, "the request's head is not complete");
}

static inline int take_line_end(struct parser *parser)
{
    if (parser->limit_end - parser->at < 2)
        return ran_out(parser);
    if (parser->at[0] != '\r' || parser->at[1] != '\n')
        return refuse(parser, 400, "a line of the head does not end in CR LF");
    parser->at += 2;
    return 0;
}

/* A name, a dotted quad or an address in brackets, perhaps with a port (RFC 9110 section 7.2). User
 * information and escapes have no business here. */
bool head_is_host(struct span host);

/* The lines behind the first one, and the empty one. 0 or the status to refuse with. */
int head_take_fields(struct parser *parser);

#endif
