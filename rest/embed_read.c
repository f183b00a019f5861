/* SPDX-License-Identifier: MIT */
/* Reading what references lead to. */
#include "embed_private.h"

#include "../lib/document.h"
#include "../lib/value.h"
#include "auth.h"
#include "versions.h"

#include <stdlib.h>
#include <string.h>

/* What is read for one level: in rows alone, NULL for all. */
struct reading {
    const struct embed_request *request;
    const struct relation *relation;
    const struct filter *rows;
};

/* References still to be found, by the value they lead by; those of several versions of one
 * document share it. */
struct wanted {
    bson_value_t value;
    struct target *target;
    bool found;
};

static int compare_wanted(const void *a, const void *b)
{
    return value_compare(&((const struct wanted *)a)->value, &((const struct wanted *)b)->value);
}

/* What no reference can be is not looked for. */
static bool reference_value(const struct relation *relation, const bson_value_t *reference,
                            bson_value_t *out)
{
    *out = *reference;
    if (relation->version && (reference->value_type != BSON_TYPE_DOCUMENT ||
                              !document_get(reference->value.v_doc.data,
                                            reference->value.v_doc.data_len, relation->field, out)))
        return false;
    switch (value_class(out->value_type)) {
    case CLASS_NUMBER:
    case CLASS_TEXT:
    case CLASS_OBJECT_ID:
    case CLASS_BOOL:
    case CLASS_DATE:
        return true;
    default:
        return false;
    }
}

/* In the order of their values; returns how many. */
static size_t list_wanted(const struct level *level, struct wanted *wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < level->count; i++) {
        struct target *target = &level->targets[i];

        if (reference_value(level->relation, &target->reference, &wanted[count].value)) {
            wanted[count].target = target;
            wanted[count++].found = false;
        }
    }
    qsort(wanted, count, sizeof(*wanted), compare_wanted);
    return count;
}

/* -- which rows may be shown --------------------------------------------------------------------
 */

/* False: none. */
static bool allowed_rows(const struct embed_request *request, const struct resource *resource,
                         const struct filter **out)
{
    *out = resource->default_filter;
    if (!auth_owns_rows(resource))
        return true;
    if (!request->user)
        return false;
    *out =
        filter_compare(request->arena, FILTER_EQ, resource->auth_field, value_text(request->user));
    if (resource->default_filter)
        *out = filter_join(request->arena, FILTER_AND, *out, resource->default_filter);
    return true;
}

/* -- reading ------------------------------------------------------------------------------------
 */

/* The distinct values of a part of wanted that are not found yet. */
static struct filter_values values_of(struct arena *arena, const struct wanted *wanted,
                                      size_t count)
{
    bson_value_t *values = arena_alloc(arena, count * sizeof(*values));
    struct filter_values out = {values, 0};

    for (size_t i = 0; i < count; i++)
        if (!wanted[i].found &&
            (!out.count || value_compare(&values[out.count - 1], &wanted[i].value) != 0))
            values[out.count++] = wanted[i].value;
    return out;
}

/* The first document with a value is the one that is meant. */
static void take(const struct relation *relation, const struct document *document,
                 struct wanted *wanted, size_t count)
{
    struct wanted key = {0};
    struct wanted *at;

    if (!document_get(document->bson, document->len, relation->field, &key.value))
        return;
    at = bsearch(&key, wanted, count, sizeof(*wanted), compare_wanted);
    while (at && at > wanted && compare_wanted(&at[-1], &key) == 0)
        at--;
    for (; at && at < wanted + count && compare_wanted(at, &key) == 0 && !at->found; at++) {
        at->found = true;
        at->target->document = document;
    }
}

/* One read, unless the field is not unique and some documents crowd others out: then those are
 * asked for again. */
static bool read_chunk(const struct reading *reading, struct wanted *wanted, size_t count,
                       struct error *err)
{
    struct arena *arena = reading->request->arena;
    const struct relation *relation = reading->relation;
    struct filter_values values = values_of(arena, wanted, count);

    while (values.count) {
        const struct filter *among = filter_among(arena, FILTER_IN, relation->field, values);
        struct query query = {.limit = (int64_t)values.count};
        struct documents documents = {.arena = arena};
        size_t asked = values.count;

        query.where = reading->rows ? filter_join(arena, FILTER_AND, among, reading->rows) : among;
        if (!store_find(reading->request->store, relation->resource->collection, &query, &documents,
                        err))
            return false;
        for (size_t i = 0; i < documents.count; i++)
            take(relation, &documents.items[i], wanted, count);
        if (documents.count < asked)
            return true;
        values = values_of(arena, wanted, count);
        if (values.count == asked)
            return true;
    }
    return true;
}

/* Of the latest version, which was found, the one that is referred to. */
static bool take_version(const struct embed_request *request, const struct relation *relation,
                         struct target *target, struct error *err)
{
    const struct resource *resource = relation->resource;
    const bson_value_t *reference = &target->reference;
    struct document *found = arena_zalloc(request->arena, sizeof(*found));
    int64_t latest = version_of(resource, target->document);
    bson_value_t id, number;

    if (!document_get(reference->value.v_doc.data, reference->value.v_doc.data_len,
                      resource->settings->names.version, &number) ||
        (number.value_type != BSON_TYPE_INT32 && number.value_type != BSON_TYPE_INT64)) {
        target->document = NULL;
        return true;
    }
    target->latest_version = latest;
    if (value_compare(&number,
                      &(bson_value_t){.value_type = BSON_TYPE_INT64, .value.v_int64 = latest}) == 0)
        return true;
    found->arena = request->arena;
    if (!document_get(target->document->bson, target->document->len, "_id", &id))
        return fail(err, ERROR_INTERNAL, "a stored document has no _id");
    if (versions_get(request->store, &(struct history){resource, &id},
                     number.value_type == BSON_TYPE_INT32 ? number.value.v_int32
                                                          : number.value.v_int64,
                     found, err))
        target->document = found;
    else if (err->kind == ERROR_NOT_FOUND)
        target->document = NULL;
    else
        return false;
    return true;
}

static bool take_versions(const struct embed_request *request, struct level *level,
                          struct error *err)
{
    for (size_t i = 0; i < level->count; i++)
        if (level->targets[i].document &&
            !take_version(request, level->relation, &level->targets[i], err))
            return false;
    return true;
}

bool embed_resolve(const struct embed_request *request, struct level *level, struct error *err)
{
    struct wanted *wanted = arena_alloc(request->arena, (level->count + 1) * sizeof(*wanted));
    size_t count = list_wanted(level, wanted);
    struct reading reading = {request, level->relation, NULL};

    if (!allowed_rows(request, level->relation->resource, &reading.rows))
        return true;
    for (size_t from = 0; from < count; from += FILTER_MAX_VALUES) {
        size_t chunk = count - from < FILTER_MAX_VALUES ? count - from : FILTER_MAX_VALUES;

        if (!read_chunk(&reading, wanted + from, chunk, err))
            return false;
    }
    return !level->relation->version || !level->relation->resource->versioning ||
           take_versions(request, level, err);
}
