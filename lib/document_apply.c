/* SPDX-License-Identifier: MIT */
/* Changes to a document, made on its bytes: each one finds a spot and replaces what is there, and
 * the lengths of the objects around it are corrected. Nothing else is decoded or copied twice. */
#include "document.h"

#include "buf.h"
#include "utf8.h"
#include "value.h"

#include <endian.h>
#include <math.h>
#include <string.h>

/* Where a path leads in the document's bytes. */
struct spot {
    size_t around[DOCUMENT_MAX_DEPTH]; /* where the objects on the way begin, outermost first */
    size_t depth;                      /* of around */
    size_t start;                      /* the element's first byte; where one would be added */
    size_t end;                        /* past its last byte; start if it is not there */
    const char *rest;                  /* the path from the element's own name on */
    bson_value_t value;                /* borrowed; missing if it is not there */
};

static bool refuse(struct error *err, const char *path, const char *why)
{
    size_t len = strnlen(path, 120);

    while (!utf8_valid(path, len))
        len--;
    return fail(err, ERROR_REFUSED, "\"%.*s\": %s", (int)len, path, why);
}

static uint32_t read_length(const struct buf *doc, size_t at)
{
    uint32_t length;

    memcpy(&length, doc->data + at, sizeof(length));
    return le32toh(length);
}

/* Every segment is a name a field may have, and there are not too many. */
static bool check_path(const char *path, struct error *err)
{
    size_t segments = 1;

    for (const char *at = path;; at++) {
        size_t len = strcspn(at, ".");

        if (len == 0 || at[0] == '$')
            return refuse(err, path, "no field can have this name");
        if (!utf8_valid(at, len))
            return refuse(err, path, "the field's name is not UTF-8");
        at += len;
        if (*at == '\0')
            break;
        if (++segments > DOCUMENT_MAX_DEPTH)
            return refuse(err, path, "nested too deeply");
    }
    return true;
}

/* Find the first segment of spot->rest in the object that begins at spot->around[depth - 1]. */
static bool find_member(const struct buf *doc, struct spot *spot, bson_iter_t *iter)
{
    size_t object = spot->around[spot->depth - 1];
    uint32_t length = read_length(doc, object);

    spot->value = value_missing();
    spot->start = spot->end = object + length - 1;
    if (!bson_iter_init_from_data(iter, (const uint8_t *)doc->data + object, length))
        return false;
    if (bson_iter_find_w_len(iter, spot->rest, (int)strcspn(spot->rest, "."))) {
        spot->start = object + iter->off;
        spot->end = object + iter->next_off;
        spot->value = *bson_iter_value(iter);
    }
    return iter->err_off == 0;
}

static bool find_spot(const struct buf *doc, const char *path, struct spot *spot, struct error *err)
{
    spot->around[0] = 0;
    spot->depth = 1;
    spot->rest = path;
    for (;;) {
        bson_iter_t iter;
        const char *dot = strchr(spot->rest, '.');

        if (!find_member(doc, spot, &iter))
            return fail(err, ERROR_INTERNAL, "a stored document is not valid BSON");
        if (!dot || spot->start == spot->end)
            return true;
        if (spot->value.value_type != BSON_TYPE_DOCUMENT)
            return refuse(err, path, "leads through what is not an object");
        spot->around[spot->depth++] = (size_t)(spot->value.value.v_doc.data - (uint8_t *)doc->data);
        spot->rest = dot + 1;
    }
}

/* Replace the spot's bytes. */
static void replace_bytes(struct buf *doc, const struct spot *spot, const void *bytes, size_t len)
{
    size_t removed = spot->end - spot->start;

    if (len > removed && doc->cap - doc->len < len - removed)
        buf_reserve(doc, len - removed);
    if (len != removed) {
        memmove(doc->data + spot->start + len, doc->data + spot->end, doc->len - spot->end);
        doc->len += len;
        doc->len -= removed;
        for (size_t i = 0; i < spot->depth; i++) {
            uint32_t length = read_length(doc, spot->around[i]);

            length = htole32((uint32_t)(length + len - removed));
            memcpy(doc->data + spot->around[i], &length, sizeof(length));
        }
    }
    if (len)
        memcpy(doc->data + spot->start, bytes, len);
}

