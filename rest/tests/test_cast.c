/* SPDX-License-Identifier: MIT */
#include "../validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static bool reads(const char *text, bool iso, int64_t *ms)
{
    return read_date(text, strlen(text), iso, ms);
}

static void test_a_date_of_rfc_1123_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } dates[] = {
        {"Mon, 01 Jan 2024 00:00:00 GMT", 1704067200000},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199000},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799000},
        {"Mon, 01 Jan 0001 00:00:00 GMT", -62135596800000},
        {"Sun, 01 Jan 2024 00:00:00 GMT", 1704067200000}, /* no such weekday */
        {"mon, 01 JAN 2024 00:00:00 gmt", 1704067200000},
        {"Mon, 1 Jan 2024 0:0:0 GMT", 1704067200000},
        {"Mon,  1  Jan 2024 00:00:00  GMT", 1704067200000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        int64_t ms = -1;

        if (!reads(dates[i].text, false, &ms) || ms != dates[i].ms)
            fail_msg("%s: %lld", dates[i].text, (long long)ms);
    }
}

static void test_a_date_of_another_form_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "Mon",
        "Mon, 01 Jan 2024",
        "Mon, 01 Jan 2024 00:00:00",
        "Mon, 01 Jan 2024 00:00:00 UTC",
        "Mon, 01 Jan 2024 00:00:00 +0000",
        "Mon, 01 Jan 2024 00:00:00 GMT ",
        " Mon, 01 Jan 2024 00:00:00 GMT",
        "Mon 01 Jan 2024 00:00:00 GMT",
        "Mon,01 Jan 2024 00:00:00 GMT",
        "Mon, 00 Jan 2024 00:00:00 GMT",
        "Mon, 32 Jan 2024 00:00:00 GMT",
        "Mon, 30 Feb 2024 00:00:00 GMT",
        "Wed, 29 Feb 2023 00:00:00 GMT",
        "Mon, 001 Jan 2024 00:00:00 GMT",
        "Mon, 01 Jan 24 00:00:00 GMT",
        "Mon, 01 Jan 02024 00:00:00 GMT",
        "Mon, 01 Jan 0000 00:00:00 GMT",
        "Mon, 01 Jan 2024 24:00:00 GMT",
        "Mon, 01 Jan 2024 00:60:00 GMT",
        "Mon, 01 Jan 2024 00:00:60 GMT",
        "Mon, 01 Jan 2024 00:00:00.5 GMT",
        "Monday, 01-Jan-24 00:00:00 GMT",
        "Mon Jan  1 00:00:00 2024",
        "2024-01-01T00:00:00Z",
    };
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (reads(texts[i], false, &ms))
            fail_msg("%s", texts[i]);
    assert_false(read_date("Mon, 01 Jan 2024 00:00:00 GMT", 28, false, &ms)); /* cut short */
    assert_false(read_date("Mon, 01 Jan 2024 00:00:00 GMT", 30, false, &ms)); /* with its NUL */
}

static void test_iso_8601_is_read_where_it_is_allowed(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } dates[] = {
        {"2024-01-01", 1704067200000},
        {"2024-01-01T00:00", 1704067200000},
        {"2024-01-01T00:00:00", 1704067200000},
        {"2024-01-01 00:00:00Z", 1704067200000},
        {"2024-01-01T00:00:00Z", 1704067200000},
        {"2024-01-01T02:30:00+02:30", 1704067200000},
        {"2024-01-01T02:00:00+02", 1704067200000},
        {"2023-12-31T19:00:00-0500", 1704067200000},
        {"2024-01-01T00:00:00.5Z", 1704067200500},
        {"2024-01-01T00:00:00.123456789Z", 1704067200123},
        {"2024-01-01T00:00:00,12", 1704067200120},
        {"Mon, 01 Jan 2024 00:00:00 GMT", 1704067200000},
    };
    static const char *const others[] = {
        "2024-1-1",
        "20240101",
        "2024-13-01",
        "2024-02-30",
        "0000-01-01",
        "2024-01-01T",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00ZZ",
        "2024-01-01T00:00:00+",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+01:",
        "2024-01-01x",
    };
    int64_t ms = -1;

    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
        if (!reads(dates[i].text, true, &ms) || ms != dates[i].ms)
            fail_msg("%s: %lld", dates[i].text, (long long)ms);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (reads(others[i], true, &ms))
            fail_msg("%s", others[i]);
}

