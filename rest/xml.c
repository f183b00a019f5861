/* SPDX-License-Identifier: MIT */
/* Replies as XML, in Eve's way. Names and texts come from clients and XML can hold less than JSON
 * can: names are mended, texts are escaped, the whole is bounded. */
#include "reply.h"

#include <string.h>

#include "xml_private.h"

static struct member member_of(const char *name, struct json value)
{
    return (struct member){name, strlen(name), value};
}

/* Nothing but objects, as the items of a page are. */
static bool are_items(struct json list)
{
    struct json_iter iter;

    json_each(list, &iter);
    while (json_next(&iter))
        if (json_type(iter.value) != JSON_OBJECT)
            return false;
    return json_type(list) == JSON_LIST;
}

/* <resource href="posts/1"  title="Post" >, with blanks as Eve has them, and its links. */
static bool open_resource(const struct xml *xml, struct json object, struct json *links)
{
    bool linked = xml_links(xml, object, links);
    struct json self;

    buf_puts(xml->out, "<resource");
    if (linked && json_get(*links, "self", &self))
        xml_link_attributes(self, " ", xml->out);
    buf_byte(xml->out, '>');
    if (linked)
        xml_write_links(xml, *links, true);
    return linked;
}

static void write_item(const struct xml *xml, struct json item)
{
    static const char *const none[] = {NULL};
    struct json links;
    bool linked;

    if (xml->out->len > XML_MAX_BYTES)
        return;
    linked = open_resource(xml, item, &links);
    xml_write_members(xml, item, linked ? &links : NULL, none);
    buf_puts(xml->out, "</resource>");
}

static void write_items(const struct xml *xml, struct json list)
{
    struct json_iter iter;

    json_each(list, &iter);
    while (json_next(&iter))
        write_item(xml, iter.value);
}

/* What _meta tells comes first, then items, each a resource, then the rest: _error and _status too,
 * which Eve drops beside items. */
static void write_object(const struct xml *xml, struct json object)
{
    const char *but[3] = {NULL};
    size_t count = 0;
    struct json links, meta, items;
    bool linked = open_resource(xml, object, &links);

    if (json_get(object, xml->names->meta, &meta) && json_type(meta) == JSON_OBJECT) {
        struct member member = member_of(xml->names->meta, meta);

        xml_write_field(xml, &member);
        but[count++] = xml->names->meta;
    }
    if (json_get(object, xml->names->items, &items) && are_items(items)) {
        write_items(xml, items);
        but[count++] = xml->names->items;
    }
    xml_write_members(xml, object, linked ? &links : NULL, but);
    buf_puts(xml->out, "</resource>");
}

static void write_whole(const struct xml *xml, struct json json)
{
    struct member member = member_of(xml->names->items, json);

    if (json_type(json) == JSON_OBJECT) {
        write_object(xml, json);
        return;
    }
    buf_puts(xml->out, "<resource>");
    if (are_items(json))
        write_items(xml, json);
    else
        xml_write_field(xml, &member);
    buf_puts(xml->out, "</resource>");
}

bool xml_from_json(const struct names *names, const char *json, size_t len, struct buf *out,
                   struct error *err)
{
    struct arena arena = {0};
    const struct xml xml = {names, &arena, out};
    struct json parsed;
    bool ok = json_parse(&arena, json, len, &parsed, err);

    if (ok)
        write_whole(&xml, parsed);
    arena_release(&arena);
    if (ok && out->len > XML_MAX_BYTES)
        return fail(err, ERROR_TOO_LARGE, "XML of more than %d bytes", XML_MAX_BYTES);
    return ok;
}
