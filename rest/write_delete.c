/* SPDX-License-Identifier: MIT */
/* Deleting a document. */
#include "handlers.h"
#include "write.h"
#include "written.h"

/* With soft delete a document is marked, once. */
static bool delete_it(struct call *call, const struct document *stored, struct error *err)
{
    struct document after = {.arena = call_arena(call)};

    if (!resource_of(call)->soft_delete)
        return write_removal(call, stored, err);
    if (!stored->deleted && !write_mark(call, stored, &after, err))
        return false;
    written_etag(call, stored->deleted ? stored : &after);
    return true;
}

static enum outcome delete_found(struct call *call)
{
    struct document stored = {.arena = call_arena(call)};
    struct error err;

    if (!address_find(call, &write_of(call)->address, &stored, &err))
        return err.kind == ERROR_NOT_FOUND ? call_empty(call) : call_fail(call, &err);
    if (!if_match(call, &stored, &err) || !delete_it(call, &stored, &err))
        return call_fail(call, &err);
    return call_empty(call);
}

/* DELETE /RESOURCE/ID - 204, also where nothing was. */
enum outcome item_delete(struct call *call)
{
    return write_begin(call, WRITE_ITEM, delete_found);
}
