/* SPDX-License-Identifier: MIT */
/* Projections, and what is embedded. */
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

static const char *joined(const struct texts *texts)
{
    const char *text = "";

    for (size_t i = 0; i < texts->count; i++)
        text = arena_printf(&arena, "%s%s%s", text, i ? "," : "", texts->items[i]);
    return text;
}

/* "+title" for inclusive ones, "-title" for others. */
static const char *projected(const struct resource *resource, const char *text)
{
    struct projection projection;
    struct error err;

    if (!projection_parse(&arena, resource, text, &projection, &err))
        fail_msg("%s: %s", text, err.message);
    return arena_printf(&arena, "%s%s", projection.inclusive ? "+" : "-",
                        joined(&projection.paths));
}

struct meaning {
    const char *text;
    const char *means;
};

static void check(const struct resource *resource, const struct meaning *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(projected(resource, tests[i].text), tests[i].means);
}
#define CHECK(resource, tests) check(resource, tests, sizeof(tests) / sizeof((tests)[0]))

static void test_any_one_makes_a_projection_inclusive(void **state)
{
    static const struct meaning tests[] = {
        {NULL, "-"},
        {"", "-"},
        {"{}", "-"},
        {"{\"title\":1}", "+title"},
        {"{\"title\":true,\"score\":2}", "+title,score"},
        {"{\"score\":0,\"title\":1,\"tags\":false}", "+title"},
        {"{\"meta.lang\":1}", "+meta.lang"},
        {"{\"bogus\":1}", "+bogus"},
        {"{\"title\":0,\"meta.lang\":false,\"tags\":0.0}", "-title,meta.lang,tags"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, tests);
}

static void test_meta_fields_cannot_be_dropped(void **state)
{
    static const struct meaning tests[] = {
        {"{\"_id\":1}", "+"},
        {"{\"_id\":1,\"title\":0}", "+"},
        {"{\"_id\":0,\"_etag\":0,\"_created\":0,\"_updated\":0,\"_links\":0}", "-"},
        {"{\"_deleted\":0,\"_version\":0}", "-_deleted,_version"},
    };
    static const struct meaning with_more[] = {
        {"{\"_deleted\":0,\"_version\":0,\"_latest_version\":0}", "-"},
        {"{\"title\":0,\"author\":0}", "-author"},
    };
    struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, tests);
    posts.soft_delete = posts.versioning = true;
    posts.id_field = "title";
    CHECK(&posts, with_more);
}

static void test_only_what_the_server_shows_may_be_asked_about(void **state)
{
    static const char *const names[] = {"title", "meta.lang", "a.0"};
    static const struct {
        const char *path;
        bool of_schema, of_listed, of_unlisted;
    } tests[] = {
        {"title", true, true, false},         {"title.x", true, true, false},
        {"title.0", true, true, false},       {"titles", true, false, true},
        {"titl", true, false, true},          {"meta", true, false, false},
        {"meta.lang", true, true, false},     {"meta.0.lang", true, true, false},
        {"meta.0", true, false, false},       {"meta.lang.x", true, true, false},
        {"meta.when", true, false, true},     {"meta.0.when", true, false, true},
        {"meta.lang.0.1", true, true, false}, {"a.0", true, false, false},
        {"a.1", true, false, false},          {"a.b", true, false, true},
    };
    struct resource posts = posts_resource();

    (void)state;
    posts.shown = (struct texts){names, 3};
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        posts.showing = SHOW_SCHEMA;
        assert_int_equal(projection_reaches(&arena, &posts, tests[i].path), tests[i].of_schema);
        posts.showing = SHOW_LISTED;
        assert_int_equal(projection_reaches(&arena, &posts, tests[i].path), tests[i].of_listed);
        posts.showing = SHOW_UNLISTED;
        assert_int_equal(projection_reaches(&arena, &posts, tests[i].path), tests[i].of_unlisted);
    }
}

static char *many_fields(int count)
{
    struct buf text = {0};
    char *out;

    for (int i = 0; i < count; i++)
        buf_printf(&text, "%s\"f%d\":1", i ? "," : "{", i);
    buf_puts(&text, "}");
    out = arena_copy(&arena, text.data, text.len);
    buf_release(&text);
    return out;
}

static void test_what_is_no_projection_is_refused(void **state)
{
    const char *const texts[] = {
        "bad",
        "[\"title\"]",
        "[]",
        "5",
        "null",
        "\"title\"",
        "{\"title\":1",
        "{title:1}",
        "{\"title\":\"1\"}",
        "{\"title\":null}",
        "{\"title\":[]}",
        "{\"title\":{\"$slice\":1}}",
        "{\"$where\":1}",
        "{\"title.$\":1}",
        "{\"title\":1,\"title\":0}",
        "{\"title\\u0000x\":1}",
        " ",
        "\xff",
        many_fields(201),
    };
    const struct resource posts = posts_resource();

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct projection projection;
        struct error err = {0};

        if (projection_parse(&arena, &posts, texts[i], &projection, &err))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(err.kind, ERROR_INVALID);
    }
    assert_int_equal(strlen(projected(&posts, many_fields(200))), 890);
}