static const char *const hex = "50656e4538345b39dd0414f0";
static const char *const date = "Mon, 01 Jan 2024 00:00:00 GMT";

static bson_type_t cast(const struct rules *rules, bson_value_t value)
{
    bson_value_t out = value;

    if (!cast_value(rules, false, &value, &out))
        assert_memory_equal(&out, &value, sizeof(out));
    return out.value_type;
}

static void test_a_text_becomes_what_its_field_holds(void **state)
{
    const struct rules ids = {.types = RULE_OBJECTID};
    const struct rules dates = {.types = RULE_DATETIME};
    const struct rules both = {.types = RULE_DATETIME | RULE_OBJECTID};
    const struct rules list = {.types = RULE_LIST, .each = &ids};
    const struct rules places = {.types = RULE_LIST, .items = &dates, .item_count = 1};
    const struct rules any = {.any_of = {&ids, 1}};

    (void)state;
    assert_int_equal(cast(&ids, value_text(hex)), BSON_TYPE_OID);
    assert_int_equal(cast(&ids, value_text("50656E4538345B39DD0414F0")), BSON_TYPE_OID);
    assert_int_equal(cast(&dates, value_text(date)), BSON_TYPE_DATE_TIME);
    assert_int_equal(cast(&both, value_text(hex)), BSON_TYPE_OID);
    assert_int_equal(cast(&both, value_text(date)), BSON_TYPE_DATE_TIME);
    assert_int_equal(cast(&list, value_text(hex)), BSON_TYPE_OID);
    assert_int_equal(cast(&places, value_text(date)), BSON_TYPE_DATE_TIME);
    assert_int_equal(cast(&any, value_text(hex)), BSON_TYPE_OID);
}

static void test_what_is_no_such_text_stays(void **state)
{
    const struct rules ids = {.types = RULE_OBJECTID};
    const struct rules dates = {.types = RULE_DATETIME};
    const struct rules texts = {.types = RULE_STRING};
    const struct rules either = {.types = RULE_STRING | RULE_OBJECTID};
    const struct rules any = {0};
    bson_value_t longer = value_text("50656e4538345b39dd0414f0");

    (void)state;
    assert_int_equal(cast(&ids, value_text("zz")), BSON_TYPE_UTF8);
    assert_int_equal(cast(&ids, value_text("50656e4538345b39dd0414fg")), BSON_TYPE_UTF8);
    assert_int_equal(cast(&ids, value_text("123456789012")), BSON_TYPE_UTF8);
    longer.value.v_utf8.len = 25;
    assert_int_equal(cast(&ids, longer), BSON_TYPE_UTF8);
    assert_int_equal(cast(&ids, value_int(5)), BSON_TYPE_INT32);
    assert_int_equal(cast(&dates, value_text(hex)), BSON_TYPE_UTF8);
    assert_int_equal(cast(&dates, value_text("2024-01-01T00:00:00Z")), BSON_TYPE_UTF8);
    assert_int_equal(cast(&texts, value_text(hex)), BSON_TYPE_UTF8);
    assert_int_equal(cast(&texts, value_text(date)), BSON_TYPE_UTF8);
    assert_int_equal(cast(&either, value_text(hex)), BSON_TYPE_UTF8);
    assert_int_equal(cast(&any, value_text(hex)), BSON_TYPE_UTF8);
    assert_int_equal(cast(NULL, value_text(hex)), BSON_TYPE_UTF8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_date_of_rfc_1123_is_read),
        cmocka_unit_test(test_a_date_of_another_form_is_refused),
        cmocka_unit_test(test_iso_8601_is_read_where_it_is_allowed),
        cmocka_unit_test(test_a_text_becomes_what_its_field_holds),
        cmocka_unit_test(test_what_is_no_such_text_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
