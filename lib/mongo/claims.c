/* SPDX-License-Identifier: MIT */
#include "claims.h"

#include "../hash.h"

#include <stdlib.h>
#include <string.h>

/* Some thousand claims at most are had at once: a few by each thread, more where one changes many
 * documents. */
enum { BUCKETS = 4096 };

struct claim {
    struct claim *next;               /* in its bucket */
    struct claim *next_held;          /* of the same work */
    struct store_work *first, **last; /* who wait */
    const struct store_work *owner;
    const struct table *table;
    uint64_t hash;
    size_t len;
    uint8_t bytes[];
};

struct claims {
    struct claim *buckets[BUCKETS];
};

struct claims *claims_new(void)
{
    struct claims *claims = calloc(1, sizeof(*claims));

    if (!claims)
        abort();
    return claims;
}

void claims_free(struct claims *claims)
{
    free(claims);
}

/* -- documents --------------------------------------------------------------------------------- */

struct claim_key claims_key(struct arena *arena, const struct table *table, const bson_value_t *id)
{
    struct claim_key key = {.table = table, .hash = HASH_START};
    bson_t holder = BSON_INITIALIZER;
    struct order_key order;

    bson_append_value(&holder, "_id", 3, id);
    order = order_key(arena, bson_get_data(&holder), holder.len, "_id", true);
    bson_destroy(&holder);
    key.bytes = order.bytes;
    key.len = order.len;
    hash_number(&key.hash, (uintptr_t)table);
    hash_bytes(&key.hash, key.bytes, key.len);
    return key;
}

/* Where the claim is, or would be. */
static struct claim **find(struct claims *claims, const struct claim_key *key)
{
    struct claim **at = &claims->buckets[key->hash % BUCKETS];

    while (*at && ((*at)->hash != key->hash || (*at)->table != key->table ||
                   (*at)->len != key->len || memcmp((*at)->bytes, key->bytes, key->len) != 0))
        at = &(*at)->next;
    return at;
}

static struct claim *make(const struct claim_key *key)
{
    struct claim *claim = calloc(1, sizeof(*claim) + key->len);

    if (!claim)
        abort();
    claim->last = &claim->first;
    claim->table = key->table;
    claim->hash = key->hash;
    claim->len = key->len;
    memcpy(claim->bytes, key->bytes, key->len);
    return claim;
}

static void drop(struct claims *claims, struct claim *claim)
{
    struct claim **at = &claims->buckets[claim->hash % BUCKETS];

    while (*at != claim)
        at = &(*at)->next;
    *at = claim->next;
    free(claim);
}

/* -- works ------------------------------------------------------------------------------------- */

static void give(struct claim *claim, struct store_work *work)
{
    claim->owner = work;
    claim->next_held = work->claims;
    work->claims = claim;
}

enum claim_answer claims_take(struct claims *claims, struct store_work *work,
                              const struct claim_key *key)
{
    struct claim **at = find(claims, key);

    if (*at)
        return (*at)->owner == work ? CLAIM_HAD : CLAIM_REFUSED;
    *at = make(key);
    give(*at, work);
    return CLAIM_TAKEN;
}

bool claims_await(struct claims *claims, struct store_work *work, const struct claim_key *key)
{
    struct claim *claim = *find(claims, key);

    if (!claim) {
        claims_take(claims, work, key);
        return false;
    }
    work->next = NULL;
    *claim->last = work;
    claim->last = &work->next;
    work->awaited = claim;
    return true;
}

static void leave(struct claim *claim, struct store_work *work)
{
    struct store_work **at = &claim->first;

    while (*at != work)
        at = &(*at)->next;
    *at = work->next;
    if (claim->last == &work->next)
        claim->last = at;
    work->next = NULL;
    work->awaited = NULL;
}

void claims_forget(struct store_work *work)
{
    leave(work->awaited, work);
}

struct store_work *claims_release(struct claims *claims, struct store_work *work)
{
    struct store_work *first = NULL, **last = &first;
    struct claim *next;

    for (struct claim *claim = work->claims; claim; claim = next) {
        struct store_work *heir = claim->first;

        next = claim->next_held;
        if (!heir) {
            drop(claims, claim);
            continue;
        }
        leave(claim, heir);
        give(claim, heir);
        *last = heir;
        last = &heir->next;
    }
    work->claims = NULL;
    return first;
}

struct store_work *claims_dismiss(struct store_work *work, int64_t since_us)
{
    struct store_work *first = NULL, **last = &first, *next;

    for (struct claim *claim = work->claims; claim; claim = claim->next_held)
        for (struct store_work *waits = claim->first; waits; waits = next) {
            next = waits->next;
            if (waits->queued_us > since_us)
                continue;
            leave(claim, waits);
            *last = waits;
            last = &waits->next;
        }
    return first;
}
