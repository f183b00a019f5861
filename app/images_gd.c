/* SPDX-License-Identifier: MIT */
#include "images_gd.h"
#include "images_png.h"

#include <dlfcn.h>
#include <gd.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

enum { JPEG_QUALITY = 82, PNG_LEVEL = 9, TRIM_PIXELS = 250 * 1000 };

/* What is used of libgd. */
struct gd {
    __typeof__(gdImageCreateFromPngPtr) *from_png;
    __typeof__(gdImageCreateFromJpegPtrEx) *from_jpeg;
    __typeof__(gdImageCreateFromGifPtr) *from_gif;
    __typeof__(gdImageCreateFromWebpPtr) *from_webp;
    __typeof__(gdImagePaletteToTrueColor) *to_true_colour;
    __typeof__(gdImageSetInterpolationMethod) *set_interpolation;
    __typeof__(gdImageScale) *scale;
    __typeof__(gdImageCrop) *crop;
    __typeof__(gdImageCreateTrueColor) *create;
    __typeof__(gdImageSaveAlpha) *save_alpha;
    __typeof__(gdImagePngPtrEx) *to_png;
    __typeof__(gdImageJpegPtr) *to_jpeg;
    __typeof__(gdImageDestroy) *destroy;
    __typeof__(gdFree) *free;
    __typeof__(gdSetErrorMethod) *set_error_method;
};

static struct gd gd;
static bool gd_loaded;
static pthread_once_t gd_once = PTHREAD_ONCE_INIT;

static void say_nothing(int priority, const char *format, va_list args)
{
    (void)priority;
    (void)format;
    (void)args;
}

static bool look_up(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);

    memcpy(slot, &symbol, sizeof(symbol));
    return symbol;
}

static void gd_load(void)
{
    void *library = dlopen("libgd.so.3", RTLD_NOW | RTLD_LOCAL);

    gd_loaded =
        library && look_up(library, "gdImageCreateFromPngPtr", &gd.from_png) &&
        look_up(library, "gdImageCreateFromJpegPtrEx", &gd.from_jpeg) &&
        look_up(library, "gdImageCreateFromGifPtr", &gd.from_gif) &&
        look_up(library, "gdImageCreateFromWebpPtr", &gd.from_webp) &&
        look_up(library, "gdImagePaletteToTrueColor", &gd.to_true_colour) &&
        look_up(library, "gdImageSetInterpolationMethod", &gd.set_interpolation) &&
        look_up(library, "gdImageScale", &gd.scale) && look_up(library, "gdImageCrop", &gd.crop) &&
        look_up(library, "gdImageCreateTrueColor", &gd.create) &&
        look_up(library, "gdImageSaveAlpha", &gd.save_alpha) &&
        look_up(library, "gdImagePngPtrEx", &gd.to_png) &&
        look_up(library, "gdImageJpegPtr", &gd.to_jpeg) &&
        look_up(library, "gdImageDestroy", &gd.destroy) && look_up(library, "gdFree", &gd.free) &&
        look_up(library, "gdSetErrorMethod", &gd.set_error_method);
    if (gd_loaded)
        gd.set_error_method(say_nothing); /* it writes to stderr otherwise */
}

/* -- steps; each takes the image it is given and gives one back, NULL if it could not -------------
 */

static gdImagePtr decode_png(const struct source_picture *source)
{
    struct buf plain = {0};
    gdImagePtr image = NULL;

    if (png_strip(&plain, source->bytes, source->len))
        image = gd.from_png((int)plain.len, plain.data);
    buf_release(&plain);
    return image;
}

static gdImagePtr decode(const struct source_picture *source)
{
    void *bytes = (void *)(uintptr_t)source->bytes; /* libgd only reads */
    gdImagePtr image = NULL;

    switch (source->head.kind) {
    case PICTURE_PNG:
        image = decode_png(source);
        break;
    case PICTURE_JPEG:
        image = gd.from_jpeg((int)source->len, bytes, 0);
        break;
    case PICTURE_GIF:
        image = gd.from_gif((int)source->len, bytes);
        break;
    case PICTURE_WEBP:
        image = gd.from_webp((int)source->len, bytes);
        break;
    }
    if (image && !gd.to_true_colour(image)) {
        gd.destroy(image);
        return NULL;
    }
    return image;
}

/* Orientations 5 to 8 lie on their side: across is the side that will be the width. */
static bool lies(const struct picture_head *head)
{
    return head->orientation >= 5;
}

