/* SPDX-License-Identifier: MIT */
/* From what libh2o received to a call: the raw head is read again, strictly, and copied; then ids,
 * the route, its parameters, the query and a form. */
#include "call_private.h"

#include "random.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static void shift(struct span *span, ptrdiff_t by)
{
    if (span->at)
        span->at += by;
}

/* The input buffer moves and goes; the call's copy stays. */
static void keep_head(struct call *call)
{
    struct head *head = &call->head;
    const char *from = head->method.at; /* the head's first byte but for empty lines before it */
    size_t len;
    char *copy;
    ptrdiff_t by;

    len = head->count ? (size_t)(head->fields[head->count - 1].value.at +
                                 head->fields[head->count - 1].value.len - from)
                      : (size_t)(head->target.at + head->target.len - from);
    copy = arena_copy(&call->arena, from, len);
    by = copy - from;
    shift(&head->method, by);
    shift(&head->target, by);
    shift(&head->path, by);
    shift(&head->query, by);
    shift(&head->host, by);
    for (size_t i = 0; i < head->count; i++) {
        shift(&head->fields[i].name, by);
        shift(&head->fields[i].value, by);
    }
}

static bool named(const struct head_field *field, const char *name)
{
    return strncasecmp(field->name.at, name, field->name.len) == 0;
}

/* Values are ended with a NUL where they stand: what follows is white space or the line's end. */
static void take_fields(struct call *call, const struct span **type)
{
    for (size_t i = 0; i < call->head.count; i++) {
        struct head_field *field = &call->head.fields[i];

        ((char *)field->value.at)[field->value.len] = '\0';
        if (field->name.len == 12 && named(field, "x-request-id")) {
            if (!*call->id && request_id_ok(field->value.at, field->value.len))
                memcpy(call->id, field->value.at, field->value.len + 1);
        } else if (field->name.len == 12 && named(field, "content-type")) {
            *type = &field->value;
        } else if (field->name.len == 11 && named(field, "traceparent")) {
            call->traceparent = field->value.at;
        }
    }
}

static bool refuse(struct call *call, int status, const char *why)
{
    struct error err;

    fail(&err, ERROR_INVALID, "%s", why);
    call_fail_status(call, status, &err);
    return false;
}

/* Whether the chunks of this request's body were malformed as they were sent. */
static bool chunks_are_bad(struct conn *conn)
{
    const struct framing *framing = &conn->framing;

    if (framing->whole < conn->requests && !framing->bad)
        conn->unwatched = true;
    return !conn->unwatched && framing->bad && framing->whole < conn->requests;
}

static bool read_head(struct call *call)
{
    const struct server_settings *settings = call->server->settings;
    struct head_limits limits = {settings->max_url, settings->max_head};
    h2o_socket_t *socket = call->req->conn->callbacks->get_socket(call->req->conn);
    const char *why = "malformed request";
    int status;

    call->conn = socket->on_close.data;
    call->door = call->conn->door;
    if (!*call->conn->client)
        memcpy(call->client, "-", 2);
    else
        memcpy(call->client, call->conn->client, sizeof(call->client));
    status = head_parse(socket->input->bytes, socket->input->size, &limits, &call->head, &why);
    if (!status && chunks_are_bad(call->conn)) {
        status = 400;
        why = "malformed chunks";
    }
    if (status) {
        memset(&call->head, 0, offsetof(struct head, fields));
        call->method = OTHER;
        call->path = call->target = "";
        random_hex(call->id, 16);
        call->close = true;
        return refuse(call, status, why);
    }
    keep_head(call);
    return true;
}

/* 404, 405, 400, or an answer to OPTIONS. */
static bool answer_unrouted(struct call *call, const struct match *match)
{
    bool unknown = call->method == OTHER && match->status == 405 &&
                   !call->server->app->any_method &&
                   !(call->head.method.len == 5 && memcmp(call->head.method.at, "TRACE", 5) == 0);

    if (match->status == 200) {
        call_add_header(call, "allow", match->allow);
        call_bytes(call, 200, NULL, (struct list){NULL, 0});
        return false;
    }
    if (unknown)
        return refuse(call, 501, "no such method");
    if (match->status == 405) {
        call_add_header(call, "allow", match->allow);
        return refuse(call, 405, "this method is not allowed here");
    }
    if (match->status == 400)
        return refuse(call, 400, "the path is malformed");
    return refuse(call, 404, "there is nothing here");
}

static void match_route(struct call *call, struct match *match)
{
    static const char prefix[] = "/static/";
    const struct door *door = call_door(call);
    struct span path = call->head.path;

    if (door->static_entry && path.len > sizeof(prefix) - 1 &&
        memcmp(path.at, prefix, sizeof(prefix) - 1) == 0) {
        *match = (struct match){.allow = "GET, HEAD, OPTIONS"};
        if (call->method == GET || call->method == HEAD)
            match->entry = door->static_entry;
        else
            match->status = call->method == OPTIONS ? 200 : 405;
        return;
    }
    router_match(door->router, &call->arena, call->method, path, match);
}

static bool is_form(const struct span *type)
{
    static const char name[] = "application/x-www-form-urlencoded";

    return type && strncasecmp(type->at, name, sizeof(name) - 1) == 0 &&
           strchr("; \t", type->at[sizeof(name) - 1]);
}

static bool read_inputs(struct call *call, const struct span *type)
{
    struct error err;

    bool repeats = call->server->app->repeats;

    if (call->head.query.at &&
        !form_parse(&call->arena,
                    (struct form_text){call->head.query.at, call->head.query.len, repeats},
                    &call->query, &err))
        return refuse(call, 400, err.message);
    if (call->req->entity.base && call->req->entity.len) {
        call->body_len = call->req->entity.len;
        call->body = arena_copy(&call->arena, call->req->entity.base, call->body_len);
    }
    if (!is_form(type)) {
        if (call->server->app->forms_only && call->body_len)
            return refuse(call, 415, "the body must be a form (application/x-www-form-urlencoded)");
        return true;
    }
    call->has_form = true;
    if (!form_parse(&call->arena,
                    (struct form_text){call->body ? call->body : "", call->body_len, repeats},
                    &call->form, &err))
        return refuse(call, 400, err.message);
    return true;
}

/* The method that is meant, where proxies let others not through. */
static void override_method(struct call *call)
{
    const struct span *name = NULL;
    char *upper;

    if (call->server->app->overrides && call->door == DOOR_MAIN)
        name = head_find(&call->head, "x-http-method-override");
    if (!name)
        return;
    upper = arena_copy(&call->arena, name->at, name->len);
    for (size_t i = 0; i < name->len; i++)
        upper[i] = (char)toupper((unsigned char)upper[i]);
    call->method = method_read((struct span){upper, name->len});
}

bool call_read(struct call *call)
{
    const struct span *type = NULL;
    struct match match;

    *call->id = '\0';
    call->entry = &call->server->none[OTHER];
    if (!read_head(call))
        return false;
    take_fields(call, &type);
    if (!*call->id)
        random_hex(call->id, 16);
    call->method = method_read(call->head.method);
    override_method(call);
    call->entry = &call->server->none[call->method];
    match_route(call, &match);
    call->allow = match.allow;
    if (match.entry)
        call->entry = match.entry;
    if (call->server->app->on_begin && call->door == DOOR_MAIN)
        call->server->app->on_begin(call);
    call->begun = call->headers_before = call->reply.last;
    if (!match.entry)
        return answer_unrouted(call, &match);
    memcpy(call->param_values, match.values, sizeof(match.values));
    return read_inputs(call, type);
}
