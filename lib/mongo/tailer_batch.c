/* SPDX-License-Identifier: MIT */
/* What a batch of the tailer's stream tells goes into the ring, and makes versions grow. On the
 * tailer's thread. */
#include "elsewhere.h"
#include "feed.h"
#include "keeper.h"

#include "../clock.h"

#include <string.h>

/* What one batch told. */
struct batch {
    bson_t last; /* token of the last change in the ring; borrowed */
    bool has_last;
    struct arena arena;
    bool changed[MAX_COLLECTIONS]; /* by the place in store->tables */
    int events;
};

static void keep_token(struct tailer *tailer, const bson_t *token)
{
    if (tailer->has_token)
        bson_destroy(&tailer->token);
    bson_copy_to(token, &tailer->token);
    tailer->has_token = true;
}

void tailer_forget(struct tailer *tailer)
{
    if (tailer->has_token)
        bson_destroy(&tailer->token);
    tailer->has_token = false;
    tailer->behind = 0;
    pthread_mutex_lock(&tailer->lock);
    ring_clear(tailer->ring);
    pthread_mutex_unlock(&tailer->lock);
}

/* Locked. A place that takes more than a cursor may leaves a gap: then nothing before it counts. */
static void put(struct tailer *tailer, struct batch *batch, const struct ring_change *change,
                const struct cursor *place)
{
    struct error ignored;
    const char *text = cursor_write(tailer->store->id, place, &batch->arena, &ignored);

    if (text)
        ring_put(tailer->ring, change, text);
    else
        ring_clear(tailer->ring);
}

/* Locked. A collection or all of them are not what they were: who comes to this place is told so by
 * a stream of its own. */
static void take_break(struct tailer *tailer, struct batch *batch, const struct event *event)
{
    struct table *broken[] = {feed_table(tailer->store, event->collection),
                              feed_table(tailer->store, event->target)};

    if (event->collection && !broken[0] && !broken[1])
        return;
    ring_clear(tailer->ring);
    memset(batch->changed, 1, sizeof(batch->changed));
    batch->has_last = false;
    if (!event->collection)
        keeper_doubt(tailer->store, NULL);
    for (size_t i = 0; i < 2; i++)
        if (broken[i])
            keeper_doubt(tailer->store, broken[i]);
}

/* Locked. */
static void take_change(struct tailer *tailer, struct batch *batch, struct table *table,
                        const struct event *event)
{
    const struct cursor place = {.token = event->token, .seconds = event->seconds};
    const struct ring_change change = {.collection = table->collection,
                                       .key = &event->key,
                                       .deleted = event->kind == EVENT_DELETED};

    batch->changed[table - tailer->store->tables] = true;
    if (table->collection->followed && !foreign_is_unseen(table, event)) {
        put(tailer, batch, &change, &place);
        batch->last = event->token;
        batch->has_last = true;
    }
    keeper_take(tailer->store, table, event);
    if (tailer->seen)
        metric_add(tailer->seen, 1);
}

/* Locked. */
static void take_event(struct tailer *tailer, struct batch *batch, const struct event *event)
{
    struct table *table = feed_table(tailer->store, event->collection);

    batch->events++;
    if (event->kind == EVENT_BREAK)
        take_break(tailer, batch, event);
    else if (table)
        take_change(tailer, batch, table, event);
}

/* Locked. The stream is there (again). */
static void take_connection(struct tailer *tailer)
{
    tailer->connected = true;
    if (tailer->passed_over)
        keeper_doubt(tailer->store, NULL);
    else if (tailer->came_before)
        keeper_look(tailer->store);
    tailer->passed_over = false;
    tailer->came_before = true;
}

/* Locked. The place behind the batch, for who follows while nothing comes. */
static void take_place(struct tailer *tailer, struct watch *watch, struct batch *batch)
{
    struct cursor place = {.seconds = (uint32_t)(clock_now_ms() / 1000)};

    if (!watch_token(watch, &place.token) ||
        (tailer->has_token && bson_equal(&place.token, &tailer->token)))
        return;
    keep_token(tailer, &place.token);
    if (!batch->has_last || !bson_equal(&place.token, &batch->last))
        put(tailer, batch, NULL, &place);
}

bool tailer_take(struct tailer *tailer, struct watch *watch, uint64_t wanted)
{
    struct batch batch = {.events = 0};
    struct event event;
    bool connects = false;

    elsewhere_note(tailer->store, &watch->reply);
    pthread_mutex_lock(&tailer->lock);
    while (watch_next(watch, &event))
        take_event(tailer, &batch, &event);
    take_place(tailer, watch, &batch);
    if (batch.events < TAILER_BATCH) {
        tailer->covered = wanted;
        connects = !tailer->connected;
        if (connects)
            take_connection(tailer);
        tailer->behind = 0;
    }
    /* Only now: who sees a version grow finds the change in the ring. */
    for (size_t i = 0; i < tailer->store->table_count; i++)
        if (batch.changed[i] || connects)
            atomic_fetch_add(&tailer->store->tables[i].version, 1);
    pthread_cond_broadcast(&tailer->moved);
    pthread_mutex_unlock(&tailer->lock);
    arena_release(&batch.arena);
    return batch.events > 0;
}
