/* SPDX-License-Identifier: MIT */
/* Any bytes as settings: they are good and can be used, or every mistake is a line. */
#include "../settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mistakes(const struct buf *mistakes)
{
    if (mistakes->len == 0 || mistakes->data[mistakes->len - 1] != '\n')
        abort();
    for (size_t i = 0; i < mistakes->len; i++)
        if (iscntrl((unsigned char)mistakes->data[i]) && mistakes->data[i] != '\n')
            abort();
}

static void check_collection(const struct collection *collection)
{
    if (!collection || !collection->name || collection->field_count > 60)
        abort();
    for (size_t i = 0; i < collection->field_count; i++)
        if (!collection->fields[i].path || !*collection->fields[i].path)
            abort();
    for (size_t i = 0; i < collection->index_count; i++)
        if (!collection->indexes[i].paths[0])
            abort();
}

static void check_resource(const struct settings *settings, const struct resource *resource)
{
    if (!resource->url || !resource->item_title || !resource->item_url || !resource->schema_text ||
        settings_resource(settings, resource->name) != resource)
        abort();
    for (size_t i = 0; i < resource->schema.count; i++)
        if (!schema_at(&resource->schema, resource->schema.fields[i].name))
            abort();
    pattern_matches(resource->item_url, "0123456789abcdef01234567", 24);
    check_collection(resource->collection);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings settings;
    struct buf mistakes = {0};

    if (settings_read((const char *)data, size, &settings, &mistakes)) {
        for (size_t i = 0; i < settings.resource_count; i++)
            check_resource(&settings, &settings.resources[i]);
        if (mistakes.len)
            abort();
    } else {
        check_mistakes(&mistakes);
    }
    settings_release(&settings);
    buf_release(&mistakes);
    return 0;
}
