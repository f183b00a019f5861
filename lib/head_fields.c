/* SPDX-License-Identifier: MIT */
/* The fields of a request's head, and those that decide about its host and the length of its body.
 */
#include "head_private.h"

#include <stdint.h>
#include <string.h>

/* -- host ------------------------------------------------------------------------------------- */

static bool is_port(const char *at, size_t len)
{
    unsigned number = 0;

    if (len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is(at[i], DIGIT))
            return false;
        number = number * 10 + (unsigned)(at[i] - '0');
    }
    return number <= 65535;
}

bool head_is_host(struct span host)
{
    const char *at = host.at;
    const char *end = at + host.len;

    if (at < end && *at == '[') {
        at++;
        while (at < end && is(*at, BRACKETED))
            at++;
        if (at == end || *at != ']' || at - host.at < 3)
            return false;
        at++;
    } else {
        while (at < end && is(*at, HOST))
            at++;
        if (at == host.at)
            return false;
    }
    if (at == end)
        return true;
    return *at == ':' && is_port(at + 1, (size_t)(end - at - 1));
}

/* -- fields ----------------------------------------------------------------------------------- */

/* Whether one of eight bytes is below 0x20 or is 0x7F. Exact as a whole: what a borrow carries over
 * to the next byte follows a byte that was such a one. */
static bool has_control(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101U;
    const uint64_t tops = ones * 0x80;
    uint64_t deletes = word ^ ones * 0x7F;

    return (((word - ones * 0x20) & ~word) | ((deletes - ones) & ~deletes)) & tops;
}

/* The first byte that cannot be part of a value: controls but the tab. */
static const char *value_end(const char *at, const char *end)
{
    uint64_t word;

    while (end - at >= 8) {
        memcpy(&word, at, sizeof(word));
        if (has_control(word))
            break;
        at += 8;
    }
    while (at < end && ((unsigned char)*at >= 0x20 || *at == '\t') && *at != 0x7F)
        at++;
    return at;
}

static struct span trim(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct span){at, (size_t)(end - at)};
}

static int check_host(struct parser *parser, struct span value, bool *seen)
{
    if (*seen)
        return refuse(parser, 400, "there is more than one Host");
    *seen = true;
    if (!head_is_host(value))
        return refuse(parser, 400, "the Host is malformed");
    if (!parser->out->host.at)
        parser->out->host = value;
    return 0;
}

/* 18 digits cannot overflow, and no body is that long. */
static int check_length(struct parser *parser, struct span value)
{
    if (parser->has_length)
        return refuse(parser, 400, "there is more than one Content-Length");
    parser->has_length = true;
    if (!value.len || value.len > 18)
        return refuse(parser, 400, "the Content-Length is malformed");
    for (size_t i = 0; i < value.len; i++)
        if (!is(value.at[i], DIGIT))
            return refuse(parser, 400, "the Content-Length is malformed");
    return 0;
}

/* Where chunked is not the last coding the body's end is unknown (RFC 9112 section 6.3). */
static int check_coding(struct parser *parser, struct span value)
{
    size_t others;

    if (parser->has_coding)
        return refuse(parser, 400, "there is more than one Transfer-Encoding");
    parser->has_coding = true;
    if (!parser->is_11)
        return refuse(parser, 400, "HTTP/1.0 knows no Transfer-Encoding");
    if (value.len == 7 && same(value.at, "chunked", 7))
        return 0;
    others = value.len < 8 ? 0 : value.len - 7;
    if (!others || !same(value.at + others, "chunked", 7) || !strchr(", \t", value.at[others - 1]))
        return refuse(parser, 400, "the last Transfer-Encoding is not chunked");
    for (size_t i = 0; i + 7 <= others; i++)
        if (same(value.at + i, "chunked", 7))
            return refuse(parser, 400, "the Transfer-Encoding is malformed");
    return refuse(parser, 501, "the only Transfer-Encoding known here is chunked");
}

static int check_field(struct parser *parser, const struct head_field *field, bool *has_host)
{
    switch (field->name.len) {
    case 4:
        return same(field->name.at, "host", 4) ? check_host(parser, field->value, has_host) : 0;
    case 14:
        return same(field->name.at, "content-length", 14) ? check_length(parser, field->value) : 0;
    case 17:
        return same(field->name.at, "transfer-encoding", 17) ? check_coding(parser, field->value)
                                                             : 0;
    default:
        return 0;
    }
}

static int bad_name(struct parser *parser, const char *start)
{
    if (parser->at == parser->limit_end)
        return ran_out(parser);
    if (parser->at == start && (*start == ' ' || *start == '\t'))
        return refuse(parser, 400, "a line of the head is folded");
    if (*parser->at == ' ' || *parser->at == '\t')
        return refuse(parser, 400, "a field's name has white space behind it");
    return refuse(parser, 400, "a field's name is no token");
}

static int take_field(struct parser *parser, bool *has_host)
{
    struct head *head = parser->out;
    struct head_field *field;
    const char *start = parser->at;
    int status;

    if (head->count == HEAD_MAX_FIELDS)
        return refuse(parser, 431, "the request's head has too many fields");
    while (parser->at < parser->limit_end && is(*parser->at, TOKEN))
        parser->at++;
    if (parser->at == parser->limit_end || parser->at == start || *parser->at != ':')
        return bad_name(parser, start);
    field = &head->fields[head->count++];
    field->name = (struct span){start, (size_t)(parser->at - start)};
    start = parser->at + 1;
    parser->at = value_end(start, parser->limit_end);
    field->value = trim(start, parser->at);
    if (parser->at < parser->limit_end && *parser->at != '\r' && *parser->at != '\n')
        return refuse(parser, 400, "a field's value holds a control character");
    status = take_line_end(parser);
    return status ? status : check_field(parser, field, has_host);
}

int head_take_fields(struct parser *parser)
{
    bool has_host = false;
    int status;

    while (parser->at < parser->limit_end && *parser->at != '\r') {
        status = take_field(parser, &has_host);
        if (status)
            return status;
    }
    status = take_line_end(parser);
    if (status)
        return status;
    if (parser->has_length && parser->has_coding)
        return refuse(parser, 400, "there are Content-Length and Transfer-Encoding");
    if (parser->is_11 && !has_host)
        return refuse(parser, 400, "there is no Host");
    return 0;
}
