/* SPDX-License-Identifier: MIT */
/* How documents are made to fit, and what differs between POST, PUT and PATCH. */
#include "validating.h"

/* -- coercion -----------------------------------------------------------------------------------
 */

static void test_texts_become_what_is_declared(void **state)
{
    struct validation validation = {
        .resource = with_schema("{`i`: {`type`: `integer`}, `f`: {`type`: `float`}, "
                                "`n`: {`type`: `number`}, `b`: {`type`: `boolean`}, "
                                "`t`: {`type`: `datetime`}, `o`: {`type`: `objectid`}, "
                                "`s`: {`type`: `string`}, `x`: {`type`: [`string`, `integer`]}, "
                                "`l`: {`type`: `list`, `schema`: {`type`: `integer`}}, "
                                "`v`: {`type`: `dict`, `valuesrules`: {`type`: `float`}}}")};

    (void)state;
    expect_document(&validation, "{`i`: `-7`, `f`: `1.5`, `n`: `2e3`, `b`: `TRUE`}",
                    "{ `i` : -7, `f` : 1.5, `n` : 2000.0, `b` : true }");
    expect_document(&validation, "{`i`: 3.0, `f`: 2, `n`: `12`, `b`: 0}",
                    "{ `i` : 3, `f` : 2.0, `n` : 12, `b` : false }");
    expect_document(&validation, "{`t`: `Mon, 01 Jan 2024 00:00:00 GMT`}",
                    "{ `t` : { `$date` : `2024-01-01T00:00:00Z` } }");
    expect_document(&validation, "{`o`: `AAAAAAAAAAAAAAAAAAAAAAAA`}",
                    "{ `o` : { `$oid` : `aaaaaaaaaaaaaaaaaaaaaaaa` } }");
    expect_document(&validation, "{`s`: `7`, `x`: `7`}", "{ `s` : `7`, `x` : `7` }");
    expect_document(&validation, "{`l`: [`1`, 2.0], `v`: {`a`: `1`, `b`: 2}}",
                    "{ `l` : [ 1, 2 ], `v` : { `a` : 1.0, `b` : 2.0 } }");
    expect_document(&validation, "{`i`: 9223372036854775807, `f`: 9007199254740993}",
                    "{ `i` : 9223372036854775807, `f` : 9007199254740993 }");
}

static void test_alternatives_coerce_what_none_of_them_takes(void **state)
{
    struct validation validation = {
        .resource = with_schema("{`a`: {`anyof`: [{`type`: `integer`}, {`type`: `datetime`}]}, "
                                "`b`: {`anyof`: [{`type`: `integer`}, {`type`: `string`}]}, "
                                "`c`: {`type`: `dict`, `anyof`: [{`schema`: {`t`: "
                                "{`type`: `datetime`}}}]}}")};

    (void)state;
    expect_document(&validation, "{`a`: `5`, `b`: `5`}", "{ `a` : 5, `b` : `5` }");
    expect_document(&validation, "{`c`: {`t`: `Mon, 01 Jan 2024 00:00:00 GMT`}}",
                    "{ `c` : { `t` : { `$date` : `2024-01-01T00:00:00Z` } } }");
}

static void test_iso_dates_are_read_where_the_settings_say_so(void **state)
{
    struct resource resource = *with_schema("{`t`: {`type`: `datetime`}}");
    struct validation validation = {.resource = &resource};

    (void)state;
    resource.iso_dates = true;
    expect_document(&validation, "{`t`: `2024-01-01T00:00:00Z`}",
                    "{ `t` : { `$date` : `2024-01-01T00:00:00Z` } }");
}

static void test_an_id_may_be_posted_in_the_declared_form(void **state)
{
    struct validation validation = {.resource = with_schema("{`a`: {}}")};

    (void)state;
    expect_document(&validation, "{`a`: 1, `_id`: `aaaaaaaaaaaaaaaaaaaaaaaa`}",
                    "{ `a` : 1, `_id` : { `$oid` : `aaaaaaaaaaaaaaaaaaaaaaaa` } }");
    validation.resource = with_schema("{`_id`: {`type`: `integer`}}");
    expect_document(&validation, "{`_id`: `5`}", "{ `_id` : 5 }");
}

