/* SPDX-License-Identifier: MIT */
#include "picture.h"

#include "prng.h"

#include <errno.h>
#include <gd.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 320, HEIGHT = 240, MOST_SHAPES = 7 };

static int colour(struct prng *prng, int least)
{
    int span = 256 - least;

    return gdTrueColor(least + (int)prng_below(prng, (uint64_t)span),
                       least + (int)prng_below(prng, (uint64_t)span),
                       least + (int)prng_below(prng, (uint64_t)span));
}

static int within(struct prng *prng, int size)
{
    return (int)prng_below(prng, (uint64_t)size);
}

static void draw_shape(gdImagePtr image, struct prng *prng)
{
    int x = within(prng, WIDTH);
    int y = within(prng, HEIGHT);
    int size = 30 + within(prng, 140);
    int ink = colour(prng, 40);

    switch (prng_below(prng, 3)) {
    case 0:
        gdImageFilledEllipse(image, x, y, size, size, ink);
        break;
    case 1:
        gdImageFilledRectangle(image, x, y, x + size, y + size / 2, ink);
        break;
    default:
        gdImageSetThickness(image, 4 + size / 16);
        gdImageArc(image, x, y, 2 * size, 2 * size, within(prng, 360), 360, ink);
    }
}

bool picture_write(const char *directory, const char *id, uint64_t seed, struct error *err)
{
    struct prng prng = {seed};
    char path[4096];
    gdImagePtr image;
    FILE *file;
    unsigned shapes;

    if (snprintf(path, sizeof(path), "%s/%s.png", directory, id) >= (int)sizeof(path))
        return fail(err, ERROR_INTERNAL, "the name of the pictures' directory is too long");
    for (const char *at = id; *at; at++)
        prng.state = prng.state * 131 + (unsigned char)*at;
    file = fopen(path, "we");
    if (!file)
        return fail(err, ERROR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    image = gdImageCreateTrueColor(WIDTH, HEIGHT);
    gdImageFilledRectangle(image, 0, 0, WIDTH, HEIGHT, colour(&prng, 150));
    shapes = 3 + prng_below(&prng, MOST_SHAPES - 2);
    for (unsigned i = 0; i < shapes; i++)
        draw_shape(image, &prng);
    gdImagePng(image, file);
    gdImageDestroy(image);
    if (fclose(file) != 0)
        return fail(err, ERROR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    return true;
}
