/* SPDX-License-Identifier: MIT */
/* Described structs to BSON and back. */
#include "record.h"

#include <math.h>
#include <string.h>

#include "record_field.h"

enum { MAX_DEPTH = 100 };

#define TWO_TO_63 9223372036854775808.0

static void append_texts(const struct list *list, const struct field *field, bson_t *doc)
{
    const char *const *texts = list->items;
    char digits[16];
    bson_t array;

    bson_append_array_begin(doc, field->name, -1, &array);
    for (size_t i = 0; i < list->count; i++) {
        const char *key;
        size_t len = bson_uint32_to_string((uint32_t)i, &key, digits, sizeof(digits));

        if (texts[i])
            bson_append_utf8(&array, key, (int)len, texts[i], -1);
        else
            bson_append_null(&array, key, (int)len);
    }
    bson_append_array_end(doc, &array);
}

static void append_records(const struct list *list, const struct field *field, bson_t *doc)
{
    char digits[16];
    bson_t array;

    bson_append_array_begin(doc, field->name, -1, &array);
    for (size_t i = 0; i < list->count; i++) {
        const char *key;
        size_t len = bson_uint32_to_string((uint32_t)i, &key, digits, sizeof(digits));
        bson_t item;

        bson_append_document_begin(&array, key, (int)len, &item);
        record_to_bson(field->of, list_item(list, i, field->of->size), &item);
        bson_append_document_end(&array, &item);
    }
    bson_append_array_end(doc, &array);
}

static void append_record(const void *data, const struct field *field, bson_t *doc)
{
    bson_t child;

    bson_append_document_begin(doc, field->name, -1, &child);
    record_to_bson(field->of, data, &child);
    bson_append_document_end(doc, &child);
}

static void append_field(const struct field *field, const void *data, bson_t *doc)
{
    union member at = field_member(field, data);

    switch (field->type) {
    case FIELD_BOOL:
        bson_append_bool(doc, field->name, -1, *at.boolean);
        return;
    case FIELD_INT:
        bson_append_int32(doc, field->name, -1, *at.integer);
        return;
    case FIELD_INT64:
        bson_append_int64(doc, field->name, -1, *at.int64);
        return;
    case FIELD_DOUBLE:
        bson_append_double(doc, field->name, -1, *at.real);
        return;
    case FIELD_TEXT:
        if (*at.text)
            bson_append_utf8(doc, field->name, -1, *at.text, -1);
        return;
    case FIELD_TIME:
        bson_append_date_time(doc, field->name, -1, *at.int64);
        return;
    case FIELD_RECORD:
        if (*at.record)
            append_record(*at.record, field, doc);
        return;
    case FIELD_LIST:
        if (at.list->items)
            append_records(at.list, field, doc);
        return;
    case FIELD_TEXTS:
        if (at.list->items)
            append_texts(at.list, field, doc);
        return;
    }
}

void record_to_bson(const struct record *record, const void *data, bson_t *doc)
{
    for (size_t i = 0; i < record->count; i++)
        append_field(&record->fields[i], data, doc);
}

struct reader {
    struct arena *arena;
    int depth;
};

static bool read_document(struct reader *reader, const struct record *record, bson_iter_t *iter,
                          void *data);

/* The number as an integer, if it is one that int64 holds. */
static bool whole_number(const bson_iter_t *iter, int64_t *out)
{
    double number;

    if (BSON_ITER_HOLDS_INT32(iter) || BSON_ITER_HOLDS_INT64(iter)) {
        *out = bson_iter_as_int64(iter);
        return true;
    }
    if (!BSON_ITER_HOLDS_DOUBLE(iter))
        return false;
    number = bson_iter_double(iter);
    if (!(number >= -TWO_TO_63 && number < TWO_TO_63) || trunc(number) != number)
        return false;
    *out = (int64_t)number;
    return true;
}

static void read_double(const bson_iter_t *iter, double *out)
{
    int64_t whole;

    if (BSON_ITER_HOLDS_DOUBLE(iter)) {
        *out = bson_iter_double(iter);
        return;
    }
    if (!whole_number(iter, &whole))
        return;
    if ((double)whole < TWO_TO_63 && (int64_t)(double)whole == whole)
        *out = (double)whole;
}

static const char *copy_text(struct reader *reader, const bson_iter_t *iter)
{
    uint32_t len;
    const char *text = bson_iter_utf8(iter, &len);

    return arena_copy(reader->arena, text, len);
}

/* How many items of this type the array has; false for bytes that are not BSON. */
static bool count_items(const bson_iter_t *array, bson_type_t type, size_t *count)
{
    bson_iter_t item;

    *count = 0;
    if (!bson_iter_recurse(array, &item))
        return false;
    while (bson_iter_next(&item))
        if (bson_iter_type_unsafe(&item) == type)
            ++*count;
    return item.err_off == 0;
}

