/* SPDX-License-Identifier: MIT */
/* Replacing a document, or making the one the URL names. */
#include "gate.h"
#include "handlers.h"
#include "read.h"
#include "versions.h"
#include "write.h"
#include "written.h"

#include <string.h>

/* The document as it was sent, with what the URL says of it. */
static const bson_t *under_address(struct call *call, const bson_t *sent)
{
    const struct key *key = &write_of(call)->address.key;
    const char *field = key->field ? key->field : "_id";
    bson_t *out = write_documents(call_arena(call), 1);
    bson_iter_t iter;

    bson_append_value(out, field, -1, &key->value);
    if (bson_iter_init(&iter, sent))
        while (bson_iter_next(&iter))
            if (strcmp(bson_iter_key(&iter), field) != 0)
                bson_append_iter(out, NULL, -1, &iter);
    return out;
}

/* -- nothing is there -------------------------------------------------------------------------- */

/* Others' rows look missing, but their ids are taken. */
static bool check_others(struct call *call, struct error *err)
{
    struct document other = {.arena = call_arena(call)};

    if (!gate_owner(call))
        return true;
    if (!store_get(call_store(call), resource_of(call)->collection, write_of(call)->address.key,
                   &other, err))
        return err->kind == ERROR_NOT_FOUND;
    return if_match(call, &other, err) &&
           fail(err, ERROR_FORBIDDEN, "the document is somebody else's");
}

static enum outcome put_missing(struct call *call, const struct error *missing)
{
    struct error err;

    if (!check_others(call, &err))
        return call_fail(call, &err);
    if (!resource_of(call)->upsert_on_put)
        return call_fail(call, missing);
    return write_insert(call, under_address(call, write_of(call)->body.documents), 1);
}

/* -- a document is there ----------------------------------------------------------------------- */

static bool make_ready(struct call *call, const struct document *stored, struct revision *out,
                       struct issues *issues, struct error *err)
{
    const struct resource *resource = resource_of(call);
    const char *field = write_of(call)->address.key.field;
    const bson_t *sent = write_of(call)->body.documents;
    struct bson_bytes bytes = write_bytes(stored);
    struct validation validation = write_validation(call, VALIDATE_PUT, &bytes);
    bson_t *documents = write_documents(call_arena(call), 2);
    bson_value_t id = write_id(stored);
    struct frame frame = {.id = &id, .version = version_of(resource, stored) + 1};

    if (!write_given(call, &frame.given, err))
        return false;
    if (field && !bson_has_field(sent, field))
        sent = under_address(call, sent);
    err->kind = ERROR_NONE;
    if (!validate(&validation, write_sent(call, sent, frame.given, false), &documents[0], issues,
                  err) ||
        !write_check_id(sent, &id, err))
        return false;
    write_frame(resource, &frame, &documents[0], &documents[1]);
    out->method = METHOD_PUT;
    out->before = stored;
    out->document = out->changes = &documents[1];
    return true;
}

static enum outcome replace(struct call *call, const struct document *stored)
{
    struct document after = {.arena = call_arena(call)};
    struct revision revision = {.after = &after};
    struct buf *body = read_buffer(call, WRITTEN_AHEAD);
    struct issues issues;
    struct error err;

    issues_init(&issues, call_arena(call));
    if (!make_ready(call, stored, &revision, &issues, &err))
        return err.kind == ERROR_NONE ? written_refusal(call, &issues) : call_fail(call, &err);
    if (!write_revisions(call, &revision, 1, &err))
        return call_fail(call, &err);
    written_document(resource_of(call), &after, body);
    written_etag(call, &after);
    read_add_date(call, "Last-Modified", after.updated_ms);
    return written_reply(call, 200, body);
}

static enum outcome put_sent(struct call *call)
{
    struct document stored = {.arena = call_arena(call)};
    struct error err;

    if (!address_find(call, &write_of(call)->address, &stored, &err))
        return err.kind == ERROR_NOT_FOUND ? put_missing(call, &err) : call_fail(call, &err);
    if (!if_match(call, &stored, &err))
        return call_fail(call, &err);
    return replace(call, &stored);
}

/* PUT /RESOURCE/ID - 200, or 201 where nothing was. */
enum outcome item_put(struct call *call)
{
    return write_begin(call, WRITE_ITEM | WRITE_BODY | WRITE_ONE, put_sent);
}
