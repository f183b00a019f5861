/* SPDX-License-Identifier: MIT */
/* Where the settings have the data, and what they want of a server. */
#include "../settings.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

#include "settings_read.h"

/* given and the settings' text (without DOMAIN) lead to this address and database. */
static void assert_store(const char *text, const char *given, const char *address,
                         const char *database)
{
    char all[1000];
    struct settings settings;
    struct settings_store store;

    snprintf(all, sizeof(all), "{%s%s\"DOMAIN\": {\"a\": {}}}", text, *text ? ", " : "");
    read_good(all, &settings);
    store = settings_store(&settings, given);
    assert_string_equal(store.address, address);
    if (database)
        assert_string_equal(store.database, database);
    else
        assert_null(store.database);
    settings_release(&settings);
}

static void test_without_a_server_the_store_is_embedded(void **state)
{
    (void)state;
    assert_store("", "", STORE_DEFAULT, NULL);
    assert_store("\"MONGO_DBNAME\": \"d\"", "", STORE_DEFAULT, NULL);
    assert_store("\"MONGO_OPTIONS\": {\"tls\": true}", NULL, STORE_DEFAULT, NULL);
}

static void test_a_server_in_the_settings_is_the_store(void **state)
{
    (void)state;
    assert_store("\"MONGO_HOST\": \"db\"", "", "mongodb://db:27017/", NULL);
    assert_store("\"MONGO_PORT\": 5, \"MONGO_DBNAME\": \"d\"", "", "mongodb://localhost:5/d", NULL);
    assert_store("\"MONGO_URI\": \"mongodb://x,y:1/?replicaSet=r\", \"MONGO_DBNAME\": \"d\"", "",
                 "mongodb://x,y:1/?replicaSet=r", "d");
    assert_store("\"MONGO_URI\": \"mongodb+srv://x\", \"MONGO_DBNAME\": \"d\"", "",
                 "mongodb+srv://x", "d");
}

static void test_an_address_with_a_database_needs_no_other_name(void **state)
{
    (void)state;
    assert_store("\"MONGO_URI\": \"mongodb://u:p@x/mine?tls=true\", \"MONGO_DBNAME\": \"d\"", "",
                 "mongodb://u:p@x/mine?tls=true", NULL);
}

static void test_what_is_given_wins_but_for_the_name_of_the_database(void **state)
{
    (void)state;
    assert_store("\"MONGO_HOST\": \"db\", \"MONGO_DBNAME\": \"d\"", "mongodb://other/x",
                 "mongodb://other/x", "d");
    assert_store("\"MONGO_URI\": \"mongodb://db\"", "sqlite::memory:", "sqlite::memory:", NULL);
}

static void test_an_address_of_something_else_is_a_mistake(void **state)
{
    (void)state;
    assert_mistakes("{\"MONGO_URI\": \"sqlite:x\", \"DOMAIN\": {\"a\": {}}}",
                    "MONGO_URI: must begin with mongodb:// or mongodb+srv://\n");
}

/* needs: how what needs a replica set begins; NULL: nothing does. */
static void assert_needs(const char *needs, const char *text)
{
    struct settings settings;
    const char *found;

    read_good(text, &settings);
    found = settings_need_set(&settings);
    if (!needs)
        assert_null(found);
    else
        assert_true(found && strncmp(found, needs, strlen(needs)) == 0);
    settings_release(&settings);
}

static void test_lists_of_documents_are_inserted_as_one(void **state)
{
    (void)state;
    assert_needs(NULL, "{\"DOMAIN\": {\"a\": {}}}");
    assert_needs("BULK_ENABLED",
                 "{\"DOMAIN\": {\"b\": {}, \"a\": {\"resource_methods\": [\"POST\"]}}}");
    assert_needs(NULL, "{\"BULK_ENABLED\": false, \"RESOURCE_METHODS\": [\"GET\", \"POST\"],"
                       " \"ITEM_METHODS\": [\"GET\", \"PATCH\", \"PUT\", \"DELETE\"],"
                       " \"DOMAIN\": {\"a\": {}}}");
    assert_needs(NULL, "{\"DOMAIN\": {\"a\": {\"resource_methods\": [\"POST\"],"
                       " \"internal_resource\": true}}}");
}

static void test_lists_that_are_meant_are_changed_as_one(void **state)
{
    (void)state;
    assert_needs("BULK_BY_FILTER", "{\"BULK_BY_FILTER\": true, \"ITEM_METHODS\": [\"PATCH\"],"
                                   " \"DOMAIN\": {\"a\": {}}}");
    assert_needs("SOFT_DELETE", "{\"SOFT_DELETE\": true, \"RESOURCE_METHODS\": [\"DELETE\"],"
                                " \"DOMAIN\": {\"a\": {}}}");
    assert_needs(NULL, "{\"SOFT_DELETE\": true, \"BULK_BY_FILTER\": true,"
                       " \"DOMAIN\": {\"a\": {}}}");
    assert_needs(NULL, "{\"RESOURCE_METHODS\": [\"DELETE\"], \"DOMAIN\": {\"a\": {}}}");
}

static void test_versions_and_the_log_go_with_the_change(void **state)
{
    (void)state;
    assert_needs("VERSIONING", "{\"VERSIONING\": true, \"ITEM_METHODS\": [\"PUT\"],"
                               " \"DOMAIN\": {\"a\": {}}}");
    assert_needs(NULL, "{\"VERSIONING\": true, \"DOMAIN\": {\"a\": {}}}");
    assert_needs("OPLOG", "{\"OPLOG\": true, \"ITEM_METHODS\": [\"DELETE\"],"
                          " \"DOMAIN\": {\"a\": {}}}");
    assert_needs(NULL, "{\"OPLOG\": true, \"OPLOG_METHODS\": [\"PATCH\"],"
                       " \"ITEM_METHODS\": [\"DELETE\"], \"DOMAIN\": {\"a\": {}}}");
}

static void test_telling_of_changes_needs_a_set(void **state)
{
    (void)state;
    assert_needs("CHANGES_ENDPOINT",
                 "{\"CHANGES_ENDPOINT\": \"changes\", \"DOMAIN\": {\"a\": {}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_server_the_store_is_embedded),
        cmocka_unit_test(test_a_server_in_the_settings_is_the_store),
        cmocka_unit_test(test_an_address_with_a_database_needs_no_other_name),
        cmocka_unit_test(test_what_is_given_wins_but_for_the_name_of_the_database),
        cmocka_unit_test(test_an_address_of_something_else_is_a_mistake),
        cmocka_unit_test(test_lists_of_documents_are_inserted_as_one),
        cmocka_unit_test(test_lists_that_are_meant_are_changed_as_one),
        cmocka_unit_test(test_versions_and_the_log_go_with_the_change),
        cmocka_unit_test(test_telling_of_changes_needs_a_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
