/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include "../lib/clock.h"
#include "../lib/identity.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, SETS = LIMITS_CLIENTS / WAYS };

struct client {
    char digest[65]; /* "" is free */
    struct limit_state state;
};

struct limits {
    pthread_mutex_t lock;
    struct client clients[SETS][WAYS];
};

struct limits *limits_open(void)
{
    struct limits *limits = calloc(1, sizeof(*limits));

    if (!limits)
        abort();
    pthread_mutex_init(&limits->lock, NULL);
    return limits;
}

void limits_close(struct limits *limits)
{
    if (!limits)
        return;
    pthread_mutex_destroy(&limits->lock);
    free(limits);
}

/* The client's place, or the one it may take. */
static struct client *find(struct client set[WAYS], const char *digest)
{
    struct client *oldest = &set[0];

    for (int i = 0; i < WAYS; i++) {
        if (strcmp(set[i].digest, digest) == 0)
            return &set[i];
        if (set[i].state.reset_s < oldest->state.reset_s)
            oldest = &set[i];
    }
    return oldest;
}

struct limit_state limits_ask(struct limits *limits, const char *client, struct rate rate,
                              bool count)
{
    int64_t now_s = clock_now_ms() / 1000;
    struct client *place;
    struct limit_state state;
    char digest[65];

    identity_digest(client, digest);
    pthread_mutex_lock(&limits->lock);
    place = find(
        limits->clients[strtoul((char[]){digest[0], digest[1], digest[2], digest[3], 0}, NULL, 16) %
                        SETS],
        digest);
    if (strcmp(place->digest, digest) != 0 || place->state.reset_s <= now_s) {
        memcpy(place->digest, digest, sizeof(digest));
        place->state.count = 0;
    }
    place->state.count += count;
    if (count)
        place->state.reset_s = now_s + rate.seconds;
    state = place->state;
    pthread_mutex_unlock(&limits->lock);
    return state;
}
