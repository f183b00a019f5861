/* SPDX-License-Identifier: MIT */
/* Strokes are lines with round ends: a pixel's share of ink is its distance from the line, so edges
 * are smooth at every size without supersampling. */
#include "images_card.h"
#include "images_glyphs.h"
#include "images_png.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_LABEL_WIDTH = 200, MOST_LABEL = 24 };

static const double GAP = 34; /* between the letters of the label, hundredths of their height */

struct colour {
    double red, green, blue; /* 0 to 1, as in sRGB */
};

/* Ink laid on a square of pixels, 0 to 1 each. */
struct ink {
    float *cover;
    int width;
    double left, top, scale; /* where a letter's (0, 0) is, and pixels per hundredth */
    double radius;           /* of the pen, in pixels */
};

/* -- colours ------------------------------------------------------------------------------------
 */

static uint32_t hash(const char *text)
{
    uint32_t sum = 2166136261U; /* FNV-1a */

    for (; *text; text++)
        sum = (sum ^ (uint8_t)*text) * 16777619U;
    sum ^= sum >> 15;
    return sum * 2246822519U ^ sum >> 13;
}

static double from_linear(double light)
{
    double value = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;

    return value < 0 ? 0 : value > 1 ? 1 : value;
}

/* OKLCH: colours of one lightness look equally light whatever their hue, so white letters stay
 * readable on all of them. */
static struct colour from_oklch(double lightness, double chroma, double hue)
{
    double a = chroma * cos(hue), b = chroma * sin(hue);
    double l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    double m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    double s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);

    return (struct colour){
        from_linear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
        from_linear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
        from_linear(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
    };
}

static void blend(struct colour *under, struct colour over, double share)
{
    under->red += (over.red - under->red) * share;
    under->green += (over.green - under->green) * share;
    under->blue += (over.blue - under->blue) * share;
}

/* -- ink ----------------------------------------------------------------------------------------
 */

static double distance(struct point p, struct point from, struct point to)
{
    double dx = to.x - from.x, dy = to.y - from.y;
    double length = dx * dx + dy * dy;
    double along = length > 0 ? ((p.x - from.x) * dx + (p.y - from.y) * dy) / length : 0;

    along = along < 0 ? 0 : along > 1 ? 1 : along;
    return hypot(p.x - from.x - along * dx, p.y - from.y - along * dy);
}

static int within(double at, int width)
{
    return at < 0 ? 0 : at > width ? width : (int)at;
}

static void lay_line(void *context, struct point from, struct point to)
{
    struct ink *ink = context;
    double reach = ink->radius + 1;
    int x_begin, x_end, y_end;

    from = (struct point){ink->left + from.x * ink->scale, ink->top + from.y * ink->scale};
    to = (struct point){ink->left + to.x * ink->scale, ink->top + to.y * ink->scale};
    x_begin = within(fmin(from.x, to.x) - reach, ink->width);
    x_end = within(fmax(from.x, to.x) + reach + 1, ink->width);
    y_end = within(fmax(from.y, to.y) + reach + 1, ink->width);
    for (int y = within(fmin(from.y, to.y) - reach, ink->width); y < y_end; y++)
        for (int x = x_begin; x < x_end; x++) {
            float *cover = &ink->cover[(size_t)y * (size_t)ink->width + (size_t)x];
            double share = ink->radius + 0.5 - distance((struct point){x + 0.5, y + 0.5}, from, to);

            if (share > *cover)
                *cover = (float)fmin(share, 1);
        }
}

