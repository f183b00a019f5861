/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <string.h>

static size_t sequence_len(const unsigned char *at, size_t len)
{
    unsigned char lead = at[0];

    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return len >= 2 && (at[1] & 0xC0) == 0x80 ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
        unsigned char high = lead == 0xED ? 0x9F : 0xBF;

        return len >= 3 && at[1] >= low && at[1] <= high && (at[2] & 0xC0) == 0x80 ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
        unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;

        return len >= 4 && at[1] >= low && at[1] <= high && (at[2] & 0xC0) == 0x80 &&
                       (at[3] & 0xC0) == 0x80
                   ? 4
                   : 0;
    }
    return 0;
}

bool utf8_valid(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    const unsigned char *end = at + len;

    while (at < end) {
        uint64_t word;
        size_t step;

        if (end - at >= 8) {
            memcpy(&word, at, 8);
            if (!(word & 0x8080808080808080U)) {
                at += 8;
                continue;
            }
        }
        step = sequence_len(at, (size_t)(end - at));
        if (!step)
            return false;
        at += step;
    }
    return true;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *code)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t step = sequence_len(at, len);

    switch (step) {
    case 1:
        *code = at[0];
        return 1;
    case 2:
        *code = (at[0] & 0x1FU) << 6 | (at[1] & 0x3FU);
        return 2;
    case 3:
        *code = (at[0] & 0x0FU) << 12 | (at[1] & 0x3FU) << 6 | (at[2] & 0x3FU);
        return 3;
    case 4:
        *code =
            (at[0] & 0x07U) << 18 | (at[1] & 0x3FU) << 12 | (at[2] & 0x3FU) << 6 | (at[3] & 0x3FU);
        return 4;
    default:
        *code = 0xFFFD;
        return 1;
    }
}

size_t utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}
