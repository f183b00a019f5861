/* SPDX-License-Identifier: MIT */
/* What the files of the xml module share. */
#ifndef DECANT_REST_XML_PRIVATE_H
#define DECANT_REST_XML_PRIVATE_H

#include "reply_private.h"
#include "settings.h"

/* Longer XML is given up: what a list repeats for each item may be a long name. */
enum { XML_MAX_BYTES = 64 * 1024 * 1024 };

struct xml {
    const struct names *names;
    struct arena *arena;
    struct buf *out;
};

/* -- xml_text.c */

/* A name that XML accepts: what cannot stand in one becomes `_`. */
void xml_name(const char *key, size_t len, struct buf *out);
/* ` name="text"`, escaped. */
void xml_attribute(const char *name, const char *text, size_t len, struct buf *out);

/* -- xml_link.c */

/* The links of an object. False where it has none, and where what has their name is something else:
 * a field like others. */
bool xml_links(const struct xml *xml, struct json object, struct json *links);
/* href and title as attributes, each followed by so much. */
void xml_link_attributes(struct json link, const char *behind, struct buf *out);
/* All but the link of a resource to itself and the related ones, which become attributes. */
void xml_write_links(const struct xml *xml, struct json links, bool of_resource);

/* -- xml_node.c */

/* A field as a node: in it the members of an object, the item of a list or a text. Of a list, one
 * for each item. */
void xml_write_field(const struct xml *xml, const struct member *field);
/* All members, sorted, but those that are named (NULL ends); links: of the object, or NULL. */
void xml_write_members(const struct xml *xml, struct json object, const struct json *links,
                       const char *const *but);

#endif
