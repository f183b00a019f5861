/* SPDX-License-Identifier: MIT */
/* Pictures from a receiver on this machine, good and bad, and what is kept of them. */
#include "images_fixture.h"

/* -- cards --------------------------------------------------------------------------------------
 */

static void test_a_post_without_a_picture_gets_a_square_card(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_of("p1");
    struct picture picture = make(fixture, &post, 120);

    assert_true(picture.card);
    assert_string_equal(picture.type, "image/png");
    assert_size(&picture, 120, 120);
    assert_true(picture.len < 8 * 1024);
    assert_int_equal(fixture->receiver->count, 0);
    assert_int_equal(metric_of(fixture, "images_made_total{result=\"card\"} "), 1);
}

static void test_cards_exist_in_every_allowed_width_and_no_other(void **state)
{
    static const int widths[] = {IMAGES_LEAST_WIDTH, 199, 200, IMAGES_MOST_WIDTH};
    struct fixture *fixture = *state;
    struct post post = post_of("p1");
    struct picture_wish wish = {&post, IMAGES_LEAST_WIDTH - 1};
    struct picture picture;

    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        picture = make(fixture, &post, widths[i]);
        assert_size(&picture, widths[i], widths[i]);
    }
    assert_false(images_make(fixture->images, &wish, &fixture->arena, &picture, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_INVALID);
    wish.width = IMAGES_MOST_WIDTH + 1;
    assert_false(images_make(fixture->images, &wish, &fixture->arena, &picture, &fixture->err));
}

static void test_a_card_is_known_by_its_domain_and_a_self_post_by_its_author(void **state)
{
    struct fixture *fixture = *state;
    struct post one = post_of("p1"), same = post_of("p2"), other = post_of("p3");
    struct post self = post_of("p4"), self_other = post_of("p5");
    struct picture pictures[5];

    same.author = "bob";
    same.domain = "www.example.com";
    other.domain = "example.org";
    self.is_self = self_other.is_self = true;
    self_other.author = "bob";
    pictures[0] = make(fixture, &one, 120);
    pictures[1] = make(fixture, &same, 120);
    pictures[2] = make(fixture, &other, 120);
    pictures[3] = make(fixture, &self, 120);
    pictures[4] = make(fixture, &self_other, 120);
    assert_string_equal(pictures[0].etag, pictures[1].etag);
    assert_string_not_equal(pictures[0].etag, pictures[2].etag);
    assert_string_not_equal(pictures[3].etag, pictures[4].etag);
}

static void test_a_post_that_says_nothing_still_gets_a_card(void **state)
{
    static const char *const domains[] = {"", "...", "\xC3\xA9t\xC3\xA9.fr", "\xE4\xB8\xAD",
                                          "a-very-long-name-of-a-site-that-does-not-fit.example"};
    struct fixture *fixture = *state;
    struct post post = post_of("");

    post.author = "";
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        struct picture picture;

        post.domain = domains[i];
        picture = make(fixture, &post, 360);
        assert_true(picture.card);
        assert_size(&picture, 360, 360);
    }
}

/* -- good pictures ------------------------------------------------------------------------------
 */

static void test_pictures_of_every_kind_are_fetched_and_scaled(void **state)
{
    static const char *const paths[] = {"/a.png", "/a.jpg", "/a.gif", "/a.webp"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct post post = post_with(fixture, paths[i]);
        struct picture picture = make(fixture, &post, 120);

        assert_false(picture.card);
        assert_string_equal(picture.type, "image/jpeg");
        assert_size(&picture, 120, 80);
    }
    assert_int_equal(metric_of(fixture, "images_made_total{result=\"fetched\"} "), 4);
}

static void test_the_colours_survive(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_with(fixture, "/a.png");
    struct picture picture = make(fixture, &post, 120);
    gdImagePtr image = decoded(&picture);
    int colour = gdImageGetPixel(image, 60, 20);

    assert_in_range(gdTrueColorGetRed(colour), 127 - 12, 127 + 12);
    assert_in_range(gdTrueColorGetGreen(colour), 64 - 12, 64 + 12);
    assert_in_range(gdTrueColorGetBlue(colour), 90 - 12, 90 + 12);
    gdImageDestroy(image);
}

static void test_a_transparent_picture_stays_transparent(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_with(fixture, "/clear.png");
    struct picture picture = make(fixture, &post, 120);
    gdImagePtr image;

    assert_string_equal(picture.type, "image/png");
    image = decoded(&picture);
    assert_int_equal(gdTrueColorGetAlpha(gdImageGetPixel(image, 5, 5)), gdAlphaTransparent);
    assert_int_equal(gdTrueColorGetAlpha(gdImageGetPixel(image, 100, 70)), gdAlphaOpaque);
    gdImageDestroy(image);
}

