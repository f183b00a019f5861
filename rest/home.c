/* SPDX-License-Identifier: MIT */
/* The entry point, and the schemas. */
#include "gate.h"
#include "handlers.h"
#include "render.h"
#include "reply.h"

#include <string.h>

static enum outcome send(struct call *call, struct buf *body)
{
    const char *text = arena_copy(call_arena(call), body->data, body->len);
    struct list bytes = {text, body->len};

    gate_common_cache_headers(call);
    buf_release(body);
    return reply_json(call, 200, bytes);
}

static void write_text(struct buf *out, const char *text)
{
    render_text(text, strlen(text), out);
}

/* -- GET / ----------------------------------------------------------------------------------- */

static void write_child(const char *before, const char *url, const char *title, struct buf *out)
{
    buf_puts(out, before);
    buf_puts(out, "{\"href\":");
    write_text(out, url);
    buf_puts(out, ",\"title\":");
    write_text(out, title);
    buf_byte(out, '}');
}

static void write_children(const struct settings *settings, struct arena *arena, struct buf *out)
{
    const char *schema = settings->schema_endpoint, *before = "";

    for (size_t i = 0; i < settings->resource_count; i++) {
        const struct resource *resource = &settings->resources[i];

        if (resource->internal)
            continue;
        write_child(before, arena_printf(arena, "%s%s", settings->link_base, resource->url),
                    resource->title, out);
        before = ",";
    }
    if (schema)
        write_child(before, arena_printf(arena, "%s%s", settings->link_base, schema), schema, out);
}

static void write_info(const struct settings *settings, struct buf *out)
{
    write_text(out, settings->names.info);
    buf_puts(out, ":{\"server\":\"Decant\",\"version\":\"1.0.0\",\"api_version\":");
    write_text(out, settings->api_version);
    buf_byte(out, '}');
}

/* GET / - the resources. */
enum outcome home_get(struct call *call)
{
    const struct settings *settings = rest_of(call)->settings;
    struct buf body = {0};
    enum outcome refused;

    if (!gate_pass(call, &refused))
        return refused;
    buf_byte(&body, '{');
    if (settings->info)
        write_info(settings, &body);
    if (settings->hateoas) {
        if (settings->info)
            buf_byte(&body, ',');
        write_text(&body, settings->names.links);
        buf_puts(&body, ":{\"child\":[");
        write_children(settings, call_arena(call), &body);
        buf_puts(&body, "]}");
    }
    buf_byte(&body, '}');
    return send(call, &body);
}

/* -- GET /schema ---------------------------------------------------------------------------------
 */

static void write_schemas(const struct settings *settings, struct buf *out)
{
    const char *before = "{";

    for (size_t i = 0; i < settings->resource_count; i++) {
        if (settings->resources[i].internal)
            continue;
        buf_puts(out, before);
        write_text(out, settings->resources[i].name);
        buf_byte(out, ':');
        buf_puts(out, settings->resources[i].schema_text);
        before = ",";
    }
    buf_puts(out, *before == '{' ? "{}" : "}");
}

/* GET /schema and /schema/:resource - schemas as configured. */
enum outcome schema_get(struct call *call)
{
    const struct settings *settings = rest_of(call)->settings;
    const char *name = call_param(call, "resource");
    const struct resource *resource = name ? settings_resource(settings, name) : NULL;
    struct buf body = {0};
    enum outcome refused;
    struct error err;

    if (!gate_pass(call, &refused))
        return refused;
    if (name && (!resource || resource->internal)) {
        fail(&err, ERROR_NOT_FOUND, "there is no resource %s", name);
        return call_fail(call, &err);
    }
    if (resource)
        buf_puts(&body, resource->schema_text);
    else
        write_schemas(settings, &body);
    return send(call, &body);
}
