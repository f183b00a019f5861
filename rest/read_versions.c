/* SPDX-License-Identifier: MIT */
/* Earlier versions of an item: one of them by its number, all of them, or what each changed. */
#include "versions.h"

#include "../lib/document.h"
#include "diff.h"
#include "gate.h"
#include "read.h"
#include "reply.h"

#include <string.h>

/* -- one -------------------------------------------------------------------------------------- */

/* The address of the item, with which of its versions unless NULL. */
static void add_item_link(const struct item *item, const char *title, const char *version,
                          struct buf *out)
{
    const struct settings *settings = item->resource->settings;
    struct buf href = {0}, escaped = {0};

    render_item_href(item->resource, &item->document, &href);
    link_escape(settings->link_base, strlen(settings->link_base), &escaped);
    link_escape(href.data, href.len, &escaped);
    if (version) {
        buf_byte(&escaped, '?');
        link_escape(settings->names.version_param, strlen(settings->names.version_param), &escaped);
        buf_byte(&escaped, '=');
        buf_puts(&escaped, version);
    }
    link_write(title, buf_text(&escaped), out);
    buf_release(&href);
    buf_release(&escaped);
}

void version_add_links(const struct item *item, struct buf *out)
{
    buf_puts(out, "\"parent\":");
    add_item_link(item, item->resource->item_title, NULL, out);
    buf_puts(out, ",\"collection\":");
    add_item_link(item, item->resource->title, "all", out);
}

static bool id_of(const struct item *item, bson_value_t *out, struct error *err)
{
    return document_get(item->document.bson, item->document.len, "_id", out) ||
           fail(err, ERROR_INTERNAL, "a stored document has no _id");
}

static bool read_number(const char *text, int64_t *out, struct error *err)
{
    int64_t number = 0;

    for (const char *at = text; *at; at++)
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *at - '0', &number))
            return fail(err, ERROR_INVALID, "version is a number from 1, all or diffs");
    if (!number)
        return fail(err, ERROR_INVALID, "version is a number from 1, all or diffs");
    *out = number;
    return true;
}

static bool load_version(struct call *call, struct item *item, struct error *err)
{
    int64_t number = 0;
    bson_value_t id;

    if (!read_number(item->asked.version, &number, err) || !id_of(item, &id, err))
        return false;
    if (number != item->latest &&
        !versions_get(call_store(call), &(struct history){item->resource, &id}, number,
                      &item->document, err))
        return false;
    return item_load(call, item, err);
}

/* -- all -------------------------------------------------------------------------------------- */

static bool write_versions(struct call *call, const struct item *item,
                           const struct documents *versions, struct buf *out, struct error *err)
{
    bool diffs = strcmp(item->asked.version, "diffs") == 0;
    const struct embeds *embeds;
    struct buf texts[2] = {{0}, {0}};

    if (!display_load(call, &item->display, versions, &embeds, err))
        return false;
    for (size_t i = 0; i < versions->count; i++) {
        struct buf *text = &texts[i & 1];

        text->len = 0;
        display_write(&item->display, embeds, &versions->items[i], item->latest, text);
        if (i)
            buf_byte(out, ',');
        if (i && diffs)
            diff_write(&item->resource->settings->names, buf_text(&texts[(i - 1) & 1]),
                       buf_text(text), out);
        else
            buf_add(out, text->data, text->len);
    }
    buf_release(&texts[0]);
    buf_release(&texts[1]);
    return true;
}

/* Like a list, but that the item is its own collection. */
static void write_end(struct call *call, const struct item *item, const struct page *page,
                      const struct documents *versions, struct buf *out)
{
    struct buf up = {0}, path = {0};
    struct linker linker;
    struct listing listing = {
        .resource = item->resource,
        .linker = &linker,
        .page = page,
        .self_title = item->resource->item_title,
        .count = (int64_t)versions->count,
        .total = versions->total,
    };

    linker_init(item->resource, &item->asked, page, call_arena(call), &linker);
    read_add_path(call, &path);
    buf_puts(&up, "\"parent\":");
    link_write(item->resource->title, buf_text(&path), &up);
    buf_puts(&up, ",\"collection\":");
    add_item_link(item, item->resource->item_title, NULL, &up);
    path.len = 0;
    link_escape(item->resource->settings->link_base, strlen(item->resource->settings->link_base),
                &path);
    render_item_href(item->resource, &item->document, &path);
    linker.path = buf_text(&path);
    listing.up = buf_text(&up);
    buf_byte(out, ']');
    listing_write(&listing, out);
    buf_byte(out, '}');
    buf_release(&up);
    buf_release(&path);
}

/* A document from before there were versions has one: itself. */
static bool find_versions(struct call *call, struct item *item, const struct page *page,
                          struct documents *out, struct error *err)
{
    const struct query query = {.skip = page_skip(page), .limit = page_limit(page), .count = true};
    bson_value_t id;

    *out = (struct documents){.arena = call_arena(call)};
    if (!id_of(item, &id, err) ||
        !versions_find(call_store(call), &(struct history){item->resource, &id}, &query, out, err))
        return false;
    if (!out->total) {
        out->total = 1;
        out->count = query.skip ? 0 : 1;
        out->items = &item->document;
    }
    return true;
}

static enum outcome send_versions(struct call *call, struct item *item)
{
    struct buf *body = read_buffer(call, 4096);
    const char *items = item->resource->settings->names.items;
    struct documents versions;
    struct page page;
    struct error err;

    page_asked(item->resource, item->asked.page, item->asked.max_results, &page);
    if (!find_versions(call, item, &page, &versions, &err))
        return call_fail(call, &err);
    buf_byte(body, '{');
    render_text(items, strlen(items), body);
    buf_puts(body, ":[");
    if (!write_versions(call, item, &versions, body, &err))
        return call_fail(call, &err);
    write_end(call, item, &page, &versions, body);
    item_add_headers(call, item);
    return reply_json(call, 200, (struct list){body->data, body->len});
}

enum outcome item_get_version(struct call *call, struct item *item)
{
    const char *version = item->asked.version;
    struct error err;

    item->versioned = true;
    if (strcmp(version, "all") != 0 && strcmp(version, "diffs") != 0) {
        if (!load_version(call, item, &err))
            return call_fail(call, &err);
        return item_send(call, item);
    }
    if (!item_load(call, item, &err))
        return call_fail(call, &err);
    if (item_is_unchanged(call, item)) {
        item_add_headers(call, item);
        return read_unchanged(call);
    }
    return send_versions(call, item);
}
