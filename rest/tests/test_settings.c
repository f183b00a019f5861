/* SPDX-License-Identifier: MIT */
#include "../settings.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include "settings_read.h"

#define ALL_COLLECTION (METHOD_GET | METHOD_POST | METHOD_DELETE)

static void test_what_is_not_said_has_the_default_of_eve(void **state)
{
    struct settings settings;
    const struct resource *posts;

    (void)state;
    read_good("{\"DOMAIN\": {\"posts\": {}}}", &settings);
    posts = settings_resource(&settings, "posts");
    assert_non_null(posts);
    assert_int_equal(posts->resource_methods, METHOD_GET);
    assert_int_equal(posts->item_methods, METHOD_GET);
    assert_int_equal(posts->public_methods, 0);
    assert_int_equal(posts->pagination_limit, 50);
    assert_int_equal(posts->pagination_default, 25);
    assert_true(posts->pagination && posts->sorting && posts->projection && posts->embedding);
    assert_true(posts->any_filter && posts->where_enabled && !posts->validate_filters);
    assert_true(posts->if_match && posts->enforce_if_match && posts->bulk_enabled);
    assert_true(posts->upsert_on_put && posts->merge_nested && posts->normalize_dotted);
    assert_true(posts->normalize_on_patch && posts->bandwidth_saver && posts->hateoas);
    assert_true(posts->item_lookup && posts->authentication);
    assert_false(posts->versioning || posts->soft_delete || posts->fast_pagination);
    assert_false(posts->keyset_pagination || posts->iso_dates || posts->update_operators);
    assert_string_equal(posts->id_field, "_id");
    assert_string_equal(posts->item_url_text, "[a-f0-9]{24}");
    assert_true(pattern_matches(posts->item_url, "0123456789abcdef01234567", 24));
    assert_null(posts->auth_field);
    assert_int_equal(settings.validation_status, 422);
    assert_string_equal(settings.names.items, "_items");
    assert_string_equal(settings.names.updated, "_updated");
    assert_string_equal(settings.names.where, "where");
    assert_string_equal(settings.prefix, "");
    assert_string_equal(settings.date_format, "");
    assert_string_equal(settings.total_header, "X-Total-Count");
    assert_true(settings.json && settings.xml && settings.hateoas && settings.standard_errors);
    assert_true(settings.method_override);
    assert_false(settings.info || settings.cors.enabled || settings.sort_keys);
    assert_int_equal(settings.cors.max_age, 21600);
    assert_null(settings.schema_endpoint);
    assert_null(settings.changes_endpoint);
    assert_string_equal(settings.openapi_endpoint, "openapi.json");
    assert_string_equal(settings.docs_endpoint, "docs");
    assert_null(settings.mongo_uri);
    assert_int_equal(settings.auth.kind, AUTH_NONE);
    settings_release(&settings);
}

static void test_a_resource_has_its_url_and_titles_from_its_name(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"DOMAIN\": {\"blogPosts\": {}, \"class\": {\"url\": \"school/classes\","
              " \"item_title\": \"A class\", \"resource_title\": \"Classes\"}}}",
              &settings);
    assert_int_equal(settings.resource_count, 2);
    assert_string_equal(settings.resources[0].name, "blogPosts");
    assert_string_equal(settings.resources[0].url, "blogPosts");
    assert_string_equal(settings.resources[0].title, "blogPosts");
    assert_string_equal(settings.resources[0].item_title, "Blogpost");
    assert_string_equal(settings.resources[1].url, "school/classes");
    assert_string_equal(settings.resources[1].title, "Classes");
    assert_string_equal(settings.resources[1].item_title, "A class");
    settings_release(&settings);
}

static void test_a_resource_overrides_the_global_setting(void **state)
{
    struct settings settings;
    const struct resource *own, *other;

    (void)state;
    read_good("{\"RESOURCE_METHODS\": [\"GET\", \"POST\", \"DELETE\"], \"PAGINATION_LIMIT\": 10,"
              " \"ALLOWED_FILTERS\": [], \"KEYSET_PAGINATION\": true, \"DOMAIN\": {"
              "\"own\": {\"resource_methods\": [\"GET\"], \"pagination_limit\": 1000,"
              " \"allowed_filters\": [\"a\"], \"keyset_pagination\": false}, \"other\": {}}}",
              &settings);
    own = settings_resource(&settings, "own");
    other = settings_resource(&settings, "other");
    assert_int_equal(own->resource_methods, METHOD_GET);
    assert_int_equal(other->resource_methods, ALL_COLLECTION);
    assert_int_equal(own->pagination_limit, 1000);
    assert_int_equal(other->pagination_limit, 10);
    assert_int_equal(other->pagination_default, 10);
    assert_true(own->where_enabled && !own->any_filter);
    assert_false(other->where_enabled);
    assert_true(other->keyset_pagination && !own->keyset_pagination);
    settings_release(&settings);
}

