/* SPDX-License-Identifier: MIT */
#include "render_fixture.h"

#include "../../lib/json.h"

#define META                                                                                       \
    "\"_updated\":\"Mon, 01 Jan 2024 00:00:00 GMT\",\"_created\":\"Thu, 01 Jan 1970 00:00:00 "     \
    "GMT\",\"_etag\":\"" ETAG "\""
#define SELF "\"_links\":{\"self\":{\"title\":\"Post\",\"href\":\"posts/7\"}"

static const char *kept(struct fixture *f, const char *json)
{
    return shown(f, &(struct view){.resource = &f->posts, .links = true}, json);
}

static void test_fields_come_in_stored_order_between_id_and_meta(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(kept(f, "{\"score\":1,\"_id\":7,\"title\":\"t\",\"tags\":[\"a\",\"b\"]}"),
                        "{\"_id\":7,\"score\":1,\"title\":\"t\",\"tags\":[\"a\",\"b\"]," META
                        "," SELF "}}");
    assert_string_equal(kept(f, "{\"_id\":{\"$oid\":\"" A_ID "\"}}"),
                        "{\"_id\":\"" A_ID "\"," META
                        ",\"_links\":{\"self\":{\"title\":\"Post\",\"href\":\"posts/" A_ID "\"}}}");
}

static void test_names_and_link_base_come_from_the_settings(void **state)
{
    struct fixture *f = *state;

    f->settings.names.updated = "changed\"";
    f->settings.names.created = "made";
    f->settings.names.etag = "tag";
    f->settings.names.links = "to";
    f->settings.link_base = "https://a/\xC3\xA9/";
    f->posts.url = "the \"posts\"";
    assert_string_equal(kept(f, "{\"_id\":7}"),
                        "{\"_id\":7,\"changed\\\"\":\"Mon, 01 Jan 2024 00:00:00 GMT\",\"made\":"
                        "\"Thu, 01 Jan 1970 00:00:00 GMT\",\"tag\":\"" ETAG "\",\"to\":{\"self\":"
                        "{\"title\":\"Post\",\"href\":\"https://a/\\u00e9/the "
                        "\\\"posts\\\"/7\"}}}");
}

static void test_what_is_switched_off_is_not_shown(void **state)
{
    struct fixture *f = *state;

    f->posts.if_match = false;
    f->posts.hateoas = false;
    assert_string_equal(kept(f, "{\"_id\":7,\"_etag\":\"old\"}"),
                        "{\"_id\":7,\"_updated\":\"Mon, 01 Jan 2024 00:00:00 GMT\","
                        "\"_created\":\"Thu, 01 Jan 1970 00:00:00 GMT\"}");
}

static void test_only_fields_of_the_schema_are_shown(void **state)
{
    struct fixture *f = *state;
    const char *json = "{\"_id\":7,\"title\":\"t\",\"other\":1,\"score\":2}";

    assert_string_equal(kept(f, json),
                        "{\"_id\":7,\"title\":\"t\",\"score\":2," META "," SELF "}}");
    f->posts.schema.allow_unknown = true;
    assert_non_null(strstr(kept(f, json), "\"other\":1"));
    f->posts.schema.allow_unknown = false;
    f->posts.any_schema = true;
    assert_non_null(strstr(kept(f, json), "\"other\":1"));
    f->posts.auth_field = "other";
    assert_null(strstr(kept(f, json), "\"other\""));
    f->posts.auth_field = "score";
    assert_non_null(strstr(kept(f, json), "\"score\":2"));
}

static void test_listed_and_unlisted_fields(void **state)
{
    static const char *const paths[] = {"loc.city", "title", "tags.x"};
    struct fixture *f = *state;
    const char *json = "{\"_id\":7,\"title\":\"t\",\"other\":1,\"loc\":{\"city\":\"c\",\"zip\":9},"
                       "\"tags\":[1,{\"x\":1,\"y\":2},[{\"x\":3}]]}";

    f->posts.shown = (struct texts){paths, 3};
    f->posts.showing = SHOW_LISTED;
    assert_string_equal(kept(f, json), "{\"_id\":7,\"title\":\"t\",\"loc\":{\"city\":\"c\"},"
                                       "\"tags\":[{\"x\":1},[{\"x\":3}]]," META "," SELF "}}");
    f->posts.showing = SHOW_UNLISTED;
    assert_string_equal(kept(f, json), "{\"_id\":7,\"other\":1,\"loc\":{\"zip\":9},"
                                       "\"tags\":[1,{\"y\":2},[{}]]," META "," SELF "}}");
}

static const char *projected(struct fixture *f, bool inclusive, const char *path, const char *json)
{
    const struct projection projection = {inclusive, {&path, 1}};

    return shown(f, &(struct view){.resource = &f->posts, .projection = &projection}, json);
}

