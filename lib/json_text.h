/* SPDX-License-Identifier: MIT */
/* What the files of the json module share: the parsed form, and the steps that lead to it. */
#ifndef DECANT_JSON_TEXT_H
#define DECANT_JSON_TEXT_H

#include "json.h"

/* One value or one key. A key is a text whose only child is its value, which follows it. */
struct json_node {
    uint32_t start; /* into bytes: the first byte of a text is the one after the quote */
    uint32_t len;   /* of texts (unescaped) and numbers */
    uint32_t next;  /* the node after this one and everything in it */
    uint32_t count; /* items, members, or 1 for a key */
    enum json_type type;
};

struct json_text {
    char *bytes; /* a copy of the source, in which texts were unescaped where they stand */
    struct json_node *nodes;
    uint32_t count;
};

/* Whether the bytes are one JSON text within the limits; *nodes counts its values and keys. Nothing
 * is allocated and nothing recurses. */
bool json_check(const char *bytes, size_t len, size_t *nodes, struct error *err);

/* fail() with ERROR_INVALID and the place of bytes[at] in front of what. */
bool json_fail_at(const char *bytes, size_t at, const char *what, struct error *err);

/* Unescape len checked bytes where they stand; returns the new length. */
size_t json_unescape(char *text, size_t len);

/* True if no object has a key twice; else *node is the second one. */
bool json_keys_unique(const struct json_text *text, uint32_t *node);

#endif