static void test_prefix_and_version_stand_before_every_path(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"URL_PREFIX\": \"api\", \"API_VERSION\": \"v1\", \"DOMAIN\": {\"a\": {}}}",
              &settings);
    assert_string_equal(settings.prefix, "/api/v1");
    assert_string_equal(settings.api_version, "v1");
    settings_release(&settings);
    read_good("{\"API_VERSION\": \"v1\", \"DOMAIN\": {\"a\": {}}}", &settings);
    assert_string_equal(settings.prefix, "/v1");
    settings_release(&settings);
}

static void test_an_additional_lookup_has_a_pattern(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"DOMAIN\": {\"a\": {\"schema\": {\"id\": {\"type\": \"string\"}},"
              " \"additional_lookup\": {\"url\": \"regex(\\\"[\\\\w]+\\\")\", \"field\": \"id\"}},"
              "\"b\": {\"schema\": {\"n\": {\"type\": \"integer\"}},"
              " \"additional_lookup\": {\"field\": \"n\"}}}}",
              &settings);
    assert_string_equal(settings.resources[0].lookup_field, "id");
    assert_true(pattern_matches(settings.resources[0].lookup_url, "p_1", 3));
    assert_false(pattern_matches(settings.resources[0].lookup_url, "p-1", 3));
    assert_true(pattern_matches(settings.resources[1].lookup_url, "12", 2));
    assert_false(pattern_matches(settings.resources[1].lookup_url, "x", 1));
    settings_release(&settings);
}

static void test_a_sub_resource_knows_its_parents(void **state)
{
    struct settings settings;
    const struct resource *posts;

    (void)state;
    read_good("{\"DOMAIN\": {\"posts\": {\"schema\": {\"author\": {\"type\": \"objectid\"},"
              " \"year\": {\"type\": \"integer\"}}, \"url\":"
              " \"authors/<regex(\\\"[a-f0-9]{24}\\\"):author>/<int:year>/posts\"}}}",
              &settings);
    posts = &settings.resources[0];
    assert_int_equal(posts->parent_count, 2);
    assert_string_equal(posts->parent_fields[0], "author");
    assert_string_equal(posts->parent_fields[1], "year");
    assert_true(pattern_matches(posts->parent_patterns[1], "2024", 4));
    assert_string_equal(posts->url, "authors/<author>/<year>/posts");
    settings_release(&settings);
}

static void test_a_datasource_says_what_is_shown_and_how(void **state)
{
    struct settings settings;
    const struct resource *a, *b;

    (void)state;
    read_good("{\"DOMAIN\": {\"a\": {\"schema\": {\"x\": {\"type\": \"integer\"},"
              " \"secret\": {\"type\": \"string\"}}, \"allowed_filters\": [], \"datasource\": {"
              "\"source\": \"things\", \"projection\": {\"secret\": 0}, \"filter\": {\"x\":"
              " {\"$gt\": 1}}, \"default_sort\": [[\"x\", -1], [\"_created\", 1]]}}, \"b\":"
              " {\"schema\": {\"x\": {}, \"y\": {}}, \"datasource\": {\"projection\":"
              " {\"x\": 1, \"y\": 0}}}}}",
              &settings);
    a = &settings.resources[0];
    b = &settings.resources[1];
    assert_string_equal(a->collection->name, "things");
    assert_int_equal(a->showing, SHOW_UNLISTED);
    assert_string_equal(a->shown.items[0], "secret");
    assert_non_null(a->default_filter);
    assert_int_equal(a->default_filter->op, FILTER_GT);
    assert_int_equal(a->default_sort_count, 2);
    assert_true(a->default_sort[0].descending);
    assert_string_equal(a->default_sort[1].path, "_created");
    assert_int_equal(b->showing, SHOW_LISTED);
    assert_int_equal(b->shown.count, 1);
    assert_string_equal(b->shown.items[0], "x");
    settings_release(&settings);
}