static gdImagePtr cut_to_shape(gdImagePtr image, const struct picture_head *head)
{
    gdRect keep = {0, 0, image->sx, image->sy};
    gdImagePtr cut;

    if (lies(head) && keep.width / 2 > keep.height)
        keep.width = keep.height * 2;
    else if (!lies(head) && keep.height / 2 > keep.width)
        keep.height = keep.width * 2;
    else
        return image;
    cut = gd.crop(image, &keep);
    gd.destroy(image);
    return cut;
}

static gdImagePtr scale_down(gdImagePtr image, const struct picture_head *head, int width)
{
    int across = lies(head) ? image->sy : image->sx;
    long along = lies(head) ? image->sx : image->sy;
    gdImagePtr scaled;

    if (across <= width)
        return image;
    along = along * width / across;
    along = along < 1 ? 1 : along;
    /* One of the methods that weigh every source pixel; libgd's own bicubic looks at sixteen. */
    gd.set_interpolation(image, GD_MITCHELL);
    scaled = lies(head) ? gd.scale(image, (unsigned)along, (unsigned)width)
                        : gd.scale(image, (unsigned)width, (unsigned)along);
    gd.destroy(image);
    return scaled;
}

/* EXIF 2.32, tag Orientation: where the pixel at (x, y) of the upright picture is stored. */
static int stored_pixel(gdImagePtr image, int orientation, int x, int y)
{
    int right = image->sx - 1, bottom = image->sy - 1;

    switch (orientation) {
    case 2:
        return image->tpixels[y][right - x];
    case 3:
        return image->tpixels[bottom - y][right - x];
    case 4:
        return image->tpixels[bottom - y][x];
    case 5:
        return image->tpixels[x][y];
    case 6:
        return image->tpixels[bottom - x][y];
    case 7:
        return image->tpixels[bottom - x][right - y];
    case 8:
        return image->tpixels[x][right - y];
    default:
        return image->tpixels[y][x];
    }
}

static gdImagePtr set_upright(gdImagePtr image, const struct picture_head *head)
{
    gdImagePtr upright;

    if (head->orientation == 1)
        return image;
    upright = lies(head) ? gd.create(image->sy, image->sx) : gd.create(image->sx, image->sy);
    for (int y = 0; upright && y < upright->sy; y++)
        for (int x = 0; x < upright->sx; x++)
            upright->tpixels[y][x] = stored_pixel(image, head->orientation, x, y);
    gd.destroy(image);
    return upright;
}

static bool is_transparent(gdImagePtr image)
{
    for (int y = 0; y < image->sy; y++)
        for (int x = 0; x < image->sx; x++)
            if (gdTrueColorGetAlpha(image->tpixels[y][x]) != gdAlphaOpaque)
                return true;
    return false;
}

static bool encode(gdImagePtr image, struct buf *out, const char **type)
{
    bool transparent = is_transparent(image);
    int len = 0;
    void *bytes;

    gd.save_alpha(image, transparent);
    bytes = transparent ? gd.to_png(image, &len, PNG_LEVEL) : gd.to_jpeg(image, &len, JPEG_QUALITY);
    if (!bytes)
        return false;
    buf_add(out, bytes, (size_t)len);
    gd.free(bytes);
    *type = transparent ? "image/png" : "image/jpeg";
    return true;
}

/* -- the whole ------------------------------------------------------------------------------------
 */

static gdImagePtr decode_and_scale(const struct source_picture *source, int width)
{
    const struct picture_head *head = &source->head;
    gdImagePtr image = decode(source);

    if (image && ((uint32_t)image->sx != head->width || (uint32_t)image->sy != head->height)) {
        gd.destroy(image); /* what was judged is not what was decoded */
        return NULL;
    }
    if (image)
        image = cut_to_shape(image, head);
    if (image)
        image = scale_down(image, head, width);
    if (image)
        image = set_upright(image, head);
    /* libgd asks for memory row by row, and the heap would keep what a large picture took. */
    if ((uint64_t)head->width * head->height > TRIM_PIXELS)
        malloc_trim(0);
    return image;
}

bool picture_scale(const struct source_picture *source, int width, struct buf *out,
                   const char **type, struct error *err)
{
    gdImagePtr image;
    bool encoded;

    pthread_once(&gd_once, gd_load);
    if (!gd_loaded)
        return fail(err, ERROR_INTERNAL, "libgd.so.3 cannot be loaded (package libgd3)");
    image = decode_and_scale(source, width);
    if (!image)
        return fail(err, ERROR_UPSTREAM, "the picture cannot be decoded");
    encoded = encode(image, out, type);
    gd.destroy(image);
    return encoded || fail(err, ERROR_INTERNAL, "the picture cannot be encoded");
}
