/* SPDX-License-Identifier: MIT */
#include "../settings.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <cmocka.h>

#include "settings_read.h"

static struct settings settings;

static int release(void **state)
{
    (void)state;
    settings_release(&settings);
    return 0;
}

static const struct store_field *find(const struct collection *collection, const char *path)
{
    for (size_t i = 0; i < collection->field_count; i++)
        if (strcmp(collection->fields[i].path, path) == 0)
            return &collection->fields[i];
    return NULL;
}

static void assert_field(const char *path, enum value_type type, unsigned flags)
{
    const struct store_field *field = find(settings.collections[0], path);

    assert_non_null(field);
    assert_int_equal(field->type, type);
    assert_int_equal(field->flags, flags);
}

/* The store takes what was declared. */
static void assert_prepared(void)
{
    const struct store_options options = {.budget = 100, .queue = 10};
    struct error err = {0};
    struct store *store = store_open("sqlite::memory:", &options, &err);

    assert_non_null(store);
    if (!store_prepare(store, settings.collections, settings.collection_count, &err))
        fail_msg("%s", err.message);
    store_close(store);
}

static void test_scalar_fields_are_declared_with_their_types(void **state)
{
    const struct collection *a;

    (void)state;
    read_good("{\"DOMAIN\": {\"a\": {\"schema\": {\"s\": {\"type\": \"string\"}, \"i\": {\"type\":"
              " \"integer\"}, \"f\": {\"type\": \"float\"}, \"n\": {\"type\": [\"integer\","
              " \"number\"]}, \"b\": {\"type\": \"boolean\"}, \"d\": {\"type\": \"datetime\"},"
              " \"o\": {\"type\": \"objectid\"}, \"m\": {\"type\": [\"string\", \"integer\"]},"
              " \"l\": {\"type\": \"list\", \"schema\": {\"type\": \"string\"}}, \"any\": {},"
              " \"ll\": {\"type\": \"list\", \"schema\": {\"type\": \"list\"}}, \"dict\":"
              " {\"type\": \"dict\", \"schema\": {\"x\": {\"type\": \"integer\"}}}}}}}",
              &settings);
    a = settings.collections[0];
    assert_string_equal(a->name, "a");
    assert_int_equal(a->id_type, TYPE_OBJECT_ID);
    assert_field("s", TYPE_TEXT, 0);
    assert_field("i", TYPE_INT, 0);
    assert_field("f", TYPE_NUMBER, 0);
    assert_field("n", TYPE_NUMBER, 0);
    assert_field("b", TYPE_BOOL, 0);
    assert_field("d", TYPE_DATE, 0);
    assert_field("o", TYPE_OBJECT_ID, 0);
    assert_field("m", TYPE_ANY, 0);
    assert_field("l", TYPE_LIST, 0);
    assert_field("dict.x", TYPE_INT, 0);
    assert_null(find(a, "any"));
    assert_null(find(a, "ll"));
    assert_null(find(a, "dict"));
    assert_null(find(a, "_id"));
    assert_ptr_equal(settings.resources[0].collection, a);
    assert_prepared();
}

static void test_fields_with_a_duty_are_indexed(void **state)
{
    (void)state;
    read_good("{\"SOFT_DELETE\": true, \"DOMAIN\": {\"a\": {\"auth_field\": \"owner\","
              " \"schema\": {\"id\": {\"type\": \"string\", \"unique\": true}, \"mine\":"
              " {\"type\": \"string\", \"unique_to_user\": true}, \"ref\": {\"type\":"
              " \"objectid\", \"data_relation\": {\"resource\": \"a\"}}, \"when\": {\"type\":"
              " \"datetime\"}, \"words\": {\"type\": \"string\"}, \"end\": {\"type\":"
              " \"datetime\"}}, \"additional_lookup\": {\"url\": \"string\", \"field\": \"id\"},"
              " \"datasource\": {\"default_sort\": [[\"when\", -1]]}, \"mongo_indexes\": {"
              "\"t\": [[\"words\", \"text\"]], \"e\": [[[\"end\", 1]], {\"expireAfterSeconds\":"
              " 0}], \"two\": [[\"ref\", 1], [\"when\", -1]], \"u\": [[\"_updated\", 1]]}}}}",
              &settings);
    assert_field("_deleted", TYPE_BOOL, STORE_DELETED);
    assert_field("owner", TYPE_TEXT, STORE_INDEXED);
    assert_field("id", TYPE_TEXT, STORE_UNIQUE | STORE_INDEXED);
    assert_field("mine", TYPE_TEXT, 0);
    assert_field("ref", TYPE_OBJECT_ID, STORE_INDEXED);
    assert_field("when", TYPE_DATE, STORE_INDEXED);
    assert_field("words", TYPE_TEXT, STORE_SEARCHED);
    assert_field("end", TYPE_DATE, STORE_EXPIRES);
    assert_true(schema_at(&settings.resources[0].schema, "words")->searched);
    assert_int_equal(settings.collections[0]->index_count, 2);
    assert_string_equal(settings.collections[0]->indexes[0].paths[1], "when");
    assert_string_equal(settings.collections[0]->indexes[1].paths[0], "_updated");
    assert_null(settings.collections[0]->indexes[1].paths[1]);
    assert_prepared();
}

