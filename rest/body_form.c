/* SPDX-License-Identifier: MIT */
/* Forms as documents. */
#include "body_private.h"

#include "../lib/multipart.h"

#include <string.h>

struct reader {
    struct arena *arena;
    const struct schema *schema;
    const struct form *form;
};

/* Whether one of the fields from .. to - 1 is called that. */
static bool is_among(const struct form *form, size_t from, size_t to, const char *name)
{
    for (size_t i = from; i < to; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return true;
    return false;
}

static bool append_list(const struct form *form, size_t first, bson_t *out)
{
    const char *name = form->fields[first].name;
    uint32_t count = 0;
    bson_t list;

    if (!bson_append_array_begin(out, name, -1, &list))
        return false;
    for (size_t i = first; i < form->count; i++) {
        char digits[16];
        const char *key;

        if (strcmp(form->fields[i].name, name) != 0)
            continue;
        bson_uint32_to_string(count++, &key, digits, sizeof(digits));
        bson_append_utf8(&list, key, -1, form->fields[i].value, -1);
    }
    return bson_append_array_end(out, &list);
}

/* A text stays one; what is no JSON too, for validation to say so. */
static bool append_field(const struct reader *reader, size_t at, bson_t *out, struct error *err)
{
    const struct form_field *field = &reader->form->fields[at];
    const struct rules *rules = schema_at(reader->schema, field->name);
    unsigned types = rules ? rules->types : 0;
    struct error no_json;
    struct json value;

    if (types & RULE_LIST && is_among(reader->form, at + 1, reader->form->count, field->name))
        return append_list(reader->form, at, out);
    if (types & (RULE_LIST | RULE_DICT | RULE_GEOJSON) &&
        json_parse_unique(reader->arena, field->value, strlen(field->value), &value, &no_json))
        return body_append(out, field->name, value, err);
    return bson_append_utf8(out, field->name, -1, field->value, -1);
}

/* Of a name that comes more than once, and is no list, the first counts. */
static bool append_fields(const struct reader *reader, bson_t *out, struct error *err)
{
    for (size_t i = 0; i < reader->form->count; i++)
        if (!is_among(reader->form, 0, i, reader->form->fields[i].name) &&
            !append_field(reader, i, out, err))
            return false;
    return true;
}

static bool read_fields(const struct reader *reader, struct body *out, struct error *err)
{
    bson_t *document = body_documents(reader->arena, 1);
    bson_t built = BSON_INITIALIZER;

    if (!append_fields(reader, &built, err)) {
        bson_destroy(&built);
        return false;
    }
    *out = (struct body){.documents = document, .count = 1};
    return body_keep(reader->arena, &built, document, err);
}

bool body_from_form(struct arena *arena, const struct resource *resource, const struct form *form,
                    struct body *out, struct error *err)
{
    struct reader reader = {arena, &resource->schema, form};

    if (!form || !form->count)
        return fail(err, ERROR_INVALID, "No form-urlencoded data supplied");
    return read_fields(&reader, out, err);
}

bool body_from_multipart(struct arena *arena, const struct resource *resource,
                         const struct sent *sent, struct body *out, struct error *err)
{
    struct form form;
    struct reader reader = {arena, &resource->schema, &form};

    if (!multipart_parse(arena, (struct multipart){sent->type, sent->bytes, sent->len}, &form, err))
        return false;
    if (!form.count)
        return fail(err, ERROR_INVALID, "No multipart/form-data supplied");
    return read_fields(&reader, out, err);
}