static void test_origins_are_names_and_patterns(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"X_DOMAINS\": [\"http://a.example\", \"*\"], \"X_DOMAINS_RE\":"
              " [\"http://localhost(:[0-9]+)?\"], \"X_HEADERS\": [\"If-Match\", \"X-A\"],"
              " \"X_ALLOW_CREDENTIALS\": true, \"X_MAX_AGE\": 5, \"DOMAIN\": {\"a\": {}}}",
              &settings);
    assert_true(settings.cors.enabled && settings.cors.any && settings.cors.credentials);
    assert_int_equal(settings.cors.domains.count, 2);
    assert_int_equal(settings.cors.pattern_count, 1);
    assert_true(pattern_matches(settings.cors.patterns[0], "http://localhost:81", 19));
    assert_false(pattern_matches(settings.cors.patterns[0], "http://localhost.evil", 21));
    assert_string_equal(settings.cors.headers, "If-Match, X-A");
    assert_null(settings.cors.expose_headers);
    assert_int_equal(settings.cors.max_age, 5);
    settings_release(&settings);
}

static void test_users_have_secrets_and_roles(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"AUTH\": {\"type\": \"basic\", \"users\": {\"*\": \"s\", \"ann\":"
              " {\"secret\": \"t\", \"roles\": [\"admin\"]}}}, \"PUBLIC_METHODS\": [\"GET\","
              " \"HEAD\"], \"ALLOWED_ROLES\": [\"admin\"], \"DOMAIN\": {\"a\": {\"auth_field\":"
              " \"owner\", \"authentication\": false}}}",
              &settings);
    assert_int_equal(settings.auth.kind, AUTH_BASIC);
    assert_string_equal(settings.auth.realm, "eve");
    assert_int_equal(settings.auth.user_count, 2);
    assert_string_equal(settings.auth.users[0].name, "*");
    assert_string_equal(settings.auth.users[0].secret, "s");
    assert_string_equal(settings.auth.users[1].roles[0], "admin");
    assert_int_equal(settings.public_methods, METHOD_GET | METHOD_HEAD);
    assert_int_equal(settings.allowed_roles.count, 1);
    assert_string_equal(settings.resources[0].auth_field, "owner");
    assert_false(settings.resources[0].authentication);
    settings_release(&settings);
}

static void test_rates_are_of_the_server_and_of_resources(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"RATE_LIMIT_GET\": [300, 900], \"RATE_LIMIT_POST\": null, \"DOMAIN\":"
              " {\"a\": {\"rate_limit_delete\": [1, 60]}}}",
              &settings);
    assert_int_equal(settings.rates[0].requests, 300);
    assert_int_equal(settings.rates[0].seconds, 900);
    assert_int_equal(settings.rates[1].requests, 0);
    assert_int_equal(settings.resources[0].rates[0].requests, 300);
    assert_int_equal(settings.resources[0].rates[4].seconds, 60);
    assert_int_equal(settings.rates[4].requests, 0);
    settings_release(&settings);
}

static void test_a_mongodb_is_an_address_or_its_parts(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"MONGO_HOST\": \"db\", \"MONGO_PORT\": 27018, \"MONGO_USERNAME\": \"u@x\","
              " \"MONGO_PASSWORD\": \"p/w\", \"MONGO_DBNAME\": \"d\", \"MONGO_AUTH_SOURCE\":"
              " \"admin\", \"MONGO_OPTIONS\": {\"connect\": true, \"tls\": false,"
              " \"replicaSet\": \"r\"}, \"DOMAIN\": {\"a\": {}}}",
              &settings);
    assert_string_equal(settings.mongo_uri, "mongodb://u%40x:p%2Fw@db:27018/"
                                            "d?authSource=admin&tls=false&replicaSet=r");
    settings_release(&settings);
    read_good("{\"MONGO_URI\": \"mongodb://x/y\", \"MONGO_HOST\": \"db\", \"DOMAIN\":"
              " {\"a\": {}}}",
              &settings);
    assert_string_equal(settings.mongo_uri, "mongodb://x/y");
    settings_release(&settings);
    read_good("{\"MONGO_DBNAME\": \"d\", \"DOMAIN\": {\"a\": {}}}", &settings);
    assert_null(settings.mongo_uri);
    assert_string_equal(settings.mongo_dbname, "d");
    settings_release(&settings);
}

static void test_dates_in_iso_8601_are_read_as_they_are_written(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"DATE_FORMAT\": \"%Y-%m-%dT%H:%M:%SZ\", \"DOMAIN\": {\"a\": {}}}", &settings);
    assert_string_equal(settings.date_format, "%Y-%m-%dT%H:%M:%SZ");
    assert_true(settings.resources[0].iso_dates);
    settings_release(&settings);
}