static void test_a_client_sees_less_never_more(void **state)
{
    static const char *const hidden[] = {"score", "loc.zip"};
    struct fixture *f = *state;
    const char *json = "{\"_id\":7,\"title\":\"t\",\"score\":1,\"loc\":{\"city\":\"c\",\"zip\":9,"
                       "\"a\":{\"b\":1}}}";

    assert_string_equal(projected(f, true, "title", json), "{\"_id\":7,\"title\":\"t\"," META "}");
    assert_string_equal(projected(f, false, "loc", json),
                        "{\"_id\":7,\"title\":\"t\",\"score\":1," META "}");
    assert_string_equal(projected(f, true, "loc.a.b", json),
                        "{\"_id\":7,\"loc\":{\"a\":{\"b\":1}}," META "}");
    assert_string_equal(projected(f, true, "loc.a.b.c", json),
                        "{\"_id\":7,\"loc\":{\"a\":{}}," META "}");
    assert_string_equal(projected(f, true, "title.x", json), "{\"_id\":7," META "}");
    assert_string_equal(projected(f, true, "nothing", json), "{\"_id\":7," META "}");
    assert_non_null(strstr(projected(f, false, "_id", json), "\"_id\":7"));
    assert_non_null(strstr(projected(f, false, "_etag", json), ETAG));
    f->posts.shown = (struct texts){hidden, 2};
    f->posts.showing = SHOW_UNLISTED;
    assert_string_equal(projected(f, true, "score", json), "{\"_id\":7," META "}");
    assert_string_equal(projected(f, true, "loc", json),
                        "{\"_id\":7,\"loc\":{\"city\":\"c\",\"a\":{\"b\":1}}," META "}");
    assert_string_equal(projected(f, false, "loc.city", json),
                        "{\"_id\":7,\"title\":\"t\",\"loc\":{\"a\":{\"b\":1}}," META "}");
}

static void test_versions_are_told_once(void **state)
{
    struct fixture *f = *state;
    struct view view = {.resource = &f->posts, .links = true};

    f->posts.versioning = true;
    f->posts.any_schema = true;
    assert_string_equal(shown(f, &view, "{\"_id\":7,\"_version\":3,\"title\":\"t\"}"),
                        "{\"_id\":7,\"title\":\"t\"," META
                        ",\"_version\":3,\"_latest_version\":3," SELF "}}");
    assert_non_null(strstr(shown(f, &view, "{\"_id\":7}"), "\"_version\":1,\"_latest_version\":1"));
    view.latest_version = 5;
    assert_string_equal(shown(f, &view, "{\"_id\":7,\"_version\":3}"),
                        "{\"_id\":7," META ",\"_version\":3,\"_latest_version\":5,\"_links\":{"
                        "\"self\":{\"title\":\"Post\",\"href\":\"posts/7?version=3\"}}}");
}

static void test_deleted_is_told_once_true_or_false(void **state)
{
    struct fixture *f = *state;
    struct document document = document_of(f, "{\"_id\":7,\"_deleted\":true}");

    f->posts.soft_delete = true;
    f->posts.any_schema = true;
    assert_non_null(strstr(kept(f, "{\"_id\":7}"), ETAG "\",\"_deleted\":false,\"_links\""));
    document = document_of(f, "{\"_id\":7,\"_deleted\":true}");
    document.deleted = true;
    f->out.len = 0;
    render_kept(&f->posts, &document, &f->out);
    assert_string_equal(buf_text(&f->out), "{\"_id\":7," META ",\"_deleted\":true," SELF "}}");
}

static void test_references_with_a_value_are_linked(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        kept(f, "{\"_id\":7,\"readers\":[{\"$oid\":\"" A_ID "\"},null,{\"$oid\":\"" B_ID "\"}],"
                "\"author_ref\":{\"$oid\":\"" A_ID "\"}}"),
        "{\"_id\":7,\"readers\":[\"" A_ID "\",null,\"" B_ID "\"],\"author_ref\":\"" A_ID "\"," META
        "," SELF ",\"related\":{\"author_ref\":{\"title\":\"Author\",\"href\":\"authors/" A_ID
        "\"},\"readers\":[{\"title\":\"Author\",\"href\":\"authors/" A_ID
        "\"},{\"title\":\"Author\",\"href\":\"authors/" B_ID "\"}]}}}");
    assert_null(strstr(kept(f, "{\"_id\":7,\"author_ref\":null,\"readers\":[]}"), "related"));
    assert_null(strstr(kept(f, "{\"_id\":7,\"readers\":[null,[1]]}"), "related"));
    assert_null(strstr(kept(f, "{\"_id\":7}"), "related"));
}

static void test_hidden_references_are_not_linked(void **state)
{
    static const char *const hidden = "author_ref";
    struct fixture *f = *state;

    f->posts.showing = SHOW_UNLISTED;
    f->posts.shown = (struct texts){&hidden, 1};
    assert_null(strstr(kept(f, "{\"_id\":7,\"author_ref\":1}"), "author"));
}

