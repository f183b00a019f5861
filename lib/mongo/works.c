/* SPDX-License-Identifier: MIT */
/* The queue of works, and the threads that run them, each work by itself. A work that is about to
 * change a document which another work changes is parked (claims.h): its thread goes on with the
 * next work, and when the other has ended it comes to the front of the queue. Who is parked has no
 * claim, so works never wait for each other in a ring. */
#include "claims.h"

#include "../clock.h"

#include <stdlib.h>

enum { IDLE, QUEUED, PARKED, BEGUN };

struct works {
    struct mongo_store *store;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct claims *claims;
    struct store_work *first, **last;
    int depth; /* of works that wait: queued and parked */
    int most;
    bool closing;
    pthread_t *threads;
    int count;
    struct metric *done, *busy, *time;
};

/* -- the queue --------------------------------------------------------------------------------- */

/* Under the lock: as many as there is room for. */
static size_t enqueue(struct works *works, struct store_work *first)
{
    int64_t now_us = clock_monotonic_us();
    size_t taken = 0;

    for (struct store_work *work = first, *next;
         work && works->depth < works->most && !works->closing; work = next) {
        next = work->next;
        work->next = NULL;
        work->queued_us = now_us;
        work->state = QUEUED;
        work->waits = 0;
        work->claims = work->awaited = NULL;
        *works->last = work;
        works->last = &work->next;
        works->depth++;
        taken++;
        pthread_cond_signal(&works->more);
    }
    return taken;
}

/* Under the lock: works that were parked come first, in their order. */
static void bring_back(struct works *works, struct store_work *first)
{
    struct store_work **at = &works->first;

    for (struct store_work *work = first, *next; work; work = next) {
        next = work->next;
        work->next = *at;
        if (works->last == at)
            works->last = &work->next;
        *at = work;
        at = &work->next;
        work->state = QUEUED;
        pthread_cond_signal(&works->more);
    }
}

size_t mongo_submit(struct store *base, struct store_work *first, struct error *err)
{
    struct mongo_store *store = mongo_of(base);
    struct works *works = store->works;
    size_t count = 0, taken;

    if (store->options.read_only || !works) {
        fail(err, ERROR_INTERNAL, "the store %s is open for reading only", store->address);
        return 0;
    }
    for (const struct store_work *work = first; work; work = work->next)
        count++;
    pthread_mutex_lock(&works->lock);
    taken = enqueue(works, first);
    pthread_mutex_unlock(&works->lock);
    if (taken < count) {
        if (works->busy)
            metric_add(works->busy, (int64_t)(count - taken));
        client_busy(err, "too many changes wait for the store");
    }
    return taken;
}

/* Under the lock. */
static void unqueue(struct works *works, struct store_work *work)
{
    struct store_work **at = &works->first;

    while (*at != work)
        at = &(*at)->next;
    *at = work->next;
    if (works->last == &work->next)
        works->last = at;
    work->next = NULL;
}

bool mongo_withdraw(struct store *base, struct store_work *work)
{
    struct works *works = mongo_of(base)->works;
    bool found;

    pthread_mutex_lock(&works->lock);
    if (work->state == QUEUED) {
        unqueue(works, work);
        bring_back(works, claims_release(works->claims, work));
    } else if (work->state == PARKED) {
        claims_forget(work);
    }
    found = work->state == QUEUED || work->state == PARKED;
    if (found) {
        works->depth--;
        work->state = IDLE;
    }
    pthread_mutex_unlock(&works->lock);
    return found;
}

/* Waits for one; NULL when closing and nothing is left but what is parked, which the threads that
 * still run works come to. */
static struct store_work *take_work(struct works *works)
{
    struct store_work *work;

    pthread_mutex_lock(&works->lock);
    while (!works->first && !works->closing)
        pthread_cond_wait(&works->more, &works->lock);
    work = works->first;
    if (work) {
        works->first = work->next;
        if (!works->first)
            works->last = &works->first;
        works->depth--;
        work->next = NULL;
        work->state = BEGUN;
    }
    pthread_mutex_unlock(&works->lock);
    return work;
}

/* -- documents that works change --------------------------------------------------------------- */

enum claim_answer works_claim(struct mongo_store *store, struct store_work *work,
                              const struct claim_key *key)
{
    struct works *works = store->works;
    enum claim_answer answer;

    pthread_mutex_lock(&works->lock);
    answer = claims_take(works->claims, work, key);
    pthread_mutex_unlock(&works->lock);
    return answer;
}

