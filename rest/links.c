/* SPDX-License-Identifier: MIT */
#include "links.h"

#include "../lib/form.h"
#include "render.h"

#include <stdio.h>
#include <string.h>

/* -- queries ---------------------------------------------------------------------------------- */

/* RFC 3986 section 3.4, without what forms give a meaning. Nothing here needs escaping in JSON. */
static bool stands_as_is(unsigned char byte)
{
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= '0' && byte <= '9'))
        return true;
    return byte && strchr("-._~!$'()*,;=:@/?", byte);
}

static void add_encoded(const char *text, bool is_name, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (stands_as_is(byte) && !(is_name && byte == '='))
            buf_byte(out, *text);
        else
            buf_add(out, (const char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
    }
}

static void add_field(const char *name, const char *value, struct buf *out)
{
    if (out->len)
        buf_byte(out, '&');
    add_encoded(name, true, out);
    if (*value) {
        buf_byte(out, '=');
        add_encoded(value, false, out);
    }
}

static const char *keep(struct buf *text, struct arena *arena)
{
    const char *kept = text->len ? arena_copy(arena, text->data, text->len) : "";

    text->len = 0;
    return kept;
}

void linker_init(const struct resource *resource, const struct asked *asked,
                 const struct page *page, struct arena *arena, struct linker *out)
{
    const struct names *names = &resource->settings->names;
    struct buf text = {0};

    if (page->size != page->usual) {
        add_field(names->max_results, "", &text);
        buf_byte(&text, '=');
        buf_int(&text, page->size);
    }
    if (asked->where)
        add_field(names->where, asked->where, &text);
    if (asked->sort)
        add_field(names->sort, asked->sort, &text);
    if (asked->version)
        add_field(names->version_param, asked->version, &text);
    out->before = keep(&text, arena);
    for (size_t i = 0; i < asked->fields->count; i++)
        if (!asked_has_place(resource, asked->fields->fields[i].name))
            add_field(asked->fields->fields[i].name, asked->fields->fields[i].value, &text);
    out->behind = keep(&text, arena);
    buf_release(&text);
}

/* -- addresses -------------------------------------------------------------------------------- */

void link_escape(const char *text, size_t len, struct buf *out)
{
    size_t from = out->len;

    render_text(text, len, out);
    memmove(out->data + from, out->data + from + 1, out->len - from - 2);
    out->len -= 2;
}

void link_path(const struct resource *resource, const char *(*value)(void *context, size_t i),
               void *context, struct buf *out)
{
    const char *at = resource->url, *piece;
    const char *base = resource->settings->link_base;
    size_t len;

    if (*base)
        link_escape(base, strlen(base), out);
    for (size_t i = 0; i <= resource->parent_count; i++) {
        piece = settings_url_piece(&at, &len);
        link_escape(piece, len, out);
        if (i < resource->parent_count)
            path_encode(out, value(context, i));
    }
}

static void add_link(const char *title, struct buf *out)
{
    buf_puts(out, "{\"title\":");
    render_text(title, strlen(title), out);
    buf_puts(out, ",\"href\":\"");
}

void link_write(const char *title, const char *href, struct buf *out)
{
    add_link(title, out);
    buf_puts(out, href);
    buf_puts(out, "\"}");
}

void link_home(const struct settings *settings, struct buf *out)
{
    add_link("home", out);
    if (*settings->link_base)
        link_escape(settings->link_base, strlen(settings->link_base), out);
    else
        buf_byte(out, '/');
    buf_puts(out, "\"}");
}

/* -- lists ------------------------------------------------------------------------------------ */

struct target {
    int64_t number;    /* of the page; 1 is not said */
    const char *after; /* or the key */
    bool bare;         /* without any query */
};

static void add_href(const struct listing *listing, const struct target *target, struct buf *out)
{
    const struct names *names = &listing->resource->settings->names;
    const struct linker *linker = listing->linker;
    char mark = '?';

    buf_puts(out, linker->path);
    if (target->bare)
        return;
    if (*linker->before) {
        buf_byte(out, mark);
        buf_puts(out, linker->before);
        mark = '&';
    }
    if (target->after || target->number > 1) {
        buf_byte(out, mark);
        add_encoded(target->after ? names->after : names->page, true, out);
        buf_byte(out, '=');
        if (target->after)
            add_encoded(target->after, false, out);
        else
            buf_int(out, target->number);
        mark = '&';
    }
    if (*linker->behind) {
        buf_byte(out, mark);
        buf_puts(out, linker->behind);
    }
}

static void add_page(const struct listing *listing, const char *head, const struct target *target,
                     struct buf *out)
{
    buf_puts(out, head);
    add_href(listing, target, out);
    buf_puts(out, "\"}");
}

static bool has_next(const struct listing *listing)
{
    if (listing->asked_after)
        return listing->after != NULL;
    if (listing->total < 0)
        return true;
    if (listing->estimated)
        return listing->count == listing->page->size;
    return page_has_next(listing->page, listing->total);
}

static void add_pages(const struct listing *listing, struct buf *out)
{
    const struct page *page = listing->page;

    if (has_next(listing)) {
        add_page(listing, ",\"next\":{\"title\":\"next page\",\"href\":\"",
                 &(struct target){page->number < INT64_MAX ? page->number + 1 : page->number,
                                  listing->after, false},
                 out);
        if (listing->total > 0 && !listing->estimated && !listing->asked_after)
            add_page(listing, ",\"last\":{\"title\":\"last page\",\"href\":\"",
                     &(struct target){page_last(page, listing->total), NULL, false}, out);
    }
    if (page->number > 1 && !listing->asked_after)
        add_page(listing, ",\"prev\":{\"title\":\"previous page\",\"href\":\"",
                 &(struct target){page->number - 1, NULL, false}, out);
}

static void add_links(const struct listing *listing, struct buf *out)
{
    const struct target self = {listing->page->number, listing->asked_after, listing->total <= 0};

    buf_byte(out, ',');
    render_text(listing->resource->settings->names.links,
                strlen(listing->resource->settings->names.links), out);
    buf_puts(out, ":{");
    if (listing->up) {
        buf_puts(out, listing->up);
    } else {
        buf_puts(out, "\"parent\":");
        link_home(listing->resource->settings, out);
    }
    buf_puts(out, ",\"self\":");
    add_link(listing->self_title, out);
    add_href(listing, &self, out);
    buf_puts(out, "\"}");
    if (listing->page->paged)
        add_pages(listing, out);
    buf_byte(out, '}');
}

static void add_number(const char *name, int64_t number, struct buf *out)
{
    render_text(name, strlen(name), out);
    buf_byte(out, ':');
    buf_int(out, number);
}

static void add_meta(const struct listing *listing, struct buf *out)
{
    const struct names *names = &listing->resource->settings->names;
    const struct page *page = listing->page;

    buf_byte(out, ',');
    render_text(names->meta, strlen(names->meta), out);
    buf_puts(out, ":{");
    add_number(names->page, listing->asked_after ? 1 : page->number, out);
    buf_byte(out, ',');
    add_number(names->max_results, page->size, out);
    if (listing->total >= 0) {
        buf_byte(out, ',');
        add_number("total", listing->total, out);
    }
    if (listing->estimated)
        buf_puts(out, ",\"estimated\":true");
    buf_byte(out, '}');
}

void listing_write(const struct listing *listing, struct buf *out)
{
    if (listing->resource->hateoas)
        add_links(listing, out);
    if (listing->page->paged)
        add_meta(listing, out);
}