static char upper(char letter)
{
    return (char)(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
}

/* The first letter or digit; '-' for a label without any. */
static char initial_of(const char *label)
{
    double width;

    for (; *label; label++)
        if (!strchr(".-_", *label) && glyph_width(upper(*label), &width))
            return upper(*label);
    return '-';
}

static void lay_initial(struct ink *ink, char letter, double middle)
{
    double width = 0;

    glyph_width(letter, &width);
    ink->scale = ink->width * 0.44 / 100;
    ink->radius = ink->width * 0.036;
    ink->left = (ink->width - width * ink->scale) / 2;
    ink->top = ink->width * middle - 50 * ink->scale;
    glyph_lines(letter, lay_line, ink);
}

/* As many letters as fit, below the initial. */
static void lay_label(struct ink *ink, const char *label)
{
    double total = -GAP, width;
    double room;
    int count = 0;

    ink->scale = ink->width * 0.046 / 100;
    ink->radius = fmax(ink->width * 0.0042, 0.7);
    room = ink->width * 0.84 / ink->scale;
    while (count < MOST_LABEL && label[count]) {
        width = 0;
        glyph_width(upper(label[count]), &width);
        if (total + GAP + width > room)
            break;
        total += GAP + width;
        count++;
    }
    ink->left = (ink->width - total * ink->scale) / 2;
    ink->top = ink->width * 0.845;
    for (int i = 0; i < count; i++) {
        width = 0;
        glyph_width(upper(label[i]), &width);
        glyph_lines(upper(label[i]), lay_line, ink);
        ink->left += (width + GAP) * ink->scale;
    }
}

/* -- the card -----------------------------------------------------------------------------------
 */

struct look {
    struct colour light, dark;
    struct point discs[2]; /* centres, in widths */
    double radii[2];
};

static struct look look_of(const char *seed)
{
    static const double full_turn = 6.283185307179586;
    uint32_t number = hash(seed);
    /* All but 80 to 130 degrees, the colour of mud at this lightness, and never turned towards it.
     */
    double degrees = 130 + 310 * (number % 24) / 24.0;
    double hue = full_turn * degrees / 360;
    double turn = degrees > 370 || (degrees > 170 && (number >> 5 & 1)) ? -0.6 : 0.6;
    int side = number >> 6 & 1;
    struct look look = {
        .light = from_oklch(0.64, 0.135, hue),
        .dark = from_oklch(0.43, 0.125, hue + turn),
        .discs = {{side ? 0.98 : 0.02, 0.06 + (number >> 8 & 7) * 0.03},
                  {side ? 0.1 : 0.9, 0.9 + (number >> 11 & 7) * 0.03}},
        .radii = {0.36 + (number >> 14 & 7) * 0.02, 0.42 + (number >> 17 & 7) * 0.03},
    };

    return look;
}

static struct colour background(const struct look *look, struct point p, double pixel)
{
    static const struct colour white = {1, 1, 1};
    struct colour colour = look->light;

    blend(&colour, look->dark, p.y); /* rows of one colour make a PNG a quarter the size */
    for (int i = 0; i < 2; i++) {
        double inside = look->radii[i] - hypot(p.x - look->discs[i].x, p.y - look->discs[i].y);

        blend(&colour, white, 0.08 * fmin(fmax(inside / pixel + 0.5, 0), 1));
    }
    return colour;
}

static double cover_at(const struct ink *ink, int x, int y)
{
    return y < 0 ? 0 : (double)ink->cover[(size_t)y * (size_t)ink->width + (size_t)x];
}

static void paint(const struct look *look, const struct ink *initial, const struct ink *label,
                  uint8_t *pixels)
{
    static const struct colour white = {1, 1, 1}, black = {0, 0, 0};
    double pixel = 1.0 / initial->width;
    int drop = initial->width / 60 + 1; /* the shadow's way down */

    for (int y = 0; y < initial->width; y++)
        for (int x = 0; x < initial->width; x++) {
            struct point p = {(x + 0.5) * pixel, (y + 0.5) * pixel};
            struct colour colour = background(look, p, pixel);

            blend(&colour, black, 0.16 * cover_at(initial, x, y - drop));
            blend(&colour, white, 0.96 * cover_at(initial, x, y));
            blend(&colour, white, 0.9 * cover_at(label, x, y));
            *pixels++ = (uint8_t)lrint(colour.red * 255);
            *pixels++ = (uint8_t)lrint(colour.green * 255);
            *pixels++ = (uint8_t)lrint(colour.blue * 255);
        }
}

static struct ink blank_ink(int width)
{
    struct ink ink = {.width = width};

    ink.cover = calloc((size_t)width * (size_t)width, sizeof(float));
    if (!ink.cover)
        abort();
    return ink;
}

void card_draw(const struct card *card, struct buf *out)
{
    struct ink initial = blank_ink(card->width);
    struct ink label = blank_ink(card->width);
    uint8_t *pixels = malloc((size_t)card->width * (size_t)card->width * 3);
    struct look look = look_of(card->seed);
    bool labelled = card->width >= LEAST_LABEL_WIDTH;

    if (!pixels)
        abort();
    lay_initial(&initial, initial_of(card->label), labelled ? 0.455 : 0.5);
    if (labelled)
        lay_label(&label, card->label);
    paint(&look, &initial, &label, pixels);
    png_write(out, pixels, card->width, card->width);
    free(pixels);
    free(label.cover);
    free(initial.cover);
}
