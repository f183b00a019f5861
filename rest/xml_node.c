/* SPDX-License-Identifier: MIT */
/* Fields as nodes. */
#include "xml_private.h"

#include <string.h>

/* The related links of an object's fields, sorted as the fields are, which are walked beside them.
 */
struct related {
    struct member *members;
    size_t count, next;
};

static struct related related_of(const struct xml *xml, const struct json *links)
{
    struct related related = {NULL, 0, 0};
    struct json value;

    if (links && json_get(*links, "related", &value))
        related.count = sorted_members(xml->arena, value, &related.members);
    return related;
}

/* A link or a list of them; NULL for a field that is not related to anything. */
static const struct json *link_of(struct related *related, const struct member *field)
{
    int order = 1;

    while (related->next < related->count &&
           (order = member_compare(&related->members[related->next], field)) < 0)
        related->next++;
    return related->next < related->count && order == 0 ? &related->members[related->next].value
                                                        : NULL;
}

static void write_scalar(struct json value, struct buf *out)
{
    const char *text;
    size_t len;

    switch (json_type(value)) {
    case JSON_TEXT:
        text = json_string(value, &len);
        xml_escape(text, len, out);
        return;
    case JSON_BOOL:
        buf_puts(out, json_bool(value) ? "True" : "False"); /* as Python has them */
        return;
    case JSON_NULL:
        buf_puts(out, "None");
        return;
    default:
        json_write_value(out, value);
        return;
    }
}

static void write_content(const struct xml *xml, const struct member *field)
{
    static const char *const none[] = {NULL};
    struct json links;

    if (json_type(field->value) == JSON_LIST) {
        xml_write_field(xml, field);
    } else if (json_type(field->value) != JSON_OBJECT) {
        write_scalar(field->value, xml->out);
    } else if (xml_links(xml, field->value, &links)) {
        xml_write_members(xml, field->value, &links, none);
        xml_write_links(xml, links, false);
    } else {
        xml_write_members(xml, field->value, NULL, none);
    }
}

static void write_node(const struct xml *xml, const struct member *field, const struct json *link)
{
    struct buf *out = xml->out;

    if (out->len > XML_MAX_BYTES)
        return;
    buf_byte(out, '<');
    xml_name(field->key, field->len, out);
    if (link)
        xml_link_attributes(*link, "", out);
    buf_byte(out, '>');
    write_content(xml, field);
    buf_puts(out, "</");
    xml_name(field->key, field->len, out);
    buf_byte(out, '>');
}

/* Of a list of links each belongs to one item. */
static void write_field(const struct xml *xml, const struct member *field, const struct json *links)
{
    bool each = links && json_type(*links) == JSON_LIST;
    struct json_iter iter, link = {0};

    if (json_type(field->value) != JSON_LIST) {
        write_node(xml, field, each ? NULL : links);
        return;
    }
    json_each(field->value, &iter);
    if (each)
        json_each(*links, &link);
    while (json_next(&iter)) {
        struct member item = {field->key, field->len, iter.value};

        write_node(xml, &item, !each ? links : json_next(&link) ? &link.value : NULL);
    }
}

void xml_write_field(const struct xml *xml, const struct member *field)
{
    write_field(xml, field, NULL);
}

static bool is_among(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

void xml_write_members(const struct xml *xml, struct json object, const struct json *links,
                       const char *const *but)
{
    struct related related = related_of(xml, links);
    struct member *members;
    size_t count = sorted_members(xml->arena, object, &members);

    for (size_t i = 0; i < count; i++) {
        const struct member *field = &members[i];

        if ((links && strcmp(field->key, xml->names->links) == 0) || is_among(but, field->key))
            continue;
        write_field(xml, field, link_of(&related, field));
    }
}
