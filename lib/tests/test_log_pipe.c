/* SPDX-License-Identifier: MIT */
/* The log into pipes that are full, closed or do not block. */
#include "../log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

struct drained {
    int fd;
    size_t lines;
    uint64_t told;
    char carry[64 * 1024 + 1];
    size_t carried;
};

static void take_lines(struct drained *drained)
{
    char *at = drained->carry;
    char *end;

    drained->carry[drained->carried] = '\0';
    for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        char *told = strstr(at, "\"dropped\":");

        drained->lines++;
        if (told && told < end)
            drained->told += strtoull(told + 10, NULL, 10);
    }
    drained->carried -= (size_t)(at - drained->carry);
    memmove(drained->carry, at, drained->carried);
}

static void *drain(void *context)
{
    struct drained *drained = context;
    ssize_t got;

    while ((got = read(drained->fd, drained->carry + drained->carried,
                       sizeof(drained->carry) - 1 - drained->carried)) > 0) {
        drained->carried += (size_t)got;
        take_lines(drained);
    }
    return NULL;
}

static void test_a_full_ring_drops_lines_and_says_how_many(void **state)
{
    enum { LINES = 20000 };
    struct log_options options = {"sample", "1.0", LOG_INFO, -1};
    uint64_t dropped = log_counts().dropped;
    static struct drained drained;
    pthread_t reader;
    struct error err;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    options.fd = ends[1];
    drained.fd = ends[0];
    assert_true(log_open(&options, &err));
    for (int i = 0; i < LINES; i++)
        log_info("nobody reads this pipe yet, and still no caller waits: line %d", i);
    dropped = log_counts().dropped - dropped;
    assert_true(dropped > 0 && dropped < LINES);
    assert_int_equal(pthread_create(&reader, NULL, drain, &drained), 0);
    log_close();
    close(ends[1]);
    pthread_join(reader, NULL);
    close(ends[0]);
    assert_int_equal(drained.told, dropped);
    assert_true(drained.lines > LINES - dropped);
}

static void test_a_closed_pipe_loses_lines_but_not_the_program(void **state)
{
    struct log_options options = {"sample", "1.0", LOG_INFO, -1};
    uint64_t dropped = log_counts().dropped;
    struct error err;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    options.fd = ends[1];
    assert_true(log_open(&options, &err));
    log_info("into the void");
    log_close();
    close(ends[1]);
    assert_true(log_counts().dropped > dropped);
}

static void test_a_pipe_that_does_not_block_is_written_whole(void **state)
{
    struct log_options options = {"sample", "1.0", LOG_INFO, -1};
    static struct drained drained;
    pthread_t reader;
    struct error err;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    options.fd = ends[1];
    drained.fd = ends[0];
    assert_true(log_open(&options, &err));
    for (int i = 0; i < 2000; i++)
        log_info("more than a pipe holds: line %d of a good many, each of them of some length", i);
    assert_int_equal(pthread_create(&reader, NULL, drain, &drained), 0);
    log_close();
    close(ends[1]);
    pthread_join(reader, NULL);
    close(ends[0]);
    assert_int_equal(drained.lines, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_ring_drops_lines_and_says_how_many),
        cmocka_unit_test(test_a_closed_pipe_loses_lines_but_not_the_program),
        cmocka_unit_test(test_a_pipe_that_does_not_block_is_written_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
