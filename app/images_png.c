/* SPDX-License-Identifier: MIT */
#include "images_png.h"

#include <stdlib.h>
#include <zlib.h>

enum { CHANNELS = 3, FILTERS = 5 };

static void add_u32(struct buf *out, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_byte(out, (char)(number >> shift & 0xFF));
}

static void add_chunk(struct buf *out, const char type[4], const void *data, size_t len)
{
    size_t begin;

    add_u32(out, (uint32_t)len);
    begin = out->len;
    buf_add(out, type, 4);
    buf_add(out, data, len);
    add_u32(out, (uint32_t)crc32(0, (const Bytef *)out->data + begin, (uInt)(len + 4)));
}

static int paeth(int left, int up, int corner)
{
    int guess = left + up - corner;
    int to_left = abs(guess - left), to_up = abs(guess - up), to_corner = abs(guess - corner);

    if (to_left <= to_up && to_left <= to_corner)
        return left;
    return to_up <= to_corner ? up : corner;
}

static int predict(int filter, int left, int up, int corner)
{
    switch (filter) {
    case 1:
        return left;
    case 2:
        return up;
    case 3:
        return (left + up) / 2;
    case 4:
        return paeth(left, up, corner);
    default:
        return 0;
    }
}

/* Write a row filtered one way; returns how far from zero its bytes are, in all. */
static long filter_row(int filter, const uint8_t *row, const uint8_t *above, size_t len,
                       uint8_t *out)
{
    long cost = 0;

    *out++ = (uint8_t)filter;
    for (size_t i = 0; i < len; i++) {
        int left = i >= CHANNELS ? row[i - CHANNELS] : 0;
        int up = above ? above[i] : 0;
        int corner = above && i >= CHANNELS ? above[i - CHANNELS] : 0;

        out[i] = (uint8_t)(row[i] - predict(filter, left, up, corner));
        cost += abs((int8_t)out[i]);
    }
    return cost;
}

/* Each row the way that leaves the least (RFC 2083 section 9.6). */
static uint8_t *filter_all(const uint8_t *pixels, int height, size_t stride)
{
    uint8_t *filtered = malloc((stride + 1) * (size_t)height);
    uint8_t *attempt = malloc(stride + 1);

    if (!filtered || !attempt)
        abort();
    for (int y = 0; y < height; y++) {
        const uint8_t *row = pixels + (size_t)y * stride;
        uint8_t *best = filtered + (size_t)y * (stride + 1);
        long least = -1;

        for (int filter = 0; filter < FILTERS; filter++) {
            long cost = filter_row(filter, row, y ? row - stride : NULL, stride, attempt);

            if (least < 0 || cost < least) {
                least = cost;
                memcpy(best, attempt, stride + 1);
            }
        }
    }
    free(attempt);
    return filtered;
}

void png_write(struct buf *out, const uint8_t *pixels, int width, int height)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    static const uint8_t form[5] = {8, 2, 0, 0, 0}; /* 8 bits of red, green and blue */
    size_t stride = (size_t)width * CHANNELS;
    uLong raw_len = (uLong)((stride + 1) * (size_t)height);
    uLongf packed_len = compressBound(raw_len);
    uint8_t *raw = filter_all(pixels, height, stride);
    uint8_t *packed = malloc(packed_len);
    struct buf head = {0};

    if (!packed || compress2(packed, &packed_len, raw, raw_len, Z_BEST_COMPRESSION) != Z_OK)
        abort();
    add_u32(&head, (uint32_t)width);
    add_u32(&head, (uint32_t)height);
    buf_add(&head, form, sizeof(form));
    buf_add(out, signature, sizeof(signature));
    add_chunk(out, "IHDR", head.data, head.len);
    add_chunk(out, "IDAT", packed, packed_len);
    add_chunk(out, "IEND", NULL, 0);
    buf_release(&head);
    free(packed);
    free(raw);
}

static bool is_needed(const uint8_t *type)
{
    static const char *const needed[] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (memcmp(type, needed[i], 4) == 0)
            return true;
    return false;
}

bool png_strip(struct buf *out, const uint8_t *bytes, size_t len)
{
    enum { SIGNATURE = 8, AROUND = 12 }; /* length, type and checksum around a chunk's data */
    size_t at = SIGNATURE;

    if (len < SIGNATURE)
        return false;
    buf_add(out, bytes, SIGNATURE);
    while (len - at >= AROUND) {
        const uint8_t *chunk = bytes + at;
        size_t size = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 |
                      (size_t)chunk[3];

        if (size > len - at - AROUND)
            return false;
        if (is_needed(chunk + 4))
            buf_add(out, chunk, size + AROUND);
        if (memcmp(chunk + 4, "IEND", 4) == 0)
            return true;
        at += size + AROUND;
    }
    return false;
}
