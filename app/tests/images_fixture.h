/* SPDX-License-Identifier: MIT */
/* For test_images.c: sample pictures, a receiver that serves them, posts that show them. */
#ifndef DECANT_TESTS_IMAGES_FIXTURE_H
#define DECANT_TESTS_IMAGES_FIXTURE_H

#include "../images.h"
#include "../images_sniff.h"
#include "../../lib/clock.h"
#include "../../lib/outbound.h"
#include "../../lib/tests/receiver.h"
#include "folder.h"

#include <fcntl.h>
#include <gd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Type: image/whatever\r\nConnection: close\r\n\r\n"

enum { SAMPLE_WIDTH = 300, SAMPLE_HEIGHT = 200 };

/* -- samples ------------------------------------------------------------------------------------
 */

struct sample {
    char *bytes;
    size_t len;
};

static struct sample samples_png, samples_clear_png, samples_jpeg, samples_gif, samples_webp;

static struct canned answers[40];

static gdImagePtr draw(int width, int height)
{
    gdImagePtr image = gdImageCreateTrueColor(width, height);

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            gdImageSetPixel(image, x, y, gdTrueColor(x * 255 / width, y * 255 / height, 90));
    return image;
}

static struct sample take(void *bytes, int len)
{
    assert_non_null(bytes);
    return (struct sample){bytes, (size_t)len};
}

static void prepare_samples(void)
{
    gdImagePtr image = draw(SAMPLE_WIDTH, SAMPLE_HEIGHT);
    int len;

    samples_png.bytes = gdImagePngPtr(image, &len);
    samples_png = take(samples_png.bytes, len);
    samples_jpeg.bytes = gdImageJpegPtr(image, &len, 90);
    samples_jpeg = take(samples_jpeg.bytes, len);
    samples_webp.bytes = gdImageWebpPtr(image, &len);
    samples_webp = take(samples_webp.bytes, len);
    gdImageSaveAlpha(image, 1);
    gdImageAlphaBlending(image, 0);
    gdImageFilledRectangle(image, 0, 0, 99, 99, gdTrueColorAlpha(0, 0, 0, gdAlphaTransparent));
    samples_clear_png.bytes = gdImagePngPtr(image, &len);
    samples_clear_png = take(samples_clear_png.bytes, len);
    gdImageDestroy(image);
    image = draw(SAMPLE_WIDTH, SAMPLE_HEIGHT);
    gdImageTrueColorToPalette(image, 0, 64);
    samples_gif.bytes = gdImageGifPtr(image, &len);
    samples_gif = take(samples_gif.bytes, len);
    gdImageDestroy(image);
}

static struct sample joined(const void *first, size_t first_len, const void *second, size_t len)
{
    struct sample all = {malloc(first_len + len), first_len + len};

    memcpy(all.bytes, first, first_len);
    memcpy(all.bytes + first_len, second, len);
    return all;
}

static struct canned *next_answer(void)
{
    struct canned *answer = answers;

    while (answer->path)
        answer++;
    return answer;
}

static void serve(const char *path, const void *bytes, size_t len)
{
    struct sample all = joined(OK, strlen(OK), bytes, len);

    *next_answer() = (struct canned){.path = path, .bytes = all.bytes, .len = all.len};
}

static void serve_sized(const char *path, int width, int height)
{
    gdImagePtr image = draw(width, height);
    int len;
    void *bytes = gdImagePngPtr(image, &len);

    serve(path, bytes, (size_t)len);
    gdFree(bytes);
    gdImageDestroy(image);
}

/* The JPEG with an EXIF segment that says: turn me a quarter to the right. */
static void serve_turned(const char *path)
{
    static const char exif[] = "\xFF\xD8\xFF\xE1\x00\x22"
                               "Exif\0\0MM\0*\0\0\0\x08\0\x01"
                               "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    struct sample turned =
        joined(exif, sizeof(exif) - 1, samples_jpeg.bytes + 2, samples_jpeg.len - 2);

    serve(path, turned.bytes, turned.len);
    free(turned.bytes);
}

static void serve_vast(const char *path)
{
    struct sample vast = joined(samples_png.bytes, samples_png.len, "", 0);

    memcpy(vast.bytes + 16, "\0\0\x20\0\0\0\x20\0", 8); /* 8192 by 8192 */
    serve(path, vast.bytes, vast.len);
    free(vast.bytes);
}