static void test_the_type_of_ids_is_that_of_the_schema(void **state)
{
    (void)state;
    read_good("{\"DOMAIN\": {\"a\": {\"schema\": {\"_id\": {\"type\": \"string\"}}}, \"b\":"
              " {\"schema\": {\"_id\": {\"type\": \"integer\"}}}, \"c\": {\"id_field\": \"sku\","
              " \"schema\": {\"sku\": {\"type\": \"string\"}}}}}",
              &settings);
    assert_int_equal(settings.collections[0]->id_type, TYPE_TEXT);
    assert_int_equal(settings.collections[1]->id_type, TYPE_INT);
    assert_int_equal(settings.collections[2]->id_type, TYPE_OBJECT_ID);
    assert_int_equal(settings.collections[2]->fields[0].flags, STORE_UNIQUE);
    assert_prepared();
}

static void test_resources_of_one_source_share_a_collection(void **state)
{
    (void)state;
    read_good("{\"CHANGES_ENDPOINT\": \"changes\", \"DOMAIN\": {\"a\": {\"changes\": false,"
              " \"schema\": {\"x\": {\"type\": \"integer\", \"unique\": true}}}, \"b\":"
              " {\"datasource\": {\"source\": \"a\"}, \"schema\": {\"y\": {\"type\":"
              " \"string\"}}}, \"c\": {\"changes\": false}, \"d\": {\"datasource\":"
              " {\"source\": \"e\"}}}}",
              &settings);
    assert_int_equal(settings.collection_count, 3);
    assert_ptr_equal(settings.resources[0].collection, settings.resources[1].collection);
    assert_field("x", TYPE_INT, STORE_UNIQUE);
    assert_field("y", TYPE_TEXT, 0);
    assert_true(settings.collections[0]->followed);
    assert_false(settings.collections[1]->followed);
    assert_null(settings.collections[0]->text);
    assert_non_null(settings.collections[1]->text);
    assert_ptr_equal(settings.collections[1]->text->context, &settings.resources[2]);
    assert_int_not_equal(settings.collections[1]->text->shape, 0);
    assert_null(settings.collections[2]->text);
    assert_prepared();
}

static void test_a_history_is_a_collection_beside_its_resources(void **state)
{
    const struct collection *history;

    (void)state;
    read_good("{\"OPLOG\": true, \"DOMAIN\": {\"a\": {\"versioning\": true, \"schema\":"
              " {\"_id\": {\"type\": \"string\"}, \"x\": {}}}}}",
              &settings);
    history = settings.resources[0].versions;
    assert_non_null(history);
    assert_string_equal(history->name, "a_versions");
    assert_int_equal(history->id_type, TYPE_OBJECT_ID);
    assert_string_equal(history->fields[0].path, "_id_document");
    assert_int_equal(history->fields[0].type, TYPE_TEXT);
    assert_string_equal(history->indexes[0].paths[1], "_version");
    assert_ptr_equal(settings_resource(&settings, "a_versions")->collection, history);
    assert_true(settings_resource(&settings, "a_versions")->internal);
    assert_int_equal(settings.collection_count, 3);
    assert_prepared();
}

