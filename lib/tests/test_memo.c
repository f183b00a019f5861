/* SPDX-License-Identifier: MIT */
#include "../memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct memo_key key_of(const char *text, uint64_t version)
{
    return (struct memo_key){text, strlen(text), version};
}

static const char *put(struct memo *memo, const char *key, uint64_t version, struct arena *user)
{
    struct arena made = {0};
    struct memo_key where = key_of(key, version);
    char *thing = arena_printf(&made, "%s at %u", key, (unsigned)version);

    return memo_put(memo, &where, &made, thing, user);
}

static const char *get(struct memo *memo, const char *key, uint64_t version, struct arena *user)
{
    struct memo_key where = key_of(key, version);

    return memo_get(memo, &where, user);
}

static void test_a_thing_is_found_at_its_version_only(void **state)
{
    struct memo *memo = memo_open(&(struct memo_options){.entries = 10, .bytes = 1 << 20});
    struct arena user = {0};

    (void)state;
    assert_null(get(memo, "a", 1, &user));
    put(memo, "a", 1, &user);
    assert_string_equal(get(memo, "a", 1, &user), "a at 1");
    assert_null(get(memo, "a", 2, &user));
    assert_null(get(memo, "b", 1, &user));
    put(memo, "a", 2, &user);
    assert_string_equal(get(memo, "a", 2, &user), "a at 2");
    assert_null(get(memo, "a", 1, &user));
    arena_release(&user);
    memo_close(memo);
}

static void test_a_forgotten_thing_lives_while_it_is_used(void **state)
{
    struct memo *memo = memo_open(&(struct memo_options){.entries = 1, .bytes = 1 << 20});
    struct arena first = {0};
    struct arena second = {0};
    const char *kept;

    (void)state;
    kept = put(memo, "a", 1, &first);
    put(memo, "b", 1, &second);
    assert_null(get(memo, "a", 1, &second));
    assert_string_equal(kept, "a at 1");
    arena_clear(&first);
    assert_string_equal(get(memo, "b", 1, &second), "b at 1");
    arena_release(&first);
    arena_release(&second);
    memo_close(memo);
}

static void test_what_was_not_asked_for_longest_goes_first(void **state)
{
    struct memo *memo = memo_open(&(struct memo_options){.entries = 3, .bytes = 1 << 20});
    struct arena user = {0};

    (void)state;
    put(memo, "a", 1, &user);
    put(memo, "b", 1, &user);
    put(memo, "c", 1, &user);
    assert_non_null(get(memo, "a", 1, &user));
    put(memo, "d", 1, &user);
    assert_null(get(memo, "b", 1, &user));
    assert_non_null(get(memo, "a", 1, &user));
    assert_non_null(get(memo, "c", 1, &user));
    arena_release(&user);
    memo_close(memo);
}

static void test_memory_is_bounded(void **state)
{
    struct memo *memo = memo_open(&(struct memo_options){.entries = 1000, .bytes = 100000});
    struct arena user = {0};
    unsigned found = 0;
    char key[16];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(key, sizeof(key), "%u", i);
        put(memo, key, 1, &user);
        arena_clear(&user);
    }
    for (unsigned i = 0; i < 100; i++) {
        snprintf(key, sizeof(key), "%u", i);
        found += get(memo, key, 1, &user) != NULL;
    }
    assert_in_range(found, 60, 90); /* an arena's first block has 1 KB */
    arena_release(&user);
    memo_close(memo);
}

static void *ask_and_put(void *context)
{
    struct arena user = {0};
    char key[16];

    for (unsigned i = 0; i < 20000; i++) {
        const char *thing;
        uint64_t version = i / 100;

        snprintf(key, sizeof(key), "%u", i % 7);
        thing = get(context, key, version, &user);
        if (!thing)
            thing = put(context, key, version, &user);
        assert_int_equal(strtoul(thing, NULL, 10), i % 7);
        if (i % 3 == 0)
            arena_clear(&user);
    }
    arena_release(&user);
    return NULL;
}

static void test_threads_share_it(void **state)
{
    struct memo *memo = memo_open(&(struct memo_options){.entries = 4, .bytes = 1 << 20});
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_and_put, memo), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    memo_close(memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thing_is_found_at_its_version_only),
        cmocka_unit_test(test_a_forgotten_thing_lives_while_it_is_used),
        cmocka_unit_test(test_what_was_not_asked_for_longest_goes_first),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_threads_share_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
