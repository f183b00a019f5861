/* SPDX-License-Identifier: MIT */
#include "memo.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *chain;         /* of the same bucket */
    struct entry *newer, *older; /* by last use */
    uint64_t hash;
    uint64_t version;
    size_t key_len;
    size_t size;
    struct memo *memo;
    unsigned users; /* calls that look at it, and one for being remembered */
    const void *thing;
    struct arena arena;
    char key[];
};

struct memo {
    pthread_mutex_t lock;
    size_t most_entries, most_bytes;
    size_t entries, bytes;
    struct entry *newest, *oldest;
    size_t mask;
    struct entry **buckets;
    struct metric *requests, *hits;
};

static uint64_t hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    uint64_t hash = 0xcbf29ce484222325U;

    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;

        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0x9fb21c651e98df25U;
        hash ^= hash >> 32;
    }
    for (; len; at++, len--)
        hash = (hash ^ *at) * 0x100000001b3U;
    return hash ^ hash >> 29;
}

struct memo *memo_open(const struct memo_options *options)
{
    struct memo *memo = calloc(1, sizeof(*memo));
    size_t buckets = 16;

    while (buckets < options->entries)
        buckets *= 2;
    if (!memo || !(memo->buckets = calloc(buckets, sizeof(struct entry *))))
        abort();
    memo->mask = buckets - 1;
    memo->most_entries = options->entries;
    memo->most_bytes = options->bytes;
    pthread_mutex_init(&memo->lock, NULL);
    if (options->metrics) {
        struct buf label = {0};

        metrics_label(&label, "memo", options->name);
        memo->requests =
            metrics_counter(options->metrics, "memo_requests_total",
                            "Things asked for that may be remembered.", buf_text(&label));
        memo->hits = metrics_counter(options->metrics, "memo_hits_total",
                                     "Things that were remembered.", buf_text(&label));
        buf_release(&label);
    }
    return memo;
}

static void entry_free(struct entry *entry)
{
    arena_release(&entry->arena);
    free(entry);
}

static struct entry **find(struct memo *memo, uint64_t hash, const struct memo_key *key)
{
    struct entry **at = &memo->buckets[hash & memo->mask];

    while (*at && ((*at)->hash != hash || (*at)->key_len != key->len ||
                   memcmp((*at)->key, key->bytes, key->len) != 0))
        at = &(*at)->chain;
    return at;
}

static void unlink_use(struct memo *memo, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &memo->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &memo->oldest) = entry->newer;
}

static void link_newest(struct memo *memo, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = memo->newest;
    *(memo->newest ? &memo->newest->newer : &memo->oldest) = entry;
    memo->newest = entry;
}

/* Take it out; returns it if nobody uses it, to be freed without the lock. */
static struct entry *forget(struct memo *memo, struct entry *entry)
{
    struct entry **at = &memo->buckets[entry->hash & memo->mask];

    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    unlink_use(memo, entry);
    memo->entries--;
    memo->bytes -= entry->size;
    return --entry->users ? NULL : entry;
}

static void on_user_done(void *context)
{
    struct entry *entry = context;
    struct memo *memo = entry->memo;
    bool last;

    pthread_mutex_lock(&memo->lock);
    last = --entry->users == 0;
    pthread_mutex_unlock(&memo->lock);
    if (last)
        entry_free(entry);
}

void memo_close(struct memo *memo)
{
    if (!memo)
        return;
    while (memo->oldest)
        entry_free(forget(memo, memo->oldest));
    pthread_mutex_destroy(&memo->lock);
    free(memo->buckets);
    free(memo);
}

const void *memo_get(struct memo *memo, const struct memo_key *key, struct arena *user)
{
    uint64_t hash = hash_bytes(key->bytes, key->len);
    struct entry *entry;

    pthread_mutex_lock(&memo->lock);
    entry = *find(memo, hash, key);
    if (entry && entry->version != key->version)
        entry = NULL;
    if (entry) {
        entry->users++;
        if (memo->newest != entry) {
            unlink_use(memo, entry);
            link_newest(memo, entry);
        }
    }
    pthread_mutex_unlock(&memo->lock);
    if (memo->requests)
        metric_add(memo->requests, 1);
    if (!entry)
        return NULL;
    if (memo->hits)
        metric_add(memo->hits, 1);
    arena_defer(user, on_user_done, entry);
    return entry->thing;
}

/* Under the lock: put entry in and push out what no longer fits. Returns what is to be freed,
 * chained. */
static struct entry *remember(struct memo *memo, struct entry *entry, const struct memo_key *key)
{
    struct entry **at = find(memo, entry->hash, key);
    struct entry *freed = NULL;
    struct entry *gone = *at ? forget(memo, *at) : NULL;

    if (gone) {
        gone->chain = freed;
        freed = gone;
    }
    at = &memo->buckets[entry->hash & memo->mask];
    entry->chain = *at;
    *at = entry;
    link_newest(memo, entry);
    memo->entries++;
    memo->bytes += entry->size;
    while (memo->oldest != entry &&
           (memo->entries > memo->most_entries || memo->bytes > memo->most_bytes)) {
        gone = forget(memo, memo->oldest);
        if (gone) {
            gone->chain = freed;
            freed = gone;
        }
    }
    return freed;
}

const void *memo_put(struct memo *memo, const struct memo_key *key, struct arena *made,
                     const void *thing, struct arena *user)
{
    struct entry *entry = malloc(sizeof(*entry) + key->len);
    struct entry *freed;

    if (!entry)
        abort();
    *entry = (struct entry){.hash = hash_bytes(key->bytes, key->len),
                            .version = key->version,
                            .key_len = key->len,
                            .memo = memo,
                            .users = 2,
                            .thing = thing,
                            .arena = *made};
    memcpy(entry->key, key->bytes, key->len);
    entry->size = sizeof(*entry) + key->len + arena_size(made);
    arena_init(made);
    pthread_mutex_lock(&memo->lock);
    freed = remember(memo, entry, key);
    pthread_mutex_unlock(&memo->lock);
    while (freed) {
        struct entry *next = freed->chain;

        entry_free(freed);
        freed = next;
    }
    arena_defer(user, on_user_done, entry);
    return thing;
}