static void test_the_rule_coerce_acts_as_python_does(void **state)
{
    struct validation validation = {
        .resource = with_schema("{`i`: {`coerce`: `integer`}, `f`: {`coerce`: `float`}, "
                                "`s`: {`coerce`: `string`}, `b`: {`coerce`: `boolean`}, "
                                "`l`: {`coerce`: `lower`}, `u`: {`coerce`: `upper`}, "
                                "`t`: {`coerce`: `strip`}, "
                                "`n`: {`coerce`: `integer`, `nullable`: true}}")};

    (void)state;
    expect_document(&validation, "{`i`: 2.9, `f`: true, `s`: 5, `b`: `True`, `n`: null}",
                    "{ `i` : 2, `f` : 1.0, `s` : `5`, `b` : true, `n` : null }");
    expect_document(&validation, "{`l`: `\xC3\x89X`, `u`: `\xC3\xA9x`, `t`: ` a b\\n`}",
                    "{ `l` : `\xC3\xA9x`, `u` : `\xC3\x89X`, `t` : `a b` }");
    expect_issues(&validation, "{`i`: `x`, `f`: [], `b`: `no`, `l`: 5, `n`: `x`}",
                  "{`i`:`field 'i' cannot be coerced: invalid literal for int() with base 10: 'x'`,"
                  "`f`:`field 'f' cannot be coerced: float() argument must be a string or a real "
                  "number, not 'list'`,"
                  "`b`:`field 'b' cannot be coerced: 'no'`,"
                  "`l`:`field 'l' cannot be coerced: descriptor 'lower' for 'str' objects doesn't "
                  "apply to a 'int' object`,"
                  "`n`:`field 'n' cannot be coerced: invalid literal for int() with base 10: "
                  "'x'`}");
}

/* -- dotted keys --------------------------------------------------------------------------------
 */

static void test_dotted_keys_become_objects_in_their_place(void **state)
{
    struct validation validation = {.resource =
                                        served("{`DOMAIN`: {`posts`: {`allow_unknown`: true}}}")};

    (void)state;
    expect_document(&validation, "{`a`: 1, `d.x`: 1, `b`: 2, `d.y.z`: 3}",
                    "{ `a` : 1, `d` : { `x` : 1, `y` : { `z` : 3 } }, `b` : 2 }");
    expect_document(&validation, "{`d`: {`a`: 1, `e.f`: 2}, `d.e.g`: 3}",
                    "{ `d` : { `a` : 1, `e` : { `f` : 2, `g` : 3 } } }");
    expect_document(&validation, "{`l`: [{`a.b`: 1}, [{`c.d`: 2}]]}",
                    "{ `l` : [ { `a` : { `b` : 1 } }, [ { `c` : { `d` : 2 } } ] ] }");
    expect_issues(&validation, "{`d.x`: 1, `d`: {`x`: 2}}", "{`d`:{`x`:`field is given twice`}}");
    expect_issues(&validation, "{`d.x`: 1, `d`: 2}", "{`d`:`field is given twice`}");
    expect_issues(&validation, "{`d.`: 1}", "{`d`:{``:`a field's name must not be empty`}}");
}

static void test_dotted_keys_are_unknown_where_they_are_not_unfolded(void **state)
{
    struct validation validation = {
        .resource = served("{`DOMAIN`: {`posts`: {`normalize_dotted_fields`: false, `schema`: "
                           "{`d`: {`type`: `dict`, `schema`: {`x`: {}}}}}}}")};

    (void)state;
    expect_issues(&validation, "{`d.x`: 1}", "{`d.x`:`unknown field`}");
}

