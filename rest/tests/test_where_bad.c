/* SPDX-License-Identifier: MIT */
#include "where_check.h"

static void test_what_is_no_filter_is_refused(void **state)
{
    static const char *const texts[] = {
        "[]",
        "5",
        "null",
        "\"x\"",
        "true",
        "{",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "[{\"a\":1}]",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":1} x",
        "{\"a\":1}{\"b\":1}",
        "{\"a\":NaN}",
        "{\"a\":1e999}",
        "{\"a\":9223372036854775808}",
        "{\"a\":-9223372036854775809}",
        "{\"a\":{\"$in\":[99999999999999999999]}}",
        "{\"\":1}",
        "{\"a.\":1}",
        "{\".a\":1}",
        "{\"a..b\":1}",
        "{\"a\\u0000b\":1}",
        "{\"a.$b\":1}",
        "{\"a\":{\"b\\u0000\":1}}",
        "{\"\\ud800\":1}",
        "{\"_etag\":\"x\"}",
        "{\"$or\":[{\"_etag\":\"x\"}]}",
        "\xff",
        "{\"\xff\":1}",
        " ",
        "{\"a\":\"\x01\"}",
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK_REFUSED(&posts, texts);
}

static void test_other_operators_are_refused_at_any_depth(void **state)
{
    static const char *const texts[] = {
        "{\"title\":{\"$regex\":\"1\"}}",
        "{\"$where\":\"1\"}",
        "{\"$or\":[{\"$where\":\"1\"}]}",
        "{\"$or\":[{\"title\":{\"$regex\":\"1\"}}]}",
        "{\"$expr\":{}}",
        "{\"$comment\":\"x\"}",
        "{\"a\":{\"$geoWithin\":{}}}",
        "{\"a\":{\"$near\":[1,2]}}",
        "{\"a\":{\"$options\":\"i\"}}",
        "{\"$text\":{\"$search\":\"x\"}}",
        "{\"a\":{\"$contains\":\"x\"}}",
        "{\"$eq\":1}",
        "{\"$not\":{\"a\":1}}",
        "{\"a\":{\"$and\":[{\"$gt\":1}]}}",
        "{\"a\":{\"$foo\":1}}",
        "{\"a\":{\"$in\":[{\"$where\":1}]}}",
        "{\"a\":{\"b\":{\"$gt\":1}}}",
        "{\"a\":{\"$eq\":{\"$gt\":1}}}",
        "{\"a\":[{\"b\":{\"$gt\":1}}]}",
        "{\"a\":{\"$all\":[{\"$gt\":1}]}}",
        "{\"a\":{\"$ne\":{\"x\":{\"$oid\":\"50656e45\"}}}}",
        "{\"a\":{\"$oid\":\"50656e45\"}}",
        "{\"a\":{\"$elemMatch\":{\"$where\":1}}}",
        "{\"a\":{\"$elemMatch\":{\"b\":{\"$regex\":1}}}}",
        "{\"a\":{\"$not\":{\"$regex\":\"x\"}}}",
        "{\"a\":{\"$gt\\u0000\":1}}",
        "{\"$\":1}",
        "{\"a\":{\"$\":1}}",
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK_REFUSED(&posts, texts);
}

static const char *const bad_operands[] = {
    "{\"$or\":[]}",
    "{\"$and\":[]}",
    "{\"$nor\":[]}",
    "{\"$or\":{}}",
    "{\"$or\":[1]}",
    "{\"$and\":{\"a\":1}}",
    "{\"a\":{\"$not\":{}}}",
    "{\"a\":{\"$not\":1}}",
    "{\"a\":{\"$not\":\"x\"}}",
    "{\"a\":{\"$not\":{\"b\":1}}}",
    "{\"a\":{\"$not\":[]}}",
    "{\"a\":1,\"$gt\":1}",
    "{\"a\":{\"$gt\":1,\"b\":2}}",
    "{\"a\":{\"b\":2,\"$gt\":1}}",
    "{\"a\":{\"$in\":5}}",
    "{\"a\":{\"$in\":{}}}",
    "{\"a\":{\"$nin\":null}}",
    "{\"a\":{\"$all\":5}}",
    "{\"a\":{\"$all\":[{\"$elemMatch\":{\"b\":1}},1]}}",
    "{\"a\":{\"$all\":[1,{\"$elemMatch\":{\"b\":1}}]}}",
    "{\"a\":{\"$size\":1.5}}",
    "{\"a\":{\"$size\":-1}}",
    "{\"a\":{\"$size\":\"1\"}}",
    "{\"a\":{\"$exists\":\"x\"}}",
    "{\"a\":{\"$mod\":[]}}",
    "{\"a\":{\"$mod\":[1]}}",
    "{\"a\":{\"$mod\":[0,1]}}",
    "{\"a\":{\"$mod\":[0.5,1]}}",
    "{\"a\":{\"$mod\":[1,2,3]}}",
    "{\"a\":{\"$mod\":4}}",
    "{\"a\":{\"$mod\":[\"2\",0]}}",
    "{\"a\":{\"$type\":\"text\"}}",
    "{\"a\":{\"$type\":0}}",
    "{\"a\":{\"$type\":1.5}}",
    "{\"a\":{\"$type\":20}}",
    "{\"a\":{\"$type\":[]}}",
    "{\"a\":{\"$type\":null}}",
    "{\"a\":{\"$type\":255}}",
    "{\"a\":{\"$bitsAllSet\":-1}}",
    "{\"a\":{\"$bitsAllSet\":1.5}}",
    "{\"a\":{\"$bitsAnySet\":[-1]}}",
    "{\"a\":{\"$bitsAnySet\":[\"1\"]}}",
    "{\"a\":{\"$bitsAnyClear\":\"AA==\"}}",
    "{\"a\":{\"$elemMatch\":1}}",
    "{\"a\":{\"$elemMatch\":[]}}",
    "{\"a\":{\"$elemMatch\":{}}}",
    "{\"a\":{\"$elemMatch\":{\"$gt\":1,\"b\":1}}}",
    "{\"a\":{\"$elemMatch\":{\"b\":1,\"$gt\":1}}}",
    "{\"a\":{\"$elemMatch\":{\"\":1}}}",
};

static void test_operands_of_another_kind_are_refused(void **state)
{
    const struct resource posts = posts_resource();

    (void)state;
    CHECK_REFUSED(&posts, bad_operands);
}

/* before, count times what, after. */
static char *repeated(const char *before, const char *what, int count, const char *after)
{
    struct buf text = {0};
    char *out;

    buf_puts(&text, before);
    for (int i = 0; i < count; i++)
        buf_puts(&text, what);
    buf_puts(&text, after);
    out = arena_copy(&arena, text.data, text.len);
    buf_release(&text);
    return out;
}

static void test_filters_too_deep_or_too_large_are_refused(void **state)
{
    const struct resource posts = posts_resource();
    char *close = repeated("", "]}", 15, "");
    char *deepest =
        arena_printf(&arena, "%s%s", repeated("", "{\"$nor\":[", 15, "{\"a\":1}"), close);
    const char *const texts[] = {
        arena_printf(&arena, "{\"$nor\":[%s]}", deepest),
        repeated("{\"$or\":[", "{\"a\":1},", 200, "{\"a\":1}]}"),
        repeated("{\"a\":{\"$in\":[", "1,", 1000, "1]}}"),
        repeated("{\"", "a.", 100, "a\":1}"),
        repeated("{\"a\":", "[", 100, ""),
        arena_printf(&arena, "{\"a\":%s%s}", repeated("", "[", 100, "1"),
                     repeated("", "]", 100, "")),
        repeated("", "(", 1000, "a == 1"),
        repeated("", "(", 100000, ""),
        repeated("a == 1", " or a == 1", 200, ""),
        repeated("a in [", "1,", 1001, "]"),
        repeated("", "a.", 100, "a == 1"),
        repeated("", "(a == 1 or (a == 1 and ", 20, "a == 1"),
    };
    const char *const taken[] = {
        deepest,
        repeated("{\"$or\":[", "{\"a\":1},", 198, "{\"a\":1}]}"),
        repeated("{\"a\":{\"$in\":[", "1,", 999, "1]}}"),
        arena_printf(&arena, "{\"a\":%s%s}", repeated("", "[", 98, "1"), repeated("", "]", 98, "")),
        arena_printf(&arena, "%s%s", repeated("", "(", 50, "a == 1"), repeated("", ")", 50, "")),
    };

    (void)state;
    CHECK_REFUSED(&posts, texts);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        struct where where;
        struct error err;

        if (!where_parse(&arena, &posts, taken[i], &where, &err))
            fail_msg("%zu: %s", i, err.message);
    }
}

static void test_hostile_texts_take_memory_in_proportion(void **state)
{
    const struct resource posts = posts_resource();
    const char *const texts[] = {
        repeated("", "a in[]or ", 10000, ""),
        repeated("a in [", "'',", 30000, ""),
        repeated("a", ".a", 30000, " == 1"),
        repeated("a == '", "\\", 60000, ""),
        repeated("{\"$or\":[", "{\"a\":1},", 10000, "1]}"),
    };
    struct arena own = {0};
    struct where where;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(where_parse(&own, &posts, texts[i], &where, &err));
        if (arena_size(&own) > 8 << 20)
            fail_msg("%.20s: %zu", texts[i], arena_size(&own));
        arena_release(&own);
    }
}

