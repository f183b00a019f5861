/* SPDX-License-Identifier: MIT */
/* Finding what was embedded while a document is rendered. */
#include "embed_private.h"

#include <stdlib.h>

static int compare_reference(const void *key, const void *target)
{
    return value_compare(key, &((const struct target *)target)->reference);
}

bool embed_find(const struct embeds *embeds, const struct step *at, const bson_value_t *reference,
                struct embedded *out)
{
    for (size_t i = 0; i < embeds->count; i++) {
        const struct level *level = &embeds->levels[i];
        const char *rest = step_rest(at, NULL, level->path);
        const struct target *target;

        if (!rest || *rest)
            continue;
        target = level->count ? bsearch(reference, level->targets, level->count,
                                        sizeof(*level->targets), compare_reference)
                              : NULL;
        *out = (struct embedded){.resource = level->relation->resource};
        if (target) {
            out->document = target->document;
            out->latest_version = target->latest_version;
        }
        return true;
    }
    return false;
}

bool embed_reaches(const struct embeds *embeds, const struct step *at)
{
    for (size_t i = 0; i < embeds->count; i++)
        if (step_rest(at, NULL, embeds->levels[i].path))
            return true;
    return false;
}

int64_t embed_updated(const struct embeds *embeds)
{
    return embeds->updated_ms;
}
