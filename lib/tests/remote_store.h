/* SPDX-License-Identifier: MIT */
/* For tests: a store that is not embedded, whose answers wait while the test holds them up. It
 * lives in a child process; what the test does and sees is in memory that both share. */
#ifndef DECANT_TESTS_REMOTE_STORE_H
#define DECANT_TESTS_REMOTE_STORE_H

#include "../store_adapter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { PATIENCE_S = 30 };

/* Counters only grow. */
struct desk {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool held;     /* answers wait */
    bool refusing; /* reads are ERROR_BUSY, changes ERROR_REFUSED */
    int waiting;   /* answers that began to wait */
    int pings;     /* and those to the question whether the store is there */
    int runs;      /* of works */
    int committed; /* works */
    int dropped;   /* works that had nothing changed */
    int submitted;
    int brackets; /* of reads on a loop: there must be none */
    int gone;     /* clients that the platform found gone */
};

static struct desk *desk_open(void)
{
    struct desk *desk =
        mmap(NULL, sizeof(*desk), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t lock;
    pthread_condattr_t changed;

    if (desk == MAP_FAILED)
        abort();
    pthread_mutexattr_init(&lock);
    pthread_mutexattr_setpshared(&lock, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&desk->lock, &lock);
    pthread_condattr_init(&changed);
    pthread_condattr_setpshared(&changed, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&desk->changed, &changed);
    return desk;
}

static void desk_close(struct desk *desk)
{
    munmap(desk, sizeof(*desk));
}

static void desk_count(struct desk *desk, int *counter)
{
    pthread_mutex_lock(&desk->lock);
    ++*counter;
    pthread_cond_broadcast(&desk->changed);
    pthread_mutex_unlock(&desk->lock);
}

static void desk_set(struct desk *desk, bool *flag, bool value)
{
    pthread_mutex_lock(&desk->lock);
    *flag = value;
    pthread_cond_broadcast(&desk->changed);
    pthread_mutex_unlock(&desk->lock);
}

/* Wait until a counter is at least so high; false if it does not get there. */
static bool desk_wait(struct desk *desk, const int *counter, int least)
{
    struct timespec until;
    bool there;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&desk->lock);
    while (*counter < least && pthread_cond_timedwait(&desk->changed, &desk->lock, &until) == 0)
        continue;
    there = *counter >= least;
    pthread_mutex_unlock(&desk->lock);
    return there;
}

/* -- the store, in the child ------------------------------------------------------------------- */

struct remote_store {
    struct store base;
    struct desk *desk;
    pthread_t writer;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct store_work *first;
    bool closing;
};

static struct desk *desk_of(struct store *store)
{
    return ((struct remote_store *)store)->desk;
}

/* Whether it is no refusal; waiting counts it, if it has to wait. */
static bool remote_answer(struct desk *desk, int *waiting)
{
    bool refusing;

    pthread_mutex_lock(&desk->lock);
    if (desk->held) {
        ++*waiting;
        pthread_cond_broadcast(&desk->changed);
    }
    while (desk->held)
        pthread_cond_wait(&desk->changed, &desk->lock);
    refusing = desk->refusing;
    pthread_mutex_unlock(&desk->lock);
    return !refusing;
}

static bool remote_ping(struct store *store, struct error *err)
{
    struct desk *desk = desk_of(store);

    return remote_answer(desk, &desk->pings) || fail(err, ERROR_BUSY, "no");
}

static bool remote_get(struct store *store, const struct collection *collection, struct key key,
                       struct document *out, struct error *err)
{
    struct desk *desk = desk_of(store);

    (void)collection;
    (void)key;
    (void)out;
    return remote_answer(desk, &desk->waiting) || fail(err, ERROR_BUSY, "no server is there");
}

static bool remote_insert(struct store *store, const struct collection *collection,
                          const bson_t *document, struct document *after, struct error *err)
{
    struct desk *desk = desk_of(store);

    (void)collection;
    (void)document;
    (void)after;
    return remote_answer(desk, &desk->waiting) || fail(err, ERROR_REFUSED, "not this one");
}

static size_t remote_submit(struct store *store, struct store_work *first, struct error *err)
{
    struct remote_store *remote = (struct remote_store *)store;
    struct store_work **last;
    size_t count = 0;

    (void)err;
    pthread_mutex_lock(&remote->lock);
    for (last = &remote->first; *last; last = &(*last)->next)
        continue;
    *last = first;
    for (; first; first = first->next)
        count++;
    pthread_cond_signal(&remote->wake);
    pthread_mutex_unlock(&remote->lock);
    for (size_t i = 0; i < count; i++)
        desk_count(remote->desk, &remote->desk->submitted);
    return count;
}

static bool remote_withdraw(struct store *store, struct store_work *work)
{
    struct remote_store *remote = (struct remote_store *)store;
    struct store_work **at;
    bool found;

    pthread_mutex_lock(&remote->lock);
    for (at = &remote->first; *at && *at != work; at = &(*at)->next)
        continue;
    found = *at != NULL;
    if (found)
        *at = work->next;
    pthread_mutex_unlock(&remote->lock);
    return found;
}

static void remote_bracket(struct store *store)
{
    struct desk *desk = desk_of(store);

    desk_count(desk, &desk->brackets);
}

static bool remote_bracket_end(struct store *store)
{
    remote_bracket(store);
    return false;
}

static void remote_thread_end(struct store *store)
{
    (void)store;
}

static const struct store_adapter remote_adapter = {
    .ping = remote_ping,
    .get = remote_get,
    .insert = remote_insert,
    .submit = remote_submit,
    .withdraw = remote_withdraw,
    .reads_begin = remote_bracket,
    .reads_end = remote_bracket_end,
    .snapshot_end = remote_bracket,
    .thread_end = remote_thread_end,
};

static void *remote_write(void *argument)
{
    struct remote_store *remote = argument;
    struct desk *desk = remote->desk;

    pthread_mutex_lock(&remote->lock);
    for (;;) {
        struct store_work *work;
        struct error err = {0};
        bool ok;

        while (!remote->first && !remote->closing)
            pthread_cond_wait(&remote->wake, &remote->lock);
        if (!remote->first)
            break;
        work = remote->first;
        remote->first = work->next;
        pthread_mutex_unlock(&remote->lock);
        desk_count(desk, &desk->runs);
        ok = work->run(work, &remote->base);
        work->done(work, ok, &err);
        desk_count(desk, ok ? &desk->committed : &desk->dropped);
        pthread_mutex_lock(&remote->lock);
    }
    pthread_mutex_unlock(&remote->lock);
    return NULL;
}

static void remote_open(struct remote_store *remote, struct desk *desk)
{
    *remote = (struct remote_store){.base = {&remote_adapter}, .desk = desk};
    pthread_mutex_init(&remote->lock, NULL);
    pthread_cond_init(&remote->wake, NULL);
    if (pthread_create(&remote->writer, NULL, remote_write, remote) != 0)
        abort();
}

static void remote_close(struct remote_store *remote)
{
    pthread_mutex_lock(&remote->lock);
    remote->closing = true;
    pthread_cond_signal(&remote->wake);
    pthread_mutex_unlock(&remote->lock);
    pthread_join(remote->writer, NULL);
}

#endif
