/* SPDX-License-Identifier: MIT */
#include "../template.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../clock.h"

struct author {
    const char *name;
    int karma;
};

struct post {
    const char *id;
    const char *title;
    const char *url;
    const char *domain;
    int64_t score;
    int comments;
    bool liked;
    double ratio;
    int64_t made;
    const void *author;
    struct list topics;
};

struct page {
    const char *heading;
    const char *user;
    bool more;
    struct list posts;
};

static const struct field author_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct author, name), NULL},
    {"karma", FIELD_INT, offsetof(struct author, karma), NULL},
};
static const struct record author_record = RECORD(struct author, author_fields);

static const struct field post_fields[] = {
    {"id", FIELD_TEXT, offsetof(struct post, id), NULL},
    {"title", FIELD_TEXT, offsetof(struct post, title), NULL},
    {"url", FIELD_TEXT, offsetof(struct post, url), NULL},
    {"domain", FIELD_TEXT, offsetof(struct post, domain), NULL},
    {"score", FIELD_INT64, offsetof(struct post, score), NULL},
    {"comments", FIELD_INT, offsetof(struct post, comments), NULL},
    {"ratio", FIELD_DOUBLE, offsetof(struct post, ratio), NULL},
    {"made", FIELD_TIME, offsetof(struct post, made), NULL},
    {"liked", FIELD_BOOL, offsetof(struct post, liked), NULL},
    {"author", FIELD_RECORD, offsetof(struct post, author), &author_record},
    {"topics", FIELD_TEXTS, offsetof(struct post, topics), NULL},
};
static const struct record post_record = RECORD(struct post, post_fields);

static const struct field page_fields[] = {
    {"heading", FIELD_TEXT, offsetof(struct page, heading), NULL},
    {"user", FIELD_TEXT, offsetof(struct page, user), NULL},
    {"more", FIELD_BOOL, offsetof(struct page, more), NULL},
    {"posts", FIELD_LIST, offsetof(struct page, posts), &post_record},
};
static const struct record page_record = RECORD(struct page, page_fields);

static const struct author ann = {"Ann <a>", 12};
static const char *const topics[] = {"c", "web"};
static const struct post posts[] = {
    {"1", "One & two", "/x?a=1&b=2", "self", -5, 3, true, 0.25, 1367409600000, &ann, {topics, 2}},
    {"2", "", NULL, "", INT64_MIN, 0, false, 3, 0, NULL, {NULL, 0}},
};
static const struct page page = {"Front", NULL, true, {posts, 2}};

static void assert_renders(const char *text, const char *expected)
{
    struct template_source source = {"page", text, strlen(text)};
    struct error err = {0};
    struct templates *templates = templates_from_memory(&source, 1, false, &err);
    struct buf out = {0};

    assert_non_null(templates);
    assert_true(template_render(templates_get(templates, "page", &err),
                                template_record(&page_record, &page), &out, &err));
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
    templates_close(templates);
}

static void test_members_render_by_their_type(void **state)
{
    (void)state;
    assert_renders("{{#posts}}{{title}}|{{url}}|{{score}}|{{comments}}|{{ratio}}|{{made}}|{{liked}}"
                   "|{{author}}|{{topics}}\n{{/posts}}",
                   "One &amp; two|/x?a=1&amp;b=2|-5|3|0.25|2013-05-01T12:00:00.000Z|true||\n"
                   "||-9223372036854775808|0|3|1970-01-01T00:00:00.000Z|false||\n");
}

static void test_sections_take_zero_empty_and_null_for_false(void **state)
{
    (void)state;
    assert_renders("{{#posts}}{{#title}}t{{/title}}{{#url}}u{{/url}}{{#score}}s{{/score}}"
                   "{{#comments}}c{{/comments}}{{#ratio}}r{{/ratio}}{{#made}}m{{/made}}"
                   "{{#liked}}l{{/liked}}{{#author}}a{{/author}}{{^topics}}none{{/topics}};"
                   "{{/posts}}",
                   "tuscrmla;srnone;");
}

