/* SPDX-License-Identifier: MIT */
/* A page of a list: where it begins, behind a key too, and where the next one does. */
#include "reading.h"

#include "behind.h"

#include <string.h>

enum { BATCH = 1000 };

struct page {
    bson_t asked; /* by the query, wherever the page begins */
    bson_t order;
    struct reading *reading;
    const struct query *query;
    struct documents *out;
    size_t room;
    bool passed; /* over some of what the last question found */
    struct behind behind;
    struct arena kept, scratch;
};

static bool find_place(struct page *page, struct error *err)
{
    const struct query *query = page->query;
    struct behind *behind = &page->behind;
    const char *path;

    if (!query->keyset && !query->after)
        return true;
    if (!keyset_of(page->reading->table->collection, query, &behind->keyset, err))
        return false;
    path = behind->keyset.path;
    behind->is_id = strcmp(path, "_id") == 0;
    if (!query->after)
        return true;
    if (!keyset_read(&behind->keyset, query->after, &page->kept, &behind->place, err))
        return false;
    behind->is_time = !page->reading->table->collection->bare &&
                      (strcmp(path, "_created") == 0 || strcmp(path, "_updated") == 0) &&
                      behind->place.value.value_type == BSON_TYPE_DATE_TIME;
    return true;
}

static bool is_full(const struct page *page)
{
    return (int64_t)page->out->count >= page->query->limit;
}

/* The next of the page's documents, empty. */
static struct document *add_item(struct page *page)
{
    struct documents *out = page->out;

    out->items = arena_grow(out->arena, out->items, out->count, &page->room, sizeof(*out->items));
    out->items[out->count] = (struct document){.arena = out->arena, .as_text = out->as_text};
    return &out->items[out->count++];
}

/* What was read of the page's last document may be its text. */
static bool tell_place(struct page *page, const struct stored *stored, struct error *err)
{
    struct document last = {.arena = &page->scratch};

    stored_show(page->reading->table, stored, &last);
    page->out->after = keyset_write(&page->behind.keyset, &last, page->out->arena, err);
    return page->out->after != NULL;
}

static bool take(struct page *page, const bson_t *raw, enum behind_range range, bool *fits,
                 struct error *err)
{
    struct stored stored;

    arena_clear(&page->scratch);
    if (page->query->after) {
        if (!stored_read(page->reading->table, raw, &page->scratch, &stored, err))
            return false;
        *fits = behind_has(&page->behind, range, &stored.bson, &page->scratch);
        if (!*fits)
            return true;
    }
    if (!reading_take(page->reading, raw, &stored, add_item(page), err))
        return false;
    return !page->query->keyset || !is_full(page) || tell_place(page, &stored, err);
}

/* Add what a query means, as long as the page has room. `bounded`: ask for no more than that. */
static bool read_query(struct page *page, const bson_t *query, enum behind_range range,
                       bool bounded, struct error *err)
{
    int64_t room = page->query->limit - (int64_t)page->out->count;
    struct span span = {.order = &page->order,
                        .skip = page->query->skip,
                        .limit = bounded ? room : 0,
                        .batch = (uint32_t)(room < BATCH ? room + 1 : BATCH)};
    mongoc_cursor_t *cursor = reading_find(page->reading, query, &span);
    const bson_t *raw = NULL;
    bool ok = true;

    page->passed = false;
    while (ok && !is_full(page) && (ok = reading_next(page->reading, cursor, &raw, err)) && raw) {
        bool fits = true;

        ok = take(page, raw, range, &fits, err);
        page->passed = page->passed || !fits;
    }
    mongoc_cursor_destroy(cursor);
    return ok;
}

/* Few documents are passed over, so the first question is for just as many as there is room for. */
static bool read_range(struct page *page, enum behind_range range, struct error *err)
{
    bson_t query = BSON_INITIALIZER, behind = BSON_INITIALIZER;
    size_t before = page->out->count;
    bool ok = true;

    bson_concat(&query, &page->asked);
    if (page->query->after ? behind_query(&page->behind, range, &behind) : range == 0) {
        query_also(&query, &behind);
        ok = read_query(page, &query, range, true, err);
        if (ok && page->passed && !is_full(page)) {
            page->out->count = before;
            ok = read_query(page, &query, range, false, err);
        }
    }
    bson_destroy(&query);
    bson_destroy(&behind);
    return ok;
}

bool page_read(struct reading *reading, const struct query *query, const bson_t *also,
               struct documents *out, struct error *err)
{
    const struct scope scope = {.where = query->where, .deleted_too = query->deleted_too};
    struct page page = {.reading = reading, .query = query, .out = out};
    bool ok;

    bson_init(&page.asked);
    bson_init(&page.order);
    query_write(reading->table, &scope, &page.asked);
    if (also)
        query_also(&page.asked, also);
    query_order(query, &page.order);
    ok = find_place(&page, err);
    for (int range = 0; ok && range < BEHIND_RANGES && !is_full(&page); range++)
        ok = read_range(&page, (enum behind_range)range, err);
    bson_destroy(&page.asked);
    bson_destroy(&page.order);
    arena_release(&page.kept);
    arena_release(&page.scratch);
    return ok;
}
