/* SPDX-License-Identifier: MIT */
#include "../settings_tables.h"

#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <cmocka.h>

#include "settings_read.h"

static void test_every_mistake_is_a_line_with_its_place(void **state)
{
    (void)state;
    assert_mistakes("{\"Pagination\": 3, \"HATEOAS\": null, \"DOMAIN\": {\"posts\": {\"pagintion\":"
                    " true, \"schema\": {\"title\": {\"type\": \"string\", \"maxlenght\": 3,"
                    " \"allowed\": [\"a\", 1]}}}}, \"RATE_LIMIT_GET\": [1], \"quux\": 0}",
                    "Pagination: unknown key, did you mean PAGINATION?\n"
                    "HATEOAS: must be true or false, not null\n"
                    "RATE_LIMIT_GET: must be [requests, seconds] or null\n"
                    "quux: unknown key\n"
                    "DOMAIN.posts.pagintion: unknown key, did you mean pagination?\n"
                    "DOMAIN.posts.schema.title.maxlenght: unknown key, did you mean maxlength?\n"
                    "DOMAIN.posts.schema.title.allowed[1]: must be of string type\n");
}

static void test_what_is_no_settings_file_is_one_line(void **state)
{
    (void)state;
    assert_mistakes("", "line 1, column 1: expected a value\n");
    assert_mistakes("[]", "must be an object of settings, not a list\n");
    assert_mistakes("{\"DOMAIN\": {}, \"DOMAIN\": {}}",
                    "line 1, column 16: expected a key that the object does not have yet\n");
    assert_mistakes("{}", "DOMAIN is missing: the resources that are served\n");
    assert_mistakes("{\"DOMAIN\": []}", "DOMAIN: must be an object of resources, not a list\n");
    assert_mistakes("{\"DOMAIN\": {\"a\": 1}}", "DOMAIN.a: must be an object, not a number\n");
}

static void test_what_needs_python_is_said_to(void **state)
{
    (void)state;
    assert_mistakes("{\"DOMAIN\": {}, \"on_inserted\": null}",
                    "on_inserted: is not supported: event hooks are functions in Python\n");
    assert_mistakes("{\"DOMAIN\": {}, \"RETURN_MEDIA_AS_URL\": true}",
                    "RETURN_MEDIA_AS_URL: anything but false is not supported: documents hold the "
                    "addresses of files, not the files\n");
    assert_mistakes("{\"DOMAIN\": {}, \"AUTH\": {\"type\": \"hmac\", \"users\": {}}}",
                    "AUTH.type: is not supported: HMAC needs code in Python that knows the "
                    "secrets\n");
    assert_resource_mistake("\"datasource\": {\"aggregation\": {\"pipeline\": []}}",
                            ".datasource.aggregation: is not supported: pipelines are MongoDB's "
                            "own; documents are read with where, sort and projection");
    assert_rule_mistake("\"check_with\": \"x\"",
                        ".check_with: is not supported: it names code in Python");
    assert_rule_mistake("\"type\": \"media\"", ".type: media is not supported: documents hold the "
                                               "addresses of files, not the files");
}

static void test_operators_are_those_that_are_served(void **state)
{
    struct buf mistakes = read_bad("{\"DOMAIN\": {}, \"MONGO_QUERY_WHITELIST\": [\"$text\","
                                   " \"$regex\"]}");

    (void)state;
    assert_memory_equal(mistakes.data, "MONGO_QUERY_WHITELIST: $regex is not supported", 46);
    buf_release(&mistakes);
    assert_resource_mistake("\"datasource\": {\"filter\": {\"$text\": {\"$search\": \"x\"}}}",
                            ".datasource.filter: where: $text is not allowed here");
}

