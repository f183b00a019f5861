/* SPDX-License-Identifier: MIT */
/* What a call does without a connection: reading what was asked, making replies, finding routes. */
#include "../call_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* ours */

#include <stdlib.h>
#include <string.h>

static const struct server_settings settings = {.public_prefix = "/likes"};
static const struct app app = {.name = "test"};
static struct server server = {.settings = &settings, .app = &app};
static struct conn conn = {.door = DOOR_MAIN};

/* A call as call_read() leaves it. */
static struct call *call_of(const char *raw)
{
    static const struct head_limits limits = {1000, 10000};
    struct call *call = calloc(1, sizeof(*call));
    char *copy;

    assert_non_null(call);
    call->server = &server;
    call->conn = &conn;
    call->reply.last = call->begun = call->headers_before = &call->reply.headers;
    memcpy(call->id, "id", 3);
    copy = arena_text(&call->arena, raw);
    assert_int_equal(head_parse(copy, strlen(copy), &limits, &call->head, NULL), 0);
    for (size_t i = 0; i < call->head.count; i++)
        ((char *)call->head.fields[i].value.at)[call->head.fields[i].value.len] = '\0';
    if (call->head.query.at) {
        struct error err;

        assert_true(form_parse(&call->arena,
                               (struct form_text){call->head.query.at, call->head.query.len, false},
                               &call->query, &err));
    }
    return call;
}

static void done(struct call *call)
{
    arena_release(&call->arena);
    buf_release(&call->out);
    free(call);
}

static const char *header_of(struct call *call, const char *name)
{
    for (struct line *line = call->reply.headers; line; line = line->next)
        if (line->name.len == strlen(name) && memcmp(line->name.base, name, line->name.len) == 0)
            return line->value.base;
    return NULL;
}

#define GET_HEAD(more)                                                                             \
    "GET /a/b?x=1&big=9223372036854775807&y=%20 HTTP/1.1\r\nHost: h\r\n" more "\r\n"

static void test_path_and_target_are_raw(void **state)
{
    struct call *call = call_of(GET_HEAD(""));

    (void)state;
    assert_string_equal(call_path(call), "/a/b");
    assert_string_equal(call_target(call), "/a/b?x=1&big=9223372036854775807&y=%20");
    assert_string_equal(call_method(call), "GET");
    assert_string_equal(call_query(call, "y"), " ");
    assert_null(call_query(call, "z"));
    done(call);
}

