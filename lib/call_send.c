/* SPDX-License-Identifier: MIT */
/* Handing the reply to libh2o, straight from the call's memory; counting and logging when the
 * client has it; cutting off clients that do not take it. */
#include "call_private.h"

#include "clock.h"
#include "log.h"
#include "random.h"

#include <string.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

static void add_header(h2o_req_t *req, const h2o_iovec_t *name, h2o_iovec_t value)
{
    h2o_vector_reserve(&req->pool, &req->res.headers, req->res.headers.size + 1);
    req->res.headers.entries[req->res.headers.size++] =
        (h2o_header_t){(h2o_iovec_t *)name, NULL, value};
}

static void add_common(h2o_req_t *req, const struct door *door, const char *id)
{
    static const h2o_iovec_t options_name = {H2O_STRLIT("x-content-type-options")};
    static const h2o_iovec_t id_name = {H2O_STRLIT("x-request-id")};

    add_header(req, &options_name, (h2o_iovec_t){H2O_STRLIT("nosniff")});
    add_header(req, &id_name, (h2o_iovec_t){(char *)id, strlen(id)});
    for (const struct line *line = door->headers; line; line = line->next)
        add_header(req, &line->name, line->value);
}

/* A reply's own header wins over the one the application gives to all. */
static bool overridden(const struct reply *reply, const struct line *common)
{
    for (const struct line *line = reply->headers; line; line = line->next)
        if (line->name.len == common->name.len &&
            memcmp(line->name.base, common->name.base, line->name.len) == 0)
            return true;
    return false;
}

static void add_headers(struct call *call)
{
    static const h2o_iovec_t options_name = {H2O_STRLIT("x-content-type-options")};
    static const h2o_iovec_t id_name = {H2O_STRLIT("x-request-id")};
    h2o_req_t *req = call->req;
    const struct reply *reply = &call->reply;

    h2o_vector_reserve(&req->pool, &req->res.headers, 16);
    if (reply->type)
        add_header(req, &H2O_TOKEN_CONTENT_TYPE->buf,
                   (h2o_iovec_t){(char *)reply->type, strlen(reply->type)});
    add_header(req, &options_name, (h2o_iovec_t){H2O_STRLIT("nosniff")});
    add_header(req, &id_name, (h2o_iovec_t){call->id, strlen(call->id)});
    for (const struct line *line = call_door(call)->headers; line; line = line->next)
        if (!reply->headers || !overridden(reply, line))
            add_header(req, &line->name, line->value);
    for (const struct line *line = reply->headers; line; line = line->next)
        add_header(req, &line->name, line->value);
}

void call_log_internal(struct call *call)
{
    const struct log_field fields[] = {
        {.name = "request_id", .type = LOG_TEXT, .text = call->id},
        {.name = "route", .type = LOG_TEXT, .text = call->entry->route.path},
        {.name = "error", .type = LOG_TEXT, .text = call->reply.internal},
    };

    log_fields(LOG_ERROR, "internal error", fields, sizeof(fields) / sizeof(fields[0]));
}

static bool has_no_body(const struct reply *reply)
{
    return reply->status == 204 || reply->status == 304;
}

void call_send_head(struct call *call, h2o_generator_t *generator)
{
    h2o_req_t *req = call->req;
    const struct reply *reply = &call->reply;

    if (reply->internal)
        call_log_internal(call);
    req->res.status = reply->status;
    req->res.reason = status_phrase(reply->status);
    req->res.content_length = has_no_body(reply) || reply->produce ? SIZE_MAX : reply->len;
    if (call->close)
        req->http1_is_persistent = 0;
    add_headers(call);
    call->left = SIZE_MAX;
    call->loop->replying = req;
    h2o_start_response(req, generator);
    call->loop->replying = NULL;
}

void call_send(struct call *call)
{
    static h2o_generator_t generator = {NULL, NULL};
    h2o_req_t *req = call->req;
    const struct reply *reply = &call->reply;
    h2o_iovec_t body = {(char *)reply->bytes, reply->len};

    call_send_head(call, &generator);
    /* The call may be gone when this returns. */
    if (call->method == HEAD || has_no_body(reply) || !reply->len)
        h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
    else
        h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
}

