/* SPDX-License-Identifier: MIT */
/* A hash of all that decides how a document is shown, so that texts made otherwise are noticed. */
#include "render_private.h"

#include "../lib/hash.h"

#include <string.h>

/* To be raised whenever the same settings make another text. */
enum { RENDER_VERSION = 1 };

static void mix_settings(uint64_t *hash, const struct settings *settings)
{
    const struct names *names = &settings->names;
    const char *const texts[] = {names->links,          names->etag,           names->created,
                                 names->updated,        names->deleted,        names->version,
                                 names->latest_version, settings->date_format, settings->link_base};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hash_text(hash, texts[i]);
}

static void mix_field(uint64_t *hash, const struct rules *rules)
{
    const struct relation *relation = embed_relation(rules);

    hash_text(hash, rules->name);
    hash_number(hash, relation != NULL);
    if (!relation)
        return;
    hash_text(hash, relation->field);
    if (!relation->resource)
        return;
    hash_text(hash, relation->resource->url);
    hash_text(hash, relation->resource->item_title);
    hash_number(hash, relation->resource->parent_count);
}

uint64_t render_shape(const struct resource *resource)
{
    uint64_t hash = HASH_START;
    const bool flags[] = {resource->any_schema,  resource->schema.allow_unknown,
                          resource->if_match,    resource->hateoas,
                          resource->soft_delete, resource->versioning};

    hash_number(&hash, RENDER_VERSION);
    mix_settings(&hash, resource->settings);
    hash_text(&hash, resource->url);
    hash_text(&hash, resource->item_title);
    hash_text(&hash, resource->id_field);
    hash_text(&hash, resource->auth_field);
    hash_bytes(&hash, flags, sizeof(flags));
    hash_number(&hash, resource->showing);
    hash_number(&hash, resource->shown.count);
    for (size_t i = 0; i < resource->shown.count; i++)
        hash_text(&hash, resource->shown.items[i]);
    for (size_t i = 0; i < resource->parent_count; i++)
        hash_text(&hash, resource->parent_fields[i]);
    hash_number(&hash, resource->schema.count);
    for (size_t i = 0; i < resource->schema.count; i++)
        mix_field(&hash, &resource->schema.fields[i]);
    return hash ? hash : 1;
}
