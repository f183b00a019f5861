/* SPDX-License-Identifier: MIT */
/* Decoding, scaling and encoding with libgd. Private to images.
 *
 * libgd is loaded when the first picture is to be decoded: linked in, it and the fifty libraries it
 * brings (AVIF, HEIF, TIFF, X11 …) cost every process 7 MB (PSS 7.5 instead of 0.2 MB for an empty
 * program) and 10 ms at its start, and where posts have no pictures nobody ever needs it. */
#ifndef DECANT_IMAGES_GD_H
#define DECANT_IMAGES_GD_H

#include "images_sniff.h"
#include "../lib/buf.h"

struct source_picture {
    const uint8_t *bytes;
    size_t len;
    struct picture_head head;
};

/* Append the picture at most `width` wide, upright, the height following (at most twice the width:
 * the top of taller ones), without metadata: as JPEG, or as PNG if parts are transparent; *type
 * says which. ERROR_UPSTREAM if it cannot be decoded; ERROR_INTERNAL if there is no libgd. */
bool picture_scale(const struct source_picture *source, int width, struct buf *out,
                   const char **type, struct error *err);

#endif
