/* SPDX-License-Identifier: MIT */
/* From method and path to a route: a tree of path segments. A segment of the request is decoded
 * once and compared as it then is; a literal beats a parameter. */
#include "call_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEGMENTS = 16, ALLOW_SIZE = 64 };

struct node {
    char *name;            /* NULL for a parameter */
    struct node *children; /* literals */
    struct node *sibling;
    struct node *any; /* a parameter */
    struct entry *entries[METHOD_COUNT];
    bool has_entries;
    char allow[ALLOW_SIZE];
};

struct router {
    struct node root;
    char allow[ALLOW_SIZE]; /* of any route, for OPTIONS * */
};

struct walk {
    const char *segments[MAX_SEGMENTS];
    size_t count;
    size_t param_count;
    struct match *match;
};

static const char *const names[] = {
    [GET] = "GET",       [POST] = "POST", [PUT] = "PUT",         [PATCH] = "PATCH",
    [DELETE] = "DELETE", [HEAD] = "HEAD", [OPTIONS] = "OPTIONS", [OTHER] = "_OTHER",
};

const char *method_name(enum method method)
{
    return names[method];
}

enum method method_read(struct span text)
{
    for (int i = 0; i < OTHER; i++)
        if (strlen(names[i]) == text.len && memcmp(names[i], text.at, text.len) == 0)
            return (enum method)i;
    return OTHER;
}

struct router *router_new(void)
{
    struct router *router = calloc(1, sizeof(*router));

    if (!router)
        abort();
    return router;
}

static void node_free(struct node *node)
{
    while (node) {
        struct node *sibling = node->sibling;

        node_free(node->children);
        node_free(node->any);
        free(node->name);
        free(node);
        node = sibling;
    }
}

void router_free(struct router *router)
{
    if (!router)
        return;
    node_free(router->root.children);
    node_free(router->root.any);
    free(router);
}

static struct node *node_new(const char *name, size_t len)
{
    struct node *node = calloc(1, sizeof(*node));

    if (!node || (name && !(node->name = strndup(name, len))))
        abort();
    return node;
}

static struct node *node_literal(struct node *parent, const char *name, size_t len)
{
    struct node *node;

    for (node = parent->children; node; node = node->sibling)
        if (strlen(node->name) == len && memcmp(node->name, name, len) == 0)
            return node;
    node = node_new(name, len);
    node->sibling = parent->children;
    parent->children = node;
    return node;
}

void router_add(struct router *router, struct entry *entry)
{
    struct node *node = &router->root;
    const char *at = entry->route.path;
    enum method method =
        method_read((struct span){entry->route.method, strlen(entry->route.method)});

    if (*at != '/' || method >= METHOD_COUNT)
        abort(); /* a mistake in the table, seen at the first start */
    while (*at == '/') {
        size_t len = strcspn(at + 1, "/");

        if (at[1] == ':') {
            if (!node->any)
                node->any = node_new(NULL, 0);
            node = node->any;
        } else {
            node = node_literal(node, at + 1, len);
        }
        at += 1 + len;
    }
    node->has_entries = true;
    if (!node->entries[method])
        node->entries[method] = entry;
}

static void allow_add(char *allow, const char *name)
{
    size_t len = strlen(allow), more = strlen(name);

    if (strstr(allow, name) || len + more + 3 > ALLOW_SIZE)
        return;
    memcpy(allow + len, len ? ", " : "", len ? 2 : 0);
    memcpy(allow + len + (len ? 2 : 0), name, more + 1);
}

static void allow_fill(char *allow, struct entry *const *entries)
{
    for (int i = 0; i < METHOD_COUNT; i++) {
        if (!entries[i])
            continue;
        allow_add(allow, names[i]);
        if (i == GET)
            allow_add(allow, names[HEAD]);
    }
}

static void node_done(struct router *router, struct node *node)
{
    for (; node; node = node->sibling) {
        allow_fill(node->allow, node->entries);
        allow_fill(router->allow, node->entries);
        allow_add(node->allow, names[OPTIONS]);
        node_done(router, node->children);
        node_done(router, node->any);
    }
}

void router_done(struct router *router)
{
    assert(router);
    node_done(router, &router->root);
    allow_add(router->allow, names[OPTIONS]);
}

/* Depth is bounded by the segments of the path, width by two ways at each. */
static const struct node *find(const struct node *node, struct walk *walk, size_t at)
{
    const struct node *found;
    const char *segment;

    if (at == walk->count)
        return node->has_entries ? node : NULL;
    segment = walk->segments[at];
    for (const struct node *child = node->children; child; child = child->sibling)
        if (strcmp(child->name, segment) == 0 && (found = find(child, walk, at + 1)))
            return found;
    if (!node->any || !*segment || walk->param_count == MAX_PARAMS)
        return NULL;
    walk->match->values[walk->param_count++] = segment;
    found = find(node->any, walk, at + 1);
    if (!found)
        walk->param_count--;
    return found;
}

/* Cut the path at its slashes and decode each piece; false with the status if that cannot be. */
static bool split(struct arena *arena, struct span path, struct walk *walk)
{
    const char *at = path.at, *end = path.at + path.len;

    while (at < end) {
        const char *stop = memchr(at + 1, '/', (size_t)(end - at - 1));
        size_t len = (size_t)((stop ? stop : end) - at - 1);

        if (walk->count == MAX_SEGMENTS) {
            walk->match->status = 404;
            return false;
        }
        walk->segments[walk->count] = path_decode(arena, at + 1, len);
        if (!walk->segments[walk->count++]) {
            walk->match->status = 400;
            return false;
        }
        at += 1 + len;
    }
    return true;
}

static void answer_star(const struct router *router, enum method method, struct match *match)
{
    match->status = method == OPTIONS ? 200 : 400;
    match->allow = router->allow;
}

static void choose(const struct node *node, enum method method, struct match *match)
{
    enum method served = method == HEAD ? GET : method;

    match->allow = node->allow;
    if (served < METHOD_COUNT && node->entries[served])
        match->entry = node->entries[served];
    else
        match->status = method == OPTIONS ? 200 : 405;
}

void router_match(const struct router *router, struct arena *arena, enum method method,
                  struct span path, struct match *match)
{
    struct walk walk = {.match = match};
    const struct node *node;

    *match = (struct match){.status = 404};
    if (path.len == 1 && *path.at == '*') {
        answer_star(router, method, match);
        return;
    }
    if (!path.len || *path.at != '/') {
        match->status = 400;
        return;
    }
    if (!split(arena, path, &walk))
        return;
    node = find(&router->root, &walk, 0);
    if (node)
        choose(node, method, match);
}
