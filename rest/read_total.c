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
static struct memo_key key_of(struct call *call, const struct lister *lister, struct buf *text)
{
    const struct resource *resource = lister->resource;

    add_part(text, resource->name);
    buf_byte(text, lister->query.deleted_too ? 'd' : ' ');
    for (size_t i = 0; i < resource->parent_count; i++)
        add_part(text, call_param(call, resource->parent_fields[i]));
    add_part(text, gate_owner(call));
    add_part(text, lister->asked.where);
    return (struct memo_key){text->data, text->len, lister->version};
}

/* Whether the total is worth to be kept: the embedded store counts all documents as it changes
 * them, others look at each. */
static bool is_dear(struct call *call, const struct lister *lister)
{
    return lister->query.where || lister->query.text || !store_is_embedded(call_store(call));
}

static bool recall(struct call *call, struct lister *lister)
{
    struct buf text = {0};
    const struct memo_key key = key_of(call, lister, &text);
    const int64_t *total = memo_get(rest_of(call)->totals, &key, call_arena(call));

    buf_release(&text);
    if (total)
        lister->total = *total;
    return total != NULL;
}

static void remember(struct call *call, const struct lister *lister)
{
    struct buf text = {0};
    const struct memo_key key = key_of(call, lister, &text);
    struct arena made;
    int64_t *total;

    arena_init(&made);
    total = arena_alloc(&made, sizeof(*total));
    *total = lister->total;
    memo_put(rest_of(call)->totals, &key, &made, total, call_arena(call));
    buf_release(&text);
}

bool total_begin(struct call *call, struct lister *lister, struct error *err)
{
    const struct resource *resource = lister->resource;
    const struct query *query = &lister->query;
    struct estimate about;

    lister->total = -1;
    if (resource->fast_pagination)
        return true;
    if (resource->estimated_total && !query->text && !query->deleted_too) {
        if (!store_estimate(call_store(call), resource->collection, query->where, &about, err))
            return false;
        lister->total = about.documents;
        lister->estimated = !about.exact;
        return true;
    }
    lister->query.count = !is_dear(call, lister) || !recall(call, lister);
    return true;
}

void total_take(struct call *call, struct lister *lister, int64_t total)
{
    if (!lister->query.count)
        return;
    lister->query.count = false;
    lister->total = total;
    if (is_dear(call, lister))
        remember(call, lister);
}

bool total_count(struct call *call, struct lister *lister, struct error *err)
{
    struct query query = lister->query;
    struct documents documents = {.arena = call_arena(call)};

    if (!query.count)
        return true;
    query.limit = query.skip = 0;
    query.keyset = false;
    query.after = NULL;
    if (!store_find(call_store(call), lister->resource->collection, &query, &documents, err))
        return false;
    total_take(call, lister, documents.total);
    return true;
}
