/* SPDX-License-Identifier: MIT */
#include "keyset.h"

#include "base64url.h"
#include "document.h"
#include "hash.h"
#include "value.h"

#include <string.h>

enum { SHAPE_BYTES = 8, SHAPE_VERSION = 1 };

/* -- the query --------------------------------------------------------------------------------- */

static bool is_own(const char *path)
{
    return strcmp(path, "_id") == 0 || strcmp(path, "_created") == 0 ||
           strcmp(path, "_updated") == 0;
}

static bool is_declared_scalar(const struct collection *collection, const char *path)
{
    for (size_t i = 0; i < collection->field_count; i++)
        if (collection->fields[i].type != TYPE_LIST &&
            strcmp(collection->fields[i].path, path) == 0)
            return true;
    return false;
}

static void hash_value(uint64_t *hash, const bson_value_t *value)
{
    bson_t holder = BSON_INITIALIZER;

    bson_append_value(&holder, "", 0, value);
    hash_bytes(hash, bson_get_data(&holder), holder.len);
    bson_destroy(&holder);
}

static void hash_filter(uint64_t *hash, const struct filter *filter)
{
    hash_number(hash, filter->op);
    hash_text(hash, filter->path);
    hash_number(hash, filter->count);
    if (filter->value.value_type != BSON_TYPE_EOD)
        hash_value(hash, &filter->value);
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->children)
            hash_filter(hash, filter->children[i]);
        else
            hash_value(hash, &filter->values[i]);
    }
}

static uint64_t shape_of(const struct collection *collection, const struct query *query,
                         const struct keyset *keyset)
{
    uint64_t hash = HASH_START;

    hash_number(&hash, SHAPE_VERSION);
    hash_text(&hash, collection->name);
    hash_text(&hash, keyset->path);
    hash_number(&hash, keyset->descending);
    hash_text(&hash, query->text);
    hash_number(&hash, query->deleted_too);
    if (query->where)
        hash_filter(&hash, query->where);
    return hash;
}

bool keyset_of(const struct collection *collection, const struct query *query, struct keyset *out,
               struct error *err)
{
    struct keyset keyset = {.path = "_id"};

    if (query->sort_count > 1)
        return fail(err, ERROR_INVALID, "pages behind a key have one sort key at most");
    if (query->text && !query->sort_count)
        return fail(err, ERROR_INVALID, "there are no pages behind a key in an order by rank");
    if (query->after && query->skip > 0)
        return fail(err, ERROR_INVALID, "a page is behind a key or skips, not both");
    if (query->sort_count) {
        keyset.path = query->sort[0].path;
        keyset.descending = query->sort[0].descending;
    }
    if (!is_own(keyset.path) && !is_declared_scalar(collection, keyset.path))
        return fail(err, ERROR_INVALID,
                    "there are no pages behind a key that is no declared field of one value");
    keyset.shape = shape_of(collection, query, &keyset);
    *out = keyset;
    return true;
}

/* -- tokens ------------------------------------------------------------------------------------ */

/* libbson writes a regular expression's options in this order, each once, and no others. */
static bool are_kept(const char *options)
{
    static const char known[] = "ilmsux";
    const char *last = NULL;

    for (; *options; options++) {
        const char *at = strchr(known, *options);

        if (!at || (last && at <= last))
            return false;
        last = at;
    }
    return true;
}

/* Its values of the rare types of old lose what is behind a zero byte. */
static bool can_be_key(const bson_value_t *value)
{
    if (value->value_type == BSON_TYPE_REGEX)
        return are_kept(value->value.v_regex.options);
    return value_class(value->value_type) != CLASS_OTHER;
}

/* The sort key as a list of one value, or none: so order_key() makes of it what it made of the
 * document. */