static void test_methods_are_those_of_their_place(void **state)
{
    (void)state;
    assert_resource_mistake("\"resource_methods\": [\"GET\", \"PUT\"]",
                            ".resource_methods[1]: PUT is none of GET POST DELETE");
    assert_resource_mistake("\"item_methods\": [\"POST\"]",
                            ".item_methods[0]: POST is none of GET PUT PATCH DELETE");
    assert_resource_mistake("\"public_methods\": [\"get\"]",
                            ".public_methods[0]: get is none of GET HEAD POST PATCH DELETE "
                            "OPTIONS");
}

static void test_addresses_are_well_formed_and_differ(void **state)
{
    (void)state;
    assert_resource_mistake("\"url\": \"/a\"", ".url: must be segments of letters, digits and "
                                               "-._~ without a slash at either end");
    assert_resource_mistake("\"item_url\": \"regex([a-z])\"",
                            ".item_url: must be regex(\"…\"), int, float, string, uuid or "
                            "objectid, not regex([a-z])");
    assert_resource_mistake("\"item_url\": \"regex(\\\"[a-z\\\")\"",
                            ".item_url: is no regular expression: missing terminating ] for "
                            "character class (behind byte 4)");
    assert_resource_mistake("\"url\": \"b/<int:c>/a\", \"schema\": {\"cc\": {}}",
                            ".url: no such field as c, did you mean cc?");
    assert_resource_mistake("\"url\": \"b/<int:c\", \"schema\": {\"c\": {}}",
                            ".url: has a <…> that is not closed or not a whole segment");
    assert_resource_mistake("\"url\": \"metrics\"",
                            ": needs another url: /metrics is the server's own");
    assert_mistakes("{\"DOMAIN\": {\"a\": {}, \"b\": {\"url\": \"a\"}}}",
                    "DOMAIN.b: has the same url as a\n");
    assert_mistakes("{\"DOMAIN\": {\"a b\": {}}}",
                    "DOMAIN.a b: needs a url, as its name cannot be one\n");
    assert_mistakes("{\"DOMAIN\": {\"a\": {}}, \"SCHEMA_ENDPOINT\": \"a\"}",
                    "SCHEMA_ENDPOINT is the url of a resource\n");
    assert_mistakes("{\"DOMAIN\": {\"a\": {}}, \"URL_PREFIX\": \"/a\"}",
                    "URL_PREFIX: must be segments of letters, digits and -._~ without a slash at "
                    "either end\n");
}

static void test_lookups_name_a_field_and_a_form(void **state)
{
    (void)state;
    assert_resource_mistake("\"schema\": {\"name\": {\"type\": \"string\"}},"
                            " \"additional_lookup\": {\"field\": \"nam\", \"url\": \"int\"}",
                            ".additional_lookup.field: no such field as nam, did you mean name?");
    assert_resource_mistake("\"schema\": {\"name\": {\"type\": \"string\"}},"
                            " \"additional_lookup\": {\"field\": \"name\"}",
                            ".additional_lookup: needs a url, such as regex(\"[\\w]+\")");
    assert_resource_mistake("\"additional_lookup\": {}", ".additional_lookup: needs a field");
}

static void test_fields_of_the_server_are_not_the_schemas(void **state)
{
    (void)state;
    assert_resource_mistake("\"schema\": {\"_etag\": {}}",
                            ": the schema must not have _etag, which the server fills in");
    assert_resource_mistake("\"versioning\": true, \"schema\": {\"_version\": {}}",
                            ": the schema must not have _version, which the server fills in");
    assert_resource_mistake("\"schema\": {\"a.b\": {}}",
                            ".schema.a.b: a field's name must not be empty or hold '.' or '$'");
    assert_mistakes("{\"DOMAIN\": {}, \"ETAG\": \"_updated\"}",
                    "two parts of replies are called _updated\n");
    assert_mistakes("{\"DOMAIN\": {}, \"QUERY_PAGE\": \"where\"}",
                    "two parts of replies are called where\n");
}

