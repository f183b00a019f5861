/* SPDX-License-Identifier: MIT */
/* The card that stands for a picture: a colour of its own and an initial, drawn without fonts or
 * libraries. The same words give the same bytes. Private to images.c. */
#ifndef DECANT_IMAGES_CARD_H
#define DECANT_IMAGES_CARD_H

#include "../lib/buf.h"

struct card {
    const char
        *label; /* its first letter or digit is the initial; written below where there is room */
    const char *seed; /* decides the colours */
    int width;        /* pixels; the card is square */
};

/* Append the card as PNG. */
void card_draw(const struct card *card, struct buf *out);

#endif
