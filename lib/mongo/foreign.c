/* SPDX-License-Identifier: MIT */
/* Which changes were made by others, as the change stream tells them.
 *
 * A change of the store's own is an insert, a replacement or a delete, and what it leaves behind
 * has the hidden members it should have. An update is another's, or is what adds hidden members
 * (which touches nothing else). A replacement that others make of a document as they have read it,
 * hidden members and all, is known by its old `_updated`. */
#include "feed.h"
#include "query.h"

#include <string.h>

enum { FRESH_S = 30 }; /* a work may take so long to commit, and clocks may differ as much */

bool foreign_asks(const struct table *table)
{
    return (table->searched_count || table->deleted) && !table->collection->bare;
}

/* -- updates ----------------------------------------------------------------------------------- */

/* Whether one path leads through the other. */
static bool is_within(const char *a, const char *b)
{
    size_t i = 0;

    while (a[i] && a[i] == b[i])
        i++;
    return (!a[i] || a[i] == '.') && (!b[i] || b[i] == '.');
}

static bool is_hidden(const char *path)
{
    return is_within(path, "_words") || is_within(path, "_live");
}

static bool decides(const struct table *table, const char *path)
{
    for (size_t i = 0; i < table->searched_count; i++)
        if (is_within(path, table->searched[i]))
            return true;
    return table->deleted && is_within(path, table->deleted);
}

/* The paths that an update has changed. */
struct paths {
    bson_iter_t iter;
    const bson_t *lists[2];
    size_t at;
};

static struct paths paths_of(const struct event *event)
{
    struct paths paths = {.lists = {&event->set, &event->unset}};

    bson_iter_init(&paths.iter, &event->set);
    return paths;
}

/* NULL behind the last. */
static const char *next_path(struct paths *paths)
{
    for (;;) {
        while (bson_iter_next(&paths->iter))
            if (BSON_ITER_HOLDS_UTF8(&paths->iter))
                return bson_iter_utf8(&paths->iter, NULL);
        if (++paths->at == 2 || !bson_iter_init(&paths->iter, paths->lists[paths->at]))
            return NULL;
    }
}

bool foreign_is_unseen(const struct table *table, const struct event *event)
{
    struct paths paths = paths_of(event);
    const char *path = next_path(&paths);

    if (event->kind != EVENT_UPDATED || table->collection->bare || !path)
        return false;
    for (; path; path = next_path(&paths))
        if (!is_hidden(path))
            return false;
    return true;
}

static bool update_decides(const struct table *table, const struct event *event)
{
    struct paths paths = paths_of(event);
    const char *path;

    while ((path = next_path(&paths)))
        if (decides(table, path))
            return true;
    return false;
}

/* -- whole documents --------------------------------------------------------------------------- */

static bool is_live(const bson_t *shown)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, shown, "_live") && BSON_ITER_HOLDS_BOOL(&iter) &&
           bson_iter_bool(&iter);
}

/* It was replaced just now, and says that it was changed long ago. */
static bool is_old(const struct event *event)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, &event->shown, "_updated") &&
           BSON_ITER_HOLDS_DATE_TIME(&iter) &&
           bson_iter_date_time(&iter) / 1000 + FRESH_S < (int64_t)event->seconds;
}

static bool document_lacks(const struct table *table, const struct event *event)
{
    const struct bson_bytes shown = {bson_get_data(&event->shown), event->shown.len};
    bool live = table->deleted && !stored_is_deleted(table, &shown);

    return event->words != (table->searched_count > 0) || is_live(&event->shown) != live ||
           (event->kind == EVENT_REPLACED && is_old(event));
}

bool foreign_lacks(const struct table *table, const struct event *event)
{
    if (!foreign_asks(table))
        return false;
    switch (event->kind) {
    case EVENT_INSERTED:
    case EVENT_REPLACED:
        return document_lacks(table, event);
    case EVENT_UPDATED:
        return update_decides(table, event);
    default:
        return false;
    }
}

/* -- what the stream has to show --------------------------------------------------------------- */

/* Of two paths, one within the other, servers take the shorter alone. */
static void show(const char *path, bson_t *out)
{
    struct buf name = {0};
    bson_t kept = BSON_INITIALIZER;
    bson_iter_t iter;
    bool covered = false;

    buf_printf(&name, "fullDocument.%s", path);
    if (bson_iter_init(&iter, out))
        while (bson_iter_next(&iter)) {
            const char *other = bson_iter_key(&iter);
            bool within = is_within(other, buf_text(&name));

            if (within && strlen(other) <= name.len)
                covered = true;
            if (!within || covered)
                BSON_APPEND_INT32(&kept, other, 1);
        }
    if (!covered)
        BSON_APPEND_INT32(&kept, buf_text(&name), 1);
    bson_destroy(out);
    bson_steal(out, &kept);
    buf_release(&name);
}

void foreign_show(const struct mongo_store *store, bson_t *out)
{
    show("_live", out);
    show("_updated", out);
    for (size_t i = 0; i < store->table_count; i++)
        if (store->tables[i].deleted && foreign_asks(&store->tables[i]))
            show(store->tables[i].deleted, out);
}
