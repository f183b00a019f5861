/* SPDX-License-Identifier: MIT */
/* Which references there are at a path of many documents. */
#include "embed_private.h"

#include <stdlib.h>
#include <string.h>

/* Lists in lists, as deep as rendering goes. */
enum { MAX_DEPTH = 200 };

struct collector {
    struct arena *arena;
    struct target *targets;
    size_t count, cap;
    size_t times; /* of the document that is walked */
};

static void add(struct collector *collector, const bson_value_t *reference)
{
    if (reference->value_type == BSON_TYPE_NULL)
        return;
    if (collector->count == collector->cap) {
        size_t cap = collector->cap ? collector->cap * 2 : 64;
        struct target *targets = arena_alloc(collector->arena, cap * sizeof(*targets));

        if (collector->count)
            memcpy(targets, collector->targets, collector->count * sizeof(*targets));
        collector->targets = targets;
        collector->cap = cap;
    }
    collector->targets[collector->count++] =
        (struct target){.reference = *reference, .times = collector->times};
}

static void walk(struct collector *collector, const bson_value_t *value, const char *path,
                 int depth);

static void walk_items(struct collector *collector, const bson_value_t *list, const char *path,
                       int depth)
{
    bson_iter_t iter;

    if (depth >= MAX_DEPTH ||
        !bson_iter_init_from_data(&iter, list->value.v_doc.data, list->value.v_doc.data_len))
        return;
    while (bson_iter_next(&iter))
        walk(collector, bson_iter_value(&iter), path, depth + 1);
}

/* path is what is left of it, "" at a reference. */
static void walk(struct collector *collector, const bson_value_t *value, const char *path,
                 int depth)
{
    size_t segment = strcspn(path, ".");
    bson_iter_t iter;

    if (value->value_type == BSON_TYPE_ARRAY) {
        walk_items(collector, value, path, depth);
        return;
    }
    if (!*path) {
        add(collector, value);
        return;
    }
    if (value->value_type == BSON_TYPE_DOCUMENT && depth < MAX_DEPTH &&
        bson_iter_init_from_data(&iter, value->value.v_doc.data, value->value.v_doc.data_len) &&
        bson_iter_find_w_len(&iter, path, (int)segment))
        walk(collector, bson_iter_value(&iter), path + segment + (path[segment] == '.'), depth + 1);
}

static int compare_targets(const void *a, const void *b)
{
    return value_compare(&((const struct target *)a)->reference,
                         &((const struct target *)b)->reference);
}

/* Equal references that follow one another become one. Returns how many are left. */
static size_t unite(struct target *targets, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept && compare_targets(&targets[kept - 1], &targets[i]) == 0)
            targets[kept - 1].times += targets[i].times;
        else
            targets[kept++] = targets[i];
    }
    return kept;
}

void embed_collect(struct arena *arena, const struct source *sources, size_t count,
                   const char *path, struct level *level)
{
    struct collector collector = {.arena = arena};

    for (size_t i = 0; i < count; i++) {
        bson_value_t root = {.value_type = BSON_TYPE_DOCUMENT};

        root.value.v_doc.data = (uint8_t *)(uintptr_t)sources[i].document->bson;
        root.value.v_doc.data_len = (uint32_t)sources[i].document->len;
        collector.times = sources[i].times;
        walk(&collector, &root, path, 0);
    }
    if (collector.count)
        qsort(collector.targets, collector.count, sizeof(*collector.targets), compare_targets);
    level->targets = collector.targets;
    level->count = unite(collector.targets, collector.count);
}