bool works_park(struct mongo_store *store, struct store_work *work, const struct claim_key *key)
{
    struct works *works = store->works;
    bool parked;

    pthread_mutex_lock(&works->lock);
    work->waits++;
    bring_back(works, claims_release(works->claims, work));
    parked = claims_await(works->claims, work, key);
    if (parked) {
        work->state = PARKED;
        works->depth++;
    }
    pthread_mutex_unlock(&works->lock);
    return parked;
}

/* The work has ended; those that wait for its documents follow. Where it could not have them in
 * time, as others hold them or the server does not answer, those that waited for half as long
 * already end with it, returned as a chain, instead of each waiting as long in its turn. */
static struct store_work *let_go(struct works *works, struct store_work *work, bool in_vain)
{
    struct store_work *ended = NULL;

    pthread_mutex_lock(&works->lock);
    if (in_vain)
        ended = claims_dismiss(work, clock_monotonic_us() -
                                         500 * (int64_t)works->store->options.timeout_ms);
    for (struct store_work *one = ended; one; one = one->next) {
        one->state = BEGUN;
        works->depth--;
    }
    bring_back(works, claims_release(works->claims, work));
    pthread_mutex_unlock(&works->lock);
    return ended;
}

/* -- the threads ------------------------------------------------------------------------------- */

static void end(struct works *works, struct store_work *work, bool committed,
                const struct error *err)
{
    if (works->done)
        metric_add(works->done, 1);
    work->done(work, committed, err);
}

static void *run_works(void *context)
{
    struct works *works = context;
    struct store_work *work;

    while ((work = take_work(works))) {
        int64_t start_us = clock_monotonic_us();
        struct error err = {0};
        enum turn_end became = turn_run(works->store, work, &err);
        bool committed = became == TURN_COMMITTED;
        struct store_work *next;

        if (became == TURN_PARKED)
            continue;
        next = let_go(works, work, !committed && err.kind == ERROR_BUSY);
        if (works->time)
            metric_observe_us(works->time, clock_monotonic_us() - start_us);
        end(works, work, committed, &err);
        while ((work = next)) {
            next = work->next;
            end(works, work, false, &err);
        }
    }
    return NULL;
}

static double read_depth(void *context)
{
    struct works *works = context;
    int depth;

    pthread_mutex_lock(&works->lock);
    depth = works->depth;
    pthread_mutex_unlock(&works->lock);
    return depth;
}

static void add_metrics(struct works *works, struct metrics *metrics)
{
    struct metrics_source depth = {
        "store_queue_depth", "Works that wait for the store.", NULL, "gauge", read_depth, works};

    metrics_computed(metrics, &depth);
    works->done = metrics_counter(metrics, "store_works_total", "Works that were run.", NULL);
    works->busy =
        metrics_counter(metrics, "store_busy_total", "Works refused as too many waited.", NULL);
    works->time = metrics_histogram(metrics, "store_work_seconds",
                                    "Time of a work, its reruns and commit included.", NULL);
}

/* Half of the connections: the other half is for reads (store_settings_readers()). */
bool works_open(struct mongo_store *store, struct error *err)
{
    int pool = store->options.pool > 0 ? store->options.pool : DEFAULT_POOL;
    int threads = pool > 1 ? pool / 2 : 1;
    struct works *works;

    if (store->options.read_only)
        return true;
    works = calloc(1, sizeof(*works));
    if (!works || !(works->threads = calloc((size_t)threads, sizeof(*works->threads))))
        abort();
    works->store = store;
    works->claims = claims_new();
    works->last = &works->first;
    works->most = store->options.queue > 0 ? store->options.queue : DEFAULT_QUEUE;
    pthread_mutex_init(&works->lock, NULL);
    pthread_cond_init(&works->more, NULL);
    store->works = works;
    if (store->options.metrics)
        add_metrics(works, store->options.metrics);
    while (works->count < threads) {
        if (pthread_create(&works->threads[works->count], NULL, run_works, works) != 0)
            return fail(err, ERROR_INTERNAL, "the store's threads cannot be started");
        works->count++;
    }
    return true;
}

void works_close(struct mongo_store *store)
{
    struct works *works = store->works;

    if (!works)
        return;
    pthread_mutex_lock(&works->lock);
    works->closing = true;
    pthread_cond_broadcast(&works->more);
    pthread_mutex_unlock(&works->lock);
    for (int i = 0; i < works->count; i++)
        pthread_join(works->threads[i], NULL);
    pthread_cond_destroy(&works->more);
    pthread_mutex_destroy(&works->lock);
    claims_free(works->claims);
    free(works->threads);
    free(works);
    store->works = NULL;
}