static bool append_key(const struct keyset *keyset, const struct document *document, bson_t *out)
{
    bson_value_t value;
    bson_t list;
    bool ok = true;

    bson_append_array_begin(out, "v", 1, &list);
    if (strcmp(keyset->path, "_created") == 0)
        bson_append_date_time(&list, "0", 1, document->created_ms);
    else if (strcmp(keyset->path, "_updated") == 0)
        bson_append_date_time(&list, "0", 1, document->updated_ms);
    else if (strcmp(keyset->path, "_id") != 0 &&
             order_value(document->bson, document->len, keyset->path, !keyset->descending, &value))
        ok = can_be_key(&value) && bson_append_value(&list, "0", 1, &value);
    bson_append_array_end(out, &list);
    return ok;
}

/* What keyset_read() takes. */
static bool is_readable(const uint8_t *keys, size_t len)
{
    struct error ignored;

    return len <= KEYSET_MAX_BYTES && document_check(keys, len, &ignored);
}

const char *keyset_write(const struct keyset *keyset, const struct document *document,
                         struct arena *arena, struct error *err)
{
    bson_t keys = BSON_INITIALIZER;
    bson_value_t id;
    uint8_t bytes[SHAPE_BYTES + KEYSET_MAX_BYTES];
    char *token = NULL;

    if (!document_get(document->bson, document->len, "_id", &id)) {
        fail(err, ERROR_INTERNAL, "a document has no _id");
    } else if (!append_key(keyset, document, &keys) || !bson_append_value(&keys, "i", 1, &id) ||
               !is_readable(bson_get_data(&keys), keys.len)) {
        fail(err, ERROR_INVALID, "there is no page behind such a key, of more than %d bytes: %.80s",
             KEYSET_MAX_BYTES, keyset->path);
    } else {
        memcpy(bytes, &keyset->shape, SHAPE_BYTES);
        memcpy(bytes + SHAPE_BYTES, bson_get_data(&keys), keys.len);
        token = arena_alloc(arena, BASE64URL_LEN(SHAPE_BYTES + keys.len) + 1);
        base64url_write(bytes, SHAPE_BYTES + keys.len, token);
    }
    bson_destroy(&keys);
    return token;
}

/* {v: [at most one], i: …}, as keyset_write() makes it. */
static bool read_keys(const uint8_t *bson, size_t len, struct keyset_place *out)
{
    bson_iter_t iter, list;

    if (!is_readable(bson, len) || !bson_iter_init_from_data(&iter, bson, len) ||
        !bson_iter_next(&iter) || strcmp(bson_iter_key(&iter), "v") != 0 ||
        !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &list))
        return false;
    out->value.value_type = BSON_TYPE_EOD;
    if (bson_iter_next(&list)) {
        out->value = *bson_iter_value(&list);
        if (!can_be_key(&out->value) || bson_iter_next(&list))
            return false;
    }
    if (!bson_iter_next(&iter) || strcmp(bson_iter_key(&iter), "i") != 0)
        return false;
    out->id = *bson_iter_value(&iter);
    return !bson_iter_next(&iter);
}

bool keyset_read(const struct keyset *keyset, const char *token, struct arena *arena,
                 struct keyset_place *out, struct error *err)
{
    size_t len = strlen(token);
    uint8_t *bytes;

    if (len > BASE64URL_LEN(SHAPE_BYTES + KEYSET_MAX_BYTES))
        return fail(err, ERROR_INVALID, "this is no place to go on behind");
    bytes = arena_alloc(arena, len);
    if (!base64url_read(token, bytes, &len) || len <= SHAPE_BYTES)
        return fail(err, ERROR_INVALID, "this is no place to go on behind");
    if (memcmp(bytes, &keyset->shape, SHAPE_BYTES) != 0)
        return fail(err, ERROR_INVALID, "the place to go on behind is one of another query");
    if (!read_keys(bytes + SHAPE_BYTES, len - SHAPE_BYTES, out))
        return fail(err, ERROR_INVALID, "this is no place to go on behind");
    out->key = order_key(arena, bytes + SHAPE_BYTES, len - SHAPE_BYTES, "v", !keyset->descending);
    return true;
}
