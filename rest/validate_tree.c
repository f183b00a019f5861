/* SPDX-License-Identifier: MIT */
/* Documents as trees: read from BSON, searched, written again. */
#include "validate_private.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 16 }; /* up to here nodes are searched one after the other */

const char *odd_name(const char *key, size_t len)
{
    if (len == 0)
        return "a field's name must not be empty";
    if (key[0] == '$')
        return "a field's name must not start with $";
    return memchr(key, '.', len) ? "a field's name must not hold a dot" : NULL;
}

/* -- reading ------------------------------------------------------------------------------------
 */

static struct level *read_level(struct walk *walk, struct bson_bytes bytes, bool list, int depth);

static void fill(struct walk *walk, struct node *node, const bson_value_t *value, int depth)
{
    bool object = value->value_type == BSON_TYPE_DOCUMENT;

    node->value = *value;
    if (!object && value->value_type != BSON_TYPE_ARRAY)
        return;
    if (depth > DOCUMENT_MAX_DEPTH) {
        node->odd = "nested too deeply";
        walk->odd = true;
        return;
    }
    node->level =
        read_level(walk, (struct bson_bytes){value->value.v_doc.data, value->value.v_doc.data_len},
                   !object, depth);
}

static void read_key(struct walk *walk, struct node *node, const bson_iter_t *iter)
{
    node->key = bson_iter_key(iter);
    node->key_len = bson_iter_key_len(iter);
    if (odd_name(node->key, node->key_len)) {
        walk->odd = true;
        walk->dotted = walk->dotted || memchr(node->key, '.', node->key_len);
    }
}

static size_t count_members(struct bson_bytes bytes)
{
    bson_iter_t iter;
    size_t count = 0;

    if (bson_iter_init_from_data(&iter, bytes.data, bytes.len))
        while (bson_iter_next(&iter))
            count++;
    return count;
}

static struct level *read_level(struct walk *walk, struct bson_bytes bytes, bool list, int depth)
{
    struct level *level = arena_zalloc(walk->arena, sizeof(*level));
    size_t count = count_members(bytes);
    bson_iter_t iter;

    level->list = list;
    level->nodes = arena_zalloc(walk->arena, count * sizeof(*level->nodes));
    if (!bson_iter_init_from_data(&iter, bytes.data, bytes.len))
        return level;
    while (level->count < count && bson_iter_next(&iter)) {
        struct node *node = &level->nodes[level->count++];

        if (!list)
            read_key(walk, node, &iter);
        fill(walk, node, bson_iter_value(&iter), depth + 1);
    }
    return level;
}

struct level *tree_read(struct walk *walk, struct bson_bytes bytes)
{
    return read_level(walk, bytes, false, 1);
}

void tree_fill(struct walk *walk, struct node *node, const bson_value_t *value)
{
    fill(walk, node, value, 2);
}

/* -- writing ------------------------------------------------------------------------------------
 */

static void write_node(const struct node *node, const char *key, bson_t *out)
{
    int len = (int)strlen(key);
    bson_t inner;

    if (!node->level || !node->level->changed) {
        bson_append_value(out, key, len, &node->value);
    } else if (node->level->list) {
        bson_append_array_begin(out, key, len, &inner);
        tree_write(node->level, &inner);
        bson_append_array_end(out, &inner);
    } else {
        bson_append_document_begin(out, key, len, &inner);
        tree_write(node->level, &inner);
        bson_append_document_end(out, &inner);
    }
}

void tree_write(const struct level *level, bson_t *out)
{
    for (size_t i = 0; i < level->count; i++) {
        char digits[16];
        const char *key = level->nodes[i].key;

        if (level->list)
            bson_uint32_to_string((uint32_t)i, &key, digits, sizeof(digits));
        write_node(&level->nodes[i], key, out);
    }
}

bson_value_t tree_value(struct walk *walk, const struct node *node)
{
    bson_value_t value = node->value;
    bson_t built;

    if (!node->level || !node->level->changed)
        return value;
    bson_init(&built);
    tree_write(node->level, &built);
    value.value_type = node->level->list ? BSON_TYPE_ARRAY : BSON_TYPE_DOCUMENT;
    value.value.v_doc.data_len = built.len;
    value.value.v_doc.data = (uint8_t *)arena_copy(walk->arena, bson_get_data(&built), built.len);
    bson_destroy(&built);
    return value;
}

