/* SPDX-License-Identifier: MIT */
/* What the query of a URL asks of a list or an item. Of a name that was sent more than once the
 * first counts; what is empty, or switched off in the settings, was not sent. */
#ifndef DECANT_REST_ASKED_H
#define DECANT_REST_ASKED_H

#include "../lib/form.h"
#include "settings.h"

#include <stdbool.h>

struct asked {
    const char *where, *sort, *projection, *embedded, *page, *max_results; /* NULL: not sent */
    const char *version; /* "" too; of versioned resources alone */
    const char *after;   /* "" too; where the resource goes on by key */
    bool show_deleted;   /* whatever its value */
    const struct form *fields;
};

enum { ASKED_CARRIED = FORM_MAX_FIELDS - 10 };

/* fields is borrowed, with its texts. ERROR_INVALID: more than ASKED_CARRIED of them have no place
 * of their own, so that a link, which adds some, might hold more than is read. */
bool asked_read(const struct resource *resource, const struct form *fields, struct asked *out,
                struct error *err);

/* Whether a field has a place of its own in the links of lists; all others are carried along. */
bool asked_has_place(const struct resource *resource, const char *name);

#endif
