/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef DECANT_UTF8_H
#define DECANT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether all len bytes are well-formed. NUL is a character like any other. */
bool utf8_valid(const void *bytes, size_t len);

/* Decode the character at text, of which len > 0 bytes may be read. Returns its bytes (1 to 4) and
 * sets *code; for a malformed byte returns 1 and sets *code to U+FFFD. */
size_t utf8_decode(const char *text, size_t len, uint32_t *code);

/* Write code (at most U+10FFFF) as 1 to 4 bytes; returns how many. */
size_t utf8_encode(uint32_t code, char out[4]);

#define EACH_BYTE(byte) (0x0101010101010101U * (byte))

/* Whether all eight bytes are characters that JSON has as they are, in ASCII. With the high bits
 * clear each sum or difference sets a byte's high bit for what is not: DEL, controls, the quote and
 * the backslash. A borrow only follows on a hit. */
static inline bool utf8_eight_plain(uint64_t word)
{
    return !((word | (word + EACH_BYTE(1)) | (word - EACH_BYTE(0x20)) |
              ((word ^ EACH_BYTE('"')) - EACH_BYTE(1)) |
              ((word ^ EACH_BYTE('\\')) - EACH_BYTE(1))) &
             EACH_BYTE(0x80));
}

#endif
