/* SPDX-License-Identifier: MIT */
#include "where_check.h"

static void test_comparisons_are_read(void **state)
{
    static const struct reading readings[] = {
        {"author==\"a\"", "eq(author,\"a\")"},
        {"author == 'a'", "eq(author,\"a\")"},
        {"author==a", "eq(author,\"a\")"},
        {"author==a.b", "eq(author,\"a.b\")"},
        {"score>100", "gt(score,100)"},
        {"score >= 100", "gte(score,100)"},
        {"score<1.5", "lt(score,1.5)"},
        {"score <= .5", "lte(score,0.5)"},
        {"score != 1e3", "ne(score,1000.0)"},
        {"score == -10", "eq(score,-10)"},
        {"score == +10", "eq(score,10)"},
        {"score == 0", "eq(score,0)"},
        {"score == -9223372036854775808", "eq(score,-9223372036854775808)"},
        {"rate > -2.5e-1", "gt(rate,-0.25)"},
        {"meta.lang == \"en\"", "eq(meta.lang,\"en\")"},
        {"a == True", "eq(a,true)"},
        {"a == False", "eq(a,false)"},
        {"a == None", "eq(a,null)"},
        {"a == true", "eq(a,\"true\")"},
        {"android == 1", "eq(android,1)"},
        {"été == 1", "eq(été,1)"},
        {"a in [1, \"x\", None,]", "in(a,1,\"x\",null)"},
        {"a in []", "in(a)"},
        {"\ta\n==\n1 ", "eq(a,1)"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static void test_comparisons_are_joined_as_python_does(void **state)
{
    static const struct reading readings[] = {
        {"author==\"a\" and score>100", "and(eq(author,\"a\"),gt(score,100))"},
        {"author==\"a\" or author==\"b\"", "or(eq(author,\"a\"),eq(author,\"b\"))"},
        {"a==1 or b==2 and c==3", "or(eq(a,1),and(eq(b,2),eq(c,3)))"},
        {"(a==1 or b==2) and c==3", "and(or(eq(a,1),eq(b,2)),eq(c,3))"},
        {"((a==1))", "eq(a,1)"},
        {"a==1 and b==2 and c==3", "and(eq(a,1),eq(b,2),eq(c,3))"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static void test_texts_are_read_with_their_escapes(void **state)
{
    static const struct reading readings[] = {
        {"a == \"it's\"", "eq(a,\"it's\")"},
        {"a == 'say \"x\"'", "eq(a,\"say \\\"x\\\"\")"},
        {"a == 'it\\'s'", "eq(a,\"it's\")"},
        {"a == '\\x41\\u00e9\\U0001F600\\101'", "eq(a,\"Aé😀A\")"},
        {"a == 'a\\d\\\\'", "eq(a,\"a\\\\d\\\\\")"},
        {"a == 'a\\\nb'", "eq(a,\"ab\")"},
        {"a == '\\0'", "eq(a,\"\\u0000\")"},
        {"a == ''", "eq(a,\"\")"},
        {"a == 'and'", "eq(a,\"and\")"},
        {"a == '\\377'", "eq(a,\"ÿ\")"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static void test_ids_and_dates_are_made(void **state)
{
    static const struct reading readings[] = {
        {"ref == ObjectId(\"" HEX "\")", "eq(ref," OID ")"},
        {"title == ObjectId('" HEX "')", "eq(title," OID ")"},
        {"at == datetime(2024, 1, 1)", "eq(at," DATE ")"},
        {"at == datetime(2024,1,1,0,0,0)", "eq(at," DATE ")"},
        {"at > datetime(2024,2,29,23,59,59,999999)",
         "gt(at,{ \"$date\" : \"2024-02-29T23:59:59.999Z\" })"},
        {"at == \"" DAY "\"", "eq(at," DATE ")"},
        {"ref == \"" HEX "\"", "eq(ref," OID ")"},
        {"title == \"" HEX "\"", "eq(title,\"" HEX "\")"},
        {"refs in [\"" HEX "\", x]", "in(refs," OID ",\"x\")"},
        {"_id == \"" HEX "\"", "eq(_id," OID ")"},
        {"_updated >= \"" DAY "\"", "gte(_updated," DATE ")"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static const char *const other_expressions[] = {
    "author",
    "foo(1)",
    "not author==\"a\"",
    "not (a == 1)",
    "a == foo(1)",
    "a == b(",
    "1 == a",
    "'a' == 1",
    "a == 1 == 1",
    "1 < a < 5",
    "a < 5 < 6",
    "a =",
    "a = 1",
    "a ==",
    "== 1",
    "a == 1 and",
    "and a == 1",
    "a == 1 or or b == 1",
    "a == 1 b == 2",
    "(a == 1",
    "a == 1)",
    "()",
    "a == (1)",
    "a == [1]",
    "a == {}",
    "a in 1",
    "a in (1)",
    "a in [1",
    "a in [1 2]",
    "a in [,]",
    "a not in [1]",
    "a is None",
    "a <> 1",
    "a == 1 & b == 2",
    "a == 1 if b else c",
    "lambda: 1",
    "a == 'x",
    "a == \"x",
    "a == 'x\n'",
    "a == 'x\\'",
    "a == '\\x4'",
    "a == '\\u12'",
    "a == '\\ud800'",
    "a == '\\U00110000'",
    "a == '\\N{DASH}'",
    "a == 'x' 'y'",
    "a == 01",
    "a == 0x10",
    "a == 1_000",
    "a == 1j",
    "a == 10abc",
    "a == 1.2.3",
    "a == - ",
    "a == --1",
    "a == -x",
    "a == 9223372036854775808",
    "a == 1e999",
    "a == .",
    "a. == 1",
    ".a == 1",
    "a..b == 1",
    "a.1 == 1",
    "a.b.",
    "a == b.",

    "a == ObjectId()",
    "a == ObjectId(\"zz\")",
    "a == ObjectId(50656e4538345b39dd0414f0)",
    "a == ObjectId(\"50656e4538345b39dd0414f0\"",
    "a == ObjectId(\"50656e4538345b39dd0414f0\", 1)",
    "a == datetime()",
    "a == datetime(2024)",
    "a == datetime(2024, 1)",
    "a == datetime(2024, 13, 1)",
    "a == datetime(2023, 2, 29)",
    "a == datetime(0, 1, 1)",
    "a == datetime(2024, 1, 1.0)",
    "a == datetime(2024, 1, 1, 24)",
    "a == datetime(2024, 1, 1, 0, 0, 0, 0, 0)",
    "a == datetime(2024, 1, \"1\")",
    "a == datetime(99999999999, 1, 1)",
    "True == 1",
    "a == and",
    "a == not",
    "a == 1;",
    "a == 1 # x",
    "a == $b",
    "$where == 1",
    "a == `x`",
    "a == None()",
    "a;b",
    "a == \xc3\x28",
    "__import__('os')",
    "a.b() == 1",
};

static void test_other_expressions_are_refused(void **state)
{
    const struct resource posts = posts_resource();

    (void)state;
    CHECK_REFUSED(&posts, other_expressions);
    check_says(&posts, "a == 1 b", "where: column 8: expected `and`, `or` or the end");
}

static void test_each_half_reads_its_own_syntax(void **state)
{
    const struct resource posts = posts_resource();
    struct where where;
    struct error err;

    (void)state;
    assert_true(where_parse_json(&arena, &posts, "{\"a\":1}", &where, &err));
    assert_false(where_parse_json(&arena, &posts, "a == 1", &where, &err));
    assert_false(where_parse_json(&arena, &posts, "", &where, &err));
    assert_true(where_parse_python(&arena, &posts, "a == 1", &where, &err));
    assert_false(where_parse_python(&arena, &posts, "{\"a\":1}", &where, &err));
    assert_false(where_parse_python(&arena, &posts, "", &where, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparisons_are_read),
        cmocka_unit_test(test_comparisons_are_joined_as_python_does),
        cmocka_unit_test(test_texts_are_read_with_their_escapes),
        cmocka_unit_test(test_ids_and_dates_are_made),
        cmocka_unit_test(test_other_expressions_are_refused),
        cmocka_unit_test(test_each_half_reads_its_own_syntax),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
