/* SPDX-License-Identifier: MIT */
/* GET /changes: the ordered feed of what was put and deleted. Take a cursor, copy everything,
 * follow. Answered at once, after a change or a while (Prefer: wait=N, RFC 7240), or as server-sent
 * events. Resources whose rows belong to users are not in it. */
#include "../lib/clock.h"
#include "../lib/form.h"
#include "gate.h"
#include "handlers.h"
#include "render.h"
#include "reply.h"

#include <stdlib.h>
#include <string.h>

enum { CHANGES_DEFAULT = 100, CHANGES_MOST = 1000, WAIT_MOST_S = 10, EVENTS_AT_ONCE = 50 };

static const char events[] = "text/event-stream";

/* How far a listener has come; all of it in place, as streams need. */
struct follower {
    char cursor[STORE_CURSOR_SIZE];
    uint64_t seen; /* sum of the versions when last looked */
    int64_t until_us;
    int64_t most;
    bool told; /* events: the cursor to begin with was sent */
};

/* -- what may be told ----------------------------------------------------------------------------
 */

static const struct resource *resource_told(struct call *call, const struct collection *collection)
{
    const struct settings *settings = rest_of(call)->settings;
    const char *wanted = call_query(call, "resource");

    for (size_t i = 0; i < settings->resource_count; i++) {
        const struct resource *resource = &settings->resources[i];

        if (resource->collection != collection || resource->internal || resource->auth_field ||
            !gate_may_read(call, resource))
            continue;
        if (!wanted || strcmp(wanted, resource->name) == 0)
            return resource;
    }
    return NULL;
}

/* Grows with every change that the feed may tell of, and costs nothing to ask. */
static uint64_t versions(const struct rest *rest)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < rest->settings->collection_count; i++)
        if (rest->settings->collections[i]->followed)
            sum += store_version(rest->store, rest->settings->collections[i]);
    return sum;
}

/* -- one change ----------------------------------------------------------------------------------
 */

static void write_text(struct buf *out, const char *text)
{
    render_text(text, strlen(text), out);
}

/* Nothing is appended if the document is not there, or no part of the resource. */
static bool write_document(struct call *call, const struct resource *resource,
                           const bson_value_t *id, struct buf *out, struct error *err)
{
    struct view view = {.resource = resource, .links = true};
    struct document document = {.arena = call_arena(call)};

    if (!store_get(rest_of(call)->store, resource->collection, (struct key){NULL, *id}, &document,
                   err))
        return err->kind == ERROR_NOT_FOUND;
    if (filter_matches(resource->default_filter, document.bson, document.len))
        render_document(&view, &document, out);
    return true;
}

/* {"cursor","resource","_id","op","document"}; nothing is appended if it is not to be told. A
 * document that cannot be read now is none that is gone: false. */
static bool write_change(struct call *call, const struct store_change *change, struct buf *out,
                         struct error *err)
{
    const struct settings *settings = rest_of(call)->settings;
    const struct resource *resource = resource_told(call, change->collection);
    struct buf document = {0};

    if (!resource)
        return true;
    if (!change->deleted && !write_document(call, resource, &change->id, &document, err))
        return false;
    buf_puts(out, "{\"cursor\":");
    write_text(out, change->cursor);
    buf_puts(out, ",\"resource\":");
    write_text(out, resource->name);
    buf_puts(out, ",\"_id\":");
    render_value(settings, &change->id, out);
    buf_puts(out, document.len ? ",\"op\":\"put\",\"document\":"
                               : ",\"op\":\"delete\",\"document\":null");
    buf_add(out, document.data, document.len);
    buf_byte(out, '}');
    buf_release(&document);
    return true;
}

/* -- at once, or after a while -------------------------------------------------------------------
 */

static bool find(struct call *call, const char *after, int64_t most, struct store_changes *out,
                 struct error *err)
{
    *out = (struct store_changes){.arena = call_arena(call)};
    return store_changes(rest_of(call)->store, after, (size_t)most, out, err);
}

static bool write_items(struct call *call, const struct store_changes *changes, struct buf *out,
                        struct error *err)
{
    bool any = false;

    buf_byte(out, '[');
    for (size_t i = 0; i < changes->count; i++) {
        size_t before = out->len, start;

        if (any)
            buf_byte(out, ',');
        start = out->len;
        if (!write_change(call, &changes->items[i], out, err))
            return false;
        if (out->len > start)
            any = true;
        else
            out->len = before;
    }
    buf_byte(out, ']');
    return true;
}

static bool write_list(struct call *call, const struct store_changes *changes, struct buf *out,
                       struct error *err)
{
    const struct settings *settings = rest_of(call)->settings;
    const char *own =
        arena_printf(call_arena(call), "%s%s", settings->link_base, settings->changes_endpoint);

    buf_byte(out, '{');
    write_text(out, settings->names.items);
    buf_byte(out, ':');
    if (!write_items(call, changes, out, err))
        return false;
    buf_puts(out, ",\"cursor\":");
    write_text(out, changes->cursor);
    if (settings->hateoas) {
        buf_byte(out, ',');
        write_text(out, settings->names.links);
        buf_puts(out, ":{\"self\":{\"title\":\"changes\",\"href\":");
        write_text(out, own);
        buf_puts(out, "},\"next\":{\"title\":\"next changes\",\"href\":");
        write_text(out, arena_printf(call_arena(call), "%s?after=%s", own, changes->cursor));
        buf_puts(out, "}}");
    }
    buf_byte(out, '}');
    return true;
}

static enum outcome send_list(struct call *call, const struct store_changes *changes)
{
    struct buf text = {0};
    struct error err;
    struct list body;

