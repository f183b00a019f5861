/* SPDX-License-Identifier: MIT */
/* Embedding for a page: path after path, parents first. */
#include "embed_private.h"

#include <string.h>

/* The innermost of those levels whose documents hold what is at the path. */
static const struct level *parent_of(const struct embeds *embeds, const char *path)
{
    const struct level *parent = NULL;
    size_t longest = 0;

    for (size_t i = 0; i < embeds->count; i++) {
        size_t len = strlen(embeds->levels[i].path);

        if (len > longest && strncmp(path, embeds->levels[i].path, len) == 0 && path[len] == '.') {
            parent = &embeds->levels[i];
            longest = len;
        }
    }
    return parent;
}

static struct source *sources_of_page(struct arena *arena, const struct documents *documents,
                                      size_t *count)
{
    struct source *sources = arena_alloc(arena, (documents->count + 1) * sizeof(*sources));

    *count = 0;
    for (size_t i = 0; i < documents->count; i++)
        if (!documents->items[i].deleted)
            sources[(*count)++] = (struct source){&documents->items[i], 1};
    return sources;
}

static struct source *sources_of_level(struct arena *arena, const struct level *level,
                                       size_t *count)
{
    struct source *sources = arena_alloc(arena, (level->count + 1) * sizeof(*sources));

    *count = 0;
    for (size_t i = 0; i < level->count; i++)
        if (level->targets[i].document)
            sources[(*count)++] =
                (struct source){level->targets[i].document, level->targets[i].times};
    return sources;
}

static bool count_shown(struct embeds *embeds, const struct level *level, struct error *err)
{
    for (size_t i = 0; i < level->count; i++) {
        const struct target *target = &level->targets[i];
        size_t bytes;

        if (!target->document)
            continue;
        if (__builtin_mul_overflow(target->times, target->document->len, &bytes) ||
            __builtin_add_overflow(embeds->shown, bytes, &embeds->shown) ||
            embeds->shown > EMBED_MAX_BYTES)
            return fail(err, ERROR_INVALID, "embedding '%.100s' would make the reply too large",
                        level->path);
        if (target->document->updated_ms > embeds->updated_ms)
            embeds->updated_ms = target->document->updated_ms;
    }
    return true;
}

static bool embed_path(const struct embed_request *request, const struct documents *documents,
                       const char *path, struct embeds *embeds, struct error *err)
{
    const struct level *parent = parent_of(embeds, path);
    const struct resource *resource = parent ? parent->relation->resource : request->resource;
    const char *rest = parent ? path + strlen(parent->path) + 1 : path;
    struct level *level = &embeds->levels[embeds->count];
    struct source *sources;
    size_t count;

    *level = (struct level){.path = path};
    level->relation = embed_relation(schema_at(&resource->schema, rest));
    if (!level->relation || !level->relation->resource)
        return true;
    sources = parent ? sources_of_level(request->arena, parent, &count)
                     : sources_of_page(request->arena, documents, &count);
    embed_collect(request->arena, sources, count, rest, level);
    if (!embed_resolve(request, level, err) || !count_shown(embeds, level, err))
        return false;
    embeds->count++;
    return true;
}

bool embed_read(const struct embed_request *request, const struct documents *documents,
                const struct embeds **out, struct error *err)
{
    struct embeds *embeds = arena_zalloc(request->arena, sizeof(*embeds));

    embeds->levels =
        arena_alloc(request->arena, (request->paths->count + 1) * sizeof(*embeds->levels));
    for (size_t i = 0; i < request->paths->count; i++)
        if (!embed_path(request, documents, request->paths->items[i], embeds, err))
            return false;
    *out = embeds;
    return true;
}