static void test_pictures_are_not_enlarged_and_tall_ones_are_cut(void **state)
{
    struct fixture *fixture = *state;
    struct post small = post_with(fixture, "/small.png");
    struct post tall = post_with(fixture, "/tall.png");
    struct post flat = post_with(fixture, "/flat.png");
    struct picture picture = make(fixture, &small, 120);

    assert_size(&picture, 40, 30);
    picture = make(fixture, &tall, 50);
    assert_size(&picture, 50, 100);
    picture = make(fixture, &flat, 120);
    assert_size(&picture, 120, 1);
}

static void test_a_picture_lying_on_its_side_is_set_upright(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_with(fixture, "/turned.jpg");
    struct picture picture = make(fixture, &post, 100);
    gdImagePtr image = decoded(&picture);
    int colour = gdImageGetPixel(image, 95, 5);

    assert_int_equal(gdImageSX(image), 100);
    assert_int_equal(gdImageSY(image), 150);
    /* What was stored at the top left, the darkest corner, is now at the top right. */
    assert_in_range(gdTrueColorGetRed(colour), 0, 25);
    assert_in_range(gdTrueColorGetGreen(colour), 0, 25);
    gdImageDestroy(image);
}

static void test_a_url_that_ends_like_a_picture_is_one_and_another_is_not(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_with(fixture, "/a.jpg");
    struct picture picture;

    post.url = post.thumbnail;
    post.thumbnail = "";
    picture = make(fixture, &post, 120);
    assert_false(picture.card);
    post.url = arena_printf(&fixture->arena, "%s/page?x=/a.jpg", "http://127.0.0.1:9");
    picture = make(fixture, &post, 120);
    assert_true(picture.card);
    assert_int_equal(metric_of(fixture, "images_made_total{result=\"card\"} "), 1);
}

/* -- bad pictures -------------------------------------------------------------------------------
 */

static void assert_gives_a_card_for_now(struct fixture *fixture, const struct post *post)
{
    int failed = metric_of(fixture, "images_made_total{result=\"failed\"} ");
    struct picture picture = make(fixture, post, 120);

    assert_true(picture.card);
    assert_size(&picture, 120, 120);
    assert_int_equal(metric_of(fixture, "images_made_total{result=\"failed\"} "), failed + 1);
    assert_true(cached(fixture, post, 120, &picture));
    clock_shift_ms(10 * 60 * 1000 + 1000);
    assert_false(cached(fixture, post, 120, &picture));
    clock_shift_ms(0);
}

static void test_bad_answers_give_a_card_for_a_short_time(void **state)
{
    static const char *const paths[] = {
        "/half.png", "/half.jpg",  "/half.gif",  "/half.webp",   "/vast.png",
        "/page.png", "/empty.png", "/moved.png", "/missing.png",
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct post post = post_with(fixture, paths[i]);

        assert_gives_a_card_for_now(fixture, &post);
        assert_int_equal(fixture->receiver->count, i + 1);
    }
}

static void test_a_picture_that_is_too_large_gives_a_card(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_with(fixture, "/a.jpg");

    fixture->options.max_source = 100;
    reopen_images(fixture);
    assert_gives_a_card_for_now(fixture, &post);
}

static void test_a_silent_server_gives_a_card_in_time(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_with(fixture, "/silent.png");

    fixture->options.fetch_timeout_ms = 100;
    reopen_images(fixture);
    assert_gives_a_card_for_now(fixture, &post);
}

static void test_private_addresses_and_refused_connections_give_a_card(void **state)
{
    static const char *const urls[] = {"http://10.0.0.1/a.png", "http://127.0.0.1:9/a.png",
                                       "http://localhost/a.png", "ftp://example.com/a.png"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct post post = post_of("p1");

        post.thumbnail = urls[i];
        assert_gives_a_card_for_now(fixture, &post);
    }
}

static void assert_every_beginning_is_judged(const struct sample *sample)
{
    for (size_t len = 0; len <= sample->len; len++) {
        struct picture_head head = {.width = 7};
        struct error err = {0};
        uint8_t *copy = malloc(len ? len : 1); /* exact, so that a sanitizer sees a read beyond */

        memcpy(copy, sample->bytes, len);
        if (picture_sniff(copy, len, &head, &err)) {
            assert_int_equal(head.width, SAMPLE_WIDTH);
            assert_int_equal(head.height, SAMPLE_HEIGHT);
        } else {
            assert_int_equal(err.kind, ERROR_UPSTREAM);
            assert_int_equal(head.width, 7);
            assert_true(len < sample->len);
        }
        free(copy);
    }
}

