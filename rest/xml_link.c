/* SPDX-License-Identifier: MIT */
/* Links as XML. */
#include "xml_private.h"

#include <string.h>

static bool text_of(struct json object, const char *key, const char **text, size_t *len)
{
    struct json value;

    if (!json_get(object, key, &value) || json_type(value) != JSON_TEXT)
        return false;
    *text = json_string(value, len);
    return true;
}

static bool is_link(struct json value)
{
    const char *href;
    size_t len;

    return text_of(value, "href", &href, &len);
}

static bool is_link_or_list(struct json value)
{
    struct json_iter iter;

    if (json_type(value) != JSON_LIST)
        return is_link(value);
    json_each(value, &iter);
    while (json_next(&iter))
        if (!is_link(iter.value))
            return false;
    return true;
}

static bool are_links(struct json object)
{
    struct json_iter iter;

    if (json_type(object) != JSON_OBJECT)
        return false;
    json_each(object, &iter);
    while (json_next(&iter))
        if (!is_link_or_list(iter.value))
            return false;
    return true;
}

bool xml_links(const struct xml *xml, struct json object, struct json *links)
{
    struct json_iter iter;

    if (!json_get(object, xml->names->links, links) || json_type(*links) != JSON_OBJECT)
        return false;
    json_each(*links, &iter);
    while (json_next(&iter))
        if (strcmp(iter.key, "related") == 0 ? !are_links(iter.value)
                                             : !is_link_or_list(iter.value))
            return false;
    return true;
}

void xml_link_attributes(struct json link, const char *behind, struct buf *out)
{
    static const char *const names[] = {"href", "title"};

    for (size_t i = 0; i < 2; i++) {
        const char *text;
        size_t len;

        if (!text_of(link, names[i], &text, &len))
            continue;
        xml_attribute(names[i], text, len, out);
        buf_puts(out, behind);
    }
}

static void write_link(const struct member *rel, struct json link, struct buf *out)
{
    buf_puts(out, "<link");
    xml_attribute("rel", rel->key, rel->len, out);
    xml_link_attributes(link, "", out);
    buf_puts(out, " />");
}

void xml_write_links(const struct xml *xml, struct json links, bool of_resource)
{
    struct member *members;
    size_t count = sorted_members(xml->arena, links, &members);

    for (size_t i = 0; i < count && xml->out->len <= XML_MAX_BYTES; i++) {
        struct json_iter iter;

        if (strcmp(members[i].key, "related") == 0 ||
            (of_resource && strcmp(members[i].key, "self") == 0))
            continue;
        if (json_type(members[i].value) != JSON_LIST) {
            write_link(&members[i], members[i].value, xml->out);
            continue;
        }
        json_each(members[i].value, &iter);
        while (json_next(&iter) && xml->out->len <= XML_MAX_BYTES)
            write_link(&members[i], iter.value, xml->out);
    }
}
