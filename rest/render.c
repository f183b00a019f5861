/* SPDX-License-Identifier: MIT */
/* Documents as JSON. What nothing is left out of and nothing embedded in is written in one go by
 * render_nested(); only around projections and embedded documents every step is looked at. */
#include "render.h"

#include <string.h>

#include "render_private.h"
#include "versions.h"

/* What every document has besides its fields, written from elsewhere and never twice. */
static bool is_meta(const struct resource *resource, const char *key)
{
    const struct names *names = &resource->settings->names;

    if (render_same(key, "_id") || render_same(key, names->updated) ||
        render_same(key, names->created) || render_same(key, names->etag))
        return true;
    if (resource->versioning &&
        (render_same(key, names->version) || render_same(key, names->latest_version)))
        return true;
    return (resource->soft_delete && render_same(key, names->deleted)) ||
           (resource->hateoas && render_same(key, names->links));
}

static void write_document(struct walk *walk, const struct document *document);

static void write_embedded(struct walk *walk, const struct step *step,
                           const struct embedded *embedded)
{
    struct view view = {
        .resource = embedded->resource,
        .embeds = walk->view->embeds,
        .latest_version = embedded->latest_version,
    };
    struct walk inner = {.view = &view, .out = walk->out, .base = step, .depth = walk->depth + 1};

    if (embedded->document)
        write_document(&inner, embedded->document);
    else
        buf_add(walk->out, "null", 4);
}

static void write_any(struct walk *walk, const struct step *step, struct parts parts,
                      const bson_value_t *value);

static void write_members(struct walk *walk, const struct step *step, struct parts parts,
                          const bson_value_t *value)
{
    bson_iter_t iter;

    buf_byte(walk->out, '{');
    if (bson_iter_init_from_data(&iter, value->value.v_doc.data, value->value.v_doc.data_len)) {
        while (bson_iter_next(&iter)) {
            struct step inner = {step, bson_iter_key(&iter), bson_iter_key_len(&iter)};
            const bson_value_t *member = bson_iter_value(&iter);
            struct parts shown = parts_below(walk, parts, &inner, member);

            if (part_shown(shown) == PART_NONE)
                continue;
            render_separate(walk->out);
            render_key(inner.key, inner.len, walk->out);
            write_any(walk, &inner, shown, member);
        }
    }
    buf_byte(walk->out, '}');
}

static bool embeds_here(const struct walk *walk, const struct step *step, struct parts parts,
                        const bson_value_t *value, struct embedded *out)
{
    return walk->view->embeds && part_shown(parts) == PART_ALL &&
           embed_find(walk->view->embeds, step, value, out);
}

static void write_items(struct walk *walk, const struct step *step, struct parts parts,
                        const bson_value_t *value)
{
    bson_iter_t iter;

    buf_byte(walk->out, '[');
    if (bson_iter_init_from_data(&iter, value->value.v_doc.data, value->value.v_doc.data_len)) {
        while (bson_iter_next(&iter)) {
            const bson_value_t *item = bson_iter_value(&iter);
            struct parts shown = parts_below(walk, parts, step, item);
            struct embedded embedded;

            if (part_shown(shown) == PART_NONE)
                continue;
            if (item->value_type != BSON_TYPE_ARRAY &&
                embeds_here(walk, step, shown, item, &embedded) && !embedded.document)
                continue;
            render_separate(walk->out);
            write_any(walk, step, shown, item);
        }
    }
    buf_byte(walk->out, ']');
}

static void write_any(struct walk *walk, const struct step *step, struct parts parts,
                      const bson_value_t *value)
{
    const struct view *view = walk->view;
    bool list = value->value_type == BSON_TYPE_ARRAY;
    struct embedded embedded;

    if (walk->depth >= RENDER_MAX_DEPTH ||
        (part_shown(parts) == PART_ALL && !(view->embeds && embed_reaches(view->embeds, step)))) {
        render_nested(view->resource->settings, value, walk->depth, walk->out);
        return;
    }
    if (!list && embeds_here(walk, step, parts, value, &embedded)) {
        write_embedded(walk, step, &embedded);
        return;
    }
    walk->depth++;
    if (list)
        write_items(walk, step, parts, value);
    else if (value->value_type == BSON_TYPE_DOCUMENT)
        write_members(walk, step, parts, value);
    else
        render_nested(view->resource->settings, value, walk->depth, walk->out);
    walk->depth--;
}

static void write_field(struct walk *walk, const struct step *step, const bson_value_t *value)
{
    struct parts parts = parts_of_field(walk, step, value);

    if (part_shown(parts) == PART_NONE)
        return;
    render_separate(walk->out);
    render_key(step->key, step->len, walk->out);
    write_any(walk, step, parts, value);
}

/* The same where fields are shown as a whole or not at all. */
static void write_whole_field(struct walk *walk, const struct step *step, const bson_value_t *value)
{
    if (!schema_shows(walk, step->key))
        return;
    render_separate(walk->out);
    render_key(step->key, step->len, walk->out);
    render_nested(walk->view->resource->settings, value, walk->depth, walk->out);
}

static void write_fields(struct walk *walk, const struct document *document)
{
    const struct resource *resource = walk->view->resource;
    bool whole = resource->showing == SHOW_SCHEMA && !walk->view->projection && !walk->view->embeds;
    bson_iter_t iter;

    if (!bson_iter_init_from_data(&iter, document->bson, document->len))
        return;
    while (bson_iter_next(&iter)) {
        struct step step = {walk->base, bson_iter_key(&iter), bson_iter_key_len(&iter)};

        if (!is_meta(resource, step.key))
            (whole ? write_whole_field : write_field)(walk, &step, bson_iter_value(&iter));
    }
}

static void write_meta(const struct walk *walk, const struct document *document)
{
    const struct resource *resource = walk->view->resource;
    const struct names *names = &resource->settings->names;
    struct buf *out = walk->out;

    render_name(names->updated, out);
    render_date(resource->settings, document->updated_ms, out);
    render_name(names->created, out);
    render_date(resource->settings, document->created_ms, out);
    if (resource->if_match) {
        render_name(names->etag, out);
        render_text(document->etag, strlen(document->etag), out);
    }
    if (resource->versioning) {
        int64_t version = version_of(resource, document);
        int64_t latest = walk->view->latest_version;

        render_name(names->version, out);
        buf_int(out, version);
        render_name(names->latest_version, out);
        buf_int(out, latest ? latest : version);
    }
    if (resource->soft_delete) {
        render_name(names->deleted, out);
        buf_puts(out, document->deleted ? "true" : "false");
    }
}

static void write_document(struct walk *walk, const struct document *document)
{
    const struct resource *resource = walk->view->resource;
    bson_iter_t iter;

    buf_byte(walk->out, '{');
    if (bson_iter_init_from_data(&iter, document->bson, document->len) &&
        bson_iter_find(&iter, "_id")) {
        render_name("_id", walk->out);
        render_nested(resource->settings, bson_iter_value(&iter), walk->depth, walk->out);
    }
    write_fields(walk, document);
    write_meta(walk, document);
    if (walk->view->links && resource->hateoas)
        render_links(walk, document);
    buf_byte(walk->out, '}');
}

void render_document(const struct view *view, const struct document *document, struct buf *out)
{
    struct view plain = *view;
    struct walk walk = {.view = &plain, .out = out};

    if (document->deleted)
        plain.embeds = NULL;
    write_document(&walk, document);
}

void render_kept(const void *resource, const struct document *document, struct buf *out)
{
    const struct view view = {.resource = resource, .links = true};

    render_document(&view, document, out);
}
