/* SPDX-License-Identifier: MIT */
#include "where_check.h"

static void test_an_empty_filter_means_all(void **state)
{
    static const struct reading readings[] = {{"", "all"}, {"{}", "all"}, {" { } ", "all"}};
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static void test_fields_and_comparisons_are_read(void **state)
{
    static const struct reading readings[] = {
        {"{\"author\":\"a\"}", "eq(author,\"a\")"},
        {"{\"author\":\"a\",\"score\":1}", "and(eq(author,\"a\"),eq(score,1))"},
        {"{\"score\":{\"$gt\":100,\"$lte\":120}}", "and(gt(score,100),lte(score,120))"},
        {"{\"score\":{\"$gte\":1.5}}", "gte(score,1.5)"},
        {"{\"score\":{\"$gte\":1.0}}", "gte(score,1.0)"},
        {"{\"score\":{\"$lt\":1e2}}", "lt(score,100.0)"},
        {"{\"score\":9223372036854775807}", "eq(score,9223372036854775807)"},
        {"{\"score\":-9223372036854775808}", "eq(score,-9223372036854775808)"},
        {"{\"author\":{\"$ne\":\"a\"}}", "ne(author,\"a\")"},
        {"{\"author\":{\"$eq\":null}}", "eq(author,null)"},
        {"{\"score\":{\"$gte\":null}}", "gte(score,null)"},
        {"{\"url\":null}", "eq(url,null)"},
        {"{\"bogus\":true}", "eq(bogus,true)"},
        {"{\"author\":{\"$in\":[\"a\",\"b\"]}}", "in(author,\"a\",\"b\")"},
        {"{\"author\":{\"$in\":[]}}", "in(author)"},
        {"{\"author\":{\"$nin\":[]}}", "nin(author)"},
        {"{\"tags\":{\"$all\":[]}}", "all(tags)"},
        {"{\"tags\":{\"$all\":[\"a\",[\"b\"]]}}", "all(tags,\"a\",[ \"b\" ])"},
        {"{\"tags\":[\"t0\",\"all\"]}", "eq(tags,[ \"t0\", \"all\" ])"},
        {"{\"tags\":{\"$size\":2}}", "size(tags,2)"},
        {"{\"tags\":{\"$size\":2.0}}", "size(tags,2)"},
        {"{\"url\":{\"$exists\":false}}", "exists(url,false)"},
        {"{\"url\":{\"$exists\":1}}", "exists(url,true)"},
        {"{\"meta.lang\":\"en\",\"tags.0\":\"x\"}", "and(eq(meta.lang,\"en\"),eq(tags.0,\"x\"))"},
        {"{\"meta\":{\"lang\":\"en\",\"x\":{\"y\":[1]}}}",
         "eq(meta,{ \"lang\" : \"en\", \"x\" : { \"y\" : [ 1 ] } })"},
        {"{\"meta\":{}}", "eq(meta,{  })"},
        {"{\"a\":\"\\u0000\\u00e9\"}", "eq(a,\"\\u0000é\")"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static void test_queries_are_joined(void **state)
{
    static const struct reading readings[] = {
        {"{\"$or\":[{\"score\":10},{\"score\":20}]}", "or(eq(score,10),eq(score,20))"},
        {"{\"$and\":[{\"a\":1},{\"b\":2,\"c\":3}]}", "and(eq(a,1),and(eq(b,2),eq(c,3)))"},
        {"{\"$nor\":[{\"a\":1}]}", "nor(eq(a,1))"},
        {"{\"$or\":[{\"a\":1}]}", "eq(a,1)"},
        {"{\"a\":1,\"$or\":[{\"b\":1},{\"c\":1}]}", "and(eq(a,1),or(eq(b,1),eq(c,1)))"},
        {"{\"$and\":[{}]}", "all"},
        {"{\"$or\":[{},{\"a\":1}]}", "all"},
        {"{\"$nor\":[{},{\"a\":1}]}", "in(_id)"},
        {"{\"a\":{\"$not\":{\"$gt\":1}}}", "nor(gt(a,1))"},
        {"{\"a\":{\"$not\":{\"$gt\":1,\"$lt\":5}}}", "nor(and(gt(a,1),lt(a,5)))"},
        {"{\"a\":{\"$not\":{\"$not\":{\"$gt\":1}}}}", "nor(nor(gt(a,1)))"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static void test_elements_are_asked_in_both_ways(void **state)
{
    static const struct reading readings[] = {
        {"{\"tags\":{\"$elemMatch\":{\"$gt\":\"a\",\"$lt\":\"c\"}}}",
         "elem(tags,and(gt(,\"a\"),lt(,\"c\")))"},
        {"{\"tags\":{\"$elemMatch\":{\"$not\":{\"$eq\":\"a\"}}}}", "elem(tags,nor(eq(,\"a\")))"},
        {"{\"comments\":{\"$elemMatch\":{\"text\":\"x\",\"at\":{\"$gt\":\"" DAY "\"}}}}",
         "elem(comments,and(eq(text,\"x\"),gt(at," DATE ")))"},
        {"{\"comments\":{\"$elemMatch\":{\"$or\":[{\"text\":\"x\"},{\"text\":\"y\"}]}}}",
         "elem(comments,or(eq(text,\"x\"),eq(text,\"y\")))"},
        {"{\"a\":{\"$elemMatch\":{\"b\":{\"$elemMatch\":{\"$in\":[1]}}}}}",
         "elem(a,elem(b,in(,1)))"},
        {"{\"a\":{\"$elemMatch\":{\"$elemMatch\":{\"$gt\":1}}}}", "elem(a,elem(,gt(,1)))"},
        {"{\"a\":{\"$all\":[{\"$elemMatch\":{\"b\":1}},{\"$elemMatch\":{\"b\":2}}]}}",
         "and(elem(a,eq(b,1)),elem(a,eq(b,2)))"},
        {"{\"refs\":{\"$elemMatch\":{\"$eq\":\"" HEX "\"}}}", "elem(refs,eq(," OID "))"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static void test_remainders_types_and_bits_are_asked(void **state)
{
    static const struct reading readings[] = {
        {"{\"a\":{\"$mod\":[4,0]}}", "mod(a,4,0)"},
        {"{\"a\":{\"$mod\":[4.9,1.0]}}", "mod(a,4,1)"},
        {"{\"a\":{\"$type\":\"string\"}}", "type(a,2)"},
        {"{\"a\":{\"$type\":[\"number\",10]}}", "type(a,-1,10)"},
        {"{\"a\":{\"$type\":-1}}", "type(a,255)"},
        {"{\"a\":{\"$bitsAllSet\":35}}", "allset(a,35)"},
        {"{\"a\":{\"$bitsAnySet\":[0,5,1]}}", "anyset(a,35)"},
        {"{\"a\":{\"$bitsAllClear\":[]}}", "allclear(a,0)"},
        {"{\"a\":{\"$bitsAnyClear\":[100]}}", "anyclear(a,-9223372036854775808)"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
}

static void test_values_are_cast_by_the_declared_type(void **state)
{
    static const struct reading readings[] = {
        {"{\"at\":\"" DAY "\"}", "eq(at," DATE ")"},
        {"{\"at\":{\"$gte\":\"" DAY "\"}}", "gte(at," DATE ")"},
        {"{\"at\":{\"$in\":[\"" DAY "\",\"x\",5]}}", "in(at," DATE ",\"x\",5)"},
        {"{\"ref\":\"" HEX "\"}", "eq(ref," OID ")"},
        {"{\"ref\":{\"$ne\":\"" HEX "\"}}", "ne(ref," OID ")"},
        {"{\"refs\":\"" HEX "\"}", "eq(refs," OID ")"},
        {"{\"refs\":[\"" HEX "\"]}", "eq(refs,[ " OID " ])"},
        {"{\"refs\":{\"$all\":[\"" HEX "\"]}}", "all(refs," OID ")"},
        {"{\"refs.0\":\"" HEX "\"}", "eq(refs.0," OID ")"},
        {"{\"meta.when\":\"" DAY "\"}", "eq(meta.when," DATE ")"},
        {"{\"meta\":{\"when\":\"" DAY "\",\"lang\":\"" DAY "\"}}",
         "eq(meta,{ \"when\" : " DATE ", \"lang\" : \"" DAY "\" })"},
        {"{\"comments.at\":\"" DAY "\"}", "eq(comments.at," DATE ")"},
        {"{\"comments\":{\"text\":\"x\",\"at\":\"" DAY "\"}}",
         "eq(comments,{ \"text\" : \"x\", \"at\" : " DATE " })"},
        {"{\"comments\":[{\"at\":\"" DAY "\"}]}", "eq(comments,[ { \"at\" : " DATE " } ])"},
        {"{\"title\":\"" HEX "\"}", "eq(title,\"" HEX "\")"},
        {"{\"title\":\"" DAY "\"}", "eq(title,\"" DAY "\")"},
        {"{\"bogus\":\"" HEX "\"}", "eq(bogus,\"" HEX "\")"},
        {"{\"score\":\"10\"}", "eq(score,\"10\")"},
        {"{\"_id\":\"" HEX "\"}", "eq(_id," OID ")"},
        {"{\"_id\":\"zz\"}", "eq(_id,\"zz\")"},
        {"{\"_id\":{\"$in\":[\"" HEX "\"]}}", "in(_id," OID ")"},
        {"{\"_created\":\"" DAY "\"}", "eq(_created," DATE ")"},
        {"{\"_updated\":{\"$gt\":\"" DAY "\"}}", "gt(_updated," DATE ")"},
    };
    static const struct rules text_id = {.name = "_id", .path = "_id", .types = RULE_STRING};
    static const struct reading by_texts[] = {{"{\"_id\":\"" HEX "\"}", "eq(_id,\"" HEX "\")"}};
    static const struct reading iso[] = {{"{\"at\":\"2024-01-01T00:00:00Z\"}", "eq(at," DATE ")"}};
    struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, readings);
    posts.iso_dates = true;
    CHECK(&posts, iso);
    posts.schema = (struct schema){&text_id, 1, false, NULL, false};
    CHECK(&posts, by_texts);
}

static void test_meta_fields_go_by_their_configured_names(void **state)
{
    static const struct reading readings[] = {
        {"{\"made\":\"" DAY "\"}", "eq(_created," DATE ")"},
        {"made > \"" DAY "\"", "gt(_created," DATE ")"},
        {"{\"a\":{\"$elemMatch\":{\"made\":1}}}", "elem(a,eq(made,1))"},
    };
    static const char *const refused[] = {"{\"tag\":\"x\"}", "tag == \"x\"",
                                          "{\"$or\":[{\"tag\":1}]}"};
    struct settings settings = resource_settings;
    struct resource posts = posts_resource();

    (void)state;
    settings.names.created = "made";
    settings.names.etag = "tag";
    posts.settings = &settings;
    CHECK(&posts, readings);
    CHECK_REFUSED(&posts, refused);
}

static void test_text_and_contains_are_for_those_who_allow_them(void **state)
{
    static const char *const names[] = {"$text", "$contains"};
    static const char *const refused[] = {
        "{\"$text\":\"x\"}",
        "{\"$text\":{}}",
        "{\"$text\":{\"$search\":5}}",
        "{\"$text\":{\"$search\":\"x\",\"$language\":\"fr\"}}",
        "{\"$text\":{\"$search\":\"x\",\"$caseSensitive\":true}}",
        "{\"$text\":{\"$search\":\"x\",\"$caseSensitive\":0}}",
        "{\"$text\":{\"$search\":\"x\",\"$foo\":1}}",
        "{\"$text\":{\"$search\":\"a\\u0000b\"}}",
        "{\"$or\":[{\"$text\":{\"$search\":\"x\"}}]}",
        "{\"$text\":{\"$search\":\"x\"},\"$and\":[{\"$text\":{\"$search\":\"y\"}}]}",
        "{\"a\":{\"$text\":{\"$search\":\"x\"}}}",
        "{\"a\":{\"$search\":\"x\"}}",
        "{\"a\":{\"$elemMatch\":{\"$text\":{\"$search\":\"x\"}}}}",
        "{\"a\":{\"$contains\":5}}",
        "{\"$contains\":\"x\"}",
    };
    static const struct reading contains[] = {
        {"{\"title\":{\"$contains\":\"" HEX "\"}}", "contains(title,\"" HEX "\")"}};
    struct resource posts = posts_resource();
    struct where where;
    struct error err;

    (void)state;
    posts.query_whitelist = (struct texts){names, 2};
    CHECK_REFUSED(&posts, refused);
    assert_true(where_parse(&arena, &posts,
                            "{\"$text\":{\"$search\":\"x -y\",\"$language\":\"english\","
                            "\"$caseSensitive\":false,\"$diacriticSensitive\":false},\"score\":1}",
                            &where, &err));
    assert_string_equal(where.text, "x -y");
    assert_int_equal(where.filter->op, FILTER_EQ);
    CHECK(&posts, contains);
}

static void test_the_soft_delete_field_at_the_top_is_told(void **state)
{
    static const char *const at_the_top[] = {
        "{\"_deleted\":true}",
        "{\"a\":1,\"_deleted\":{\"$ne\":true}}",
        "{\"$and\":[{\"_deleted\":true},{\"a\":1}]}",
        "_deleted == True",
        "_deleted == True and a == 1",
        "(a == 1 or b == 2) and _deleted == True",
    };
    static const char *const elsewhere[] = {
        "{\"a\":1}",
        "{\"$or\":[{\"_deleted\":true},{\"a\":1}]}",
        "{\"a._deleted\":true}",
        "{\"a\":{\"$elemMatch\":{\"_deleted\":true}}}",
        "{\"$nor\":[{\"_deleted\":true}]}",
        "{\"a\":{\"_deleted\":true}}",
        "_deleted == True or a == 1",
        "a == 1 and (b == 1 or _deleted == True)",
    };
    struct resource posts = posts_resource();
    struct where where;
    struct error err;

    (void)state;
    posts.soft_delete = true;
    for (size_t i = 0; i < sizeof(at_the_top) / sizeof(at_the_top[0]); i++)
        if (!where_parse(&arena, &posts, at_the_top[i], &where, &err) || !where.names_deleted)
            fail_msg("%s", at_the_top[i]);
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        if (!where_parse(&arena, &posts, elsewhere[i], &where, &err) || where.names_deleted)
            fail_msg("%s", elsewhere[i]);
    posts.soft_delete = false;
    assert_true(where_parse(&arena, &posts, at_the_top[0], &where, &err));
    assert_false(where.names_deleted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_filter_means_all),
        cmocka_unit_test(test_fields_and_comparisons_are_read),
        cmocka_unit_test(test_queries_are_joined),
        cmocka_unit_test(test_elements_are_asked_in_both_ways),
        cmocka_unit_test(test_remainders_types_and_bits_are_asked),
        cmocka_unit_test(test_values_are_cast_by_the_declared_type),
        cmocka_unit_test(test_meta_fields_go_by_their_configured_names),
        cmocka_unit_test(test_text_and_contains_are_for_those_who_allow_them),
        cmocka_unit_test(test_the_soft_delete_field_at_the_top_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