static void test_number_is_read_within_its_range_or_refused(void **state)
{
    struct call *call = call_of(GET_HEAD(""));
    struct error err;
    int64_t n;

    (void)state;
    assert_true(call_query_int(call, "x", (struct int_range){1, 2, 2}, &n, &err));
    assert_int_equal(n, 1);
    assert_true(call_query_int(call, "none", (struct int_range){1, 2, 7}, &n, &err));
    assert_int_equal(n, 7);
    assert_true(call_query_int(call, "big", (struct int_range){0, INT64_MAX, 0}, &n, &err));
    assert_true(n == INT64_MAX);
    assert_false(call_query_int(call, "x", (struct int_range){2, 3, 2}, &n, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_false(call_query_int(call, "y", (struct int_range){0, 3, 2}, &n, &err));
    done(call);
}

static void test_cookie_is_found_by_its_whole_name(void **state)
{
    struct call *call = call_of(GET_HEAD("Cookie: ab=1; a=2 ;c=\"3\"\r\nCOOKIE: d=4; empty=\r\n"));

    (void)state;
    assert_string_equal(call_cookie(call, "a"), "2");
    assert_string_equal(call_cookie(call, "ab"), "1");
    assert_string_equal(call_cookie(call, "c"), "3");
    assert_string_equal(call_cookie(call, "d"), "4");
    assert_string_equal(call_cookie(call, "empty"), "");
    assert_null(call_cookie(call, "b"));
    done(call);
}

static void test_header_is_found_in_any_case(void **state)
{
    struct call *call = call_of(GET_HEAD("X-Thing:  one \r\nX-Thing: two\r\nX-None:\r\n"));

    (void)state;
    assert_string_equal(call_header(call, "x-tHING"), "one");
    assert_string_equal(call_header(call, "X-None"), "");
    assert_null(call_header(call, "Thing"));
    done(call);
}

static void test_error_reply_is_a_problem_with_the_calls_id(void **state)
{
    struct call *call = call_of(GET_HEAD(""));
    struct error err;

    (void)state;
    fail(&err, ERROR_BUSY, "too \"much\"");
    err.retry_after_s = 7;
    assert_int_equal(call_fail(call, &err), REPLIED);
    assert_int_equal(call->reply.status, 503);
    assert_string_equal(header_of(call, "retry-after"), "7");
    assert_string_equal(
        buf_text(&call->out),
        "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
        "\"detail\":\"too \\\"much\\\"\",\"instance\":\"id\"}\n");
    assert_null(call->reply.internal);
    done(call);
}

static void test_internal_error_is_kept_for_the_log(void **state)
{
    struct call *call = call_of(GET_HEAD(""));
    struct error err;

    (void)state;
    fail(&err, ERROR_INTERNAL, "disk on fire");
    call->writing = true;
    call_fail(call, &err);
    assert_string_equal(call->reply.internal, "disk on fire");
    assert_null(strstr(buf_text(&call->out), "fire"));
    assert_true(call->undo);
    call_forget_reply(call);
    assert_int_equal(call->reply.status, 0);
    assert_null(call->reply.headers);
    assert_false(call->undo);
    done(call);
}

static void test_redirect_gets_the_prefix_and_never_leaves(void **state)
{
    struct call *call = call_of(GET_HEAD(""));

    (void)state;
    call_redirect(call, 303, "/posts/1?a=b");
    assert_string_equal(header_of(call, "location"), "/likes/posts/1?a=b");
    call_forget_reply(call);
    call_redirect(call, 303, "/a b?q=\xC3\xBC%20");
    assert_string_equal(header_of(call, "location"), "/likes/a%20b?q=%C3%BC%20");
    call_forget_reply(call);
    call_redirect(call, 303, "//evil.example");
    assert_string_equal(header_of(call, "location"), "/likes/");
    done(call);
}

static void test_the_last_header_is_what_a_proxy_added(void **state)
{
    struct call *call = call_of(GET_HEAD("X-By: client\r\nA: b\r\nx-by: proxy\r\nC: d\r\n"));

    (void)state;
    assert_string_equal(call_header(call, "x-by"), "client");
    assert_string_equal(call_header_last(call, "X-By"), "proxy");
    assert_string_equal(call_header_last(call, "a"), "b");
    assert_null(call_header_last(call, "x-b"));
    done(call);
}

static void test_cookie_is_written_safely_or_not_at_all(void **state)
{
    struct call *call = call_of(GET_HEAD(""));

    (void)state;
    call_set_cookie(call, &(struct cookie){"a", "b; Domain=x", -1, false});
    call_set_cookie(call, &(struct cookie){"a", "b\r\nx: y", -1, false});
    assert_null(call->reply.headers);
    call_set_cookie(call, &(struct cookie){"a", "b", -1, true});
    assert_string_equal(header_of(call, "set-cookie"),
                        "a=b; Path=/; HttpOnly; SameSite=Lax; Secure");
    call_forget_reply(call);
    call_set_cookie(call, &(struct cookie){"a", "", 0, false});
    assert_string_equal(header_of(call, "set-cookie"),
                        "a=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    done(call);
}

/* -- routes */

static struct entry entries[] = {
    {.route = {"GET", "/", NULL, READS, NULL}},
    {.route = {"GET", "/posts/:id", NULL, READS, NULL}},
    {.route = {"POST", "/posts/:id/like", NULL, READS, NULL}},
    {.route = {"GET", "/posts/new", NULL, READS, NULL}},
    {.route = {"DELETE", "/posts/:id", NULL, READS, NULL}},
    {.route = {"GET", "/find/", NULL, READS, NULL}},
    {.route = {"GET", "/find/:words", NULL, READS, NULL}},
};

static struct match find(struct arena *arena, enum method method, const char *path)
{
    struct router *router = router_new();
    struct match match;

    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
        router_add(router, &entries[i]);
    router_done(router);
    router_match(router, arena, method, (struct span){path, strlen(path)}, &match);
    if (match.allow)
        match.allow = arena_text(arena, match.allow);
    router_free(router);
    return match;
}

static void test_route_is_found_with_its_parameters(void **state)
{
    struct arena arena = {0};
    struct match match;

    (void)state;
    assert_ptr_equal(find(&arena, GET, "/").entry, &entries[0]);
    match = find(&arena, HEAD, "/posts/a%20b");
    assert_ptr_equal(match.entry, &entries[1]);
    assert_string_equal(match.values[0], "a b");
    match = find(&arena, POST, "/posts/new/like");
    assert_ptr_equal(match.entry, &entries[2]);
    assert_string_equal(match.values[0], "new");
    assert_ptr_equal(find(&arena, GET, "/posts/new").entry, &entries[3]);
    assert_ptr_equal(find(&arena, GET, "/find/").entry, &entries[5]);
    assert_ptr_equal(find(&arena, GET, "/find/x").entry, &entries[6]);
    arena_release(&arena);
}

static void test_missing_route_says_why(void **state)
{
    struct arena arena = {0};
    struct match match;

    (void)state;
    assert_int_equal(find(&arena, GET, "/find").status, 404);
    assert_int_equal(find(&arena, GET, "/posts").status, 404);
    assert_int_equal(find(&arena, GET, "/posts/").status, 404);
    assert_int_equal(find(&arena, GET, "/posts/a/b/c").status, 404);
    assert_int_equal(find(&arena, GET, "//").status, 404);
    assert_int_equal(find(&arena, GET, "/%zz").status, 400);
    assert_int_equal(find(&arena, GET, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18").status,
                     404);
    match = find(&arena, POST, "/posts/1");
    assert_null(match.entry);
    assert_int_equal(match.status, 405);
    assert_string_equal(match.allow, "GET, HEAD, DELETE, OPTIONS");
    assert_int_equal(find(&arena, OPTIONS, "/posts/1").status, 200);
    assert_int_equal(find(&arena, OPTIONS, "*").status, 200);
    assert_int_equal(find(&arena, GET, "*").status, 400);
    arena_release(&arena);
}

static void test_methods_are_told_apart_by_case(void **state)
{
    (void)state;
    assert_int_equal(method_read((struct span){"GET", 3}), GET);
    assert_int_equal(method_read((struct span){"get", 3}), OTHER);
    assert_int_equal(method_read((struct span){"GETS", 4}), OTHER);
    assert_int_equal(method_read((struct span){"OPTIONS", 7}), OPTIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_and_target_are_raw),
        cmocka_unit_test(test_number_is_read_within_its_range_or_refused),
        cmocka_unit_test(test_cookie_is_found_by_its_whole_name),
        cmocka_unit_test(test_header_is_found_in_any_case),
        cmocka_unit_test(test_error_reply_is_a_problem_with_the_calls_id),
        cmocka_unit_test(test_internal_error_is_kept_for_the_log),
        cmocka_unit_test(test_redirect_gets_the_prefix_and_never_leaves),
        cmocka_unit_test(test_the_last_header_is_what_a_proxy_added),
        cmocka_unit_test(test_cookie_is_written_safely_or_not_at_all),
        cmocka_unit_test(test_route_is_found_with_its_parameters),
        cmocka_unit_test(test_missing_route_says_why),
        cmocka_unit_test(test_methods_are_told_apart_by_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