static void test_what_must_agree_does(void **state)
{
    (void)state;
    assert_resource_mistake("\"auth_field\": \"_id\"",
                            ": auth_field must not be the id_field (_id)");
    assert_resource_mistake("\"id_field\": \"a\", \"item_lookup_field\": \"b\"",
                            ".item_lookup_field: another field than id_field is not supported");
    assert_resource_mistake("\"schema\": {\"x\": {}}, \"embedded_fields\": [\"x\"]",
                            ".embedded_fields: x has no embeddable data_relation");
    assert_mistakes("{\"DOMAIN\": {\"a\": {\"versioning\": true, \"schema\": {\"x\": {}}},"
                    " \"a_versions\": {}}}",
                    "DOMAIN.a: its history would be called a_versions, as another resource is\n");
    assert_mistakes("{\"DOMAIN\": {}, \"DATE_FORMAT\": \"%Y\"}",
                    "DATE_FORMAT: is not supported: dates are \"%a, %d %b %Y %H:%M:%S GMT\" or "
                    "\"%Y-%m-%dT%H:%M:%SZ\"\n");
    assert_mistakes("{\"DOMAIN\": {}, \"STANDARD_ERRORS\": [404]}",
                    "STANDARD_ERRORS: is not supported: either all of Eve's codes are given or "
                    "[]\n");
    assert_mistakes("{\"DOMAIN\": {}, \"MONGO_PASSWORD\": \"x\"}",
                    "MONGO_PASSWORD: needs MONGO_USERNAME\n");
}

static void test_indexes_are_what_the_store_can_make(void **state)
{
    (void)state;
    assert_resource_mistake("\"schema\": {\"x\": {}}, \"mongo_indexes\": {\"i\": [[\"y\", 1]]}",
                            ".mongo_indexes.i[0][0]: no such field as y, did you mean x?");
    assert_resource_mistake("\"schema\": {\"x\": {}}, \"mongo_indexes\": {\"i\":"
                            " [[\"x\", \"2dsphere\"]]}",
                            ".mongo_indexes.i[0][1]: an index of this kind is not supported: 1, "
                            "-1 or \"text\"");
    assert_resource_mistake("\"schema\": {\"x\": {\"type\": \"datetime\"}}, \"mongo_indexes\":"
                            " {\"i\": [[[\"x\", 1]], {\"expireAfterSeconds\": 60}]}",
                            ".mongo_indexes.i[1].expireAfterSeconds: anything but 0 is not "
                            "supported: the field holds when a document expires");
    assert_resource_mistake("\"schema\": {\"x\": {\"type\": \"integer\"}}, \"mongo_indexes\":"
                            " {\"i\": [[[\"x\", 1]], {\"expireAfterSeconds\": 0}]}",
                            ".mongo_indexes.i: expireAfterSeconds needs a field of type datetime");
    assert_resource_mistake("\"schema\": {\"x\": {\"type\": \"integer\"}}, \"mongo_indexes\":"
                            " {\"i\": [[\"x\", \"text\"]]}",
                            ".mongo_indexes.i[0]: text needs a field of type string");
    assert_resource_mistake("\"allow_unknown\": true, \"mongo_indexes\": {\"i\": [[\"a\", 1],"
                            " [\"b\", 1], [\"c\", 1], [\"d\", 1], [\"e\", 1]]}",
                            ".mongo_indexes.i[4]: an index of more than 4 fields is not "
                            "supported");
}

static void test_sources_are_shared_by_resources_that_agree(void **state)
{
    (void)state;
    assert_mistakes("{\"DOMAIN\": {\"a\": {}, \"b\": {\"datasource\": {\"source\": \"a\"},"
                    " \"schema\": {\"_id\": {\"type\": \"string\"}}}}}",
                    "DOMAIN.b: _id has another type than in another resource of the source a\n");
    assert_resource_mistake("\"schema\": {\"_id\": {\"type\": \"list\"}}",
                            ": _id must have the type objectid, string or integer");
}

/* -- every key -----------------------------------------------------------------------------------
 */

