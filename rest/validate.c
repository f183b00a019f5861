/* SPDX-License-Identifier: MIT */
#include "validate_private.h"

/* Without any rule to ask there is nothing to find out but what no rule allows. */
static void check(struct walk *walk)
{
    bool patch = walk->validation->how == VALIDATE_PATCH;
    const struct schema *schema = &walk->resource->schema;
    struct past past = {.merges = patch};

    if (walk->dotted && walk->resource->normalize_dotted)
        tree_unfold(walk);
    cast_level(walk, walk->root, schema);
    fit_level(walk, walk->root, schema, &past);
    check_document(walk, &past);
}

bool validate(const struct validation *validation, const bson_t *sent, bson_t *out,
              struct issues *issues, struct error *err)
{
    const struct resource *resource = validation->resource;
    struct walk walk = {.validation = validation,
                        .resource = resource,
                        .arena = validation->arena,
                        .issues = issues,
                        .err = err};

    err->kind = ERROR_NONE;
    walk.fills = validation->how != VALIDATE_PATCH || resource->normalize_on_patch;
    walk.root = tree_read(&walk, (struct bson_bytes){bson_get_data(sent), sent->len});
    check(&walk);
    if (walk.root->changed) {
        bson_init(out);
        tree_write(walk.root, out);
    } else {
        bson_copy_to(sent, out);
    }
    return !walk.failed && issues_empty(issues);
}
