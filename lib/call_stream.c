/* SPDX-License-Identifier: MIT */
/* Replies that are made chunk by chunk, each when the client took the last. Everything here is on
 * the call's loop but produce_on_lane().
 *
 * A stream is in one of two lists of its loop: ready, to be asked for its next chunk, or streams,
 * while libh2o has a chunk, a worker makes one, or there was nothing to say. Chunks are made from
 * an idle handle, some milliseconds a turn, so that many streams do not hold up other calls. */
#include "call_private.h"

#include "clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_US = 2000,
    HEARTBEAT_US = 5000000,
    ASK_US = 1000000, /* how often to look whether a client is gone */
    RETRY_AFTER_S = 5,
    EVENTS_LEN = 17,
};

static const char heartbeat[] = ":\n\n";

/* -- one run of produce */

void call_stream_begin_run(struct call *call)
{
    struct stream *stream = call->stream;

    arena_clear(&stream->arena);
    stream->chunk.len = 0;
    stream->error.kind = ERROR_NONE;
    if (call->reply.kept_size)
        memcpy(stream->saved, call->reply.kept, call->reply.kept_size);
}

void call_stream_drop_run(struct call *call)
{
    if (call->reply.kept_size)
        memcpy(call->reply.kept, call->stream->saved, call->reply.kept_size);
    call_stream_begin_run(call);
}

static void produce(struct call *call)
{
    struct stream *stream = call->stream;

    stream->more = call->reply.produce(call, &stream->chunk);
    assert(!call->next_step);
}

static void produce_on_lane(struct task *task)
{
    struct call *call = H2O_STRUCT_FROM_MEMBER(struct call, task, task);

    produce(call);
    mailbox_send(&call->loop->mailbox, &call->letter);
}

/* -- sending */

static void make_ready(struct call *call)
{
    struct loop *loop = call->loop;

    if (!loop->ready.first)
        uv_idle_start(&loop->turn, call_stream_turn);
    call_list_remove(call);
    call_list_add(&loop->ready, call);
}

bool call_is_draining(struct call *call)
{
    return call->loop->stop_us != 0;
}

/* The client took the chunk. */
static void on_proceed(h2o_generator_t *generator, h2o_req_t *req)
{
    struct stream *stream = H2O_STRUCT_FROM_MEMBER(struct stream, generator, generator);

    (void)req;
    stream->sending = false;
    if (stream->chunk.cap > 2 * STREAM_CHUNK)
        buf_release(&stream->chunk);
    make_ready(stream->call);
}

/* The call may be gone when this returns. */
static void send_chunk(struct call *call)
{
    struct stream *stream = call->stream;
    h2o_iovec_t body = {stream->chunk.data, stream->chunk.len};

    if (!stream->begun) {
        stream->begun = true;
        call->answered = true;
        if (call->req->version < 0x101)
            call->close = true; /* its end is the connection's */
        call_send_head(call, &stream->generator);
    }
    stream->sent_us = clock_monotonic_us();
    stream->sent += body.len;
    stream->sending = true;
    h2o_send(call->req, &body, body.len ? 1 : 0,
             stream->more ? H2O_SEND_STATE_IN_PROGRESS : H2O_SEND_STATE_FINAL);
}

/* The same. A worker may still have the call. */
static void give_up(struct call *call, const struct error *err, bool closing)
{
    bool busy = !call_withdraw(call);

    call_list_remove(call);
    if (call->stream->begun) {
        if (err->kind == ERROR_INTERNAL) {
            call->reply.internal = err->message;
            call_log_internal(call);
        }
        call->stream->cut = true;
        call_list_add(&call->loop->sending, call);
        h2o_send(call->req, NULL, 0, H2O_SEND_STATE_ERROR);
        return;
    }
    if (busy)
        call = call_replace(call);
    call->answered = true;
    if (closing)
        call->close = true;
    call_forget_reply(call);
    call_fail(call, err);
    call_list_add(&call->loop->sending, call);
    call_send(call);
}

/* produce has run. */
static void pass_on(struct call *call)
{
    struct stream *stream = call->stream;

    stream->asked_us = 0;
    if (stream->error.kind != ERROR_NONE) {
        give_up(call, &stream->error, false);
        return;
    }
    if (stream->events && call_is_draining(call))
        stream->more = false;
    if (!stream->chunk.len && stream->more) {
        if (!stream->events ||
            (stream->begun && clock_monotonic_us() - stream->sent_us < HEARTBEAT_US))
            return; /* until the next tick */
        buf_puts(&stream->chunk, heartbeat);
    }
    send_chunk(call);
}

