/* SPDX-License-Identifier: MIT */
/* The tables of the application and of the platform, made into routers. */
#include "call_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void add_routes(struct server *server, struct router *router, const struct route *routes)
{
    for (; routes->method; routes++)
        router_add(router, server_entry(server, routes));
}

/* "Name: value" of the application's table. */
static struct line *line_new(const char *text)
{
    const char *colon = strchr(text, ':');
    struct line *line = calloc(1, sizeof(*line));
    char *name;

    if (!line || !colon || !(name = strndup(text, (size_t)(colon - text))))
        abort();
    for (char *at = name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    colon++;
    colon += strspn(colon, " ");
    line->name = (h2o_iovec_t){name, strlen(name)};
    line->value = (h2o_iovec_t){(char *)colon, strlen(colon)};
    return line;
}

static void add_headers(struct server *server)
{
    struct line **last = &server->headers;

    for (const char *const *text = server->app->headers; text && *text; text++) {
        *last = line_new(*text);
        last = &(*last)->next;
    }
}

void server_routes_open(struct server *server)
{
    static const struct route files = {"GET", "/static/*", serve_static, (enum kind)KIND_LOOP,
                                       NULL};
    bool apart = server->settings->admin_port != 0;

    server->router = router_new();
    server->admin_router = router_new();
    add_routes(server, server->router, server->app->routes);
    add_routes(server, apart ? server->admin_router : server->router, admin_routes);
    router_done(server->router);
    router_done(server->admin_router);
    if (server->app->files)
        server->static_entry = server_entry(server, &files);
    add_headers(server);
}

void server_routes_close(struct server *server)
{
    router_free(server->router);
    router_free(server->admin_router);
    while (server->headers) {
        struct line *line = server->headers;

        server->headers = line->next;
        free(line->name.base);
        free(line);
    }
}
