/* SPDX-License-Identifier: MIT */
/* Forms sent as multipart/form-data (RFC 7578, in the framing of RFC 2046 section 5.1.1), read
 * strictly: no text before the first boundary or behind the last, lines end in CR LF. Texts only,
 * files are refused. Pure functions. */
#ifndef DECANT_MULTIPART_H
#define DECANT_MULTIPART_H

#include "arena.h"
#include "error.h"
#include "form.h"

#include <stdbool.h>
#include <stddef.h>

enum { MULTIPART_MAX_FIELDS = 100 };

struct multipart {
    const char *content_type; /* with its parameters, NUL-terminated */
    const char *body;
    size_t len;
};

/* Fields keep their order; a name may come more than once. ERROR_INVALID: no boundary, parts that
 * are not framed or named, a name or value that holds NUL or is not UTF-8, another charset or
 * encoding, more fields than allowed. ERROR_REFUSED: a part is a file. */
bool multipart_parse(struct arena *arena, struct multipart sent, struct form *out,
                     struct error *err);

#endif