static void prepare_answers(void)
{
    static const char html[] = "<!doctype html><title>No picture</title>";

    serve("/a.png", samples_png.bytes, samples_png.len);
    serve("/clear.png", samples_clear_png.bytes, samples_clear_png.len);
    serve("/a.jpg", samples_jpeg.bytes, samples_jpeg.len);
    serve("/a.gif", samples_gif.bytes, samples_gif.len);
    serve("/a.webp", samples_webp.bytes, samples_webp.len);
    serve_sized("/small.png", 40, 30);
    serve_sized("/tall.png", 100, 1000);
    serve_sized("/flat.png", 1000, 1);
    serve_turned("/turned.jpg");
    serve("/half.png", samples_png.bytes, samples_png.len / 2);
    serve("/half.jpg", samples_jpeg.bytes, samples_jpeg.len / 2);
    serve("/half.gif", samples_gif.bytes, samples_gif.len / 2);
    serve("/half.webp", samples_webp.bytes, samples_webp.len / 2);
    serve_vast("/vast.png");
    serve("/page.png", html, sizeof(html) - 1);
    serve("/empty.png", "", 0);
    *next_answer() = (struct canned){
        .path = "/moved.png",
        .bytes =
            "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/a.png\r\nContent-Length: 0\r\n\r\n"};
    *next_answer() = (struct canned){.path = "/silent.png", .bytes = "", .hold = true};
}

static void release_samples(void)
{
    for (struct canned *answer = answers; answer->path; answer++)
        if (answer->len)
            free((void *)(uintptr_t)answer->bytes);
    gdFree(samples_png.bytes);
    gdFree(samples_clear_png.bytes);
    gdFree(samples_jpeg.bytes);
    gdFree(samples_gif.bytes);
    gdFree(samples_webp.bytes);
}

/* -- the fixture --------------------------------------------------------------------------------
 */

struct fixture {
    struct receiver *receiver;
    struct guard *guard;
    struct metrics *metrics;
    struct images *images;
    struct images_options options;
    struct arena arena;
    struct error err;
    char directory[64];
};

static void open_images(struct fixture *fixture)
{
    fixture->images = images_open(&fixture->options, &fixture->err);
    assert_non_null(fixture->images);
}

static void reopen_images(struct fixture *fixture)
{
    images_close(fixture->images);
    open_images(fixture);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char allow[64];

    fixture->receiver = receiver_open(answers);
    snprintf(allow, sizeof(allow), "127.0.0.1:%d,127.0.0.1:9", fixture->receiver->port);
    fixture->guard = guard_open(allow, &fixture->err);
    fixture->metrics = metrics_open();
    snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/decant-images-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    fixture->options = (struct images_options){
        .directory = fixture->directory,
        .cache_size = 10 * 1024 * 1024,
        .guard = fixture->guard,
        .fetch_timeout_ms = 2000,
        .max_source = 1024 * 1024,
        .metrics = fixture->metrics,
    };
    open_images(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    clock_shift_ms(0);
    images_close(fixture->images);
    metrics_close(fixture->metrics);
    receiver_close(fixture->receiver);
    guard_close(fixture->guard);
    bytes_in(fixture->directory, true);
    rmdir(fixture->directory);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static struct post post_of(const char *id)
{
    return (struct post){.id = id,
                         .title = "A title",
                         .author = "ann",
                         .url = "http://example.com/page",
                         .permalink = "",
                         .domain = "example.com",
                         .selftext = "",
                         .thumbnail = "",
                         .source = "reddit"};
}

static struct post post_with(struct fixture *fixture, const char *path)
{
    struct post post = post_of("p1");

    post.thumbnail =
        arena_printf(&fixture->arena, "http://127.0.0.1:%d%s", fixture->receiver->port, path);
    return post;
}

static struct picture make(struct fixture *fixture, const struct post *post, int width)
{
    struct picture_wish wish = {post, width};
    struct picture picture = {0};

    assert_true(images_make(fixture->images, &wish, &fixture->arena, &picture, &fixture->err));
    assert_true(picture.len > 0);
    return picture;
}

static bool cached(struct fixture *fixture, const struct post *post, int width,
                   struct picture *picture)
{
    struct picture_wish wish = {post, width};

    return images_cached(fixture->images, &wish, &fixture->arena, picture);
}

static gdImagePtr decoded(const struct picture *picture)
{
    void *bytes = (void *)(uintptr_t)picture->bytes;
    gdImagePtr image = strcmp(picture->type, "image/png") == 0
                           ? gdImageCreateFromPngPtr((int)picture->len, bytes)
                           : gdImageCreateFromJpegPtr((int)picture->len, bytes);

    assert_non_null(image);
    return image;
}

static void assert_size(const struct picture *picture, int width, int height)
{
    gdImagePtr image = decoded(picture);

    assert_int_equal(gdImageSX(image), width);
    assert_int_equal(gdImageSY(image), height);
    gdImageDestroy(image);
}

static int metric_of(struct fixture *fixture, const char *line_start)
{
    struct buf text = {0};
    char *line;
    int value = -1;

    metrics_write(fixture->metrics, &text);
    line = strstr(buf_text(&text), line_start);
    if (line)
        value = (int)strtol(line + strlen(line_start), NULL, 10);
    buf_release(&text);
    return value;
}

#endif
