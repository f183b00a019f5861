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
                      size_t len, struct where *out, struct error *err);
bool where_parse_python(struct arena *arena, const struct resource *resource, const char *text,
                        size_t len, struct where *out, struct error *err);

struct order {
    const struct sort *keys;
    size_t count;
};
/* `-score,author` or `[("score", -1), ("author", 1)]`. */
bool order_parse(struct arena *arena, const char *text, struct order *out, struct error *err);

/* A client's projection and the server's, as one: which fields are shown. */
struct projection {
    bool inclusive;
    struct texts paths; /* dotted; shown if inclusive, else hidden */
};
/* {"title": 1} or {"title": 0, "meta.lang": 0}. NULL text gives the server's alone. Fields that an
 * inclusive server-side projection leaves out cannot be had, nor those hidden by an exclusive one.
 * Meta fields always stay. */
bool projection_parse(struct arena *arena, const struct resource *resource, const char *text,
                      struct projection *out, struct error *err);

/* The fields to embed: those asked for that are embeddable, and the resource's embedded_fields, as
 * paths sorted so that what is embedded first comes first. */
bool embedded_parse(struct arena *arena, const struct resource *resource, const char *text,
                    struct texts *out, struct error *err);

#endif
