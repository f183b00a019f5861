/* SPDX-License-Identifier: MIT */
/* The settings' resources as routes. */
#include "handlers.h"
#include "rest.h"

#include <string.h>

struct table {
    struct settings *settings;
    struct route *routes;
    size_t count, cap;
};

static void add(struct table *table, const char *method, const char *path, handler handle,
                const struct endpoint *about)
{
    if (table->count == table->cap) {
        size_t cap = table->cap ? table->cap * 2 : 64;
        struct route *more = arena_alloc(&table->settings->arena, cap * sizeof(*more));

        if (table->count)
            memcpy(more, table->routes, table->count * sizeof(*more));
        table->routes = more;
        table->cap = cap;
    }
    table->routes[table->count++] = (struct route){method, path, handle, READS, about};
}

/* A path with and without a slash at its end. */
static void add_both(struct table *table, const char *method, const char *path, handler handle,
                     const struct endpoint *about)
{
    add(table, method, path, handle, about);
    add(table, method, arena_printf(&table->settings->arena, "%s/", path), handle, about);
}

static const struct endpoint *endpoint_new(struct table *table, const struct resource *resource,
                                           enum endpoint_kind kind)
{
    struct endpoint *endpoint = arena_alloc(&table->settings->arena, sizeof(*endpoint));

    *endpoint = (struct endpoint){resource, kind};
    return endpoint;
}

/* `<field>` becomes `:field`. */
static const char *route_path(struct table *table, const char *url)
{
    struct buf path = {0};
    const char *kept, *piece;
    size_t len;

    buf_puts(&path, table->settings->prefix);
    buf_byte(&path, '/');
    while (*url) {
        piece = settings_url_piece(&url, &len);
        buf_add(&path, piece, len);
        if (piece[len] == '<')
            buf_printf(&path, ":%.*s", (int)(url - (piece + len)) - 2, piece + len + 1);
    }
    kept = arena_copy(&table->settings->arena, path.data, path.len);
    buf_release(&path);
    return kept;
}

struct verb {
    unsigned method;
    const char *name;
    handler collection, item;
};

static const struct verb verbs[] = {
    {METHOD_GET, "GET", collection_get, item_get},
    {METHOD_POST, "POST", collection_post, NULL},
    {METHOD_PUT, "PUT", NULL, item_put},
    {METHOD_PATCH, "PATCH", collection_patch, item_patch},
    {METHOD_DELETE, "DELETE", collection_delete, item_delete},
};

static void add_resource(struct table *table, const struct resource *resource)
{
    const char *path = route_path(table, resource->url);
    const char *item = arena_printf(&table->settings->arena, "%s/:" ITEM_SEGMENT, path);
    const struct endpoint *whole = endpoint_new(table, resource, AT_COLLECTION);
    const struct endpoint *one = endpoint_new(table, resource, AT_ITEM);
    unsigned methods = resource->resource_methods, item_methods = resource->item_methods;

    if (resource->bulk_by_filter && item_methods & METHOD_PATCH)
        methods |= METHOD_PATCH;
    else
        methods &= ~(unsigned)METHOD_PATCH;
    if (resource->lookup_field)
        item_methods |= METHOD_GET;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (methods & verbs[i].method && verbs[i].collection)
            add_both(table, verbs[i].name, path, verbs[i].collection, whole);
        if (resource->item_lookup && item_methods & verbs[i].method && verbs[i].item)
            add_both(table, verbs[i].name, item, verbs[i].item, one);
    }
}

static void add_endpoint(struct table *table, const char *name, handler handle)
{
    if (name)
        add_both(table, "GET", route_path(table, name), handle,
                 endpoint_new(table, NULL, AT_OTHER));
}

const struct route *rest_routes(struct settings *settings)
{
    struct table table = {.settings = settings};
    const struct endpoint *home = endpoint_new(&table, NULL, AT_HOME);

    if (*settings->prefix)
        add_both(&table, "GET", settings->prefix, home_get, home);
    else
        add(&table, "GET", "/", home_get, home);
    for (size_t i = 0; i < settings->resource_count; i++)
        if (!settings->resources[i].internal)
            add_resource(&table, &settings->resources[i]);
    add_endpoint(&table, settings->schema_endpoint, schema_get);
    if (settings->schema_endpoint)
        add_both(&table, "GET",
                 arena_printf(&settings->arena, "%s/:resource",
                              route_path(&table, settings->schema_endpoint)),
                 schema_get, endpoint_new(&table, NULL, AT_SCHEMA));
    add_endpoint(&table, settings->changes_endpoint, changes_get);
    add_endpoint(&table, settings->openapi_endpoint, openapi_get);
    add_endpoint(&table, settings->docs_endpoint, docs_get);
    add(&table, NULL, NULL, NULL, NULL);
    return table.routes;
}
