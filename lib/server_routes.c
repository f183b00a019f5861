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

static void add_headers(struct door *door, const char *const *headers)
{
    struct line **last = &door->headers;

    for (const char *const *text = headers; text && *text; text++) {
        *last = line_new(*text);
        last = &(*last)->next;
    }
}

static void add_files(struct server *server, struct door *door, struct files *files)
{
    static const struct route route = {"GET", "/static/*", serve_static, (enum kind)KIND_LOOP,
                                       NULL};

    door->files = files;
    if (files)
        door->static_entry = server_entry(server, &route);
}

void server_routes_open(struct server *server)
{
    const struct app *app = server->app;
    const struct front *front = app->front;
    struct door *doors = server->doors;
    bool apart = server->settings->admin_port != 0;

    for (int i = 0; i < DOOR_COUNT; i++)
        doors[i].router = router_new();
    add_routes(server, doors[DOOR_MAIN].router, app->routes);
    add_routes(server, doors[apart ? DOOR_ADMIN : DOOR_MAIN].router, admin_routes);
    add_files(server, &doors[DOOR_MAIN], app->files);
    add_headers(&doors[DOOR_MAIN], app->headers);
    add_headers(&doors[DOOR_ADMIN], app->headers);
    if (front) {
        add_routes(server, doors[DOOR_FRONT].router, front->routes);
        add_files(server, &doors[DOOR_FRONT], front->files);
        add_headers(&doors[DOOR_FRONT], front->headers);
    }
    for (int i = 0; i < DOOR_COUNT; i++)
        router_done(doors[i].router);
}

static void close_door(struct door *door)
{
    router_free(door->router);
    while (door->headers) {
        struct line *line = door->headers;

        door->headers = line->next;
        free(line->name.base);
        free(line);
    }
}

void server_routes_close(struct server *server)
{
    for (int i = 0; i < DOOR_COUNT; i++)
        close_door(&server->doors[i]);
}