/* An element of this name, with objects around it where the name is a path still. */
static void append_nested(bson_t *out, const char *rest, const bson_value_t *value)
{
    size_t segment = strcspn(rest, ".");
    bson_t inner;

    if (rest[segment] == '\0') {
        bson_append_value(out, rest, (int)segment, value);
        return;
    }
    bson_append_document_begin(out, rest, (int)segment, &inner);
    append_nested(&inner, rest + segment + 1, value);
    bson_append_document_end(out, &inner);
}

/* Put the value at the spot, adding it and the objects on the way to it where missing. */
static void put(struct buf *doc, struct spot *spot, const bson_value_t *value)
{
    bson_t element = BSON_INITIALIZER;

    append_nested(&element, spot->rest, value);
    if (spot->depth == 1 && spot->start == spot->end && strcmp(spot->rest, "_id") == 0)
        spot->start = spot->end = sizeof(uint32_t);
    replace_bytes(doc, spot, bson_get_data(&element) + 4, element.len - 5);
    bson_destroy(&element);
}

static bool is_missing(const struct spot *spot)
{
    return spot->start == spot->end;
}

static bool add_reals(const bson_value_t *a, const bson_value_t *b, bson_value_t *sum)
{
    struct value_number left = value_number(a);
    struct value_number right = value_number(b);
    double x = left.integral ? (double)left.integer : left.real;
    double y = right.integral ? (double)right.integer : right.real;

    *sum = value_double(x + y);
    return isfinite(x + y) || !isfinite(x) || !isfinite(y);
}

/* False if the sum does not fit. */
static bool add_values(const bson_value_t *a, const bson_value_t *b, bson_value_t *sum)
{
    int64_t total;

    if (a->value_type == BSON_TYPE_DOUBLE || b->value_type == BSON_TYPE_DOUBLE)
        return add_reals(a, b, sum);
    if (__builtin_add_overflow(value_number(a).integer, value_number(b).integer, &total))
        return false;
    if (a->value_type == BSON_TYPE_INT32 && b->value_type == BSON_TYPE_INT32)
        *sum = value_int(total);
    else
        *sum = (bson_value_t){.value_type = BSON_TYPE_INT64, .value.v_int64 = total};
    return true;
}

static bool can_add(const bson_value_t *value)
{
    return value_is_number(value) && value->value_type != BSON_TYPE_DECIMAL128;
}

static bool apply_add(struct buf *doc, struct spot *spot, const struct change *change,
                      struct error *err)
{
    bson_value_t sum = change->value;

    if (!can_add(&change->value))
        return refuse(err, change->path, "only a number can be added");
    if (!is_missing(spot)) {
        if (!can_add(&spot->value))
            return refuse(err, change->path, "is not a number, nothing can be added to it");
        if (!add_values(&spot->value, &change->value, &sum))
            return refuse(err, change->path, "the sum is too large");
    }
    put(doc, spot, &sum);
    return true;
}

static void append_item(bson_t *list, uint32_t index, const bson_value_t *item)
{
    char room[16];
    const char *key;
    size_t len = bson_uint32_to_string(index, &key, room, sizeof(room));

    bson_append_value(list, key, (int)len, item);
}

/* The spot becomes a list without the elements equal to leave_out (unless that is NULL), and with
 * `with` at its end (unless that is NULL). */
static void put_list(struct buf *doc, struct spot *spot, const bson_value_t *leave_out,
                     const bson_value_t *with)
{
    bson_t list = BSON_INITIALIZER;
    bson_value_t value = {.value_type = BSON_TYPE_ARRAY};
    bson_iter_t iter;
    uint32_t count = 0;

    if (!is_missing(spot) && value_members(&spot->value, &iter)) {
        while (bson_iter_next(&iter)) {
            const bson_value_t *item = bson_iter_value(&iter);

            if (!leave_out || value_compare(item, leave_out) != 0)
                append_item(&list, count++, item);
        }
    }
    if (with)
        append_item(&list, count, with);
    value.value.v_doc.data = (uint8_t *)(uintptr_t)bson_get_data(&list);
    value.value.v_doc.data_len = list.len;
    put(doc, spot, &value);
    bson_destroy(&list);
}

