/* SPDX-License-Identifier: MIT */
#include "../mongo.h"

#include "collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static enum intake_end read_text(const char *text, size_t len, struct collected *collected)
{
    FILE *file = len ? fmemopen((void *)(uintptr_t)text, len, "r") : tmpfile();
    struct intake intake = collecting(collected);
    struct error err;
    enum intake_end end;

    assert_non_null(file);
    end = mongo_read(file, &intake, &err);
    fclose(file);
    return end;
}

static void assert_read(const char *text, const char *posts, const char *bad)
{
    struct collected collected = {0};

    assert_int_equal(read_text(text, strlen(text), &collected), INTAKE_ALL);
    assert_string_equal(buf_text(&collected.posts), posts);
    assert_string_equal(buf_text(&collected.bad), bad);
    collected_release(&collected);
}

static void test_each_line_is_a_post(void **state)
{
    (void)state;
    assert_read("{\"id\":\"a\"}\n\n  {\"id\":\"b\"}\r\n{\"id\":\"c\"}",
                "1 { \"id\" : \"a\" }\n3 { \"id\" : \"b\" }\n4 { \"id\" : \"c\" }\n", "");
    assert_read("\xEF\xBB\xBF{\"id\":\"a\"}\n", "1 { \"id\" : \"a\" }\n", "");
    assert_read("", "", "");
    assert_read(" \n\n", "", "");
}

static void test_a_bad_line_is_named_and_passed_over(void **state)
{
    (void)state;
    assert_read("{\"id\":\"a\"}\n{\"id\":}\n{\"id\":\"c\"}\n",
                "1 { \"id\" : \"a\" }\n3 { \"id\" : \"c\" }\n", "2: column 7: expected a value\n");
    assert_read("5\n[1]\n\"x\"\n", "",
                "1: not a JSON object\n2: not a JSON object\n"
                "3: not a JSON object\n");
    assert_read("{\"title\":\"x\"}\n{\"id\":\"\"}\n{\"id\":null}\n{\"id\":[1]}", "",
                "1: a post needs an id\n2: a post's id must be a text or a number\n"
                "3: a post's id must be a text or a number\n"
                "4: a post's id must be a text or a number\n");
}

static void test_what_a_store_makes_by_itself_is_left_out(void **state)
{
    (void)state;
    assert_read(
        "{\"_etag\":\"5\",\"id\":\"a\",\"_created\":{\"$date\":0},\"n\":{\"_etag\":\"kept\"},"
        "\"_updated\":{\"$date\":0},\"_words\":[\"w\"],\"_live\":true,\"_other\":null}\n"
        "{\"_etag\":\"5\"}\n",
        "1 { \"id\" : \"a\", \"n\" : { \"_etag\" : \"kept\" }, \"_other\" : null }\n",
        "2: a post needs an id\n");
}

static void test_an_id_that_no_address_can_hold_is_bad(void **state)
{
    (void)state;
    assert_read("{\"id\":\"a\\r\\nb\"}\n{\"id\":\"\\u0000\"}\n{\"id\":\"\\u0085\"}\n"
                "{\"id\":\"../ \\u00a0\"}\n",
                "4 { \"id\" : \"../ \xC2\xA0\" }\n",
                "1: a post's id holds a control character\n"
                "2: a post's id holds a control character\n"
                "3: a post's id holds a control character\n");
}

static void test_a_list_of_posts_is_read_element_by_element(void **state)
{
    (void)state;
    assert_read("[]", "", "");
    assert_read("[ ]\n ", "", "");
    assert_read("[{\"id\":\"a,]}\\\"\"},\n {\n\"id\":\"b\",\"l\":[[1],{}]}\n]\n",
                "1 { \"id\" : \"a,]}\\\"\" }\n2 { \"id\" : \"b\", \"l\" : [ [ { \"$numberInt\" : "
                "\"1\" } ], {  } ] }\n",
                "");
}