/* -- looking ------------------------------------------------------------------------------------
 */

static int compare_keys(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int by_key(const void *a, const void *b, void *context)
{
    const struct level *level = context;
    const struct node *left = &level->nodes[*(const uint32_t *)a];
    const struct node *right = &level->nodes[*(const uint32_t *)b];

    return compare_keys(left->key, left->key_len, right->key, right->key_len);
}

static struct node *find_sorted(struct walk *walk, struct level *level, const char *key, size_t len)
{
    size_t low = 0;
    size_t high = level->count;

    if (!level->sorted) {
        level->sorted = arena_alloc(walk->arena, level->count * sizeof(*level->sorted));
        for (uint32_t i = 0; i < level->count; i++)
            level->sorted[i] = i;
        qsort_r(level->sorted, level->count, sizeof(*level->sorted), by_key, level);
    }
    while (low < high) {
        size_t middle = (low + high) / 2;
        struct node *node = &level->nodes[level->sorted[middle]];
        int order = compare_keys(key, len, node->key, node->key_len);

        if (order == 0)
            return node;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

struct node *level_find(struct walk *walk, struct level *level, const char *key, size_t len)
{
    if (level->list)
        return NULL;
    if (level->count > FEW)
        return find_sorted(walk, level, key, len);
    for (size_t i = 0; i < level->count; i++)
        if (level->nodes[i].key_len == len && memcmp(level->nodes[i].key, key, len) == 0)
            return &level->nodes[i];
    return NULL;
}

void level_forget(struct level *level)
{
    level->matched = NULL;
    level->rules = NULL;
    level->sorted = NULL;
}

/* Fields mostly come in the schema's order: the one behind the last is tried first. */
static const struct rules *rules_of(const struct schema *schema, const struct node *node,
                                    size_t *guess)
{
    const struct rules *rules = NULL;

    if (*guess < schema->count) {
        const char *name = schema->fields[*guess].name;

        if (strncmp(name, node->key, node->key_len) == 0 && name[node->key_len] == '\0')
            rules = &schema->fields[*guess];
    }
    if (!rules)
        rules = schema_find(schema, node->key, node->key_len);
    if (rules)
        *guess = (size_t)(rules - schema->fields) + 1;
    return rules;
}

/* An `_id` may be sent without being declared. */
static const struct rules *id_rules(const struct walk *walk, const struct node *node)
{
    static const struct rules as_text = {.name = "_id",
                                         .path = "_id",
                                         .types = RULE_STRING,
                                         .type_name = "string",
                                         .min_len = -1,
                                         .max_len = -1};
    static const struct rules as_integer = {.name = "_id",
                                            .path = "_id",
                                            .types = RULE_INTEGER,
                                            .type_name = "integer",
                                            .min_len = -1,
                                            .max_len = -1};
    static const struct rules as_object_id = {.name = "_id",
                                              .path = "_id",
                                              .types = RULE_OBJECTID,
                                              .type_name = "objectid",
                                              .min_len = -1,
                                              .max_len = -1};

    if (strcmp(node->key, "_id") != 0 || strcmp(walk->resource->id_field, "_id") != 0)
        return NULL;
    switch (walk->resource->collection->id_type) {
    case TYPE_TEXT:
        return &as_text;
    case TYPE_INT:
        return &as_integer;
    default:
        return &as_object_id;
    }
}

void level_match(struct walk *walk, struct level *level, const struct schema *schema)
{
    size_t guess = 0;

    if (level->matched == schema)
        return;
    if (!level->rules)
        level->rules = arena_alloc(walk->arena, level->count * sizeof(void *));
    level->there = arena_zalloc(walk->arena, schema->count);
    level->matched = schema;
    for (size_t i = 0; i < level->count; i++) {
        const struct rules *rules = rules_of(schema, &level->nodes[i], &guess);

        if (rules)
            level->there[rules - schema->fields] = true;
        else if (level == walk->root)
            rules = id_rules(walk, &level->nodes[i]);
        level->rules[i] = rules;
    }
}
