/* SPDX-License-Identifier: MIT */
/* What a version of a document changed. Pure functions. */
#ifndef DECANT_REST_DIFF_H
#define DECANT_REST_DIFF_H

#include "../lib/buf.h"
#include "settings.h"

/* Of two documents as render_document() writes them (JSON objects without spaces, NUL-terminated):
 * append the second with only those members that differ from the first's, and always the version,
 * the etag and the links. What the second lacks does not show. */
void diff_write(const struct names *names, const char *before, const char *now, struct buf *out);

#endif
