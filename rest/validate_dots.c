/* SPDX-License-Identifier: MIT */
/* Dotted keys become objects: {"a.b": 1, "c": 2, "a.d": 3} is {"a": {"b": 1, "d": 3}, "c": 2}.
 * Fields are sorted by what stands before the dot, so that many of them take no longer each. */
#include "validate_private.h"

#include <stdlib.h>
#include <string.h>

/* A field by the first part of its key. */
struct head {
    const struct node *node;
    uint32_t len;
    uint32_t at; /* where it came */
};

static bool is_dotted(const struct head *head)
{
    return head->len < head->node->key_len;
}

static int by_head(const void *a, const void *b)
{
    const struct head *left = a;
    const struct head *right = b;
    uint32_t len = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->node->key, right->node->key, len);

    if (order == 0)
        order = (left->len > right->len) - (left->len < right->len);
    return order ? order : (left->at > right->at) - (left->at < right->at);
}

static bool same_head(const struct head *a, const struct head *b)
{
    return a->len == b->len && memcmp(a->node->key, b->node->key, a->len) == 0;
}

static struct head *sorted_heads(struct walk *walk, const struct level *level)
{
    struct head *heads = arena_alloc(walk->arena, level->count * sizeof(*heads));

    for (uint32_t i = 0; i < level->count; i++) {
        const struct node *node = &level->nodes[i];
        const char *dot = memchr(node->key, '.', node->key_len);

        heads[i] = (struct head){node, dot ? (uint32_t)(dot - node->key) : node->key_len, i};
    }
    qsort(heads, level->count, sizeof(*heads), by_head);
    return heads;
}

/* How many members the object made of these fields has. */
static size_t members_of(const struct head *heads, size_t count)
{
    size_t members = 0;

    for (size_t i = 0; i < count; i++)
        members += is_dotted(&heads[i]) ? 1 : heads[i].node->level->count;
    return members;
}

/* The object that several fields make up: each gives what stands behind its dot, or its members. */
static struct level *joined(struct walk *walk, const struct head *heads, size_t count)
{
    struct level *level = arena_zalloc(walk->arena, sizeof(*level));

    level->nodes = arena_alloc(walk->arena, members_of(heads, count) * sizeof(*level->nodes));
    level->changed = true;
    for (size_t i = 0; i < count; i++) {
        const struct level *object = heads[i].node->level;

        if (is_dotted(&heads[i])) {
            struct node *node = &level->nodes[level->count++];

            *node = *heads[i].node;
            node->key += heads[i].len + 1;
            node->key_len -= heads[i].len + 1;
        } else {
            memcpy(level->nodes + level->count, object->nodes,
                   object->count * sizeof(*object->nodes));
            level->count += object->count;
        }
    }
    return level;
}

/* One field from all that begin alike. */
static struct node join(struct walk *walk, const struct head *heads, size_t count)
{
    struct node node = *heads[0].node;
    size_t plain = 0;

    if (count == 1 && !is_dotted(heads))
        return node;
    node.key = arena_copy(walk->arena, node.key, heads[0].len);
    node.key_len = heads[0].len;
    for (size_t i = 0; i < count; i++) {
        const struct level *level = heads[i].node->level;

        if (is_dotted(&heads[i]))
            continue;
        plain++;
        if (!level || level->list || plain > 1) {
            node.value = heads[i].node->value;
            node.level = NULL;
            node.odd = "field is given twice";
            walk->odd = true;
            return node;
        }
    }
    node.value = (bson_value_t){.value_type = BSON_TYPE_DOCUMENT};
    node.level = joined(walk, heads, count);
    return node;
}

/* Nodes in the order their first part came, with that place. */
struct placed {
    uint32_t at;
    struct node node;
};

static int by_place(const void *a, const void *b)
{
    const struct placed *left = a;
    const struct placed *right = b;

    return (left->at > right->at) - (left->at < right->at);
}

static void join_all(struct walk *walk, struct level *level)
{
    struct head *heads = sorted_heads(walk, level);
    struct placed *placed = arena_alloc(walk->arena, level->count * sizeof(*placed));
    size_t made = 0;
    size_t end;

    for (size_t i = 0; i < level->count; i = end) {
        for (end = i + 1; end < level->count && same_head(&heads[i], &heads[end]); end++)
            continue;
        placed[made++] = (struct placed){heads[i].at, join(walk, heads + i, end - i)};
    }
    qsort(placed, made, sizeof(*placed), by_place);
    for (size_t i = 0; i < made; i++)
        level->nodes[i] = placed[i].node;
    level->changed = true;
    level->count = made;
}

static bool has_dots(const struct level *level)
{
    for (size_t i = 0; !level->list && i < level->count; i++)
        if (memchr(level->nodes[i].key, '.', level->nodes[i].key_len))
            return true;
    return false;
}

/* A level that is changed already was made of several fields: its members may be called alike. */
static void unfold(struct walk *walk, struct level *level, int depth)
{
    if (level->changed || has_dots(level))
        join_all(walk, level);
    for (size_t i = 0; i < level->count; i++) {
        struct node *node = &level->nodes[i];

        if (!node->level)
            continue;
        if (depth >= DOCUMENT_MAX_DEPTH) {
            node->level = NULL;
            node->value = value_null();
            node->odd = "nested too deeply";
            walk->odd = true;
            continue;
        }
        unfold(walk, node->level, depth + 1);
        level->changed = level->changed || node->level->changed;
    }
}

void tree_unfold(struct walk *walk)
{
    unfold(walk, walk->root, 1);
}
