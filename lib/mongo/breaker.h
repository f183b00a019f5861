/* SPDX-License-Identifier: MIT */
/* Whether a server is worth asking. Times are those of clock_monotonic_us(). Thread-safe. */
#ifndef DECANT_MONGO_BREAKER_H
#define DECANT_MONGO_BREAKER_H

#include "mongo.h"

enum { BREAKER_FAILURES = 3, BREAKER_REST_US = 1000000 };

/* Whether a caller may ask now: anybody while the server answers, else one a second. */
bool breaker_admits(struct breaker *breaker, int64_t now_us);
/* A server was not reached. True: from now on it is not asked. */
bool breaker_failed(struct breaker *breaker, int64_t now_us);
/* A server answered. True: it had not been asked before. */
bool breaker_answered(struct breaker *breaker);

#endif
