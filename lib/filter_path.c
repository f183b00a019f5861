/* SPDX-License-Identifier: MIT */
#include "filter_path.h"

#include "value.h"

#include <string.h>

/* The rest of a path after its first segment, or NULL. */
static const char *path_rest(const char *path)
{
    const char *dot = strchr(path, '.');

    return dot ? dot + 1 : NULL;
}

static bool is_index(const char *path)
{
    size_t digits = strspn(path, "0123456789");

    return digits > 0 && (path[digits] == '.' || path[digits] == '\0');
}

/* Whether the path's first segment is this key. */
static bool names(const char *path, const char *key)
{
    size_t len = strcspn(path, ".");

    return strncmp(path, key, len) == 0 && key[len] == '\0';
}

static bool visit(const struct filter_walk *walk, const bson_value_t *value)
{
    return walk->visit(walk->context, value);
}

static bool visit_list(const struct filter_walk *walk, const bson_value_t *list)
{
    bson_iter_t iter;

    if (!walk->lists_whole && value_members(list, &iter)) {
        while (bson_iter_next(&iter))
            if (visit(walk, bson_iter_value(&iter)))
                return true;
    }
    return visit(walk, list);
}

static bool walk_object(const struct filter_walk *walk, const bson_value_t *object,
                        const char *path, int depth);
static bool walk_list(const struct filter_walk *walk, const bson_value_t *list, const char *path,
                      int depth);

/* An element the path's first segment names by its place. */
static bool walk_place(const struct filter_walk *walk, const bson_value_t *element,
                       const char *path, int depth)
{
    const char *rest = path_rest(path);

    if (!rest)
        return visit(walk, element);
    if (element->value_type == BSON_TYPE_DOCUMENT)
        return walk_object(walk, element, rest, depth + 1);
    return element->value_type == BSON_TYPE_ARRAY && walk_list(walk, element, rest, depth + 1);
}

/* The path leads on from inside a list. */
static bool walk_list(const struct filter_walk *walk, const bson_value_t *list, const char *path,
                      int depth)
{
    bool by_place = is_index(path);
    bson_iter_t iter;

    if (depth > FILTER_MAX_SEGMENTS || !value_members(list, &iter))
        return false;
    while (bson_iter_next(&iter)) {
        const bson_value_t *element = bson_iter_value(&iter);

        if (element->value_type == BSON_TYPE_DOCUMENT &&
            walk_object(walk, element, path, depth + 1))
            return true;
        if (by_place && names(path, bson_iter_key(&iter)) && walk_place(walk, element, path, depth))
            return true;
    }
    return false;
}

static bool walk_object(const struct filter_walk *walk, const bson_value_t *object,
                        const char *path, int depth)
{
    const bson_value_t missing = value_missing();
    const char *rest = path_rest(path);
    const bson_value_t *value;
    bson_iter_t iter;

    if (depth > FILTER_MAX_SEGMENTS)
        return false;
    if (!value_members(object, &iter) ||
        !bson_iter_find_w_len(&iter, path, (int)strcspn(path, ".")))
        return visit(walk, &missing);
    value = bson_iter_value(&iter);
    if (value->value_type == BSON_TYPE_ARRAY)
        return rest ? walk_list(walk, value, rest, depth + 1) : visit_list(walk, value);
    if (!rest)
        return visit(walk, value);
    if (value->value_type == BSON_TYPE_DOCUMENT)
        return walk_object(walk, value, rest, depth + 1);
    return visit(walk, &missing);
}

bool filter_walk(const struct filter_walk *walk, const bson_value_t *from, const char *path)
{
    return walk_object(walk, from, path, 0);
}
