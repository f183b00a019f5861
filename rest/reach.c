/* SPDX-License-Identifier: MIT */
/* Which documents a call is about: the owner's, those of the parents its URL names, and those of
 * the datasource's filter. */
#include "lookup.h"

#include "../lib/document.h"
#include "gate.h"
#include "segment.h"

#include <string.h>

enum { MOST_PARENTS = 4 };

bool reach_is_all(struct call *call)
{
    const struct resource *resource = resource_of(call);

    return !resource->parent_count && !resource->default_filter && !gate_owner(call);
}

/* What the i-th parent's segment says; ERROR_NOT_FOUND if there is no such URL. */
static bool read_parent(struct call *call, size_t i, struct meanings *out, struct error *err)
{
    const struct resource *resource = resource_of(call);
    const char *field = resource->parent_fields[i];
    const char *segment = call_param(call, field);

    if ((resource->parent_patterns[i] &&
         !pattern_matches(resource->parent_patterns[i], segment, strlen(segment))) ||
        !segment_means(resource, field, segment, out))
        return fail(err, ERROR_NOT_FOUND, "The requested URL was not found on the server.");
    return true;
}

static void join(struct arena *arena, const struct filter **all, const struct filter *more)
{
    *all = *all ? filter_join(arena, FILTER_AND, *all, more) : more;
}

bool reach(struct call *call, const struct filter *where, const struct filter **out,
           struct error *err)
{
    const struct resource *resource = resource_of(call);
    struct arena *arena = call_arena(call);
    const char *owner = gate_owner(call);
    const struct filter *all = NULL;

    if (owner)
        join(arena, &all,
             filter_compare(arena, FILTER_EQ, resource->auth_field, value_text(owner)));
    for (size_t i = 0; i < resource->parent_count; i++) {
        struct meanings meanings;

        if (!read_parent(call, i, &meanings, err))
            return false;
        join(arena, &all, meanings_filter(arena, resource->parent_fields[i], &meanings));
    }
    if (resource->default_filter)
        join(arena, &all, resource->default_filter);
    if (where)
        join(arena, &all, where);
    *out = all;
    return true;
}

bool reach_fill(struct call *call, bson_t *document, struct error *err)
{
    const struct resource *resource = resource_of(call);
    const char *owner = gate_owner(call);
    struct change changes[MOST_PARENTS + 1];
    struct bson_bytes bytes = {bson_get_data(document), document->len};
    size_t count = 0;
    bson_t filled;

    for (; count < resource->parent_count; count++) {
        struct meanings meanings;

        if (!read_parent(call, count, &meanings, err))
            return false;
        changes[count] =
            (struct change){CHANGE_SET, resource->parent_fields[count], meanings.values[0]};
    }
    if (owner)
        changes[count++] = (struct change){CHANGE_SET, resource->auth_field, value_text(owner)};
    if (!count)
        return true;
    if (!document_apply(&bytes, changes, count, &filled, err))
        return false;
    bson_destroy(document);
    bson_steal(document, &filled);
    return true;
}
