/* SPDX-License-Identifier: MIT */
/* Letters as strokes, for cards: A-Z, 0-9, '.', '-' and '_'. Private to images_card.c. */
#ifndef DECANT_IMAGES_GLYPHS_H
#define DECANT_IMAGES_GLYPHS_H

#include <stdbool.h>

struct point {
    double x, y;
};

/* Width of a letter's strokes in hundredths of its height; false if there is none for it. */
bool glyph_width(char letter, double *width);

/* Visit every line of the letter, in hundredths of its height, y downwards from the top. */
void glyph_lines(char letter, void (*visit)(void *context, struct point from, struct point to),
                 void *context);

#endif
