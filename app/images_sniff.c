/* SPDX-License-Identifier: MIT */
#include "images_sniff.h"

#include <string.h>

struct bytes {
    const uint8_t *at;
    size_t len;
};

static uint32_t big16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t big32(const uint8_t *at)
{
    return big16(at) << 16 | big16(at + 2);
}

static uint32_t little16(const uint8_t *at)
{
    return (uint32_t)at[1] << 8 | at[0];
}

static uint32_t little24(const uint8_t *at)
{
    return (uint32_t)at[2] << 16 | little16(at);
}

static uint32_t little32(const uint8_t *at)
{
    return little16(at + 2) << 16 | little16(at);
}

static bool starts(struct bytes bytes, size_t offset, const char *text, size_t len)
{
    return bytes.len >= offset + len && memcmp(bytes.at + offset, text, len) == 0;
}

/* -- PNG (RFC 2083) ------------------------------------------------------------------------------
 */

static bool read_png(struct bytes png, struct picture_head *out)
{
    if (png.len < 33 || !starts(png, 8, "\0\0\0\15IHDR", 8))
        return false;
    out->width = big32(png.at + 16);
    out->height = big32(png.at + 20);
    return true;
}

/* -- JPEG (ITU T.81), EXIF's orientation ----------------------------------------------------------
 */

/* The value of tag 0x0112 in the first directory of a TIFF structure; 1 if it says nothing. */
static int read_orientation(struct bytes tiff)
{
    bool little = starts(tiff, 0, "II*\0", 4);
    uint32_t (*number16)(const uint8_t *) = little ? little16 : big16;
    size_t at, count;

    if (tiff.len < 8 || (!little && !starts(tiff, 0, "MM\0*", 4)))
        return 1;
    at = little ? little32(tiff.at + 4) : big32(tiff.at + 4);
    if (at > tiff.len - 2)
        return 1;
    count = number16(tiff.at + at);
    at += 2;
    for (; count > 0 && tiff.len - at >= 12; count--, at += 12)
        if (number16(tiff.at + at) == 0x0112) {
            uint32_t value = number16(tiff.at + at + 8);

            return value >= 1 && value <= 8 ? (int)value : 1;
        }
    return 1;
}

