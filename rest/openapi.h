/* SPDX-License-Identifier: MIT */
/* The settings as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0), whose schemas are
 * JSON Schema 2020-12. */
#ifndef DECANT_REST_OPENAPI_H
#define DECANT_REST_OPENAPI_H

#include "../lib/buf.h"
#include "settings.h"

void openapi_write(const struct settings *settings, struct buf *out);

/* The JSON Schema of what a client may send to a resource (all rules that JSON Schema can say; with
 * required ones unless partial), or of what it gets. */
enum openapi_use { OPENAPI_SENT, OPENAPI_PARTIAL, OPENAPI_SHOWN };
void openapi_schema(const struct resource *resource, enum openapi_use use, struct buf *out);

/* A path with `{field}` for what the URL leaves open, without the prefix. */
void openapi_path(const struct resource *resource, struct buf *out);

#endif
