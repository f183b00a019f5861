/* SPDX-License-Identifier: MIT */
/* An Eve settings file (https://docs.python-eve.org/en/stable/config.html) as JSON, under Eve's own
 * names, with Eve's defaults for all that is not in it: what is served and how. Global settings
 * that a resource may override are found in the resource alone, as they hold for it. Immutable;
 * everything lives in the settings' arena. */
#ifndef DECANT_REST_SETTINGS_H
#define DECANT_REST_SETTINGS_H

#include "../lib/arena.h"
#include "../lib/buf.h"
#include "../lib/error.h"
#include "../lib/store.h"
#include "rules.h"

/* Methods as bits, in the order Allow lists them. */
enum methods {
    METHOD_GET = 1,
    METHOD_POST = 2,
    METHOD_PUT = 4,
    METHOD_PATCH = 8,
    METHOD_DELETE = 16,
    METHOD_HEAD = 32, /* only among public methods, where GET does not mean it */
};

/* What replies call their parts: ITEMS, META… */
struct names {
    const char *items, *meta, *links, *status, *status_ok, *status_err, *issues, *error, *info;
    const char *etag, *created, *updated, *deleted, *version, *latest_version;
    /* of query parameters: QUERY_WHERE… */
    const char *where, *sort, *projection, *embedded, *page, *max_results, *show_deleted,
        *aggregate, *after;
    const char *version_param; /* "version" */
};

/* RATE_LIMIT_GET…: requests in so many seconds; 0: none. */
struct rate {
    int requests;
    int seconds;
};

struct user {
    const char *name; /* "*": anyone */
    const char *secret;
    const char *const *roles;
    size_t role_count;
};

enum auth_kind { AUTH_NONE, AUTH_BASIC, AUTH_TOKEN };

/* AUTH: {"type": "basic" | "token", "users": {NAME: SECRET or {"secret", "roles"}}, "realm"}. */
struct auth {
    enum auth_kind kind;
    const char *realm;
    const struct user *users;
    size_t user_count;
};

struct texts {
    const char *const *items;
    size_t count;
};

/* Which fields a server-side projection (datasource.projection) shows. */
enum showing { SHOW_SCHEMA, SHOW_LISTED, SHOW_UNLISTED };

struct resource {
    const char *name;  /* the key in DOMAIN */
    const char *url;   /* without prefix; of a sub-resource with `<field>` for each parent_fields */
    const char *title; /* of the resource: resource_title */
    const char *item_title; /* "Post" */
    bool internal;
    struct schema schema;
    const char *schema_text; /* as configured, with its _id: a JSON object */
    bool any_schema;         /* the settings gave none: everything is allowed */

    /* URLs */
    bool item_lookup;
    const char *id_field; /* item_lookup_field: "_id" unless said otherwise */
    const struct pattern *item_url;
    const char *item_url_text;
    const char *lookup_field; /* additional_lookup; NULL: none */
    const struct pattern *lookup_url;
    bool lookup_writes; /* extension: item methods there too */
    /* Of a sub-resource: each `<…:field>` of url, in order. */
    const char *parent_fields[4];
    const struct pattern *parent_patterns[4];
    size_t parent_count;

    /* methods and who may */
    unsigned resource_methods, item_methods, public_methods,
        public_item_methods; /* OPTIONS: always */
    struct texts allowed_roles, allowed_read_roles, allowed_write_roles, allowed_item_roles,
        allowed_item_read_roles, allowed_item_write_roles;
    bool authentication;    /* false where the resource says "authentication": false */
    const char *auth_field; /* NULL: rows are everybody's */

    /* reading */
    struct texts allowed_filters; /* {"*"}: all */
    bool any_filter;
    bool validate_filters, where_enabled /* QUERY_WHERE and allowed_filters */, sorting, projection,
        embedding;
    bool pagination, fast_pagination /* optimize_pagination_for_speed */;
    bool keyset_pagination, estimated_total, collection_etags; /* extensions */
    int pagination_limit, pagination_default;
    const struct sort *default_sort;
    size_t default_sort_count;
    const struct filter *default_filter; /* datasource.filter; NULL: none */
    struct texts embedded_fields;
    enum showing showing;
    struct texts shown;           /* what datasource.projection lists */
    struct texts query_whitelist; /* mongo_query_whitelist: operators beyond the usual ones */
    bool objectid_as_string;
    const char *cache_control; /* NULL or "": none */
    int cache_expires;         /* seconds; 0: none */

