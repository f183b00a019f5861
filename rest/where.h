/* SPDX-License-Identifier: MIT */
/* What a request's parameters say of which documents, in which order, with which fields. Everything
 * allocated lives in the arena; texts come from the request and are bounded by it. */
#ifndef DECANT_REST_WHERE_H
#define DECANT_REST_WHERE_H

#include "../lib/filter.h"
#include "../lib/store.h"
#include "settings.h"

struct where {
    const struct filter *filter; /* NULL: all */
    const char *text;            /* of a $text at the top, or NULL */
    bool names_deleted;          /* the top level speaks of the soft delete field */
};

/* Both syntaxes: MongoDB's JSON first, then Python's ("author=="a" and score>5"). Values are cast
 * by the declared type of their field; values of undeclared fields stay what they are.
 * ERROR_INVALID for whatever is malformed, for operators that are not allowed at any depth, for
 * filters too deep or too large, and for fields that allowed_filters or validate_filters keep out
 * ("filter on 'x' not allowed", "filter on 'x' is invalid"). */
bool where_parse(struct arena *arena, const struct resource *resource, const char *text,
                 struct where *out, struct error *err);

/* The halves, for tests and fuzzing. */
bool where_parse_json(struct arena *arena, const struct resource *resource, const char *text,
                      struct where *out, struct error *err);
bool where_parse_python(struct arena *arena, const struct resource *resource, const char *text,
                        struct where *out, struct error *err);

struct order {
    const struct sort *keys;
    size_t count;
};
/* `-score,author` or `[("score", -1), ("author", 1)]`: at most 8 keys, the first of the same ones
 * counts. The meta fields' names become the store's. Fields that a server-side projection hides
 * order nothing, as unknown ones. ERROR_INVALID for whatever is malformed. */
enum { ORDER_MAX_KEYS = 8 };
bool order_parse(struct arena *arena, const struct resource *resource, const char *text,
                 struct order *out, struct error *err);

/* A client's projection: which fields it wants to see of those that the server shows. Meta fields
 * (and the resource's id_field) are always shown, and not in paths. */
struct projection {
    bool inclusive;
    struct texts paths; /* dotted; shown if inclusive, else hidden */
};
/* {"title": 1} or {"title": 0, "meta.lang": 0}; any 1 makes it inclusive, and its zeros are ignored
 * then. NULL or empty text hides nothing. The server's own projection is not in it: what a reply
 * shows is what both show (render.h). ERROR_INVALID for what is no object of numbers and booleans,
 * and for operators. */
bool projection_parse(struct arena *arena, const struct resource *resource, const char *text,
                      struct projection *out, struct error *err);

/* Whether the server's projection (datasource.projection) shows everything at a path, so that a
 * client may filter and sort by it. Not for meta fields. */
bool projection_reaches(struct arena *arena, const struct resource *resource, const char *path);

/* The fields to embed: those asked for that are embeddable, and the resource's embedded_fields, as
 * paths sorted so that what is embedded first comes first. */
bool embedded_parse(struct arena *arena, const struct resource *resource, const char *text,
                    struct texts *out, struct error *err);

#endif
