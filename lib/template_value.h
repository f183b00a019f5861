/* SPDX-License-Identifier: MIT */
/* How a template looks into its data: one class for each kind of it. A class is a constant table of
 * functions that read and change nothing but the cache of a name. */
#ifndef DECANT_TEMPLATE_VALUE_H
#define DECANT_TEMPLATE_VALUE_H

#include "json.h"
#include "template.h"

#include <stdatomic.h>

/* What a section makes of a value. */
enum template_shape {
    TEMPLATE_FALSE, /* nothing */
    TEMPLATE_ONE,   /* its body once */
    TEMPLATE_LIST,  /* its body for each of at least one item */
};

/* A name in a tag, and what it last was found to be: a class may keep a pointer there that it can
 * tell to be its own. */
struct template_name {
    const char *text; /* NUL-terminated */
    size_t len;
    _Atomic(const void *) seen;
};

/* Text of a value, perhaps in the scratch space its reader gave. */
struct template_text {
    const char *bytes;
    size_t len;
};

enum { TEMPLATE_SCRATCH = 40 };

/* Where a walk over a list is; all zero before the first item. */
struct template_cursor {
    size_t index;
    struct json_iter json;
};

struct template_class {
    enum template_shape (*shape)(struct template_value value);
    struct template_text (*text)(struct template_value value, char scratch[TEMPLATE_SCRATCH]);
    bool (*get)(struct template_value value, struct template_name *name,
                struct template_value *out);
    /* Called only where shape says TEMPLATE_LIST. */
    bool (*next)(struct template_value list, struct template_cursor *cursor,
                 struct template_value *out);
};

#endif
