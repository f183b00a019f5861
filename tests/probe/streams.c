/* SPDX-License-Identifier: MIT */
/* Replies that are streamed. */
#include "probe.h"

#include "../../lib/clock.h"

#include <stdlib.h>
#include <string.h>

struct progress {
    int64_t next;
    int64_t end;
    int64_t pause_us;
    int64_t due_us;
    char last[64]; /* id of the last note */
};

static bool read_number(struct call *call, const char *name, int64_t fallback, int64_t *out)
{
    struct int_range range = {0, 100000000, fallback};
    struct error err;

    return call_query_int(call, name, range, out, &err);
}

static bool produce_lines(struct call *call, struct buf *chunk)
{
    struct progress *progress = call_state(call);

    while (progress->next < progress->end && chunk->len < STREAM_CHUNK)
        buf_printf(chunk, "%08lld a line of fifty characters, with its number\n",
                   (long long)progress->next++);
    return progress->next < progress->end;
}

/* GET /lines?count= - that many numbered lines. */
enum outcome stream_lines(struct call *call)
{
    struct progress *progress = call_stream_state(call, sizeof(*progress));

    if (!read_number(call, "count", 100000, &progress->end))
        progress->end = 0;
    call_add_header(call, "Content-Disposition", "attachment");
    call_set_user(call, "reader");
    return call_stream(call, "text/plain; charset=utf-8", produce_lines);
}

static bool produce_events(struct call *call, struct buf *chunk)
{
    struct progress *progress = call_state(call);
    int64_t now_us = clock_monotonic_us();

    if (!progress->pause_us || now_us < progress->due_us)
        return true;
    progress->due_us = now_us + progress->pause_us;
    buf_printf(chunk, "data: %lld\n\n", (long long)progress->next++);
    return true;
}

/* GET /events?ms= - an event every so often, for ever; 0: none at all. */
enum outcome stream_events(struct call *call)
{
    struct progress *progress = call_stream_state(call, sizeof(*progress));

    if (!read_number(call, "ms", 0, &progress->pause_us))
        progress->pause_us = 0;
    progress->pause_us *= 1000;
    call_add_header(call, "Cache-Control", "no-store");
    return call_stream(call, "text/event-stream", produce_events);
}

static bool produce_broken(struct call *call, struct buf *chunk)
{
    struct progress *progress = call_state(call);
    struct error err;

    if (progress->next++ < progress->end) {
        buf_puts(chunk, "whole\n");
        return true;
    }
    fail(&err, ERROR_INTERNAL, "secret reason");
    buf_puts(chunk, "half");
    return call_stream_fail(call, &err);
}

/* GET /broken/:chunks - fails after so many chunks. */
enum outcome stream_broken(struct call *call)
{
    struct progress *progress = call_stream_state(call, sizeof(*progress));

    progress->end = strtol(call_param(call, "chunks"), NULL, 10);
    return call_stream(call, "text/plain; charset=utf-8", produce_broken);
}

static bool produce_notes(struct call *call, struct buf *chunk)
{
    struct progress *progress = call_state(call);
    struct documents documents = {.arena = call_arena(call)};
    struct query query = {.limit = 1000};
    struct error err;

    query.where = filter_compare(call_arena(call), FILTER_GT, "_id",
                                 value_text(arena_text(call_arena(call), progress->last)));
    progress->next++; /* too early on purpose: a run that is dropped must not count */
    if (!store_find(call_store(call), &notes_collection, &query, &documents, &err))
        return call_stream_fail(call, &err);
    buf_printf(chunk, "chunk %lld\n", (long long)progress->next);
    for (size_t i = 0; i < documents.count; i++) {
        bson_iter_t iter;
        bson_t note;

        if (!bson_init_static(&note, documents.items[i].bson, documents.items[i].len) ||
            !bson_iter_init_find(&iter, &note, "_id"))
            continue;
        buf_printf(chunk, "%s\n", bson_iter_utf8(&iter, NULL));
        if (i + 1 == documents.count)
            strncpy(progress->last, bson_iter_utf8(&iter, NULL), sizeof(progress->last) - 1);
    }
    return documents.count == 1000;
}

/* GET /export - the ids of all notes, a thousand at a time. */
enum outcome stream_notes(struct call *call)
{
    call_stream_state(call, sizeof(struct progress));
    return call_stream(call, "text/plain; charset=utf-8", produce_notes);
}
