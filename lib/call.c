/* SPDX-License-Identifier: MIT */
/* The life of a call: its steps, where each runs, and what happens when the client leaves or time
 * runs out. Everything here is on the call's loop but run_on_lane() and the two works of a write.
 *
 * A call that a worker or the writer has (busy) outlives its request: it is released when it comes
 * back. The link in the request's pool is how libh2o tells that a request is over. */
#include "call_private.h"

#include "clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HELD = 64 };

static void advance(struct call *call);
static void finish(struct call *call);

/* -- steps */

static void run_step(struct call *call)
{
    enum outcome outcome = call->step(call);

    if (outcome == REPLIED)
        assert(call->reply.status && !call->next_step);
    else
        assert(call->next_step && !call->reply.status);
}

static void fail_with(struct call *call, const struct error *err)
{
    call_forget_reply(call);
    call_fail(call, err);
}

static void run_on_lane(struct task *task)
{
    struct call *call = H2O_STRUCT_FROM_MEMBER(struct call, task, task);

    run_step(call);
    mailbox_send(&call->loop->mailbox, &call->letter);
}

static void put_on_lane(struct call *call)
{
    struct error err;

    call->task.run = run_on_lane;
    call->busy = true;
    if (lane_submit(call->server->lanes[call->kind], &call->task))
        return;
    call->busy = false;
    fail(&err, ERROR_BUSY, "too much is waiting to be done; try again shortly");
    err.retry_after_s = 1;
    fail_with(call, &err);
    finish(call);
}

static bool write_run(struct store_work *work, struct store *store)
{
    struct call *call = H2O_STRUCT_FROM_MEMBER(struct call, work, work);

    (void)store;
    call_forget_reply(call); /* what an earlier run left */
    call->writing = true;
    run_step(call);
    call->writing = false;
    call->rerun = true;
    return !call->undo;
}

static void write_done(struct store_work *work, bool committed, const struct error *err)
{
    struct call *call = H2O_STRUCT_FROM_MEMBER(struct call, work, work);

    call->committed = committed;
    call->work_error.kind = ERROR_NONE;
    if (!committed && err && err->kind != ERROR_NONE)
        call->work_error = *err;
    mailbox_send(&call->loop->mailbox, &call->letter);
}

/* Writes of one turn of the loop go together: the writer is woken once and makes one batch of them,
 * where it would take the first alone. */
static void put_on_writer(struct call *call)
{
    struct loop *loop = call->loop;

    call->work.run = write_run;
    call->work.done = write_done;
    call->work.next = NULL;
    call->busy = true;
    call->held = true;
    *(loop->held ? loop->held_last : &loop->held) = &call->work;
    loop->held_last = &call->work.next;
    if (++loop->held_count == MOST_HELD)
        call_send_writes(loop);
}

void call_unhold(struct call *call)
{
    struct loop *loop = call->loop;
    struct store_work **at = &loop->held;

    while (*at != &call->work)
        at = &(*at)->next;
    *at = call->work.next;
    if (loop->held_last == &call->work.next)
        loop->held_last = at;
    loop->held_count--;
    call->held = false;
    call->busy = false;
}

void call_send_writes(struct loop *loop)
{
    struct call *calls[MOST_HELD];
    struct store_work *first = loop->held;
    size_t count = 0;
    struct error err;

    for (struct store_work *work = first; work; work = work->next) {
        calls[count] = H2O_STRUCT_FROM_MEMBER(struct call, work, work);
        calls[count++]->held = false;
    }
    loop->held = NULL;
    loop->held_count = 0;
    if (!count)
        return;
    for (size_t at = store_submit_all(loop->server->app->store, first, &err); at < count; at++) {
        calls[at]->busy = false;
        fail_with(calls[at], &err);
        finish(calls[at]);
    }
}

static void run_on_loop(struct call *call)
{
    struct store *store = call->server->app->store;
    bool reads = call->kind == READS && store && store_is_embedded(store);

    if (reads) {
        store_reads_begin(store);
        call->loop->snapshot = true;
    }
    run_step(call);
    if (reads && store_reads_end(store)) {
        call_forget_reply(call);
        call->rerun = true;
        put_on_lane(call);
        return;
    }
    advance(call);
}

/* Reads of an embedded store are short; a front has no store. */
static bool belongs_on_loop(const struct call *call)
{
    return (int)call->kind == KIND_LOOP ||
           (call->kind == READS && (call->door == DOOR_FRONT || !server_is_remote(call->server)));
}

static void run_where_due(struct call *call)
{
    call->rerun = false;
    call->headers_before = call->reply.last;
    call->state_before = call->state;
    call->user_before = call->user;
    if (belongs_on_loop(call))
        run_on_loop(call);
    else if (call->kind == WRITES && call->server->app->store)
        put_on_writer(call);
    else
        put_on_lane(call);
}

