/* SPDX-License-Identifier: MIT */
#include "../settings.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

#include "settings_read.h"

static struct settings settings;

/* The rules of the field "f" of a resource "a", beside another field "g" and a resource "b". */
static const struct rules *field(const char *rules)
{
    char text[2000];

    snprintf(text, sizeof(text),
             "{\"DOMAIN\": {\"a\": {\"schema\": {\"f\": {%s}, \"g\": {\"type\": \"datetime\"}}},"
             " \"b\": {\"schema\": {\"n\": {\"type\": \"integer\"}}, \"id_field\": \"n\"}}}",
             rules);
    read_good(text, &settings);
    return schema_at(&settings.resources[0].schema, "f");
}

static int release(void **state)
{
    (void)state;
    settings_release(&settings);
    return 0;
}

static void test_a_type_is_one_or_several(void **state)
{
    const struct rules *rules = field("\"type\": [\"string\", \"integer\"]");

    (void)state;
    assert_int_equal(rules->types, RULE_STRING | RULE_INTEGER);
    assert_string_equal(rules->type_name, "['string', 'integer']");
    settings_release(&settings);
    rules = field("\"type\": \"multipoint\"");
    assert_int_equal(rules->types, RULE_GEOJSON);
    assert_string_equal(rules->type_name, "multipoint");
    settings_release(&settings);
    rules = field("");
    assert_int_equal(rules->types, 0);
    assert_int_equal(rules->min_len, -1);
    assert_int_equal(rules->max_len, -1);
    assert_false(rules->required || rules->has_initial || rules->empty_refused);
}

static void test_plain_rules_are_taken(void **state)
{
    const struct rules *rules =
        field("\"type\": \"string\", \"required\": true, \"nullable\": true, \"readonly\": true,"
              " \"unique\": true, \"empty\": false, \"minlength\": 2, \"maxlength\": 3,"
              " \"regex\": \"[a-z]+\", \"coerce\": \"lower\", \"title\": \"T\","
              " \"meta\": {\"description\": \"D\", \"label\": 1}");

    (void)state;
    assert_true(rules->required && rules->nullable && rules->readonly && rules->unique);
    assert_true(rules->empty_refused);
    assert_int_equal(rules->min_len, 2);
    assert_int_equal(rules->max_len, 3);
    assert_true(pattern_matches(rules->regex, "ab", 2));
    assert_string_equal(rules->regex_text, "[a-z]+");
    assert_int_equal(rules->coerce, COERCE_LOWER);
    assert_string_equal(rules->title, "T");
    assert_string_equal(rules->description, "D");
    assert_string_equal(rules->path, "f");
}

static void test_values_have_the_type_of_their_field(void **state)
{
    const struct rules *rules =
        field("\"type\": \"datetime\", \"default\": \"Mon, 01 Jan 2024 00:00:00 GMT\","
              " \"min\": \"2023-01-01T00:00:00Z\", \"allowed\": [\"Mon, 01 Jan 2024 00:00:00"
              " GMT\"]");

    (void)state;
    assert_true(rules->has_initial);
    assert_int_equal(rules->initial.value_type, BSON_TYPE_DATE_TIME);
    assert_int_equal(rules->initial.value.v_datetime, 1704067200000);
    assert_int_equal(rules->min->value.v_datetime, 1672531200000);
    assert_int_equal(rules->allowed.items[0].value_type, BSON_TYPE_DATE_TIME);
    settings_release(&settings);
    rules = field("\"type\": \"objectid\", \"default\": \"0123456789abcdef01234567\"");
    assert_int_equal(rules->initial.value_type, BSON_TYPE_OID);
    settings_release(&settings);
    rules = field("\"type\": \"string\", \"default\": \"0123456789abcdef01234567\"");
    assert_int_equal(rules->initial.value_type, BSON_TYPE_UTF8);
}

static void test_a_default_may_be_nested_and_dates_in_it_are_dates(void **state)
{
    const struct rules *rules =
        field("\"type\": \"dict\", \"default\": {\"at\": \"Mon, 01 Jan 2024 00:00:00 GMT\","
              " \"l\": [1, \"x\"]}, \"schema\": {\"at\": {\"type\": \"datetime\"}, \"l\": {}}");
    bson_iter_t iter, at;

    (void)state;
    assert_int_equal(rules->initial.value_type, BSON_TYPE_DOCUMENT);
    assert_true(bson_iter_init_from_data(&iter, rules->initial.value.v_doc.data,
                                         rules->initial.value.v_doc.data_len));
    assert_true(bson_iter_find_descendant(&iter, "at", &at));
    assert_true(BSON_ITER_HOLDS_DATE_TIME(&at));
    assert_true(bson_iter_init_from_data(&iter, rules->initial.value.v_doc.data,
                                         rules->initial.value.v_doc.data_len));
    assert_true(bson_iter_find_descendant(&iter, "l.1", &at));
    assert_string_equal(bson_iter_utf8(&at, NULL), "x");
}

