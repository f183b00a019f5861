/* SPDX-License-Identifier: MIT */
/* In place of lib/clock.c: dates stand still unless an operation moves them, so that what depends
 * on them is the same in every run. Durations go on as ever. */
#include "differ.h"

#include "../../lib/clock.h"

#include <stdatomic.h>

static _Atomic int64_t standing_ms;

void clock_stand(int64_t ms)
{
    atomic_store(&standing_ms, ms);
}

int64_t clock_now_ms(void)
{
    return atomic_load(&standing_ms);
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct timespec clock_after_ms(int ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return until;
}

void clock_shift_ms(int64_t shift_ms)
{
    atomic_fetch_add(&standing_ms, shift_ms);
}
