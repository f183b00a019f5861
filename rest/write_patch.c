/* SPDX-License-Identifier: MIT */
/* Changing some fields of a document. */
#include "handlers.h"
#include "read.h"
#include "versions.h"
#include "write.h"
#include "written.h"

#include <string.h>

bool write_patch_read(struct call *call, const bson_t *body, struct patch *out, struct error *err)
{
    bson_t *plain;

    *out = (struct patch){.call = call, .arena = call_arena(call), .body = body, .plain = body};
    if (resource_of(call)->update_operators) {
        plain = write_documents(call_arena(call), 1);
        if (!merge_operators(call_arena(call), body, plain, &out->operators, err))
            return false;
        out->plain = plain;
    }
    if (!write_given(call, &out->given, err))
        return false;
    out->plain = write_sent(call, out->plain, out->given, false);
    return true;
}

static struct validation patch_validation(const struct patch *patch, enum validate_how how,
                                          const struct bson_bytes *stored)
{
    struct validation validation = write_validation(patch->call, how, stored);

    validation.arena = patch->arena;
    return validation;
}

/* -- operators --------------------------------------------------------------------------------- */

/* Whether a path leads to what only the server sets. */
static bool is_own(const struct patch *patch, const char *path)
{
    const struct names *names = &resource_of(patch->call)->settings->names;
    const char *const own[] = {"_id",       names->version, names->deleted,
                               names->etag, names->created, names->updated};
    size_t len = strcspn(path, ".");
    bson_iter_t iter;

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (strlen(own[i]) == len && memcmp(own[i], path, len) == 0)
            return true;
    return bson_iter_init(&iter, patch->given) && bson_iter_find_w_len(&iter, path, (int)len);
}

/* The fields of a document that its schema is asked about. */
static void append_fields(const struct patch *patch, const bson_t *document, bson_t *out)
{
    bson_iter_t iter;

    if (!bson_iter_init(&iter, document))
        return;
    while (bson_iter_next(&iter))
        if (!is_own(patch, bson_iter_key(&iter)))
            bson_append_iter(out, NULL, -1, &iter);
}

/* Apply the operators to a merged document; the result is checked as a whole, as nobody can tell
 * what they add to without it. */
static bool operate(const struct patch *patch, const struct document *stored, bson_t *merged,
                    struct issues *issues, struct error *err)
{
    struct bson_bytes before = write_bytes(stored);
    struct validation validation = patch_validation(patch, VALIDATE_PUT, &before);
    struct bson_bytes bytes = {bson_get_data(merged), merged->len};
    bson_t *changed = write_documents(patch->arena, 2), *fields = &changed[1];

    err->kind = ERROR_NONE;
    for (size_t i = 0; i < patch->operators.count; i++)
        if (is_own(patch, patch->operators.items[i].path))
            issues_add(issues, patch->operators.items[i].path, "field is read-only");
    if (!issues_empty(issues) ||
        !document_apply(&bytes, patch->operators.items, patch->operators.count, changed, err))
        return false;
    append_fields(patch, changed, fields);
    bson_destroy(merged);
    bson_init(merged);
    return validate(&validation, fields, merged, issues, err);
}

/* -- one document ------------------------------------------------------------------------------ */

/* Merge the checked changes into what is stored. */
static bool merge(const struct patch *patch, const struct document *stored, const bson_t *checked,
                  bson_t *out, struct error *err)
{
    struct merging merging = {patch->arena, resource_of(patch->call)->merge_nested};
    struct bson_bytes bytes = write_bytes(stored);

    return merge_changes(&merging, &bytes, checked, out, err);
}

static const bson_t *frame_merged(const struct patch *patch, const struct document *stored,
                                  const bson_t *merged)
{
    const struct resource *resource = resource_of(patch->call);
    bson_value_t id = write_id(stored);
    struct frame frame = {
        .id = &id, .version = version_of(resource, stored) + 1, .given = patch->given};
    bson_t *framed = write_documents(patch->arena, 1);

    write_frame(resource, &frame, merged, framed);
    return framed;
}

bool write_patch_apply(const struct patch *patch, const struct document *stored,
                       struct revision *out, struct issues *issues, struct error *err)
{
    struct bson_bytes bytes = write_bytes(stored);
    struct validation validation = patch_validation(patch, VALIDATE_PATCH, &bytes);
    bson_t *checked = write_documents(patch->arena, 2), *merged = &checked[1];
    bson_value_t id = write_id(stored);

    err->kind = ERROR_NONE;
    if (!validate(&validation, patch->plain, checked, issues, err) ||
        !write_check_id(patch->body, &id, err) || !merge(patch, stored, checked, merged, err))
        return false;
    if (patch->operators.count && !operate(patch, stored, merged, issues, err))
        return false;
    out->method = METHOD_PATCH;
    out->before = stored;
    out->document = frame_merged(patch, stored, merged);
    out->changes = patch->operators.count ? out->document : checked;
    return true;
}

static enum outcome tell(struct call *call, const struct document *document)
{
    struct buf *body = read_buffer(call, WRITTEN_AHEAD);

    written_document(resource_of(call), document, body);
    written_etag(call, document);
    return written_reply(call, 200, body);
}

static enum outcome patch_found(struct call *call)
{
    struct write *write = write_of(call);
    struct document stored = {.arena = call_arena(call)}, after = stored;
    struct revision revision = {.after = &after};
    struct issues issues;
    struct patch patch;
    struct error err;

    issues_init(&issues, call_arena(call));
    if (!address_find(call, &write->address, &stored, &err) || !if_match(call, &stored, &err) ||
        !write_patch_read(call, write->body.documents, &patch, &err))
        return call_fail(call, &err);
    if (!write_patch_apply(&patch, &stored, &revision, &issues, &err))
        return err.kind == ERROR_NONE ? written_refusal(call, &issues) : call_fail(call, &err);
    if (!write_revisions(call, &revision, 1, &err))
        return call_fail(call, &err);
    return tell(call, &after);
}

/* PATCH /RESOURCE/ID - 200 with the document's new etag. */
enum outcome item_patch(struct call *call)
{
    return write_begin(call, WRITE_ITEM | WRITE_BODY | WRITE_ONE, patch_found);
}
