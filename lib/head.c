/* SPDX-License-Identifier: MIT */
/* Each byte is looked at once, against a table or eight at a time; each part of the head has a
 * function that takes the cursor over it or leaves a status and a reason. */
#include "head.h"

#include "head_private.h"

#include <string.h>

enum {
    MARK = TOKEN | TARGET,        /* ! $ % & ' * + ^ ` | */
    NAME = TOKEN | TARGET | HOST, /* - . _ ~ and letters */
    HEX = NAME | BRACKETED,
};

const unsigned char head_classes[256] = {
    ['!'] = MARK,
    ['"'] = TARGET,
    ['#'] = TOKEN, /* a fragment is not for servers */
    ['$' ... '\''] = MARK,
    ['(' ... ')'] = TARGET,
    ['*' ... '+'] = MARK,
    [','] = TARGET,
    ['-'] = NAME,
    ['.'] = HEX,
    ['/'] = TARGET,
    ['0' ... '9'] = HEX | DIGIT,
    [':'] = TARGET | BRACKETED,
    [';' ... '@'] = TARGET,
    ['A' ... 'F'] = HEX,
    ['G' ... 'Z'] = NAME,
    ['[' ... ']'] = TARGET,
    ['^'] = MARK,
    ['_'] = NAME,
    ['`'] = MARK,
    ['a' ... 'f'] = HEX,
    ['g' ... 'z'] = NAME,
    ['{'] = TARGET,
    ['|'] = MARK,
    ['}'] = TARGET,
    ['~'] = NAME,
};

/* -- the first line --------------------------------------------------------------------------- */

static int take_method(struct parser *parser)
{
    const char *start = parser->at;

    while (parser->at < parser->limit_end && is(*parser->at, TOKEN))
        parser->at++;
    if (parser->at == parser->limit_end)
        return ran_out(parser);
    if (parser->at == start || *parser->at != ' ')
        return refuse(parser, 400, "the method is no token");
    parser->out->method = (struct span){start, (size_t)(parser->at - start)};
    parser->at++;
    return 0;
}

static bool method_is(const struct head *head, const char *method, size_t len)
{
    return head->method.len == len && memcmp(head->method.at, method, len) == 0;
}

static void split_query(struct head *head, const char *at, const char *end)
{
    const char *mark = memchr(at, '?', (size_t)(end - at));

    head->path = (struct span){at, (size_t)((mark ? mark : end) - at)};
    if (mark)
        head->query = (struct span){mark + 1, (size_t)(end - mark - 1)};
}

/* http://host/path?query; the host is the one that counts (RFC 9112 section 3.2.2). */
static int read_absolute(struct parser *parser, size_t scheme_len)
{
    struct head *head = parser->out;
    const char *at = head->target.at + scheme_len;
    const char *end = head->target.at + head->target.len;
    const char *authority = at;

    while (at < end && *at != '/' && *at != '?')
        at++;
    head->host = (struct span){authority, (size_t)(at - authority)};
    if (!head_is_host(head->host))
        return refuse(parser, 400, "the target's host is malformed");
    split_query(head, at, end);
    if (!head->path.len)
        head->path = (struct span){method_is(head, "OPTIONS", 7) && !head->query.at ? "*" : "/", 1};
    return 0;
}

static int read_target(struct parser *parser)
{
    struct head *head = parser->out;
    struct span target = head->target;

    if (method_is(head, "CONNECT", 7))
        return refuse(parser, 501, "this server is no proxy");
    if (target.at[0] == '/') {
        split_query(head, target.at, target.at + target.len);
        return 0;
    }
    if (target.len == 1 && target.at[0] == '*') {
        if (!method_is(head, "OPTIONS", 7))
            return refuse(parser, 400, "the target * is for OPTIONS only");
        head->path = target;
        return 0;
    }
    if (target.len > 7 && same(target.at, "http://", 7))
        return read_absolute(parser, 7);
    if (target.len > 8 && same(target.at, "https://", 8))
        return read_absolute(parser, 8);
    return refuse(parser, 400, "the target does not begin with /");
}

static int take_target(struct parser *parser)
{
    const char *start = parser->at;
    const char *most = parser->limit_end;

    if ((size_t)(most - start) > parser->max_target)
        most = start + parser->max_target;
    while (parser->at < most && is(*parser->at, TARGET))
        parser->at++;
    if (parser->at == parser->limit_end)
        return ran_out(parser);
    if (parser->at == most && is(*parser->at, TARGET))
        return refuse(parser, 414, "the target is too long");
    if (parser->at == start || *parser->at != ' ')
        return refuse(parser, 400, "the target holds what it may not");
    parser->out->target = (struct span){start, (size_t)(parser->at - start)};
    parser->at++;
    return 0;
}

/* A higher minor version is read as 1.1 (RFC 9110 section 2.5). */
static int take_version(struct parser *parser)
{
    const char *at = parser->at;

    if (parser->limit_end - at < 8) {
        if (memchr(at, '\r', (size_t)(parser->limit_end - at)))
            return refuse(parser, 400, "the version is malformed");
        return ran_out(parser);
    }
    if (memcmp(at, "HTTP/", 5) != 0 || !is(at[5], DIGIT) || at[6] != '.' || !is(at[7], DIGIT))
        return refuse(parser, 400, "the version is malformed");
    if (at[5] != '1')
        return refuse(parser, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    parser->is_11 = at[7] != '0';
    parser->at += 8;
    return take_line_end(parser);
}

static int take_first_line(struct parser *parser)
{
    int status;

    /* One empty line before it is forgiven (RFC 9112 section 2.2). */
    if (parser->limit_end - parser->at >= 2 && memcmp(parser->at, "\r\n", 2) == 0)
        parser->at += 2;
    status = take_method(parser);
    if (!status)
        status = take_target(parser);
    if (!status)
        status = take_version(parser);
    return status ? status : read_target(parser);
}

/* -- public ----------------------------------------------------------------------------------- */

int head_parse(const char *bytes, size_t len, const struct head_limits *limits, struct head *out,
               const char **why)
{
    struct parser parser = {.at = bytes,
                            .end = bytes + len,
                            .limit_end = bytes + (len < limits->max_head ? len : limits->max_head),
                            .out = out,
                            .max_target = limits->max_target};
    int status;

    out->query = (struct span){NULL, 0};
    out->host = (struct span){NULL, 0};
    out->count = 0;
    out->len = 0;
    status = take_first_line(&parser);
    if (!status)
        status = head_take_fields(&parser);
    if (!status)
        out->len = (size_t)(parser.at - bytes);
    if (why)
        *why = parser.why;
    return status;
}

static bool names_equal(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

const struct span *head_find(const struct head *head, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < head->count; i++)
        if (head->fields[i].name.len == len && names_equal(head->fields[i].name.at, name, len))
            return &head->fields[i].value;
    return NULL;
}
