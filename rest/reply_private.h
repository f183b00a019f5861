/* SPDX-License-Identifier: MIT */
/* What the forms of a reply share. */
#ifndef DECANT_REST_REPLY_PRIVATE_H
#define DECANT_REST_REPLY_PRIVATE_H

#include "../lib/json.h"
#include "../lib/record.h"

/* -- reply_json.c: JSON text as JSON text */

struct member {
    const char *key;
    size_t len;
    struct json value;
};
/* By their names' bytes. */
int member_compare(const struct member *a, const struct member *b);
/* The members of an object by their names' bytes, in arena. Returns how many. */
size_t sorted_members(struct arena *arena, struct json object, struct member **out);

/* The same with all names sorted. ERROR_INVALID: it is no JSON, or more than json.h takes. */
bool json_sort(struct arena *arena, struct list text, struct buf *out, struct error *err);

/* The same with a line for each value, indented by four; levels beyond JSON_MAX_INDENT by no more
 * than that, so that deep nesting does not make a small text a huge one. */
enum { JSON_MAX_INDENT = 32 };
void json_indent(struct list text, struct buf *out);

/* -- xml.c */

/* Text as XML and HTML have it, quotes too. What XML has no way to say becomes U+FFFD. */
void xml_escape(const char *text, size_t len, struct buf *out);

#endif
