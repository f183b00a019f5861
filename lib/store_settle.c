/* SPDX-License-Identifier: MIT */
#include "store_settle.h"

#include "document.h"

#include <string.h>

/* Members that the stores keep beside a document's own; on MongoDB they stand among them. */
static const char *const own_members[] = {"_etag", "_created", "_updated", "_words", "_live"};

/* -- keys -------------------------------------------------------------------------------------- */

static bool id_fits(enum value_type type, const bson_value_t *value)
{
    switch (type) {
    case TYPE_OBJECT_ID:
        return value->value_type == BSON_TYPE_OID;
    case TYPE_INT:
        return value->value_type == BSON_TYPE_INT32 || value->value_type == BSON_TYPE_INT64;
    default:
        return value->value_type == BSON_TYPE_UTF8;
    }
}

bool settle_id(const struct collection *collection, const bson_value_t *value, bson_value_t *out)
{
    *out = *value;
    if (collection->id_type == TYPE_OBJECT_ID && value->value_type == BSON_TYPE_UTF8 &&
        value->value.v_utf8.len == 24 && bson_oid_is_valid(value->value.v_utf8.str, 24)) {
        out->value_type = BSON_TYPE_OID;
        bson_oid_init_from_string(&out->value.v_oid, value->value.v_utf8.str);
    }
    return id_fits(collection->id_type, out);
}

void settle_seed(const struct collection *collection, const struct key *key, const bson_t *document,
                 bson_t *out)
{
    bson_value_t value;

    bson_init(out);
    if (!document && key->field)
        bson_append_value(out, key->field, -1, &key->value);
    else if (!key->field && !(document && bson_has_field(document, "_id")) &&
             settle_id(collection, &key->value, &value))
        bson_append_value(out, "_id", 3, &value);
    if (document)
        bson_concat(out, document);
}

/* -- documents --------------------------------------------------------------------------------- */

static bool id_is_first(const struct bson_bytes *document)
{
    return document->len > 8 && memcmp(document->data + 5, "_id", 4) == 0;
}

/* out = {_id: id} and the rest of document. */
static void put_id_first(const bson_t *document, const bson_value_t *id, bson_t *out)
{
    bson_iter_t iter;

    bson_append_value(out, "_id", 3, id);
    if (!bson_iter_init(&iter, document))
        return;
    while (bson_iter_next(&iter))
        if (strcmp(bson_iter_key(&iter), "_id") != 0)
            bson_append_iter(out, NULL, -1, &iter);
}

/* False if there is none to be had. iter keeps what out borrows. */
static bool choose_id(const struct collection *collection, const bson_t *document,
                      const struct bson_bytes *stored, bson_iter_t *iter, bson_value_t *out)
{
    if (bson_iter_init_find(iter, document, "_id") ||
        (stored && bson_iter_init_from_data(iter, stored->data, stored->len) &&
         bson_iter_find(iter, "_id"))) {
        *out = *bson_iter_value(iter);
        return true;
    }
    if (collection->id_type != TYPE_OBJECT_ID)
        return false;
    out->value_type = BSON_TYPE_OID;
    bson_oid_init(&out->value.v_oid, NULL);
    return true;
}

/* What is stored keeps its _id, whatever that is. */
static bool check_id(const struct collection *collection, const struct bson_bytes *document,
                     const struct bson_bytes *stored, struct error *err)
{
    bson_value_t id, kept;

    if (!document_get(document->data, document->len, "_id", &id))
        id.value_type = BSON_TYPE_EOD;
    if (stored && document_get(stored->data, stored->len, "_id", &kept))
        return value_compare(&id, &kept) == 0 ||
               fail(err, ERROR_REFUSED, "%s: the _id cannot be changed", collection->name);
    return id_fits(collection->id_type, &id) ||
           fail(err, ERROR_REFUSED, "%s: the _id is missing or of another type than declared",
                collection->name);
}

/* A list on the way may hold the field several times: it counts as there. */
static bool has_value(const struct bson_bytes *document, const char *path)
{
    char way[256];
    bson_value_t value;

    if (document_get(document->data, document->len, path, &value))
        return value.value_type != BSON_TYPE_NULL;
    for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
        size_t len = (size_t)(dot - path);

        if (len >= sizeof(way))
            break;
        memcpy(way, path, len);
        way[len] = '\0';
        if (!document_get(document->data, document->len, way, &value))
            break;
        if (value.value_type == BSON_TYPE_ARRAY)
            return true;
    }
    return false;
}

