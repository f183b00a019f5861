/* SPDX-License-Identifier: MIT */
#include "../body.h"
#include "validating.h"

static struct error err;
static struct body body;

static bool parse_as(const struct resource *resource, const char *type, const char *text)
{
    struct sent sent = {.type = type, .bytes = quoted(text)};
    struct form form;

    sent.len = strlen(sent.bytes);
    if (type && strstr(type, "urlencoded")) {
        struct form_text fields = {sent.bytes, sent.len, true};

        if (!form_parse(&arena, fields, &form, &err))
            fail_msg("%s", err.message);
        sent.form = &form;
    }
    err = (struct error){0};
    return body_parse(&arena, resource, &sent, &body, &err);
}

static bool parse(const char *text)
{
    return parse_as(with_schema("{}"), "application/json", text);
}

static void assert_document(size_t at, const char *expected)
{
    char *json = bson_as_canonical_extended_json(&body.documents[at], NULL);

    assert_string_equal(json, quoted(expected));
    bson_free(json);
}

static void assert_refused(bool ok, enum error_kind kind, const char *says)
{
    if (ok || err.kind != kind || !strstr(err.message, says))
        fail_msg("%d %s, not %s", err.kind, err.message, says);
}

/* -- JSON ---------------------------------------------------------------------------------------
 */

static void test_objects_become_documents_with_exact_numbers(void **state)
{
    (void)state;
    assert_true(parse("{`a`: 1, `b`: 2147483648, `c`: 1.0, `d`: 1e2, `e`: -9223372036854775808}"));
    assert_int_equal(body.count, 1);
    assert_false(body.is_list);
    assert_document(0, "{ `a` : { `$numberInt` : `1` }, `b` : { `$numberLong` : `2147483648` }, "
                       "`c` : { `$numberDouble` : `1.0` }, `d` : { `$numberDouble` : `100.0` }, "
                       "`e` : { `$numberLong` : `-9223372036854775808` } }");
    assert_true(parse("{`t`: `x\\u0000y`, `n`: null, `l`: [true, [], {}], `$inc`: {`a.b`: 1}}"));
    assert_document(0, "{ `t` : `x\\u0000y`, `n` : null, `l` : [ true, [  ], {  } ], "
                       "`$inc` : { `a.b` : { `$numberInt` : `1` } } }");
}

static void test_a_list_of_objects_is_several_documents(void **state)
{
    (void)state;
    assert_true(parse("[{`a`: 1}, {}]"));
    assert_int_equal(body.count, 2);
    assert_true(body.is_list);
    assert_document(0, "{ `a` : { `$numberInt` : `1` } }");
    assert_document(1, "{ }");
    assert_true(parse("[{}]"));
    assert_int_equal(body.count, 1);
    assert_true(body.is_list);
}