static void test_only_allowed_fields_may_be_asked_about(void **state)
{
    static const char *const names[] = {"author", "meta.lang", "comments", "_id"};
    static const char *const refused[] = {
        "{\"author\":\"a\",\"score\":1}",
        "{\"$or\":[{\"author\":\"a\"},{\"score\":1}]}",
        "{\"$nor\":[{\"$and\":[{\"score\":1}]}]}",
        "{\"meta\":{\"lang\":\"en\"}}",
        "{\"meta.language\":1}",
        "{\"authors\":1}",
        "{\"score\":{\"$exists\":true}}",
        "{\"_created\":{\"$exists\":true}}",
        "author == a and score > 1",
        "(score == 1)",
    };
    static const struct reading readings[] = {
        {"{\"author\":\"a\",\"meta.lang\":\"en\"}", "and(eq(author,\"a\"),eq(meta.lang,\"en\"))"},
        {"{\"author.name\":\"a\"}", "eq(author.name,\"a\")"},
        {"{\"comments\":{\"$elemMatch\":{\"text\":\"x\"}}}", "elem(comments,eq(text,\"x\"))"},
        {"{\"_id\":\"zz\"}", "eq(_id,\"zz\")"},
        {"author == a", "eq(author,\"a\")"},
    };
    struct resource posts = posts_resource();

    (void)state;
    posts.any_filter = false;
    posts.allowed_filters = (struct texts){names, 4};
    CHECK(&posts, readings);
    CHECK_REFUSED(&posts, refused);
    check_says(&posts, "{\"score\":1}", "filter on 'score' not allowed");
    check_says(&posts, "{\"$or\":[{\"meta.when\":1}]}", "filter on 'meta.when' not allowed");
    check_says(&posts, "meta.when == 1", "filter on 'meta.when' not allowed");
}

