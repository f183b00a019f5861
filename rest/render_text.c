/* SPDX-License-Identifier: MIT */
/* Texts as JSON in ASCII, as Python's json module writes them. Replies are mostly texts, and those
 * mostly plain: eight bytes are looked at in one go. */
#include "render_private.h"

#include "../lib/utf8.h"

#include <stdint.h>
#include <string.h>

static bool copy_eight(const char *text, char *out)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    if (!utf8_eight_plain(word))
        return false;
    memcpy(out, &word, sizeof(word));
    return true;
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

/* Four to seven bytes as two halves that may overlap. */
static bool copy_four(const char *text, size_t len, char *out)
{
    uint32_t halves[2];
    uint64_t word;

    memcpy(&halves[0], text, 4);
    memcpy(&halves[1], text + len - 4, 4);
    word = (uint64_t)halves[0] << 32 | halves[1];
    if (!utf8_eight_plain(word))
        return false;
    memcpy(out, &halves[0], 4);
    memcpy(out + len - 4, &halves[1], 4);
    return true;
}

/* Copy up to the first byte that is not written as it is; returns how many bytes. The last eight
 * may overlap those before them. */
static size_t copy_plain(const char *text, size_t len, char *out)
{
    size_t at = 0;

    if (len >= 4 && len < 8 && copy_four(text, len, out))
        return len;
    while (len - at >= 8 && copy_eight(text + at, out + at))
        at += 8;
    if (len >= 8 && len - at < 8 && copy_eight(text + len - 8, out + len - 8))
        return len;
    for (; at < len && is_plain((unsigned char)text[at]); at++)
        out[at] = text[at];
    return at;
}

static void write_unit(uint32_t unit, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[6] = {'\\',
                            'u',
                            digits[unit >> 12 & 15],
                            digits[unit >> 8 & 15],
                            digits[unit >> 4 & 15],
                            digits[unit & 15]};

    buf_add(out, escape, sizeof(escape));
}

/* The letter after the backslash, or 0 for what has none. */
static char short_escape(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

/* The character at text, which is not plain. Returns its bytes. */
static size_t write_special(const char *text, size_t len, struct buf *out)
{
    char letter = short_escape((unsigned char)*text);
    uint32_t code;
    size_t step;

    if (letter) {
        buf_byte(out, '\\');
        buf_byte(out, letter);
        return 1;
    }
    step = utf8_decode(text, len, &code);
    if (code < 0x10000) {
        write_unit(code, out);
        return step;
    }
    write_unit(0xD800 + ((code - 0x10000) >> 10), out);
    write_unit(0xDC00 + ((code - 0x10000) & 0x3FF), out);
    return step;
}

static void reserve(struct buf *out, size_t len)
{
    if (out->cap - out->len < len)
        buf_reserve(out, len);
}

void render_escaped(const char *text, size_t len, struct buf *out)
{
    for (;;) {
        size_t step;

        reserve(out, len);
        step = copy_plain(text, len, out->data + out->len);
        out->len += step;
        if (step == len)
            return;
        step += write_special(text + step, len - step, out);
        text += step;
        len -= step;
    }
}

void render_text(const char *text, size_t len, struct buf *out)
{
    reserve(out, len + 2);
    out->data[out->len++] = '"';
    render_escaped(text, len, out);
    buf_byte(out, '"');
}
