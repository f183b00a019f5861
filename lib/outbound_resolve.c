/* SPDX-License-Identifier: MIT */
/* getaddrinfo() knows no time limit of its own (ten seconds and more when the name server is gone),
 * so it runs on a thread that is left behind when it takes too long, and then frees what it found.
 */
#include "outbound_resolve.h"
#include "clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LOOKUPS = 32, STACK_SIZE = 256 * 1024 };

/* Shared by the asking thread and the one that looks up; the later of them frees it. */
struct lookup {
    pthread_mutex_t lock;
    pthread_cond_t finished;
    int users;
    bool done;
    int status; /* of getaddrinfo() */
    struct addrinfo *found;
    char port[8];
    char host[];
};

static atomic_int lookups;

static void lookup_let_go(struct lookup *lookup)
{
    bool last = --lookup->users == 0;

    pthread_mutex_unlock(&lookup->lock);
    if (!last)
        return;
    if (lookup->found)
        freeaddrinfo(lookup->found);
    pthread_cond_destroy(&lookup->finished);
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}

static int look_up(const char *host, const char *port, int flags, struct addrinfo **found)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};

    *found = NULL;
    return getaddrinfo(host, port, &hints, found);
}

static void *lookup_run(void *argument)
{
    struct lookup *lookup = argument;
    struct addrinfo *found;
    int status = look_up(lookup->host, lookup->port, 0, &found);

    atomic_fetch_sub(&lookups, 1);
    pthread_mutex_lock(&lookup->lock);
    lookup->status = status;
    lookup->found = found;
    lookup->done = true;
    pthread_cond_signal(&lookup->finished);
    lookup_let_go(lookup);
    return NULL;
}

static struct lookup *lookup_open(const char *host, const char *port)
{
    size_t len = strlen(host) + 1;
    struct lookup *lookup = calloc(1, sizeof(*lookup) + len);
    pthread_condattr_t attributes;

    if (!lookup)
        abort();
    lookup->users = 2;
    memcpy(lookup->host, host, len);
    memcpy(lookup->port, port, sizeof(lookup->port));
    pthread_mutex_init(&lookup->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lookup->finished, &attributes);
    pthread_condattr_destroy(&attributes);
    return lookup;
}

static bool lookup_start(struct lookup *lookup)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int status;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    status = pthread_create(&thread, &attributes, lookup_run, lookup);
    pthread_attr_destroy(&attributes);
    return status == 0;
}

/* The addresses, or NULL with *status telling; EAI_INPROGRESS after timeout_ms. */
static struct addrinfo *lookup_wait(struct lookup *lookup, int timeout_ms, int *status)
{
    struct addrinfo *found = NULL;
    struct timespec until = clock_after_ms(timeout_ms);
    int waited = 0;

    pthread_mutex_lock(&lookup->lock);
    while (!lookup->done && waited == 0)
        waited = pthread_cond_timedwait(&lookup->finished, &lookup->lock, &until);
    *status = lookup->done ? lookup->status : EAI_INPROGRESS;
    if (lookup->done) {
        found = lookup->found;
        lookup->found = NULL;
    }
    lookup_let_go(lookup);
    return found;
}

struct addrinfo *resolve(const char *host, int port, int timeout_ms, struct error *err)
{
    struct addrinfo *found;
    struct lookup *lookup;
    char text[8];
    int status;

    snprintf(text, sizeof(text), "%d", port);
    if (look_up(host, text, AI_NUMERICHOST, &found) == 0)
        return found;
    lookup = lookup_open(host, text);
    if (atomic_fetch_add(&lookups, 1) >= MOST_LOOKUPS || !lookup_start(lookup)) {
        atomic_fetch_sub(&lookups, 1);
        pthread_mutex_lock(&lookup->lock);
        lookup->users = 1;
        lookup_let_go(lookup);
        fail(err, ERROR_BUSY, "too many names are being looked up");
        return NULL;
    }
    found = lookup_wait(lookup, timeout_ms, &status);
    if (status == EAI_INPROGRESS)
        fail(err, ERROR_TIMEOUT, "looking up %.80s took too long", host);
    else if (!found)
        fail(err, ERROR_UPSTREAM, "%.80s cannot be found: %s", host, gai_strerror(status));
    return found;
}
