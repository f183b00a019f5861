/* SPDX-License-Identifier: MIT */
#include "validate_private.h"

/* A document on its way: read and made to fit, then checked, then written. */
struct passage {
    struct walk walk;
    struct past past;
};

static void begin(struct passage *passage, const struct validation *validation,
                  const struct candidate *candidate, struct error *err)
{
    const struct resource *resource = validation->resource;
    const bson_t *sent = candidate->sent;
    struct walk *walk = &passage->walk;

    *walk = (struct walk){.validation = validation,
                          .resource = resource,
                          .arena = validation->arena,
                          .issues = candidate->issues,
                          .err = err};
    passage->past = (struct past){.merges = validation->how == VALIDATE_PATCH};
    walk->fills = validation->how != VALIDATE_PATCH || resource->normalize_on_patch;
    walk->root = tree_read(walk, (struct bson_bytes){bson_get_data(sent), sent->len});
    if (walk->dotted && resource->normalize_dotted)
        tree_unfold(walk);
    cast_level(walk, walk->root, &resource->schema);
    fit_level(walk, walk->root, &resource->schema, &passage->past);
}

static void end(const struct passage *passage, const struct candidate *candidate)
{
    const struct level *root = passage->walk.root;

    if (root->changed) {
        bson_init(candidate->out);
        tree_write(root, candidate->out);
    } else {
        bson_copy_to(candidate->sent, candidate->out);
    }
}

bool validate(const struct validation *validation, const bson_t *sent, bson_t *out,
              struct issues *issues, struct error *err)
{
    const struct candidate candidate = {sent, out, issues};
    struct passage passage;

    err->kind = ERROR_NONE;
    begin(&passage, validation, &candidate, err);
    check_document(&passage.walk, &passage.past);
    end(&passage, &candidate);
    return !passage.walk.failed && issues_empty(issues);
}

bool validate_list(const struct validation *validation, const struct candidate *candidates,
                   size_t count, struct error *err)
{
    struct passage *passages = arena_alloc(validation->arena, count * sizeof(*passages));
    struct ahead ahead = {0};
    bool ok = true;

    err->kind = ERROR_NONE;
    for (size_t i = 0; i < count; i++) {
        begin(&passages[i], validation, &candidates[i], err);
        if (count > 1) /* one alone asks as it goes */
            ahead_collect(&ahead, &passages[i].walk);
    }
    ok = !ahead.count || ahead_ask(&ahead, &passages->walk);
    for (size_t i = 0; i < count; i++) {
        passages[i].walk.ahead = &ahead;
        if (ok)
            check_document(&passages[i].walk, &passages[i].past);
        ok = ok && !passages[i].walk.failed;
        end(&passages[i], &candidates[i]);
    }
    return ok;
}
