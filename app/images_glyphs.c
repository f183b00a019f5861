/* SPDX-License-Identifier: MIT */
#include "images_glyphs.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* The strokes of a letter as a text of commands:
 *   M x y                    lift the pen and put it down there
 *   L x y                    a line to there
 *   A cx cy rx ry from to    an arc of the ellipse, degrees from the right, growing clockwise;
 * begun with a line from the pen if it is down B                        lift the pen */
struct glyph {
    char letter;
    int width;
    const char *strokes;
};

static const struct glyph glyphs[] = {
    {'A', 76, "M 0 100 L 38 0 L 76 100 M 13 68 L 63 68"},
    {'B', 64, "M 0 48 L 36 48 A 36 74 28 26 -90 90 L 0 100 L 0 0 L 32 0 A 32 24 26 24 -90 90"},
    {'C', 80, "A 46 50 46 50 -46 -314"},
    {'D', 74, "M 0 0 L 26 0 A 26 50 48 50 -90 90 L 0 100 L 0 0"},
    {'E', 54, "M 54 0 L 0 0 L 0 100 L 54 100 M 0 49 L 46 49"},
    {'F', 52, "M 52 0 L 0 0 L 0 100 M 0 50 L 44 50"},
    {'G', 92, "A 46 50 46 50 -46 -360 L 54 50"},
    {'H', 68, "M 0 0 L 0 100 M 68 0 L 68 100 M 0 49 L 68 49"},
    {'I', 0, "M 0 0 L 0 100"},
    {'J', 44, "M 44 0 L 44 72 A 21 72 23 28 0 165"},
    {'K', 62, "M 0 0 L 0 100 M 58 0 L 0 62 M 20 41 L 62 100"},
    {'L', 50, "M 0 0 L 0 100 L 50 100"},
    {'M', 84, "M 0 100 L 0 0 L 42 66 L 84 0 L 84 100"},
    {'N', 70, "M 0 100 L 0 0 L 70 100 L 70 0"},
    {'O', 96, "A 48 50 48 50 0 360"},
    {'P', 60, "M 0 100 L 0 0 L 32 0 A 32 28 28 28 -90 90 L 0 56"},
    {'Q', 96, "A 48 50 48 50 0 360 M 60 70 L 90 102"},
    {'R', 62, "M 0 100 L 0 0 L 32 0 A 32 28 28 28 -90 90 L 0 56 M 30 56 L 62 100"},
    {'S', 60, "A 30 25 26 25 -25 -270 A 30 75 29 25 -90 157"},
    {'T', 70, "M 0 0 L 70 0 M 35 0 L 35 100"},
    {'U', 68, "M 0 0 L 0 64 A 34 64 34 36 180 0 L 68 0"},
    {'V', 74, "M 0 0 L 37 100 L 74 0"},
    {'W', 112, "M 0 0 L 28 100 L 56 8 L 84 100 L 112 0"},
    {'X', 66, "M 0 0 L 66 100 M 66 0 L 0 100"},
    {'Y', 70, "M 0 0 L 35 51 L 70 0 M 35 51 L 35 100"},
    {'Z', 62, "M 0 0 L 62 0 L 0 100 L 62 100"},
    {'0', 68, "A 34 50 34 50 0 360"},
    {'1', 26, "M 0 20 L 26 0 L 26 100"},
    {'2', 58, "A 28 28 28 28 -172 38 L 0 100 L 58 100"},
    {'3', 58, "A 28 25 26 25 -152 90 A 28 75 30 25 -90 152"},
    {'4', 66, "M 50 100 L 50 0 L 0 70 L 66 70"},
    {'5', 58, "M 54 0 L 8 0 L 4 46 A 28 67 30 33 -128 148"},
    {'6', 62, "A 31 68 31 32 0 360 M 46 0 L 4 54"},
    {'7', 58, "M 0 0 L 58 0 L 20 100"},
    {'8', 60, "A 30 24 25 24 0 360 B A 30 74 30 26 0 360"},
    {'9', 62, "A 31 32 31 32 0 360 M 16 100 L 58 46"},
    {'.', 0, "M 0 100 L 0 100"},
    {'-', 36, "M 0 56 L 36 56"},
    {'_', 50, "M 0 100 L 50 100"},
};

static const double PI = 3.14159265358979323846;

struct pen {
    bool down;
    struct point at;
    void (*visit)(void *context, struct point from, struct point to);
    void *context;
};

static void draw_to(struct pen *pen, struct point to)
{
    if (pen->down)
        pen->visit(pen->context, pen->at, to);
    pen->down = true;
    pen->at = to;
}

static const char *read_numbers(const char *text, double *numbers, int count)
{
    for (int i = 0; i < count; i++) {
        char *end;

        numbers[i] = (double)strtol(text, &end, 10);
        text = end;
    }
    return text;
}

static void draw_arc(struct pen *pen, const double arc[6])
{
    int steps = 4 + (int)(fabs(arc[5] - arc[4]) / 6);

    for (int i = 0; i <= steps; i++) {
        double angle = (arc[4] + (arc[5] - arc[4]) * i / steps) * PI / 180;

        draw_to(pen, (struct point){arc[0] + arc[2] * cos(angle), arc[1] + arc[3] * sin(angle)});
    }
}

static const struct glyph *find(char letter)
{
    for (size_t i = 0; i < sizeof(glyphs) / sizeof(glyphs[0]); i++)
        if (glyphs[i].letter == letter)
            return &glyphs[i];
    return NULL;
}

bool glyph_width(char letter, double *width)
{
    const struct glyph *glyph = find(letter);

    if (!glyph)
        return false;
    *width = glyph->width;
    return true;
}

void glyph_lines(char letter, void (*visit)(void *context, struct point from, struct point to),
                 void *context)
{
    const struct glyph *glyph = find(letter);
    struct pen pen = {.visit = visit, .context = context};
    const char *at = glyph ? glyph->strokes : "";
    double numbers[6];

    while (*at) {
        char command = *at++;

        switch (command) {
        case 'M':
        case 'L':
            at = read_numbers(at, numbers, 2);
            pen.down = pen.down && command == 'L';
            draw_to(&pen, (struct point){numbers[0], numbers[1]});
            break;
        case 'A':
            at = read_numbers(at, numbers, 6);
            draw_arc(&pen, numbers);
            break;
        case 'B':
            pen.down = false;
            break;
        default: /* the space between commands */
            break;
        }
    }
}
