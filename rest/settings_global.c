/* SPDX-License-Identifier: MIT */
/* Settings of the whole server. */
#include "settings_tables.h"

#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct settings, member)
#define RFC_1123 "%a, %d %b %Y %H:%M:%S GMT"
#define ISO_8601 "%Y-%m-%dT%H:%M:%SZ"

static const char change_words[] = "POST PUT PATCH DELETE";
static const char no_media[] = "documents hold the addresses of files, not the files";
static const char no_form_rules[] = "forms are read one way, as SETTINGS.md says";

/* DOMAIN is read when all of these are known. */
static void read_later(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    (void)member;
    take_type(spot, JSON_OBJECT, "an object of resources");
}

static void read_info(const struct spot *spot, const struct entry *entry, void *member)
{
    struct settings *settings = member;

    settings->info = json_type(spot->value) != JSON_NULL;
    read_name_or_none(spot, entry, &settings->names.info);
}

/* Dates have to be read as they are written, so it is one form or the other. */
static void read_date_format(const struct spot *spot, const struct entry *entry, void *member)
{
    const char *format;

    (void)entry;
    if (!take_text(spot, &format))
        return;
    if (strcmp(format, RFC_1123) == 0)
        *(const char **)member = "";
    else if (strcmp(format, ISO_8601) == 0)
        *(const char **)member = format;
    else
        mistake(spot, "is not supported: dates are \"%s\" or \"%s\"", RFC_1123, ISO_8601);
}

static void read_renderers(const struct spot *spot, const struct entry *entry, void *member)
{
    struct settings *settings = member;
    struct spots list;
    struct spot item;

    (void)entry;
    if (!take_type(spot, JSON_LIST, "a list of renderers"))
        return;
    settings->json = settings->xml = false;
    spot_each(spot, &list);
    while (spot_next(&list, &item)) {
        const char *name;

        if (!take_text(&item, &name))
            continue;
        if (strcmp(name, "eve.render.JSONRenderer") == 0)
            settings->json = true;
        else if (strcmp(name, "eve.render.XMLRenderer") == 0)
            settings->xml = true;
        else
            mistake(&item, "is not supported: only eve.render.JSONRenderer and "
                           "eve.render.XMLRenderer are there");
    }
    if (!settings->json && !settings->xml)
        mistake(spot, "must name at least one renderer");
}

/* Replies to errors have one form or none: all the codes that Eve lists, or none. */
static void read_standard_errors(const struct spot *spot, const struct entry *entry, void *member)
{
    static const int64_t codes[] = {400, 401, 403, 404, 405, 406, 409, 410, 412, 422, 428};
    size_t found = 0;
    struct spots list;
    struct spot item;

    (void)entry;
    if (!take_type(spot, JSON_LIST, "a list of status codes"))
        return;
    spot_each(spot, &list);
    while (spot_next(&list, &item)) {
        int64_t code;

        if (!take_int(&item, 400, 599, &code))
            continue;
        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
            found += codes[i] == code;
    }
    *(bool *)member = found > 0;
    if (found && found != sizeof(codes) / sizeof(codes[0]))
        mistake(spot, "is not supported: either all of Eve's codes are given or []");
}