static void test_nested_structs_and_lists_are_reached(void **state)
{
    (void)state;
    assert_renders("{{#posts}}{{author.name}} {{author.karma}} {{#author}}{{name}} of {{title}}"
                   "{{/author}}{{#topics}}[{{.}}{{id}}]{{/topics}}{{author.none.x}};{{/posts}}",
                   "Ann &lt;a&gt; 12 Ann &lt;a&gt; of One &amp; two[c1][web1];  ;");
}

static void test_names_are_found_further_out(void **state)
{
    (void)state;
    assert_renders("{{#posts}}{{heading}}{{id}}{{nothing}}{{^user}}-{{/user}}{{/posts}}{{title}}",
                   "Front1-Front2-");
}

static void test_one_tag_may_meet_different_structs(void **state)
{
    struct template_source source = {"page", "{{name}}{{title}}", 17};
    struct error err = {0};
    struct templates *templates = templates_from_memory(&source, 1, false, &err);
    const struct template *template = templates_get(templates, "page", &err);
    struct buf out = {0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(template_render(template, template_record(&author_record, &ann), &out, &err));
        assert_true(
            template_render(template, template_record(&post_record, &posts[0]), &out, &err));
    }
    assert_string_equal(buf_text(&out), "Ann &lt;a&gt;One &amp; twoAnn &lt;a&gt;One &amp; two");
    buf_release(&out);
    templates_close(templates);
}

static const char front[] =
    "<!doctype html>\n<title>{{heading}}</title>\n<ul>\n{{#posts}}\n"
    "  <li data-post-id=\"{{id}}\">\n    <a href=\"{{url}}\">{{title}}</a> ({{domain}})\n"
    "    <span>{{score}} points, {{comments}} comments, {{ratio}}</span>\n"
    "    <time>{{made}}</time> by {{author.name}}{{#liked}} liked{{/liked}}\n  </li>\n"
    "{{/posts}}\n</ul>\n";

static void *render_often(void *arg)
{
    const struct template *template = arg;
    struct post many[12];
    struct page whole = {"Front", NULL, true, {many, 12}};
    struct error err = {0};
    struct buf out = {0};
    size_t len = 0;

    for (int i = 0; i < 12; i++)
        many[i] = posts[0];
    for (int i = 0; i < 2000; i++) {
        out.len = 0;
        if (!template_render(template, template_record(&page_record, &whole), &out, &err))
            return NULL;
        if (len && out.len != len)
            return NULL;
        len = out.len;
    }
    buf_release(&out);
    return arg;
}

static void test_page_renders_in_microseconds_and_in_two_threads(void **state)
{
    struct template_source source = {"page", front, sizeof(front) - 1};
    struct error err = {0};
    struct templates *templates = templates_from_memory(&source, 1, false, &err);
    void *template = (void *)(uintptr_t)templates_get(templates, "page", &err);
    int64_t start = clock_monotonic_us();
    pthread_t other;
    void *result;

    (void)state;
    assert_ptr_equal(render_often(template), template);
    print_message("12 posts of 10 members: %d ns\n", (int)((clock_monotonic_us() - start) / 2));
    assert_int_equal(pthread_create(&other, NULL, render_often, template), 0);
    assert_ptr_equal(render_often(template), template);
    assert_int_equal(pthread_join(other, &result), 0);
    assert_ptr_equal(result, template);
    templates_close(templates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_render_by_their_type),
        cmocka_unit_test(test_sections_take_zero_empty_and_null_for_false),
        cmocka_unit_test(test_nested_structs_and_lists_are_reached),
        cmocka_unit_test(test_names_are_found_further_out),
        cmocka_unit_test(test_one_tag_may_meet_different_structs),
        cmocka_unit_test(test_page_renders_in_microseconds_and_in_two_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