static void test_fields_with_a_duty_come_before_the_others(void **state)
{
    struct buf text = {0};

    (void)state;
    buf_puts(&text, "{\"DOMAIN\": {\"a\": {\"schema\": {\"f\": {}");
    for (int i = 0; i < 100; i++)
        buf_printf(&text, ", \"f%d\": {\"type\": \"integer\"%s}", i,
                   i == 99 ? ", \"unique\": true" : "");
    buf_puts(&text, "}}}}");
    read_good(buf_text(&text), &settings);
    buf_release(&text);
    assert_int_equal(settings.collections[0]->field_count, 60);
    assert_string_equal(settings.collections[0]->fields[0].path, "f99");
    assert_prepared();
}

static void test_more_fields_with_a_duty_than_there_is_room_are_mistakes(void **state)
{
    struct buf text = {0}, mistakes;

    (void)state;
    buf_puts(&text, "{\"DOMAIN\": {\"a\": {\"schema\": {\"f\": {}");
    for (int i = 0; i < 61; i++)
        buf_printf(&text, ", \"f%d\": {\"type\": \"integer\", \"unique\": true}", i);
    buf_puts(&text, "}}}}");
    mistakes = read_bad(buf_text(&text));
    assert_string_equal(buf_text(&mistakes),
                        "DOMAIN.a: f60 would be more than 60 fields with an index\n");
    buf_release(&mistakes);
    buf_release(&text);
}

static void test_pages_behind_a_key_have_an_index_of_the_first_field_alone(void **state)
{
    (void)state;
    for (int keyset = 0; keyset < 2; keyset++) {
        char text[300];

        snprintf(text, sizeof(text),
                 "{\"DOMAIN\": {\"a\": {\"keyset_pagination\": %s, \"schema\": {\"s\": {\"type\": "
                 "\"string\"}, \"i\": {\"type\": \"integer\"}}, \"mongo_indexes\": {\"both\": "
                 "[[\"s\", 1], [\"i\", -1]]}}}}",
                 keyset ? "true" : "false");
        read_good(text, &settings);
        assert_field("s", TYPE_TEXT, keyset ? STORE_INDEXED : 0);
        assert_field("i", TYPE_INT, 0);
        assert_int_equal(settings.collections[0]->index_count, 1);
        assert_prepared();
        settings_release(&settings);
    }
}

static void test_the_settings_of_the_posts_suit_the_store(void **state)
{
    struct buf mistakes = {0};

    (void)state;
    assert_true(settings_load("rest/settings.json", &settings, &mistakes));
    buf_release(&mistakes);
    assert_int_equal(settings.collection_count, 5);
    assert_field("id", TYPE_ANY, STORE_UNIQUE | STORE_INDEXED);
    assert_field("score", TYPE_NUMBER, STORE_INDEXED);
    assert_field("created_utc", TYPE_NUMBER, STORE_INDEXED);
    assert_field("title", TYPE_TEXT, STORE_SEARCHED);
    assert_field("selftext", TYPE_TEXT, STORE_SEARCHED);
    assert_true(settings.resources[0].default_sort[0].descending);
    assert_true(settings.resources[0].keyset_pagination && settings.resources[0].iso_dates);
    assert_int_equal(settings_resource(&settings, "likes")->collection->id_type, TYPE_TEXT);
    assert_true(pattern_matches(settings_resource(&settings, "likes")->item_url,
                                "ann:0123456789abcdef01234567", 28));
    assert_non_null(settings.collections[0]->text);
    assert_prepared();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_scalar_fields_are_declared_with_their_types, release),
        cmocka_unit_test_teardown(test_fields_with_a_duty_are_indexed, release),
        cmocka_unit_test_teardown(test_the_type_of_ids_is_that_of_the_schema, release),
        cmocka_unit_test_teardown(test_resources_of_one_source_share_a_collection, release),
        cmocka_unit_test_teardown(test_a_history_is_a_collection_beside_its_resources, release),
        cmocka_unit_test_teardown(test_fields_with_a_duty_come_before_the_others, release),
        cmocka_unit_test(test_more_fields_with_a_duty_than_there_is_room_are_mistakes),
        cmocka_unit_test(test_pages_behind_a_key_have_an_index_of_the_first_field_alone),
        cmocka_unit_test_teardown(test_the_settings_of_the_posts_suit_the_store, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