static void test_anything_but_objects_is_invalid(void **state)
{
    static const char *const bodies[] = {"",
                                         "{bad",
                                         "[]",
                                         "null",
                                         "5",
                                         "`x`",
                                         "[1]",
                                         "true",
                                         "[{}, `x`]",
                                         "[[{}]]",
                                         "{} {}",
                                         "{`a`:01}",
                                         "{`a`: 1, `a`: 2}",
                                         "{`a`: NaN}",
                                         "{`a`: `\xFF`}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_refused(parse(bodies[i]), ERROR_INVALID, "");
}

static void test_what_no_document_holds_is_refused(void **state)
{
    (void)state;
    assert_refused(parse("{`a`: 9223372036854775808}"), ERROR_REFUSED, "beyond 64 bits");
    assert_refused(parse("{`a`: [-99999999999999999999]}"), ERROR_REFUSED, "beyond 64 bits");
    assert_refused(parse("{`a`: {`b`: 1e999}}"), ERROR_REFUSED, "1e999 is too large a number");
    assert_refused(parse("[{}, {`a\\u0000b`: 1}]"), ERROR_REFUSED, "must not hold NUL");
}

static void test_json_may_nest_a_hundred_deep(void **state)
{
    struct buf text = {0};

    (void)state;
    for (int i = 0; i < 99; i++)
        buf_puts(&text, "{`a`:");
    buf_puts(&text, "{}");
    for (int i = 0; i < 99; i++)
        buf_puts(&text, "}");
    assert_true(parse(buf_text(&text)));
    assert_refused(parse(arena_printf(&arena, "{`a`:%s}", buf_text(&text))), ERROR_INVALID, "");
    buf_release(&text);
}

static void test_single_values_become_values(void **state)
{
    struct json json;
    bson_value_t value;

    (void)state;
    assert_true(json_parse(&arena, "[1, {\"a\": \"x\"}]", 15, &json, &err));
    assert_true(body_value(&arena, json, &value, &err));
    assert_int_equal(value.value_type, BSON_TYPE_ARRAY);
    assert_true(json_parse(&arena, "9223372036854775808", 19, &json, &err));
    assert_refused(body_value(&arena, json, &value, &err), ERROR_REFUSED, "beyond 64 bits");
}

/* -- types --------------------------------------------------------------------------------------
 */

static void test_only_known_types_are_read(void **state)
{
    static const char *const types[] = {"text/plain", "", NULL, "application/jsonx",
                                        "application/vnd.api+json"};
    const struct resource *resource = with_schema("{}");

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        assert_refused(parse_as(resource, types[i], "{}"), ERROR_INVALID,
                       "Unknown or no Content-Type header supplied");
    assert_true(parse_as(resource, "Application/JSON; charset=utf-8", "{}"));
}

/* -- forms --------------------------------------------------------------------------------------
 */

static const char form_schema[] =
    "{`n`: {`type`: `integer`}, `l`: {`type`: `list`}, `d`: {`type`: `dict`, `schema`: "
    "{`l`: {`type`: `list`}}}, `s`: {`type`: `string`}}";

static void test_fields_of_forms_are_texts_but_for_lists_and_dicts(void **state)
{
    const struct resource *resource = with_schema(form_schema);

    (void)state;
    assert_true(parse_as(resource, "application/x-www-form-urlencoded",
                         "n=5&s=[1]&l=[1,`x`]&d=%7B`a`:true%7D&n=6"));
    assert_document(0, "{ `n` : `5`, `s` : `[1]`, `l` : [ { `$numberInt` : `1` }, `x` ], "
                       "`d` : { `a` : true } }");
    assert_true(parse_as(resource, "application/x-www-form-urlencoded; charset=utf-8",
                         "l=a&s=b&l=c&l=&d=no&d.l=[]"));
    assert_document(0, "{ `l` : [ `a`, `c`, `` ], `s` : `b`, `d` : `no`, `d.l` : [  ] }");
    assert_refused(
        parse_as(resource, "application/x-www-form-urlencoded", "l=[9223372036854775808]"),
        ERROR_REFUSED, "beyond 64 bits");
    assert_refused(parse_as(resource, "application/x-www-form-urlencoded", ""), ERROR_INVALID,
                   "No form-urlencoded data supplied");
}

static void test_multipart_forms_are_read_the_same_way(void **state)
{
    const struct resource *resource = with_schema(form_schema);
    const char *type = "multipart/form-data; boundary=X";

    (void)state;
    assert_true(parse_as(resource, type,
                         "--X\r\nContent-Disposition: form-data; name=l\r\n\r\na\r\n"
                         "--X\r\nContent-Disposition: form-data; name=n\r\n\r\n5\r\n"
                         "--X\r\nContent-Disposition: form-data; name=l\r\n\r\nb\r\n--X--"));
    assert_document(0, "{ `l` : [ `a`, `b` ], `n` : `5` }");
    assert_refused(parse_as(resource, type,
                            "--X\r\nContent-Disposition: form-data; name=l; filename=f\r\n\r\na"
                            "\r\n--X--"),
                   ERROR_REFUSED, "files are not taken");
    assert_refused(parse_as(resource, type, "--X--"), ERROR_INVALID,
                   "No multipart/form-data supplied");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_become_documents_with_exact_numbers),
        cmocka_unit_test(test_a_list_of_objects_is_several_documents),
        cmocka_unit_test(test_anything_but_objects_is_invalid),
        cmocka_unit_test(test_what_no_document_holds_is_refused),
        cmocka_unit_test(test_json_may_nest_a_hundred_deep),
        cmocka_unit_test(test_single_values_become_values),
        cmocka_unit_test(test_only_known_types_are_read),
        cmocka_unit_test(test_fields_of_forms_are_texts_but_for_lists_and_dicts),
        cmocka_unit_test(test_multipart_forms_are_read_the_same_way),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