static void test_hidden_fields_cannot_be_asked_about(void **state)
{
    static const char *const names[] = {"title", "meta.lang", "tags"};
    static const char *const unlisted[] = {
        "{\"title\":\"a\"}",
        "{\"title.x\":1}",
        "{\"tags.0\":\"x\"}",
        "{\"meta\":{\"lang\":1}}",
        "{\"meta.lang\":{\"$gt\":\"a\"}}",
        "{\"meta.0.lang\":1}",
        "{\"$or\":[{\"title\":1}]}",
        "{\"meta\":{\"$elemMatch\":{\"lang\":1}}}",
        "title == a",
    };
    static const char *const listed[] = {"{\"author\":1}", "{\"meta\":1}", "{\"meta.when\":1}",
                                         "{\"bogus\":1}", "author == a"};
    static const struct reading shown[] = {
        {"{\"author\":1,\"meta.when\":1,\"_id\":1}", "and(eq(author,1),eq(meta.when,1),eq(_id,1))"},
    };
    static const struct reading allowed[] = {{"{\"title\":1}", "eq(title,1)"}};
    struct resource posts = posts_resource();

    (void)state;
    posts.shown = (struct texts){names, 3};
    posts.showing = SHOW_UNLISTED;
    CHECK_REFUSED(&posts, unlisted);
    CHECK(&posts, shown);
    posts.showing = SHOW_LISTED;
    CHECK_REFUSED(&posts, listed);
    CHECK(&posts, allowed);
    posts.showing = SHOW_UNLISTED;
    posts.any_filter = false;
    posts.allowed_filters = (struct texts){names, 1}; /* the settings say so */
    CHECK(&posts, allowed);
}

