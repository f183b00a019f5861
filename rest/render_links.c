/* SPDX-License-Identifier: MIT */
/* Where documents are to be found, and what they refer to. */
#include "render_private.h"

#include "../lib/document.h"
#include "../lib/form.h"
#include "../lib/json.h"
#include "versions.h"

#include <string.h>

/* How the texts of a settings file are written: as they are, or inside a JSON text. What stands for
 * an id is the same in both. */
typedef void (*literal)(const char *text, size_t len, struct buf *out);

static void write_raw(const char *text, size_t len, struct buf *out)
{
    buf_add(out, text, len);
}

static void write_encoded(const char *text, size_t len, struct buf *out)
{
    for (size_t at = 0; at < len; at++) {
        path_encode(out, text + at);
        at += strlen(text + at);
        if (at < len)
            buf_add(out, "%00", 3);
    }
}

void render_id(const bson_value_t *id, struct buf *out)
{
    char text[JSON_DOUBLE_SIZE];

    switch (id->value_type) {
    case BSON_TYPE_OID:
        buf_reserve(out, 25);
        bson_oid_to_string(&id->value.v_oid, out->data + out->len);
        out->len += 24;
        return;
    case BSON_TYPE_UTF8:
        write_encoded(id->value.v_utf8.str, id->value.v_utf8.len, out);
        return;
    case BSON_TYPE_INT32:
        buf_int(out, id->value.v_int32);
        return;
    case BSON_TYPE_INT64:
        buf_int(out, id->value.v_int64);
        return;
    case BSON_TYPE_DOUBLE:
        json_format_double(id->value.v_double, text);
        path_encode(out, text);
        return;
    case BSON_TYPE_BOOL:
        buf_puts(out, id->value.v_bool ? "true" : "false");
        return;
    default:
        return; /* nothing that an address can hold */
    }
}

/* The address of a resource; of a sub-resource as seen from one of its documents. */
static void write_url(const struct resource *resource, const struct document *document,
                      literal write, struct buf *out)
{
    const char *at = resource->url, *piece;
    bson_value_t value;
    size_t len;

    for (size_t i = 0; i <= resource->parent_count; i++) {
        piece = settings_url_piece(&at, &len);
        write(piece, len, out);
        if (i < resource->parent_count &&
            document_get(document->bson, document->len, resource->parent_fields[i], &value))
            render_id(&value, out);
    }
}

static bool id_of(const struct resource *resource, const struct document *document,
                  bson_value_t *out)
{
    return document_get(document->bson, document->len, resource->id_field, out);
}

void render_item_href(const struct resource *resource, const struct document *document,
                      struct buf *out)
{
    bson_value_t id;

    write_url(resource, document, write_raw, out);
    buf_byte(out, '/');
    if (id_of(resource, document, &id))
        render_id(&id, out);
}

/* {"title":…,"href":"LINK_BASE, up to where the resource's address begins. */
static void begin_link(const struct resource *resource, struct buf *out)
{
    const char *base = resource->settings->link_base;

    buf_puts(out, "{\"title\":");
    render_text(resource->item_title, strlen(resource->item_title), out);
    buf_puts(out, ",\"href\":\"");
    render_escaped(base, strlen(base), out);
}

static void end_link(struct buf *out)
{
    buf_add(out, "\"}", 2);
}

/* -- related ------------------------------------------------------------------------------------
 */

/* The value a reference leads by; references to versions are objects that hold it. */
static bool reference_value(const struct relation *relation, const bson_value_t *reference,
                            bson_value_t *out)
{
    if (reference->value_type == BSON_TYPE_DOCUMENT)
        return document_get(reference->value.v_doc.data, reference->value.v_doc.data_len,
                            relation->field, out);
    *out = *reference;
    return reference->value_type != BSON_TYPE_NULL && reference->value_type != BSON_TYPE_ARRAY;
}

/* False, and nothing is written, where there is no reference. */
static bool write_related(const struct relation *relation, const bson_value_t *reference,
                          struct buf *out)
{
    const char *url = relation->resource->url;
    bson_value_t value;

    if (!reference_value(relation, reference, &value))
        return false;
    begin_link(relation->resource, out);
    render_escaped(url, strlen(url), out);
    buf_byte(out, '/');
    render_id(&value, out);
    end_link(out);
    return true;
}

/* False where no item is a reference. */
static bool write_related_list(const struct relation *relation, const bson_value_t *list,
                               struct buf *out)
{
    bson_iter_t iter;
    bool any = false;

    buf_byte(out, '[');
    if (bson_iter_init_from_data(&iter, list->value.v_doc.data, list->value.v_doc.data_len)) {
        while (bson_iter_next(&iter)) {
            size_t before = out->len;

            render_separate(out);
            if (write_related(relation, bson_iter_value(&iter), out))
                any = true;
            else
                out->len = before;
        }
    }
    buf_byte(out, ']');
    return any;
}

/* A field of the schema, unless it is no reference, hidden or without a value. The address of a
 * sub-resource cannot be told from a reference alone. */
static void write_related_field(struct walk *walk, const struct document *document,
                                const struct rules *rules, bool *opened)
{
    const struct relation *relation = embed_relation(rules);
    struct step step = {walk->base, rules->name, strlen(rules->name)};
    size_t before = walk->out->len;
    struct parts parts;
    bson_iter_t iter;
    bool any;

    if (!relation || !relation->resource || relation->resource->parent_count ||
        !bson_iter_init_from_data(&iter, document->bson, document->len) ||
        !bson_iter_find(&iter, rules->name))
        return;
    parts = parts_of_field(walk, &step, bson_iter_value(&iter));
    if ((walk->view->all_related ? parts.server : part_shown(parts)) == PART_NONE)
        return;
    if (!*opened)
        buf_puts(walk->out, ",\"related\":{");
    render_name(rules->name, walk->out);
    any = BSON_ITER_HOLDS_ARRAY(&iter)
              ? write_related_list(relation, bson_iter_value(&iter), walk->out)
              : write_related(relation, bson_iter_value(&iter), walk->out);
    if (any)
        *opened = true;
    else
        walk->out->len = before;
}

void render_links(struct walk *walk, const struct document *document)
{
    const struct resource *resource = walk->view->resource;
    const struct schema *schema = &resource->schema;
    struct buf *out = walk->out;
    bool opened = false;
    bson_value_t id;

    if (!id_of(resource, document, &id))
        return;
    render_name(resource->settings->names.links, out);
    buf_puts(out, "{\"self\":");
    begin_link(resource, out);
    write_url(resource, document, render_escaped, out);
    buf_byte(out, '/');
    render_id(&id, out);
    if (walk->view->latest_version) {
        const char *param = resource->settings->names.version_param;

        buf_byte(out, '?');
        render_escaped(param, strlen(param), out);
        buf_byte(out, '=');
        buf_int(out, version_of(resource, document));
    }
    end_link(out);
    for (size_t i = 0; i < schema->count; i++)
        write_related_field(walk, document, &schema->fields[i], &opened);
    if (opened)
        buf_byte(out, '}');
    buf_byte(out, '}');
}
