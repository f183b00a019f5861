/* SPDX-License-Identifier: MIT */
/* MongoDB's extended JSON (version 2, canonical and relaxed, and version 1's dates, binaries and
 * patterns) as BSON, with the types plain mongoimport would write. */
#ifndef DECANT_EXTENDED_H
#define DECANT_EXTENDED_H

#include "../../lib/error.h"
#include "../../lib/json.h"

#include <bson/bson.h>
#include <stdbool.h>

/* Append the members of an object to out (initialised by the caller). Whole numbers are 32 bits
 * wide if they fit, else 64; wider ones, and others that no double holds, are refused.
 * ERROR_REFUSED names the field. A `$name` that is no type stays a field (document_check() refuses
 * it). */
bool extended_to_bson(struct json object, bson_t *out, struct error *err);

#endif
