/* SPDX-License-Identifier: MIT */
#include "breaker.h"

bool breaker_admits(struct breaker *breaker, int64_t now_us)
{
    int64_t until_us = atomic_load_explicit(&breaker->closed_us, memory_order_relaxed);

    if (!until_us)
        return true;
    /* Who moves the end is the probe. */
    return now_us >= until_us &&
           atomic_compare_exchange_strong(&breaker->closed_us, &until_us, now_us + BREAKER_REST_US);
}

bool breaker_failed(struct breaker *breaker, int64_t now_us)
{
    if (atomic_fetch_add(&breaker->failures, 1) + 1 < BREAKER_FAILURES)
        return false;
    return atomic_exchange(&breaker->closed_us, now_us + BREAKER_REST_US) == 0;
}

bool breaker_answered(struct breaker *breaker)
{
    if (!atomic_load_explicit(&breaker->failures, memory_order_relaxed))
        return false;
    atomic_store(&breaker->failures, 0);
    return atomic_exchange(&breaker->closed_us, 0) != 0;
}