static void test_a_broken_list_gives_what_can_be_read(void **state)
{
    (void)state;
    assert_read("[{\"id\":\"a\"},{\"id\":\"b\"", "1 { \"id\" : \"a\" }\n",
                "1: the list has no end\n");
    assert_read("[{\"id\":\"a\"}\n,,{\"id\":\"b\"}] x",
                "1 { \"id\" : \"a\" }\n2 { \"id\" : \"b\" }\n",
                "2: nothing between two commas\n2: something follows the list\n");
    assert_read("[{\"id\":\"a\"},]", "1 { \"id\" : \"a\" }\n", "1: nothing between two commas\n");
}

static void test_errors_inside_long_elements_name_the_line_of_the_file(void **state)
{
    struct collected collected = {0};
    const char *text = "[\n{\"id\":\"a\"},\n{\n\"id\": tru\n}\n]";

    (void)state;
    assert_int_equal(read_text(text, strlen(text), &collected), INTAKE_ALL);
    assert_memory_equal(buf_text(&collected.bad), "4: column ", 10);
    collected_release(&collected);
}

static void test_xml_is_recognised(void **state)
{
    (void)state;
    assert_read("<?xml version=\"1.0\"?>\n<posts/>", "",
                "1: this looks like XML, which --format=stackexchange reads\n");
}

static void test_records_are_bounded(void **state)
{
    struct collected collected = {0};
    struct buf text = {0};

    (void)state;
    buf_puts(&text, "{\"id\":\"");
    while (text.len < RECORD_MAX_BYTES + 100)
        buf_byte(&text, 'x');
    buf_puts(&text, "\n{\"id\":\"b\"}\n");
    assert_int_equal(read_text(text.data, text.len, &collected), INTAKE_ALL);
    assert_string_equal(buf_text(&collected.bad), "1: the record is longer than 16 MiB\n");
    assert_string_equal(buf_text(&collected.posts), "2 { \"id\" : \"b\" }\n");
    collected_release(&collected);
    buf_release(&text);
}

static void test_the_intake_stops_the_reader(void **state)
{
    struct collected collected = {.most = 1};
    const char *text = "{\"id\":\"a\"}\n{\"id\":\"b\"}\n";

    (void)state;
    assert_int_equal(read_text(text, strlen(text), &collected), INTAKE_STOPPED);
    assert_string_equal(buf_text(&collected.posts), "1 { \"id\" : \"a\" }\n");
    collected_release(&collected);
}

static void test_types_are_those_of_mongoimport(void **state)
{
    (void)state;
    assert_read(
        "{\"id\":180097,\"l\":3000000000,\"d\":1.370746482e+09,\"b\":true,\"n\":null,"
        "\"o\":{\"$oid\":\"55a8c847bb6df3bce60b1ee0\"},\"t\":{\"$date\":\"2013-01-02T03:04:05Z\"},"
        "\"u\":{\"$date\":{\"$numberLong\":\"-1\"}},\"x\":{\"$numberLong\":\"5\"},"
        "\"y\":{\"$numberDouble\":\"1\"},\"z\":{\"$numberInt\":\"7\"}}",
        "1 { \"id\" : { \"$numberInt\" : \"180097\" }, \"l\" : { \"$numberLong\" : \"3000000000\" "
        "}, "
        "\"d\" : { \"$numberDouble\" : \"1370746482.0\" }, \"b\" : true, \"n\" : null, "
        "\"o\" : { \"$oid\" : \"55a8c847bb6df3bce60b1ee0\" }, "
        "\"t\" : { \"$date\" : { \"$numberLong\" : \"1357095845000\" } }, "
        "\"u\" : { \"$date\" : { \"$numberLong\" : \"-1\" } }, "
        "\"x\" : { \"$numberLong\" : \"5\" }, \"y\" : { \"$numberDouble\" : \"1.0\" }, "
        "\"z\" : { \"$numberInt\" : \"7\" } }\n",
        "");
}

