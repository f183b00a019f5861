/* SPDX-License-Identifier: MIT */
/* Requests to a receiver on this machine that the guard is told to allow, and to ones it is not. */
#include "../outbound.h"
#include "../clock.h"
#include "receiver.h"

#include <dlfcn.h>
#include <netdb.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>

#include <cmocka.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

/* -- a name service of the test's own -----------------------------------------------------------
 */

static atomic_int lookups;
static sem_t released, left; /* posted for each look-up of late.test, and by it */

static int real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                            struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(host, port, hints, found);
}

/* In place of the C library's, for this program; names end in .test. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                struct addrinfo **found)
{
    if (hints->ai_flags & AI_NUMERICHOST)
        return real_getaddrinfo(host, port, hints, found);
    atomic_fetch_add(&lookups, 1);
    if (strcmp(host, "late.test") == 0) {
        sem_wait(&released);
        sem_post(&left);
    }
    if (strcmp(host, "mixed.test") == 0) {
        int status = real_getaddrinfo("93.184.215.14", port, hints, found);

        return status ? status : real_getaddrinfo("127.0.0.1", port, hints, &(*found)->ai_next);
    }
    if (strcmp(host, "none.test") == 0)
        return EAI_NONAME;
    /* Whoever asks a second time is led elsewhere. */
    return real_getaddrinfo(lookups == 1 ? "127.0.0.1" : "127.0.0.77", port, hints, found);
}

static char big[200 * 1024];
static char chunked[200 * 1024];
static char long_head[100 * 1024];

static const struct canned answers[] = {
    {.path = "/ok", .bytes = HEAD "Content-Length: 5\r\n\r\nhello"},
    {.path = "/ok?a=1", .bytes = HEAD "Content-Length: 5\r\n\r\nquery"},
    {.path = "/a/../%0d%0a", .bytes = HEAD "Content-Length: 3\r\n\r\nraw"},
    {.path = "/bare", .bytes = "HTTP/1.1 204 No Content\r\n\r\n"},
    {.path = "/away",
     .bytes = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
              "Content-Length: 0\r\n\r\n"},
    {.path = "/cookie", .bytes = "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"},
    {.path = "/silent", .bytes = "", .hold = true},
    {.path = "/drip", .bytes = HEAD "Content-Length: 5\r\n\r\nhe", .hold = true},
    {.path = "/cut", .bytes = HEAD "Content-Length: 5\r\n\r\nhe"},
    {.path = "/noise", .bytes = "this is not HTTP\r\n\r\n"},
    {.path = "/big", .bytes = big, .len = sizeof(big)},
    {.path = "/chunked", .bytes = chunked, .len = sizeof(chunked)},
    {.path = "/long-head", .bytes = long_head, .len = sizeof(long_head)},
    {0},
};

struct fixture {
    struct receiver *receiver;
    struct guard *guard;
    struct arena arena;
    struct outbound_reply reply;
    struct error err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char allow[128];