const struct entry global_entries[] = {
    {.name = "domain", .read = read_later},
    {.name = "auth", .read = read_auth, .offset = AT(auth)},

    /* paths */
    {.name = "url_prefix", .read = read_endpoint, .offset = AT(prefix), .initial = "\"\""},
    {.name = "api_version", .read = read_endpoint, .offset = AT(api_version), .initial = "\"\""},
    {.name = "link_base", .read = read_header_text, .offset = AT(link_base), .initial = "\"\""},
    {.name = "schema_endpoint", .read = read_endpoint, .offset = AT(schema_endpoint)},
    {.name = "changes_endpoint", .read = read_endpoint, .offset = AT(changes_endpoint)},
    {.name = "openapi_endpoint",
     .read = read_endpoint,
     .offset = AT(openapi_endpoint),
     .initial = "\"openapi.json\""},
    {.name = "docs_endpoint",
     .read = read_endpoint,
     .offset = AT(docs_endpoint),
     .initial = "\"docs\""},

    /* what replies call their parts */
    {.name = "items", .read = read_name, .offset = AT(names.items), .initial = "\"_items\""},
    {.name = "meta", .read = read_name, .offset = AT(names.meta), .initial = "\"_meta\""},
    {.name = "links", .read = read_name, .offset = AT(names.links), .initial = "\"_links\""},
    {.name = "status", .read = read_name, .offset = AT(names.status), .initial = "\"_status\""},
    {.name = "status_ok", .read = read_name, .offset = AT(names.status_ok), .initial = "\"OK\""},
    {.name = "status_err", .read = read_name, .offset = AT(names.status_err), .initial = "\"ERR\""},
    {.name = "issues", .read = read_name, .offset = AT(names.issues), .initial = "\"_issues\""},
    {.name = "error", .read = read_name, .offset = AT(names.error), .initial = "\"_error\""},
    {.name = "etag", .read = read_name, .offset = AT(names.etag), .initial = "\"_etag\""},
    {.name = "date_created",
     .read = read_name,
     .offset = AT(names.created),
     .initial = "\"_created\""},
    {.name = "last_updated",
     .read = read_name,
     .offset = AT(names.updated),
     .initial = "\"_updated\""},
    {.name = "deleted", .read = read_name, .offset = AT(names.deleted), .initial = "\"_deleted\""},
    {.name = "version", .read = read_name, .offset = AT(names.version), .initial = "\"_version\""},
    {.name = "latest_version",
     .read = read_name,
     .offset = AT(names.latest_version),
     .initial = "\"_latest_version\""},
    {.name = "info", .read = read_info},

    /* parameters */
    {.name = "query_where", .read = read_name, .offset = AT(names.where), .initial = "\"where\""},
    {.name = "query_sort", .read = read_name, .offset = AT(names.sort), .initial = "\"sort\""},
    {.name = "query_projection",
     .read = read_name,
     .offset = AT(names.projection),
     .initial = "\"projection\""},
    {.name = "query_embedded",
     .read = read_name,
     .offset = AT(names.embedded),
     .initial = "\"embedded\""},
    {.name = "query_page", .read = read_name, .offset = AT(names.page), .initial = "\"page\""},
    {.name = "query_max_results",
     .read = read_name,
     .offset = AT(names.max_results),
     .initial = "\"max_results\""},
    {.name = "query_aggregation",
     .read = read_name,
     .offset = AT(names.aggregate),
     .initial = "\"aggregate\""},
    {.name = "query_after", .read = read_name, .offset = AT(names.after), .initial = "\"after\""},
    {.name = "show_deleted_param",
     .read = read_name,
     .offset = AT(names.show_deleted),
     .initial = "\"show_deleted\""},
    {.name = "version_param",
     .read = read_name,
     .offset = AT(names.version_param),
     .initial = "\"version\""},

    /* replies */
    {.name = "date_format",
     .read = read_date_format,
     .offset = AT(date_format),
     .initial = "\"" RFC_1123 "\""},
    {.name = "renderers",
     .read = read_renderers,
     .initial = "[\"eve.render.JSONRenderer\",\"eve.render.XMLRenderer\"]"},
    {.name = "json", .read = read_bool, .offset = AT(json)},
    {.name = "xml", .read = read_bool, .offset = AT(xml)},
    {.name = "json_sort_keys", .read = read_bool, .offset = AT(sort_keys)},
    {.name = "jsonp_argument", .read = read_name_or_none, .offset = AT(jsonp)},
    {.name = "header_total_count",
     .read = read_header_name,
     .offset = AT(total_header),
     .initial = "\"X-Total-Count\""},
    {.name = "standard_errors",
     .read = read_standard_errors,
     .offset = AT(standard_errors),
     .initial = "[400,401,403,404,405,406,409,410,412,422,428,429]"},
    {.name = "validation_error_status",
     .read = read_error_status,
     .offset = AT(validation_status),
     .initial = "422"},
    {.name = "allow_override_http_method",
     .read = read_bool,
     .offset = AT(method_override),
     .initial = "true"},

    /* CORS */
    {.name = "x_domains", .read = read_domains, .offset = AT(cors)},
    {.name = "x_domains_re", .read = read_domain_patterns, .offset = AT(cors)},
    {.name = "x_headers", .read = read_header_list, .offset = AT(cors.headers)},
    {.name = "x_expose_headers", .read = read_header_list, .offset = AT(cors.expose_headers)},
    {.name = "x_allow_credentials", .read = read_bool_or_none, .offset = AT(cors.credentials)},
    {.name = "x_max_age", .read = read_count, .offset = AT(cors.max_age), .initial = "21600"},

    /* the log of operations, the history */
    {.name = "oplog", .read = read_bool, .offset = AT(oplog.enabled)},
    {.name = "oplog_name", .read = read_name, .offset = AT(oplog.name), .initial = "\"oplog\""},
    {.name = "oplog_endpoint", .read = read_endpoint, .offset = AT(oplog.endpoint)},
    {.name = "oplog_audit", .read = read_bool, .offset = AT(oplog.audit), .initial = "true"},
    {.name = "oplog_methods",
     .read = read_methods,
     .offset = AT(oplog.methods),
     .initial = "[\"DELETE\",\"POST\",\"PATCH\",\"PUT\"]",
     .note = change_words},
    {.name = "oplog_change_methods",
     .read = read_methods,
     .offset = AT(oplog.change_methods),
     .initial = "[\"DELETE\",\"PATCH\",\"PUT\"]",
     .note = change_words},
    {.name = "oplog_return_extra_field",
     .read = read_fixed,
     .initial = "false",
     .note = "only hooks in Python fill that field"},
    {.name = "versions",
     .read = read_name,
     .offset = AT(versions_suffix),
     .initial = "\"_versions\""},
    {.name = "version_id_suffix",
     .read = read_fixed,
     .initial = "\"_document\"",
     .note = "histories name the document _id_document"},
    {.name = "version_diff_include",
     .read = read_fixed,
     .initial = "[]",
     .note = "differences hold what changed"},

    /* MongoDB */
    {.name = "mongo_uri", .read = read_text_or_none, .offset = AT(mongo_uri)},
    {.name = "mongo_dbname", .read = read_text_or_none, .offset = AT(mongo_dbname)},
    {.name = "mongo_host", .read = read_mongo_part},
    {.name = "mongo_port", .read = read_mongo_part},
    {.name = "mongo_username", .read = read_mongo_part},
    {.name = "mongo_password", .read = read_mongo_part},
    {.name = "mongo_auth_source", .read = read_mongo_part},
    {.name = "mongo_auth_mechanism", .read = read_mongo_part},
    {.name = "mongo_auth_mechanism_properties", .read = read_mongo_options},
    {.name = "mongo_options", .read = read_mongo_options},

    /* known, without effect or with one value alone */
    {.name = "mongo_query_blacklist",
     .read = read_fixed,
     .initial = "[\"$where\",\"$regex\"]",
     .note = "these are never served; allowed_filters keeps fields from being asked for"},
    {.name = "debug", .read = read_bool_in_vain},
    {.name = "testing", .read = read_bool_in_vain},
    {.name = "item_cache_control",
     .read = read_fixed,
     .initial = "\"\"",
     .note = "Eve itself never looks at it"},
    {.name = "json_request_content_types",
     .read = read_fixed,
     .initial = "[\"application/json\"]",
     .note = "other types of bodies are refused"},
    {.name = "multipart_form_fields_as_json",
     .read = read_fixed,
     .initial = "false",
     .note = no_form_rules},
    {.name = "auto_collapse_multi_keys",
     .read = read_fixed,
     .initial = "false",
     .note = no_form_rules},
    {.name = "auto_create_lists", .read = read_fixed, .initial = "false", .note = no_form_rules},
    {.name = "allow_custom_fields_in_geojson",
     .read = read_fixed,
     .initial = "false",
     .note = "GeoJSON values hold what GeoJSON knows"},
    {.name = "media_endpoint", .read = read_fixed, .initial = "\"media\"", .note = no_media},
    {.name = "media_url",
     .read = read_fixed,
     .initial = "\"regex(\\\"[a-f0-9]{24}\\\")\"",
     .note = no_media},
    {.name = "media_base_url", .read = read_fixed, .initial = "null", .note = no_media},
    {.name = "extended_media_info", .read = read_fixed, .initial = "[]", .note = no_media},
    {.name = "return_media_as_base64_string",
     .read = read_fixed,
     .initial = "true",
     .note = no_media},
    {.name = "return_media_as_url", .read = read_fixed, .initial = "false", .note = no_media},
    {0},
};
