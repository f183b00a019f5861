/* SPDX-License-Identifier: MIT */
/* The settings as a page for people. */
#ifndef DECANT_REST_DOCS_H
#define DECANT_REST_DOCS_H

#include "../lib/template.h"
#include "settings.h"

/* The page's template, compiled. */
struct templates *docs_open(struct error *err);

/* Its data as JSON: resources with their addresses, methods, fields and an example. */
void docs_write(const struct settings *settings, struct buf *out);

#endif
