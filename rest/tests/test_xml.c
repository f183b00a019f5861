/* SPDX-License-Identifier: MIT */
#include "render_fixture.h"

#include "../reply.h"
#include "../xml_private.h"

static const char *xml(struct fixture *f, const char *json)
{
    struct error err = {0};

    f->out.len = 0;
    if (!xml_from_json(&f->settings.names, json, strlen(json), &f->out, &err)) {
        print_error("%s\n", err.message);
        abort();
    }
    return buf_text(&f->out);
}

static void test_an_item_is_a_resource_with_its_link(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        xml(f, "{\"_id\":\"1\",\"title\":\"t\",\"tags\":[\"t0\",\"all\"],\"no\":[],\"_links\":{"
               "\"self\":{\"title\":\"Post\",\"href\":\"posts/1\"},\"parent\":{\"title\":\"home\","
               "\"href\":\"/\"},\"collection\":{\"title\":\"posts\",\"href\":\"posts\"}}}"),
        "<resource href=\"posts/1\"  title=\"Post\" ><link rel=\"collection\" href=\"posts\" "
        "title=\"posts\" /><link rel=\"parent\" href=\"/\" title=\"home\" /><_id>1</_id>"
        "<tags>t0</tags><tags>all</tags><title>t</title></resource>");
}

static void test_a_page_has_meta_and_resources(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        xml(f, "{\"_items\":[{\"a\":1},{\"_links\":{\"self\":{\"href\":\"p/1\"}}}],\"_links\":{},"
               "\"_meta\":{\"total\":2,\"page\":1}}"),
        "<resource><_meta><page>1</page><total>2</total></_meta><resource><a>1</a></resource>"
        "<resource href=\"p/1\" ></resource></resource>");
    assert_string_equal(xml(f, "[{\"a\":1}]"),
                        "<resource><resource><a>1</a></resource></resource>");
}

static void test_errors_are_told_beside_items_too(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        xml(f, "{\"_status\":\"ERR\",\"_error\":{\"code\":404,\"message\":\"no <such>\"}}"),
        "<resource><_error><code>404</code><message>no &lt;such&gt;</message></_error>"
        "<_status>ERR</_status></resource>");
    assert_string_equal(
        xml(f, "{\"_status\":\"ERR\",\"_items\":[{\"_status\":\"OK\"}],\"_error\":{\"code\":422}}"),
        "<resource><resource><_status>OK</_status></resource><_error><code>422</code></_error>"
        "<_status>ERR</_status></resource>");
}

static void test_related_links_become_attributes(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        xml(f, "{\"a\":\"x\",\"ab\":5,\"b\":[1,2,3],\"_links\":{\"related\":{\"b\":[{\"href\":"
               "\"h1\",\"title\":\"T\"},{\"href\":\"h2\",\"title\":\"U\"}],\"a\":{\"href\":\"h\","
               "\"title\":\"V\"}}}}"),
        "<resource><a href=\"h\" title=\"V\">x</a><ab>5</ab><b href=\"h1\" title=\"T\">1</b>"
        "<b href=\"h2\" title=\"U\">2</b><b>3</b></resource>");
}

static void test_values_are_as_python_writes_them(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        xml(f, "{\"a\":true,\"b\":false,\"c\":null,\"d\":1.5,\"e\":{\"z\":1,\"y\":[[1,2],[]]}}"),
        "<resource><a>True</a><b>False</b><c>None</c><d>1.5</d>"
        "<e><y><y>1</y><y>2</y></y><y></y><z>1</z></e></resource>");
    assert_string_equal(xml(f, "{}"), "<resource></resource>");
    assert_string_equal(xml(f, "\"x\""), "<resource><_items>x</_items></resource>");
}

