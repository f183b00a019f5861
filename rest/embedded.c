/* SPDX-License-Identifier: MIT */
/* Which references are replaced by what they lead to. */
#include "where.h"

#include <string.h>

#include "../lib/json.h"

enum { MAX_FIELDS = 32, MAX_DEPTH = 4 };

/* The relation of a field or of its items. */
static const struct relation *relation_of(const struct rules *rules)
{
    if (rules && !rules->relation && rules->each)
        rules = rules->each;
    return rules && rules->relation && rules->relation->embeddable ? rules->relation : NULL;
}

/* Where a path leaves a resource: the shortest beginning that is an embeddable reference, and then
 * the rest of the path (NULL if that was all of it). */
static const struct relation *first_relation(struct arena *arena, const struct resource *resource,
                                             const char *path, const char **rest)
{
    for (size_t len = strcspn(path, ".");; len += 1 + strcspn(path + len + 1, ".")) {
        const struct rules *rules = schema_at(&resource->schema, arena_copy(arena, path, len));
        const struct relation *relation = relation_of(rules);

        *rest = path[len] ? path + len + 1 : NULL;
        if (relation || !rules || !*rest)
            return relation;
    }
}

static bool has(const struct texts *paths, const char *path, size_t len)
{
    for (size_t i = 0; i < paths->count; i++)
        if (strncmp(paths->items[i], path, len) == 0 && paths->items[i][len] == '\0')
            return true;
    return false;
}

/* Whether a path leads through embeddable references that are wanted as well. */
static bool can_embed(struct arena *arena, const struct resource *resource, const char *path,
                      const struct texts *wanted)
{
    const char *at = path;

    for (int depth = 0; depth < MAX_DEPTH; depth++) {
        const char *rest;
        const struct relation *relation = first_relation(arena, resource, at, &rest);

        if (!relation || !rest)
            return relation != NULL;
        if (!has(wanted, path, (size_t)(rest - path) - 1))
            return false;
        resource = relation->resource;
        at = rest;
    }
    return false;
}

/* -- what is wanted ---------------------------------------------------------------------------- */

/* 1 or true: 1. 0 or false: 0. Anything else says nothing: -1. */
static int flag(struct json value)
{
    double number = json_double(value);

    if (json_type(value) == JSON_BOOL)
        return json_bool(value);
    if (json_type(value) != JSON_NUMBER || (number != 0 && number != 1))
        return -1;
    return number == 1;
}

static bool parse(struct arena *arena, const char *text, struct json *object, struct error *err)
{
    if (!text || !text[0])
        text = "{}";
    if (!json_parse_unique(arena, text, strlen(text), object, err))
        return false;
    if (json_type(*object) != JSON_OBJECT)
        return fail(err, ERROR_INVALID, "embedded: must be an object");
    return json_count(*object) <= MAX_FIELDS ||
           fail(err, ERROR_INVALID, "embedded: more than %d fields", MAX_FIELDS);
}

/* The resource's own, but for those switched off, and those switched on. */
static struct texts wanted(struct arena *arena, const struct resource *resource, struct json object)
{
    const struct texts *own = &resource->embedded_fields;
    const char **items = arena_alloc(arena, (own->count + json_count(object)) * sizeof(*items));
    struct texts list = {items, 0};
    struct json_iter iter;
    struct json value;

    for (size_t i = 0; i < own->count; i++)
        if (!json_get(object, own->items[i], &value) || flag(value) != 0)
            items[list.count++] = own->items[i];
    json_each(object, &iter);
    while (json_next(&iter))
        if (flag(iter.value) == 1 && strlen(iter.key) == iter.key_len &&
            !has(&list, iter.key, iter.key_len))
            items[list.count++] = iter.key;
    return list;
}

static size_t dots(const char *path)
{
    size_t count = 0;

    for (; *path; path++)
        count += *path == '.';
    return count;
}

/* Put a path behind those with as many dots or fewer. */
static void insert(const char **paths, size_t count, const char *path)
{
    size_t at = count;

    for (; at > 0 && dots(paths[at - 1]) > dots(path); at--)
        paths[at] = paths[at - 1];
    paths[at] = path;
}

bool embedded_parse(struct arena *arena, const struct resource *resource, const char *text,
                    struct texts *out, struct error *err)
{
    struct json object;
    struct texts list;
    const char **paths;

    if (!parse(arena, text, &object, err))
        return false;
    list = wanted(arena, resource, object);
    paths = arena_alloc(arena, list.count * sizeof(*paths));
    *out = (struct texts){paths, 0};
    for (size_t i = 0; i < list.count; i++)
        if (can_embed(arena, resource, list.items[i], &list))
            insert(paths, out->count++, list.items[i]);
    return true;
}
