/* SPDX-License-Identifier: MIT */
/* Which fields a client wants to see, and which it may ask about. */
#include "where.h"

#include <string.h>

#include "../lib/json.h"

enum { MAX_FIELDS = 200 };

/* -- what the server shows --------------------------------------------------------------------- */

/* Whether a path is the other one or below it. */
static bool is_within(const char *path, const char *other)
{
    size_t len = strlen(other);

    return strncmp(path, other, len) == 0 && (path[len] == '\0' || path[len] == '.');
}

static bool is_listed(const struct texts *paths, const char *path)
{
    for (size_t i = 0; i < paths->count; i++)
        if (is_within(path, paths->items[i]))
            return true;
    return false;
}

/* Whether a listed path is this one, above it or below it. */
static bool touches(const struct texts *paths, const char *path)
{
    for (size_t i = 0; i < paths->count; i++)
        if (is_within(path, paths->items[i]) || is_within(paths->items[i], path))
            return true;
    return false;
}

/* The places of list items left out: "tags.0.name" as "tags.name". */
static const char *without_places(struct arena *arena, const char *path)
{
    char *out = arena_alloc(arena, strlen(path) + 1);
    char *end = out;

    for (const char *part = path; *part;) {
        size_t len = strcspn(part, ".");

        if (end == out || strspn(part, "0123456789") < len) {
            if (end != out)
                *end++ = '.';
            memcpy(end, part, len);
            end += len;
        }
        part += len + (part[len] == '.');
    }
    *end = '\0';
    return out;
}

bool projection_reaches(struct arena *arena, const struct resource *resource, const char *path)
{
    const char *plain;

    if (resource->showing == SHOW_SCHEMA)
        return true;
    plain = without_places(arena, path);
    if (resource->showing == SHOW_LISTED)
        return is_listed(&resource->shown, plain);
    return !touches(&resource->shown, plain) && !touches(&resource->shown, path);
}

/* -- what the client wants --------------------------------------------------------------------- */

static bool is_meta(const struct resource *resource, const char *path)
{
    const struct names *names = &resource->settings->names;
    const char *const metas[] = {"_id",
                                 resource->id_field,
                                 names->etag,
                                 names->created,
                                 names->updated,
                                 names->links,
                                 resource->soft_delete ? names->deleted : "_id",
                                 resource->versioning ? names->version : "_id",
                                 resource->versioning ? names->latest_version : "_id"};

    for (size_t i = 0; i < sizeof(metas) / sizeof(metas[0]); i++)
        if (strcmp(metas[i], path) == 0)
            return true;
    return false;
}

/* A path that can be a field's: an operator cannot, nor a text that C cuts short. */
static bool check_path(const char *path, size_t len, struct error *err)
{
    if (path[0] != '$' && !strstr(path, ".$") && strlen(path) == len)
        return true;
    return fail(err, ERROR_INVALID, "projection: operators are not allowed");
}

/* The value of a field: 0 or 1. */
static bool read_flag(struct json value, bool *on, struct error *err)
{
    enum json_type type = json_type(value);

    *on = type == JSON_NUMBER ? json_double(value) != 0 : json_bool(value);
    return type == JSON_NUMBER || type == JSON_BOOL ||
           fail(err, ERROR_INVALID, "projection: fields are 0 or 1");
}

struct wish {
    bool inclusive;
    const char **on, **off;
    size_t on_count, off_count;
};

static bool read_wish(const struct resource *resource, struct json object, struct wish *wish,
                      struct error *err)
{
    struct json_iter iter;
    bool on;

    json_each(object, &iter);
    while (json_next(&iter)) {
        if (!check_path(iter.key, iter.key_len, err) || !read_flag(iter.value, &on, err))
            return false;
        wish->inclusive |= on;
        if (is_meta(resource, iter.key))
            continue;
        if (on)
            wish->on[wish->on_count++] = iter.key;
        else
            wish->off[wish->off_count++] = iter.key;
    }
    return true;
}

bool projection_parse(struct arena *arena, const struct resource *resource, const char *text,
                      struct projection *out, struct error *err)
{
    struct wish wish = {0};
    struct json object;

    if (!text || !text[0])
        text = "{}";
    if (!json_parse_unique(arena, text, strlen(text), &object, err))
        return false;
    if (json_type(object) != JSON_OBJECT)
        return fail(err, ERROR_INVALID, "projection: must be an object");
    if (json_count(object) > MAX_FIELDS)
        return fail(err, ERROR_INVALID, "projection: more than %d fields", MAX_FIELDS);
    wish.on = arena_alloc(arena, json_count(object) * sizeof(char *));
    wish.off = arena_alloc(arena, json_count(object) * sizeof(char *));
    if (!read_wish(resource, object, &wish, err))
        return false;
    out->inclusive = wish.inclusive;
    out->paths = wish.inclusive ? (struct texts){wish.on, wish.on_count}
                                : (struct texts){wish.off, wish.off_count};
    return true;
}