/* -- asking */

static void put_on_lane(struct call *call)
{
    call->task.run = produce_on_lane;
    call->busy = true;
    /* Where there is no room, the next tick tries again. */
    call->busy = lane_submit(call->server->lanes[call->kind], &call->task);
}

static void ask(struct call *call)
{
    struct store *store = call->server->app->store;
    bool over;

    call_stream_begin_run(call);
    if (server_is_remote(call->server) && !call->stream->asked_us)
        call->stream->asked_us = clock_monotonic_us();
    if (call->stream->asked_us || call->stream->heavy) {
        put_on_lane(call);
        return;
    }
    if (store) {
        store_reads_begin(store);
        call->loop->snapshot = true;
    }
    produce(call);
    over = store && store_reads_end(store);
    if (!over) {
        pass_on(call);
        return;
    }
    call_stream_drop_run(call);
    call->stream->heavy = true;
    put_on_lane(call);
}

void call_stream_turn(uv_idle_t *idle)
{
    struct loop *loop = idle->data;
    int64_t until_us = clock_monotonic_us() + TURN_US;

    do {
        struct call *call = loop->ready.first;

        if (!call) {
            uv_idle_stop(idle);
            return;
        }
        call_list_remove(call);
        call_list_add(&loop->streams, call);
        ask(call);
    } while (clock_monotonic_us() < until_us);
}

void call_stream_come_back(struct call *call)
{
    if (!call->stream->cut)
        pass_on(call);
}

static bool client_left(struct call *call, int64_t now_us)
{
    if (now_us - call->checked_us < ASK_US)
        return false;
    call->checked_us = now_us;
    if (!call_client_is_gone(call))
        return false;
    metric_add(call->server->gone, 1);
    return true;
}

static bool store_is_late(const struct call *call, int64_t now_us)
{
    int64_t asked_us = call->stream->asked_us;

    return asked_us && now_us - asked_us >= (int64_t)call->server->settings->deadline_ms * 1000;
}

void call_stream_tick(struct loop *loop, int64_t now_us)
{
    struct error gone, late;

    fail(&gone, ERROR_TIMEOUT, "the client is gone");
    call_store_is_late(&late, false);
    for (struct call *call = loop->streams.first, *next; call; call = next) {
        next = call->next;
        if (call->stream->sending)
            continue;
        if (client_left(call, now_us))
            give_up(call, &gone, true);
        else if (store_is_late(call, now_us))
            give_up(call, &late, false);
        else if (!call->busy)
            make_ready(call);
    }
}

/* -- life */

static bool take_place(struct server *server)
{
    if (atomic_fetch_add(&server->streams, 1) < server->settings->max_streams)
        return true;
    atomic_fetch_sub(&server->streams, 1);
    return false;
}

bool call_stream_open(struct call *call)
{
    struct stream *stream;
    struct error err;

    if (!take_place(call->server)) {
        fail(&err, ERROR_BUSY, "too many replies are being streamed; try again shortly");
        err.retry_after_s = RETRY_AFTER_S;
        call_forget_reply(call);
        call_fail(call, &err);
        return false;
    }
    call_path(call); /* for the log, from the arena that stays */
    metric_add(call->server->streams_gauge, 1);
    stream = calloc(1, sizeof(*stream));
    if (!stream)
        abort();
    stream->generator.proceed = on_proceed;
    stream->call = call;
    stream->saved = arena_alloc(&call->arena, call->reply.kept_size);
    stream->events = strncmp(call->reply.type, "text/event-stream", EVENTS_LEN) == 0;
    call->kind = READS;
    call->left = SIZE_MAX;
    call->stream = stream;
    make_ready(call);
    return true;
}

void call_stream_close(struct call *call)
{
    struct stream *stream = call->stream;

    call->stream = NULL;
    arena_release(&stream->arena);
    buf_release(&stream->chunk);
    free(stream);
    atomic_fetch_sub(&call->server->streams, 1);
    metric_add(call->server->streams_gauge, -1);
}
