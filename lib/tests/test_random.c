/* SPDX-License-Identifier: MIT */
#include "../random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_draws_differ(void **state)
{
    unsigned char a[16];
    unsigned char b[16];

    (void)state;
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
}

static void test_large_draws_are_filled_to_the_end(void **state)
{
    static unsigned char bytes[5000];
    size_t zeros = 0;

    (void)state;
    random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        zeros += bytes[i] == 0;
    assert_true(zeros < 200);
    assert_true(memcmp(bytes + 4000, bytes, 1000) != 0);
}

static void test_hex_is_lower_case_and_ends(void **state)
{
    char hex[33];

    (void)state;
    memset(hex, 'x', sizeof(hex));
    random_hex(hex, 16);
    assert_int_equal(strspn(hex, "0123456789abcdef"), 32);
    assert_int_equal(hex[32], '\0');
}

static void test_a_forked_child_draws_something_else(void **state)
{
    unsigned char mine[16];
    unsigned char childs[16];
    int ends[2];

    (void)state;
    random_bytes(mine, 1); /* a reserve exists before the fork */
    assert_int_equal(pipe(ends), 0);
    if (fork() == 0) {
        random_bytes(childs, sizeof(childs));
        _exit(write(ends[1], childs, sizeof(childs)) == sizeof(childs) ? 0 : 1);
    }
    assert_int_equal(read(ends[0], childs, sizeof(childs)), sizeof(childs));
    wait(NULL);
    random_bytes(mine, sizeof(mine));
    assert_memory_not_equal(mine, childs, sizeof(mine));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_differ),
        cmocka_unit_test(test_large_draws_are_filled_to_the_end),
        cmocka_unit_test(test_hex_is_lower_case_and_ends),
        cmocka_unit_test(test_a_forked_child_draws_something_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
