/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { RESERVE = 256 };

static void from_kernel(unsigned char *out, size_t len)
{
    while (len) {
        ssize_t got = getrandom(out, len, 0);

        if (got < 0)
            continue; /* interrupted by a signal; with no flags nothing else fails (getrandom(2)) */
        out += got;
        len -= (size_t)got;
    }
}

/* Grows in the child of a fork, which must not hand out what its parent will. */
static unsigned generation;

static void on_fork(void)
{
    generation++;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, on_fork);
}

void random_bytes(void *out, size_t len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static _Thread_local unsigned char reserve[RESERVE];
    static _Thread_local size_t left;
    static _Thread_local unsigned drawn_in;

    if (len > RESERVE / 4) {
        from_kernel(out, len);
        return;
    }
    if (left < len || drawn_in != generation) {
        pthread_once(&once, watch_forks);
        from_kernel(reserve, RESERVE);
        left = RESERVE;
        drawn_in = generation;
    }
    left -= len;
    memcpy(out, reserve + left, len);
    explicit_bzero(reserve + left, len);
}

void random_hex(char *out, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[64];

    if (bytes > sizeof(raw))
        abort();
    random_bytes(raw, bytes);
    for (size_t i = 0; i < bytes; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * bytes] = '\0';
}
