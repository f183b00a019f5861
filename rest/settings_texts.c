/* SPDX-License-Identifier: MIT */
/* The texts of replies that are kept beside documents. */
#include "settings_tables.h"

#include <string.h>

#include "render.h"

/* Two resources on one collection would each rewrite the texts of the other; so would servers that
 * give a collection of another name to theirs. */
static bool is_alone(const struct reader *reader, const struct resource *resource)
{
    size_t count = 0;

    for (size_t i = 0; i < reader->resource_count; i++)
        count += reader->resources[i].collection == resource->collection;
    return count == 1 && strcmp(resource->name, resource->collection->name) == 0;
}

void texts_keep(struct reader *reader)
{
    for (size_t i = 0; i < reader->resource_count; i++) {
        const struct resource *resource = &reader->resources[i];
        struct store_text *text;

        if (resource->internal || !is_alone(reader, resource))
            continue;
        text = arena_alloc(reader->arena, sizeof(*text));
        *text = (struct store_text){render_shape(resource), render_kept, resource};
        /* made by collections_make(), and const to those who use it */
        ((struct collection *)(uintptr_t)resource->collection)->text = text;
    }
}