static void test_what_is_allowed_in_a_list_are_its_items(void **state)
{
    const struct rules *rules = field("\"type\": \"list\", \"allowed\": [\"a\", \"b\"],"
                                      " \"schema\": {\"type\": \"string\"}");

    (void)state;
    assert_true(rules->has_allowed);
    assert_int_equal(rules->allowed.count, 2);
    assert_int_equal(rules->each->types, RULE_STRING);
    assert_string_equal(rules->each->path, "");
}

static void test_dicts_and_lists_are_read_to_their_bottom(void **state)
{
    const struct rules *rules =
        field("\"type\": \"dict\", \"schema\": {\"l\": {\"type\": \"list\", \"schema\":"
              " {\"type\": \"dict\", \"schema\": {\"x\": {\"type\": \"integer\"}}}},"
              " \"m\": {\"type\": \"list\", \"items\": [{\"type\": \"string\"}, {}]},"
              " \"v\": {\"type\": \"dict\", \"keysrules\": {\"regex\": \"[a-z]\"},"
              " \"valueschema\": {\"type\": \"integer\"}}}");
    const struct schema *schema = &settings.resources[0].schema;

    (void)state;
    assert_string_equal(rules->schema->fields[0].path, "f.l");
    assert_int_equal(schema_at(schema, "f.l.x")->types, RULE_INTEGER);
    assert_int_equal(schema_at(schema, "f.l.3.x")->types, RULE_INTEGER);
    assert_string_equal(schema_at(schema, "f.l.x")->path, "");
    assert_int_equal(schema_at(schema, "f.m")->item_count, 2);
    assert_int_equal(schema_at(schema, "f.m.0")->types, RULE_STRING);
    assert_null(schema_at(schema, "f.m.2"));
    assert_int_equal(schema_at(schema, "f.v.any")->types, RULE_INTEGER);
    assert_non_null(schema_at(schema, "f.v")->keys->regex);
    assert_null(schema_at(schema, "f.nothing"));
    assert_null(schema_at(schema, "f.l.x.y"));
    assert_null(schema_at(schema, ""));
}

static void test_what_is_unknown_is_allowed_where_it_says(void **state)
{
    const struct rules *rules;

    (void)state;
    read_good("{\"ALLOW_UNKNOWN\": true, \"DOMAIN\": {\"a\": {\"schema\": {\"d\": {\"type\":"
              " \"dict\", \"schema\": {\"x\": {}}}, \"e\": {\"type\": \"dict\", \"allow_unknown\":"
              " false, \"purge_unknown\": true, \"require_all\": true, \"schema\": {\"x\": {},"
              " \"y\": {\"required\": false}}}}}, \"b\": {\"allow_unknown\": {\"type\":"
              " \"string\"}, \"schema\": {\"x\": {}}}}}",
              &settings);
    assert_true(settings.resources[0].schema.allow_unknown);
    rules = schema_at(&settings.resources[0].schema, "d");
    assert_true(rules->schema->allow_unknown);
    rules = schema_at(&settings.resources[0].schema, "e");
    assert_true(!rules->schema->allow_unknown && rules->schema->purge_unknown);
    assert_true(rules->schema->fields[0].required && !rules->schema->fields[1].required);
    assert_int_equal(settings.resources[1].schema.unknown->types, RULE_STRING);
}

static void test_alternatives_inherit_the_type(void **state)
{
    const struct rules *rules = field(
        "\"type\": \"integer\", \"anyof\": [{\"min\": 1, \"max\": 2}, {\"type\": \"string\"}],"
        " \"noneof_allowed\": [[1], [2]], \"allof_min\": [0]");

    (void)state;
    assert_int_equal(rules->any_of.count, 2);
    assert_int_equal(rules->any_of.items[0].types, RULE_INTEGER);
    assert_int_equal(rules->any_of.items[0].min->value.v_int32, 1);
    assert_int_equal(rules->any_of.items[1].types, RULE_STRING);
    assert_int_equal(rules->none_of.count, 2);
    assert_true(rules->none_of.items[1].has_allowed);
    assert_int_equal(rules->all_of.items[0].min->value.v_int32, 0);
    settings_release(&settings);
    rules = field("\"oneof_type\": [\"string\", \"integer\"]");
    assert_int_equal(rules->one_of.items[1].types, RULE_INTEGER);
}