static void test_dots_cannot_nest_deeper_than_documents_may(void **state)
{
    const struct resource *resource = served("{`DOMAIN`: {`posts`: {`allow_unknown`: true}}}");
    struct validation validation = {.resource = resource};
    struct buf key = {0};
    struct outcome_of outcome;

    (void)state;
    for (int i = 0; i < 99; i++)
        buf_puts(&key, "a.");
    assert_true(
        judged(&validation, read_json(resource, arena_printf(&arena, "{`%sa`: 1}", buf_text(&key))))
            .ok);
    buf_puts(&key, "a.");
    outcome = judged(&validation,
                     read_json(resource, arena_printf(&arena, "{`%sa`: 1}", buf_text(&key))));
    assert_false(outcome.ok);
    assert_non_null(strstr(outcome.issues, "nested too deeply"));
    buf_release(&key);
}

/* -- defaults -----------------------------------------------------------------------------------
 */

static void test_defaults_come_last_and_only_where_nothing_was_sent(void **state)
{
    struct validation validation = {
        .resource = with_schema("{`a`: {`type`: `integer`, `default`: 1}, `b`: {}, "
                                "`c`: {`readonly`: true, `default`: `x`}, "
                                "`d`: {`type`: `dict`, `schema`: {`e`: {`default`: 2}, `f`: {}}}, "
                                "`g`: {`type`: `dict`, `default`: {}, `schema`: "
                                "{`h`: {`default`: [1]}}}}")};

    (void)state;
    expect_document(&validation, "{`b`: 5}",
                    "{ `b` : 5, `a` : 1, `c` : `x`, `g` : { `h` : [ 1 ] } }");
    expect_document(&validation, "{`d`: {`f`: 1}, `a`: 3, `g`: {`h`: 0}}",
                    "{ `d` : { `f` : 1, `e` : 2 }, `a` : 3, `g` : { `h` : 0 }, `c` : `x` }");
    expect_issues(&validation, "{`a`: null}", "{`a`:`null value not allowed`}");
}

static void test_unknown_fields_are_dropped_where_they_are_purged(void **state)
{
    struct validation validation = {
        .resource = with_schema("{`d`: {`type`: `dict`, `purge_unknown`: true, `schema`: "
                                "{`a`: {}}}}")};

    (void)state;
    expect_document(&validation, "{`d`: {`x`: 1, `a`: 2, `y`: 3}}", "{ `d` : { `a` : 2 } }");
}

static void test_nothing_is_asked_where_there_is_no_schema(void **state)
{
    struct validation validation = {.resource = served("{`DOMAIN`: {`posts`: {}}}")};
    struct resource resource = *validation.resource;

    (void)state;
    resource.any_schema = true;
    validation.resource = &resource;
    expect_document(&validation, "{`a`: [1, {`b`: null}]}", "{ `a` : [ 1, { `b` : null } ] }");
    expect_issues(&validation, "{`_created`: 1}", "{`_created`:`unknown field`}");
}

/* -- PATCH and PUT ------------------------------------------------------------------------------
 */

static struct bson_bytes stored_as(const struct resource *resource, const char *text)
{
    const bson_t *document = read_json(resource, text);

    return (struct bson_bytes){bson_get_data(document), document->len};
}

static void test_a_patch_is_not_asked_for_required_fields(void **state)
{
    struct validation validation = {
        .resource = with_schema("{`a`: {`required`: true}, `b`: {`type`: `integer`, `min`: 1}}"),
        .how = VALIDATE_PATCH};
    struct bson_bytes stored = stored_as(validation.resource, "{`a`: 1}");

    (void)state;
    validation.stored = &stored;
    expect_document(&validation, "{`b`: 2}", "{ `b` : 2 }");
    expect_document(&validation, "{}", "{ }");
    expect_issues(&validation, "{`b`: 0}", "{`b`:`min value is 1`}");
    validation.how = VALIDATE_PUT;
    expect_issues(&validation, "{`b`: 2}", "{`a`:`required field`}");
}

