/* SPDX-License-Identifier: MIT */
/* Which indexes a declaration asks for.
 *
 * Their names tell what they are for, and that they are ours: one by such a name that is not what
 * is wanted now is made anew, and all others are left alone. */
#include "index.h"

#include "../value.h"

#include <string.h>

bool index_is_unique(const struct store_field *field)
{
    return field->flags & STORE_UNIQUE && strcmp(field->path, "_id") != 0;
}

/* -- what is wanted ---------------------------------------------------------------------------- */

/* All types but null, undefined and lists. (MongoDB looks at the elements of a list too.) */
static const char *const types[] = {
    "double", "string", "object",    "binData", "objectId",   "bool",
    "date",   "regex",  "int",       "long",    "decimal",    "timestamp",
    "symbol", "minKey", "dbPointer", "maxKey",  "javascript", "javascriptWithScope"};

void keys_apart(const struct table *table, const char *path, bson_t *out)
{
    bson_t condition, list;
    uint32_t count = 0;

    bson_append_document_begin(out, path, -1, &condition);
    bson_append_array_begin(&condition, "$type", -1, &list);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        bson_value_t type = value_text(types[i]);

        query_list_value(&list, &count, &type);
    }
    bson_append_array_end(&condition, &list);
    bson_append_document_end(out, &condition);
    if (table->deleted && !table->collection->bare)
        BSON_APPEND_BOOL(out, "_live", true);
}

static bool has_name(const bson_t *list, const char *name)
{
    bson_iter_t iter, member;

    if (bson_iter_init(&iter, list))
        while (bson_iter_next(&iter))
            if (bson_iter_recurse(&iter, &member) && bson_iter_find(&member, "name") &&
                strcmp(bson_iter_utf8(&member, NULL), name) == 0)
                return true;
    return false;
}

/* More about an index than its name and keys. */
struct spec {
    const char *kind; /* in its name */
    const char *const *paths;
    size_t count;
    bool with_id; /* the _id is its last key */
    bool expires;
    bool unique;
};

static void add(const struct table *table, const struct spec *spec, bson_t *out)
{
    struct buf name = {0};
    char room[16];
    const char *number;
    bson_t index, part;

    buf_printf(&name, "decant_%s", spec->kind);
    for (size_t i = 0; i < spec->count; i++)
        buf_printf(&name, "%c%s", i ? ',' : '_', spec->paths[i]);
    if (!has_name(out, buf_text(&name))) {
        bson_uint32_to_string(bson_count_keys(out), &number, room, sizeof(room));
        bson_append_document_begin(out, number, -1, &index);
        bson_append_document_begin(&index, "key", -1, &part);
        for (size_t i = 0; i < spec->count; i++)
            bson_append_int32(&part, spec->paths[i], -1, 1);
        if (spec->with_id)
            BSON_APPEND_INT32(&part, "_id", 1);
        bson_append_document_end(&index, &part);
        BSON_APPEND_UTF8(&index, "name", buf_text(&name));
        if (spec->expires)
            BSON_APPEND_INT32(&index, "expireAfterSeconds", 0);
        if (spec->unique) {
            BSON_APPEND_BOOL(&index, "unique", true);
            bson_append_document_begin(&index, "partialFilterExpression", -1, &part);
            keys_apart(table, spec->paths[0], &part);
            bson_append_document_end(&index, &part);
        }
        bson_append_document_end(out, &index);
    }
    buf_release(&name);
}

/* MongoDB does not see that a document with a value asked for is in the index of those with any, so
 * a unique field is looked up by an index besides. */
static void add_field(const struct table *table, const struct store_field *field, bson_t *out)
{
    const char *const paths[] = {field->path};

    if (strcmp(field->path, "_id") == 0)
        return;
    if (index_is_unique(field))
        add(table, &(struct spec){.kind = "unique", .paths = paths, .count = 1, .unique = true},
            out);
    if (field->flags & STORE_EXPIRES)
        add(table, &(struct spec){.kind = "expires", .paths = paths, .count = 1, .expires = true},
            out);
    if (field->flags & STORE_INDEXED || index_is_unique(field))
        add(table, &(struct spec){.kind = "index", .paths = paths, .count = 1, .with_id = true},
            out);
}

