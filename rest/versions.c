/* SPDX-License-Identifier: MIT */
/* A copy holds what the document's row holds beside its fields (`_etag`, `_created`, `_updated`) as
 * fields of its own, as the copy's row has others. */
#include "versions.h"

#include "../lib/document.h"
#include "../lib/value.h"

#include <stdio.h>
#include <string.h>

int64_t version_of(const struct resource *resource, const struct document *document)
{
    bson_value_t value;

    if (!document_get(document->bson, document->len, resource->settings->names.version, &value) ||
        !value_is_number(&value) || !value_number(&value).integral ||
        value_number(&value).integer == INT64_MAX) /* others put it there: none follows */
        return 1;
    return value_number(&value).integer;
}

/* -- keeping ----------------------------------------------------------------------------------- */

/* What a copy has instead of the document's own. */
static bool is_replaced(const struct names *names, const char *key)
{
    return strcmp(key, "_id") == 0 || strcmp(key, VERSIONS_ID) == 0 ||
           strcmp(key, names->version) == 0 || strcmp(key, names->etag) == 0 ||
           strcmp(key, names->created) == 0 || strcmp(key, names->updated) == 0;
}

static void append_number(bson_t *out, const char *key, int64_t number)
{
    bson_value_t value = value_int(number);

    bson_append_value(out, key, -1, &value);
}

bool versions_keep(struct store *store, const struct resource *resource,
                   const struct document *document, struct error *err)
{
    const struct names *names = &resource->settings->names;
    bson_t copy;
    bson_iter_t iter;
    bson_oid_t oid;
    bool ok;

    if (!bson_iter_init_from_data(&iter, document->bson, document->len))
        return fail(err, ERROR_INTERNAL, "a stored document is not valid BSON");
    bson_init(&copy);
    bson_oid_init(&oid, NULL);
    BSON_APPEND_OID(&copy, "_id", &oid);
    while (bson_iter_next(&iter)) {
        if (strcmp(bson_iter_key(&iter), "_id") == 0)
            bson_append_iter(&copy, VERSIONS_ID, -1, &iter);
        else if (!is_replaced(names, bson_iter_key(&iter)))
            bson_append_iter(&copy, NULL, -1, &iter);
    }
    append_number(&copy, names->version, version_of(resource, document));
    BSON_APPEND_UTF8(&copy, names->etag, document->etag);
    BSON_APPEND_DATE_TIME(&copy, names->created, document->created_ms);
    BSON_APPEND_DATE_TIME(&copy, names->updated, document->updated_ms);
    ok = store_insert(store, resource->versions, &copy, NULL, err);
    bson_destroy(&copy);
    return ok;
}

static struct filter filter_of(const struct history *history)
{
    return (struct filter){.op = FILTER_EQ, .path = VERSIONS_ID, .value = *history->id};
}

bool versions_drop(struct store *store, const struct history *history, struct error *err)
{
    struct filter filter = filter_of(history);
    int64_t deleted;

    return store_delete_where(store, history->resource->versions, &filter, &deleted, err);
}

/* -- reading ----------------------------------------------------------------------------------- */

/* What stands in fields of the copy goes back to where a document has it. */
static void take_meta(const struct names *names, struct document *copy)
{
    bson_value_t value;

    if (document_get(copy->bson, copy->len, names->etag, &value) &&
        value.value_type == BSON_TYPE_UTF8)
        snprintf(copy->etag, sizeof(copy->etag), "%s", value.value.v_utf8.str);
    if (document_get(copy->bson, copy->len, names->created, &value) &&
        value.value_type == BSON_TYPE_DATE_TIME)
        copy->created_ms = value.value.v_datetime;
    if (document_get(copy->bson, copy->len, names->updated, &value) &&
        value.value_type == BSON_TYPE_DATE_TIME)
        copy->updated_ms = value.value.v_datetime;
    if (document_get(copy->bson, copy->len, names->deleted, &value))
        copy->deleted = value.value_type == BSON_TYPE_BOOL && value.value.v_bool;
}

static bool restore(const struct resource *resource, struct arena *arena, struct document *copy,
                    struct error *err)
{
    const struct names *names = &resource->settings->names;
    bson_iter_t iter;
    bson_value_t id, version;
    bson_t document;

    if (!document_get(copy->bson, copy->len, VERSIONS_ID, &id) ||
        !document_get(copy->bson, copy->len, names->version, &version) ||
        !bson_iter_init_from_data(&iter, copy->bson, copy->len))
        return fail(err, ERROR_INTERNAL, "a kept version is none");
    take_meta(names, copy);
    bson_init(&document);
    BSON_APPEND_VALUE(&document, "_id", &id);
    while (bson_iter_next(&iter))
        if (!is_replaced(names, bson_iter_key(&iter)))
            bson_append_iter(&document, NULL, -1, &iter);
    BSON_APPEND_VALUE(&document, names->version, &version);
    copy->len = document.len;
    copy->bson = (const uint8_t *)arena_copy(arena, bson_get_data(&document), document.len);
    bson_destroy(&document);
    return true;
}

bool versions_find(struct store *store, const struct history *history, const struct query *query,
                   struct documents *out, struct error *err)
{
    const struct resource *resource = history->resource;
    const struct sort oldest = {resource->settings->names.version, false};
    struct filter filter = filter_of(history);
    struct query all = *query;

    all.where = query->where ? filter_join(out->arena, FILTER_AND, query->where, &filter) : &filter;
    all.sort = &oldest;
    all.sort_count = 1;
    all.deleted_too = true;
    out->as_text = false;
    if (!store_find(store, resource->versions, &all, out, err))
        return false;
    for (size_t i = 0; i < out->count; i++)
        if (!restore(resource, out->arena, &out->items[i], err))
            return false;
    return true;
}

bool versions_get(struct store *store, const struct history *history, int64_t number,
                  struct document *found, struct error *err)
{
    struct filter filter = {.op = FILTER_EQ,
                            .path = history->resource->settings->names.version,
                            .value = value_int(number)};
    struct query query = {.where = &filter, .limit = 1};
    struct documents documents = {.arena = found->arena};

    if (!versions_find(store, history, &query, &documents, err))
        return false;
    if (!documents.count)
        return fail(err, ERROR_NOT_FOUND, "no such version");
    *found = documents.items[0];
    return true;
}
