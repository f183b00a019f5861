/* SPDX-License-Identifier: MIT */
/* What the files of the render module share. */
#ifndef DECANT_REST_RENDER_PRIVATE_H
#define DECANT_REST_RENDER_PRIVATE_H

#include "embed.h"
#include "render.h"
#include "step.h"

/* Values nested deeper are null, so that no document can exhaust the stack. */
enum { RENDER_MAX_DEPTH = 200 };

/* -- pieces of JSON: render_text.c, render_date.c, render_value.c */

/* A text without its quotes. */
void render_escaped(const char *text, size_t len, struct buf *out);
/* A date in the settings' format; null outside of the years 0 to 9999. */
void render_date(const struct settings *settings, int64_t ms, struct buf *out);
/* A value that stands below so many others. */
void render_nested(const struct settings *settings, const bson_value_t *value, int depth,
                   struct buf *out);

/* strcmp() where names seldom begin alike. */
static inline bool render_same(const char *a, const char *b)
{
    return *a == *b && strcmp(a, b) == 0;
}

/* The comma before a member or an item that is not the first one. */
static inline void render_separate(struct buf *out)
{
    char last = out->data[out->len - 1];

    if (last != '{' && last != '[')
        buf_byte(out, ',');
}

static inline void render_key(const char *key, size_t len, struct buf *out)
{
    render_text(key, len, out);
    buf_byte(out, ':');
}

/* A member's comma and name. */
static inline void render_name(const char *name, struct buf *out)
{
    render_separate(out);
    render_key(name, strlen(name), out);
}

/* -- which fields are shown: render_fields.c */

/* Less of a field is shown by lesser values. */
enum part { PART_NONE, PART_SOME, PART_ALL };

/* How much of a field each projection shows: the server's and the client's. */
struct parts {
    enum part server, client;
};

static inline enum part part_shown(struct parts parts)
{
    return parts.server < parts.client ? parts.server : parts.client;
}

/* One document being written. */
struct walk {
    const struct view *view;
    struct buf *out;
    const struct step *base; /* where it is embedded; NULL: nowhere */
    int depth;
    size_t next; /* of the schema: the field that is looked for first */
};

/* Whether a field is shown where the schema alone decides. */
bool schema_shows(struct walk *walk, const char *key);
/* Of a field of the document itself; step->outer is walk->base. A container shows some where
 * others show nothing or all. */
struct parts parts_of_field(struct walk *walk, const struct step *step, const bson_value_t *value);
/* Of a value below, or an item of the list at step, given the parts of what it stands in. */
struct parts parts_below(const struct walk *walk, struct parts outer, const struct step *step,
                         const bson_value_t *value);

/* -- links: render_links.c */

/* The member _links of a document, unless it has no id. */
void render_links(struct walk *walk, const struct document *document);

#endif