static void add_compound(const struct table *table, const struct store_index *index, bson_t *out)
{
    size_t count = 0;

    /* Behind an _id nothing is left to be told apart. */
    while (count < sizeof(index->paths) / sizeof(index->paths[0]) && index->paths[count] &&
           strcmp(index->paths[count], "_id") != 0)
        count++;
    if (count)
        add(table,
            &(struct spec){.kind = "index", .paths = index->paths, .count = count, .with_id = true},
            out);
}

void keys_wanted(const struct table *table, bson_t *out)
{
    static const char *const words[] = {"_words"};
    const struct collection *collection = table->collection;

    for (size_t i = 0; i < collection->field_count; i++)
        add_field(table, &collection->fields[i], out);
    for (size_t i = 0; i < collection->index_count; i++)
        add_compound(table, &collection->indexes[i], out);
    if (table->searched_count && !collection->bare)
        add(table, &(struct spec){.kind = "words", .paths = words, .count = 1}, out);
}

/* -- comparing --------------------------------------------------------------------------------- */

static bool find(const bson_t *index, const char *name, bson_iter_t *member)
{
    return bson_iter_init_find(member, index, name);
}

static bool key_of(const bson_t *index, bson_t *out)
{
    bson_iter_t iter;
    const uint8_t *data;
    uint32_t len;

    if (!find(index, "key", &iter) || !BSON_ITER_HOLDS_DOCUMENT(&iter))
        return false;
    bson_iter_document(&iter, &len, &data);
    return bson_init_static(out, data, len);
}

/* Servers answer with 1 as they like: as 1.0 too. The direction of a single key is of no account.
 */
static bool same_direction(const bson_iter_t *a, const bson_iter_t *b, bool single)
{
    if (!BSON_ITER_HOLDS_NUMBER(a) || !BSON_ITER_HOLDS_NUMBER(b))
        return false;
    return single || (bson_iter_as_double(a) > 0) == (bson_iter_as_double(b) > 0);
}

bool keys_alike(const bson_t *a, const bson_t *b)
{
    bson_t keys[2];
    bson_iter_t first, second;
    uint32_t count;

    if (!key_of(a, &keys[0]) || !key_of(b, &keys[1]))
        return false;
    count = bson_count_keys(&keys[0]);
    if (count != bson_count_keys(&keys[1]) || !bson_iter_init(&first, &keys[0]) ||
        !bson_iter_init(&second, &keys[1]))
        return false;
    while (bson_iter_next(&first) && bson_iter_next(&second))
        if (strcmp(bson_iter_key(&first), bson_iter_key(&second)) != 0 ||
            !same_direction(&first, &second, count == 1))
            return false;
    return true;
}

static int64_t number_of(const bson_t *index, const char *name, int64_t missing)
{
    bson_iter_t iter;

    return find(index, name, &iter) ? bson_iter_as_int64(&iter) : missing;
}

bool same_member(const bson_t *a, const bson_t *b, const char *name)
{
    bson_iter_t first, second;
    bool there = bson_iter_init_find(&first, a, name);

    if (there != bson_iter_init_find(&second, b, name))
        return false;
    return !there || value_compare(bson_iter_value(&first), bson_iter_value(&second)) == 0;
}

bool keys_equal(const bson_t *a, const bson_t *b)
{
    return keys_alike(a, b) && number_of(a, "unique", 0) == number_of(b, "unique", 0) &&
           number_of(a, "sparse", 0) == number_of(b, "sparse", 0) &&
           number_of(a, "expireAfterSeconds", -1) == number_of(b, "expireAfterSeconds", -1) &&
           same_member(a, b, "partialFilterExpression") && same_member(a, b, "collation");
}

void keys_turn(const bson_t *spec, bson_t *out)
{
    bson_t key, turned;
    bson_iter_t iter;

    if (!key_of(spec, &key) || !bson_iter_init(&iter, &key))
        return;
    bson_append_document_begin(out, "key", -1, &turned);
    while (bson_iter_next(&iter))
        bson_append_int32(&turned, bson_iter_key(&iter), -1, -1);
    bson_append_document_end(out, &turned);
    bson_copy_to_excluding_noinit(spec, out, "key", NULL);
}