static void test_the_log_of_operations_is_a_resource(void **state)
{
    struct settings settings;
    const struct resource *log;

    (void)state;
    read_good("{\"OPLOG\": true, \"RESOURCE_METHODS\": [\"GET\", \"POST\"], \"DOMAIN\":"
              " {\"a\": {}}}",
              &settings);
    log = settings_resource(&settings, "oplog");
    assert_ptr_equal(log, settings.oplog.resource);
    assert_true(log->internal && settings.oplog.audit);
    assert_int_equal(log->resource_methods, METHOD_GET);
    assert_int_equal(settings.oplog.methods,
                     METHOD_POST | METHOD_PUT | METHOD_PATCH | METHOD_DELETE);
    assert_non_null(schema_find(&log->schema, "ip", 2));
    settings_release(&settings);
    read_good("{\"OPLOG\": true, \"OPLOG_ENDPOINT\": \"log\", \"OPLOG_AUDIT\": false, \"DOMAIN\":"
              " {\"a\": {}, \"oplog\": {\"pagination_limit\": 5, \"resource_methods\":"
              " [\"POST\"], \"schema\": {\"v\": {}, \"w\": {}, \"x\": {}, \"y\": {}}}}}",
              &settings);
    log = settings_resource(&settings, "oplog");
    assert_false(log->internal);
    assert_string_equal(log->url, "log");
    assert_int_equal(log->pagination_limit, 5);
    assert_int_equal(log->resource_methods, METHOD_GET);
    assert_null(schema_find(&log->schema, "ip", 2));
    assert_null(schema_find(&log->schema, "v", 1));
    assert_int_equal(log->schema.count, 4);
    settings_release(&settings);
}

static void test_what_describes_makes_room_for_resources(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"DOMAIN\": {\"docs\": {}, \"a\": {\"url\": \"openapi.json\"}}}", &settings);
    assert_null(settings.docs_endpoint);
    assert_null(settings.openapi_endpoint);
    settings_release(&settings);
}

static void test_schemas_are_kept_as_text_with_their_id(void **state)
{
    struct settings settings;

    (void)state;
    read_good("{\"DOMAIN\": {\"a\": {\"schema\": {\"x\": {\"type\": \"string\"}}}, \"b\": {},"
              " \"c\": {\"schema\": {\"_id\": {\"type\": \"integer\"}}}}}",
              &settings);
    assert_string_equal(settings.resources[0].schema_text,
                        "{\"x\":{\"type\":\"string\"},\"_id\":{\"type\":\"objectid\"}}");
    assert_string_equal(settings.resources[1].schema_text, "{\"_id\":{\"type\":\"objectid\"}}");
    assert_true(settings.resources[1].any_schema);
    assert_string_equal(settings.resources[2].schema_text, "{\"_id\":{\"type\":\"integer\"}}");
    settings_release(&settings);
}

static void test_a_file_is_read(void **state)
{
    struct settings settings;
    struct buf mistakes = {0};

    (void)state;
    assert_true(settings_load("rest/settings.json", &settings, &mistakes));
    assert_non_null(settings_resource(&settings, "posts"));
    assert_null(settings_resource(&settings, "nothing"));
    settings_release(&settings);
    assert_false(settings_load("rest/no-such-file.json", &settings, &mistakes));
    assert_non_null(strstr(buf_text(&mistakes), "no-such-file.json: No such file"));
    settings_release(&settings);
    mistakes.len = 0;
    assert_false(settings_load("rest", &settings, &mistakes));
    assert_non_null(strstr(buf_text(&mistakes), "rest: Is a directory"));
    buf_release(&mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_said_has_the_default_of_eve),
        cmocka_unit_test(test_a_resource_has_its_url_and_titles_from_its_name),
        cmocka_unit_test(test_a_resource_overrides_the_global_setting),
        cmocka_unit_test(test_prefix_and_version_stand_before_every_path),
        cmocka_unit_test(test_an_additional_lookup_has_a_pattern),
        cmocka_unit_test(test_a_sub_resource_knows_its_parents),
        cmocka_unit_test(test_a_datasource_says_what_is_shown_and_how),
        cmocka_unit_test(test_origins_are_names_and_patterns),
        cmocka_unit_test(test_users_have_secrets_and_roles),
        cmocka_unit_test(test_rates_are_of_the_server_and_of_resources),
        cmocka_unit_test(test_a_mongodb_is_an_address_or_its_parts),
        cmocka_unit_test(test_dates_in_iso_8601_are_read_as_they_are_written),
        cmocka_unit_test(test_the_log_of_operations_is_a_resource),
        cmocka_unit_test(test_what_describes_makes_room_for_resources),
        cmocka_unit_test(test_schemas_are_kept_as_text_with_their_id),
        cmocka_unit_test(test_a_file_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
