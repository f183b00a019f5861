/* SPDX-License-Identifier: MIT */
/* Changing all documents of a collection, or those that a filter means. One work, so that it
 * happens as a whole, in chunks, so that its memory is bounded. */
#include "handlers.h"
#include "oplog.h"
#include "read.h"
#include "versions.h"
#include "write.h"
#include "written.h"

enum { CHUNK = 500 };

/* -- which ------------------------------------------------------------------------------------- */

struct meant {
    const struct filter *filter; /* NULL: all */
    const char *text;            /* of a text search, or NULL */
};

static bool read_where(struct call *call, const char *text, struct where *out, struct error *err)
{
    const struct resource *resource = resource_of(call);

    if (!resource->bulk_by_filter)
        return fail(err, ERROR_INVALID,
                    "'%s' is not understood here: without it, everything would be deleted",
                    resource->settings->names.where);
    if (!resource->where_enabled)
        return fail(err, ERROR_INVALID, "filters are switched off here");
    return where_parse(call_arena(call), resource, text, out, err);
}

/* The documents within reach that the filter means. */
static bool read_meant(struct call *call, struct meant *out, struct error *err)
{
    const struct resource *resource = resource_of(call);
    const char *text = call_query(call, resource->settings->names.where);
    struct where where = {0};

    if (text && !read_where(call, text, &where, err))
        return false;
    if (resource->bulk_by_filter && !where.filter && !where.text && !call_query(call, "all"))
        return fail(err, ERROR_INVALID, "say which documents are meant by '%s', or '?all' for all",
                    resource->settings->names.where);
    out->text = where.text;
    return reach(call, where.filter, &out->filter, err);
}

/* The next chunk in the order of ids, behind an id (NULL: the first). */
static bool find_chunk(struct call *call, const struct meant *meant, const bson_value_t *behind,
                       struct documents *out, struct error *err)
{
    static const struct sort by_id = {"_id", false};
    struct filter later = {.op = FILTER_GT, .path = "_id"};
    struct query query = {.where = meant->filter,
                          .text = meant->text,
                          .sort = &by_id,
                          .sort_count = 1,
                          .limit = CHUNK};

    if (behind) {
        later.value = *behind;
        query.where =
            meant->filter ? filter_join(out->arena, FILTER_AND, meant->filter, &later) : &later;
    }
    return store_find(call_store(call), resource_of(call)->collection, &query, out, err);
}

/* What is done to each document that is meant; its memory lasts for the chunk. */
struct sweep {
    struct call *call;
    struct meant meant;
    bool (*act)(struct sweep *sweep, struct arena *arena, const struct document *document,
                struct error *err);
    int64_t count;
    struct patch patch;
    struct buf *refusal; /* of a PATCH: the reply that tells the issues */
};

/* behind: in and out, its bytes in kept. */
static bool sweep_chunk(struct sweep *sweep, struct arena *arena, bson_value_t *behind, bool *more,
                        struct error *err)
{
    struct documents found = {.arena = arena};

    if (!find_chunk(sweep->call, &sweep->meant, behind->value_type == BSON_TYPE_EOD ? NULL : behind,
                    &found, err))
        return false;
    for (size_t i = 0; i < found.count; i++, sweep->count++)
        if (!sweep->act(sweep, arena, &found.items[i], err))
            return false;
    *more = found.count == CHUNK;
    if (*more) {
        bson_value_t last = write_id(&found.items[CHUNK - 1]);

        bson_value_destroy(behind);
        bson_value_copy(&last, behind);
    }
    return true;
}

static bool sweep_all(void *context, struct store *store, struct error *err)
{
    struct sweep *sweep = context;
    bson_value_t behind = {.value_type = BSON_TYPE_EOD};
    bool more = true, ok = true;

    (void)store;
    while (ok && more) {
        struct arena arena = {0};

        ok = sweep_chunk(sweep, &arena, &behind, &more, err);
        arena_release(&arena);
    }
    bson_value_destroy(&behind);
    return ok;
}

/* -- DELETE ------------------------------------------------------------------------------------ */

static bool delete_one(struct sweep *sweep, struct arena *arena, const struct document *document,
                       struct error *err)
{
    struct document after = {.arena = arena};

    return resource_of(sweep->call)->soft_delete ? write_mark(sweep->call, document, &after, err)
                                                 : write_removal(sweep->call, document, err);
}

static enum outcome delete_meant(struct call *call)
{
    const struct resource *resource = resource_of(call);
    struct sweep sweep = {.call = call, .act = delete_one};
    struct error err;
    bool ok = read_meant(call, &sweep.meant, &err);

    /* Where nothing goes along with a deletion, the store does it by itself. */
    if (ok && !resource->soft_delete && !resource->versioning && !sweep.meant.text &&
        !oplog_wants(resource, METHOD_DELETE))
        ok = store_delete_where(call_store(call), resource->collection, sweep.meant.filter,
                                &sweep.count, &err);
    else if (ok)
        ok = store_transact(call_store(call), sweep_all, &sweep, &err);
    return ok ? call_empty(call) : call_fail(call, &err);
}

/* DELETE /RESOURCE - 204; everything goes, or what `where` means. */
enum outcome collection_delete(struct call *call)
{
    return write_begin(call, 0, delete_meant);
}

/* -- PATCH ------------------------------------------------------------------------------------- */

static bool patch_one(struct sweep *sweep, struct arena *arena, const struct document *document,
                      struct error *err)
{
    struct document after = {.arena = arena};
    struct revision revision = {.after = &after};
    struct issues issues;

    if (sweep->count == WRITE_MAX_DOCUMENTS)
        return fail(err, ERROR_TOO_LARGE,
                    "more than %d documents are meant: narrow the filter and repeat",
                    WRITE_MAX_DOCUMENTS);
    sweep->patch.arena = arena;
    issues_init(&issues, arena);
    if (write_patch_apply(&sweep->patch, document, &revision, &issues, err))
        return write_revision(sweep->call, &revision, err);
    if (err->kind == ERROR_NONE)
        written_issues(resource_of(sweep->call), &issues, sweep->refusal);
    return false;
}

static enum outcome patch_meant(struct call *call)
{
    const struct resource *resource = resource_of(call);
    struct buf *body = read_buffer(call, WRITTEN_AHEAD);
    struct sweep sweep = {.call = call, .act = patch_one, .refusal = body};
    struct error err;

    if (!read_meant(call, &sweep.meant, &err) ||
        !write_patch_read(call, write_of(call)->body.documents, &sweep.patch, &err))
        return call_fail(call, &err);
    if (!store_transact(call_store(call), sweep_all, &sweep, &err))
        return err.kind == ERROR_NONE
                   ? written_reply(call, resource->settings->validation_status, body)
                   : call_fail(call, &err);
    written_counts(resource, sweep.count, sweep.count, body);
    return written_reply(call, 200, body);
}

/* PATCH /RESOURCE?where=… - 200 with how many documents were changed, all of them or none. */
enum outcome collection_patch(struct call *call)
{
    return write_begin(call, WRITE_BODY | WRITE_ONE, patch_meant);
}
