/* SPDX-License-Identifier: MIT */
#include "../../lib/call_private.h"
#include "render_fixture.h"

#include "../reply.h"
#include "../reply_private.h"

static const struct server_settings server_settings = {.public_prefix = ""};
static const struct app app = {.name = "test", .on_error = reply_error};

/* A request that is being answered. */
struct asking {
    struct fixture *f;
    struct rest rest;
    struct app app;
    struct server server;
    struct conn conn;
    struct call call;
};

static int begin(void **state)
{
    struct asking *asking = calloc(1, sizeof(*asking));
    void *f;

    assert_non_null(asking);
    make_fixture(&f);
    asking->f = f;
    asking->f->settings.standard_errors = true;
    asking->rest.settings = &asking->f->settings;
    asking->app = app;
    asking->app.context = &asking->rest;
    asking->server.settings = &server_settings;
    asking->server.app = &asking->app;
    *state = asking;
    return 0;
}

static void forget(struct asking *asking)
{
    arena_release(&asking->call.arena);
    buf_release(&asking->call.out);
    memset(&asking->call, 0, sizeof(asking->call));
}

static int end(void **state)
{
    struct asking *asking = *state;
    void *f = asking->f;

    forget(asking);
    free(asking);
    return release_fixture(&f);
}

/* `GET /?pretty` with an Accept header unless NULL. */
static struct call *ask(struct asking *asking, const char *what, const char *accept)
{
    static const struct head_limits limits = {1000, 10000};
    struct call *call = &asking->call;
    struct error err;
    char *raw;

    forget(asking);
    call->server = &asking->server;
    call->conn = &asking->conn;
    call->reply.last = &call->reply.headers;
    memcpy(call->id, "id1", 4);
    raw = arena_printf(&call->arena, "%s HTTP/1.1\r\nHost: h\r\n%s%s\r\n\r\n", what,
                       accept ? "Accept: " : "X: ", accept ? accept : "y");
    assert_int_equal(head_parse(raw, strlen(raw), &limits, &call->head, NULL), 0);
    for (size_t i = 0; i < call->head.count; i++)
        ((char *)(uintptr_t)call->head.fields[i].value.at)[call->head.fields[i].value.len] = '\0';
    call->method = method_read(call->head.method);
    if (call->head.query.at)
        assert_true(form_parse(&call->arena,
                               (struct form_text){call->head.query.at, call->head.query.len, false},
                               &call->query, &err));
    return call;
}

static const char *body_of(struct call *call)
{
    return arena_copy(&call->arena, call->reply.bytes, call->reply.len);
}

static const char *answer(struct asking *asking, const char *what, const char *accept,
                          const char *json)
{
    struct call *call = ask(asking, what, accept);

    assert_int_equal(reply_json(call, 200, (struct list){json, strlen(json)}), REPLIED);
    return body_of(call);
}

static void test_plain_json_goes_out_as_it_is(void **state)
{
    static const char json[] = "{\"b\":1,\"a\":2}";
    struct asking *asking = *state;
    struct call *call = ask(asking, "GET /", "*/*");

    assert_false(reply_is_shaped(call));
    reply_json(call, 201, (struct list){json, strlen(json)});
    assert_ptr_equal(call->reply.bytes, json);
    assert_int_equal(call->reply.status, 201);
    assert_string_equal(call->reply.type, "application/json");
}

static void test_pretty_indents_by_four_on_get(void **state)
{
    struct asking *asking = *state;
    const char *json = "{\"a\":[1,{\"b\":\"x\\\",[\"}],\"c\":{},\"d\":[ ], \"e\":null}";
    const char *pretty = "{\n    \"a\": [\n        1,\n        {\n            \"b\": \"x\\\",[\"\n"
                         "        }\n    ],\n    \"c\": {},\n    \"d\": [],\n    \"e\": null\n}";

    assert_string_equal(answer(asking, "GET /?pretty", NULL, json), pretty);
    assert_true(reply_is_shaped(&asking->call));
    assert_string_equal(answer(asking, "HEAD /?pretty=0", NULL, json), pretty);
    assert_string_equal(answer(asking, "POST /?pretty", NULL, json), json);
}

