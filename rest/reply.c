/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include <string.h>

#include "gate.h"
#include "render_private.h"
#include "reply_private.h"

enum { TYPE_JSON, TYPE_COUNT = 4 };

/* What Accept may ask for, and what is answered. */
static const char *const asked[TYPE_COUNT] = {"application/json", "application/xml", "text/xml",
                                              "application/x-xml"};
static const char *const answered[TYPE_COUNT] = {
    "application/json", "application/xml; charset=utf-8", "text/xml; charset=utf-8",
    "application/x-xml; charset=utf-8"};

struct wish {
    size_t type; /* in these tables */
    bool pretty, sorted;
    const char *callback; /* NULL: no JSONP */
    bool bad_callback;
};

/* A bad Accept is no error: the first type that the settings allow is sent. */
static size_t wanted_type(struct call *call, const struct settings *settings)
{
    size_t first = settings->json || !settings->xml ? TYPE_JSON : TYPE_JSON + 1;
    size_t count = settings->xml ? TYPE_COUNT - first : 1;
    int best = count > 1 ? call_prefers(call, asked + first, count) : 0;

    return best < 0 ? first : first + (size_t)best;
}

/* [A-Za-z_$][\w$.]*, which nothing but the name of a function can be. */
static bool is_callback(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$";
    size_t len = strspn(text, letters);

    if (!len)
        return false;
    while (text[len] && strchr("0123456789.", text[len]))
        len += 1 + strspn(text + len + 1, letters);
    return !text[len];
}

static struct wish wish_of(struct call *call)
{
    const struct settings *settings = rest_of(call)->settings;
    struct wish wish = {.type = wanted_type(call, settings), .sorted = settings->sort_keys};

    if (wish.type != TYPE_JSON)
        return wish;
    wish.pretty = strcmp(call_method(call), "GET") == 0 && call_query(call, "pretty");
    if (settings->jsonp)
        wish.callback = call_query(call, settings->jsonp);
    wish.bad_callback = wish.callback && !is_callback(wish.callback);
    return wish;
}

static bool is_plain(const struct wish *wish)
{
    return wish->type == TYPE_JSON && !wish->pretty && !wish->sorted && !wish->callback;
}

bool reply_is_shaped(struct call *call)
{
    struct wish wish = wish_of(call);

    return !is_plain(&wish);
}

/* -- shaping ------------------------------------------------------------------------------------
 */

static void release(void *context)
{
    buf_release(context);
}

/* A buffer that lasts as long as the call. */
static struct buf *new_buf(struct call *call)
{
    struct buf *out = arena_zalloc(call_arena(call), sizeof(*out));

    arena_defer(call_arena(call), release, out);
    return out;
}

static struct list list_of(const struct buf *text)
{
    return (struct list){text->data, text->len};
}

static struct list as_json(struct call *call, const struct wish *wish, struct list body)
{
    struct buf *out;
    struct error err;

    if (wish->sorted) {
        out = new_buf(call);
        if (json_sort(call_arena(call), body, out, &err))
            body = list_of(out);
    }
    if (!wish->pretty && !wish->callback)
        return body;
    out = new_buf(call);
    if (wish->callback) {
        buf_puts(out, wish->callback);
        buf_byte(out, '(');
    }
    if (wish->pretty)
        json_indent(body, out);
    else
        buf_add(out, body.items, body.count);
    if (wish->callback)
        buf_byte(out, ')');
    return list_of(out);
}

static enum outcome reply_as(struct call *call, int status, const struct wish *wish,
                             struct list body)
{
    struct buf *out;
    struct error err;

    if (is_plain(wish))
        return call_bytes(call, status, answered[TYPE_JSON], body);
    if (wish->type == TYPE_JSON)
        return call_bytes(call, status, answered[TYPE_JSON], as_json(call, wish, body));
    out = new_buf(call);
    if (xml_from_json(&rest_of(call)->settings->names, body.items, body.count, out, &err))
        return call_bytes(call, status, answered[wish->type], list_of(out));
    return call_bytes(call, status, answered[TYPE_JSON], body);
}

enum outcome reply_json(struct call *call, int status, struct list body)
{
    struct wish wish = wish_of(call);
    struct error err;

    if (wish.bad_callback) {
        fail(&err, ERROR_INVALID, "'%s' must name a function", rest_of(call)->settings->jsonp);
        return call_fail(call, &err);
    }
    return reply_as(call, status, &wish, body);
}

/* -- errors -------------------------------------------------------------------------------------
 */

/* What went wrong inside is nobody's business, but who asks can be found in the log. */
static const char *message_of(struct call *call, int status, const struct error *err)
{
    if (status < 500)
        return err->message;
    return arena_printf(call_arena(call), "%s (call %s)", status_phrase(status), call_id(call));
}

/* Where the settings keep errors out of Eve's shape: the page that takes its place there. */
static enum outcome reply_page(struct call *call, int status, const char *message)
{
    struct buf *out = new_buf(call);

    buf_printf(out, "<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>",
               status, status_phrase(status), status_phrase(status));
    xml_escape(message, strlen(message), out);
    buf_puts(out, "</p>\n");
    return call_bytes(call, status, "text/html; charset=utf-8", list_of(out));
}

enum outcome reply_error(struct call *call, int status, const struct error *err)
{
    const struct settings *settings = rest_of(call)->settings;
    const char *message = message_of(call, status, err);
    struct wish wish = wish_of(call);
    struct buf *out;

    gate_common_cache_headers(call);
    if (!settings->standard_errors)
        return reply_page(call, status, message);
    if (wish.bad_callback)
        wish.callback = NULL;
    out = new_buf(call);
    buf_byte(out, '{');
    render_name(settings->names.status, out);
    render_text(settings->names.status_err, strlen(settings->names.status_err), out);
    render_name(settings->names.error, out);
    buf_puts(out, "{\"code\":");
    buf_int(out, status);
    buf_puts(out, ",\"message\":");
    render_text(message, strlen(message), out);
    buf_puts(out, "}}");
    return reply_as(call, status, &wish, list_of(out));
}
