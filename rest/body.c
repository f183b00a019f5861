/* SPDX-License-Identifier: MIT */
#include "body.h"

#include "body_private.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* -- JSON as BSON -------------------------------------------------------------------------------
 */

static bool append(bson_t *out, const char *key, size_t len, struct json value, struct error *err);

static bool append_members(bson_t *out, struct json container, struct error *err)
{
    bool object = json_type(container) == JSON_OBJECT;
    struct json_iter iter;

    json_each(container, &iter);
    for (uint32_t i = 0; json_next(&iter); i++) {
        char digits[16];
        const char *key = iter.key;
        size_t len = iter.key_len;

        if (!object)
            len = bson_uint32_to_string(i, &key, digits, sizeof(digits));
        if (!append(out, key, len, iter.value, err))
            return false;
    }
    return true;
}

static bool append_container(bson_t *out, const char *key, size_t len, struct json value,
                             struct error *err)
{
    bool object = json_type(value) == JSON_OBJECT;
    bson_t inner;
    bool ok;

    if (!(object ? bson_append_document_begin(out, key, (int)len, &inner)
                 : bson_append_array_begin(out, key, (int)len, &inner)))
        return false;
    ok = append_members(&inner, value, err);
    return (object ? bson_append_document_end(out, &inner) : bson_append_array_end(out, &inner)) &&
           ok;
}

static bool append_number(bson_t *out, const char *key, size_t len, struct json value,
                          struct error *err)
{
    double number = json_double(value);
    int64_t integer;

    if (json_int64(value, &integer)) {
        bson_value_t whole = value_int(integer);

        return bson_append_value(out, key, (int)len, &whole);
    }
    if (!strpbrk(json_number(value), ".eE"))
        return fail(err, ERROR_REFUSED, "%.60s is beyond 64 bits", json_number(value));
    if (!isfinite(number))
        return fail(err, ERROR_REFUSED, "%.60s is too large a number", json_number(value));
    return bson_append_double(out, key, (int)len, number);
}

static bool append_scalar(bson_t *out, const char *key, size_t len, struct json value,
                          struct error *err)
{
    size_t text_len;
    const char *text;

    switch (json_type(value)) {
    case JSON_NULL:
        return bson_append_null(out, key, (int)len);
    case JSON_BOOL:
        return bson_append_bool(out, key, (int)len, json_bool(value));
    case JSON_NUMBER:
        return append_number(out, key, len, value, err);
    default:
        text = json_string(value, &text_len);
        return bson_append_utf8(out, key, (int)len, text, (int)text_len);
    }
}

/* False without an error of its own: the document grew too large. */
static bool append(bson_t *out, const char *key, size_t len, struct json value, struct error *err)
{
    if (memchr(key, '\0', len))
        return fail(err, ERROR_REFUSED, "a field's name must not hold NUL");
    if (json_type(value) == JSON_OBJECT || json_type(value) == JSON_LIST)
        return append_container(out, key, len, value, err);
    return append_scalar(out, key, len, value, err);
}

static bool too_large(struct error *err)
{
    return fail(err, ERROR_REFUSED, "the document has more than %d bytes", DOCUMENT_MAX_BYTES);
}

bool body_append(bson_t *out, const char *key, struct json value, struct error *err)
{
    err->kind = ERROR_NONE;
    return append(out, key, strlen(key), value, err) ||
           (err->kind == ERROR_NONE ? too_large(err) : false);
}

bool body_from_json(struct json object, bson_t *out, struct error *err)
{
    err->kind = ERROR_NONE;
    if (json_type(object) != JSON_OBJECT)
        return fail(err, ERROR_INVALID, "a document must be an object");
    if (append_members(out, object, err) && out->len <= DOCUMENT_MAX_BYTES)
        return true;
    return err->kind == ERROR_NONE ? too_large(err) : false;
}

/* A copy of bytes that lasts as long as the arena, and frees the builder. */
static const uint8_t *keep(struct arena *arena, bson_t *built)
{
    const uint8_t *bytes = (const uint8_t *)arena_copy(arena, bson_get_data(built), built->len);

    bson_destroy(built);
    return bytes;
}