static void test_deep_nesting_is_not_indented_without_end(void **state)
{
    struct buf json = {0}, out = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        buf_byte(&json, '[');
    buf_byte(&json, '1');
    for (int i = 0; i < 1000; i++)
        buf_byte(&json, ']');
    json_indent((struct list){json.data, json.len}, &out);
    assert_true(out.len < 2000 * (4 * JSON_MAX_INDENT + 2));
    out.len = 0;
    json_indent((struct list){"]}\"\\", 4}, &out); /* no JSON at all */
    assert_string_equal(buf_text(&out), "\n]\n}\"\\");
    buf_release(&json);
    buf_release(&out);
}

static void test_names_are_sorted_where_the_settings_say_so(void **state)
{
    struct asking *asking = *state;

    asking->f->settings.sort_keys = true;
    assert_string_equal(answer(asking, "GET /", NULL,
                               "{\"b\":[{\"z\":1.50,\"\\u00e9\":\"\\ud83d\\ude00\"},true,null],"
                               "\"a\":{},\"aa\":[],\"B\":-1}"),
                        "{\"B\":-1,\"a\":{},\"aa\":[],\"b\":[{\"z\":1.50,\"\\u00e9\":"
                        "\"\\ud83d\\ude00\"},true,null]}");
    assert_string_equal(answer(asking, "GET /?pretty", NULL, "{\"b\":1,\"a\":2}"),
                        "{\n    \"a\": 2,\n    \"b\": 1\n}");
}

static void test_jsonp_wraps_in_a_call(void **state)
{
    struct asking *asking = *state;

    asking->f->settings.jsonp = "cb";
    assert_string_equal(answer(asking, "GET /?cb=$my.Fun_1", NULL, "{}"), "$my.Fun_1({})");
    assert_string_equal(asking->call.reply.type, "application/json");
    assert_string_equal(answer(asking, "GET /?cb=f&pretty", NULL, "[1]"), "f([\n    1\n])");
    assert_string_equal(answer(asking, "GET /", NULL, "{}"), "{}");
    assert_string_equal(answer(asking, "GET /?cb=f", "text/xml", "{}"), "<resource></resource>");
    asking->f->settings.jsonp = NULL;
    assert_string_equal(answer(asking, "GET /?cb=f", NULL, "{}"), "{}");
}

static void test_a_callback_that_is_no_name_is_refused(void **state)
{
    static const char *const bad[] = {"",     "1a",  ".a",    "a(b",          "a-b",
                                      "a%20", "a;b", "a%0ab", "%3Cscript%3E", "%C3%A9"};
    struct asking *asking = *state;

    asking->f->settings.jsonp = "cb";
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char what[60];

        snprintf(what, sizeof(what), "GET /?cb=%s", bad[i]);
        assert_non_null(strstr(answer(asking, what, NULL, "{}"), "\"code\":400"));
        assert_int_equal(asking->call.reply.status, 400);
        assert_memory_equal(asking->call.reply.bytes, "{\"_status\"", 10);
    }
}

static void test_accept_chooses_xml(void **state)
{
    static const struct {
        const char *accept, *type;
    } cases[] = {
        {NULL, "application/json"},
        {"text/html", "application/json"},
        {"nonsense", "application/json"},
        {"application/xml", "application/xml; charset=utf-8"},
        {"text/xml", "text/xml; charset=utf-8"},
        {"application/x-xml", "application/x-xml; charset=utf-8"},
        {"application/json;q=0.5,text/xml;q=0.6", "text/xml; charset=utf-8"},
        {"application/json,text/xml", "application/json"},
        {"application/xml;q=0", "application/json"},
    };
    struct asking *asking = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        answer(asking, "GET /", cases[i].accept, "{}");
        assert_string_equal(asking->call.reply.type, cases[i].type);
        assert_int_equal(reply_is_shaped(&asking->call), strstr(cases[i].type, "xml") != NULL);
    }
}