static void test_rarer_types_are_read_too(void **state)
{
    (void)state;
    assert_read(
        "{\"id\":\"a\",\"b\":{\"$binary\":{\"base64\":\"aGkh\",\"subType\":\"00\"}},"
        "\"c\":{\"$binary\":\"aGk=\",\"$type\":\"05\"},\"d\":{\"$numberDecimal\":\"1.50\"},"
        "\"e\":{\"$regularExpression\":{\"pattern\":\"a\",\"options\":\"i\"}},"
        "\"f\":{\"$timestamp\":{\"t\":1,\"i\":2}},\"g\":{\"$minKey\":1}}",
        "1 { \"id\" : \"a\", \"b\" : { \"$binary\" : { \"base64\" : \"aGkh\", \"subType\" : "
        "\"00\" } }, \"c\" : { \"$binary\" : { \"base64\" : \"aGk=\", \"subType\" : \"05\" } "
        "}, \"d\" : { \"$numberDecimal\" : \"1.50\" }, \"e\" : { \"$regularExpression\" : { "
        "\"pattern\" : \"a\", \"options\" : \"i\" } }, \"f\" : { \"$timestamp\" : { \"t\" : "
        "1, \"i\" : 2 } }, \"g\" : { \"$minKey\" : 1 } }\n",
        "");
}

static void test_values_that_lie_about_their_type_are_bad(void **state)
{
    static const char *const values[] = {
        "{\"$oid\":\"55a8\"}",
        "{\"$oid\":5}",
        "{\"$date\":\"yesterday\"}",
        "{\"$date\":\"2013-02-30T00:00:00Z\"}",
        "{\"$numberLong\":\"5x\"}",
        "{\"$numberLong\":\"9223372036854775808\"}",
        "{\"$numberInt\":\"3000000000\"}",
        "{\"$numberDouble\":\"one\"}",
        "{\"$binary\":{\"base64\":\"a\",\"subType\":\"00\"}}",
        "{\"$binary\":{\"base64\":\"aGkh\",\"subType\":\"100\"}}",
        "99999999999999999999",
        "1e999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct collected collected = {0};
        char text[200];

        snprintf(text, sizeof(text), "{\"id\":\"a\",\"v\":{\"w\":%s}}", values[i]);
        read_text(text, strlen(text), &collected);
        assert_int_equal(collected.posts.len, 0);
        if (!strstr(buf_text(&collected.bad), "1: \"w\": "))
            fail_msg("%s: %s", values[i], collected.bad.data);
        collected_release(&collected);
    }
}

static void test_fields_no_document_may_have_are_bad(void **state)
{
    (void)state;
    assert_read("{\"id\":\"a\",\"v\":{\"$gt\":1}}", "",
                "1: \"v.$gt\": a field's name must not start with $\n");
    assert_read("{\"id\":\"a\",\"x.y\":1}", "", "1: \"x.y\": a field's name must not hold a dot\n");
    assert_read("{\"id\":\"a\",\"x\\u0000y\":1}", "", "1: a field's name must not hold U+0000\n");
    assert_read("{\"id\":\"a\",\"v\":{\"$date\":1,\"x\":2}}", "",
                "1: \"v.$date\": a field's name must not start with $\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_line_is_a_post),
        cmocka_unit_test(test_a_bad_line_is_named_and_passed_over),
        cmocka_unit_test(test_what_a_store_makes_by_itself_is_left_out),
        cmocka_unit_test(test_an_id_that_no_address_can_hold_is_bad),
        cmocka_unit_test(test_a_list_of_posts_is_read_element_by_element),
        cmocka_unit_test(test_a_broken_list_gives_what_can_be_read),
        cmocka_unit_test(test_errors_inside_long_elements_name_the_line_of_the_file),
        cmocka_unit_test(test_xml_is_recognised),
        cmocka_unit_test(test_records_are_bounded),
        cmocka_unit_test(test_the_intake_stops_the_reader),
        cmocka_unit_test(test_types_are_those_of_mongoimport),
        cmocka_unit_test(test_rarer_types_are_read_too),
        cmocka_unit_test(test_values_that_lie_about_their_type_are_bad),
        cmocka_unit_test(test_fields_no_document_may_have_are_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
