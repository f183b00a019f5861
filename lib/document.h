/* SPDX-License-Identifier: MIT */
/* Documents as BSON bytes: reading one field, refusing what must not be stored, and changing fields
 * in place. No state: thread-safe. */
#ifndef DECANT_DOCUMENT_H
#define DECANT_DOCUMENT_H

#include "error.h"
#include "record.h"
#include "store.h"

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DOCUMENT_MAX_BYTES = 16 * 1024 * 1024, DOCUMENT_MAX_DEPTH = 100 };

/* The value at a dotted path that leads through objects only; borrowed from bson. False if nothing
 * is there (out stays as it was). */
bool document_get(const uint8_t *bson, size_t len, const char *path, bson_value_t *out);

/* Whether this may be stored: well-formed BSON, UTF-8 throughout, at most DOCUMENT_MAX_DEPTH levels
 * and DOCUMENT_MAX_BYTES, no key that is empty, starts with `$` or holds a dot. ERROR_REFUSED names
 * the path. */
bool document_check(const uint8_t *bson, size_t len, struct error *err);

/* Append members as they stand in another document, len bytes of them. out is no part of another
 * one. */
void document_append(bson_t *out, const uint8_t *members, size_t len);

/* Apply the changes one after the other to a copy. Fields keep their order and new ones come last,
 * but for `_id`: it comes first, and may be set where there is none but never changed. Numbers
 * added widen from 32 to 64 bits, and become doubles if either is one; what then does not fit is
 * refused.
 *
 * ERROR_REFUSED names the path: a way through what is no object (a list or null too, whatever the
 * change), a sum with what is no number, a list expected and not there, a name no key may have, a
 * result too large or a path too deep. On success out is initialised, and the caller destroys it;
 * else it is left alone. The keys inside the changes' values are not looked at: that is
 * document_check(). */
bool document_apply(const struct bson_bytes *document, const struct change *changes, size_t count,
                    bson_t *out, struct error *err);

#endif