static bool says(const char *text, const char *place)
{
    struct buf mistakes = read_bad(text);
    size_t len = strlen(place);
    bool found = false;

    for (const char *line = buf_text(&mistakes); line && *line; line = strchr(line, '\n') + 1)
        found = found || (strncmp(line, place, len) == 0 && strncmp(line + len, ": ", 2) == 0);
    if (!found)
        print_error("%s: %s said: %s", place, text, buf_text(&mistakes));
    buf_release(&mistakes);
    return found;
}

static void name_as_written(const char *name, bool capitals, char out[80])
{
    do
        *out++ = (char)(capitals ? toupper((unsigned char)*name) : *name);
    while (*name++);
}

/* around has a %s for the name, place another one. A fraction is wrong everywhere. */
static void assert_all_checked(const struct entry *entries, bool capitals, const char *around,
                               const char *place)
{
    for (; entries->name; entries++) {
        char name[80], text[400], expected[200];

        name_as_written(entries->name, capitals, name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof(text), around, name);
        snprintf(expected, sizeof(expected), place, name);
#pragma GCC diagnostic pop
        assert_true(says(text, expected));
    }
}

static void test_every_known_key_refuses_what_is_of_another_type(void **state)
{
    static const char in_resource[] = "{\"DOMAIN\": {\"a\": {\"%s\": -1.5}}}";

    (void)state;
    assert_all_checked(global_entries, true, "{\"%s\": -1.5}", "%s");
    assert_all_checked(common_entries, true, "{\"DOMAIN\": {}, \"%s\": -1.5}", "%s");
    assert_all_checked(common_entries, false, in_resource, "DOMAIN.a.%s");
    assert_all_checked(resource_entries, false, in_resource, "DOMAIN.a.%s");
    assert_all_checked(draft_entries, false, in_resource, "DOMAIN.a.%s");
    assert_all_checked(datasource_entries, false,
                       "{\"DOMAIN\": {\"a\": {\"datasource\": {\"%s\": -1.5}}}}",
                       "DOMAIN.a.datasource.%s");
    assert_all_checked(rule_entries + 1, false,
                       "{\"DOMAIN\": {\"a\": {\"schema\": {\"f\": {\"type\": \"string\", "
                       "\"%s\": -1.5}}}}}",
                       "DOMAIN.a.schema.f.%s");
    assert_rule_mistake("\"type\": -1.5", ".type: must be a text, not a number");
    assert_all_checked(relation_entries, false,
                       "{\"DOMAIN\": {\"a\": {\"schema\": {\"f\": {\"data_relation\": "
                       "{\"%s\": -1.5}}}}}}",
                       "DOMAIN.a.schema.f.data_relation.%s");
}

static void read_any(const char *text)
{
    struct settings settings;
    struct buf mistakes = {0};

    if (settings_read(text, strlen(text), &settings, &mistakes))
        assert_int_equal(mistakes.len, 0);
    else
        assert_int_equal(mistakes.data[mistakes.len - 1], '\n');
    settings_release(&settings);
    buf_release(&mistakes);
}

static void test_no_value_anywhere_does_harm(void **state)
{
    static const char *const values[] = {"null",
                                         "true",
                                         "\"\"",
                                         "\"\\u0000\"",
                                         "\"\\n<\"",
                                         "[]",
                                         "{}",
                                         "[null, [], {}, \"x\"]",
                                         "{\"\": {}, \"x\": [1, {}]}",
                                         "1e400",
                                         "-9223372036854775808"};
    static const struct {
        const struct entry *entries;
        const char *before, *after;
    } places[] = {{global_entries, "{\"DOMAIN\": {\"a\": {}}, ", "}"},
                  {common_entries, "{\"DOMAIN\": {\"a\": {", "}}}"},
                  {draft_entries, "{\"DOMAIN\": {\"a\": {", "}}}"},
                  {datasource_entries, "{\"DOMAIN\": {\"a\": {\"datasource\": {", "}}}}"},
                  {rule_entries, "{\"DOMAIN\": {\"a\": {\"schema\": {\"f\": {", "}}}}}"}};

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        for (const struct entry *entry = places[i].entries; entry->name; entry++)
            for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
                char name[80], text[300];

                name_as_written(entry->name, i == 0, name);
                snprintf(text, sizeof(text), "%s\"%s\": %s%s", places[i].before, name, values[j],
                         places[i].after);
                read_any(text);
            }
}

