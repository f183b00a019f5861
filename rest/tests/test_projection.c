/* SPDX-License-Identifier: MIT */
/* Projections, and what is embedded. */
#include "../where.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

#include "resources.h"
#include "schema_weak.h"

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

/* "+title,meta-meta.lang" for inclusive ones, "-title" for others. */
static const char *projected(const struct resource *resource, const char *text)
{
    struct projection projection;
    struct error err;

    if (!projection_parse(&arena, resource, text, &projection, &err))
        fail_msg("%s: %s", text, err.message);
    return arena_printf(&arena, "%s%s%s%s", projection.inclusive ? "+" : "-",
                        joined(&projection.paths), projection.hidden.count ? "-" : "",
                        joined(&projection.hidden));
}

struct projecting {
    const char *text;
    const char *means;
};

static void check(const struct resource *resource, const struct projecting *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(projected(resource, tests[i].text), tests[i].means);
}
#define CHECK(resource, tests) check(resource, tests, sizeof(tests) / sizeof(tests[0]))

#define ALL "title,author,score,rate,at,ref,closed,mixed,tags,refs,meta,comments"

static void test_a_projection_stays_within_the_schema(void **state)
{
    static const struct projecting tests[] = {
        {NULL, "+" ALL},
        {"", "+" ALL},
        {"{}", "+" ALL},
        {"{\"title\":1}", "+title"},
        {"{\"title\":true,\"score\":2}", "+title,score"},
        {"{\"title\":1,\"score\":0}", "+title"},
        {"{\"meta.lang\":1}", "+meta.lang"},
        {"{\"bogus\":1}", "+"},
        {"{\"bogus\":1,\"title\":1}", "+title"},
        {"{\"titles\":1,\"titl\":1}", "+"},
        {"{\"_id\":1}", "+"},
        {"{\"_id\":1,\"title\":0}", "+"},
        {"{\"_id\":0,\"_etag\":0,\"_created\":0,\"_updated\":0,\"_links\":0}", "+" ALL},
        {"{\"rate\":0,\"at\":0,\"ref\":0,\"closed\":0,\"mixed\":0,\"tags\":0,\"refs\":0}",
         "+title,author,score,meta,comments-rate,at,ref,closed,mixed,tags,refs"},
        {"{\"\":1}", "+"},
    };
    const struct resource posts = posts_resource();

    (void)state;
    CHECK(&posts, tests);
}

static void test_where_anything_is_allowed_anything_is_shown(void **state)
{
    static const struct projecting tests[] = {
        {NULL, "-"},
        {"{\"bogus\":1}", "+bogus"},
        {"{\"title\":0,\"meta.lang\":false}", "-title,meta.lang"},
        {"{\"_deleted\":0,\"_version\":0}", "-_deleted,_version"},
    };
    static const struct projecting with_more[] = {
        {"{\"_deleted\":0,\"_version\":0,\"_latest_version\":0}", "-"},
    };
    struct resource posts = posts_resource();

    (void)state;
    posts.schema.allow_unknown = true;
    CHECK(&posts, tests);
    posts.soft_delete = posts.versioning = true;
    CHECK(&posts, with_more);
    posts.schema.allow_unknown = false;
    posts.any_schema = true;
    CHECK(&posts, with_more);
}

static void test_what_the_server_does_not_list_cannot_be_had(void **state)
{
    static const char *const names[] = {"title", "meta.lang", "meta.deep", "_id"};
    static const struct projecting tests[] = {
        {NULL, "+title,meta.lang,meta.deep"},
        {"{\"author\":1}", "+"},
        {"{\"author\":1,\"title\":1}", "+title"},
        {"{\"meta\":1}", "+meta.lang,meta.deep"},
        {"{\"meta\":1,\"meta.lang\":1}", "+meta.lang,meta.deep"},
        {"{\"meta.when\":1}", "+"},
        {"{\"meta.lang.x\":1}", "+meta.lang.x"},
        {"{\"meta.langs\":1}", "+"},
        {"{\"author\":0}", "+title,meta.lang,meta.deep-author"},
        {"{\"meta\":0}", "+title-meta"},
        {"{\"meta.deep.x\":0}", "+title,meta.lang,meta.deep-meta.deep.x"},
    };
    struct resource posts = posts_resource();

    (void)state;
    posts.showing = SHOW_LISTED;
    posts.shown = (struct texts){names, 4};
    CHECK(&posts, tests);
}

