/* SPDX-License-Identifier: MIT */
/* Lists: from what was asked to a query of the store, and to the reply. */
#include "read.h"

#include "../lib/hash.h"
#include "gate.h"
#include "handlers.h"
#include "lookup.h"
#include "reply.h"
#include "tags.h"

#include <stdio.h>
#include <string.h>

enum { TAIL_SIZE = 1024 };

/* -- what is asked ---------------------------------------------------------------------------- */

static bool is_meta(const char *path)
{
    static const char *const meta[] = {"_id", "_created", "_updated"};

    for (size_t i = 0; i < sizeof(meta) / sizeof(meta[0]); i++)
        if (strcmp(path, meta[i]) == 0)
            return true;
    return false;
}

/* What the store can go on by: see query.keyset. */
static bool has_keys(const struct collection *collection, const char *path)
{
    if (is_meta(path))
        return true;
    for (size_t i = 0; i < collection->field_count; i++)
        if (strcmp(collection->fields[i].path, path) == 0)
            return collection->fields[i].type != TYPE_ANY &&
                   collection->fields[i].type != TYPE_LIST;
    return false;
}

static bool can_go_by_key(const struct lister *lister)
{
    const struct query *query = &lister->query;

    if (query->sort_count > 1 || (query->text && !query->sort_count))
        return false;
    return !query->sort_count || has_keys(lister->resource->collection, query->sort[0].path);
}

/* A key holds the value of the order's field: not of one that is hidden. */
static bool may_tell_key(struct call *call, const struct lister *lister)
{
    const struct query *query = &lister->query;

    return lister->by_key &&
           (!query->sort_count || is_meta(query->sort[0].path) ||
            projection_reaches(call_arena(call), lister->resource, query->sort[0].path));
}

/* A text search without an order of the client's is by rank. */
static bool read_order(struct call *call, struct lister *lister, struct error *err)
{
    const struct resource *resource = lister->resource;
    struct order order = {resource->default_sort, resource->default_sort_count};

    if (lister->asked.sort) {
        if (!order_parse(call_arena(call), resource, lister->asked.sort, &order, err))
            return false;
    } else if (lister->query.text) {
        order.count = 0;
    }
    lister->query.sort = order.keys;
    lister->query.sort_count = order.count;
    return true;
}

static bool read_filter(struct call *call, struct lister *lister, struct error *err)
{
    const struct resource *resource = lister->resource;

    if (lister->asked.where &&
        !where_parse(call_arena(call), resource, lister->asked.where, &lister->where, err))
        return false;
    if (!reach(call, lister->where.filter, &lister->query.where, err))
        return false;
    lister->query.text = lister->where.text;
    lister->query.deleted_too =
        resource->soft_delete && (lister->asked.show_deleted || lister->where.names_deleted);
    return true;
}

static void read_linker(struct call *call, struct lister *lister)
{
    struct buf path = {0};

    if (!lister->resource->hateoas)
        return;
    linker_init(lister->resource, &lister->asked, &lister->page, call_arena(call), &lister->linker);
    read_add_path(call, &path);
    lister->linker.path = arena_copy(call_arena(call), path.data, path.len);
    buf_release(&path);
}

bool lister_prepare(struct call *call, struct lister *out, struct error *err)
{
    const struct resource *resource = resource_of(call);
    bool tells_key;

    *out = (struct lister){.resource = resource, .total = -1};
    if (!asked_read(resource, call_query_fields(call), &out->asked, err))
        return false;
    page_asked(resource, out->asked.after ? NULL : out->asked.page, out->asked.max_results,
               &out->page);
    if (!read_filter(call, out, err) || !read_order(call, out, err) ||
        !display_read(call, &out->asked, &out->display, err))
        return false;
    out->by_key = can_go_by_key(out);
    tells_key = may_tell_key(call, out);
    if (out->asked.after && !tells_key)
        return fail(err, ERROR_INVALID, "there is no going on by key in this order");
    out->query.skip = page_skip(&out->page);
    out->query.limit = page_limit(&out->page);
    out->query.after = out->asked.after;
    out->query.keyset = out->asked.after || (resource->keyset_pagination && tells_key);
    out->version = store_version(call_store(call), resource->collection);
    read_linker(call, out);
    return true;
}

/* -- the reply -------------------------------------------------------------------------------- */

