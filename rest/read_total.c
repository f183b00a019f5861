/* SPDX-License-Identifier: MIT */
/* How many documents a list has in all. */
#include "read.h"

#include "gate.h"

#include <string.h>

static void add_part(struct buf *key, const char *text)
{
    if (text)
        buf_add(key, text, strlen(text));
    buf_byte(key, '\0');
}

/* All that decides which documents are meant. */
static struct memo_key key_of(struct call *call, const struct reading *reading, struct buf *text)
{
    const struct resource *resource = reading->resource;

    buf_add(text, &resource, sizeof(resource));
    buf_byte(text, reading->query.deleted_too ? 'd' : ' ');
    for (size_t i = 0; i < resource->parent_count; i++)
        add_part(text, call_param(call, resource->parent_fields[i]));
    add_part(text, gate_owner(call));
    add_part(text, reading->asked.where);
    return (struct memo_key){text->data, text->len, reading->version};
}

static bool is_filtered(const struct reading *reading)
{
    return reading->query.where || reading->query.text;
}

static bool recall(struct call *call, struct reading *reading)
{
    struct buf text = {0};
    const struct memo_key key = key_of(call, reading, &text);
    const int64_t *total = memo_get(rest_of(call)->totals, &key, call_arena(call));

    buf_release(&text);
    if (total)
        reading->total = *total;
    return total != NULL;
}

static void remember(struct call *call, const struct reading *reading)
{
    struct buf text = {0};
    const struct memo_key key = key_of(call, reading, &text);
    struct arena made;
    int64_t *total;

    arena_init(&made);
    total = arena_alloc(&made, sizeof(*total));
    *total = reading->total;
    memo_put(rest_of(call)->totals, &key, &made, total, call_arena(call));
    buf_release(&text);
}

bool total_begin(struct call *call, struct reading *reading, struct error *err)
{
    const struct resource *resource = reading->resource;
    const struct query *query = &reading->query;
    bool exact;

    reading->total = -1;
    if (resource->fast_pagination)
        return true;
    if (resource->estimated_total && !query->text && !query->deleted_too) {
        if (!store_estimate(call_store(call), resource->collection, query->where, &reading->total,
                            &exact, err))
            return false;
        reading->estimated = !exact;
        return true;
    }
    reading->query.count = !is_filtered(reading) || !recall(call, reading);
    return true;
}

void total_take(struct call *call, struct reading *reading, int64_t total)
{
    if (!reading->query.count)
        return;
    reading->query.count = false;
    reading->total = total;
    if (is_filtered(reading))
        remember(call, reading);
}

bool total_count(struct call *call, struct reading *reading, struct error *err)
{
    struct query query = reading->query;
    struct documents documents = {.arena = call_arena(call)};

    if (!query.count)
        return true;
    query.limit = query.skip = 0;
    query.keyset = false;
    query.after = NULL;
    if (!store_find(call_store(call), reading->resource->collection, &query, &documents, err))
        return false;
    total_take(call, reading, documents.total);
    return true;
}