static void test_dependencies_have_three_forms(void **state)
{
    const struct rules *rules = field("\"dependencies\": \"g\"");

    (void)state;
    assert_int_equal(rules->dependency_count, 1);
    assert_string_equal(rules->dependencies[0].path, "g");
    settings_release(&settings);
    rules = field("\"dependencies\": [\"g\", \"^g\"], \"excludes\": \"g\"");
    assert_int_equal(rules->dependency_count, 2);
    assert_true(rules->dependencies[1].rooted && !rules->dependencies[0].rooted);
    assert_string_equal(rules->dependencies[1].path, "g");
    assert_string_equal(rules->excludes[0], "g");
    settings_release(&settings);
    rules = field("\"dependencies\": {\"g\": [\"Mon, 01 Jan 2024 00:00:00 GMT\"], \"_id\":"
                  " \"0123456789abcdef01234567\"}");
    assert_int_equal(rules->dependencies[0].among.count, 1);
    assert_int_equal(rules->dependencies[0].among.items[0].value_type, BSON_TYPE_DATE_TIME);
    assert_int_equal(rules->dependencies[1].among.items[0].value_type, BSON_TYPE_OID);
}

static void test_a_relation_leads_to_the_id_of_its_resource(void **state)
{
    const struct rules *rules =
        field("\"data_relation\": {\"resource\": \"b\", \"embeddable\": true}");

    (void)state;
    assert_ptr_equal(rules->relation->resource, &settings.resources[1]);
    assert_string_equal(rules->relation->field, "n");
    assert_true(rules->relation->embeddable);
}

static void test_mistakes_in_rules_have_their_place(void **state)
{
    (void)state;
    assert_rule_mistake("\"type\": \"strng\"", ".type: strng is no type, did you mean string?");
    assert_rule_mistake("\"type\": []", ".type: must name at least one type");
    assert_rule_mistake("\"maxlength\": \"3\"", ".maxlength: must be a whole number, not a text");
    assert_rule_mistake("\"maxlength\": 3, \"minlength\": 4",
                        ": minlength is greater than maxlength");
    assert_rule_mistake("\"type\": \"integer\", \"min\": 3, \"max\": 2",
                        ": min is greater than max");
    assert_rule_mistake("\"allowed\": \"a\"", ".allowed: must be a list of values, not a text");
    assert_rule_mistake("\"regex\": \"(\"", ".regex: is no regular expression: missing closing "
                                            "parenthesis (behind byte 1)");
    assert_rule_mistake("\"type\": \"integer\", \"default\": \"7\"",
                        ".default: must be of integer type");
    assert_rule_mistake("\"type\": \"integer\", \"default\": 1.5",
                        ".default: must be of integer type");
    assert_rule_mistake("\"type\": \"string\", \"default\": null", ".default: null needs nullable");
    assert_rule_mistake("\"type\": \"dict\", \"schema\": {\"x\": {\"type\": \"datetime\"}},"
                        " \"default\": {\"x\": 1}",
                        ".default.x: must be of datetime type");
    assert_rule_mistake("\"type\": \"string\", \"schema\": {}",
                        ".schema: needs the type dict or list, and no other");
    assert_rule_mistake("\"dependencies\": [\"h\"]",
                        ".dependencies: no such field as h, did you mean f?");
    assert_rule_mistake("\"data_relation\": {\"resource\": \"b\"}",
                        ".data_relation.resource: no such resource as b, did you mean a?");
    assert_rule_mistake("\"data_relation\": {\"resource\": \"a\", \"field\": \"ff\"}",
                        ".data_relation: no such field as ff, did you mean f?");
    assert_rule_mistake("\"data_relation\": {\"resource\": \"a\", \"version\": true}",
                        ": a data_relation with version needs the type dict, with _id in its "
                        "schema\nDOMAIN.a.schema.f.data_relation: version needs versioning in a");
    assert_rule_mistake("\"anyof\": []", ".anyof: must hold at least one alternative");
    assert_rule_mistake("\"anyof_typ\": [\"string\"]", ".anyof_typ: unknown key");
    assert_rule_mistake("\"type\": \"list\", \"schema\": {\"unique\": true}",
                        ".schema.unique: is not supported inside lists and among unknown names");
    assert_resource_mistake("\"datasource\": {\"filter\": {\"x\": 1}}, \"schema\": {\"x\":"
                            " {\"unique_within_resource\": true}}",
                            ".schema.x.unique_within_resource: is not supported where datasource "
                            "has a filter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_type_is_one_or_several, release),
        cmocka_unit_test_teardown(test_plain_rules_are_taken, release),
        cmocka_unit_test_teardown(test_values_have_the_type_of_their_field, release),
        cmocka_unit_test_teardown(test_a_default_may_be_nested_and_dates_in_it_are_dates, release),
        cmocka_unit_test_teardown(test_what_is_allowed_in_a_list_are_its_items, release),
        cmocka_unit_test_teardown(test_dicts_and_lists_are_read_to_their_bottom, release),
        cmocka_unit_test_teardown(test_what_is_unknown_is_allowed_where_it_says, release),
        cmocka_unit_test_teardown(test_alternatives_inherit_the_type, release),
        cmocka_unit_test_teardown(test_dependencies_have_three_forms, release),
        cmocka_unit_test_teardown(test_a_relation_leads_to_the_id_of_its_resource, release),
        cmocka_unit_test_teardown(test_mistakes_in_rules_have_their_place, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
