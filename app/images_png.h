/* SPDX-License-Identifier: MIT */
/* Writing PNG (RFC 2083) with zlib alone, so that cards need no image library, and thinning it.
 * Private to images.
 */
#ifndef DECANT_IMAGES_PNG_H
#define DECANT_IMAGES_PNG_H

#include "../lib/buf.h"

#include <stdbool.h>

/* Append width * height pixels of three bytes (red, green, blue), by rows, as PNG. */
void png_write(struct buf *out, const uint8_t *pixels, int width, int height);

/* Append a copy of a PNG with only what its pixels need: other chunks (texts, profiles) may be
 * packed bombs, and libpng complains about them on stderr. False if the file is cut short. */
bool png_strip(struct buf *out, const uint8_t *bytes, size_t len);

#endif