static void test_the_head_of_every_beginning_of_a_picture_is_judged_without_harm(void **state)
{
    (void)state;
    assert_every_beginning_is_judged(&samples_png);
    assert_every_beginning_is_judged(&samples_jpeg);
    assert_every_beginning_is_judged(&samples_gif);
    assert_every_beginning_is_judged(&samples_webp);
}

/* -- keeping ------------------------------------------------------------------------------------
 */

static void test_a_picture_is_made_once_and_survives_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_with(fixture, "/a.jpg");
    struct picture made, kept;

    assert_false(cached(fixture, &post, 120, &kept));
    made = make(fixture, &post, 120);
    assert_true(cached(fixture, &post, 120, &kept));
    reopen_images(fixture);
    assert_true(cached(fixture, &post, 120, &kept));
    assert_string_equal(kept.etag, made.etag);
    assert_string_equal(kept.type, made.type);
    assert_int_equal(kept.len, made.len);
    assert_memory_equal(kept.bytes, made.bytes, made.len);
    make(fixture, &post, 120);
    assert_int_equal(fixture->receiver->count, 1);
    assert_false(cached(fixture, &post, 121, &kept));
    assert_int_equal(kept.etag[0], '"');
    assert_int_equal(kept.etag[strlen(kept.etag) - 1], '"');
}

static void *make_on_a_thread(void *context)
{
    struct fixture *fixture = context;
    struct post post = post_of("p1");
    struct picture_wish wish = {&post, 120};
    struct picture picture;
    struct arena arena = {0};
    struct error err;
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/a.jpg", fixture->receiver->port);
    post.thumbnail = url;
    if (!images_make(fixture->images, &wish, &arena, &picture, &err) || picture.card)
        abort();
    arena_release(&arena);
    return NULL;
}

static void test_several_who_ask_at_once_cause_one_fetch(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[8];

    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_on_a_thread, fixture), 0);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(fixture->receiver->count, 1);
}

static void test_a_picture_that_cannot_be_kept_is_shown_all_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct post post = post_of("p1");
    struct picture picture;

    assert_int_equal(rmdir(fixture->directory), 0);
    picture = make(fixture, &post, 120);
    assert_size(&picture, 120, 120);
    assert_false(cached(fixture, &post, 120, &picture));
    assert_int_equal(metric_of(fixture, "\nimages_cache_errors_total "), 1);
}

static void test_a_directory_that_cannot_be_made_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct images_options options = fixture->options;

    options.directory = "/dev/null/pictures";
    assert_null(images_open(&options, &fixture->err));
    assert_non_null(strstr(fixture->err.message, "/dev/null/pictures"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_post_without_a_picture_gets_a_square_card),
        TEST(test_cards_exist_in_every_allowed_width_and_no_other),
        TEST(test_a_card_is_known_by_its_domain_and_a_self_post_by_its_author),
        TEST(test_a_post_that_says_nothing_still_gets_a_card),
        TEST(test_pictures_of_every_kind_are_fetched_and_scaled),
        TEST(test_the_colours_survive),
        TEST(test_a_transparent_picture_stays_transparent),
        TEST(test_pictures_are_not_enlarged_and_tall_ones_are_cut),
        TEST(test_a_picture_lying_on_its_side_is_set_upright),
        TEST(test_a_url_that_ends_like_a_picture_is_one_and_another_is_not),
        TEST(test_bad_answers_give_a_card_for_a_short_time),
        TEST(test_a_picture_that_is_too_large_gives_a_card),
        TEST(test_a_silent_server_gives_a_card_in_time),
        TEST(test_private_addresses_and_refused_connections_give_a_card),
        TEST(test_the_head_of_every_beginning_of_a_picture_is_judged_without_harm),
        TEST(test_a_picture_is_made_once_and_survives_a_restart),
        TEST(test_several_who_ask_at_once_cause_one_fetch),
        TEST(test_a_picture_that_cannot_be_kept_is_shown_all_the_same),
        TEST(test_a_directory_that_cannot_be_made_is_named),
    };
    int failed;

    outbound_init();
    prepare_samples();
    prepare_answers();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    release_samples();
    return failed;
}