static void test_settings_choose_among_the_types(void **state)
{
    struct asking *asking = *state;

    asking->f->settings.json = false;
    assert_string_equal(answer(asking, "GET /", "application/json", "{}"), "<resource></resource>");
    assert_string_equal(asking->call.reply.type, "application/xml; charset=utf-8");
    answer(asking, "GET /", "text/xml", "{}");
    assert_string_equal(asking->call.reply.type, "text/xml; charset=utf-8");
    asking->f->settings.json = true;
    asking->f->settings.xml = false;
    assert_string_equal(answer(asking, "GET /", "application/xml", "{}"), "{}");
}

static void test_what_cannot_be_shaped_is_sent_plain(void **state)
{
    struct asking *asking = *state;
    char deep[250];

    memset(deep, '[', 124);
    memset(deep + 124, ']', 124);
    deep[248] = '\0';
    assert_string_equal(answer(asking, "GET /", "text/xml", deep), deep);
    assert_string_equal(asking->call.reply.type, "application/json");
    asking->f->settings.sort_keys = true;
    assert_string_equal(answer(asking, "GET /", NULL, deep), deep);
}

static const char *failed(struct asking *asking, const char *what, const char *accept,
                          enum error_kind kind)
{
    struct call *call = ask(asking, what, accept);
    struct error err = {0};

    fail(&err, kind, "the \"secret\"");
    err.retry_after_s = 7;
    assert_int_equal(call_fail(call, &err), REPLIED);
    return body_of(call);
}

static void test_errors_have_eves_shape(void **state)
{
    struct asking *asking = *state;

    assert_string_equal(
        failed(asking, "GET /", NULL, ERROR_NOT_FOUND),
        "{\"_status\":\"ERR\",\"_error\":{\"code\":404,\"message\":\"the \\\"secret\\\"\"}}");
    assert_int_equal(asking->call.reply.status, 404);
    assert_string_equal(failed(asking, "GET /", "text/xml", ERROR_INVALID),
                        "<resource><_error><code>400</code><message>the &#34;secret&#34;</message>"
                        "</_error><_status>ERR</_status></resource>");
    asking->f->settings.jsonp = "cb";
    assert_memory_equal(failed(asking, "GET /?cb=f", NULL, ERROR_INVALID), "f({", 3);
}

static void test_errors_inside_tell_the_calls_id_alone(void **state)
{
    static const enum error_kind kinds[] = {ERROR_INTERNAL, ERROR_BUSY, ERROR_TIMEOUT,
                                            ERROR_UPSTREAM};
    struct asking *asking = *state;

    for (size_t i = 0; i < 4; i++) {
        const char *body = failed(asking, "GET /", NULL, kinds[i]);

        assert_null(strstr(body, "secret"));
        assert_non_null(strstr(body, "id1"));
    }
    assert_string_equal(failed(asking, "GET /", NULL, ERROR_INTERNAL),
                        "{\"_status\":\"ERR\",\"_error\":{\"code\":500,\"message\":\"Internal "
                        "Server Error (call id1)\"}}");
    failed(asking, "GET /", NULL, ERROR_BUSY);
    assert_string_equal(asking->call.reply.headers->name.base, "retry-after");
    assert_string_equal(asking->call.reply.headers->value.base, "7");
}

static void test_errors_can_be_pages(void **state)
{
    struct asking *asking = *state;

    asking->f->settings.standard_errors = false;
    assert_string_equal(failed(asking, "GET /", NULL, ERROR_NOT_FOUND),
                        "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n"
                        "<h1>Not Found</h1>\n<p>the &#34;secret&#34;</p>\n");
    assert_string_equal(asking->call.reply.type, "text/html; charset=utf-8");
}

#define REPLIES(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLIES(test_plain_json_goes_out_as_it_is),
        REPLIES(test_pretty_indents_by_four_on_get),
        cmocka_unit_test(test_deep_nesting_is_not_indented_without_end),
        REPLIES(test_names_are_sorted_where_the_settings_say_so),
        REPLIES(test_jsonp_wraps_in_a_call),
        REPLIES(test_a_callback_that_is_no_name_is_refused),
        REPLIES(test_accept_chooses_xml),
        REPLIES(test_settings_choose_among_the_types),
        REPLIES(test_what_cannot_be_shaped_is_sent_plain),
        REPLIES(test_errors_have_eves_shape),
        REPLIES(test_errors_inside_tell_the_calls_id_alone),
        REPLIES(test_errors_can_be_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
