/* SPDX-License-Identifier: MIT */
/* The time. Everything asks here, so that a test can move it. */
#ifndef DECANT_CLOCK_H
#define DECANT_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970 in UTC, for dates people see, expiry and tokens. */
int64_t clock_now_ms(void);

/* Microseconds that never go back, for deadlines and durations. */
int64_t clock_monotonic_us(void);

/* Tests only: shift what both functions answer by this many milliseconds from now on. */
void clock_shift_ms(int64_t shift_ms);

#endif
