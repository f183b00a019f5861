/* SPDX-License-Identifier: MIT */
#include "docs.h"

#include "../lib/json.h"
#include "../lib/template_json.h"
#include "gate.h"
#include "handlers.h"
#include "openapi.h"
#include "render.h"

#include <string.h>

static const char page[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<title>API</title><style>"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c1c1c;background:#fff}h2{border-top:1px solid #ccc;padding-top:1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;"
    "padding:.3rem .6rem;border-bottom:1px solid #ddd}code,pre{font:14px/1.5 ui-monospace,"
    "monospace;background:#f4f4f4}pre{padding:.6rem;overflow:auto}code{padding:0 .2rem}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#181818}code,pre{background:"
    "#262626}th,td{border-color:#444}h2{border-color:#444}a{color:#8ab4f8}}"
    "</style></head><body><h1>API</h1>"
    "<p>{{#resources}}<a href=\"#{{name}}\">{{name}}</a> {{/resources}}"
    "{{#openapi}}&middot; <a href=\"{{openapi}}\">OpenAPI</a>{{/openapi}}</p>"
    "{{#auth}}<p>Requests need credentials ({{auth}}).</p>{{/auth}}"
    "{{#resources}}<h2 id=\"{{name}}\">{{name}}</h2>"
    "<table><tr><th>Address<th>Methods</tr>"
    "<tr><td><code>{{path}}</code><td>{{methods}}</tr>"
    "{{#item}}<tr><td><code>{{path}}/&lt;{{segment}}&gt;</code><td>{{methods}}</tr>{{/item}}"
    "{{#lookup}}<tr><td><code>{{path}}/&lt;{{segment}}&gt;</code><td>{{methods}}</tr>{{/lookup}}</"
    "table>"
    "<h3>Fields</h3><table><tr><th>Name<th>Type<th>Rules</tr>"
    "{{#fields}}<tr><td><code>{{name}}</code><td>{{type}}<td>{{rules}}</tr>{{/fields}}</table>"
    "{{^fields}}<p>Any.</p>{{/fields}}"
    "<h3>Example</h3><pre>curl \"{{example}}\"</pre>{{/resources}}</body></html>\n";

struct templates *docs_open(struct error *err)
{
    const struct template_source source = {"docs", page, sizeof(page) - 1};

    return templates_from_memory(&source, 1, false, err);
}

/* -- data ------------------------------------------------------------------------------------- */

static void write_member(struct buf *out, const char *name, const struct buf *value)
{
    if (out->data[out->len - 1] != '{')
        buf_byte(out, ',');
    render_text(name, strlen(name), out);
    buf_byte(out, ':');
    render_text(value->data ? value->data : "", value->len, out);
}

static void write_text(struct buf *out, const char *name, const char *text)
{
    struct buf value = {(char *)(uintptr_t)text, strlen(text), 0};

    write_member(out, name, &value);
}

static void write_methods(struct buf *out, unsigned methods)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    struct buf value = {0};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (methods & 1U << i)
            buf_printf(&value, "%s%s", value.len ? ", " : "", names[i]);
    write_member(out, "methods", &value);
    buf_release(&value);
}

static void write_number(struct buf *out, const char *words, int64_t number)
{
    if (number >= 0)
        buf_printf(out, "%s %lld; ", words, (long long)number);
}

/* What a field's rules say, in words. */
static void write_rules(const struct settings *settings, const struct rules *rules, struct buf *out)
{
    struct buf words = {0};

    if (rules->description)
        buf_printf(&words, "%s; ", rules->description);
    buf_puts(&words, rules->required ? "required; " : "");
    buf_puts(&words, rules->unique ? "unique; " : "");
    buf_puts(&words, rules->readonly ? "read-only; " : "");
    buf_puts(&words, rules->nullable ? "may be null; " : "");
    write_number(&words, "min length", rules->min_len);
    write_number(&words, "max length", rules->max_len);
    if (rules->has_allowed) {
        buf_puts(&words, "one of");
        for (size_t i = 0; i < rules->allowed.count; i++) {
            buf_byte(&words, ' ');
            render_value(settings, &rules->allowed.items[i], &words);
        }
        buf_puts(&words, "; ");
    }
    if (rules->regex_text)
        buf_printf(&words, "matches %s; ", rules->regex_text);
    if (rules->relation)
        buf_printf(&words, "%s of %s%s; ", rules->relation->field, rules->relation->resource_name,
                   rules->relation->embeddable ? ", can be embedded" : "");
    if (words.len)
        words.len -= 2;
    write_member(out, "rules", &words);
    buf_release(&words);
}

static void write_fields(const struct resource *resource, struct buf *out)
{
    buf_puts(out, ",\"fields\":[");
    for (size_t i = 0; i < resource->schema.count; i++) {
        const struct rules *rules = &resource->schema.fields[i];

        buf_puts(out, i ? ",{" : "{");
        write_text(out, "name", rules->name);
        write_text(out, "type", rules->type_name ? rules->type_name : "any");
        write_rules(resource->settings, rules, out);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static void write_way(struct buf *out, const char *name, const char *segment, unsigned methods)
{
    buf_printf(out, ",\"%s\":{", name);
    write_text(out, "segment", segment);
    write_methods(out, methods);
    buf_byte(out, '}');
}

static void write_resource(const struct resource *resource, struct buf *out)
{
    struct buf path = {0}, example = {0};

    buf_puts(&path, resource->settings->prefix);
    openapi_path(resource, &path);
    buf_printf(&example, "$API%s?max_results=5", buf_text(&path));
    buf_byte(out, '{');
    write_text(out, "name", resource->name);
    write_member(out, "path", &path);
    write_methods(out, resource->resource_methods);
    if (resource->item_lookup)
        write_way(out, "item", resource->id_field, resource->item_methods);
    if (resource->lookup_field)
        write_way(out, "lookup", resource->lookup_field,
                  METHOD_GET | (resource->lookup_writes ? resource->item_methods : 0));
    write_member(out, "example", &example);
    write_fields(resource, out);
    buf_byte(out, '}');
    buf_release(&path);
    buf_release(&example);
}

void docs_write(const struct settings *settings, struct buf *out)
{
    bool first = true;

    buf_byte(out, '{');
    if (settings->openapi_endpoint)
        write_text(out, "openapi", settings->openapi_endpoint);
    if (settings->auth.kind != AUTH_NONE)
        write_text(out, "auth", settings->auth.kind == AUTH_BASIC ? "HTTP Basic" : "a token");
    if (out->data[out->len - 1] != '{')
        buf_byte(out, ',');
    buf_puts(out, "\"resources\":[");
    for (size_t i = 0; i < settings->resource_count; i++) {
        if (settings->resources[i].internal)
            continue;
        if (!first)
            buf_byte(out, ',');
        first = false;
        write_resource(&settings->resources[i], out);
    }
    buf_puts(out, "]}");
}

/* GET /docs - the resources for people. */
enum outcome docs_get(struct call *call)
{
    const struct rest *rest = rest_of(call);
    const struct template *template;
    struct buf data = {0};
    enum outcome refused;
    struct error err;
    struct json json;
    bool ok;

    if (!gate_pass(call, &refused))
        return refused;
    docs_write(rest->settings, &data);
    ok = (template = templates_get(rest->docs, "docs", &err)) &&
         json_parse(call_arena(call), data.data, data.len, &json, &err);
    buf_release(&data);
    if (!ok)
        return call_fail(call, &err);
    call_add_header(call, "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    return call_html(call, 200, template, template_json(json));
}
