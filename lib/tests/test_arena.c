/* SPDX-License-Identifier: MIT */
#include "../arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void test_an_unused_arena_holds_nothing(void **state)
{
    (void)state;
    assert_null(arena.blocks);
    arena_clear(&arena);
    arena_release(&arena);
    assert_null(arena.blocks);
}

static void test_pieces_are_aligned_and_do_not_overlap(void **state)
{
    char *pieces[500];

    (void)state;
    for (size_t i = 0; i < 500; i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal((unsigned char)pieces[i][j], i % 251);
}

static void test_pieces_larger_than_a_block_are_whole(void **state)
{
    char *small = arena_text(&arena, "before");
    char *large = arena_alloc(&arena, 1000000);
    char *after;

    (void)state;
    memset(large, 'x', 1000000);
    after = arena_text(&arena, "after");
    assert_string_equal(small, "before");
    assert_string_equal(after, "after");
    assert_int_equal(large[999999], 'x');
}

static void test_no_bytes_are_a_pointer_too(void **state)
{
    (void)state;
    assert_non_null(arena_alloc(&arena, 0));
    assert_non_null(arena_zalloc(&arena, 0));
}

static void test_zeroed_memory_is_zero_after_reuse(void **state)
{
    unsigned char *bytes = arena_alloc(&arena, 4096);

    (void)state;
    memset(bytes, 0xFF, 4096);
    arena_clear(&arena);
    bytes = arena_zalloc(&arena, 4096);
    for (size_t i = 0; i < 4096; i++)
        assert_int_equal(bytes[i], 0);
}

static void test_a_cleared_arena_uses_its_largest_block_again(void **state)
{
    void *first;

    (void)state;
    for (int i = 0; i < 100; i++)
        arena_alloc(&arena, 4000);
    arena_clear(&arena);
    first = arena_alloc(&arena, 100);
    assert_true(arena_size(&arena) >= 16 * 1024);
    arena_alloc(&arena, 10000);
    assert_true(arena_size(&arena) < 20 * 1024); /* no other block was needed */
    arena_clear(&arena);
    assert_ptr_equal(arena_alloc(&arena, 100), first);
}

static void test_a_small_arena_takes_little(void **state)
{
    (void)state;
    arena_alloc(&arena, 100);
    assert_true(arena_size(&arena) < 2000);
}

static void count(void *context)
{
    ++*(int *)context;
}

static void test_deferred_acts_run_once_when_the_arena_is_cleared_or_released(void **state)
{
    int acts = 0;

    (void)state;
    arena_defer(&arena, count, &acts);
    arena_defer(&arena, count, &acts);
    arena_clear(&arena);
    assert_int_equal(acts, 2);
    arena_defer(&arena, count, &acts);
    arena_release(&arena);
    assert_int_equal(acts, 3);
    arena_release(&arena);
    assert_int_equal(acts, 3);
}

static void test_a_cleared_arena_does_not_keep_a_large_first_block(void **state)
{
    (void)state;
    arena_alloc(&arena, 1000000);
    arena_clear(&arena);
    assert_null(arena.blocks);
    assert_non_null(arena_alloc(&arena, 10));
}

static void test_copies_end_in_nul_and_may_hold_it(void **state)
{
    char *copy = arena_copy(&arena, "a\0b", 3);

    (void)state;
    assert_memory_equal(copy, "a\0b\0", 4);
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    assert_string_equal(arena_text(&arena, ""), "");
}

static void test_lists_grow_and_keep_their_items(void **state)
{
    int *items = NULL;
    size_t room = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        items = arena_grow(&arena, items, (size_t)i, &room, sizeof(*items));
        assert_true(room > (size_t)i);
        items[i] = i;
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(items[i], i);
}

static void test_formatted_text_has_any_length(void **state)
{
    char *text;

    (void)state;
    assert_string_equal(arena_printf(&arena, "%s-%d", "a", 7), "a-7");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    text = arena_printf(&arena, "%050000d", 1);
    assert_int_equal(strlen(text), 50000);
    assert_int_equal(text[49999], '1');
}

#define ARENA_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_an_unused_arena_holds_nothing),
        ARENA_TEST(test_pieces_are_aligned_and_do_not_overlap),
        ARENA_TEST(test_pieces_larger_than_a_block_are_whole),
        ARENA_TEST(test_no_bytes_are_a_pointer_too),
        ARENA_TEST(test_zeroed_memory_is_zero_after_reuse),
        ARENA_TEST(test_a_cleared_arena_uses_its_largest_block_again),
        ARENA_TEST(test_a_small_arena_takes_little),
        ARENA_TEST(test_deferred_acts_run_once_when_the_arena_is_cleared_or_released),
        ARENA_TEST(test_a_cleared_arena_does_not_keep_a_large_first_block),
        ARENA_TEST(test_copies_end_in_nul_and_may_hold_it),
        ARENA_TEST(test_lists_grow_and_keep_their_items),
        ARENA_TEST(test_formatted_text_has_any_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
