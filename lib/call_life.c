/* SPDX-License-Identifier: MIT */
/* Where calls come from and go to, and how libh2o tells that a request is over. */
#include "call_private.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE_CALLS = 256, KEEP_OUT = 64 * 1024 };

/* A reset is certain; a half-closed connection may well wait for its answer. */
bool call_client_is_gone(struct call *call)
{
    struct pollfd poll_fd = {.events = POLLRDHUP};

    if (uv_fileno((const uv_handle_t *)&call->conn->tcp, &poll_fd.fd) != 0)
        return true;
    return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & (POLLERR | POLLHUP));
}

bool call_withdraw(struct call *call)
{
    struct server *server = call->server;

    if (!call->busy)
        return true;
    if (call->held)
        call_unhold(call);
    else if (call->kind == WRITES && server->app->store)
        call->busy = !store_withdraw(server->app->store, &call->work);
    else
        call->busy = !lane_withdraw(server->lanes[call->kind], &call->task);
    return !call->busy;
}

static void on_request_over(void *memory)
{
    struct link *link = memory;
    struct call *call = link->call;

    if (!call)
        return;
    link->call = NULL;
    call_account(call);
    call_list_remove(call);
    call->req = NULL;
    call->link = NULL;
    if (call_withdraw(call))
        call_release(call);
}

struct call *call_new(struct loop *loop, h2o_req_t *req)
{
    struct call *call = loop->spare;

    if (call) {
        loop->spare = call->next;
        loop->spare_count--;
        memset((char *)call + offsetof(struct call, next), 0,
               sizeof(*call) - offsetof(struct call, next));
    } else {
        call = calloc(1, sizeof(*call));
        if (!call)
            abort();
        call->server = loop->server;
        call->loop = loop;
    }
    call->reply.last = call->begun = call->headers_before = &call->reply.headers;
    call->req = req;
    call->link = h2o_mem_alloc_shared(&req->pool, sizeof(*call->link), on_request_over);
    call->link->call = call;
    loop->calls++;
    return call;
}

struct call *call_replace(struct call *old)
{
    struct call *call = call_new(old->loop, old->req);

    call->begun_us = old->begun_us;
    call_read(call);
    call_forget_reply(call);
    memcpy(call->id, old->id, sizeof(call->id));
    call->entry = old->entry;
    call_list_remove(old);
    old->link->call = NULL;
    old->link = NULL;
    old->req = NULL;
    return call;
}

static void call_free(struct call *call)
{
    arena_release(&call->arena);
    buf_release(&call->out);
    free(call);
}

void call_release(struct call *call)
{
    struct loop *loop = call->loop;

    loop->calls--;
    if (call->stream)
        call_stream_close(call);
    if (loop->spare_count >= SPARE_CALLS) {
        call_free(call);
        return;
    }
    arena_clear(&call->arena);
    if (call->out.cap > KEEP_OUT)
        buf_release(&call->out);
    call->out.len = 0;
    call->next = loop->spare;
    loop->spare = call;
    loop->spare_count++;
}

void loop_free_calls(struct loop *loop)
{
    while (loop->spare) {
        struct call *call = loop->spare;

        loop->spare = call->next;
        call_free(call);
    }
    loop->spare_count = 0;
}

void call_list_add(struct call_list *list, struct call *call)
{
    call->list = list;
    call->next = NULL;
    call->prev = list->last;
    *(list->last ? &list->last->next : &list->first) = call;
    list->last = call;
}

void call_list_remove(struct call *call)
{
    if (!call->list)
        return;
    *(call->prev ? &call->prev->next : &call->list->first) = call->next;
    *(call->next ? &call->next->prev : &call->list->last) = call->prev;
    call->list = NULL;
}

void call_forget_reply(struct call *call)
{
    call->reply = (struct reply){.headers = call->reply.headers, .last = call->headers_before};
    *call->reply.last = NULL;
    call->out.len = 0;
    call->state = call->state_before;
    call->user = call->user_before;
    call->undo = false;
    call->next_step = NULL;
}
