/* SPDX-License-Identifier: MIT */
/* Which fields are shown: the client's wish within what the server shows. */
#include "where.h"

#include <string.h>

#include "../lib/json.h"

enum { MAX_FIELDS = 200 };

struct paths {
    const char **items;
    size_t count;
};

/* room: how many there may be. */
static struct paths paths_new(struct arena *arena, size_t room)
{
    return (struct paths){arena_alloc(arena, room * sizeof(char *)), 0};
}

static void add(struct paths *paths, const char *path)
{
    paths->items[paths->count++] = path;
}

static struct texts texts_of(const struct paths *paths)
{
    return (struct texts){paths->items, paths->count};
}

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

static bool has_below(const struct texts *paths, const char *path)
{
    for (size_t i = 0; i < paths->count; i++)
        if (is_within(paths->items[i], path))
            return true;
    return false;
}

static const struct texts *hidden_of(const struct projection *projection)
{
    return projection->inclusive ? &projection->hidden : &projection->paths;
}

enum shown projection_at(const struct projection *projection, const char *path)
{
    const struct texts *hidden = hidden_of(projection);

    if (is_listed(hidden, path))
        return SHOWN_NOT;
    if (projection->inclusive && !is_listed(&projection->paths, path))
        return has_below(&projection->paths, path) ? SHOWN_PARTLY : SHOWN_NOT;
    return has_below(hidden, path) ? SHOWN_PARTLY : SHOWN;
}

/* The places of list items left out: "tags.0.name" as "tags.name". */
static const char *without_places(struct arena *arena, const char *name)
{
    char *out = arena_alloc(arena, strlen(name) + 1);
    char *end = out;

    for (const char *part = name; *part;) {
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

bool projection_reaches(struct arena *arena, const struct projection *projection, const char *path)
{
    const struct texts *hidden = hidden_of(projection);

    return projection_at(projection, without_places(arena, path)) == SHOWN &&
           !is_listed(hidden, path) && !has_below(hidden, path);
}

/* -- the server's ------------------------------------------------------------------------------ */

static void add_shown(struct arena *arena, const struct resource *resource, struct paths *paths)
{
    size_t count =
        resource->showing == SHOW_SCHEMA ? resource->schema.count : resource->shown.count;

    *paths = paths_new(arena, count);
    for (size_t i = 0; i < count; i++) {
        const char *path = resource->showing == SHOW_SCHEMA ? resource->schema.fields[i].name
                                                            : resource->shown.items[i];

        if (!is_meta(resource, path))
            add(paths, path);
    }
}

void projection_server(struct arena *arena, const struct resource *resource, struct projection *out)
{
    struct paths paths = {0};
    bool any = resource->any_schema || resource->schema.allow_unknown;

    *out = (struct projection){.inclusive = resource->showing == SHOW_LISTED ||
                                            (resource->showing == SHOW_SCHEMA && !any)};
    if (out->inclusive || resource->showing == SHOW_UNLISTED)
        add_shown(arena, resource, &paths);
    out->paths = texts_of(&paths);
}

/* -- the client's ------------------------------------------------------------------------------ */

struct wish {
    bool inclusive; /* there was a 1 */
    struct paths on, off;
};

/* A path that can be a field's: an operator cannot, nor a text that C cuts short. */
static bool check_path(const char *path, size_t len, struct error *err)
{
    if (path[0] != '$' && !strstr(path, ".$") && strlen(path) == len)
        return true;
    return fail(err, ERROR_INVALID, "projection: operators are not allowed");
}

static bool read_wish(const struct resource *resource, struct json object, struct wish *wish,
                      struct error *err)
{
    struct json_iter iter;

    json_each(object, &iter);
    while (json_next(&iter)) {
        enum json_type type = json_type(iter.value);
        bool on = type == JSON_NUMBER ? json_double(iter.value) != 0 : json_bool(iter.value);
        struct paths *paths = on ? &wish->on : &wish->off;

        if (!check_path(iter.key, iter.key_len, err))
            return false;
        if (type != JSON_NUMBER && type != JSON_BOOL)
            return fail(err, ERROR_INVALID, "projection: fields are 0 or 1");
        wish->inclusive |= on;
        if (!is_meta(resource, iter.key))
            add(paths, iter.key);
    }
    return true;
}

/* -- both -------------------------------------------------------------------------------------- */

/* What is asked for, as far as the server shows it, and of what it shows, what is below that. */
static void include(struct arena *arena, const struct projection *server, const struct wish *wish,
                    struct projection *out)
{
    struct texts on = texts_of(&wish->on);
    struct paths paths = paths_new(arena, on.count + server->paths.count);

    for (size_t i = 0; i < on.count; i++) {
        enum shown shown = projection_at(server, on.items[i]);

        if (shown == SHOWN || (shown == SHOWN_PARTLY && !server->inclusive))
            add(&paths, on.items[i]);
    }
    for (size_t i = 0; server->inclusive && i < server->paths.count; i++) {
        const char *path = server->paths.items[i];
        struct texts have = texts_of(&paths);

        if (is_listed(&on, path) && !is_listed(&have, path))
            add(&paths, path);
    }
    out->inclusive = true;
    out->paths = texts_of(&paths);
    out->hidden = server->inclusive ? (struct texts){NULL, 0} : server->paths;
}

/* What the server shows without what is not wanted. */
static void exclude(struct arena *arena, const struct projection *server, const struct wish *wish,
                    struct projection *out)
{
    struct texts off = texts_of(&wish->off);
    struct paths paths = paths_new(arena, off.count + server->paths.count);

    for (size_t i = 0; i < server->paths.count; i++)
        if (!server->inclusive || !is_listed(&off, server->paths.items[i]))
            add(&paths, server->paths.items[i]);
    for (size_t i = 0; !server->inclusive && i < off.count; i++)
        add(&paths, off.items[i]);
    out->inclusive = server->inclusive;
    out->paths = texts_of(&paths);
    out->hidden = server->inclusive ? off : (struct texts){NULL, 0};
}

bool projection_parse(struct arena *arena, const struct resource *resource, const char *text,
                      struct projection *out, struct error *err)
{
    struct projection server;
    struct wish wish = {0};
    struct json object;

    projection_server(arena, resource, &server);
    if (!text || !text[0]) {
        *out = server;
        return true;
    }
    if (!json_parse_unique(arena, text, strlen(text), &object, err))
        return false;
    if (json_type(object) != JSON_OBJECT)
        return fail(err, ERROR_INVALID, "projection: must be an object");
    if (json_count(object) > MAX_FIELDS)
        return fail(err, ERROR_INVALID, "projection: more than %d fields", MAX_FIELDS);
    wish.on = paths_new(arena, json_count(object));
    wish.off = paths_new(arena, json_count(object));
    if (!read_wish(resource, object, &wish, err))
        return false;
    if (wish.inclusive)
        include(arena, &server, &wish, out);
    else
        exclude(arena, &server, &wish, out);
    return true;
}