/* A step has ended: answer, or run the next one. The frame of the step is gone by now; steps that
 * follow one another on the loop nest only these small frames, and a chain is as long as the
 * handler's author wrote it. */
static void advance(struct call *call)
{
    if (!call->next_step) {
        finish(call);
        return;
    }
    call->step = call->next_step;
    call->kind = call->next_kind;
    call->next_step = NULL;
    run_where_due(call);
}

static void start(struct call *call)
{
    call->step = call->entry->route.handle;
    call->kind = call->entry->route.kind;
    call->due_us = call->begun_us + (int64_t)call->server->settings->deadline_ms * 1000;
    call_list_add(&call->loop->waiting, call);
    run_where_due(call);
}

static void finish(struct call *call)
{
    call_list_remove(call);
    if (call->reply.produce && call->method != HEAD && call_stream_open(call))
        return;
    call->answered = true;
    call_list_add(&call->loop->sending, call);
    call_send(call);
}

int call_on_request(h2o_handler_t *self, h2o_req_t *req)
{
    struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, h2o, req->conn->ctx);
    struct call *call = call_new(loop, req);
    h2o_socket_t *socket;

    (void)self;
    call->begun_us = clock_monotonic_us();
    metric_add(loop->server->in_flight, 1);
    socket = req->conn->callbacks->get_socket(req->conn);
    ((struct conn *)socket->on_close.data)->requests++;
    if (call_read(call))
        start(call);
    else
        finish(call);
    return 0;
}

/* -- back from a worker */

static void come_back(struct call *call)
{
    call->busy = false;
    if (!call->req) {
        call_release(call);
        return;
    }
    if (call->stream) {
        call_stream_come_back(call);
        return;
    }
    if (call->kind == WRITES && call->server->app->store && !call->committed) {
        if (call->work_error.kind != ERROR_NONE)
            fail_with(call, &call->work_error);
    }
    /* A write that was waited for past its deadline begins its next step with a new one. */
    if (!call->list && call->next_step) {
        call->due_us = clock_monotonic_us() + (int64_t)call->server->settings->deadline_ms * 1000;
        call_list_add(&call->loop->waiting, call);
    }
    advance(call);
}

void call_deliver(void *context, struct letter *letters)
{
    struct loop *loop = context;

    if (loop->snapshot) {
        store_snapshot_end(loop->server->app->store);
        loop->snapshot = false;
    }
    while (letters) {
        struct call *call = H2O_STRUCT_FROM_MEMBER(struct call, letter, letters);

        letters = letters->next;
        come_back(call);
    }
}

/* -- too late, or nobody there */

/* Answer without the step's result. A write that has begun in an embedded store is waited for: what
 * was committed is never answered with an error. A remote store may never answer. */
static void give_up(struct call *call, const struct error *err, bool closing)
{
    struct store *store = call->server->app->store;

    if (!call_withdraw(call)) {
        if (call->kind == WRITES && store && store_is_embedded(store)) {
            call_list_remove(call);
            return;
        }
        call = call_replace(call);
    }
    call->headers_before = call->begun;
    call->state_before = NULL;
    call->user_before = NULL;
    fail_with(call, err);
    call->close = closing;
    finish(call);
}

void call_store_is_late(struct error *err, bool begun)
{
    fail(err, ERROR_BUSY, "the store did not answer in time%s",
         begun ? ": the change may have been made, or not" : "; try again shortly");
    err->retry_after_s = 1;
}

/* A remote store that is late may be there again soon. */
static void end_late(struct call *call)
{
    bool stored = call->kind == READS || call->kind == WRITES;
    struct error late;

    if (!stored || !server_is_remote(call->server))
        fail(&late, ERROR_TIMEOUT, "this took longer than allowed");
    else
        call_store_is_late(&late, call->kind == WRITES && !call_withdraw(call));
    give_up(call, &late, false);
}

void call_expire(struct loop *loop, int64_t now_us)
{
    enum { ASK_US = 1000000 };
    struct error gone;

    fail(&gone, ERROR_TIMEOUT, "the client is gone");
    while (loop->waiting.first && loop->waiting.first->due_us <= now_us)
        end_late(loop->waiting.first);
    for (struct call *call = loop->waiting.first, *next; call; call = next) {
        next = call->next;
        if (now_us - call->begun_us < ASK_US)
            break;
        if (now_us - call->checked_us < ASK_US)
            continue;
        call->checked_us = now_us;
        if (call_client_is_gone(call)) {
            metric_add(loop->server->gone, 1);
            give_up(call, &gone, true);
        }
    }
}

enum outcome call_then(struct call *call, enum kind kind, handler next)
{
    assert(!call->reply.status && !call->next_step);
    call->next_kind = kind;
    call->next_step = next;
    return WAITING;
}