static bool read_texts(struct reader *reader, const bson_iter_t *array, struct list *out)
{
    const char **texts;
    bson_iter_t item;
    size_t count;

    if (!count_items(array, BSON_TYPE_UTF8, &count))
        return false;
    texts = arena_alloc(reader->arena, count * sizeof(*texts));
    *out = (struct list){texts, count};
    bson_iter_recurse(array, &item);
    while (bson_iter_next(&item))
        if (BSON_ITER_HOLDS_UTF8(&item))
            *texts++ = copy_text(reader, &item);
    return true;
}

static bool read_records(struct reader *reader, const struct record *of, const bson_iter_t *array,
                         struct list *out)
{
    bson_iter_t item;
    bson_iter_t child;
    size_t count;
    char *data;

    if (!count_items(array, BSON_TYPE_DOCUMENT, &count))
        return false;
    data = arena_zalloc(reader->arena, count * of->size);
    *out = (struct list){data, count};
    bson_iter_recurse(array, &item);
    while (bson_iter_next(&item)) {
        if (!BSON_ITER_HOLDS_DOCUMENT(&item))
            continue;
        if (!bson_iter_recurse(&item, &child) || !read_document(reader, of, &child, data))
            return false;
        data += of->size;
    }
    return true;
}

static bool read_record(struct reader *reader, const struct record *of, const bson_iter_t *iter,
                        const void **out)
{
    bson_iter_t child;
    void *data;

    if (!bson_iter_recurse(iter, &child))
        return false;
    data = arena_zalloc(reader->arena, of->size);
    if (!read_document(reader, of, &child, data))
        return false;
    *out = data;
    return true;
}

/* Members that hold others; false for bytes that are not BSON. */
static bool read_nested(struct reader *reader, const struct field *field, const bson_iter_t *iter,
                        void *at)
{
    bool ok = true;

    if (reader->depth == MAX_DEPTH)
        return true;
    reader->depth++;
    if (field->type == FIELD_RECORD && BSON_ITER_HOLDS_DOCUMENT(iter))
        ok = read_record(reader, field->of, iter, at);
    else if (field->type == FIELD_LIST && BSON_ITER_HOLDS_ARRAY(iter))
        ok = read_records(reader, field->of, iter, at);
    else if (field->type == FIELD_TEXTS && BSON_ITER_HOLDS_ARRAY(iter))
        ok = read_texts(reader, iter, at);
    reader->depth--;
    return ok;
}

static bool read_field(struct reader *reader, const struct field *field, const bson_iter_t *iter,
                       void *at)
{
    int64_t whole;

    switch (field->type) {
    case FIELD_BOOL:
        if (BSON_ITER_HOLDS_BOOL(iter))
            *(bool *)at = bson_iter_bool(iter);
        return true;
    case FIELD_INT:
        if (whole_number(iter, &whole) && whole == (int)whole)
            *(int *)at = (int)whole;
        return true;
    case FIELD_INT64:
        if (whole_number(iter, &whole))
            *(int64_t *)at = whole;
        return true;
    case FIELD_DOUBLE:
        read_double(iter, at);
        return true;
    case FIELD_TEXT:
        if (BSON_ITER_HOLDS_UTF8(iter))
            *(const char **)at = copy_text(reader, iter);
        return true;
    case FIELD_TIME:
        if (BSON_ITER_HOLDS_DATE_TIME(iter))
            *(int64_t *)at = bson_iter_date_time(iter);
        return true;
    default:
        return read_nested(reader, field, iter, at);
    }
}

/* Documents mostly have the order of the table they were written from, so look there first. */
static const struct field *find_from(const struct record *record, size_t hint, const char *key)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct field *field =
            &record->fields[hint + i < record->count ? hint + i : hint + i - record->count];

        if (field->name[0] == key[0] && strcmp(field->name, key) == 0)
            return field;
    }
    return NULL;
}

static bool read_document(struct reader *reader, const struct record *record, bson_iter_t *iter,
                          void *data)
{
    size_t hint = 0;

    while (bson_iter_next(iter)) {
        const struct field *field = find_from(record, hint, bson_iter_key(iter));

        if (!field)
            continue;
        hint = (size_t)(field - record->fields) + 1;
        if (hint == record->count)
            hint = 0;
        if (!read_field(reader, field, iter, (char *)data + field->offset))
            return false;
    }
    return iter->err_off == 0;
}

bool record_from_bson(const struct record *record, struct bson_bytes bytes, struct arena *arena,
                      void *data, struct error *err)
{
    struct reader reader = {arena, 0};
    bson_iter_t iter;

    if (!bson_iter_init_from_data(&iter, bytes.data, bytes.len) ||
        !read_document(&reader, record, &iter, data))
        return fail(err, ERROR_INTERNAL, "a stored document of %zu bytes is not BSON", bytes.len);
    return true;
}
