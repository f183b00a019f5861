/* SPDX-License-Identifier: MIT */
/* What the keeper is told on other threads, and takes from there. */
#include "feed.h"
#include "keeper.h"

enum { TAKEN = 100 };

static struct kept *kept_of(struct keeper *keeper, const struct table *table)
{
    return &keeper->kept[table - keeper->store->tables];
}

void keeper_look(struct mongo_store *store)
{
    struct keeper *keeper = store->keeper;

    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->look = true;
    pthread_cond_signal(&keeper->more);
    pthread_mutex_unlock(&keeper->lock);
}

void keeper_doubt(struct mongo_store *store, const struct table *table)
{
    struct keeper *keeper = store->keeper;

    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    for (size_t i = 0; i < store->table_count; i++)
        if ((!table || table == &store->tables[i]) && foreign_asks(&store->tables[i]))
            keeper->kept[i].whole = !store->options.read_only;
    keeper->look = true;
    pthread_cond_signal(&keeper->more);
    pthread_mutex_unlock(&keeper->lock);
}

/* Locked. Where there is no room all of the collection is looked at, which includes this one. */
static void note(struct keeper *keeper, struct table *table, const bson_t *key)
{
    struct kept *kept = kept_of(keeper, table);
    bson_iter_t iter;

    if (kept->whole || !bson_iter_init_find(&iter, key, "_id"))
        return;
    if (keeper->count == KEEPER_IDS || key->len > KEEPER_ID_BYTES) {
        kept->whole = true;
    } else {
        struct noted *noted = &keeper->noted[keeper->count++];

        noted->table = table;
        noted->taken = false;
        bson_value_copy(bson_iter_value(&iter), &noted->id);
    }
    pthread_cond_signal(&keeper->more);
}

void keeper_take(struct mongo_store *store, struct table *table, const struct event *event)
{
    struct keeper *keeper = store->keeper;

    if (!keeper)
        return;
    if (event->kind == EVENT_INSERTED && atomic_exchange(&kept_of(keeper, table)->absent, false))
        keeper_look(store);
    if (store->options.read_only || !foreign_lacks(table, event))
        return;
    if (keeper->foreign)
        metric_add(keeper->foreign, 1);
    pthread_mutex_lock(&keeper->lock);
    note(keeper, table, &event->key);
    pthread_mutex_unlock(&keeper->lock);
}

/* -- what it takes ----------------------------------------------------------------------------- */

struct table *keeper_take_noted(struct keeper *keeper, bson_t *query)
{
    struct table *table = NULL;
    uint32_t count = 0;
    bson_t ids, list;

    pthread_mutex_lock(&keeper->lock);
    if (keeper->count) {
        table = keeper->noted[0].table;
        bson_append_document_begin(query, "_id", 3, &ids);
        bson_append_array_begin(&ids, "$in", 3, &list);
        for (size_t i = 0; i < keeper->count; i++) {
            struct noted *noted = &keeper->noted[i];

            noted->taken = count < TAKEN && noted->table == table;
            if (noted->taken)
                query_list_value(&list, &count, &noted->id);
        }
        bson_append_array_end(&ids, &list);
        bson_append_document_end(query, &ids);
    }
    pthread_mutex_unlock(&keeper->lock);
    return table;
}

/* Locked. Of one collection, or of all of them. */
static void drop(struct keeper *keeper, const struct table *table, bool taken_only)
{
    size_t kept = 0;

    for (size_t i = 0; i < keeper->count; i++) {
        struct noted *noted = &keeper->noted[i];

        if ((!table || noted->table == table) && (noted->taken || !taken_only))
            bson_value_destroy(&noted->id);
        else
            keeper->noted[kept++] = *noted;
    }
    keeper->count = kept;
}

void keeper_drop_taken(struct keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    drop(keeper, NULL, true);
    pthread_mutex_unlock(&keeper->lock);
}

struct table *keeper_take_whole(struct keeper *keeper)
{
    struct table *table = NULL;

    pthread_mutex_lock(&keeper->lock);
    for (size_t i = 0; i < keeper->store->table_count && !table; i++)
        if (keeper->kept[i].whole)
            table = &keeper->store->tables[i];
    if (table) {
        kept_of(keeper, table)->whole = false;
        drop(keeper, table, false);
    }
    pthread_mutex_unlock(&keeper->lock);
    return table;
}

void keeper_put_whole(struct keeper *keeper, const struct table *table)
{
    pthread_mutex_lock(&keeper->lock);
    kept_of(keeper, table)->whole = true;
    pthread_mutex_unlock(&keeper->lock);
}

void keeper_drop_all(struct keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    drop(keeper, NULL, false);
    pthread_mutex_unlock(&keeper->lock);
}
