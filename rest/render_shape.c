/* SPDX-License-Identifier: MIT */
/* A hash of all that decides how a document is shown, so that texts made otherwise are noticed. */
#include "render_private.h"

#include <string.h>

/* To be raised whenever the same settings make another text. */
enum { RENDER_VERSION = 1 };

static void mix(uint64_t *hash, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ at[i]) * 0x100000001b3U; /* FNV-1a */
}

/* With its NUL, so that texts that follow one another stay apart. */
static void mix_text(uint64_t *hash, const char *text)
{
    mix(hash, text ? text : "\xFF", text ? strlen(text) + 1 : 1);
}

static void mix_number(uint64_t *hash, uint64_t number)
{
    mix(hash, &number, sizeof(number));
}

static void mix_settings(uint64_t *hash, const struct settings *settings)
{
    const struct names *names = &settings->names;
    const char *const texts[] = {names->links,          names->etag,           names->created,
                                 names->updated,        names->deleted,        names->version,
                                 names->latest_version, settings->date_format, settings->link_base};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        mix_text(hash, texts[i]);
}

static void mix_field(uint64_t *hash, const struct rules *rules)
{
    const struct relation *relation = embed_relation(rules);

    mix_text(hash, rules->name);
    mix_number(hash, relation != NULL);
    if (!relation)
        return;
    mix_text(hash, relation->field);
    if (!relation->resource)
        return;
    mix_text(hash, relation->resource->url);
    mix_text(hash, relation->resource->item_title);
    mix_number(hash, relation->resource->parent_count);
}

uint64_t render_shape(const struct resource *resource)
{
    uint64_t hash = 0xcbf29ce484222325U;
    const bool flags[] = {resource->any_schema,  resource->schema.allow_unknown,
                          resource->if_match,    resource->hateoas,
                          resource->soft_delete, resource->versioning};

    mix_number(&hash, RENDER_VERSION);
    mix_settings(&hash, resource->settings);
    mix_text(&hash, resource->url);
    mix_text(&hash, resource->item_title);
    mix_text(&hash, resource->id_field);
    mix_text(&hash, resource->auth_field);
    mix(&hash, flags, sizeof(flags));
    mix_number(&hash, resource->showing);
    mix_number(&hash, resource->shown.count);
    for (size_t i = 0; i < resource->shown.count; i++)
        mix_text(&hash, resource->shown.items[i]);
    for (size_t i = 0; i < resource->parent_count; i++)
        mix_text(&hash, resource->parent_fields[i]);
    mix_number(&hash, resource->schema.count);
    for (size_t i = 0; i < resource->schema.count; i++)
        mix_field(&hash, &resource->schema.fields[i]);
    return hash ? hash : 1;
}