static void test_what_the_server_hides_cannot_be_had(void **state)
{
    static const char *const names[] = {"author", "meta.lang"};
    static const struct projecting tests[] = {
        {NULL, "-author,meta.lang"},
        {"{\"author\":1}", "+-author,meta.lang"},
        {"{\"author.x\":1,\"title\":1}", "+title-author,meta.lang"},
        {"{\"meta\":1}", "+meta-author,meta.lang"},
        {"{\"meta.lang\":1,\"meta.when\":1}", "+meta.when-author,meta.lang"},
        {"{\"title\":0}", "-author,meta.lang,title"},
        {"{\"author\":0}", "-author,meta.lang,author"},
    };
    struct resource posts = posts_resource();

    (void)state;
    posts.showing = SHOW_UNLISTED;
    posts.shown = (struct texts){names, 2};
    CHECK(&posts, tests);
}

static void test_the_id_field_is_always_shown(void **state)
{
    static const struct projecting tests[] = {
        {"{\"title\":0,\"author\":1}", "+author"},
        {"{\"title\":1}", "+"},
    };
    struct resource posts = posts_resource();

    (void)state;
    posts.id_field = "title";
    CHECK(&posts, tests);
}

static void test_a_path_tells_what_is_shown_there(void **state)
{
    const char *const paths[] = {"title", "meta", "comments.text"};
    const char *const hidden[] = {"meta.lang", "meta.a.b"};
    const struct projection shows = {true, {paths, 3}, {hidden, 2}};
    const struct projection hides = {.paths = {hidden, 2}};

    (void)state;
    assert_int_equal(projection_at(&shows, "title"), SHOWN);
    assert_int_equal(projection_at(&shows, "title.x"), SHOWN);
    assert_int_equal(projection_at(&shows, "titles"), SHOWN_NOT);
    assert_int_equal(projection_at(&shows, "author"), SHOWN_NOT);
    assert_int_equal(projection_at(&shows, "meta"), SHOWN_PARTLY);
    assert_int_equal(projection_at(&shows, "meta.lang"), SHOWN_NOT);
    assert_int_equal(projection_at(&shows, "meta.lang.x"), SHOWN_NOT);
    assert_int_equal(projection_at(&shows, "meta.a"), SHOWN_PARTLY);
    assert_int_equal(projection_at(&shows, "meta.c"), SHOWN);
    assert_int_equal(projection_at(&shows, "comments"), SHOWN_PARTLY);
    assert_int_equal(projection_at(&shows, "comments.text"), SHOWN);
    assert_int_equal(projection_at(&shows, "comments.at"), SHOWN_NOT);
    assert_int_equal(projection_at(&hides, "title"), SHOWN);
    assert_int_equal(projection_at(&hides, "meta"), SHOWN_PARTLY);
    assert_int_equal(projection_at(&hides, "meta.a.b"), SHOWN_NOT);
    assert_true(projection_reaches(&arena, &shows, "comments.0.text"));
    assert_false(projection_reaches(&arena, &hides, "meta.0.lang"));
    assert_false(projection_reaches(&arena, &hides, "meta.0"));
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
    assert_string_equal(projected(&posts, many_fields(200)), "+");
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
    static const struct projecting tests[] = {
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
    static const struct projecting tests[] = {
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
        cmocka_unit_test(test_a_projection_stays_within_the_schema),
        cmocka_unit_test(test_where_anything_is_allowed_anything_is_shown),
        cmocka_unit_test(test_what_the_server_does_not_list_cannot_be_had),
        cmocka_unit_test(test_what_the_server_hides_cannot_be_had),
        cmocka_unit_test(test_the_id_field_is_always_shown),
        cmocka_unit_test(test_a_path_tells_what_is_shown_there),
        cmocka_unit_test(test_what_is_no_projection_is_refused),
        cmocka_unit_test(test_embeddable_references_are_embedded_when_asked_for),
        cmocka_unit_test(test_the_resources_own_are_embedded_unless_switched_off),
        cmocka_unit_test(test_what_embeds_nothing_is_refused),
        cmocka_unit_test(test_references_are_followed_only_so_far),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