bool body_value(struct arena *arena, struct json value, bson_value_t *out, struct error *err)
{
    bson_t built = BSON_INITIALIZER;
    uint32_t len;
    bson_iter_t iter;

    if (!body_append(&built, "v", value, err)) {
        bson_destroy(&built);
        return false;
    }
    len = built.len;
    if (!bson_iter_init_from_data(&iter, keep(arena, &built), len) || !bson_iter_next(&iter))
        return fail(err, ERROR_INTERNAL, "a value that was just written cannot be read");
    *out = *bson_iter_value(&iter);
    return true;
}

/* -- documents ----------------------------------------------------------------------------------
 */

bson_t *body_documents(struct arena *arena, size_t count)
{
    size_t alignment = _Alignof(bson_t); /* more than arenas give */
    char *room = arena_alloc(arena, count * sizeof(bson_t) + alignment);
    uintptr_t over = (uintptr_t)room % alignment;

    return (bson_t *)(void *)(room + (over ? alignment - over : 0));
}

bool body_keep(struct arena *arena, bson_t *built, bson_t *out, struct error *err)
{
    uint32_t len = built->len;

    return bson_init_static(out, keep(arena, built), len) ||
           fail(err, ERROR_INTERNAL, "a document that was just written cannot be read");
}

static bool read_document(struct arena *arena, struct json object, bson_t *out, struct error *err)
{
    bson_t built = BSON_INITIALIZER;

    if (!body_from_json(object, &built, err)) {
        bson_destroy(&built);
        return false;
    }
    return body_keep(arena, &built, out, err);
}

static bool read_list(struct arena *arena, struct json list, struct body *out, struct error *err)
{
    bson_t *documents = body_documents(arena, json_count(list));
    struct json_iter iter;

    json_each(list, &iter);
    out->count = 0;
    while (json_next(&iter))
        if (!read_document(arena, iter.value, &documents[out->count++], err))
            return false;
    out->documents = documents;
    out->is_list = true;
    return out->count > 0 || fail(err, ERROR_INVALID, "the list holds no document");
}

static bool read_json(struct arena *arena, const struct sent *sent, struct body *out,
                      struct error *err)
{
    struct json value;
    bson_t *document;

    if (!json_parse_unique(arena, sent->bytes, sent->len, &value, err))
        return false;
    if (json_type(value) == JSON_LIST)
        return read_list(arena, value, out, err);
    if (json_type(value) != JSON_OBJECT)
        return fail(err, ERROR_INVALID, "the body must be an object, or a list of objects");
    document = body_documents(arena, 1);
    *out = (struct body){.documents = document, .count = 1};
    return read_document(arena, value, document, err);
}

/* Whether a Content-Type is this one, whatever its parameters. */
static bool is_type(const char *type, const char *name)
{
    size_t len = strlen(name);

    return strncasecmp(type, name, len) == 0 &&
           (type[len] == '\0' || type[len] == ';' || type[len] == ' ' || type[len] == '\t');
}

bool body_parse(struct arena *arena, const struct resource *resource, const struct sent *sent,
                struct body *out, struct error *err)
{
    const char *type = sent->type ? sent->type : "";
    struct body body = {0};
    bool ok;

    if (is_type(type, "application/json"))
        ok = read_json(arena, sent, &body, err);
    else if (is_type(type, "application/x-www-form-urlencoded"))
        ok = body_from_form(arena, resource, sent->form, &body, err);
    else if (is_type(type, "multipart/form-data"))
        ok = body_from_multipart(arena, resource, sent, &body, err);
    else
        ok = fail(err, ERROR_INVALID, "Unknown or no Content-Type header supplied");
    if (ok)
        *out = body;
    return ok;
}

bool body_read(struct call *call, const struct resource *resource, struct body *out,
               struct error *err)
{
    struct sent sent = {.type = call_header(call, "content-type"), .form = call_form_fields(call)};

    sent.bytes = call_body(call, &sent.len);
    return body_parse(call_arena(call), resource, &sent, out, err);
}
