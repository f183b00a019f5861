/* SPDX-License-Identifier: MIT */
/* DOMAIN: all resources, and those that follow from settings: histories and the log of operations.
 */
#include "settings_tables.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_RESOURCES = 1000 };

/* The object DOMAIN; false where there is none, which is said. */
static bool find_domain(const struct spot *whole, struct spot *out)
{
    return spot_get(whole, "DOMAIN", out) && json_type(out->value) == JSON_OBJECT;
}

void domain_name(const struct spot *whole)
{
    struct reader *reader = whole->reader;
    struct json_iter iter;
    struct spot domain;

    if (!find_domain(whole, &domain)) {
        if (!spot_get(whole, "DOMAIN", &domain))
            mistake(whole, "DOMAIN is missing: the resources that are served");
        return;
    }
    if (json_count(domain.value) > MOST_RESOURCES) {
        mistake(&domain, "has more than %d resources", MOST_RESOURCES);
        return;
    }
    /* room for a history of each, and for the log of operations with its own */
    reader->resources =
        arena_zalloc(reader->arena, (json_count(domain.value) * 2 + 2) * sizeof(struct resource));
    json_each(domain.value, &iter);
    while (json_next(&iter))
        if (strlen(iter.key) == iter.key_len) /* else spot_next() says so */
            reader->resources[reader->resource_count++].name = iter.key;
}

/* -- the log of operations -----------------------------------------------------------------------
 */

/* What Eve gives its log, whatever DOMAIN says of it. */
static const char *oplog_text(struct arena *arena, const struct settings *settings)
{
    const char *audit = settings->oplog.audit ? ",\"ip\":{},\"c\":{},\"u\":{}" : "";
    struct buf text = {0};
    const char *copy;

    buf_puts(&text, "{\"resource_methods\":[\"GET\"],\"item_methods\":[\"GET\"],"
                    "\"versioning\":false,\"soft_delete\":false,\"changes\":false,");
    buf_printf(&text, "\"internal_resource\":%s,", settings->oplog.endpoint ? "false" : "true");
    if (settings->oplog.endpoint) {
        buf_puts(&text, "\"url\":");
        json_write_text(&text, settings->oplog.endpoint, strlen(settings->oplog.endpoint));
        buf_byte(&text, ',');
    }
    buf_printf(&text, "\"schema\":{\"r\":{},\"o\":{},\"i\":{}%s}}", audit);
    copy = arena_copy(arena, text.data, text.len);
    buf_release(&text);
    return copy;
}

static void parse_own(struct spot *spot, const char *text)
{
    struct error err = {0};

    if (!json_parse(spot->reader->arena, text, strlen(text), &spot->value, &err))
        abort();
}

/* The draft of the log: that of DOMAIN, if it is configured there, or one more. */
static void add_oplog(const struct spot *domain, struct draft *drafts, size_t *count)
{
    struct reader *reader = domain->reader;
    const struct settings *settings = reader->settings;
    size_t at = 0;

    while (at < *count && strcmp(drafts[at].resource->name, settings->oplog.name) != 0)
        at++;
    if (at == *count) {
        (*count)++;
        drafts[at].resource = &reader->resources[reader->resource_count++];
        drafts[at].resource->name = settings->oplog.name;
        drafts[at].spot = (struct spot){reader, domain, settings->oplog.name, 0, domain->value};
        parse_own(&drafts[at].spot, "{}");
    }
    drafts[at].forced = drafts[at].spot;
    parse_own(&drafts[at].forced, oplog_text(reader->arena, settings));
    reader->settings->oplog.resource = drafts[at].resource;
}

/* -- all of them ---------------------------------------------------------------------------------
 */

static struct draft *make_drafts(const struct spot *domain, size_t *count)
{
    struct reader *reader = domain->reader;
    struct draft *drafts =
        arena_zalloc(reader->arena, (reader->resource_count + 1) * sizeof(*drafts));
    struct spots members;

