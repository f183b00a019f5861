/* SPDX-License-Identifier: MIT */
/* Addresses of items, and conditions on them. */
#include "lookup.h"

#include "gate.h"
#include "segment.h"
#include "tags.h"

#include <string.h>

static bool nothing_here(struct error *err)
{
    return fail(err, ERROR_NOT_FOUND, "The requested URL was not found on the server.");
}

/* The field of a key, NULL for the document's _id. */
static const char *key_field(const char *field)
{
    return strcmp(field, "_id") == 0 ? NULL : field;
}

static bool read_key(const struct resource *resource, const char *field, const char *segment,
                     struct key *out)
{
    struct meanings meanings;

    if (!segment_means(resource, field, segment, &meanings))
        return false;
    *out = (struct key){key_field(field), meanings.values[0]};
    return true;
}

static bool check_method(struct call *call, struct error *err)
{
    if (resource_of(call)->lookup_writes || strcmp(call_method(call), "GET") == 0)
        return true;
    call_add_header(call, "Allow", "GET, HEAD, OPTIONS");
    return fail(err, ERROR_METHOD, "The method is not allowed for the requested URL.");
}

bool address_read(struct call *call, struct address *out, struct error *err)
{
    const struct resource *resource = resource_of(call);
    const char *segment = call_param(call, ITEM_SEGMENT);
    size_t len = strlen(segment);

    if (!resource->item_lookup)
        return nothing_here(err);
    out->by_lookup = false;
    if (pattern_matches(resource->item_url, segment, len) &&
        read_key(resource, resource->id_field, segment, &out->key))
        return true;
    out->by_lookup = true;
    if (!resource->lookup_field || !pattern_matches(resource->lookup_url, segment, len) ||
        !read_key(resource, resource->lookup_field, segment, &out->key))
        return nothing_here(err);
    return check_method(call, err);
}

/* -- finding ---------------------------------------------------------------------------------- */

static bool is_key(const struct collection *collection, const char *field)
{
    if (!field)
        return true;
    for (size_t i = 0; i < collection->field_count; i++)
        if (strcmp(collection->fields[i].path, field) == 0)
            return (collection->fields[i].flags & STORE_UNIQUE) != 0;
    return false;
}

/* By a key of the store: ERROR_NOT_FOUND too if only a document that counts as deleted has it. */
static bool get(struct call *call, const char *field, const struct meanings *meanings,
                struct document *out, struct error *err)
{
    const struct collection *collection = resource_of(call)->collection;

    for (size_t i = 0; i < meanings->count; i++) {
        if (store_get(call_store(call), collection, (struct key){field, meanings->values[i]}, out,
                      err))
            return true;
        if (err->kind != ERROR_NOT_FOUND)
            return false;
    }
    return nothing_here(err);
}

/* The first that a filter means. */
static bool find_first(struct call *call, const struct filter *where, bool deleted_too,
                       struct document *out, struct error *err)
{
    struct query query = {.where = where, .limit = 1, .deleted_too = deleted_too};
    struct documents documents = {.arena = out->arena, .as_text = out->as_text};

    if (!store_find(call_store(call), resource_of(call)->collection, &query, &documents, err))
        return false;
    if (!documents.count)
        return nothing_here(err);
    *out = documents.items[0];
    return true;
}

static bool find(struct call *call, const char *field, const struct meanings *meanings,
                 struct document *out, struct error *err)
{
    const struct filter *named = meanings_filter(call_arena(call), field ? field : "_id", meanings);
    const struct filter *where;

    if (!reach(call, named, &where, err))
        return false;
    if (find_first(call, where, false, out, err))
        return true;
    return err->kind == ERROR_NOT_FOUND && resource_of(call)->soft_delete &&
           find_first(call, where, true, out, err);
}

/* What the value of a key may stand for: a lookup's text its number too. */
static void read_meanings(const struct resource *resource, const struct address *address,
                          struct meanings *out)
{
    const struct key *key = &address->key;

    if (key->field && key->value.value_type == BSON_TYPE_UTF8 &&
        segment_means(resource, key->field, key->value.value.v_utf8.str, out))
        return;
    *out = (struct meanings){{key->value}, 1};
}

bool address_find(struct call *call, const struct address *address, struct document *out,
                  struct error *err)
{
    const struct resource *resource = resource_of(call);
    const char *field = address->key.field;
    struct meanings meanings;

    out->arena = call_arena(call);
    read_meanings(resource, address, &meanings);
    if (reach_is_all(call) && is_key(resource->collection, field)) {
        if (get(call, field, &meanings, out, err))
            return true;
        if (err->kind != ERROR_NOT_FOUND || !field || !resource->soft_delete)
            return false;
    }
    return find(call, field, &meanings, out, err);
}

/* -- conditions ------------------------------------------------------------------------------- */

bool if_match(struct call *call, const struct document *document, struct error *err)
{
    const struct resource *resource = resource_of(call);
    const char *header = call_header(call, "If-Match");

    if (!header || !*header) {
        if (!resource->if_match || !resource->enforce_if_match)
            return true;
        return fail(err, ERROR_UNCONDITIONAL,
                    "To edit a document its etag must be provided using the If-Match header");
    }
    if (tags_name(header, document->etag))
        return true;
    return fail(err, ERROR_STALE, "Client and server etags don't match");
}
