/* SPDX-License-Identifier: MIT */
/* The time. Everything asks here, so that a test can move it. */
#ifndef DECANT_CLOCK_H
#define DECANT_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970 in UTC, for dates people see, expiry and tokens. */
int64_t clock_now_ms(void);

/* Microseconds that never go back, for deadlines and durations. */
int64_t clock_monotonic_us(void);

/* When so many milliseconds (at least 0) will have passed on CLOCK_MONOTONIC, for waits on a
 * condition. Tests do not move it. */
struct timespec clock_after_ms(int ms);

/* Tests only: shift what the first two answer by this many milliseconds from now on. */
void clock_shift_ms(int64_t shift_ms);

#endif
