/* SPDX-License-Identifier: MIT */
/* What a stream keeps from run to run, without a connection. */
#include "../call_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* ours */

#include <stdlib.h>

static const struct server_settings settings = {.public_prefix = ""};
static const struct app app = {.name = "test"};
static struct server server = {.settings = &settings, .app = &app};
static struct conn conn = {.door = DOOR_MAIN};

static struct call *call_new_alone(void)
{
    struct call *call = calloc(1, sizeof(*call));

    assert_non_null(call);
    call->server = &server;
    call->conn = &conn;
    call->reply.last = call->begun = call->headers_before = &call->reply.headers;
    return call;
}

static void done(struct call *call)
{
    arena_release(&call->arena);
    buf_release(&call->out);
    free(call);
}

static bool produce_two(struct call *call, struct buf *chunk)
{
    int *count = call_state(call);

    buf_puts(chunk, arena_printf(call_arena(call), "%d", ++*count));
    return *count < 2;
}

static void test_a_dropped_run_of_a_stream_counts_for_nothing(void **state)
{
    struct call *call = call_new_alone();
    struct stream stream = {.call = call};
    int *count = call_stream_state(call, sizeof(*count));

    (void)state;
    assert_int_equal(*count, 0);
    assert_int_equal(call_stream(call, "text/plain", produce_two), REPLIED);
    assert_int_equal(call->reply.status, 200);
    stream.saved = arena_alloc(&call->arena, call->reply.kept_size);
    call->stream = &stream;
    call_stream_begin_run(call);
    assert_true(produce_two(call, &stream.chunk));
    call_stream_begin_run(call);
    assert_false(produce_two(call, &stream.chunk));
    assert_string_equal(buf_text(&stream.chunk), "2");
    call_stream_drop_run(call);
    assert_int_equal(stream.chunk.len, 0);
    assert_int_equal(*count, 1);
    assert_false(produce_two(call, &stream.chunk));
    assert_string_equal(buf_text(&stream.chunk), "2");
    arena_release(&stream.arena);
    buf_release(&stream.chunk);
    done(call);
}

static void test_a_dropped_run_of_a_stream_did_not_fail(void **state)
{
    struct call *call = call_new_alone();
    struct stream stream = {.call = call};
    struct error err;

    (void)state;
    call->stream = &stream;
    fail(&err, ERROR_INTERNAL, "interrupted");
    assert_false(call_stream_fail(call, &err));
    assert_string_equal(stream.error.message, "interrupted");
    call_stream_drop_run(call);
    assert_int_equal(stream.error.kind, ERROR_NONE);
    done(call);
}

static void test_a_forgotten_reply_is_no_stream_any_more(void **state)
{
    struct call *call = call_new_alone();

    (void)state;
    call_stream_state(call, 100);
    call_stream(call, "text/plain", produce_two);
    call_forget_reply(call);
    assert_null(call->reply.produce);
    assert_int_equal(call->reply.kept_size, 0);
    assert_null(call_state(call));
    call_redirect(call, 303, "/");
    assert_int_equal(call->reply.status, 303);
    done(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_dropped_run_of_a_stream_counts_for_nothing),
        cmocka_unit_test(test_a_dropped_run_of_a_stream_did_not_fail),
        cmocka_unit_test(test_a_forgotten_reply_is_no_stream_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