static void test_a_patch_gets_defaults_only_where_the_stored_document_has_nothing(void **state)
{
    static const char schema[] = "{`a`: {`default`: 1}, `z`: {`default`: 2}, `l`: {`type`: `list`, "
                                 "`schema`: {`type`: `dict`, `schema`: {`m`: {`default`: 3}}}}, "
                                 "`d`: {`type`: `dict`, `schema`: {`zip`: {`default`: 0}, "
                                 "`city`: {}, `new`: {`default`: 5}}}}";
    struct resource resource = *with_schema(schema);
    struct validation validation = {.resource = &resource, .how = VALIDATE_PATCH};
    struct bson_bytes stored =
        stored_as(&resource, "{`a`: 7, `d`: {`city`: `r`, `zip`: 9}, `l`: [{`m`: 8}]}");

    (void)state;
    validation.stored = &stored;
    expect_document(&validation, "{`d`: {`city`: `x`}}",
                    "{ `d` : { `city` : `x`, `new` : 5 }, `z` : 2 }");
    expect_document(&validation, "{`l`: [{}]}", "{ `l` : [ { `m` : 3 } ], `z` : 2 }");
    resource.merge_nested = false;
    expect_document(&validation, "{`d`: {`city`: `x`}}",
                    "{ `d` : { `city` : `x`, `zip` : 0, `new` : 5 }, `z` : 2 }");
    resource.normalize_on_patch = false;
    expect_document(&validation, "{`d`: {`city`: `x`}}", "{ `d` : { `city` : `x` } }");
    validation.how = VALIDATE_PUT;
    expect_document(&validation, "{`d`: {`city`: `x`}}",
                    "{ `d` : { `city` : `x`, `zip` : 0, `new` : 5 }, `a` : 1, `z` : 2 }");
}

static void test_read_only_fields_pass_with_their_stored_value(void **state)
{
    struct validation validation = {
        .resource = with_schema("{`a`: {`type`: `integer`, `readonly`: true, `default`: 1}, "
                                "`d`: {`type`: `dict`, `schema`: "
                                "{`b`: {`type`: `string`, `readonly`: true}, `c`: {}}}, "
                                "`e`: {`type`: `dict`, `readonly`: true, `schema`: "
                                "{`n`: {`type`: `integer`}}}, "
                                "`l`: {`type`: `list`, `schema`: {`type`: `dict`, `schema`: "
                                "{`b`: {`readonly`: true}}}}}")};
    struct bson_bytes stored =
        stored_as(validation.resource, "{`a`: 5, `d`: {`b`: `x`}, `e`: {`n`: 1}}");

    (void)state;
    expect_issues(&validation, "{`a`: 1}", "{`a`:`field is read-only`}");
    expect_issues(&validation, "{`l`: [{`b`: 1}]}", "{`l`:{`0`:{`b`:`field is read-only`}}}");
    validation.stored = &stored;
    for (validation.how = VALIDATE_PUT; validation.how <= VALIDATE_PATCH; validation.how++) {
        assert_true(judged(&validation,
                           read_json(validation.resource, "{`a`: `5`, `d`: {`b`: `x`, `c`: 2}}"))
                        .ok);
        assert_true(judged(&validation, read_json(validation.resource, "{`e`: {`n`: `1`}}")).ok);
        expect_issues(&validation, "{`a`: 6, `d`: {`b`: `y`}, `e`: {`n`: 2}}",
                      "{`a`:`field is read-only`,`d`:{`b`:`field is read-only`},"
                      "`e`:`field is read-only`}");
        expect_issues(&validation, "{`a`: `x`, `d`: {`b`: 1}}",
                      "{`a`:`field is read-only`,"
                      "`d`:{`b`:[`must be of string type`,`field is read-only`]}}");
    }
}

