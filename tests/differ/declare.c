/* SPDX-License-Identifier: MIT */
/* Collections as a program's first line declares them. */
#include "differ.h"

#include <stdlib.h>
#include <string.h>

static const char *const types[] = {
    [TYPE_ANY] = "any",   [TYPE_BOOL] = "bool", [TYPE_INT] = "int",      [TYPE_NUMBER] = "number",
    [TYPE_TEXT] = "text", [TYPE_DATE] = "date", [TYPE_OBJECT_ID] = "id", [TYPE_LIST] = "list",
};

static enum value_type type_of(const char *name)
{
    size_t type = 0;

    while (type < TYPE_LIST && (!name || strcmp(types[type], name) != 0))
        type++;
    return (enum value_type)type;
}

static const char *kept_text(struct differ *differ, const bson_t *line, const char *name)
{
    const char *text = member_text(line, name);

    return arena_text(&differ->lasting, text ? text : "");
}

static size_t member_count(const bson_t *line, const char *name)
{
    bson_t list;

    return member_bson(line, name, &list) ? bson_count_keys(&list) : 0;
}

/* The list's element as a list of its own. */
static bool part(const bson_t *line, const char *name, size_t at, bson_t *out)
{
    char key[24];
    bson_t list;

    snprintf(key, sizeof(key), "%zu", at);
    return member_bson(line, name, &list) && member_bson(&list, key, out);
}

static void read_fields(struct differ *differ, const bson_t *line, struct collection *out)
{
    struct store_field *fields;
    bson_t field;

    out->field_count = member_count(line, "fields");
    fields = arena_zalloc(&differ->lasting, (out->field_count + 1) * sizeof(*fields));
    for (size_t i = 0; i < out->field_count; i++) {
        if (!part(line, "fields", i, &field))
            continue;
        fields[i].path = kept_text(differ, &field, "0");
        fields[i].type = type_of(member_text(&field, "1"));
        fields[i].flags = (unsigned)member_number(&field, "2");
    }
    out->fields = fields;
}

static void read_indexes(struct differ *differ, const bson_t *line, struct collection *out)
{
    struct store_index *indexes;
    bson_t paths;

    out->index_count = member_count(line, "indexes");
    indexes = arena_zalloc(&differ->lasting, (out->index_count + 1) * sizeof(*indexes));
    for (size_t i = 0; i < out->index_count; i++) {
        if (!part(line, "indexes", i, &paths))
            continue;
        for (size_t at = 0; at < 4 && at < bson_count_keys(&paths); at++)
            indexes[i].paths[at] =
                kept_text(differ, &paths, (const char *[]){"0", "1", "2", "3"}[at]);
    }
    out->indexes = indexes;
}

/* The same text that answers show of the document itself. */
static void write_kept(const void *context, const struct document *document, struct buf *out)
{
    (void)context;
    write_document(out, document);
}

static const struct store_text kept = {.shape = 11, .write = write_kept};

bool declare(struct differ *differ, const bson_t *line, struct error *err)
{
    const struct collection *all[MAX_COLLECTIONS];
    bson_t one;

    clock_stand(member_number(line, "ms"));
    for (size_t i = 0; i < MAX_COLLECTIONS && part(line, "collections", i, &one); i++) {
        struct collection *collection = &differ->collections[i];

        collection->name = kept_text(differ, &one, "name");
        collection->id_type = type_of(member_text(&one, "id_type"));
        collection->followed = member_flag(&one, "followed");
        collection->text = member_flag(&one, "text") ? &kept : NULL;
        read_fields(differ, &one, collection);
        read_indexes(differ, &one, collection);
        all[i] = collection;
        differ->collection_count++;
    }
    if (!store_prepare(differ->store, all, differ->collection_count, err))
        return false;
    for (size_t i = 0; i < differ->collection_count; i++)
        differ->versions[i] = store_version(differ->store, all[i]);
    return true;
}
