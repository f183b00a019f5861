/* SPDX-License-Identifier: MIT */
#include "framing.h"

#include <string.h>
#include <strings.h>

enum state { HEAD_LINE, BODY, CHUNK_LINE, CHUNK_DATA, CHUNK_CR, CHUNK_LF, TRAILER_LINE };

static void next_request(struct framing *framing)
{
    framing->state = HEAD_LINE;
    framing->chunked = framing->begun = false;
    framing->left = 0;
    framing->whole++;
}

/* The beginning of the line as a text, without what ends it. */
static size_t cut_line(struct framing *framing)
{
    size_t len = framing->line_len < FRAMING_LINE ? framing->line_len : FRAMING_LINE - 1;

    if (framing->last == '\r' && len == framing->line_len && len)
        len--;
    framing->line[len] = '\0';
    return len;
}

static bool named(const char *line, const char *name)
{
    return strncasecmp(line, name, strlen(name)) == 0;
}

/* What the head says about its body; whatever is odd in a head is refused by head_parse(). */
static void end_head_line(struct framing *framing)
{
    size_t len = cut_line(framing);

    if (len) {
        framing->begun = true;
        if (named(framing->line, "transfer-encoding:"))
            framing->chunked = true;
        if (named(framing->line, "content-length:"))
            for (const char *at = framing->line + 15; *at; at++)
                if (*at >= '0' && *at <= '9')
                    framing->left = framing->left * 10 + (uint64_t)(*at - '0');
        return;
    }
    if (!framing->begun)
        return; /* empty lines before a request */
    if (framing->chunked) {
        framing->left = 0;
        framing->state = CHUNK_LINE;
    } else if (framing->left) {
        framing->state = BODY;
    } else {
        next_request(framing);
    }
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void end_chunk_line(struct framing *framing)
{
    const char *at = framing->line;
    bool crlf = framing->last == '\r';
    int digits = 0;

    cut_line(framing);
    framing->left = 0;
    for (; hex(*at) >= 0; at++, digits++)
        framing->left = framing->left * 16 + (uint64_t)hex(*at);
    at += strspn(at, " \t");
    framing->bad = !crlf || !digits || digits > 15 || (*at && *at != ';');
    framing->state = framing->left ? CHUNK_DATA : TRAILER_LINE;
}

static void end_trailer_line(struct framing *framing)
{
    bool crlf = framing->last == '\r';
    size_t len = cut_line(framing), name = strcspn(framing->line, ": \t");

    framing->bad =
        !crlf ||
        (len && (!name || (framing->line[name] != ':' && framing->line_len < FRAMING_LINE)));
    if (!len && crlf)
        next_request(framing);
}

static void end_line(struct framing *framing)
{
    if (framing->state == HEAD_LINE)
        end_head_line(framing);
    else if (framing->state == CHUNK_LINE)
        end_chunk_line(framing);
    else
        end_trailer_line(framing);
    framing->line_len = 0;
    framing->last = '\0';
}

static void keep(struct framing *framing, const char *bytes, size_t len)
{
    if (framing->line_len < FRAMING_LINE) {
        size_t room = FRAMING_LINE - framing->line_len;

        memcpy(framing->line + framing->line_len, bytes, len < room ? len : room);
    }
    framing->line_len += len;
    if (len)
        framing->last = bytes[len - 1];
}

static size_t read_line(struct framing *framing, const char *bytes, size_t len)
{
    const char *end = memchr(bytes, '\n', len);

    keep(framing, bytes, end ? (size_t)(end - bytes) : len);
    if (!end)
        return len;
    end_line(framing);
    return (size_t)(end - bytes) + 1;
}

static size_t skip_body(struct framing *framing, size_t len)
{
    size_t taken = len < framing->left ? len : (size_t)framing->left;

    framing->left -= taken;
    if (!framing->left && framing->state == BODY)
        next_request(framing);
    else if (!framing->left)
        framing->state = CHUNK_CR;
    return taken;
}

static size_t read_chunk_end(struct framing *framing, char byte)
{
    bool cr = framing->state == CHUNK_CR;

    framing->bad = byte != (cr ? '\r' : '\n');
    framing->state = cr ? CHUNK_LF : CHUNK_LINE;
    return 1;
}

void framing_read(struct framing *framing, const char *bytes, size_t len)
{
    while (len && !framing->bad) {
        size_t taken;

        if (framing->state == BODY || framing->state == CHUNK_DATA)
            taken = skip_body(framing, len);
        else if (framing->state == CHUNK_CR || framing->state == CHUNK_LF)
            taken = read_chunk_end(framing, *bytes);
        else
            taken = read_line(framing, bytes, len);
        bytes += taken;
        len -= taken;
    }
}
