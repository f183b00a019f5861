/* SPDX-License-Identifier: MIT */
#include "render_fixture.h"

#include "../written.h"

#define POST                                                                                       \
    "{\"_id\":{\"$oid\":\"" A_ID                                                                   \
    "\"},\"title\":\"a\",\"score\":1,\"author_ref\":{\"$oid\":\"" B_ID "\"}}"
#define META                                                                                       \
    "\"_updated\":\"Mon, 01 Jan 2024 00:00:00 GMT\","                                              \
    "\"_created\":\"Thu, 01 Jan 1970 00:00:00 GMT\",\"_etag\":\"" ETAG "\""
#define LINKS                                                                                      \
    "\"_links\":{\"self\":{\"title\":\"Post\",\"href\":\"posts/" A_ID "\"},\"related\":{"          \
    "\"author_ref\":{\"title\":\"Author\",\"href\":\"authors/" B_ID "\"}}}"

struct place {
    struct fixture *fixture;
    struct arena arena;
    struct issues issues[3];
};

static int open_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    make_fixture((void **)&place->fixture);
    place->fixture->posts.bandwidth_saver = true;
    place->fixture->settings.validation_status = 422;
    for (size_t i = 0; i < 3; i++)
        issues_init(&place->issues[i], &place->arena);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    release_fixture((void **)&place->fixture);
    arena_release(&place->arena);
    free(place);
    return 0;
}

static const char *written(struct place *place, const char *json)
{
    struct document document = document_of(place->fixture, json);

    place->fixture->out.len = 0;
    written_document(&place->fixture->posts, &document, &place->fixture->out);
    return buf_text(&place->fixture->out);
}

static void test_what_the_server_gave_is_told_and_no_more(void **state)
{
    assert_string_equal(written(*state, POST),
                        "{\"_id\":\"" A_ID "\"," META "," LINKS ",\"_status\":\"OK\"}");
}

static void test_extra_fields_are_told_too(void **state)
{
    struct place *place = *state;
    const char *const extra[] = {"score", "missing"};

    place->fixture->posts.extra_response_fields = (struct texts){extra, 2};
    assert_string_equal(written(place, POST),
                        "{\"_id\":\"" A_ID "\",\"score\":1," META "," LINKS ",\"_status\":\"OK\"}");
}

static void test_all_is_told_without_a_bandwidth_saver(void **state)
{
    struct place *place = *state;

    place->fixture->posts.bandwidth_saver = false;
    assert_string_equal(written(place, POST),
                        "{\"_id\":\"" A_ID "\",\"title\":\"a\",\"score\":1,\"author_ref\":\"" B_ID
                        "\"," META "," LINKS ",\"_status\":\"OK\"}");
}

static void test_names_are_the_settings_own(void **state)
{
    struct place *place = *state;
    struct names *names = &place->fixture->settings.names;

    names->status = "state";
    names->status_ok = "well \"done\"";
    place->fixture->posts.hateoas = false;
    assert_string_equal(written(place, POST),
                        "{\"_id\":\"" A_ID "\"," META ",\"state\":\"well \\\"done\\\"\"}");
}

static void test_several_are_wrapped(void **state)
{
    struct place *place = *state;
    struct document document = document_of(place->fixture, "{\"_id\":1}");
    struct document documents[] = {document, document};

    place->fixture->posts.hateoas = false;
    written_documents(&place->fixture->posts, documents, 2, &place->fixture->out);
    assert_string_equal(buf_text(&place->fixture->out),
                        "{\"_status\":\"OK\",\"_items\":[{\"_id\":1," META ",\"_status\":\"OK\"},"
                        "{\"_id\":1," META ",\"_status\":\"OK\"}]}");
}

static void test_issues_of_a_change_have_no_error(void **state)
{
    struct place *place = *state;

    issues_add(&place->issues[0], "title", "min length is %d", 1);
    written_issues(&place->fixture->posts, place->issues, &place->fixture->out);
    assert_string_equal(buf_text(&place->fixture->out),
                        "{\"_status\":\"ERR\",\"_issues\":{\"title\":\"min length is 1\"}}");
}

static void test_issues_of_an_insert_have_one(void **state)
{
    struct place *place = *state;

    place->fixture->posts.issues_as_list = true;
    place->fixture->settings.validation_status = 400;
    issues_add(&place->issues[0], "title", "required field");
    written_failure(&place->fixture->posts, place->issues, 1, &place->fixture->out);
    assert_string_equal(buf_text(&place->fixture->out),
                        "{\"_status\":\"ERR\",\"_issues\":{\"title\":[\"required field\"]},"
                        "\"_error\":{\"code\":400,\"message\":"
                        "\"Insertion failure: 1 document(s) contain(s) error(s)\"}}");
}

static void test_good_ones_of_a_refused_batch_show_their_status_alone(void **state)
{
    struct place *place = *state;

    issues_add(&place->issues[1], "a", "one");
    issues_add(&place->issues[2], "b", "two");
    written_failure(&place->fixture->posts, place->issues, 3, &place->fixture->out);
    assert_string_equal(buf_text(&place->fixture->out),
                        "{\"_status\":\"ERR\",\"_items\":[{\"_status\":\"OK\"},"
                        "{\"_status\":\"ERR\",\"_issues\":{\"a\":\"one\"}},"
                        "{\"_status\":\"ERR\",\"_issues\":{\"b\":\"two\"}}],"
                        "\"_error\":{\"code\":422,\"message\":"
                        "\"Insertion failure: 2 document(s) contain(s) error(s)\"}}");
}

static void test_counts_are_told(void **state)
{
    struct place *place = *state;

    written_counts(&place->fixture->posts, 1234567890123, 0, &place->fixture->out);
    assert_string_equal(
        buf_text(&place->fixture->out),
        "{\"_status\":\"OK\",\"_meta\":{\"matched\":1234567890123,\"modified\":0}}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)
    const struct CMUnitTest tests[] = {
        TEST(test_what_the_server_gave_is_told_and_no_more),
        TEST(test_extra_fields_are_told_too),
        TEST(test_all_is_told_without_a_bandwidth_saver),
        TEST(test_names_are_the_settings_own),
        TEST(test_several_are_wrapped),
        TEST(test_issues_of_a_change_have_no_error),
        TEST(test_issues_of_an_insert_have_one),
        TEST(test_good_ones_of_a_refused_batch_show_their_status_alone),
        TEST(test_counts_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
