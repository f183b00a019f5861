/* SPDX-License-Identifier: MIT */
/* What a picture's first bytes say, read before any decoder sees it. Private to images. */
#ifndef DECANT_IMAGES_SNIFF_H
#define DECANT_IMAGES_SNIFF_H

#include "../lib/error.h"

#include <stddef.h>
#include <stdint.h>

enum picture_kind { PICTURE_PNG, PICTURE_JPEG, PICTURE_GIF, PICTURE_WEBP };

struct picture_head {
    enum picture_kind kind;
    uint32_t width, height; /* as stored */
    int orientation;        /* EXIF: 1 upright, up to 8 */
};

enum { PICTURE_MOST_PIXELS = 40 * 1000 * 1000 };

/* By its bytes, whatever its name or type says. ERROR_UPSTREAM: no picture of these kinds, cut
 * short, without or with too large dimensions. */
bool picture_sniff(const uint8_t *bytes, size_t len, struct picture_head *out, struct error *err);

#endif