static void test_references_lead_by_their_field(void **state)
{
    struct fixture *f = *state;

    f->to_author.field = "name";
    assert_non_null(strstr(kept(f, "{\"_id\":7,\"author_ref\":\"a b\"}"),
                           "\"related\":{\"author_ref\":{\"title\":\"Author\",\"href\":\"authors/"
                           "a%20b\"}}}}"));
    f->to_author.version = true;
    assert_non_null(strstr(kept(f, "{\"_id\":7,\"author_ref\":{\"name\":\"n\",\"_version\":2}}"),
                           "\"href\":\"authors/n\""));
    assert_null(strstr(kept(f, "{\"_id\":7,\"author_ref\":{\"_version\":2}}"), "related"));
}

static void test_addresses_of_items(void **state)
{
    struct fixture *f = *state;
    struct document document =
        document_of(f, "{\"_id\":7,\"title\":\"a b\",\"author_ref\":{\"$oid\":\"" A_ID "\"}}");

    render_item_href(&f->posts, &document, &f->out);
    assert_string_equal(buf_text(&f->out), "posts/7");
    f->out.len = 0;
    f->posts.id_field = "title";
    f->posts.url = "authors/<author_ref>/posts";
    f->posts.parent_fields[0] = "author_ref";
    f->posts.parent_count = 1;
    render_item_href(&f->posts, &document, &f->out);
    assert_string_equal(buf_text(&f->out), "authors/" A_ID "/posts/a%20b");
    assert_non_null(strstr(kept(f, "{\"_id\":7,\"title\":\"t\",\"author_ref\":5}"),
                           "\"href\":\"authors/5/posts/t\""));
}

static void test_a_document_without_an_id_has_no_links(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(kept(f, "{\"title\":\"t\"}"), "{\"title\":\"t\"," META "}");
    assert_string_equal(kept(f, "{}"), "{" META "}");
    f->posts.id_field = "title";
    assert_string_equal(kept(f, "{\"_id\":7}"), "{\"_id\":7," META "}");
}

static void test_broken_bson_ends_the_fields_not_the_json(void **state)
{
    struct fixture *f = *state;
    struct arena arena = {0};
    struct document document;
    struct error err;
    struct json json;
    uint8_t bytes[200];

    f->posts.any_schema = true;
    document = document_of(f, "{\"_id\":7,\"title\":\"text\",\"loc\":{\"a\":[1,2,\"x\"]},\"n\":1}");
    memcpy(bytes, document.bson, document.len);
    document.bson = bytes;
    for (size_t i = 4; i < document.len; i++) {
        uint8_t kept_byte = bytes[i];

        bytes[i] = 0xFF;
        f->out.len = 0;
        render_kept(&f->posts, &document, &f->out);
        assert_true(json_parse(&arena, f->out.data, f->out.len, &json, &err));
        bytes[i] = kept_byte;
    }
    arena_release(&arena);
}

static void test_the_shape_tells_what_shapes(void **state)
{
    struct fixture *f = *state;
    uint64_t shapes[16];
    size_t count = 0;

    shapes[count++] = render_shape(&f->posts);
    assert_int_equal(render_shape(&f->posts), shapes[0]);
    f->settings.date_format = "%Y";
    shapes[count++] = render_shape(&f->posts);
    f->settings.link_base = "/";
    shapes[count++] = render_shape(&f->posts);
    f->settings.names.etag = "tag";
    shapes[count++] = render_shape(&f->posts);
    f->posts.showing = SHOW_LISTED;
    shapes[count++] = render_shape(&f->posts);
    f->posts.shown = (struct texts){&f->posts.name, 1};
    shapes[count++] = render_shape(&f->posts);
    f->posts.auth_field = "owner";
    shapes[count++] = render_shape(&f->posts);
    f->posts.soft_delete = true;
    shapes[count++] = render_shape(&f->posts);
    f->posts.schema.count--;
    shapes[count++] = render_shape(&f->posts);
    f->authors.item_title = "Writer";
    shapes[count++] = render_shape(&f->posts);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(shapes[i] != shapes[j]);
}

#define RENDERS(test) cmocka_unit_test_setup_teardown(test, make_fixture, release_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENDERS(test_fields_come_in_stored_order_between_id_and_meta),
        RENDERS(test_names_and_link_base_come_from_the_settings),
        RENDERS(test_what_is_switched_off_is_not_shown),
        RENDERS(test_only_fields_of_the_schema_are_shown),
        RENDERS(test_listed_and_unlisted_fields),
        RENDERS(test_a_client_sees_less_never_more),
        RENDERS(test_versions_are_told_once),
        RENDERS(test_deleted_is_told_once_true_or_false),
        RENDERS(test_references_with_a_value_are_linked),
        RENDERS(test_hidden_references_are_not_linked),
        RENDERS(test_references_lead_by_their_field),
        RENDERS(test_addresses_of_items),
        RENDERS(test_a_document_without_an_id_has_no_links),
        RENDERS(test_broken_bson_ends_the_fields_not_the_json),
        RENDERS(test_the_shape_tells_what_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
