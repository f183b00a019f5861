/* SPDX-License-Identifier: MIT */
/* Bytes as text for URLs: base64url without padding (RFC 4648 section 5). Pure. */
#ifndef DECANT_BASE64URL_H
#define DECANT_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many characters so many bytes take, without a NUL. */
#define BASE64URL_LEN(bytes) (((bytes)*4 + 2) / 3)

/* Writes BASE64URL_LEN(len) characters and a NUL. */
void base64url_write(const uint8_t *bytes, size_t len, char *out);

/* bytes has room for strlen(text) of them; len becomes how many there are. False for anything that
 * base64url_write() does not write. */
bool base64url_read(const char *text, uint8_t *bytes, size_t *len);

#endif
