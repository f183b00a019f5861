/* SPDX-License-Identifier: MIT */
/* What a client sent as BSON, before any rule: JSON (RFC 8259) or a form. Numbers without point or
 * exponent are int32 or int64; larger ones are refused, as are doubled keys. */
#ifndef DECANT_REST_BODY_H
#define DECANT_REST_BODY_H

#include "../lib/call.h"
#include "../lib/form.h"
#include "../lib/json.h"
#include "settings.h"

struct body {
    const bson_t *documents; /* of the call's arena */
    size_t count;
    bool is_list; /* an array was sent, also of one */
};

/* Read the call's body for a resource: application/json (parameters allowed, compared in any case),
 * application/x-www-form-urlencoded or multipart/form-data without files. Fields of forms are
 * texts, turned into numbers, booleans and, where a list or dict is declared, what their JSON says.
 * Dotted keys become objects where the resource says so. ERROR_INVALID (400): another type
 * ("Unknown or no Content-Type header supplied"), bad JSON, no object or list of objects, an empty
 * list; ERROR_REFUSED (422): what no document can hold, such as an integer beyond 64 bits. */
bool body_read(struct call *call, const struct resource *resource, struct body *out,
               struct error *err);

/* The same of what was sent, for tests and fuzzing. */
struct sent {
    const char *type; /* the Content-Type; NULL: none */
    const char *bytes;
    size_t len;
    const struct form *form; /* of an urlencoded form */
};
bool body_parse(struct arena *arena, const struct resource *resource, const struct sent *sent,
                struct body *out, struct error *err);

/* Room for BSON documents, aligned as they ask for, in an arena. */
bson_t *body_documents(struct arena *arena, size_t count);

/* Append a JSON value's members to a document (initialised). The same errors. */
bool body_from_json(struct json object, bson_t *out, struct error *err);

/* A JSON value as a BSON value in an arena. */
bool body_value(struct arena *arena, struct json value, bson_value_t *out, struct error *err);

#endif