static bool list_holds(const bson_value_t *list, const bson_value_t *value)
{
    bson_iter_t iter;

    if (!value_members(list, &iter))
        return false;
    while (bson_iter_next(&iter))
        if (value_compare(bson_iter_value(&iter), value) == 0)
            return true;
    return false;
}

static bool apply_to_list(struct buf *doc, struct spot *spot, const struct change *change,
                          struct error *err)
{
    bool there;

    if (is_missing(spot)) {
        if (change->kind != CHANGE_PULL)
            put_list(doc, spot, NULL, &change->value);
        return true;
    }
    if (spot->value.value_type != BSON_TYPE_ARRAY)
        return refuse(err, change->path, "is not a list");
    if (change->kind == CHANGE_PUSH) {
        put_list(doc, spot, NULL, &change->value);
        return true;
    }
    there = list_holds(&spot->value, &change->value);
    if (change->kind == CHANGE_PULL && there)
        put_list(doc, spot, &change->value, NULL);
    else if (change->kind == CHANGE_ADD_TO_SET && !there)
        put_list(doc, spot, NULL, &change->value);
    return true;
}

static bool keeps_id(const struct spot *spot, const struct change *change)
{
    if (strcmp(change->path, "_id") != 0)
        return strncmp(change->path, "_id.", 4) != 0;
    return change->kind == CHANGE_SET &&
           (is_missing(spot) || (spot->value.value_type == change->value.value_type &&
                                 value_compare(&spot->value, &change->value) == 0));
}

static bool apply_change(struct buf *doc, const struct change *change, struct error *err)
{
    struct spot spot;

    if (!check_path(change->path, err) || !find_spot(doc, change->path, &spot, err))
        return false;
    if (!keeps_id(&spot, change))
        return refuse(err, change->path, "a document's _id cannot be changed");
    switch (change->kind) {
    case CHANGE_SET:
        put(doc, &spot, &change->value);
        break;
    case CHANGE_UNSET:
        replace_bytes(doc, &spot, NULL, 0);
        break;
    case CHANGE_ADD:
        return apply_add(doc, &spot, change, err);
    case CHANGE_ADD_TO_SET:
    case CHANGE_PUSH:
    case CHANGE_PULL:
        return apply_to_list(doc, &spot, change, err);
    }
    return true;
}

/* The document's bytes with `_id` first. */
static bool load(struct buf *doc, const struct bson_bytes *document, struct error *err)
{
    const size_t head = sizeof(uint32_t);
    bson_iter_t iter;
    size_t start;

    if (!bson_iter_init_from_data(&iter, document->data, document->len))
        return fail(err, ERROR_INTERNAL, "a stored document is not valid BSON");
    if (!bson_iter_find(&iter, "_id") || iter.off == head) {
        buf_add(doc, document->data, document->len);
        return true;
    }
    start = iter.off;
    buf_add(doc, document->data, head);
    buf_add(doc, document->data + start, iter.next_off - start);
    buf_add(doc, document->data + head, start - head);
    buf_add(doc, document->data + iter.next_off, document->len - iter.next_off);
    return true;
}

bool document_apply(const struct bson_bytes *document, const struct change *changes, size_t count,
                    bson_t *out, struct error *err)
{
    struct buf doc = {0};
    bool ok = load(&doc, document, err);
    bson_t whole;

    for (size_t i = 0; ok && i < count; i++) {
        ok = apply_change(&doc, &changes[i], err);
        if (ok && doc.len > DOCUMENT_MAX_BYTES)
            ok = refuse(err, changes[i].path, "the document becomes too large");
    }
    if (ok && !bson_init_static(&whole, (const uint8_t *)doc.data, doc.len))
        ok = fail(err, ERROR_INTERNAL, "a changed document is not valid BSON");
    if (ok)
        bson_copy_to(&whole, out);
    buf_release(&doc);
    return ok;
}
