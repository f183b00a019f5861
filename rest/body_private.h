/* SPDX-License-Identifier: MIT */
/* What the halves of body share: JSON in body.c, forms in body_form.c. */
#ifndef DECANT_REST_BODY_PRIVATE_H
#define DECANT_REST_BODY_PRIVATE_H

#include "../lib/document.h"
#include "../lib/form.h"
#include "body.h"

/* Append one JSON value. ERROR_REFUSED. */
bool body_append(bson_t *out, const char *key, struct json value, struct error *err);

/* Move what was built into an arena; built is destroyed. */
bool body_keep(struct arena *arena, bson_t *built, bson_t *out, struct error *err);

/* form may be NULL, which is an empty one. */
bool body_from_form(struct arena *arena, const struct resource *resource, const struct form *form,
                    struct body *out, struct error *err);
bool body_from_multipart(struct arena *arena, const struct resource *resource,
                         const struct sent *sent, struct body *out, struct error *err);

#endif
