/* SPDX-License-Identifier: MIT */
#include "entities.h"

#include "../lib/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST = 12 }; /* bytes of a reference worth looking at, with & and ; */

static int digit_value(char c, unsigned base)
{
    int value = -1;

    if (c >= '0' && c <= '9')
        value = c - '0';
    else if (c >= 'a' && c <= 'f')
        value = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
        value = c - 'A' + 10;
    return value < (int)base ? value : -1;
}

static bool is_character(uint32_t code)
{
    if (code == 0 || code > 0x10FFFF)
        return false;
    return !(code >= 0xD800 && code <= 0xDFFF) && !(code >= 0x80 && code <= 0x9F);
}

/* The number in digits ("38" or "x26"); 0 if it is none or names no character. */
static uint32_t numeric(const char *digits, size_t len)
{
    unsigned base = 10;
    uint32_t code = 0;

    if (len && (digits[0] == 'x' || digits[0] == 'X')) {
        base = 16;
        digits++;
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        int value = digit_value(digits[i], base);

        if (value < 0 || code > 0x10FFFF)
            return 0;
        code = code * base + (uint32_t)value;
    }
    return is_character(code) ? code : 0;
}

static uint32_t named(const char *name, size_t len)
{
    static const struct {
        const char *name;
        uint32_t code;
    } names[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0)
            return names[i].code;
    return 0;
}

/* The bytes of the reference at text (which starts with &) and its character; 0 if it is none. */
static size_t reference(const char *text, size_t len, uint32_t *code)
{
    size_t most = len < LONGEST ? len : LONGEST;
    const char *end = memchr(text, ';', most);

    if (!end)
        return 0;
    if (text[1] == '#')
        *code = numeric(text + 2, (size_t)(end - text) - 2);
    else
        *code = named(text + 1, (size_t)(end - text) - 1);
    return *code ? (size_t)(end - text) + 1 : 0;
}

size_t entities_decode(char *out, const char *text, size_t len)
{
    size_t from = 0;
    size_t to = 0;

    while (from < len) {
        uint32_t code = 0;
        size_t used = text[from] == '&' ? reference(text + from, len - from, &code) : 0;

        if (used) {
            char bytes[4];
            size_t size = utf8_encode(code, bytes);

            memcpy(out + to, bytes, size);
            to += size;
            from += used;
        } else {
            out[to++] = text[from++];
        }
    }
    return to;
}
