/* SPDX-License-Identifier: MIT */
/* The pictures' cache: what is found again, what goes first, and what damage does. */
#include "../images_cache.h"
#include "../../lib/clock.h"
#include "folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { ENTRY = 10000, HOUR_MS = 60 * 60 * 1000 };

struct fixture {
    struct cache *cache;
    struct arena arena;
    struct error err;
    char directory[64];
    char below[128];
};

static void reopen(struct fixture *fixture, size_t most_bytes)
{
    cache_close(fixture->cache);
    fixture->cache = cache_open(fixture->below, most_bytes, &fixture->err);
    assert_non_null(fixture->cache);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/decant-cache-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->below, sizeof(fixture->below), "%s/a/b", fixture->directory);
    reopen(fixture, 1024 * 1024);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    clock_shift_ms(0);
    cache_close(fixture->cache);
    bytes_in(fixture->below, true);
    rmdir(fixture->below);
    fixture->below[strlen(fixture->below) - 2] = '\0';
    rmdir(fixture->below);
    rmdir(fixture->directory);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static char *key_of(struct fixture *fixture, int number)
{
    return arena_printf(&fixture->arena, "%064x", (unsigned)number * 2654435761U);
}

static void put(struct fixture *fixture, int number, size_t len, int64_t expires_ms)
{
    char *bytes = memset(arena_alloc(&fixture->arena, len), 'a' + number % 26, len);
    struct cached entry = {.bytes = bytes, .len = len, .expires_ms = expires_ms, .tag = 5};

    assert_true(cache_put(fixture->cache, key_of(fixture, number), &entry, &fixture->err));
}

static bool get(struct fixture *fixture, int number, struct cached *out)
{
    return cache_get(fixture->cache, key_of(fixture, number), &fixture->arena, out);
}

static void test_what_was_put_is_found_from_disk_and_from_memory(void **state)
{
    static const size_t lens[] = {0, 1, 1000, 100000};
    struct fixture *fixture = *state;
    struct cached entry;

    for (int i = 0; i < 4; i++)
        put(fixture, i, lens[i], 0);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 4; i++) {
            assert_true(get(fixture, i, &entry));
            assert_int_equal(entry.len, lens[i]);
            assert_int_equal(entry.tag, 5);
            if (entry.len)
                assert_int_equal(entry.bytes[entry.len - 1], 'a' + i);
        }
    assert_false(get(fixture, 5, &entry));
}

static void test_a_later_put_replaces_what_was_hot(void **state)
{
    struct fixture *fixture = *state;
    struct cached entry;

    put(fixture, 1, 100, 0);
    assert_true(get(fixture, 1, &entry));
    put(fixture, 1, 200, 0);
    assert_true(get(fixture, 1, &entry));
    assert_int_equal(entry.len, 200);
}

static void test_what_expires_is_gone_from_memory_and_disk(void **state)
{
    struct fixture *fixture = *state;
    struct cached entry;

    put(fixture, 1, 100, clock_now_ms() + 1000);
    put(fixture, 2, 100, clock_now_ms() + 1000);
    assert_true(get(fixture, 1, &entry));
    clock_shift_ms(1001);
    assert_false(get(fixture, 1, &entry));
    assert_false(get(fixture, 2, &entry));
}

static void test_the_least_recently_used_go_first_and_the_bound_holds(void **state)
{
    struct fixture *fixture = *state;
    struct cached entry;

    reopen(fixture, 20 * ENTRY);
    for (int i = 0; i < 19; i++) {
        clock_shift_ms(i * 1000);
        put(fixture, i, ENTRY, 0);
    }
    clock_shift_ms(2 * HOUR_MS);
    assert_true(get(fixture, 0, &entry));
    clock_shift_ms(3 * HOUR_MS);
    put(fixture, 50, ENTRY, 0);
    assert_true(bytes_in(fixture->below, false) <= 20 * ENTRY);
    reopen(fixture, 20 * ENTRY);
    assert_true(get(fixture, 0, &entry));
    assert_false(get(fixture, 1, &entry));
    assert_false(get(fixture, 2, &entry));
    assert_true(get(fixture, 18, &entry));
    assert_true(get(fixture, 50, &entry));
}

static void test_files_of_an_earlier_run_count(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 10; i++)
        put(fixture, i, ENTRY, 0);
    reopen(fixture, 5 * ENTRY);
    put(fixture, 11, ENTRY, 0);
    assert_true(bytes_in(fixture->below, false) <= 5 * ENTRY);
}

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_damaged_files_are_not_found_and_can_be_put_again(void **state)
{
    static const char *const texts[] = {"", "DPC1", "something else, longer than a head"};
    struct fixture *fixture = *state;
    struct cached entry;

    for (int i = 0; i < 3; i++) {
        write_file(fixture->below, key_of(fixture, i), texts[i]);
        assert_false(get(fixture, i, &entry));
        put(fixture, i, 10, 0);
        assert_true(get(fixture, i, &entry));
    }
}

static void test_a_changed_byte_and_a_lost_end_are_noticed(void **state)
{
    struct fixture *fixture = *state;
    struct cached entry;
    int directory = open(fixture->below, O_RDONLY | O_DIRECTORY), fd;

    put(fixture, 1, 100, 0);
    put(fixture, 2, 100, 0);
    fd = openat(directory, key_of(fixture, 1), O_WRONLY);
    assert_int_equal(pwrite(fd, "X", 1, 60), 1);
    close(fd);
    fd = openat(directory, key_of(fixture, 2), O_WRONLY);
    assert_int_equal(ftruncate(fd, 100), 0);
    close(fd);
    close(directory);
    assert_false(get(fixture, 1, &entry));
    assert_false(get(fixture, 2, &entry));
}

static void test_only_old_unfinished_files_are_removed_and_strangers_stay(void **state)
{
    struct fixture *fixture = *state;
    const char *unfinished = "unfinished-0123456789abcdef0123456789abcdef";
    char path[256];

    write_file(fixture->below, unfinished, "half");
    write_file(fixture->below, "notes.txt", "a stranger's");
    put(fixture, 1, 10, 0);
    snprintf(path, sizeof(path), "%s/%s", fixture->below, unfinished);
    assert_int_equal(access(path, F_OK), 0);
    clock_shift_ms(2 * HOUR_MS);
    reopen(fixture, 20);
    put(fixture, 2, 10, 0);
    assert_int_equal(access(path, F_OK), -1);
    snprintf(path, sizeof(path), "%s/notes.txt", fixture->below);
    assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_put_is_found_from_disk_and_from_memory),
        TEST(test_a_later_put_replaces_what_was_hot),
        TEST(test_what_expires_is_gone_from_memory_and_disk),
        TEST(test_the_least_recently_used_go_first_and_the_bound_holds),
        TEST(test_files_of_an_earlier_run_count),
        TEST(test_damaged_files_are_not_found_and_can_be_put_again),
        TEST(test_a_changed_byte_and_a_lost_end_are_noticed),
        TEST(test_only_old_unfinished_files_are_removed_and_strangers_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
