/* SPDX-License-Identifier: MIT */
#include "../template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../template_json.h"
#include "shared_data.h"

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct json json_of(const char *text)
{
    struct error err = {0};
    struct json value;

    if (!json_parse(&arena, text, strlen(text), &value, &err))
        fail_msg("%s: %s", text, err.message);
    return value;
}

/* Render sources[0]; NULL and err on failure. */
static char *rendered(const struct template_source *sources, size_t count, struct json data,
                      struct error *err)
{
    struct templates *templates = templates_from_memory(sources, count, true, err);
    const struct template *template;
    struct buf out = {0};
    char *text = NULL;

    if (!templates)
        return NULL;
    template = templates_get(templates, sources[0].name, err);
    assert_non_null(template);
    if (template_render(template, template_json(data), &out, err))
        text = arena_copy(&arena, out.data, out.len);
    buf_release(&out);
    templates_close(templates);
    return text;
}

static struct template_source source(const char *name, const char *text)
{
    return (struct template_source){name, text, strlen(text)};
}

static void assert_renders(const char *template, const char *data, const char *expected)
{
    struct template_source sources[] = {source("page", template)};
    struct error err = {0};
    char *text = rendered(sources, 1, json_of(data), &err);

    if (!text)
        fail_msg("%s: %s", template, err.message);
    assert_string_equal(text, expected);
}

