/* SPDX-License-Identifier: MIT */
#include "images_hot.h"
#include "images_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 64, MOST_BYTES = 24 * 1024 };

struct slot {
    char key[CACHE_KEY_LEN + 1];
    char *bytes; /* NULL: free */
    size_t len;
    int64_t used_ms;
};

struct hot {
    pthread_mutex_t lock;
    struct slot slots[SLOTS];
};

struct hot *hot_open(void)
{
    struct hot *hot = calloc(1, sizeof(*hot));

    if (!hot)
        abort();
    pthread_mutex_init(&hot->lock, NULL);
    return hot;
}

void hot_close(struct hot *hot)
{
    for (int i = 0; i < SLOTS; i++)
        free(hot->slots[i].bytes);
    pthread_mutex_destroy(&hot->lock);
    free(hot);
}

/* Keys are digests: any of their digits spread evenly. Each key has one place. */
static struct slot *slot_of(struct hot *hot, const char *key)
{
    unsigned sum = 0;

    for (int i = 0; i < 4; i++)
        sum = sum * 16 + (unsigned)(key[i] <= '9' ? key[i] - '0' : key[i] - 'a' + 10);
    return &hot->slots[sum % SLOTS];
}

bool hot_get(struct hot *hot, const char *key, struct arena *arena, struct hot_file *out)
{
    struct slot *slot = slot_of(hot, key);
    bool found;

    pthread_mutex_lock(&hot->lock);
    found = slot->bytes && strcmp(slot->key, key) == 0;
    if (found) {
        out->bytes = arena_copy(arena, slot->bytes, slot->len);
        out->len = slot->len;
        out->used_ms = slot->used_ms;
    }
    pthread_mutex_unlock(&hot->lock);
    return found;
}

static void empty(struct slot *slot)
{
    free(slot->bytes);
    slot->bytes = NULL;
}

void hot_put(struct hot *hot, const char *key, const struct hot_file *file)
{
    struct slot *slot = slot_of(hot, key);

    if (file->len > MOST_BYTES) {
        hot_drop(hot, key);
        return;
    }
    pthread_mutex_lock(&hot->lock);
    empty(slot);
    slot->bytes = malloc(file->len);
    if (!slot->bytes)
        abort();
    memcpy(slot->bytes, file->bytes, file->len);
    memcpy(slot->key, key, sizeof(slot->key));
    slot->len = file->len;
    slot->used_ms = file->used_ms;
    pthread_mutex_unlock(&hot->lock);
}

void hot_drop(struct hot *hot, const char *key)
{
    struct slot *slot = slot_of(hot, key);

    pthread_mutex_lock(&hot->lock);
    if (slot->bytes && strcmp(slot->key, key) == 0)
        empty(slot);
    pthread_mutex_unlock(&hot->lock);
}
