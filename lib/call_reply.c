/* SPDX-License-Identifier: MIT */
/* Replies as handlers make them: kept in the call until the step is final. */
#include "call_private.h"

#include "json.h"
#include "log.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

static void add_line(struct call *call, const char *name, char *value, size_t len)
{
    struct line *line = arena_alloc(&call->arena, sizeof(*line));
    size_t name_len = strlen(name);
    char *lower = arena_copy(&call->arena, name, name_len);

    for (size_t i = 0; i < name_len; i++)
        if (lower[i] >= 'A' && lower[i] <= 'Z')
            lower[i] = (char)(lower[i] + 'a' - 'A');
    *line = (struct line){{lower, name_len}, {value, len}, NULL};
    *call->reply.last = line;
    call->reply.last = &line->next;
}

void call_add_header(struct call *call, const char *name, const char *value)
{
    size_t len = strlen(value);

    if (strpbrk(value, "\r\n"))
        return;
    add_line(call, name, arena_copy(&call->arena, value, len), len);
}

/* RFC 6265 section 4.1.1. */
static bool cookie_text_ok(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text == 0x7f || strchr("\",;\\", *text))
            return false;
    return true;
}

void call_set_cookie(struct call *call, const struct cookie *cookie)
{
    struct buf text = {0};

    if (!cookie_text_ok(cookie->name) || !cookie_text_ok(cookie->value))
        return;
    buf_puts(&text, cookie->name);
    buf_byte(&text, '=');
    buf_puts(&text, cookie->value);
    buf_puts(&text, "; Path=/");
    if (cookie->max_age_s >= 0) {
        buf_puts(&text, "; Max-Age=");
        buf_int(&text, cookie->max_age_s);
    }
    buf_puts(&text, "; HttpOnly; SameSite=Lax");
    if (cookie->secure)
        buf_puts(&text, "; Secure");
    call_add_header(call, "set-cookie", buf_text(&text));
    buf_release(&text);
}

static enum outcome replied(struct call *call, int status, const char *type)
{
    assert(!call->reply.status && !call->next_step);
    call->reply.status = status;
    call->reply.type = type;
    return REPLIED;
}

enum outcome call_bytes(struct call *call, int status, const char *type, struct list bytes)
{
    call->reply.bytes = bytes.items;
    call->reply.len = bytes.count;
    return replied(call, status, type);
}

/* The body is what was put in call->out. */
static enum outcome reply_out(struct call *call, int status, const char *type)
{
    call->reply.bytes = call->out.data;
    call->reply.len = call->out.len;
    return replied(call, status, type);
}

enum outcome call_text(struct call *call, int status, const char *text)
{
    size_t len = strlen(text);

    call->reply.bytes = arena_copy(&call->arena, text, len);
    call->reply.len = len;
    return replied(call, status, "text/plain; charset=utf-8");
}

enum outcome call_json(struct call *call, int status, const struct record *record, const void *data)
{
    call->out.len = 0;
    record_to_json(record, data, &call->out);
    return reply_out(call, status, "application/json");
}

enum outcome call_html(struct call *call, int status, const struct template *page,
                       struct template_value data)
{
    struct error err;

    call->out.len = 0;
    if (!template_render(page, data, &call->out, &err))
        return call_fail(call, &err);
    return reply_out(call, status, "text/html; charset=utf-8");
}

enum outcome call_empty(struct call *call)
{
    return replied(call, 204, NULL);
}

enum outcome call_stream(struct call *call, const char *type, producer produce)
{
    call->reply.produce = produce;
    return replied(call, 200, type);
}

void *call_stream_state(struct call *call, size_t size)
{
    call->reply.kept = arena_zalloc(&call->arena, size);
    call->reply.kept_size = size;
    call->state = call->reply.kept;
    return call->state;
}

bool call_stream_fail(struct call *call, const struct error *err)
{
    call->stream->error = *err;
    return false;
}

/* A path as it may stand in a header: what is no visible ASCII is percent-encoded. */
static const char *header_path(struct call *call, const char *path)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = path;
    struct buf text = {0};
    const char *copy;

    while (*at > ' ' && *at < 0x7F)
        at++;
    if (!*at)
        return path;
    for (; *path; path++) {
        unsigned char byte = (unsigned char)*path;

        if (byte > ' ' && byte < 0x7F)
            buf_byte(&text, *path);
        else
            buf_add(&text, (const char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
    }
    copy = arena_copy(&call->arena, buf_text(&text), text.len);
    buf_release(&text);
    return copy;
}

enum outcome call_redirect(struct call *call, int status, const char *path)
{
    const char *prefix = call->server->settings->public_prefix;

    if (!path_is_local(path))
        path = "/";
    path = header_path(call, path);
    call_add_header(call, "location",
                    *prefix ? arena_printf(&call->arena, "%s%s", prefix, path) : path);
    return replied(call, status, NULL);
}

/* application/problem+json (RFC 9457). */
static enum outcome reply_problem(struct call *call, int status, const struct error *err)
{
    const char *title = status_phrase(status);
    struct buf *out = &call->out;

    out->len = 0;
    buf_puts(out, "{\"type\":\"about:blank\",\"title\":");
    json_write_text(out, title, strlen(title));
    buf_puts(out, ",\"status\":");
    buf_int(out, status);
    if (err->kind != ERROR_INTERNAL) {
        buf_puts(out, ",\"detail\":");
        json_write_text(out, err->message, strlen(err->message));
    }
    buf_puts(out, ",\"instance\":");
    json_write_text(out, call->id, strlen(call->id));
    buf_puts(out, "}\n");
    return reply_out(call, status, "application/problem+json");
}

static void add_retry_after(struct call *call, int status, const struct error *err)
{
    struct buf seconds = {0};

    if (status != 503 && status != 429)
        return;
    buf_int(&seconds, err->retry_after_s > 0 ? err->retry_after_s : 1);
    call_add_header(call, "retry-after", buf_text(&seconds));
    buf_release(&seconds);
}

enum outcome call_fail_status(struct call *call, int status, const struct error *err)
{
    const struct app *app = call->server->app;
    struct error shown = *err;
    enum outcome outcome;

    call->undo = call->writing;
    if (err->kind == ERROR_INTERNAL || err->kind == ERROR_NONE) {
        call->reply.internal = arena_text(&call->arena, err->message);
        fail(&shown, ERROR_INTERNAL, "internal error");
    }
    add_retry_after(call, status, err);
    if (!app->on_error || call->failing || call->door == DOOR_FRONT)
        return reply_problem(call, status, &shown);
    call->failing = true;
    outcome = app->on_error(call, status, &shown);
    call->failing = false;
    assert(outcome == REPLIED);
    return outcome;
}

enum outcome call_fail(struct call *call, const struct error *err)
{
    return call_fail_status(call, error_status(err->kind), err);
}