static void log_call(struct call *call, int status, int64_t duration_us)
{
    char trace_id[33], span_id[17];
    const struct span *path = &call->head.path;
    struct log_field fields[] = {
        {.name = "request_id", .type = LOG_TEXT, .text = call->id},
        {.name = "trace_id", .type = LOG_TEXT, .text = trace_id},
        {.name = "span_id", .type = LOG_TEXT, .text = span_id},
        {.name = "method", .type = LOG_TEXT, .text = method_name(call->method)},
        {.name = "route", .type = LOG_TEXT, .text = call->entry->route.path},
        {.name = "path", .type = LOG_TEXT, .text = path->at ? call_path(call) : NULL},
        {.name = "status", .type = LOG_NUMBER, .number = status},
        {.name = "duration_ms", .type = LOG_REAL, .real = (double)duration_us / 1000},
        {.name = "bytes", .type = LOG_NUMBER, .number = (int64_t)call->req->bytes_sent},
        {.name = "client", .type = LOG_TEXT, .text = call->client},
        {.name = "user", .type = LOG_TEXT, .text = call->user},
    };

    if (!call->traceparent || !traceparent_read(call->traceparent, trace_id))
        random_hex(trace_id, 16);
    random_hex(span_id, 8);
    log_fields(LOG_INFO, "request", fields, sizeof(fields) / sizeof(fields[0]));
}

void call_account(struct call *call)
{
    struct server *server = call->server;
    int status = call->answered ? call->reply.status : 499; /* left before the answer */
    int64_t duration_us = clock_monotonic_us() - call->begun_us;
    const struct entry *entry = call->entry;

    metric_add(server->in_flight, -1);
    metric_add(entry->classes[status / 100], 1);
    metric_observe_us(entry->duration, duration_us);
    if (server->statuses[status])
        metric_add(server->statuses[status], 1);
    if (!call->secret && log_wants(LOG_INFO) && !call->busy)
        log_call(call, status, duration_us);
}

/* What the client has not taken: in libuv's queue and in the kernel's. */
static size_t bytes_left(const struct conn *conn)
{
    size_t left = uv_stream_get_write_queue_size((const uv_stream_t *)&conn->tcp);
    int unsent = 0, fd;

    if (uv_fileno((const uv_handle_t *)&conn->tcp, &fd) == 0 && ioctl(fd, SIOCOUTQ, &unsent) == 0)
        left += (size_t)unsent;
    return left;
}

/* Whether the client took enough since it was last looked at: at a least rate, or all there was
 * then. */
static bool keeps_pace(struct call *call, size_t left, size_t least)
{
    size_t sent = call->stream ? call->stream->sent : 0;
    size_t taken = left < call->left + sent ? call->left + sent - left : 0;

    return call->left == SIZE_MAX || taken >= (least < call->left ? least : call->left);
}

static void cut_slow(struct call_list *list, int64_t now_us, int64_t patience_us)
{
    enum { LEAST_RATE = 1024 }; /* bytes a second */
    size_t least = (size_t)(patience_us / 1000000 + 1) * LEAST_RATE;

    for (struct call *call = list->first, *next; call; call = next) {
        size_t left;
        int fd;

        next = call->next;
        if (call->left != SIZE_MAX && now_us - call->paced_us < patience_us)
            continue;
        left = bytes_left(call->conn);
        call->paced_us = now_us;
        if (keeps_pace(call, left, least)) {
            call->left = left;
            if (call->stream)
                call->stream->sent = 0;
            continue;
        }
        metric_add(call->server->cut_readers, 1);
        if (uv_fileno((const uv_handle_t *)&call->conn->tcp, &fd) == 0)
            shutdown(fd, SHUT_RDWR); /* the write fails, and libh2o closes the connection */
    }
}

void call_cut_slow(struct loop *loop, int64_t now_us)
{
    int64_t patience_us = (int64_t)loop->server->settings->slow_reader_ms * 1000;

    cut_slow(&loop->sending, now_us, patience_us);
    cut_slow(&loop->streams, now_us, patience_us);
}

void call_on_foreign_reply(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot)
{
    struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, h2o, req->conn->ctx);

    (void)self;
    if (loop->replying != req) {
        const h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);
        const struct conn *conn = socket->on_close.data;
        char *id = h2o_mem_alloc_pool(&req->pool, 33);

        random_hex(id, 16);
        add_common(req, &loop->server->doors[conn->door], id);
        if (req->res.status > 0 && req->res.status < STATUS_COUNT &&
            loop->server->statuses[req->res.status])
            metric_add(loop->server->statuses[req->res.status], 1);
    }
    h2o_setup_next_ostream(req, slot);
}
