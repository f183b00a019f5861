/* SPDX-License-Identifier: MIT */
#include "written.h"

#include "../lib/json.h"
#include "read.h"
#include "reply.h"
#include "rest.h"

#include <stdio.h>
#include <string.h>

static void put_key(const char *key, struct buf *out)
{
    json_write_text(out, key, strlen(key));
    buf_byte(out, ':');
}

static void put_status(const struct names *names, bool ok, struct buf *out)
{
    const char *status = ok ? names->status_ok : names->status_err;

    put_key(names->status, out);
    json_write_text(out, status, strlen(status));
}

/* -- documents --------------------------------------------------------------------------------- */

void written_document(const struct resource *resource, const struct document *document,
                      struct buf *out)
{
    const struct projection saved = {.inclusive = true, .paths = resource->extra_response_fields};
    const struct view view = {.resource = resource,
                              .projection = resource->bandwidth_saver ? &saved : NULL,
                              .links = true,
                              .all_related = true};

    render_document(&view, document, out);
    out->len--; /* the closing brace */
    buf_byte(out, ',');
    put_status(&resource->settings->names, true, out);
    buf_byte(out, '}');
}

/* `"_status":…,"_items":[` */
static void open_items(const struct names *names, bool ok, struct buf *out)
{
    put_status(names, ok, out);
    buf_byte(out, ',');
    put_key(names->items, out);
    buf_byte(out, '[');
}

void written_documents(const struct resource *resource, const struct document *documents,
                       size_t count, struct buf *out)
{
    buf_byte(out, '{');
    open_items(&resource->settings->names, true, out);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_byte(out, ',');
        written_document(resource, &documents[i], out);
    }
    buf_puts(out, "]}");
}

void written_counts(const struct resource *resource, int64_t matched, int64_t modified,
                    struct buf *out)
{
    const struct names *names = &resource->settings->names;

    buf_byte(out, '{');
    put_status(names, true, out);
    buf_byte(out, ',');
    put_key(names->meta, out);
    buf_puts(out, "{\"matched\":");
    buf_int(out, matched);
    buf_puts(out, ",\"modified\":");
    buf_int(out, modified);
    buf_puts(out, "}}");
}

/* -- what was refused -------------------------------------------------------------------------- */

/* `"_status":"ERR","_issues":{…}`, or `"_status":"OK"` without issues. */
static void put_verdict(const struct resource *resource, const struct issues *issues,
                        struct buf *out)
{
    const struct names *names = &resource->settings->names;

    put_status(names, issues_empty(issues), out);
    if (issues_empty(issues))
        return;
    buf_byte(out, ',');
    put_key(names->issues, out);
    issues_write(issues, resource->issues_as_list, out);
}

void written_issues(const struct resource *resource, const struct issues *issues, struct buf *out)
{
    buf_byte(out, '{');
    put_verdict(resource, issues, out);
    buf_byte(out, '}');
}

static void put_verdicts(const struct resource *resource, const struct issues *issues, size_t count,
                         struct buf *out)
{
    open_items(&resource->settings->names, false, out);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_byte(out, ',');
        written_issues(resource, &issues[i], out);
    }
    buf_byte(out, ']');
}

void written_failure(const struct resource *resource, const struct issues *issues, size_t count,
                     struct buf *out)
{
    size_t bad = 0;

    for (size_t i = 0; i < count; i++)
        bad += !issues_empty(&issues[i]);
    buf_byte(out, '{');
    if (count == 1)
        put_verdict(resource, issues, out);
    else
        put_verdicts(resource, issues, count, out);
    buf_byte(out, ',');
    put_key(resource->settings->names.error, out);
    buf_puts(out, "{\"code\":");
    buf_int(out, resource->settings->validation_status);
    buf_puts(out, ",\"message\":\"Insertion failure: ");
    buf_int(out, (int64_t)bad);
    buf_puts(out, " document(s) contain(s) error(s)\"}}");
}

/* -- replies ----------------------------------------------------------------------------------- */

enum outcome written_reply(struct call *call, int status, const struct buf *body)
{
    return reply_json(call, status, (struct list){body->data, body->len});
}

enum outcome written_refusal(struct call *call, const struct issues *issues)
{
    const struct resource *resource = resource_of(call);
    struct buf *body = read_buffer(call, WRITTEN_AHEAD);

    written_issues(resource, issues, body);
    return written_reply(call, resource->settings->validation_status, body);
}

void written_location(struct call *call, const struct document *document)
{
    const struct resource *resource = resource_of(call);
    struct buf path = {0};

    buf_puts(&path, resource->settings->prefix);
    buf_byte(&path, '/');
    render_item_href(resource, document, &path);
    call_add_header(call, "location", buf_text(&path));
    buf_release(&path);
}

void written_etag(struct call *call, const struct document *document)
{
    char value[sizeof(document->etag) + 2];

    if (!resource_of(call)->if_match)
        return;
    snprintf(value, sizeof(value), "\"%s\"", document->etag);
    call_add_header(call, "etag", value);
}
