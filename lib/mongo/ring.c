/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include "../hash.h"

#include <stdlib.h>
#include <string.h>

struct place {
    uint64_t hash; /* of the cursor */
    const struct collection *collection;
    char *cursor; /* with the key behind it; one allocation */
    uint32_t cursor_len, key_len;
    bool deleted;
    bool told;
};

/* Places have numbers that only grow; number % RING_PLACES is where one is. */
struct ring {
    uint64_t oldest, next;
    size_t bytes;
    struct place places[RING_PLACES];
};

static struct place *place_at(const struct ring *ring, uint64_t number)
{
    return (struct place *)&ring->places[number % RING_PLACES];
}

static uint64_t hash_of(const char *cursor)
{
    uint64_t hash = HASH_START;

    hash_text(&hash, cursor);
    return hash;
}

struct ring *ring_open(void)
{
    struct ring *ring = calloc(1, sizeof(*ring));

    if (!ring)
        abort();
    return ring;
}

void ring_close(struct ring *ring)
{
    ring_clear(ring);
    free(ring);
}

/* -- writing ----------------------------------------------------------------------------------- */

static void drop(struct ring *ring, struct place *place)
{
    ring->bytes -= place->cursor_len + place->key_len;
    free(place->cursor);
    *place = (struct place){0};
}

void ring_clear(struct ring *ring)
{
    while (ring->oldest < ring->next)
        drop(ring, place_at(ring, ring->oldest++));
}

static bool is_untold_mark(const struct place *place)
{
    return !place->collection && !place->told;
}

void ring_put(struct ring *ring, const struct ring_change *change, const char *cursor)
{
    struct place fresh = {.hash = hash_of(cursor),
                          .collection = change ? change->collection : NULL,
                          .cursor_len = (uint32_t)strlen(cursor) + 1,
                          .key_len = change ? change->key->len : 0,
                          .deleted = change && change->deleted};
    size_t size = fresh.cursor_len + fresh.key_len;

    if (ring->oldest < ring->next && is_untold_mark(place_at(ring, ring->next - 1)))
        drop(ring, place_at(ring, --ring->next));
    while (ring->oldest < ring->next &&
           (ring->next - ring->oldest == RING_PLACES || ring->bytes + size > RING_BYTES))
        drop(ring, place_at(ring, ring->oldest++));
    fresh.cursor = malloc(size);
    if (!fresh.cursor)
        abort();
    memcpy(fresh.cursor, cursor, fresh.cursor_len);
    if (change)
        memcpy(fresh.cursor + fresh.cursor_len, bson_get_data(change->key), fresh.key_len);
    ring->bytes += size;
    *place_at(ring, ring->next++) = fresh;
}

/* -- reading ----------------------------------------------------------------------------------- */

/* Newest first: who follows is near the end. Numbers begin at 0; false: it is not there. */
static bool find(const struct ring *ring, const char *cursor, uint64_t *number)
{
    uint64_t hash = hash_of(cursor);

    for (uint64_t i = ring->next; i > ring->oldest; i--) {
        const struct place *place = place_at(ring, i - 1);

        if (place->hash == hash && strcmp(place->cursor, cursor) == 0) {
            *number = i - 1;
            return true;
        }
    }
    return false;
}

bool ring_has(const struct ring *ring, const char *cursor)
{
    uint64_t ignored;

    return find(ring, cursor, &ignored);
}

bson_value_t ring_id(const bson_t *key, struct arena *arena)
{
    const uint8_t *kept = (const uint8_t *)arena_copy(arena, bson_get_data(key), key->len);
    bson_value_t id = {.value_type = BSON_TYPE_NULL};
    bson_iter_t iter;

    if (!bson_iter_init_from_data(&iter, kept, key->len) || !bson_iter_find(&iter, "_id"))
        return id;
    id = *bson_iter_value(&iter);
    return id.value_type == BSON_TYPE_INT64 ? value_int(id.value.v_int64) : id;
}

static size_t count_behind(const struct ring *ring, uint64_t number, size_t limit)
{
    size_t count = 0;

    while (++number < ring->next && count < limit)
        count += place_at(ring, number)->collection != NULL;
    return count;
}

static void tell(const struct place *place, struct store_changes *out)
{
    struct store_change *change = &out->items[out->count++];
    bson_t key;

    bson_init_static(&key, (const uint8_t *)place->cursor + place->cursor_len, place->key_len);
    change->collection = place->collection;
    change->id = ring_id(&key, out->arena);
    change->deleted = place->deleted;
    change->cursor = arena_copy(out->arena, place->cursor, place->cursor_len - 1);
}

bool ring_read(struct ring *ring, const char *after, size_t limit, bool newest,
               struct store_changes *out)
{
    uint64_t number;
    struct place *last;
    size_t count;

    if (!find(ring, after, &number))
        return false;
    last = place_at(ring, newest ? ring->next - 1 : number);
    count = count_behind(ring, number, limit);
    out->count = 0;
    out->items = arena_alloc(out->arena, count * sizeof(*out->items));
    while (out->count < count)
        if (place_at(ring, ++number)->collection) {
            last = place_at(ring, number);
            tell(last, out);
        }
    last->told = true;
    memcpy(out->cursor, last->cursor, last->cursor_len);
    return true;
}
