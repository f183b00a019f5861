/* SPDX-License-Identifier: MIT */
/* Items: one document as it is, with links to where it is among. */
#include "read.h"

#include "gate.h"
#include "handlers.h"
#include "lookup.h"
#include "reply.h"
#include "tags.h"
#include "versions.h"

#include <stdio.h>
#include <string.h>

enum { LINKS_SIZE = 512 };

/* -- conditions ------------------------------------------------------------------------------- */

bool item_is_unchanged(struct call *call, const struct item *item)
{
    const struct validators validators = {call_header(call, "If-None-Match"),
                                          call_header(call, "If-Modified-Since")};

    return tags_unchanged(&validators, item->tag[0] ? item->tag : NULL, item->updated_ms);
}

static void add_tag(struct call *call, const struct item *item)
{
    char tag[sizeof(item->tag) + 2];
    size_t len = strlen(item->tag);

    if (len) {
        tag[0] = '"';
        memcpy(tag + 1, item->tag, len);
        memcpy(tag + 1 + len, "\"", 2);
        call_add_header(call, "ETag", tag);
    }
    read_add_date(call, "Last-Modified", item->updated_ms);
}

void item_add_headers(struct call *call, const struct item *item)
{
    add_tag(call, item);
    gate_cache_headers(call);
}

/* -- the body --------------------------------------------------------------------------------- */

/* Put at the end of the document's last member, _links; it has none where it lacks an id. */
static void add_links(struct call *call, const struct item *item, struct buf *out)
{
    struct buf path = {0};

    if (out->len < 2 || memcmp(out->data + out->len - 2, "}}", 2) != 0)
        return;
    out->len -= 2;
    buf_byte(out, ',');
    if (item->versioned) {
        version_add_links(item, out);
    } else {
        read_add_path(call, &path);
        buf_puts(out, "\"collection\":");
        link_write(item->resource->title, buf_text(&path), out);
        buf_puts(out, ",\"parent\":");
        link_home(item->resource->settings, out);
        buf_release(&path);
    }
    buf_puts(out, "}}");
}

static void add_error(const struct names *names, struct buf *out)
{
    out->len--;
    buf_byte(out, ',');
    render_text(names->status, strlen(names->status), out);
    buf_byte(out, ':');
    render_text(names->status_err, strlen(names->status_err), out);
    buf_byte(out, ',');
    render_text(names->error, strlen(names->error), out);
    buf_puts(out, ":{\"code\":404,\"message\":"
                  "\"The requested URL was not found on this server.\"}}");
}

enum outcome item_send(struct call *call, const struct item *item)
{
    const struct document *document = &item->document;
    size_t size = document->text ? document->text_len : document->len * 2;
    struct buf *body;

    if (item_is_unchanged(call, item)) {
        item_add_headers(call, item);
        return read_unchanged(call);
    }
    body = read_buffer(call, size + LINKS_SIZE);
    display_write(&item->display, item->embeds, document, item->versioned ? item->latest : 0, body);
    if (document->deleted) {
        add_tag(call, item);
        add_error(&item->resource->settings->names, body);
        return reply_json(call, 404, (struct list){body->data, body->len});
    }
    item_add_headers(call, item);
    if (item->resource->hateoas)
        add_links(call, item, body);
    return reply_json(call, 200, (struct list){body->data, body->len});
}

/* -- the handler ------------------------------------------------------------------------------ */

static bool find_item(struct call *call, struct item *item, struct error *err)
{
    const struct resource *resource = item->resource;
    struct address address;

    if (!asked_read(resource, call_query_fields(call), &item->asked, err) ||
        !address_read(call, &address, err) ||
        !display_read(call, &item->asked, &item->display, err))
        return false;
    item->document.as_text = item->display.kept && !resource->versioning;
    if (!address_find(call, &address, &item->document, err))
        return false;
    if (resource->versioning)
        item->latest = version_of(resource, &item->document);
    item->updated_ms = item->document.updated_ms;
    return true;
}

static void make_tag(struct item *item)
{
    item->tag[0] = '\0';
    if (!item->resource->if_match)
        return;
    if (item->latest)
        snprintf(item->tag, sizeof(item->tag), "%s%lld", item->document.etag,
                 (long long)item->latest);
    else
        memcpy(item->tag, item->document.etag, sizeof(item->document.etag));
}

bool item_load(struct call *call, struct item *item, struct error *err)
{
    const struct documents one = {.arena = call_arena(call), .items = &item->document, .count = 1};

    if (!display_load(call, &item->display, &one, &item->embeds, err))
        return false;
    if (item->embeds && embed_updated(item->embeds) > item->updated_ms)
        item->updated_ms = embed_updated(item->embeds);
    make_tag(item);
    return true;
}

/* GET /resource/:item - a document. */
enum outcome item_get(struct call *call)
{
    struct item item = {.resource = resource_of(call)};
    enum outcome refused;
    struct error err;

    if (!gate_pass(call, &refused))
        return refused;
    if (!find_item(call, &item, &err))
        return call_fail(call, &err);
    if (item.asked.version)
        return item_get_version(call, &item);
    if (!item_load(call, &item, &err))
        return call_fail(call, &err);
    return item_send(call, &item);
}