static bool check_required(const struct collection *collection, const struct bson_bytes *document,
                           struct error *err)
{
    struct buf missing = {0};

    for (size_t i = 0; i < collection->field_count; i++) {
        const struct store_field *field = &collection->fields[i];

        if (field->flags & STORE_REQUIRED && !has_value(document, field->path))
            buf_printf(&missing, "%s%s", missing.len ? ", " : "", field->path);
    }
    if (!missing.len)
        return true;
    fail(err, ERROR_REFUSED, "required: %s", buf_text(&missing));
    buf_release(&missing);
    return false;
}

bool store_owns_member(const char *name)
{
    for (size_t i = 0; name[0] == '_' && i < sizeof(own_members) / sizeof(own_members[0]); i++)
        if (strcmp(name, own_members[i]) == 0)
            return true;
    return false;
}

static bool check_members(const struct bson_bytes *document, struct error *err)
{
    bson_iter_t iter;

    if (!bson_iter_init_from_data(&iter, document->data, document->len))
        return true;
    while (bson_iter_next(&iter)) {
        const char *key = bson_iter_key(&iter);

        if (store_owns_member(key))
            return fail(err, ERROR_REFUSED, "%s: the store has this name for itself", key);
    }
    return true;
}

bool settle_check(const struct collection *collection, const struct bson_bytes *document,
                  struct error *err)
{
    return document_check(document->data, document->len, err) &&
           (collection->bare || check_members(document, err));
}

static bool are_same_bytes(const bson_value_t *a, const bson_value_t *b)
{
    bson_t first = BSON_INITIALIZER, second = BSON_INITIALIZER;
    bool same;

    bson_append_value(&first, "", 0, a);
    bson_append_value(&second, "", 0, b);
    same = bson_equal(&first, &second);
    bson_destroy(&first);
    bson_destroy(&second);
    return same;
}

/* An equal _id may be written otherwise, as a number of another width, say: it stays as it is. */
static void keep_id(const struct bson_bytes *stored, struct settled *out)
{
    bson_value_t id, kept;
    bson_t whole, fresh;

    if (!document_get(out->bytes.data, out->bytes.len, "_id", &id) ||
        !document_get(stored->data, stored->len, "_id", &kept) || are_same_bytes(&id, &kept) ||
        !bson_init_static(&whole, out->bytes.data, out->bytes.len))
        return;
    bson_init(&fresh);
    put_id_first(&whole, &kept, &fresh);
    bson_destroy(&out->room);
    bson_steal(&out->room, &fresh);
    out->bytes = (struct bson_bytes){bson_get_data(&out->room), out->room.len};
}

bool settle_document(const struct collection *collection, const bson_t *document,
                     const struct bson_bytes *stored, struct settled *out, struct error *err)
{
    bson_iter_t iter;
    bson_value_t id = {0};

    bson_init(&out->room);
    out->bytes = (struct bson_bytes){bson_get_data(document), document->len};
    if (!id_is_first(&out->bytes)) {
        if (!choose_id(collection, document, stored, &iter, &id))
            return fail(err, ERROR_REFUSED, "%s: a document needs an _id", collection->name);
        put_id_first(document, &id, &out->room);
        out->bytes = (struct bson_bytes){bson_get_data(&out->room), out->room.len};
    }
    if (!settle_check(collection, &out->bytes, err) ||
        !check_id(collection, &out->bytes, stored, err) ||
        !check_required(collection, &out->bytes, err))
        return false;
    if (stored)
        keep_id(stored, out);
    return true;
}

void settle_release(struct settled *settled)
{
    bson_destroy(&settled->room);
}

/* -- refusals ---------------------------------------------------------------------------------- */

bool settle_no_such(const struct collection *collection, struct error *err)
{
    return fail(err, ERROR_NOT_FOUND, "no such %s", collection->name);
}

bool settle_stale(const struct collection *collection, struct error *err)
{
    return fail(err, ERROR_STALE, "the document of %s was changed meanwhile", collection->name);
}

bool settle_unprepared(const struct collection *collection, struct error *err)
{
    return fail(err, ERROR_INTERNAL, "the collection %s was not prepared", collection->name);
}