static bool is_frame_header(uint8_t marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* Past the coded data of a scan, to the next marker that is not part of it. */
static size_t skip_scan(struct bytes jpeg, size_t at)
{
    while (jpeg.len - at >= 2) {
        uint8_t next = jpeg.at[at + 1];

        if (jpeg.at[at] == 0xFF && next != 0x00 && next != 0xFF && (next < 0xD0 || next > 0xD7))
            return at;
        at++;
    }
    return jpeg.len;
}

/* To the end, which the decoder makes up where it is missing. */
static bool read_jpeg(struct bytes jpeg, struct picture_head *out)
{
    size_t at = 2;

    while (jpeg.len - at >= 4 && jpeg.at[at] == 0xFF) {
        uint8_t marker = jpeg.at[at + 1];
        size_t len = big16(jpeg.at + at + 2);

        if (marker == 0xFF) {
            at++;
            continue;
        }
        if (marker == 0xD9)
            break;
        if (len < 2 || len > jpeg.len - at - 2)
            return false;
        if (is_frame_header(marker) && len >= 8 && !out->width) {
            out->height = big16(jpeg.at + at + 5);
            out->width = big16(jpeg.at + at + 7);
        }
        if (marker == 0xE1 && starts((struct bytes){jpeg.at + at + 4, len - 2}, 0, "Exif\0\0", 6))
            out->orientation = read_orientation((struct bytes){jpeg.at + at + 10, len - 8});
        at += 2 + len;
        if (marker == 0xDA)
            at = skip_scan(jpeg, at);
    }
    return jpeg.len - at >= 2 && jpeg.at[at] == 0xFF && jpeg.at[at + 1] == 0xD9;
}

/* -- GIF (89a) ------------------------------------------------------------------------------------
 */

/* Past a chain of sub-blocks; false if it is cut short. */
static bool skip_blocks(struct bytes gif, size_t *at)
{
    while (*at < gif.len) {
        size_t len = gif.at[*at];

        *at += 1 + len;
        if (len == 0)
            return true;
    }
    return false;
}

static size_t colours_len(uint8_t flags)
{
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* The decoder shows what there is of a picture cut short, so its end is looked for here. */
static bool first_frame_is_whole(struct bytes gif, const struct picture_head *head)
{
    size_t at = 13 + colours_len(gif.at[10]);

    while (gif.len > at && gif.at[at] == 0x21) {
        at += 2;
        if (!skip_blocks(gif, &at))
            return false;
    }
    if (gif.len < at || gif.len - at < 11 || gif.at[at] != 0x2C)
        return false;
    if (little16(gif.at + at + 1) + little16(gif.at + at + 5) > head->width ||
        little16(gif.at + at + 3) + little16(gif.at + at + 7) > head->height)
        return false;
    at += 10 + colours_len(gif.at[at + 9]) + 1;
    return skip_blocks(gif, &at);
}

static bool read_gif(struct bytes gif, struct picture_head *out)
{
    if (gif.len < 13)
        return false;
    out->width = little16(gif.at + 6);
    out->height = little16(gif.at + 8);
    return first_frame_is_whole(gif, out);
}

/* -- WebP (RFC 9649) ------------------------------------------------------------------------------
 */

static bool read_webp(struct bytes webp, struct picture_head *out)
{
    static const uint8_t animated = 0x02;

    if (webp.len < 30 || little32(webp.at + 4) > webp.len - 8)
        return false;
    if (starts(webp, 12, "VP8 ", 4) && starts(webp, 23, "\x9D\x01\x2A", 3)) {
        out->width = little16(webp.at + 26) & 0x3FFF;
        out->height = little16(webp.at + 28) & 0x3FFF;
        return true;
    }
    if (starts(webp, 12, "VP8L", 4) && webp.at[20] == 0x2F) {
        out->width = (little32(webp.at + 21) & 0x3FFF) + 1;
        out->height = (little32(webp.at + 21) >> 14 & 0x3FFF) + 1;
        return true;
    }
    if (starts(webp, 12, "VP8X", 4) && !(webp.at[20] & animated)) {
        out->width = little24(webp.at + 24) + 1;
        out->height = little24(webp.at + 27) + 1;
        return true;
    }
    return false;
}

bool picture_sniff(const uint8_t *bytes, size_t len, struct picture_head *out, struct error *err)
{
    struct bytes all = {bytes, len};
    struct picture_head head = {.orientation = 1};
    bool whole;

    if (starts(all, 0, "\x89PNG\r\n\x1A\n", 8)) {
        head.kind = PICTURE_PNG;
        whole = read_png(all, &head);
    } else if (starts(all, 0, "\xFF\xD8\xFF", 3)) {
        head.kind = PICTURE_JPEG;
        whole = read_jpeg(all, &head);
    } else if (starts(all, 0, "GIF87a", 6) || starts(all, 0, "GIF89a", 6)) {
        head.kind = PICTURE_GIF;
        whole = read_gif(all, &head);
    } else if (starts(all, 0, "RIFF", 4) && starts(all, 8, "WEBP", 4)) {
        head.kind = PICTURE_WEBP;
        whole = read_webp(all, &head);
    } else {
        return fail(err, ERROR_UPSTREAM, "this is no PNG, JPEG, GIF or WebP picture");
    }
    if (!whole || head.width == 0 || head.height == 0)
        return fail(err, ERROR_UPSTREAM, "the picture is damaged or cut short");
    if ((uint64_t)head.width * head.height > PICTURE_MOST_PIXELS)
        return fail(err, ERROR_UPSTREAM, "the picture has more than 40 million pixels");
    *out = head;
    return true;
}
