/* SPDX-License-Identifier: MIT */
/* Each of Cerberus' rules, with its message and where it nests. */
#include "validating.h"

static void test_required_and_unknown_fields_are_told_of(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `string`, `required`: true}}", "{}", "{`a`:`required field`}"},
        {"{`a`: {`type`: `string`}}", "{`b`: 1}", "{`b`:`unknown field`}"},
        {"{`d`: {`type`: `dict`, `schema`: {`a`: {`required`: true}}}}", "{`d`: {`b`: 1}}",
         "{`d`:{`b`:`unknown field`,`a`:`required field`}}"},
        {"{`d`: {`type`: `dict`, `schema`: {`a`: {}}, `allow_unknown`: true}}", "{`d`: {`b`: 1}}",
         "{}"},
        {"{`d`: {`type`: `dict`, `schema`: {}, `allow_unknown`: {`type`: `integer`}}}",
         "{`d`: {`b`: `x`, `c`: 1}}", "{`d`:{`b`:`must be of integer type`}}"},
        {"{`a`: {`type`: `string`}}",
         "{`_created`: 1, `_updated`: 1, `_etag`: 1, `_deleted`: true, `_version`: 2, `_links`: "
         "{}}",
         "{`_created`:`unknown field`,`_updated`:`unknown field`,`_etag`:`unknown field`,"
         "`_deleted`:`unknown field`,`_version`:`unknown field`,`_links`:`unknown field`}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_types_are_those_declared(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `string`}}", "{`a`: 1}", "{`a`:`must be of string type`}"},
        {"{`a`: {`type`: `integer`}}", "{`a`: 1.5}", "{`a`:`must be of integer type`}"},
        {"{`a`: {`type`: `integer`}}", "{`a`: true}", "{`a`:`must be of integer type`}"},
        {"{`a`: {`type`: `integer`}}", "{`a`: `1.0`}", "{`a`:`must be of integer type`}"},
        {"{`a`: {`type`: `integer`}}", "{`a`: `9223372036854775808`}",
         "{`a`:`must be of integer type`}"},
        {"{`a`: {`type`: `float`}}", "{`a`: `inf`}", "{`a`:`must be of float type`}"},
        {"{`a`: {`type`: `float`}}", "{`a`: `1e999`}", "{`a`:`must be of float type`}"},
        {"{`a`: {`type`: `number`}}", "{`a`: false}", "{`a`:`must be of number type`}"},
        {"{`a`: {`type`: `boolean`}}", "{`a`: 2}", "{`a`:`must be of boolean type`}"},
        {"{`a`: {`type`: `dict`}}", "{`a`: []}", "{`a`:`must be of dict type`}"},
        {"{`a`: {`type`: `list`}}", "{`a`: `x`}", "{`a`:`must be of list type`}"},
        {"{`a`: {`type`: `objectid`}}", "{`a`: `zz`}", "{`a`:`must be of objectid type`}"},
        {"{`a`: {`type`: `datetime`}}", "{`a`: `2024-01-01T00:00:00Z`}",
         "{`a`:`must be of datetime type`}"},
        {"{`a`: {`type`: [`string`, `integer`]}}", "{`a`: []}",
         "{`a`:`must be of ['string', 'integer'] type`}"},
        {"{`a`: {`type`: `string`, `minlength`: 9, `regex`: `x`}}", "{`a`: 1}",
         "{`a`:`must be of string type`}"},
        {"{`a`: {`type`: `string`}}", "{`_id`: `zz`}", "{`_id`:`must be of objectid type`}"},
        {"{`_id`: {`type`: `integer`}}", "{`_id`: `zz`}", "{`_id`:`must be of integer type`}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_null_and_empty_values_are_refused(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `string`, `minlength`: 1}}", "{`a`: null}",
         "{`a`:`null value not allowed`}"},
        {"{`a`: {`type`: `string`, `minlength`: 1, `nullable`: true}}", "{`a`: null}", "{}"},
        {"{`a`: {`type`: `string`, `minlength`: 1, `empty`: false, `regex`: `x`}}", "{`a`: ``}",
         "{`a`:`empty values not allowed`}"},
        {"{`a`: {`type`: `list`, `empty`: false}}", "{`a`: []}",
         "{`a`:`empty values not allowed`}"},
        {"{`a`: {`type`: `dict`, `empty`: false}}", "{`a`: {}}",
         "{`a`:`empty values not allowed`}"},
        {"{`a`: {`type`: `string`}}", "{`a`: ``}", "{}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_lengths_count_characters_items_and_members(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `string`, `minlength`: 1}}", "{`a`: ``}", "{`a`:`min length is 1`}"},
        {"{`a`: {`type`: `string`, `maxlength`: 2}}", "{`a`: `\xC3\xA9\xF0\x9F\x98\x80`}", "{}"},
        {"{`a`: {`type`: `string`, `maxlength`: 2}}", "{`a`: `\xC3\xA9\xC3\xA9\xC3\xA9`}",
         "{`a`:`max length is 2`}"},
        {"{`a`: {`type`: `list`, `minlength`: 2}}", "{`a`: [1]}", "{`a`:`min length is 2`}"},
        {"{`a`: {`type`: `dict`, `maxlength`: 0}}", "{`a`: {`b`: 1}}", "{`a`:`max length is 0`}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_bounds_are_of_numbers_and_dates(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `integer`, `min`: 1, `max`: 3}}", "{`a`: 0}", "{`a`:`min value is 1`}"},
        {"{`a`: {`type`: `integer`, `min`: 1, `max`: 3}}", "{`a`: 4}", "{`a`:`max value is 3`}"},
        {"{`a`: {`type`: `float`, `max`: 2.5}}", "{`a`: 2.75}", "{`a`:`max value is 2.5`}"},
        {"{`a`: {`type`: `integer`, `min`: 1, `max`: 3}}", "{`a`: 3}", "{}"},
        {"{`a`: {`type`: `datetime`, `min`: `Mon, 01 Jan 2024 00:00:00 GMT`}}",
         "{`a`: `Sun, 31 Dec 2023 00:00:00 GMT`}", "{`a`:`min value is 2024-01-01 00:00:00`}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_values_are_among_those_allowed_and_not_forbidden(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `string`, `allowed`: [`x`, `y`]}}", "{`a`: `z`}",
         "{`a`:`unallowed value z`}"},
        {"{`a`: {`type`: `list`, `allowed`: [`x`, `y`]}}", "{`a`: [`x`, `z`, 1, 2.0, null]}",
         "{`a`:`unallowed values ['z', 1, 2.0, None]`}"},
        {"{`a`: {`allowed`: [1]}}", "{`a`: true}", "{`a`:`unallowed value True`}"},
        {"{`a`: {`type`: `integer`, `forbidden`: [0, 1]}}", "{`a`: 1}",
         "{`a`:`unallowed value 1`}"},
        {"{`a`: {`type`: `list`, `forbidden`: [`x`]}}", "{`a`: [`y`, `x`]}",
         "{`a`:`unallowed values ['x']`}"},
        {"{`a`: {`type`: `list`, `contains`: [`x`, `y`]}}", "{`a`: [`y`]}",
         "{`a`:`missing members {'x'}`}"},
        {"{`a`: {`type`: `string`, `contains`: `x`}}", "{`a`: `axb`}", "{}"},
        {"{`a`: {`type`: `string`, `contains`: `x`}}", "{`a`: `b`}",
         "{`a`:`missing members {'x'}`}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_a_regex_has_to_match_all_of_a_text(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `string`, `regex`: `[a-z]+`}}", "{`a`: `ab1`}",
         "{`a`:`value does not match regex '[a-z]+'`}"},
        {"{`a`: {`type`: `string`, `regex`: `[a-z]+`}}", "{`a`: `ab`}", "{}"},
        {"{`a`: {`regex`: `[a-z]+`}}", "{`a`: 1}", "{}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_what_is_wrong_inside_is_told_by_key_or_index(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `list`, `schema`: {`type`: `string`}}}", "{`a`: [`x`, 1, null]}",
         "{`a`:{`1`:`must be of string type`,`2`:`null value not allowed`}}"},
        {"{`a`: {`type`: `list`, `minlength`: 3, `schema`: {`type`: `dict`, `schema`: "
         "{`b`: {`type`: `integer`, `required`: true}}}}}",
         "{`a`: [{`b`: `x`}, {}]}",
         "{`a`:[`min length is 3`,{`0`:{`b`:`must be of integer type`},"
         "`1`:{`b`:`required field`}}]}"},
        {"{`a`: {`type`: `list`, `items`: [{`type`: `string`}, {`type`: `integer`}]}}",
         "{`a`: [1, `x`]}", "{`a`:{`0`:`must be of string type`,`1`:`must be of integer type`}}"},
        {"{`a`: {`type`: `list`, `items`: [{`type`: `string`}, {`type`: `integer`}]}}",
         "{`a`: [`x`]}", "{`a`:`length of list should be 2, it is 1`}"},
        {"{`a`: {`type`: `dict`, `keysrules`: {`type`: `string`, `regex`: `[a-z]`}, "
         "`valuesrules`: {`type`: `integer`}}}",
         "{`a`: {`b`: 1, `C`: `x`}}",
         "{`a`:{`C`:[`value does not match regex '[a-z]'`,`must be of integer type`]}}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_alternatives_tell_what_each_of_them_says(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`anyof`: [{`type`: `integer`}, {`type`: `list`}]}}", "{`a`: `x`}",
         "{`a`:[`no definitions validate`,{`anyof definition 0`:`must be of integer type`,"
         "`anyof definition 1`:`must be of list type`}]}"},
        {"{`a`: {`anyof`: [{`type`: `integer`}, {`type`: `list`}]}}", "{`a`: []}", "{}"},
        {"{`a`: {`type`: `integer`, `allof`: [{`min`: 1}, {`max`: 3}]}}", "{`a`: 4}",
         "{`a`:[`one or more definitions don't validate`,"
         "{`allof definition 1`:`max value is 3`}]}"},
        {"{`a`: {`type`: `integer`, `noneof`: [{`min`: 1}]}}", "{`a`: 4}",
         "{`a`:`one or more definitions validate`}"},
        {"{`a`: {`type`: `integer`, `oneof`: [{`min`: 1}, {`max`: 5}, {`min`: 9}]}}", "{`a`: 4}",
         "{`a`:[`none or more than one rule validate`,"
         "{`oneof definition 2`:`min value is 9`}]}"},
        {"{`a`: {`type`: `integer`, `oneof`: [{`min`: 1}, {`max`: 5}]}}", "{`a`: 7}", "{}"},
        {"{`a`: {`type`: `dict`, `anyof`: [{`schema`: {`b`: {`type`: `integer`}}}, "
         "{`schema`: {`c`: {}}}]}}",
         "{`a`: {`b`: []}}",
         "{`a`:[`no definitions validate`,{`anyof definition 0`:{`b`:`must be of integer type`},"
         "`anyof definition 1`:{`b`:`unknown field`}}]}"},
        {"{`a`: {`anyof_type`: [`integer`, `boolean`]}}", "{`a`: `x`}",
         "{`a`:[`no definitions validate`,{`anyof definition 0`:`must be of integer type`,"
         "`anyof definition 1`:`must be of boolean type`}]}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_fields_depend_on_others(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`dependencies`: [`b`, `c`]}, `b`: {`nullable`: true}, `c`: {}}",
         "{`a`: 1, `b`: null}", "{`a`:`field 'c' is required`}"},
        {"{`a`: {`dependencies`: `d.x`}, `d`: {`type`: `dict`, `schema`: {`x`: {}, `y`: {}}}}",
         "{`a`: 1, `d`: {`y`: 1}}", "{`a`:`field 'd.x' is required`}"},
        {"{`a`: {`dependencies`: `d.x`}, `d`: {`type`: `dict`, `schema`: {`x`: {}, `y`: {}}}}",
         "{`a`: 1, `d`: {`x`: 1}}", "{}"},
        {"{`a`: {`dependencies`: {`b`: [1, `x`]}}, `b`: {}}", "{`a`: 1, `b`: 2}",
         "{`a`:`depends on these values: {'b': [1, 'x']}`}"},
        {"{`a`: {`dependencies`: {`b`: [1, `x`]}}, `b`: {}}", "{`a`: 1, `b`: `x`}", "{}"},
        {"{`d`: {`type`: `dict`, `schema`: {`x`: {`dependencies`: `^b`}}}, `b`: {}}",
         "{`d`: {`x`: 1}}", "{`d`:{`x`:`field '^b' is required`}}"},
        {"{`d`: {`type`: `dict`, `schema`: {`x`: {`dependencies`: `^b`}}}, `b`: {}}",
         "{`d`: {`x`: 1}, `b`: 1}", "{}"},
        {"{`a`: {`dependencies`: `b`}, `b`: {`default`: 1}}", "{`a`: 1}", "{}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_fields_exclude_others(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`excludes`: [`b`, `c`]}, `b`: {}, `c`: {}}", "{`a`: 1, `c`: 1}",
         "{`a`:`'b', 'c' must not be present with 'a'`}"},
        {"{`a`: {`required`: true, `excludes`: `b`}, `b`: {`required`: true, `excludes`: `a`}}",
         "{`a`: 1}", "{}"},
        {"{`a`: {`required`: true, `excludes`: `b`}, `b`: {`required`: true, `excludes`: `a`}}",
         "{}", "{`a`:`required field`,`b`:`required field`}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_geometries_have_their_own_nesting(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `point`}}", "{`a`: {`type`: `Point`, `coordinates`: [1, 2.5]}}", "{}"},
        {"{`a`: {`type`: `point`}}", "{`a`: {`type`: `Point`, `coordinates`: [1]}}",
         "{`a`:`must be of point type`}"},
        {"{`a`: {`type`: `point`}}", "{`a`: {`type`: `Point`, `coordinates`: [1, `x`]}}",
         "{`a`:`must be of point type`}"},
        {"{`a`: {`type`: `point`}}", "{`a`: {`type`: `MultiPoint`, `coordinates`: [[1, 2]]}}",
         "{`a`:`must be of point type`}"},
        {"{`a`: {`type`: `polygon`}}",
         "{`a`: {`type`: `Polygon`, `coordinates`: [[[0, 0], [0, 1], [1, 1], [0, 0]]]}}", "{}"},
        {"{`a`: {`type`: [`point`, `linestring`]}}",
         "{`a`: {`type`: `LineString`, `coordinates`: [[0, 0], [0, 1]]}}", "{}"},
        {"{`a`: {`type`: `geometrycollection`}}",
         "{`a`: {`type`: `GeometryCollection`, `geometries`: "
         "[{`type`: `Point`, `coordinates`: [1, 2]}]}}",
         "{}"},
        {"{`a`: {`type`: `geometrycollection`}}",
         "{`a`: {`type`: `GeometryCollection`, `geometries`: [{`type`: `Point`}]}}",
         "{`a`:`must be of geometrycollection type`}"},
        {"{`a`: {`type`: `feature`}}",
         "{`a`: {`type`: `Feature`, `properties`: {}, `geometry`: "
         "{`type`: `Point`, `coordinates`: [1, 2]}}}",
         "{}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_all_issues_of_a_field_come_in_the_order_of_their_rules(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `string`, `regex`: `b+`, `minlength`: 3, `allowed`: [`b`]}}", "{`a`: `c`}",
         "{`a`:[`unallowed value c`,`min length is 3`,`value does not match regex 'b+'`]}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void test_names_that_cannot_be_stored_are_refused_where_any_are_allowed(void **state)
{
    struct validation validation = {
        .resource = served("{`DOMAIN`: {`posts`: {`normalize_dotted_fields`: false, "
                           "`allow_unknown`: true, `schema`: {`d`: {`type`: `dict`}}}}}")};

    (void)state;
    expect_issues(&validation, "{``: 1, `$a`: 1, `a.b`: 1, `d`: {`$c`: 1}, `l`: [{`x.y`: 1}]}",
                  "{``:`a field's name must not be empty`,"
                  "`$a`:`a field's name must not start with $`,"
                  "`a.b`:`a field's name must not hold a dot`,"
                  "`d`:{`$c`:`a field's name must not start with $`},"
                  "`l`:{`0`:{`x.y`:`a field's name must not hold a dot`}}}");
    expect_issues(&validation, "{`_etag`: `x`}", "{`_etag`:`unknown field`}");
}

static void test_values_are_printed_as_python_does(void **state)
{
    static const struct rule_case cases[] = {
        {"{`a`: {`type`: `list`, `allowed`: [0]}}",
         "{`a`: [`it's`, `\\``, `'\\`\\\\\\n\\u0001\\u2028\xC3\xA9`, 1e300, 0.1, -7, "
         "[{`k`: false}]]}",
         "{`a`:`unallowed values [\\`it's\\`, '\\`', "
         "'\\\\'\\`\\\\\\\\\\\\n\\\\x01\\\\u2028\xC3\xA9', "
         "1e+300, 0.1, -7, [{'k': False}]]`}"},
        {"{`a`: {`type`: `datetime`, `allowed`: [`Mon, 01 Jan 2024 00:00:00 GMT`]}}",
         "{`a`: `Tue, 02 Jan 2024 03:04:05 GMT`}", "{`a`:`unallowed value 2024-01-02 03:04:05`}"},
        {"{`a`: {`type`: `objectid`, `allowed`: [`aaaaaaaaaaaaaaaaaaaaaaaa`]}}",
         "{`a`: `bbbbbbbbbbbbbbbbbbbbbbbb`}", "{`a`:`unallowed value bbbbbbbbbbbbbbbbbbbbbbbb`}"},
        {"{`a`: {`type`: `list`, `schema`: {`type`: [`datetime`, `objectid`]}, `allowed`: []}}",
         "{`a`: [`Tue, 02 Jan 2024 03:04:00 GMT`, `bbbbbbbbbbbbbbbbbbbbbbbb`]}",
         "{`a`:`unallowed values [datetime.datetime(2024, 1, 2, 3, 4), "
         "ObjectId('bbbbbbbbbbbbbbbbbbbbbbbb')]`}"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_required_and_unknown_fields_are_told_of),
        cmocka_unit_test(test_types_are_those_declared),
        cmocka_unit_test(test_null_and_empty_values_are_refused),
        cmocka_unit_test(test_lengths_count_characters_items_and_members),
        cmocka_unit_test(test_bounds_are_of_numbers_and_dates),
        cmocka_unit_test(test_values_are_among_those_allowed_and_not_forbidden),
        cmocka_unit_test(test_a_regex_has_to_match_all_of_a_text),
        cmocka_unit_test(test_what_is_wrong_inside_is_told_by_key_or_index),
        cmocka_unit_test(test_alternatives_tell_what_each_of_them_says),
        cmocka_unit_test(test_fields_depend_on_others),
        cmocka_unit_test(test_fields_exclude_others),
        cmocka_unit_test(test_geometries_have_their_own_nesting),
        cmocka_unit_test(test_all_issues_of_a_field_come_in_the_order_of_their_rules),
        cmocka_unit_test(test_names_that_cannot_be_stored_are_refused_where_any_are_allowed),
        cmocka_unit_test(test_values_are_printed_as_python_does),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