    *count = 0;
    spot_each(domain, &members);
    while (*count < reader->resource_count && spot_next(&members, &drafts[*count].spot)) {
        drafts[*count].resource = &reader->resources[*count];
        (*count)++;
    }
    if (reader->settings->oplog.enabled)
        add_oplog(domain, drafts, count);
    for (size_t i = 0; i < *count; i++) {
        const char *name = drafts[i].resource->name;

        *drafts[i].resource = reader->common;
        drafts[i].resource->name = name;
        drafts[i].resource->settings = reader->settings;
        drafts[i].source = name;
    }
    return drafts;
}

static void read_all(struct draft *drafts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        resource_read(&drafts[i], KEYS_PLAIN);
    for (size_t i = 0; i < count; i++) {
        resource_read(&drafts[i], KEYS_SCHEMA);
        resource_complete_schema(&drafts[i]);
    }
    for (size_t i = 0; i < count; i++)
        resource_read(&drafts[i], KEYS_NAMING);
    if (count)
        checks_run(drafts[0].spot.reader);
    for (size_t i = 0; i < count; i++)
        resource_finish(&drafts[i]);
}

/* Earlier versions are a resource of their own, which nobody sees. */
static void add_history(const struct draft *draft)
{
    struct reader *reader = draft->spot.reader;
    struct resource *history = &reader->resources[reader->resource_count];
    const char *name = arena_printf(reader->arena, "%s%s", draft->resource->name,
                                    reader->settings->versions_suffix);

    if (reader_resource(reader, name)) {
        mistake(&draft->spot, "its history would be called %.60s, as another resource is", name);
        return;
    }
    *history = *draft->resource;
    history->name = name;
    history->internal = true;
    history->versioning = false;
    history->changes = false;
    reader->resource_count++;
}

/* -- addresses -----------------------------------------------------------------------------------
 */

static bool is_url(const struct reader *reader, const char *url)
{
    for (size_t i = 0; url && i < reader->resource_count; i++)
        if (!reader->resources[i].internal && strcmp(reader->resources[i].url, url) == 0)
            return true;
    return false;
}

/* What every server of ours answers itself. */
static bool is_taken(const char *url)
{
    static const char *const own[] = {"health", "livez", "readyz", "metrics"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (strcmp(own[i], url) == 0)
            return true;
    return strncmp(url, "static/", 7) == 0;
}

static void check_urls(const struct draft *drafts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct resource *resource = drafts[i].resource;

        if (resource->internal)
            continue;
        if (!*resource->settings->prefix && is_taken(resource->url))
            mistake(&drafts[i].spot, "needs another url: /%s is the server's own", resource->url);
        for (size_t j = 0; j < i; j++)
            if (!drafts[j].resource->internal &&
                strcmp(drafts[j].resource->url, resource->url) == 0)
                mistake(&drafts[i].spot, "has the same url as %s", drafts[j].resource->name);
    }
}

/* What describes the resources makes room for them; the others must not be in their way. */
static void check_endpoints(const struct spot *whole)
{
    struct settings *settings = whole->reader->settings;

    if (is_url(whole->reader, settings->openapi_endpoint))
        settings->openapi_endpoint = NULL;
    if (is_url(whole->reader, settings->docs_endpoint))
        settings->docs_endpoint = NULL;
    if (is_url(whole->reader, settings->schema_endpoint))
        mistake(whole, "SCHEMA_ENDPOINT is the url of a resource");
    if (is_url(whole->reader, settings->changes_endpoint))
        mistake(whole, "CHANGES_ENDPOINT is the url of a resource");
}

void domain_read(const struct spot *whole)
{
    struct reader *reader = whole->reader;
    struct draft *drafts;
    struct spot domain;
    size_t count;

    if (!find_domain(whole, &domain) || !reader->resources)
        return;
    drafts = make_drafts(&domain, &count);
    read_all(drafts, count);
    check_urls(drafts, count);
    check_endpoints(whole);
    for (size_t i = 0; i < count; i++)
        if (drafts[i].resource->versioning)
            add_history(&drafts[i]);
    collections_make(whole, drafts, count);
    reader->settings->resources = reader->resources;
    reader->settings->resource_count = reader->resource_count;
}