/* -- limits --------------------------------------------------------------------------------------
 */

static void test_more_mistakes_than_lines_are_counted(void **state)
{
    struct buf text = {0}, mistakes;

    (void)state;
    buf_puts(&text, "{\"DOMAIN\": {}");
    for (int i = 0; i < 1500; i++)
        buf_printf(&text, ", \"K%d\": 1", i);
    buf_byte(&text, '}');
    mistakes = read_bad(buf_text(&text));
    assert_non_null(strstr(buf_text(&mistakes), "\nand 500 more\n"));
    buf_release(&mistakes);
    buf_release(&text);
}

static void test_deep_and_large_files_are_refused_or_read(void **state)
{
    struct buf text = {0};

    (void)state;
    buf_puts(&text, "{\"DOMAIN\": {\"a\": {\"schema\": {\"f\": ");
    for (int i = 0; i < 47; i++)
        buf_puts(&text, "{\"type\": \"dict\", \"schema\": {\"f\": ");
    buf_puts(&text, "{}");
    for (int i = 0; i < 47 * 2 + 4; i++)
        buf_byte(&text, '}');
    read_any(buf_text(&text));
    text.len = 0;
    for (int i = 0; i < 200; i++)
        buf_puts(&text, "{\"DOMAIN\": ");
    read_any(buf_text(&text));
    text.len = 0;
    buf_puts(&text, "{\"DOMAIN\": {\"a\": {}}}");
    while (text.len <= 1 << 20)
        buf_puts(&text, "                                                                ");
    assert_mistakes(buf_text(&text), "more than 1048576 bytes\n");
    text.len = 0;
    buf_puts(&text, "{\"DOMAIN\": {\"a0\": {}");
    for (int i = 1; i <= 1000; i++)
        buf_printf(&text, ", \"a%d\": {}", i);
    buf_puts(&text, "}}");
    assert_mistakes(buf_text(&text), "DOMAIN: has more than 1000 resources\n");
    buf_release(&text);
}

static void test_names_with_controls_stay_on_their_line(void **state)
{
    (void)state;
    assert_mistakes("{\"DOMAIN\": {}, \"a\\u001b[2J\\nb\": 1}", "a?[2J?b: unknown key\n");
    assert_mistakes("{\"DOMAIN\": {}, \"a\\u0000b\": 1}", "a: this name holds U+0000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mistake_is_a_line_with_its_place),
        cmocka_unit_test(test_what_is_no_settings_file_is_one_line),
        cmocka_unit_test(test_what_needs_python_is_said_to),
        cmocka_unit_test(test_operators_are_those_that_are_served),
        cmocka_unit_test(test_methods_are_those_of_their_place),
        cmocka_unit_test(test_addresses_are_well_formed_and_differ),
        cmocka_unit_test(test_lookups_name_a_field_and_a_form),
        cmocka_unit_test(test_fields_of_the_server_are_not_the_schemas),
        cmocka_unit_test(test_what_must_agree_does),
        cmocka_unit_test(test_indexes_are_what_the_store_can_make),
        cmocka_unit_test(test_sources_are_shared_by_resources_that_agree),
        cmocka_unit_test(test_every_known_key_refuses_what_is_of_another_type),
        cmocka_unit_test(test_no_value_anywhere_does_harm),
        cmocka_unit_test(test_more_mistakes_than_lines_are_counted),
        cmocka_unit_test(test_deep_and_large_files_are_refused_or_read),
        cmocka_unit_test(test_names_with_controls_stay_on_their_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
