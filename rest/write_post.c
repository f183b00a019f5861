/* SPDX-License-Identifier: MIT */
/* Inserting one document or several. */
#include "handlers.h"
#include "read.h"
#include "write.h"
#include "written.h"

/* Documents on their way in; each array has one for each. */
struct arrivals {
    struct call *call;
    const bson_t *given;
    const bson_t *sent;
    size_t count;
    bson_t *checked;
    struct issues *issues;
    struct revision *revisions;
    struct document *stored;
};

static void make_room(struct arrivals *arrivals)
{
    struct arena *arena = call_arena(arrivals->call);
    size_t count = arrivals->count;

    arrivals->checked = write_documents(arena, count);
    arrivals->issues = arena_alloc(arena, count * sizeof(*arrivals->issues));
    arrivals->revisions = arena_zalloc(arena, count * sizeof(*arrivals->revisions));
    arrivals->stored = arena_zalloc(arena, count * sizeof(*arrivals->stored));
    for (size_t i = 0; i < count; i++)
        issues_init(&arrivals->issues[i], arena);
}

/* Only ObjectIds are made. */
static void check_id(struct arrivals *arrivals, size_t at)
{
    bool made = resource_of(arrivals->call)->collection->id_type == TYPE_OBJECT_ID;

    if (!made && !bson_has_field(&arrivals->checked[at], "_id"))
        issues_add(&arrivals->issues[at], "_id", "required field");
}

/* True if all are well. False with ERROR_NONE: there are issues. */
static bool check_all(struct arrivals *arrivals, struct error *err)
{
    struct validation validation = write_validation(arrivals->call, VALIDATE_POST, NULL);
    struct candidate *candidates =
        arena_alloc(validation.arena, arrivals->count * sizeof(*candidates));
    bool well = true;

    for (size_t i = 0; i < arrivals->count; i++)
        candidates[i] = (struct candidate){
            write_sent(arrivals->call, &arrivals->sent[i], arrivals->given, true),
            &arrivals->checked[i], &arrivals->issues[i]};
    if (!validate_list(&validation, candidates, arrivals->count, err))
        return false;
    for (size_t i = 0; i < arrivals->count; i++)
        if (issues_empty(&arrivals->issues[i]))
            check_id(arrivals, i);
    if (arrivals->count > 1)
        validate_batch(validation.resource, arrivals->checked, arrivals->count, arrivals->issues);
    for (size_t i = 0; well && i < arrivals->count; i++)
        well = issues_empty(&arrivals->issues[i]);
    err->kind = ERROR_NONE;
    return well;
}

static void frame_one(struct arrivals *arrivals, size_t at, bson_t *out)
{
    const bson_t *checked = &arrivals->checked[at];
    struct frame frame = {.version = 1, .given = arrivals->given};
    bson_value_t id;
    bson_oid_t oid;
    bson_iter_t iter;

    if (bson_iter_init_find(&iter, checked, "_id")) {
        id = *bson_iter_value(&iter);
    } else {
        bson_oid_init(&oid, NULL);
        id = value_oid(&oid);
    }
    frame.id = &id;
    write_frame(resource_of(arrivals->call), &frame, checked, out);
}

static bool insert_all(struct arrivals *arrivals, struct error *err)
{
    struct arena *arena = call_arena(arrivals->call);
    bson_t *framed = write_documents(arena, arrivals->count);

    for (size_t i = 0; i < arrivals->count; i++) {
        frame_one(arrivals, i, &framed[i]);
        arrivals->stored[i].arena = arena;
        arrivals->revisions[i] =
            (struct revision){METHOD_POST, NULL, &framed[i], &framed[i], &arrivals->stored[i]};
    }
    return write_revisions(arrivals->call, arrivals->revisions, arrivals->count, err);
}

static enum outcome refuse(const struct arrivals *arrivals)
{
    const struct resource *resource = resource_of(arrivals->call);
    struct buf *body = read_buffer(arrivals->call, WRITTEN_AHEAD);

    written_failure(resource, arrivals->issues, arrivals->count, body);
    return written_reply(arrivals->call, resource->settings->validation_status, body);
}

static enum outcome tell(const struct arrivals *arrivals)
{
    const struct resource *resource = resource_of(arrivals->call);
    struct buf *body = read_buffer(arrivals->call, WRITTEN_AHEAD);

    if (arrivals->count == 1)
        written_document(resource, arrivals->stored, body);
    else
        written_documents(resource, arrivals->stored, arrivals->count, body);
    written_location(arrivals->call, arrivals->stored);
    return written_reply(arrivals->call, 201, body);
}

enum outcome write_insert(struct call *call, const bson_t *documents, size_t count)
{
    struct arrivals arrivals = {.call = call, .sent = documents, .count = count};
    struct error err;

    make_room(&arrivals);
    if (!write_given(call, &arrivals.given, &err))
        return call_fail(call, &err);
    if (!check_all(&arrivals, &err))
        return err.kind == ERROR_NONE ? refuse(&arrivals) : call_fail(call, &err);
    if (!insert_all(&arrivals, &err))
        return call_fail(call, &err);
    return tell(&arrivals);
}

static enum outcome insert_sent(struct call *call)
{
    const struct body *body = &write_of(call)->body;
    struct error err;

    if (body->count > 1 && !resource_of(call)->bulk_enabled) {
        fail(&err, ERROR_INVALID, "several documents at once are not allowed here");
        return call_fail(call, &err);
    }
    if (body->count > WRITE_MAX_DOCUMENTS) {
        fail(&err, ERROR_TOO_LARGE, "more than %d documents at once", WRITE_MAX_DOCUMENTS);
        return call_fail(call, &err);
    }
    return write_insert(call, body->documents, body->count);
}

/* POST /RESOURCE - 201 with what the server gave each new document. */
enum outcome collection_post(struct call *call)
{
    return write_begin(call, WRITE_BODY, insert_sent);
}
