/* SPDX-License-Identifier: MIT */
/* Documents made to fit a resource and checked: normalising (dotted keys, defaults, coercion) and
 * Cerberus' rules with Eve's messages. */
#ifndef DECANT_REST_VALIDATE_H
#define DECANT_REST_VALIDATE_H

#include "../lib/store.h"
#include "issues.h"
#include "settings.h"

enum validate_how { VALIDATE_POST, VALIDATE_PUT, VALIDATE_PATCH };

struct validation {
    const struct resource *resource;
    struct arena *arena;
    enum validate_how how;
    struct store *store;             /* for unique and data_relation */
    const struct bson_bytes *stored; /* PUT and PATCH: the document as it is, or NULL */
    const char *owner;               /* with an auth_field: whose rows are looked at; NULL: all */
    const char *user;                /* who asks, also where rows have no owners; NULL: nobody */
};

/* Make sent fit: coerce by declared type (texts to numbers, 1.5 is no integer; dates from RFC 1123
 * and, where allowed, ISO 8601; 24 hex digits to ObjectIds), fill in defaults, then check every
 * rule. PATCH does not ask for required fields, checks dependencies against the merged document
 * and fills in defaults only where the stored document lacks the field. `_id` may be sent with
 * POST (a bad form is an issue); other meta fields are unknown fields. Read-only fields pass with
 * their stored value. What must be unique is so in the whole resource, whoever owns the rows;
 * references lead to rows of the owner alone, where their resource has an auth_field, whether or
 * not the referring one has one too.
 *
 * out is initialised and holds the document (of a PATCH: the changes) in the order sent, defaults
 * last; the caller destroys it, whatever comes back. True without issues. ERROR_NONE in err with
 * false: see issues. Anything else: the store failed. */
bool validate(const struct validation *validation, const bson_t *sent, bson_t *out,
              struct issues *issues, struct error *err);

/* A document of several, and where what is found out about it goes. */
struct candidate {
    const bson_t *sent;
    bson_t *out;
    struct issues *issues;
};

/* validate() of documents that are posted together: the same issues, but the store is asked once
 * for all of them. False: the store failed; every out is initialised all the same. */
bool validate_list(const struct validation *validation, const struct candidate *candidates,
                   size_t count, struct error *err);

/* Unique fields, and `_id`, that two documents of one batch share, as issues of the later one:
 * there is one struct issues for each document. */
void validate_batch(const struct resource *resource, const bson_t *documents, size_t count,
                    struct issues *issues);

/* A text as a date in ms: RFC 1123 (the weekday is not checked), with iso ISO 8601 too. */
bool read_date(const char *text, size_t len, bool iso, int64_t *ms);

/* One value as a declared type would have it, for filters: dates and ObjectIds from text; of a
 * list, as its items would be. Where a text is allowed as well, it stays one. False: it stays what
 * it is.
 */
bool cast_value(const struct rules *rules, bool iso, const bson_value_t *value, bson_value_t *out);

#endif
