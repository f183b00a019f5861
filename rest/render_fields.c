/* SPDX-License-Identifier: MIT */
/* Which fields of a document are shown: what the server's projection allows, and of that what the
 * client asked for. */
#include "render_private.h"

#include <string.h>

static bool is_container(const bson_value_t *value)
{
    return value->value_type == BSON_TYPE_DOCUMENT || value->value_type == BSON_TYPE_ARRAY;
}

struct listing {
    const struct texts *paths;
    bool inclusive;
};

static enum part part_of(const struct listing *listing, const struct walk *walk,
                         const struct step *step, const bson_value_t *value)
{
    bool below = false;

    for (size_t i = 0; i < listing->paths->count; i++) {
        const char *rest = step_rest(step, walk->base, listing->paths->items[i]);

        if (rest && !*rest)
            return listing->inclusive ? PART_ALL : PART_NONE;
        below = below || rest;
    }
    if (below && is_container(value))
        return PART_SOME;
    return listing->inclusive ? PART_NONE : PART_ALL;
}

static struct listing server_listing(const struct resource *resource)
{
    return (struct listing){&resource->shown, resource->showing == SHOW_LISTED};
}

static struct listing client_listing(const struct projection *projection)
{
    return (struct listing){&projection->paths, projection->inclusive};
}

/* Documents mostly hold their fields in the schema's order: the next one is tried first. */
static bool in_schema(struct walk *walk, const char *key)
{
    const struct schema *schema = &walk->view->resource->schema;

    for (size_t i = 0; i < schema->count; i++) {
        size_t at =
            walk->next + i < schema->count ? walk->next + i : walk->next + i - schema->count;

        if (render_same(schema->fields[at].name, key)) {
            walk->next = at + 1 < schema->count ? at + 1 : 0;
            return true;
        }
    }
    return false;
}

/* Of someone's rows the field that says whose they are. */
static bool is_hidden_owner(struct walk *walk, const char *key)
{
    const char *owner = walk->view->resource->auth_field;

    return owner && render_same(key, owner) && !in_schema(walk, key);
}

bool schema_shows(struct walk *walk, const char *key)
{
    const struct resource *resource = walk->view->resource;

    if (resource->any_schema || resource->schema.allow_unknown)
        return !is_hidden_owner(walk, key);
    return in_schema(walk, key) || render_same(key, resource->id_field);
}

static enum part server_part(struct walk *walk, const struct step *step, const bson_value_t *value)
{
    const struct resource *resource = walk->view->resource;
    struct listing listing = server_listing(resource);

    if (resource->showing == SHOW_SCHEMA)
        return schema_shows(walk, step->key) ? PART_ALL : PART_NONE;
    if (render_same(step->key, resource->id_field))
        return PART_ALL;
    return is_hidden_owner(walk, step->key) ? PART_NONE : part_of(&listing, walk, step, value);
}

struct parts parts_of_field(struct walk *walk, const struct step *step, const bson_value_t *value)
{
    struct parts parts = {server_part(walk, step, value), PART_ALL};

    if (walk->view->projection && !render_same(step->key, walk->view->resource->id_field)) {
        struct listing listing = client_listing(walk->view->projection);

        parts.client = part_of(&listing, walk, step, value);
    }
    return parts;
}

struct parts parts_below(const struct walk *walk, struct parts outer, const struct step *step,
                         const bson_value_t *value)
{
    struct parts parts = outer;

    if (outer.server == PART_SOME) {
        struct listing listing = server_listing(walk->view->resource);

        parts.server = part_of(&listing, walk, step, value);
    }
    if (outer.client == PART_SOME) {
        struct listing listing = client_listing(walk->view->projection);

        parts.client = part_of(&listing, walk, step, value);
    }
    return parts;
}