void lister_begin(const struct lister *lister, struct buf *out)
{
    const char *items = lister->resource->settings->names.items;

    buf_byte(out, '{');
    render_text(items, strlen(items), out);
    buf_puts(out, ":[");
}

void lister_end(const struct lister *lister, int64_t count, const char *after, struct buf *out)
{
    const struct listing listing = {
        .resource = lister->resource,
        .linker = &lister->linker,
        .page = &lister->page,
        .self_title = lister->resource->title,
        .count = count,
        .total = lister->total,
        .estimated = lister->estimated,
        .asked_after = lister->asked.after,
        .after = after,
    };

    buf_byte(out, ']');
    listing_write(&listing, out);
    buf_byte(out, '}');
}

/* The tag of a list, of all its pages together: the collection's version, who asks, and for what.
 * Lists that embed have none, as other collections shape them. Weak, as replies may be compressed
 * on their way. False: none. */
static bool make_tag(struct call *call, const struct lister *lister, char out[64])
{
    uint64_t hash;

    if (!lister->resource->collection_etags || lister->display.embedded.count)
        return false;
    hash = lister->resource->settings->shape ^ render_shape(lister->resource);
    hash_text(&hash, call_target(call));
    hash_text(&hash, gate_owner(call));
    hash_text(&hash, call_header(call, "Accept"));
    snprintf(out, 64, "%016llx-%llx", (unsigned long long)hash,
             (unsigned long long)lister->version);
    return true;
}

/* Whether the client has this list already. */
static bool list_is_unchanged(struct call *call, const struct lister *lister)
{
    const struct validators validators = {.none_match = call_header(call, "If-None-Match")};
    char tag[64];

    if (!make_tag(call, lister, tag))
        return false;
    call_add_header(call, "ETag", arena_printf(call_arena(call), "W/\"%s\"", tag));
    return tags_unchanged(&validators, tag, 0);
}

static void add_total(struct call *call, const struct lister *lister)
{
    char text[24];

    if (lister->total < 0)
        return;
    snprintf(text, sizeof(text), "%lld", (long long)lister->total);
    call_add_header(call, rest_of(call)->settings->total_header, text);
}

static void add_last_modified(struct call *call, const struct documents *documents)
{
    int64_t newest = INT64_MIN;

    for (size_t i = 0; i < documents->count; i++)
        if (documents->items[i].updated_ms > newest)
            newest = documents->items[i].updated_ms;
    if (documents->count)
        read_add_date(call, "Last-Modified", newest);
}

static size_t size_of(const struct documents *documents)
{
    size_t size = TAIL_SIZE;

    for (size_t i = 0; i < documents->count; i++)
        size += (documents->items[i].text ? documents->items[i].text_len
                                          : documents->items[i].len * 2) +
                1;
    return size;
}

static bool make_list(struct call *call, struct lister *lister, struct buf **out, struct error *err)
{
    struct documents documents = {.arena = call_arena(call), .as_text = lister->display.kept};

    if (!store_find(call_store(call), lister->resource->collection, &lister->query, &documents,
                    err))
        return false;
    total_take(call, lister, documents.total);
    *out = read_buffer(call, size_of(&documents));
    lister_begin(lister, *out);
    if (!display_write_all(call, &lister->display, &documents, *out, err))
        return false;
    lister_end(lister, (int64_t)documents.count, documents.after, *out);
    add_last_modified(call, &documents);
    return true;
}

/* GET /resource - a page of its documents. */
enum outcome collection_get(struct call *call)
{
    struct lister *lister = arena_alloc(call_arena(call), sizeof(*lister));
    enum outcome refused;
    struct error err;
    struct buf *body;

    if (!gate_pass(call, &refused))
        return refused;
    if (!lister_prepare(call, lister, &err))
        return call_fail(call, &err);
    if (list_is_unchanged(call, lister)) {
        gate_cache_headers(call);
        return read_unchanged(call);
    }
    if (!total_begin(call, lister, &err) ||
        (lister->query.limit > LONG_LIST && !total_count(call, lister, &err)))
        return call_fail(call, &err);
    if (lister_is_long(call, lister)) {
        add_total(call, lister);
        gate_cache_headers(call);
        return lister_stream(call, lister);
    }
    if (!make_list(call, lister, &body, &err))
        return call_fail(call, &err);
    add_total(call, lister);
    gate_cache_headers(call);
    return reply_json(call, 200, (struct list){body->data, body->len});
}
