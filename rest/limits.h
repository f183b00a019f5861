/* SPDX-License-Identifier: MIT */
/* How often each client asked: a count and an end of its period, which every counted request moves
 * (as Eve's). Of this process alone. Bounded: clients whose period is over are forgotten, and with
 * more than LIMITS_CLIENTS at once the one whose period ends first. Thread-safe. */
#ifndef DECANT_REST_LIMITS_H
#define DECANT_REST_LIMITS_H

#include "settings.h"

enum { LIMITS_CLIENTS = 16384 };

struct limits;

struct limits *limits_open(void);
void limits_close(struct limits *limits);

struct limit_state {
    int count;       /* requests in the period, this one too */
    int64_t reset_s; /* its end, seconds since 1970 */
};

/* Count a request of the client under the rate; without count look only. */
struct limit_state limits_ask(struct limits *limits, const char *client, struct rate rate,
                              bool count);

#endif
