/* SPDX-License-Identifier: MIT */
#include "../../../lib/json.h"
#include "../phrase.h"
#include "../picture.h"
#include "../post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 20000 };

static struct buf make(uint64_t seed, uint32_t from, uint32_t count)
{
    struct generator generator = {seed, "http://pictures.example"};
    struct buf text = {0};
    struct buf out = {0};

    for (uint32_t i = from; i < from + count; i++)
        generated_line(&generator, i, &text, &out);
    buf_release(&text);
    return out;
}

static void test_the_same_seed_makes_the_same_bytes(void **state)
{
    struct buf a = make(7, 0, 500);
    struct buf b = make(7, 0, 500);
    struct buf c = make(8, 0, 500);

    (void)state;
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    assert_true(a.len != c.len || memcmp(a.data, c.data, a.len) != 0);
    buf_release(&a);
    buf_release(&b);
    buf_release(&c);
}

static void test_a_post_does_not_depend_on_those_before_it(void **state)
{
    struct buf all = make(7, 0, 101);
    struct buf last = make(7, 100, 1);

    (void)state;
    assert_true(all.len > last.len);
    assert_memory_equal(all.data + all.len - last.len, last.data, last.len);
    buf_release(&all);
    buf_release(&last);
}

/* What all lines of a run are checked for. */
struct seen {
    char ids[MANY][GENERATED_ID_SIZE];
    size_t count;
    int64_t most_ups;
    size_t below_100;
    size_t selfs;
    size_t thumbnails;
};

static int64_t number(struct json post, const char *key)
{
    struct json value;
    int64_t out;

    assert_true(json_get(post, key, &value));
    assert_true(json_int64(value, &out));
    return out;
}

static const char *text_of(struct json post, const char *key)
{
    struct json value;

    assert_true(json_get(post, key, &value));
    return json_string(value, NULL);
}

static void look_at(struct json post, struct seen *seen)
{
    int64_t ups = number(post, "ups");

    assert_int_equal(number(post, "score"), ups - number(post, "downs"));
    assert_true(number(post, "num_comments") >= 0);
    assert_true(strlen(text_of(post, "title")) >= 8);
    assert_true(strlen(text_of(post, "author")) > 0);
    snprintf(seen->ids[seen->count++], GENERATED_ID_SIZE, "%s", text_of(post, "id"));
    seen->most_ups = ups > seen->most_ups ? ups : seen->most_ups;
    seen->below_100 += ups < 100;
    seen->selfs += *text_of(post, "selftext") != '\0';
    seen->thumbnails += *text_of(post, "thumbnail") != '\0';
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_lines_are_json_with_unique_ids_and_heavy_tails(void **state)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    struct buf lines = make(1, 0, MANY);
    struct arena arena = {0};
    struct error err;
    struct json post;

    (void)state;
    for (char *at = lines.data, *end; at < lines.data + lines.len; at = end + 1) {
        end = memchr(at, '\n', (size_t)(lines.data + lines.len - at));
        assert_true(json_parse(&arena, at, (size_t)(end - at), &post, &err));
        look_at(post, seen);
        arena_clear(&arena);
    }
    qsort(seen->ids, seen->count, sizeof(seen->ids[0]), compare_ids);
    for (size_t i = 1; i < seen->count; i++)
        assert_string_not_equal(seen->ids[i - 1], seen->ids[i]);
    assert_int_equal(seen->count, MANY);
    assert_true(seen->below_100 > MANY / 2 && seen->most_ups > 1000);
    assert_in_range(seen->selfs, MANY / 6, MANY / 3);
    assert_in_range(seen->thumbnails, MANY / 6, MANY / 3);
    arena_release(&arena);
    buf_release(&lines);
    free(seen);
}

static void test_a_picture_is_a_png_and_the_same_again(void **state)
{
    char folder[] = "/tmp/test-generate-XXXXXX";
    char path[64];
    char bytes[2][4096] = {{0}};
    struct error err;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/abc.png", folder);
    for (int i = 0; i < 2; i++) {
        FILE *file;

        assert_true(picture_write(folder, "abc", 1, &err));
        file = fopen(path, "r");
        assert_true(fread(bytes[i], 1, sizeof(bytes[i]), file) > 100);
        fclose(file);
    }
    assert_memory_equal(bytes[0], "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(bytes[0], bytes[1], sizeof(bytes[0]));
    unlink(path);
    rmdir(folder);
    assert_false(picture_write("/nowhere", "abc", 1, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_makes_the_same_bytes),
        cmocka_unit_test(test_a_post_does_not_depend_on_those_before_it),
        cmocka_unit_test(test_lines_are_json_with_unique_ids_and_heavy_tails),
        cmocka_unit_test(test_a_picture_is_a_png_and_the_same_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