static void test_filters_are_validated_where_that_is_asked_for(void **state)
{
    static const char *const refused[] = {
        "{\"bogus\":1}",
        "{\"score\":\"10\"}",
        "{\"score\":{\"$gt\":1.5}}",
        "{\"score\":{\"$in\":[1,\"x\"]}}",
        "{\"author\":5}",
        "{\"author\":null}",
        "{\"at\":\"yesterday\"}",
        "{\"ref\":\"zz\"}",
        "{\"tags\":5}",
        "{\"tags\":[5]}",
        "{\"author\":[\"a\"]}",
        "{\"meta.bogus\":1}",
        "{\"meta\":5}",
        "{\"score\":true}",
        "{\"$or\":[{\"author\":\"a\"},{\"bogus\":1}]}",
        "score == \"x\"",
        "bogus == 1",
        "{\"tags\":{\"$elemMatch\":{\"$gt\":5}}}",
        "{\"comments\":{\"$elemMatch\":{\"x\":5}}}",
        "score in [1, x]",
    };
    static const struct reading readings[] = {
        {"{\"score\":{\"$gt\":1}}", "gt(score,1)"},
        {"{\"rate\":1}", "eq(rate,1)"},
        {"{\"rate\":null}", "eq(rate,null)"},
        {"{\"at\":\"" DAY "\"}", "eq(at," DATE ")"},
        {"{\"tags\":\"a\"}", "eq(tags,\"a\")"},
        {"{\"tags\":[\"a\"]}", "eq(tags,[ \"a\" ])"},
        {"{\"tags\":{\"$elemMatch\":{\"$gt\":\"a\"}}}", "elem(tags,gt(,\"a\"))"},
        {"{\"meta.lang\":\"en\",\"_id\":\"zz\"}", "and(eq(meta.lang,\"en\"),eq(_id,\"zz\"))"},
        {"{\"mixed\":\"" HEX "\"}", "eq(mixed,\"" HEX "\")"},
    };
    struct resource posts = posts_resource();

    (void)state;
    posts.validate_filters = true;
    CHECK(&posts, readings);
    CHECK_REFUSED(&posts, refused);
    check_says(&posts, "{\"bogus\":1}", "filter on 'bogus' is invalid");
    check_says(&posts, "{\"meta.lang\":1}", "filter on 'meta.lang' is invalid");
}

static void test_a_long_name_is_cut_between_characters(void **state)
{
    struct resource posts = posts_resource();
    char *name = repeated("x", "é", 100, "");
    struct where where;
    struct error err;

    (void)state;
    posts.any_filter = false;
    assert_false(
        where_parse(&arena, &posts, arena_printf(&arena, "{\"%s\":1}", name), &where, &err));
    assert_string_equal(err.message, arena_printf(&arena, "filter on '%s' not allowed",
                                                  repeated("x", "é", 59, "")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_filter_is_refused),
        cmocka_unit_test(test_other_operators_are_refused_at_any_depth),
        cmocka_unit_test(test_operands_of_another_kind_are_refused),
        cmocka_unit_test(test_filters_too_deep_or_too_large_are_refused),
        cmocka_unit_test(test_hostile_texts_take_memory_in_proportion),
        cmocka_unit_test(test_only_allowed_fields_may_be_asked_about),
        cmocka_unit_test(test_hidden_fields_cannot_be_asked_about),
        cmocka_unit_test(test_filters_are_validated_where_that_is_asked_for),
        cmocka_unit_test(test_a_long_name_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
