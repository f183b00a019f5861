/* SPDX-License-Identifier: MIT */
#include "../where.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

#include "resources.h"

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* The keys as a client could write them. */
static const char *order_text(const struct order *order)
{
    const char *text = "";

    for (size_t i = 0; i < order->count; i++)
        text = arena_printf(&arena, "%s%s%s%s", text, i ? "," : "",
                            order->keys[i].descending ? "-" : "", order->keys[i].path);
    return text;
}

static void check(const struct resource *resource, const char *sort, const char *means)
{
    struct order order;
    struct error err;

    if (!order_parse(&arena, resource, sort, &order, &err))
        fail_msg("%s: %s", sort, err.message);
    if (strcmp(order_text(&order), means) != 0)
        fail_msg("%s: %s", sort, order_text(&order));
}

static void test_both_syntaxes_are_read(void **state)
{
    static const char *const sorts[][2] = {
        {"", ""},
        {"score", "score"},
        {"-score", "-score"},
        {"-score,author", "-score,author"},
        {" -score , author ", "-score,author"},
        {"bogus", "bogus"},
        {"meta.lang,-tags.0", "meta.lang,-tags.0"},
        {"foo-bar", "foo-bar"},
        {"été", "été"},
        {"score,-score,author", "score,author"},
        {"_created,-_updated,_id,_etag", "_created,-_updated,_id,_etag"},
        {"a,b,c,d,e,f,g,h", "a,b,c,d,e,f,g,h"},
        {"[]", ""},
        {"[(\"score\",-1)]", "-score"},
        {"[('author', 1), (\"score\", -1)]", "author,-score"},
        {"[(\"author\", +1),]", "author"},
        {"[[\"score\",-1],[\"author\",1]]", "-score,author"},
        {" [(\"score\",1),(\"score\",-1)] ", "score"},
        {"[(\"_id\",-1)]", "-_id"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
        check(&posts, sorts[i][0], sorts[i][1]);
}

static const char *const malformed[] = {
    ",",
    "score,",
    ",score",
    "a,,b",
    "-",
    "--a",
    "a,-",
    " ",
    "\"title\"",
    "'title'",
    "a b",
    "{\"a\":1}",
    "(a)",
    "a.",
    ".a",
    "a..b",
    "$natural",
    "a.$b",
    "a:1",
    "a\nb",
    "\xff",
    "a,b,c,d,e,f,g,h,i",
    "[",
    "[(\"a\":1)]",
    "[(\"a\",1)",
    "[(\"a\",1]",
    "[(\"a\")]",
    "[(\"a\",2)]",
    "[(\"a\",0)]",
    "[(\"a\",1.0)]",
    "[(\"a\",\"1\")]",
    "[(\"a\",--1)]",
    "[(a,1)]",
    "[(1,1)]",
    "[(\"a\",1)(\"b\",1)]",
    "[\"a\"]",
    "[(\"a\",1)],b",
    "[(\"\",1)]",
    "[(\"-a\",1)]",
    "[(\"$a\",1)]",
    "[(\"a\\x00b\",1)]",
    "[()]",
    "[,]",
    "[[\"a\",1)]",
    "[(\"a\",1,1)]",
    "[(\"a\",9999999999)]",
    "[(\"a\",True)]",
    "((\"a\",1))",
    "[{\"a\":1}]",
};

static void test_a_malformed_order_is_refused(void **state)
{
    const struct resource posts = posts_resource();

    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        struct order order = {.count = 77};
        struct error err = {0};

        if (order_parse(&arena, &posts, malformed[i], &order, &err))
            fail_msg("taken: %s", malformed[i]);
        assert_int_equal(err.kind, ERROR_INVALID);
        assert_int_equal(order.count, 77);
    }
}

static void test_meta_fields_are_ordered_by_under_their_configured_names(void **state)
{
    struct settings settings = resource_settings;
    struct resource posts = posts_resource();

    (void)state;
    settings.names.created = "made";
    posts.settings = &settings;
    check(&posts, "-made,title", "-_created,title");
    check(&posts, "[(\"made\",1)]", "_created");
}

static void test_hidden_fields_order_nothing(void **state)
{
    static const char *const names[] = {"title", "meta.lang"};
    struct resource posts = posts_resource();

    (void)state;
    posts.shown = (struct texts){names, 2};
    posts.showing = SHOW_UNLISTED;
    check(&posts, "title,-author,meta,meta.lang,meta.0.lang,meta.when,_id",
          "-author,meta.when,_id");
    posts.showing = SHOW_LISTED;
    check(&posts, "title,-author,meta,meta.lang,_created,_id", "title,meta.lang,_created,_id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_syntaxes_are_read),
        cmocka_unit_test(test_a_malformed_order_is_refused),
        cmocka_unit_test(test_meta_fields_are_ordered_by_under_their_configured_names),
        cmocka_unit_test(test_hidden_fields_order_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