static void test_texts_cannot_break_out(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        xml(f, "{\"a\":\"</a><b c='d' e=\\\"f\\\">&amp;]]>\\r\\n\",\"_links\":{\"self\":{\"href\":"
               "\"\\\" x=\\\"\",\"title\":\"<'\"}}}"),
        "<resource href=\"&#34; x=&#34;\"  title=\"&lt;&#39;\" ><a>&lt;/a&gt;&lt;b c=&#39;d&#39; "
        "e=&#34;f&#34;&gt;&amp;amp;]]&gt;&#13;\n</a></resource>");
    assert_string_equal(xml(f, "{\"a\":\"\\u0000\\u0008\\u001f\\t\\uffff\\ud83d\\ude00\"}"),
                        "<resource><a>\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\t\xEF\xBF\xBD"
                        "\xF0\x9F\x98\x80</a></resource>");
}

static void test_names_are_mended(void **state)
{
    static const struct {
        const char *key, *name;
    } cases[] = {
        {"", "_"},
        {"a b", "a_b"},
        {"1st", "_1st"},
        {"-x", "_-x"},
        {"a><script>", "a__script_"},
        {"a:b", "a_b"},
        {"\\u00e9t\\u00e9", "\xC3\xA9t\xC3\xA9"},
        {"x\\u0000y", "x_y"},
        {"\\ud83d\\ude00", "\xF0\x9F\x98\x80"},
        {"\\u00d7", "_"},
        {"a/b=\\\"c\\\"", "a_b__c_"},
    };
    struct fixture *f = *state;
    char json[100], expected[100];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(json, sizeof(json), "{\"%s\":1}", cases[i].key);
        snprintf(expected, sizeof(expected), "<resource><%s>1</%s></resource>", cases[i].name,
                 cases[i].name);
        assert_string_equal(xml(f, json), expected);
    }
}

static void test_what_only_looks_like_links_is_a_field(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(xml(f, "{\"_links\":\"x\"}"), "<resource><_links>x</_links></resource>");
    assert_string_equal(xml(f, "{\"a\":{\"_links\":{\"self\":1}}}"),
                        "<resource><a><_links><self>1</self></_links></a></resource>");
    assert_string_equal(xml(f, "{\"_links\":{\"related\":[1]},\"_items\":[1],\"_meta\":2}"),
                        "<resource><_items>1</_items><_links><related>1</related></_links>"
                        "<_meta>2</_meta></resource>");
    assert_string_equal(xml(f, "{\"a\":{\"_links\":{\"<\":{\"href\":\"h\"}},\"b\":1}}"),
                        "<resource><a><b>1</b><link rel=\"&lt;\" href=\"h\" /></a></resource>");
}

static void test_long_names_of_long_lists_are_given_up(void **state)
{
    struct fixture *f = *state;
    struct buf json = {0};
    struct error err = {0};

    buf_puts(&json, "{\"");
    for (int i = 0; i < 100000; i++)
        buf_byte(&json, 'k');
    buf_puts(&json, "\":[1");
    for (int i = 0; i < 10000; i++)
        buf_puts(&json, ",1");
    buf_puts(&json, "]}");
    assert_false(xml_from_json(&f->settings.names, json.data, json.len, &f->out, &err));
    assert_int_equal(err.kind, ERROR_TOO_LARGE);
    assert_true(f->out.len < XML_MAX_BYTES + 1000000);
    buf_release(&json);
}

static void test_what_is_no_json_is_no_xml(void **state)
{
    static const char *const texts[] = {"", "{", "{\"a\":}", "[1]]"};
    struct fixture *f = *state;
    struct error err = {0};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        f->out.len = 0;
        assert_false(xml_from_json(&f->settings.names, texts[i], strlen(texts[i]), &f->out, &err));
        assert_int_equal(err.kind, ERROR_INVALID);
    }
}

#define WRITES_XML(test) cmocka_unit_test_setup_teardown(test, make_fixture, release_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITES_XML(test_an_item_is_a_resource_with_its_link),
        WRITES_XML(test_a_page_has_meta_and_resources),
        WRITES_XML(test_errors_are_told_beside_items_too),
        WRITES_XML(test_related_links_become_attributes),
        WRITES_XML(test_values_are_as_python_writes_them),
        WRITES_XML(test_texts_cannot_break_out),
        WRITES_XML(test_names_are_mended),
        WRITES_XML(test_what_only_looks_like_links_is_a_field),
        WRITES_XML(test_long_names_of_long_lists_are_given_up),
        WRITES_XML(test_what_is_no_json_is_no_xml),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