/* -- embedded ---------------------------------------------------------------------------------- */

static const char *embedded(const struct resource *resource, const char *text)
{
    struct texts paths;
    struct error err;

    if (!embedded_parse(&arena, resource, text, &paths, &err))
        fail_msg("%s: %s", text, err.message);
    return joined(&paths);
}

static void test_embeddable_references_are_embedded_when_asked_for(void **state)
{
    static const struct meaning tests[] = {
        {NULL, ""},
        {"", ""},
        {"{}", ""},
        {"{\"ref\":1}", "ref"},
        {"{\"ref\":true,\"refs\":1.0}", "ref,refs"},
        {"{\"ref\":0,\"refs\":false}", ""},
        {"{\"ref\":2,\"refs\":\"1\",\"meta.owner\":null}", ""},
        {"{\"closed\":1,\"title\":1,\"bogus\":1,\"meta\":1}", ""},
        {"{\"meta.owner\":1}", "meta.owner"},
        {"{\"ref.boss\":1}", ""},
        {"{\"ref.boss\":1,\"ref\":1}", "ref,ref.boss"},
        {"{\"meta.owner.boss\":1,\"meta.owner\":1,\"refs\":1}", "refs,meta.owner,meta.owner.boss"},
        {"{\"ref.boss.boss\":1,\"ref.boss\":1,\"ref\":1}", "ref,ref.boss,ref.boss.boss"},
        {"{\"ref.boss.boss\":1,\"ref\":1}", "ref"},
        {"{\"refs.boss\":1,\"refs\":1}", "refs,refs.boss"},
        {"{\"ref.name\":1,\"ref\":1}", "ref"},
        {"{\"\":1,\".\":1,\"ref.\":1,\".ref\":1,\"ref\\u0000\":1}", ""},
        {"{\"$where\":1}", ""},
    };
    const struct resource posts = posts_resource();

    (void)state;
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        assert_string_equal(embedded(&posts, tests[i].text), tests[i].means);
}

static void test_the_resources_own_are_embedded_unless_switched_off(void **state)
{
    static const char *const own[] = {"ref", "ref.boss", "closed"};
    static const struct meaning tests[] = {
        {NULL, "ref,ref.boss"},          {"{\"refs\":1}", "ref,refs,ref.boss"},
        {"{\"ref\":1}", "ref,ref.boss"}, {"{\"ref\":0}", ""},
        {"{\"ref.boss\":false}", "ref"}, {"{\"ref\":\"x\"}", "ref,ref.boss"},
    };
    struct resource posts = posts_resource();

    (void)state;
    posts.embedded_fields = (struct texts){own, 3};
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        assert_string_equal(embedded(&posts, tests[i].text), tests[i].means);
}

static void test_what_embeds_nothing_is_refused(void **state)
{
    const char *const texts[] = {"bad",  "[]",           "[\"ref\"]",  "5",
                                 "null", "\"ref\"",      "{\"ref\":1", "{\"ref\":1,\"ref\":0}",
                                 " ",    many_fields(33)};
    const struct resource posts = posts_resource();

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct texts paths;
        struct error err = {0};

        if (embedded_parse(&arena, &posts, texts[i], &paths, &err))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(err.kind, ERROR_INVALID);
    }
}

static void test_references_are_followed_only_so_far(void **state)
{
    const struct resource posts = posts_resource();

    (void)state;
    assert_string_equal(
        embedded(&posts, "{\"ref\":1,\"ref.boss\":1,\"ref.boss.boss\":1,\"ref.boss.boss.boss\":1,"
                         "\"ref.boss.boss.boss.boss\":1,\"ref.boss.boss.boss.boss.boss\":1}"),
        "ref,ref.boss,ref.boss.boss,ref.boss.boss.boss");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_one_makes_a_projection_inclusive),
        cmocka_unit_test(test_meta_fields_cannot_be_dropped),
        cmocka_unit_test(test_only_what_the_server_shows_may_be_asked_about),
        cmocka_unit_test(test_what_is_no_projection_is_refused),
        cmocka_unit_test(test_embeddable_references_are_embedded_when_asked_for),
        cmocka_unit_test(test_the_resources_own_are_embedded_unless_switched_off),
        cmocka_unit_test(test_what_embeds_nothing_is_refused),
        cmocka_unit_test(test_references_are_followed_only_so_far),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