    fixture->receiver = receiver_open(answers);
    snprintf(allow, sizeof(allow), "127.0.0.1:%d,once.test:%d", fixture->receiver->port,
             fixture->receiver->port);
    fixture->guard = guard_open(allow, &fixture->err);
    lookups = 0;
    fixture->reply.arena = &fixture->arena;
    *state = fixture;
    return fixture->guard ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    receiver_close(fixture->receiver);
    guard_close(fixture->guard);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static char *local_url(struct fixture *fixture, const char *target)
{
    return arena_printf(&fixture->arena, "http://127.0.0.1:%d%s", fixture->receiver->port, target);
}

static bool get(struct fixture *fixture, const char *url)
{
    struct outbound request = {
        .method = "GET", .url = url, .max_reply = 64 * 1024, .timeout_ms = 2000};

    return outbound_send(fixture->guard, &request, &fixture->reply, &fixture->err);
}

static void test_a_get_returns_status_type_and_body(void **state)
{
    struct fixture *fixture = *state;

    assert_true(get(fixture, local_url(fixture, "/ok")));
    assert_int_equal(fixture->reply.status, 200);
    assert_string_equal(fixture->reply.type, "text/plain");
    assert_string_equal(fixture->reply.body, "hello");
    assert_int_equal(fixture->reply.len, 5);
    assert_non_null(strstr(fixture->receiver->request, "\r\nUser-Agent: decant\r\n"));
    assert_null(strcasestr(fixture->receiver->request, "\r\nAccept-Encoding:"));
}

static void test_query_is_sent_and_fragment_is_not(void **state)
{
    struct fixture *fixture = *state;

    assert_true(get(fixture, local_url(fixture, "/ok?a=1#part")));
    assert_string_equal(fixture->reply.body, "query");
}

static void test_the_path_is_sent_as_it_was_written(void **state)
{
    struct fixture *fixture = *state;

    assert_true(get(fixture, local_url(fixture, "/a/../%0d%0a")));
    assert_string_equal(fixture->reply.body, "raw");
}

static void test_a_post_carries_body_and_headers_and_does_not_wait_for_leave(void **state)
{
    static const char *const headers[] = {"Content-Type: application/json", "webhook-id: 7", NULL};
    struct fixture *fixture = *state;
    size_t len = 30000;
    char *body = memset(arena_zalloc(&fixture->arena, len + 1), 'x', len);
    struct outbound request = {.method = "POST",
                               .url = local_url(fixture, "/bare"),
                               .headers = headers,
                               .body = body,
                               .body_len = len,
                               .max_reply = 100,
                               .timeout_ms = 2000};

    assert_true(outbound_send(fixture->guard, &request, &fixture->reply, &fixture->err));
    assert_int_equal(fixture->reply.status, 204);
    assert_string_equal(fixture->reply.type, "");
    assert_int_equal(fixture->reply.len, 0);
    assert_memory_equal(fixture->receiver->request, "POST /bare HTTP/1.1\r\n", 21);
    assert_non_null(strstr(fixture->receiver->request, "\r\nwebhook-id: 7\r\n"));
    assert_null(strcasestr(fixture->receiver->request, "\r\nExpect:"));
    assert_string_equal(strstr(fixture->receiver->request, "\r\n\r\n") + 4, body);
}

static void test_a_header_with_a_line_break_is_never_sent(void **state)
{
    static const char *const headers[] = {"a: b\r\nEvil: 1", NULL};
    struct fixture *fixture = *state;
    struct outbound request = {.method = "GET",
                               .url = local_url(fixture, "/ok"),
                               .headers = headers,
                               .max_reply = 100,
                               .timeout_ms = 2000};

    assert_false(outbound_send(fixture->guard, &request, &fixture->reply, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_INTERNAL);
    assert_int_equal(fixture->receiver->count, 0);
}

static void test_a_redirect_is_an_answer_and_is_not_followed(void **state)
{
    struct fixture *fixture = *state;

    assert_true(get(fixture, local_url(fixture, "/away")));
    assert_int_equal(fixture->reply.status, 302);
    assert_int_equal(fixture->receiver->count, 1);
}

static void test_cookies_are_not_sent_back(void **state)
{
    struct fixture *fixture = *state;

    assert_true(get(fixture, local_url(fixture, "/cookie")));
    assert_true(get(fixture, local_url(fixture, "/ok")));
    assert_null(strcasestr(fixture->receiver->request, "\r\nCookie:"));
}

static void test_a_silent_receiver_is_a_timeout(void **state)
{
    static const char *const targets[] = {"/silent", "/drip"};
    struct fixture *fixture = *state;

    for (int i = 0; i < 2; i++) {
        struct outbound request = {.method = "GET",
                                   .url = local_url(fixture, targets[i]),
                                   .max_reply = 100,
                                   .timeout_ms = 100};
        int64_t begin = clock_monotonic_us();

        assert_false(outbound_send(fixture->guard, &request, &fixture->reply, &fixture->err));
        assert_int_equal(fixture->err.kind, ERROR_TIMEOUT);
        assert_true(clock_monotonic_us() - begin < 1500000);
    }
}

static void test_too_many_bytes_of_body_or_head_are_an_upstream_error(void **state)
{
    static const char *const targets[] = {"/big", "/chunked", "/long-head"};
    struct fixture *fixture = *state;

    for (int i = 0; i < 3; i++) {
        assert_false(get(fixture, local_url(fixture, targets[i])));
        assert_int_equal(fixture->err.kind, ERROR_UPSTREAM);
        assert_non_null(strstr(fixture->err.message, "more than is accepted"));
    }
    assert_null(fixture->reply.body);
}

static void test_a_cut_answer_and_noise_are_upstream_errors(void **state)
{
    static const char *const targets[] = {"/cut", "/noise"};
    struct fixture *fixture = *state;

    for (int i = 0; i < 2; i++) {
        assert_false(get(fixture, local_url(fixture, targets[i])));
        assert_int_equal(fixture->err.kind, ERROR_UPSTREAM);
    }
}

static void test_a_refused_connection_is_an_upstream_error(void **state)
{
    struct fixture *fixture = *state;
    struct guard *guard = guard_open("127.0.0.1", &fixture->err);
    struct outbound request = {
        .method = "GET", .url = "http://127.0.0.1:65534/", .max_reply = 100, .timeout_ms = 2000};

    assert_false(outbound_send(guard, &request, &fixture->reply, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_UPSTREAM);
    guard_close(guard);
}

static void test_private_addresses_are_refused_before_a_connection(void **state)
{
    struct fixture *fixture = *state;
    struct guard *strict = guard_open("", &fixture->err);
    struct outbound request = {
        .method = "GET", .url = local_url(fixture, "/ok"), .max_reply = 100, .timeout_ms = 2000};

    assert_false(outbound_send(strict, &request, &fixture->reply, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_REFUSED);
    assert_int_equal(fixture->receiver->count, 0);
    guard_close(strict);
}

static void test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to(void **state)
{
    struct fixture *fixture = *state;

    assert_true(get(fixture, arena_printf(&fixture->arena, "http://ONCE.test.:%d/ok",
                                          fixture->receiver->port)));
    assert_string_equal(fixture->reply.body, "hello");
    assert_int_equal(lookups, 1);
}

static void test_one_private_address_among_several_refuses_the_name(void **state)
{
    struct fixture *fixture = *state;

    assert_false(get(fixture, arena_printf(&fixture->arena, "http://mixed.test:%d/ok",
                                           fixture->receiver->port)));
    assert_int_equal(fixture->err.kind, ERROR_REFUSED);
    assert_int_equal(fixture->receiver->count, 0);
}

static void test_a_name_that_does_not_exist_is_an_upstream_error(void **state)
{
    struct fixture *fixture = *state;

    assert_false(get(fixture, "http://none.test/"));
    assert_int_equal(fixture->err.kind, ERROR_UPSTREAM);
    assert_non_null(strstr(fixture->err.message, "none.test"));
}

/* Until they are gone: one of them could be let go in place of a later one. */
static void release(int hanging)
{
    for (int i = 0; i < hanging; i++)
        sem_post(&released);
    for (int i = 0; i < hanging; i++)
        sem_wait(&left);
}

static void test_a_name_service_that_hangs_is_a_timeout(void **state)
{
    struct fixture *fixture = *state;
    struct outbound request = {
        .method = "GET", .url = "http://late.test/", .max_reply = 100, .timeout_ms = 50};

    assert_false(outbound_send(fixture->guard, &request, &fixture->reply, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_TIMEOUT);
    release(1);
}

static void test_too_many_hanging_look_ups_are_refused_as_busy(void **state)
{
    struct fixture *fixture = *state;
    struct outbound request = {
        .method = "GET", .url = "http://late.test/", .max_reply = 100, .timeout_ms = 1};
    int hanging = 0;

    do {
        assert_false(outbound_send(fixture->guard, &request, &fixture->reply, &fixture->err));
        hanging += fixture->err.kind == ERROR_TIMEOUT;
    } while (fixture->err.kind == ERROR_TIMEOUT && hanging < 1000);
    assert_int_equal(fixture->err.kind, ERROR_BUSY);
    assert_in_range(hanging, 1, 32);
    release(hanging);
}

static void test_a_proxy_in_the_environment_is_not_used(void **state)
{
    struct fixture *fixture = *state;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    assert_true(get(fixture, local_url(fixture, "/ok")));
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

static void prepare_answers(void)
{
    int head = snprintf(big, sizeof(big), HEAD "Content-Length: %zu\r\n\r\n", sizeof(big) - 100);

    memset(big + head, 'x', sizeof(big) - (size_t)head);
    head = snprintf(chunked, sizeof(chunked), HEAD "Transfer-Encoding: chunked\r\n\r\n30000\r\n");
    memset(chunked + head, 'x', sizeof(chunked) - (size_t)head);
    head = snprintf(long_head, sizeof(long_head), "HTTP/1.1 200 OK\r\n");
    for (size_t at = (size_t)head; at + 7 <= sizeof(long_head); at += 7)
        for (size_t i = 0; i < 7; i++)
            long_head[at + i] = "a: bc\r\n"[i];
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_get_returns_status_type_and_body),
        TEST(test_query_is_sent_and_fragment_is_not),
        TEST(test_the_path_is_sent_as_it_was_written),
        TEST(test_a_post_carries_body_and_headers_and_does_not_wait_for_leave),
        TEST(test_a_header_with_a_line_break_is_never_sent),
        TEST(test_a_redirect_is_an_answer_and_is_not_followed),
        TEST(test_cookies_are_not_sent_back),
        TEST(test_a_silent_receiver_is_a_timeout),
        TEST(test_too_many_bytes_of_body_or_head_are_an_upstream_error),
        TEST(test_a_cut_answer_and_noise_are_upstream_errors),
        TEST(test_a_refused_connection_is_an_upstream_error),
        TEST(test_private_addresses_are_refused_before_a_connection),
        TEST(test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to),
        TEST(test_one_private_address_among_several_refuses_the_name),
        TEST(test_a_name_that_does_not_exist_is_an_upstream_error),
        TEST(test_a_proxy_in_the_environment_is_not_used),
        TEST(test_a_name_service_that_hangs_is_a_timeout),
        TEST(test_too_many_hanging_look_ups_are_refused_as_busy),
    };

    prepare_answers();
    sem_init(&released, 0, 0);
    sem_init(&left, 0, 0);
    outbound_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