static void test_a_patch_may_depend_on_what_is_stored(void **state)
{
    struct resource resource =
        *with_schema("{`a`: {`dependencies`: [`b`, `d.x`]}, `b`: {}, `c`: {`dependencies`: "
                     "{`b`: [1]}}, `d`: {`type`: `dict`, `schema`: {`x`: {}, "
                     "`y`: {`dependencies`: `x`}}}}");
    struct validation validation = {.resource = &resource, .how = VALIDATE_PATCH};
    struct bson_bytes stored = stored_as(&resource, "{`b`: 1, `d`: {`x`: 1}}");

    (void)state;
    validation.stored = &stored;
    expect_issues(&validation, "{`a`: 1, `c`: 1}", "{}");
    expect_issues(&validation, "{`c`: 1, `b`: 2}", "{`c`:`depends on these values: {'b': [1]}`}");
    expect_issues(&validation, "{`a`: 1, `d`: {`y`: 1}}", "{}");
    resource.merge_nested = false;
    expect_issues(&validation, "{`a`: 1, `d`: {`y`: 1}}",
                  "{`a`:`field 'd.x' is required`,`d`:{`y`:`field 'x' is required`}}");
    validation.how = VALIDATE_PUT;
    expect_issues(&validation, "{`a`: 1}",
                  "{`a`:[`field 'b' is required`,`field 'd.x' is required`]}");
}

/* -- sizes --------------------------------------------------------------------------------------
 */

static void test_documents_may_have_thousands_of_fields(void **state)
{
    const struct resource *resource = with_schema("{`d`: {`type`: `dict`, `schema`: {}}, `v`: "
                                                  "{`type`: `dict`, `valuesrules`: "
                                                  "{`excludes`: `q`, `dependencies`: `k1`}}}");
    struct validation validation = {.resource = resource};
    struct buf text = {0};
    struct outcome_of outcome;

    (void)state;
    buf_puts(&text, "{`v`: {`k0`: 0");
    for (int i = 1; i < 20000; i++)
        buf_printf(&text, ", `k%d`: %d", i, i);
    buf_puts(&text, "}");
    for (int i = 0; i < 20000; i++)
        buf_printf(&text, ", `d.k%d`: %d, `x%d`: 1", i, i, i);
    buf_puts(&text, "}");
    outcome = judged(&validation, read_json(resource, buf_text(&text)));
    assert_non_null(strstr(outcome.issues, "\"d\":{\"k0\":\"unknown field\",\"k1\":"));
    assert_non_null(strstr(outcome.issues, "\"x19999\":\"unknown field\"}"));
    assert_null(strstr(outcome.issues, "\"v\""));
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_become_what_is_declared),
        cmocka_unit_test(test_alternatives_coerce_what_none_of_them_takes),
        cmocka_unit_test(test_iso_dates_are_read_where_the_settings_say_so),
        cmocka_unit_test(test_an_id_may_be_posted_in_the_declared_form),
        cmocka_unit_test(test_the_rule_coerce_acts_as_python_does),
        cmocka_unit_test(test_dotted_keys_become_objects_in_their_place),
        cmocka_unit_test(test_dotted_keys_are_unknown_where_they_are_not_unfolded),
        cmocka_unit_test(test_dots_cannot_nest_deeper_than_documents_may),
        cmocka_unit_test(test_defaults_come_last_and_only_where_nothing_was_sent),
        cmocka_unit_test(test_unknown_fields_are_dropped_where_they_are_purged),
        cmocka_unit_test(test_nothing_is_asked_where_there_is_no_schema),
        cmocka_unit_test(test_a_patch_is_not_asked_for_required_fields),
        cmocka_unit_test(test_a_patch_gets_defaults_only_where_the_stored_document_has_nothing),
        cmocka_unit_test(test_read_only_fields_pass_with_their_stored_value),
        cmocka_unit_test(test_a_patch_may_depend_on_what_is_stored),
        cmocka_unit_test(test_documents_may_have_thousands_of_fields),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
