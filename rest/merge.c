/* SPDX-License-Identifier: MIT */
#include "merge.h"

#include <stdlib.h>
#include <string.h>

/* -- values ------------------------------------------------------------------------------------ */

/* A member of the changes; sorted by name, so that large documents merge in n log n. */
struct member {
    const char *key;
    uint32_t offset;
    uint32_t key_len;
    bool taken;
};

struct members {
    bson_iter_t iter; /* before the first */
    struct member *items;
    size_t count;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static struct member *find_member(const struct members *members, const char *key)
{
    struct member wanted = {.key = key};

    return bsearch(&wanted, members->items, members->count, sizeof(wanted), by_key);
}

static void index_members(struct arena *arena, const bson_iter_t *changes, struct members *out)
{
    bson_iter_t iter = *changes;

    out->iter = *changes;
    out->count = 0;
    while (bson_iter_next(&iter))
        out->count++;
    out->items = arena_alloc(arena, out->count * sizeof(*out->items));
    iter = *changes;
    for (size_t i = 0; bson_iter_next(&iter); i++)
        out->items[i] = (struct member){bson_iter_key(&iter), bson_iter_offset(&iter),
                                        bson_iter_key_len(&iter), false};
    qsort(out->items, out->count, sizeof(*out->items), by_key);
}

static bool iter_at(const struct members *members, const struct member *member, bson_iter_t *iter)
{
    return bson_iter_init_from_data_at_offset(iter, members->iter.raw, members->iter.len,
                                              member->offset, member->key_len);
}

static bool merge_members(const struct merging *merging, bson_iter_t *stored,
                          const bson_iter_t *changes, bson_t *out);

/* Both are objects. As deep as the shallower of them: both were checked for DOCUMENT_MAX_DEPTH. */
static bool merge_object(const struct merging *merging, const bson_iter_t *stored,
                         const bson_iter_t *change, bson_t *out)
{
    bson_iter_t old, new;
    bson_t inner;
    bool ok;

    if (!bson_iter_recurse(stored, &old) || !bson_iter_recurse(change, &new))
        return false;
    bson_append_document_begin(out, bson_iter_key(stored), -1, &inner);
    ok = merge_members(merging, &old, &new, &inner);
    return bson_append_document_end(out, &inner) && ok;
}

static bool merge_member(const struct merging *merging, const bson_iter_t *stored,
                         const bson_iter_t *change, bson_t *out)
{
    if (merging->nested && BSON_ITER_HOLDS_DOCUMENT(stored) && BSON_ITER_HOLDS_DOCUMENT(change))
        return merge_object(merging, stored, change, out);
    return bson_append_iter(out, NULL, -1, change);
}

static bool merge_members(const struct merging *merging, bson_iter_t *stored,
                          const bson_iter_t *changes, bson_t *out)
{
    struct members members;
    bson_iter_t iter;
    bool ok = true;

    index_members(merging->arena, changes, &members);
    while (ok && bson_iter_next(stored)) {
        struct member *member = find_member(&members, bson_iter_key(stored));

        if (!member) {
            ok = bson_append_iter(out, NULL, -1, stored);
            continue;
        }
        member->taken = true;
        ok = iter_at(&members, member, &iter) && merge_member(merging, stored, &iter, out);
    }
    iter = *changes;
    while (ok && bson_iter_next(&iter))
        if (!find_member(&members, bson_iter_key(&iter))->taken)
            ok = bson_append_iter(out, NULL, -1, &iter);
    return ok && !stored->err_off && !iter.err_off;
}

bool merge_changes(const struct merging *merging, const struct bson_bytes *stored,
                   const bson_t *changes, bson_t *out, struct error *err)
{
    bson_iter_t old, new;
    bson_t merged;

    if (!bson_iter_init_from_data(&old, stored->data, stored->len) ||
        !bson_iter_init(&new, changes))
        return fail(err, ERROR_INTERNAL, "a document to be merged is not valid BSON");
    bson_init(&merged);
    if (!merge_members(merging, &old, &new, &merged)) {
        bson_destroy(&merged);
        return fail(err, ERROR_INTERNAL, "a document to be merged is not valid BSON");
    }
    bson_steal(out, &merged);
    return true;
}

/* -- operators --------------------------------------------------------------------------------- */

static bool read_kind(const char *name, enum change_kind *out)
{
    static const struct {
        const char *name;
        enum change_kind kind;
    } known[] = {
        {"$inc", CHANGE_ADD},
        {"$push", CHANGE_PUSH},
        {"$addToSet", CHANGE_ADD_TO_SET},
        {"$unset", CHANGE_UNSET},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(name, known[i].name) == 0) {
            *out = known[i].kind;
            return true;
        }
    return false;
}

static bool read_operator(bson_iter_t *iter, struct change *changes, size_t *count,
                          struct error *err)
{
    const char *name = bson_iter_key(iter);
    enum change_kind kind;
    bson_iter_t inner;

    if (!read_kind(name, &kind))
        return fail(err, ERROR_INVALID, "unknown update operator '%.40s'", name);
    if (!BSON_ITER_HOLDS_DOCUMENT(iter) || !bson_iter_recurse(iter, &inner))
        return fail(err, ERROR_INVALID, "%s needs an object of values by path", name);
    while (bson_iter_next(&inner)) {
        if (*count == MERGE_MAX_OPERATORS)
            return fail(err, ERROR_INVALID, "more than %d changes by update operators",
                        MERGE_MAX_OPERATORS);
        changes[(*count)++] =
            (struct change){kind, bson_iter_key(&inner), *bson_iter_value(&inner)};
    }
    return true;
}

bool merge_operators(struct arena *arena, const bson_t *body, bson_t *plain, struct operators *out,
                     struct error *err)
{
    struct change *changes = arena_alloc(arena, MERGE_MAX_OPERATORS * sizeof(*changes));
    size_t count = 0;
    bson_iter_t iter;

    if (!bson_iter_init(&iter, body))
        return fail(err, ERROR_INTERNAL, "a body is not valid BSON");
    while (bson_iter_next(&iter)) {
        if (bson_iter_key(&iter)[0] != '$')
            bson_append_iter(plain, NULL, -1, &iter);
        else if (!read_operator(&iter, changes, &count, err))
            return false;
    }
    *out = (struct operators){changes, count};
    return true;
}
