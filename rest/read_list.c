/* SPDX-License-Identifier: MIT */
/* Lists: from what was asked to a query of the store, and to the reply. */
#include "read.h"

#include "gate.h"
#include "handlers.h"
#include "lookup.h"
#include "reply.h"
#include "tags.h"

#include <stdio.h>
#include <string.h>

enum { TAIL_SIZE = 1024 };

/* -- what is asked ---------------------------------------------------------------------------- */

/* What the store can go on by: see query.keyset. */
static bool has_keys(const struct collection *collection, const char *path)
{
    static const char *const meta[] = {"_id", "_created", "_updated"};

    for (size_t i = 0; i < sizeof(meta) / sizeof(meta[0]); i++)
        if (strcmp(path, meta[i]) == 0)
            return true;
    for (size_t i = 0; i < collection->field_count; i++)
        if (strcmp(collection->fields[i].path, path) == 0)
            return collection->fields[i].type != TYPE_ANY &&
                   collection->fields[i].type != TYPE_LIST;
    return false;
}

static bool can_go_by_key(const struct reading *reading)
{
    const struct query *query = &reading->query;

    if (query->sort_count > 1 || (query->text && !query->sort_count))
        return false;
    return !query->sort_count || has_keys(reading->resource->collection, query->sort[0].path);
}

/* A text search without an order of the client's is by rank. */
static bool read_order(struct call *call, struct reading *reading, struct error *err)
{
    const struct resource *resource = reading->resource;
    struct order order = {resource->default_sort, resource->default_sort_count};

    if (reading->asked.sort) {
        if (!order_parse(call_arena(call), resource, reading->asked.sort, &order, err))
            return false;
    } else if (reading->query.text) {
        order.count = 0;
    }
    reading->query.sort = order.keys;
    reading->query.sort_count = order.count;
    return true;
}

static bool read_filter(struct call *call, struct reading *reading, struct error *err)
{
    const struct resource *resource = reading->resource;

    if (reading->asked.where &&
        !where_parse(call_arena(call), resource, reading->asked.where, &reading->where, err))
        return false;
    if (!reach(call, reading->where.filter, &reading->query.where, err))
        return false;
    reading->query.text = reading->where.text;
    reading->query.deleted_too =
        resource->soft_delete && (reading->asked.show_deleted || reading->where.names_deleted);
    return true;
}

static void read_linker(struct call *call, struct reading *reading)
{
    struct buf path = {0};

    if (!reading->resource->hateoas)
        return;
    linker_init(reading->resource, &reading->asked, &reading->page, call_arena(call),
                &reading->linker);
    read_add_path(call, &path);
    reading->linker.path = arena_copy(call_arena(call), path.data, path.len);
    buf_release(&path);
}

bool reading_prepare(struct call *call, struct reading *out, struct error *err)
{
    const struct resource *resource = resource_of(call);

    *out = (struct reading){.resource = resource, .total = -1};
    asked_read(resource, call_query_fields(call), &out->asked);
    page_read(resource, out->asked.after ? NULL : out->asked.page, out->asked.max_results,
              &out->page);
    if (!read_filter(call, out, err) || !read_order(call, out, err) ||
        !display_read(call, &out->asked, &out->display, err))
        return false;
    out->by_key = can_go_by_key(out);
    if (out->asked.after && !out->by_key)
        return fail(err, ERROR_INVALID, "there is no going on by key in this order");
    out->query.skip = page_skip(&out->page);
    out->query.limit = page_limit(&out->page);
    out->query.after = out->asked.after;
    out->query.keyset = out->asked.after || (resource->keyset_pagination && out->by_key);
    out->version = store_version(call_store(call), resource->collection);
    read_linker(call, out);
    return true;
}

/* -- the reply -------------------------------------------------------------------------------- */

void reading_open(const struct reading *reading, struct buf *out)
{
    const char *items = reading->resource->settings->names.items;

    buf_byte(out, '{');
    render_text(items, strlen(items), out);
    buf_puts(out, ":[");
}

void reading_end(const struct reading *reading, int64_t count, const char *after, struct buf *out)
{
    const struct listing listing = {
        .resource = reading->resource,
        .linker = &reading->linker,
        .page = &reading->page,
        .self_title = reading->resource->title,
        .count = count,
        .total = reading->total,
        .estimated = reading->estimated,
        .asked_after = reading->asked.after,
        .after = after,
    };

    buf_byte(out, ']');
    listing_write(&listing, out);
    buf_byte(out, '}');
}

static uint64_t mix(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3U; /* FNV-1a */
    return (hash ^ 0xff) * 0x100000001b3U;
}

/* The tag of a list, of all its pages together: the collection's version, who asks, and for what.
 * Lists that embed have none, as other collections shape them. Weak, as replies may be compressed
 * on their way. False: none. */
static bool make_tag(struct call *call, const struct reading *reading, char out[64])
{
    uint64_t hash = reading->resource->settings->shape ^ render_shape(reading->resource);

    if (!reading->resource->collection_etags || reading->display.embedded.count)
        return false;
    hash = mix(mix(hash, call_target(call)), gate_owner(call));
    hash = mix(hash, call_header(call, "Accept"));
    snprintf(out, 64, "%016llx-%llx", (unsigned long long)hash,
             (unsigned long long)reading->version);
    return true;
}

/* Whether the client has this list already. */
static bool list_is_unchanged(struct call *call, const struct reading *reading)
{
    const struct validators validators = {.none_match = call_header(call, "If-None-Match")};
    char tag[64];

    if (!make_tag(call, reading, tag))
        return false;
    call_add_header(call, "ETag", arena_printf(call_arena(call), "W/\"%s\"", tag));
    return tags_unchanged(&validators, tag, 0);
}

static void add_total(struct call *call, const struct reading *reading)
{
    char text[24];

    if (reading->total < 0)
        return;
    snprintf(text, sizeof(text), "%lld", (long long)reading->total);
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

static bool make_list(struct call *call, struct reading *reading, struct buf **out,
                      struct error *err)
{
    struct documents documents = {.arena = call_arena(call), .as_text = reading->display.kept};

    if (!store_find(call_store(call), reading->resource->collection, &reading->query, &documents,
                    err))
        return false;
    total_take(call, reading, documents.total);
    *out = read_buffer(call, size_of(&documents));
    reading_open(reading, *out);
    if (!display_write_all(call, &reading->display, &documents, *out, err))
        return false;
    reading_end(reading, (int64_t)documents.count, documents.after, *out);
    add_last_modified(call, &documents);
    return true;
}

/* GET /resource - a page of its documents. */
enum outcome collection_get(struct call *call)
{
    struct reading *reading = arena_alloc(call_arena(call), sizeof(*reading));
    enum outcome refused;
    struct error err;
    struct buf *body;

    if (!gate_pass(call, &refused))
        return refused;
    if (!reading_prepare(call, reading, &err))
        return call_fail(call, &err);
    if (list_is_unchanged(call, reading)) {
        gate_cache_headers(call);
        return read_unchanged(call);
    }
    if (!total_begin(call, reading, &err) ||
        (reading->query.limit > LONG_LIST && !total_count(call, reading, &err)))
        return call_fail(call, &err);
    if (reading_is_long(call, reading)) {
        add_total(call, reading);
        gate_cache_headers(call);
        return reading_stream(call, reading);
    }
    if (!make_list(call, reading, &body, &err))
        return call_fail(call, &err);
    add_total(call, reading);
    gate_cache_headers(call);
    return reply_json(call, 200, (struct list){body->data, body->len});
}
