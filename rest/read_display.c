/* SPDX-License-Identifier: MIT */
/* Documents as a GET shows them, and what replies to it share. */
#include "read.h"

#include "gate.h"

#include <string.h>

bool display_read(struct call *call, const struct asked *asked, struct display *out,
                  struct error *err)
{
    const struct resource *resource = resource_of(call);

    *out = (struct display){.resource = resource, .projected = asked->projection != NULL};
    if (asked->projection &&
        !projection_parse(call_arena(call), resource, asked->projection, &out->projection, err))
        return false;
    if ((asked->embedded || resource->embedded_fields.count) &&
        !embedded_parse(call_arena(call), resource, asked->embedded, &out->embedded, err))
        return false;
    out->kept = !out->projected && !out->embedded.count;
    return true;
}

bool display_load(struct call *call, const struct display *display,
                  const struct documents *documents, const struct embeds **out, struct error *err)
{
    *out = NULL;
    return !display->embedded.count || !documents->count ||
           embed_load(call, &display->embedded, documents, out, err);
}

void display_write(const struct display *display, const struct embeds *embeds,
                   const struct document *document, int64_t latest, struct buf *out)
{
    const struct view view = {.resource = display->resource,
                              .projection = display->projected ? &display->projection : NULL,
                              .embeds = embeds,
                              .links = true,
                              .latest_version = latest};

    if (document->text)
        buf_add(out, document->text, document->text_len);
    else
        render_document(&view, document, out);
}

bool display_write_all(struct call *call, const struct display *display,
                       const struct documents *documents, struct buf *out, struct error *err)
{
    const struct embeds *embeds;

    if (!display_load(call, display, documents, &embeds, err))
        return false;
    for (size_t i = 0; i < documents->count; i++) {
        if (i)
            buf_byte(out, ',');
        display_write(display, embeds, &documents->items[i], 0, out);
    }
    return true;
}

/* -- replies ---------------------------------------------------------------------------------- */

static void release(void *context)
{
    buf_release(context);
}

struct buf *read_buffer(struct call *call, size_t ahead)
{
    struct buf *buf = arena_zalloc(call_arena(call), sizeof(*buf));

    arena_defer(call_arena(call), release, buf);
    buf_reserve(buf, ahead);
    return buf;
}

void read_add_date(struct call *call, const char *header, int64_t ms)
{
    char date[RENDER_DATE_SIZE];

    render_http_date(ms, date);
    call_add_header(call, header, date);
}

enum outcome read_unchanged(struct call *call)
{
    return call_bytes(call, 304, NULL, (struct list){NULL, 0});
}

static const char *parent_value(void *context, size_t i)
{
    struct call *call = context;

    return call_param(call, resource_of(call)->parent_fields[i]);
}

void read_add_path(struct call *call, struct buf *out)
{
    link_path(resource_of(call), parent_value, call, out);
}
