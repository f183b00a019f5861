/* SPDX-License-Identifier: MIT */
/* Text that came in a URL or a form. Pure functions. */
#ifndef DECANT_FORM_H
#define DECANT_FORM_H

#include "arena.h"
#include "buf.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

enum { FORM_MAX_FIELDS = 100 };

struct form_field {
    const char *name;
    const char *value;
};

struct form {
    struct form_field *fields;
    size_t count;
};

struct form_text {
    const char *at;
    size_t len;
    bool repeats; /* a name may be given more than once */
};

/* Decode application/x-www-form-urlencoded (a body, or the query of a URL) as the URL standard's
 * parser does, but strictly: a malformed percent escape, NUL, invalid UTF-8, a name given twice
 * (unless that is allowed) or over FORM_MAX_FIELDS are ERROR_INVALID with a message that names the
 * field. */
bool form_parse(struct arena *arena, struct form_text text, struct form *out, struct error *err);

/* The first value, or NULL. */
const char *form_get(const struct form *form, const char *name);

/* Decode percent escapes of one path segment (`+` stays). NULL if malformed, or for NUL or invalid
 * UTF-8. */
char *path_decode(struct arena *arena, const char *text, size_t len);

/* Append text with everything but unreserved characters (RFC 3986 section 2.3) as %XX. */
void path_encode(struct buf *out, const char *text);

/* A local address that is safe to redirect to: starts with one `/`, no `//`, `/\`, controls or
 * backslash anywhere. */
bool path_is_local(const char *path);

#endif