static void assert_broken(const char *template, const char *message)
{
    struct template_source sources[] = {source("page", template)};
    struct error err = {0};

    assert_null(templates_from_memory(sources, 1, false, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_string_equal(err.message, message);
}

/* -- the public specification ------------------------------------------------------------------ */

static struct json member(struct json object, const char *key)
{
    struct json value;

    if (!json_get(object, key, &value))
        fail_msg("a test without %s", key);
    return value;
}

static void check_spec_test(const char *file, struct json test)
{
    struct template_source sources[8] = {0};
    struct json partials;
    struct json_iter iter;
    struct error err = {0};
    const char *expected = json_string(member(test, "expected"), NULL);
    size_t count = 1;
    char *text;

    sources[0].name = "the template";
    sources[0].text = json_string(member(test, "template"), &sources[0].len);
    if (json_get(test, "partials", &partials)) {
        json_each(partials, &iter);
        for (; json_next(&iter) && count < 8; count++) {
            sources[count].name = iter.key;
            sources[count].text = json_string(iter.value, &sources[count].len);
        }
    }
    text = rendered(sources, count, member(test, "data"), &err);
    if (!text || strcmp(text, expected) != 0)
        fail_msg("%s: %s: %s\n%s\ngave %s\nnot  %s", file, json_string(member(test, "name"), NULL),
                 err.message, sources[0].text, text ? text : "an error", expected);
}

static size_t check_spec_file(const char *file)
{
    const char *path = shared_path(&arena, arena_printf(&arena, "data/mustache/%s.json", file));
    struct file_bytes bytes = read_whole(&arena, path);
    struct error err = {0};
    struct json_iter iter;
    struct json spec;
    size_t count = 0;

    if (!bytes.data) {
        printf("skip: no %s\n", path);
        skip();
    }
    if (!json_parse(&arena, bytes.data, bytes.len, &spec, &err))
        fail_msg("%s: %s", file, err.message);
    json_each(member(spec, "tests"), &iter);
    for (; json_next(&iter); count++)
        check_spec_test(file, iter.value);
    return count;
}

static void test_public_specification_of_comments(void **state)
{
    (void)state;
    assert_int_equal(check_spec_file("comments"), 12);
}

static void test_public_specification_of_delimiters(void **state)
{
    (void)state;
    assert_int_equal(check_spec_file("delimiters"), 14);
}

static void test_public_specification_of_interpolation(void **state)
{
    (void)state;
    assert_int_equal(check_spec_file("interpolation"), 42);
}

static void test_public_specification_of_inverted_sections(void **state)
{
    (void)state;
    assert_int_equal(check_spec_file("inverted"), 22);
}

static void test_public_specification_of_partials(void **state)
{
    (void)state;
    assert_int_equal(check_spec_file("partials"), 12);
}

static void test_public_specification_of_sections(void **state)
{
    (void)state;
    assert_int_equal(check_spec_file("sections"), 34);
}

static void test_public_specification_of_inheritance(void **state)
{
    (void)state;
    assert_true(check_spec_file("~inheritance") > 20);
}

static void test_public_specification_of_dynamic_names(void **state)
{
    (void)state;
    assert_true(check_spec_file("~dynamic-names") > 15);
}

/* -- beyond it --------------------------------------------------------------------------------- */

static void test_all_five_characters_are_escaped(void **state)
{
    (void)state;
    assert_renders("<a title='{{x}}'>{{{x}}}{{&x}}", "{\"x\":\"a<b>&\\\"'c\"}",
                   "<a title='a&lt;b&gt;&amp;&quot;&#39;c'>a<b>&\"'ca<b>&\"'c");
}

/* HTML has no way to write them: neither as they are nor as references. */
static void test_characters_that_html_cannot_hold_are_replaced(void **state)
{
    (void)state;
    assert_renders("{{x}}|{{{x}}}", "{\"x\":\"a\\u0001\\u001b\\u007f\\t\\n\\r\"}",
                   "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\t\n\r|a\x01\x1b\x7f\t\n\r");
}

static void test_what_is_false_renders_the_inverted_section(void **state)
{
    static const char *const falses[] = {"null", "false", "\"\"", "[]", "0", "0.0"};
    static const char *const truths[] = {"true", "\" \"", "[0]", "1", "-0.5", "{}"};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        assert_renders("{{#v}}yes{{/v}}{{^v}}no{{/v}}",
                       arena_printf(&arena, "{\"v\":%s}", falses[i]), "no");
    for (size_t i = 0; i < 6; i++)
        assert_renders("{{#v}}yes{{/v}}{{^v}}no{{/v}}",
                       arena_printf(&arena, "{\"v\":%s}", truths[i]), "yes");
}

static void test_objects_and_lists_interpolate_as_nothing(void **state)
{
    (void)state;
    assert_renders("[{{a}}{{b}}{{.}}]", "{\"a\":{\"x\":1},\"b\":[1]}", "[]");
}

static void test_errors_name_file_and_line(void **state)
{
    (void)state;
    assert_broken("a\nb {{x", "page:2: this tag has no }}");
    assert_broken("{{{x}}", "page:1: this tag has no }}}");
    assert_broken("\n\n{{#a}}\n{{/b}}", "page:4: {{/b}} where {{/a}} is expected");
    assert_broken("\n{{#a}}\n\n", "page:2: {{a}} is never closed");
    assert_broken("x\n{{/a}}", "page:2: {{/a}} closes nothing");
    assert_broken("{{}}", "page:1: a tag without a name");
    assert_broken("{{ a b }}", "page:1: a name with a space in it");
    assert_broken("{{a..b}}", "page:1: a name with an empty part");
    assert_broken("{{a.}}", "page:1: a name with an empty part");
    assert_broken("{{=<%=}}",
                  "page:1: two delimiters of at most 16 bytes, without =, are expected");
    assert_broken("a\n  {{> lost}}", "page:2: there is no template lost");
    assert_broken("{{<lost}}{{/lost}}", "page:1: there is no template lost");
}

static void test_nesting_has_a_limit(void **state)
{
    struct buf text = {0};

    (void)state;
    for (int i = 0; i < 33; i++)
        buf_puts(&text, "{{#a}}");
    assert_broken(buf_text(&text), "page:1: more than 32 sections in one another");
    buf_release(&text);
}

static void test_endless_recursion_is_an_error_and_adds_nothing(void **state)
{
    struct template_source sources[] = {source("page", "x{{>page}}")};
    struct error err = {0};
    struct templates *templates = templates_from_memory(sources, 1, false, &err);
    const struct template *template = templates_get(templates, "page", &err);
    struct buf out = {0};

    (void)state;
    buf_puts(&out, "before");
    assert_false(template_render(template, template_json(json_of("{}")), &out, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_string_equal(buf_text(&out), "before");
    buf_release(&out);
    templates_close(templates);
}

static void test_given_block_may_hold_a_block_of_its_own_name(void **state)
{
    struct template_source sources[] = {
        source("page", "{{<base}}{{$a}}<{{$a}}own{{/a}}>{{/a}}{{/base}}"),
        source("base", "{{$a}}default{{/a}}"),
    };
    struct error err = {0};
    char *text = rendered(sources, 2, json_of("{}"), &err);

    (void)state;
    assert_non_null(text);
    assert_string_equal(text, "<own>");
}

static void test_layout_with_sections_keeps_its_lines(void **state)
{
    struct template_source sources[] = {
        source("page", "{{<base}}\n{{$title}}Posts{{/title}}\n{{$main}}\n<ul>\n{{#posts}}\n"
                       "  <li>{{.}}</li>\n{{/posts}}\n</ul>\n{{/main}}\n{{/base}}\n"),
        source("base", "<title>{{$title}}Decant{{/title}}</title>\n<main>\n  {{$main}}\n"
                       "  <p>nothing\n  {{/main}}\n</main>\n"),
    };
    struct error err = {0};
    char *text = rendered(sources, 2, json_of("{\"posts\":[\"a\\nb\",\"<\"]}"), &err);

    (void)state;
    assert_non_null(text);
    assert_string_equal(text, "<title>Posts</title>\n<main>\n  <ul>\n    <li>a\nb</li>\n"
                              "    <li>&lt;</li>\n  </ul>\n</main>\n");
}

static void test_default_of_a_block_renders_as_it_is_written(void **state)
{
    (void)state;
    assert_renders("<p>\n  {{$x}}\n      one\n\n    two\n  {{/x}}\n</p>", "{}",
                   "<p>\n      one\n\n    two\n</p>");
    assert_renders("a {{$x}}b{{/x}} c\n", "{}", "a b c\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_public_specification_of_comments, release),
        cmocka_unit_test_teardown(test_public_specification_of_delimiters, release),
        cmocka_unit_test_teardown(test_public_specification_of_interpolation, release),
        cmocka_unit_test_teardown(test_public_specification_of_inverted_sections, release),
        cmocka_unit_test_teardown(test_public_specification_of_partials, release),
        cmocka_unit_test_teardown(test_public_specification_of_sections, release),
        cmocka_unit_test_teardown(test_public_specification_of_inheritance, release),
        cmocka_unit_test_teardown(test_public_specification_of_dynamic_names, release),
        cmocka_unit_test_teardown(test_all_five_characters_are_escaped, release),
        cmocka_unit_test_teardown(test_characters_that_html_cannot_hold_are_replaced, release),
        cmocka_unit_test_teardown(test_what_is_false_renders_the_inverted_section, release),
        cmocka_unit_test_teardown(test_objects_and_lists_interpolate_as_nothing, release),
        cmocka_unit_test_teardown(test_errors_name_file_and_line, release),
        cmocka_unit_test_teardown(test_nesting_has_a_limit, release),
        cmocka_unit_test_teardown(test_endless_recursion_is_an_error_and_adds_nothing, release),
        cmocka_unit_test_teardown(test_given_block_may_hold_a_block_of_its_own_name, release),
        cmocka_unit_test_teardown(test_layout_with_sections_keeps_its_lines, release),
        cmocka_unit_test_teardown(test_default_of_a_block_renders_as_it_is_written, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
