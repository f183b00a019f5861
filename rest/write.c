/* SPDX-License-Identifier: MIT */
#include "write.h"

#include "gate.h"

#include <string.h>

enum { LARGE_BODY = 64 * 1024 }; /* more is parsed beside the loop */

/* -- beginning --------------------------------------------------------------------------------- */

static enum outcome read_body(struct call *call)
{
    struct write *write = call_state(call);
    struct error err;

    if (!body_read(call, resource_of(call), &write->body, &err))
        return call_fail(call, &err);
    if (write->needs & WRITE_ONE && write->body.is_list) {
        fail(&err, ERROR_INVALID, "one document is expected here, not a list");
        return call_fail(call, &err);
    }
    return call_then(call, WRITES, write->then);
}

enum outcome write_begin(struct call *call, unsigned needs, handler then)
{
    struct write *write = arena_zalloc(call_arena(call), sizeof(*write));
    enum outcome outcome;
    struct error err;
    size_t len;

    write->needs = needs;
    write->then = then;
    call_set_state(call, write);
    if (needs & WRITE_ITEM && !address_read(call, &write->address, &err))
        return call_fail(call, &err);
    if (!gate_pass(call, &outcome))
        return outcome;
    if (!(needs & WRITE_BODY))
        return call_then(call, WRITES, then);
    call_body(call, &len);
    return len > LARGE_BODY ? call_then(call, WORKS, read_body) : read_body(call);
}

/* -- documents --------------------------------------------------------------------------------- */

struct held {
    bson_t *items;
    size_t count;
};

static void destroy_held(void *context)
{
    struct held *held = context;

    for (size_t i = 0; i < held->count; i++)
        bson_destroy(&held->items[i]);
}

bson_t *write_documents(struct arena *arena, size_t count)
{
    struct held *held = arena_alloc(arena, sizeof(*held));

    *held = (struct held){body_documents(arena, count), count};
    for (size_t i = 0; i < count; i++)
        bson_init(&held->items[i]);
    arena_defer(arena, destroy_held, held);
    return held->items;
}

bool write_given(struct call *call, const bson_t **out, struct error *err)
{
    bson_t *given = write_documents(call_arena(call), 1);

    *out = given;
    return reach_fill(call, given, err);
}

static bool has(const bson_t *document, const char *key)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, document, key);
}

/* What is given and known to the schema is checked like what is sent, in its place; the rest is put
 * in later, and nobody can send it. */
static void keep_known(const struct schema *schema, const bson_t *given, bson_t *out)
{
    bson_iter_t iter;

    if (!bson_iter_init(&iter, given))
        return;
    while (bson_iter_next(&iter))
        if (schema_find(schema, bson_iter_key(&iter), bson_iter_key_len(&iter)))
            bson_append_iter(out, NULL, -1, &iter);
}

const bson_t *write_sent(struct call *call, const bson_t *document, const bson_t *given,
                         bool keep_id)
{
    bson_iter_t iter;
    bson_t *known, *out;

    if (bson_empty(given) && (keep_id || !has(document, "_id")))
        return document;
    known = write_documents(call_arena(call), 2);
    out = &known[1];
    keep_known(&resource_of(call)->schema, given, known);
    if (bson_iter_init(&iter, document))
        while (bson_iter_next(&iter)) {
            const char *key = bson_iter_key(&iter);

            if (!has(known, key) && (keep_id || strcmp(key, "_id") != 0))
                bson_append_iter(out, NULL, -1, &iter);
        }
    bson_concat(out, known);
    return out;
}

bool write_check_id(const bson_t *sent, const bson_value_t *stored, struct error *err)
{
    const bson_value_t *value;
    bson_iter_t iter;
    char hex[25];

    if (!bson_iter_init_find(&iter, sent, "_id"))
        return true;
    value = bson_iter_value(&iter);
    if (value->value_type == BSON_TYPE_UTF8 && stored->value_type == BSON_TYPE_OID) {
        bson_oid_to_string(&stored->value.v_oid, hex);
        if (value->value.v_utf8.len == 24 && memcmp(value->value.v_utf8.str, hex, 24) == 0)
            return true;
    } else if (value_compare(value, stored) == 0) {
        return true;
    }
    return fail(err, ERROR_INVALID, "the _id is immutable: it cannot be changed");
}

void write_frame(const struct resource *resource, const struct frame *frame, const bson_t *fields,
                 bson_t *out)
{
    const struct names *names = &resource->settings->names;
    bson_value_t version = value_int(frame->version);
    bson_iter_t iter;

    bson_append_value(out, "_id", 3, frame->id);
    if (bson_iter_init(&iter, fields))
        while (bson_iter_next(&iter)) {
            const char *key = bson_iter_key(&iter);

            if (strcmp(key, "_id") != 0 && strcmp(key, names->version) != 0 &&
                strcmp(key, names->deleted) != 0 && !has(frame->given, key))
                bson_append_iter(out, NULL, -1, &iter);
        }
    bson_concat(out, frame->given);
    if (resource->versioning)
        bson_append_value(out, names->version, -1, &version);
    if (resource->soft_delete)
        bson_append_bool(out, names->deleted, -1, frame->deleted);
}

struct validation write_validation(struct call *call, enum validate_how how,
                                   const struct bson_bytes *stored)
{
    return (struct validation){.resource = resource_of(call),
                               .arena = call_arena(call),
                               .how = how,
                               .store = call_store(call),
                               .stored = stored,
                               .owner = gate_owner(call),
                               .user = gate_user(call)};
}

bson_value_t write_id(const struct document *document)
{
    bson_value_t id = {.value_type = BSON_TYPE_EOD};

    document_get(document->bson, document->len, "_id", &id);
    return id;
}
