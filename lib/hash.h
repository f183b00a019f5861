/* SPDX-License-Identifier: MIT */
/* FNV-1a (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv), the same everywhere: for tags
 * and for telling versions apart, not against somebody who looks for collisions. Pure. */
#ifndef DECANT_HASH_H
#define DECANT_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* Go on with these bytes. */
static inline void hash_bytes(uint64_t *hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ at[i]) * UINT64_C(0x100000001b3);
}

static inline void hash_number(uint64_t *hash, uint64_t number)
{
    hash_bytes(hash, &number, sizeof(number));
}

/* Texts that follow one another stay apart, and NULL differs from the empty one. */
static inline void hash_text(uint64_t *hash, const char *text)
{
    hash_number(hash, text ? strlen(text) + 1 : 0);
    if (text)
        hash_bytes(hash, text, strlen(text));
}

#endif
