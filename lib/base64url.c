/* SPDX-License-Identifier: MIT */
#include "base64url.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_write(const uint8_t *bytes, size_t len, char *out)
{
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | bytes[i];
        for (count += 8; count >= 6; count -= 6)
            *out++ = digits[bits >> (count - 6) & 63];
    }
    if (count)
        *out++ = digits[bits << (6 - count) & 63];
    *out = '\0';
}

bool base64url_read(const char *text, uint8_t *bytes, size_t *len)
{
    uint32_t bits = 0;
    int count = 0;

    *len = 0;
    for (; *text; text++) {
        const char *digit = strchr(digits, *text);

        if (!digit)
            return false;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        bytes[(*len)++] = (uint8_t)(bits >> count);
    }
    return count < 6 && !(bits & ((1u << count) - 1));
}