    if (!write_list(call, changes, &text, &err)) {
        buf_release(&text);
        return call_fail(call, &err);
    }
    body = (struct list){arena_copy(call_arena(call), text.data, text.len), text.len};
    buf_release(&text);
    call_add_header(call, "Cache-Control", "no-store");
    return reply_json(call, 200, body);
}

/* Nothing is appended until there is something to tell, or time is over. */
static bool produce_list(struct call *call, struct buf *chunk)
{
    struct follower *follower = call_state(call);
    uint64_t now = versions(rest_of(call));
    bool late = clock_monotonic_us() >= follower->until_us || call_is_draining(call);
    struct store_changes changes;
    struct error err;

    if (now == follower->seen && !late)
        return true;
    if (!find(call, follower->cursor, follower->most, &changes, &err))
        return call_stream_fail(call, &err);
    follower->seen = now;
    if (!changes.count && !late)
        return true;
    return write_list(call, &changes, chunk, &err) ? false : call_stream_fail(call, &err);
}

/* The seconds of a Prefer header's wait; 0 without one. */
static int64_t seconds_to_wait(struct call *call)
{
    const char *prefer = call_header(call, "prefer");
    const char *wait = prefer ? strstr(prefer, "wait=") : NULL;
    long seconds;

    if (!wait || (wait != prefer && !strchr(" ,;\t", wait[-1])))
        return 0;
    seconds = strtol(wait + 5, NULL, 10);
    return seconds < 0 ? 0 : seconds > WAIT_MOST_S ? WAIT_MOST_S : seconds;
}

static enum outcome wait_for_more(struct call *call, int64_t most, int64_t seconds,
                                  const struct store_changes *changes, uint64_t seen)
{
    struct follower *follower = call_stream_state(call, sizeof(*follower));

    memcpy(follower->cursor, changes->cursor, sizeof(follower->cursor));
    follower->seen = seen;
    follower->until_us = clock_monotonic_us() + seconds * 1000000;
    follower->most = most;
    call_add_header(call, "Cache-Control", "no-store");
    call_add_header(call, "Preference-Applied",
                    arena_printf(call_arena(call), "wait=%d", (int)seconds));
    return call_stream(call, "application/json", produce_list);
}

static enum outcome get_list(struct call *call)
{
    struct int_range range = {1, CHANGES_MOST, CHANGES_DEFAULT};
    int64_t seconds = reply_is_shaped(call) ? 0 : seconds_to_wait(call), most;
    const char *after = call_query(call, "after");
    uint64_t seen = versions(rest_of(call));
    struct store_changes changes;
    struct error err;

    if (!call_query_int(call, "max_results", range, &most, &err) ||
        !find(call, after, most, &changes, &err))
        return call_fail(call, &err);
    if (!after || changes.count || !seconds)
        return send_list(call, &changes);
    return wait_for_more(call, most, seconds, &changes, seen);
}

/* -- events (https://html.spec.whatwg.org/multipage/server-sent-events.html) ----------------------
 */

static bool write_event(struct call *call, const struct store_change *change, struct buf *out,
                        struct error *err)
{
    size_t before = out->len, start;
    bool ok;

    buf_puts(out, "id: ");
    buf_puts(out, change->cursor);
    buf_puts(out, "\nevent: change\ndata: ");
    start = out->len;
    ok = write_change(call, change, out, err);
    if (out->len > start)
        buf_puts(out, "\n\n");
    else
        out->len = before;
    return ok;
}

static bool write_events(struct call *call, const struct store_changes *changes, struct buf *out,
                         struct error *err)
{
    for (size_t i = 0; i < changes->count; i++)
        if (!write_event(call, &changes->items[i], out, err))
            return false;
    return true;
}

static bool produce_events(struct call *call, struct buf *chunk)
{
    struct follower *follower = call_state(call);
    uint64_t now = versions(rest_of(call));
    struct store_changes changes;
    struct error err;

    if (!follower->told) {
        buf_printf(chunk, "id: %s\nevent: cursor\ndata: {\"cursor\":\"%s\"}\n\n", follower->cursor,
                   follower->cursor);
        follower->told = true;
        return true;
    }
    if (now == follower->seen)
        return true;
    if (!find(call, follower->cursor, EVENTS_AT_ONCE, &changes, &err))
        return call_stream_fail(call, &err);
    if (!write_events(call, &changes, chunk, &err))
        return call_stream_fail(call, &err);
    memcpy(follower->cursor, changes.cursor, sizeof(follower->cursor));
    if (changes.count < EVENTS_AT_ONCE)
        follower->seen = now;
    return true;
}

static enum outcome get_events(struct call *call)
{
    const char *after = call_header(call, "last-event-id");
    struct follower *follower;
    struct store_changes changes;
    struct error err;

    if (!after || !*after)
        after = call_query(call, "after");
    /* A cursor that is no good is told now, with a status. */
    if (!find(call, after, 1, &changes, &err))
        return call_fail(call, &err);
    follower = call_stream_state(call, sizeof(*follower));
    if (after)
        memcpy(follower->cursor, after, strlen(after) + 1);
    else
        memcpy(follower->cursor, changes.cursor, sizeof(follower->cursor));
    call_add_header(call, "Cache-Control", "no-store");
    return call_stream(call, events, produce_events);
}

/* GET /changes - changes behind ?after=, or the cursor of now. */
enum outcome changes_get(struct call *call)
{
    const char *accept = call_header(call, "accept");
    enum outcome refused;

    if (!gate_pass(call, &refused))
        return refused;
    return accept && strstr(accept, events) ? get_events(call) : get_list(call);
}
