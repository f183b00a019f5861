/* SPDX-License-Identifier: MIT */
/* A change of a document and what goes along with it: its version, the log of operations. */
#include "oplog.h"
#include "versions.h"
#include "write.h"

static bool store_it(struct call *call, const struct revision *revision, struct error *err)
{
    const struct collection *collection = resource_of(call)->collection;
    struct replacement replacement = {.document = revision->document, .after = revision->after};

    if (!revision->before)
        return store_insert(call_store(call), collection, revision->document, revision->after, err);
    replacement.if_etag = revision->before->etag;
    return store_replace(call_store(call), collection,
                         (struct key){.value = write_id(revision->before)}, &replacement, err);
}

/* A document that was stored before versions were kept has none to go back to. */
static bool keep_first(struct call *call, const struct document *before, struct error *err)
{
    const struct resource *resource = resource_of(call);
    bson_value_t version;

    return !before ||
           document_get(before->bson, before->len, resource->settings->names.version, &version) ||
           versions_keep(call_store(call), resource, before, err);
}

bool write_revision(struct call *call, const struct revision *revision, struct error *err)
{
    const struct resource *resource = resource_of(call);
    struct operation operation = {.method = revision->method, .changes = revision->changes};
    bson_value_t id;

    if (!store_it(call, revision, err))
        return false;
    if (resource->versioning && !(keep_first(call, revision->before, err) &&
                                  versions_keep(call_store(call), resource, revision->after, err)))
        return false;
    id = write_id(revision->after);
    operation.id = &id;
    return oplog_keep(call, &operation, err);
}

struct revisions {
    struct call *call;
    const struct revision *items;
    size_t count;
};

static bool write_each(void *context, struct store *store, struct error *err)
{
    const struct revisions *revisions = context;

    (void)store;
    for (size_t i = 0; i < revisions->count; i++)
        if (!write_revision(revisions->call, &revisions->items[i], err))
            return false;
    return true;
}

bool write_revisions(struct call *call, const struct revision *items, size_t count,
                     struct error *err)
{
    struct revisions revisions = {call, items, count};
    const struct resource *resource = resource_of(call);

    /* One change alone is one already. */
    if (count == 1 && !resource->versioning && !oplog_wants(resource, items->method))
        return write_revision(call, items, err);
    return store_transact(call_store(call), write_each, &revisions, err);
}

bool write_mark(struct call *call, const struct document *document, struct document *after,
                struct error *err)
{
    static const bson_t nothing = BSON_INITIALIZER;
    const struct resource *resource = resource_of(call);
    bson_value_t id = write_id(document);
    struct frame frame = {.id = &id,
                          .version = version_of(resource, document) + 1,
                          .deleted = true,
                          .given = &nothing};
    bson_t fields, marked = BSON_INITIALIZER;
    struct revision revision = {METHOD_DELETE, document, &marked, &fields, after};
    bool ok;

    if (!bson_init_static(&fields, document->bson, document->len))
        return fail(err, ERROR_INTERNAL, "a stored document is not valid BSON");
    write_frame(resource, &frame, &fields, &marked);
    ok = write_revisions(call, &revision, 1, err);
    bson_destroy(&marked);
    return ok;
}

struct removal {
    struct call *call;
    const struct document *document;
};

static bool remove_it(void *context, struct store *store, struct error *err)
{
    const struct removal *removal = context;
    const struct resource *resource = resource_of(removal->call);
    bson_value_t id = write_id(removal->document);
    bson_t fields;
    struct operation operation = {METHOD_DELETE, &id, &fields};
    struct history history = {resource, &id};

    return (bson_init_static(&fields, removal->document->bson, removal->document->len) ||
            fail(err, ERROR_INTERNAL, "a stored document is not valid BSON")) &&
           store_delete(store, resource->collection, (struct key){.value = id},
                        removal->document->etag, err) &&
           (!resource->versioning || versions_drop(store, &history, err)) &&
           oplog_keep(removal->call, &operation, err);
}

bool write_removal(struct call *call, const struct document *document, struct error *err)
{
    struct removal removal = {call, document};
    const struct resource *resource = resource_of(call);

    if (!resource->versioning && !oplog_wants(resource, METHOD_DELETE))
        return remove_it(&removal, call_store(call), err);
    return store_transact(call_store(call), remove_it, &removal, err);
}