    /* writing */
    bool bulk_enabled, bulk_by_filter /* extension: PATCH and DELETE with where */;
    bool update_operators; /* extension: $inc, $push, $addToSet, $unset in PATCH */
    bool upsert_on_put, if_match, enforce_if_match;
    bool merge_nested, normalize_dotted, normalize_on_patch;
    bool bandwidth_saver;
    struct texts extra_response_fields;
    bool hateoas, soft_delete, versioning;
    bool iso_dates; /* extension: ISO 8601 is understood too */
    bool issues_as_list;
    bool changes; /* extension: its changes are told by changes_endpoint */

    struct rate rates[5]; /* by method: GET POST PUT PATCH DELETE (bit numbers of enum methods) */

    /* the store */
    const struct collection *collection;
    const struct collection *versions; /* of a versioned resource: the earlier ones */
    const struct settings *settings;
};

struct cors {
    bool enabled, any, credentials;
    struct texts domains;
    const struct pattern *const *patterns; /* X_DOMAINS_RE */
    size_t pattern_count;
    const char *headers, *expose_headers; /* joined with ", "; NULL: none */
    int max_age;
};

struct settings {
    struct arena arena;
    struct names names;
    const char *prefix; /* "" or "/api/v1": before every path, in no link */
    const char *api_version;
    const char *link_base;            /* extension LINK_BASE: put before each href, or "" */
    const struct resource *resources; /* in the settings' order, internal ones and versions too */
    size_t resource_count;
    struct auth auth;
    unsigned public_methods; /* of the entry point, as are the roles */
    struct texts allowed_roles, allowed_read_roles;
    struct cors cors;
    const char *date_format; /* strftime's; "" for RFC 1123 */
    int validation_status;   /* 422 */
    bool hateoas, json, xml, sort_keys, standard_errors, info;
    const char *cache_control; /* of replies that are no resource's, as is cache_expires */
    int cache_expires;
    bool method_override;        /* ALLOW_OVERRIDE_HTTP_METHOD */
    const char *jsonp;           /* the argument's name; NULL: none */
    const char *schema_endpoint; /* without slash before it; NULL: none */
    const char *total_header;    /* "X-Total-Count" */
    const char *versions_suffix; /* VERSIONS: a history's collection is NAME_versions */
    struct oplog {
        bool enabled;
        const char *name, *endpoint; /* endpoint NULL: nobody sees it */
        const struct resource *resource;
        unsigned methods, change_methods;
        bool audit;
    } oplog;
    const char *changes_endpoint; /* extension; NULL: none */
    const char *openapi_endpoint; /* "openapi.json", NULL: none */
    const char *docs_endpoint;    /* "docs" */
    struct rate rates[5];
    /* Eve's own address of a MongoDB: MONGO_URI or made of its parts; NULL where no server is named
     * (a database's name alone names none). */
    const char *mongo_uri;
    const char *mongo_dbname;
    /* Everything that shapes a kept text, but what is per resource. */
    uint64_t shape;
    const struct collection *const *collections; /* for store_prepare() */
    size_t collection_count;
};

/* Read a settings file. Every mistake is a line in mistakes, as people read it:
 *   DOMAIN.posts.schema.title.maxlenght: unknown key, did you mean maxlength?
 * False if there was one (or the file cannot be read, or is no JSON). */
bool settings_load(const char *path, struct settings *out, struct buf *mistakes);
bool settings_read(const char *json, size_t len, struct settings *out, struct buf *mistakes);
void settings_release(struct settings *settings);

/* Walk a url: the piece from *at up to the next `<field>` or the end, its length in *len; *at goes
 * on behind the field. So piece i stands before parent i, and one more ends the url. */
const char *settings_url_piece(const char **at, size_t *len);

#define STORE_DEFAULT "sqlite:var/rest.db"

struct settings_store {
    const char *address;  /* for store_open() */
    const char *database; /* its name on a server; NULL: as the address says */
};

/* Where the data is: as given (--store), else on the server that the settings name, else
 * STORE_DEFAULT. MONGO_DBNAME names the database on whichever server it is, but as with Eve not
 * where MONGO_URI does. */
struct settings_store settings_store(const struct settings *settings, const char *given);

/* The setting by which some request changes several documents, which then must change as one (a
 * list of them, all that a filter means, a document with its earlier version or an entry of the
 * log), or by which changes are told. NULL: none. */
const char *settings_need_set(const struct settings *settings);

/* By name; NULL if there is none. */
const struct resource *settings_resource(const struct settings *settings, const char *name);

#endif
