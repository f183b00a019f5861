/* SPDX-License-Identifier: MIT */
/* Routes without a store. */
#include "probe.h"

#include "../../lib/clock.h"
#include "../../lib/form.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct hello {
    const char *title;
    const char *author;
    int64_t score;
    int64_t comments;
    bool liked;
};

static const struct field hello_fields[] = {
    {"title", FIELD_TEXT, offsetof(struct hello, title), NULL},
    {"author", FIELD_TEXT, offsetof(struct hello, author), NULL},
    {"score", FIELD_INT64, offsetof(struct hello, score), NULL},
    {"comments", FIELD_INT64, offsetof(struct hello, comments), NULL},
    {"liked", FIELD_BOOL, offsetof(struct hello, liked), NULL},
};
static const struct record hello_record = RECORD(struct hello, hello_fields);

static int64_t wanted_ms(struct call *call)
{
    struct int_range range = {0, 60000, 10};
    struct error err;
    int64_t ms;

    return call_query_int(call, "ms", range, &ms, &err) ? ms : 10;
}

static void sleep_ms(int64_t ms)
{
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&wait, NULL);
}

/* GET / - a page that exists. */
static enum outcome get_root(struct call *call)
{
    return call_text(call, 200, "probe\n");
}

/* POST / - the body as it came. */
static enum outcome post_root(struct call *call)
{
    size_t len;
    const char *body = call_body(call, &len);

    return call_bytes(call, 200, "application/octet-stream", (struct list){body, len});
}

/* GET /hello - about 150 bytes of JSON. */
static enum outcome get_hello(struct call *call)
{
    struct hello hello = {
        "A title of a post that is about as long as most titles of posts are, no more", "somebody",
        4711, 42, true};

    return call_json(call, 200, &hello_record, &hello);
}

/* GET /names/:first/:last - both, decoded. */
static enum outcome get_names(struct call *call)
{
    return call_text(call, 200,
                     arena_printf(call_arena(call), "%s|%s", call_param(call, "first"),
                                  call_param(call, "last")));
}

static enum outcome get_literal(struct call *call)
{
    return call_text(call, 200, "literal");
}

/* GET /works?ms= - keeps a processor busy. */
static enum outcome get_works(struct call *call)
{
    int64_t until_us = clock_monotonic_us() + wanted_ms(call) * 1000;

    while (clock_monotonic_us() < until_us)
        continue;
    return call_text(call, 200, "worked\n");
}

/* GET /blocks?ms= - keeps a thread waiting. */
static enum outcome get_blocks(struct call *call)
{
    sleep_ms(wanted_ms(call));
    return call_text(call, 200, "blocked\n");
}

static enum outcome say(struct call *call, const char *more)
{
    const char *state = call_state(call);

    call_add_header(call, "X-Step", more);
    call_set_state(call, arena_printf(call_arena(call), "%s%s ", state ? state : "", more));
    return WAITING;
}

static enum outcome chain_end(struct call *call)
{
    return call_text(call, 200,
                     arena_printf(call_arena(call), "%sreads", (char *)call_state(call)));
}

static enum outcome chain_blocks(struct call *call)
{
    say(call, "blocks");
    return call_then(call, READS, chain_end);
}

static enum outcome chain_works(struct call *call)
{
    say(call, "works");
    return call_then(call, BLOCKS, chain_blocks);
}

/* GET /chain - one step of each kind that needs no store. */
static enum outcome get_chain(struct call *call)
{
    say(call, "reads");
    return call_then(call, WORKS, chain_works);
}

/* POST /form - the field `text`. */
static enum outcome post_form(struct call *call)
{
    const char *text = call_form(call, "text");

    return call_text(call, 200, text ? text : "(none)");
}

/* GET /number?n= - 1 to 10, else 400. */
static enum outcome get_number(struct call *call)
{
    struct int_range range = {1, 10, 5};
    struct error err;
    int64_t n;

    if (!call_query_int(call, "n", range, &n, &err))
        return call_fail(call, &err);
    return call_text(call, 200, arena_printf(call_arena(call), "%lld", (long long)n));
}

/* GET /big?mb= - many bytes. */
static enum outcome get_big(struct call *call)
{
    struct int_range range = {0, 64, 1};
    struct error err;
    int64_t mb;
    char *bytes;

    if (!call_query_int(call, "mb", range, &mb, &err))
        return call_fail(call, &err);
    bytes = arena_zalloc(call_arena(call), (size_t)mb << 20);
    return call_bytes(call, 200, "application/octet-stream",
                      (struct list){bytes, (size_t)mb << 20});
}

/* GET /fail/:kind - an error of that number. */
static enum outcome get_fail(struct call *call)
{
    struct error err;
    int kind = (int)strtol(call_param(call, "kind"), NULL, 10);

    if (kind < ERROR_INVALID || kind > ERROR_TIMEOUT)
        kind = ERROR_NOT_FOUND;
    fail(&err, (enum error_kind)kind, "secret detail \"%d\"", kind);
    return call_fail(call, &err);
}

/* GET /redirect?to= - 303 to a local path. */
static enum outcome get_redirect(struct call *call)
{
    const char *to = call_query(call, "to");

    return call_redirect(call, 303, to ? to : "/");
}

/* GET /echo?header=&cookie= - sends them back as header and cookie; says what it got. */
static enum outcome get_echo(struct call *call)
{
    const char *header = call_query(call, "header"), *cookie = call_query(call, "cookie");
    const char *got = call_cookie(call, "taste"), *agent = call_header(call, "X-Agent");

    call_set_user(call, "alice");
    if (header)
        call_add_header(call, "X-Echo", header);
    if (cookie)
        call_set_cookie(call, &(struct cookie){"taste", cookie, 60, false});
    return call_text(call, 200,
                     arena_printf(call_arena(call), "%s|%s|%s|%s|%s|%d", got ? got : "-",
                                  agent ? agent : "-", call_client(call), call_path(call),
                                  call_target(call), call_wants_json(call)));
}

/* GET /empty - 204. */
static enum outcome get_empty(struct call *call)
{
    return call_empty(call);
}

/* GET / on the front - what it is, and how many fields were sent. */
static enum outcome get_front(struct call *call)
{
    return call_text(call, 200,
                     arena_printf(call_arena(call), "front %zu", call_query_fields(call)->count));
}

/* PATCH /lenient - the method and the first `a`. */
static enum outcome patch_lenient(struct call *call)
{
    return call_text(call, 200,
                     arena_printf(call_arena(call), "%s %s %zu %s", call_method(call),
                                  call_query(call, "a"), call_query_fields(call)->count,
                                  (const char *)call_about(call)));
}

const struct route front_routes[] = {
    {"GET", "/", get_front, READS, NULL},
    {0},
};

const struct route probe_routes[] = {
    {"PATCH", "/lenient", patch_lenient, READS, "about"},
    {"GET", "/", get_root, READS, NULL},
    {"POST", "/", post_root, READS, NULL},
    {"GET", "/hello", get_hello, READS, NULL},
    {"GET", "/names/:first/:last", get_names, READS, NULL},
    {"GET", "/names/one/two", get_literal, READS, NULL},
    {"GET", "/names/one/:last/more", get_names, READS, NULL},
    {"GET", "/slash/", get_literal, READS, NULL},
    {"GET", "/works", get_works, WORKS, NULL},
    {"GET", "/blocks", get_blocks, BLOCKS, NULL},
    {"GET", "/chain", get_chain, READS, NULL},
    {"POST", "/form", post_form, READS, NULL},
    {"GET", "/number", get_number, READS, NULL},
    {"GET", "/big", get_big, READS, NULL},
    {"GET", "/fail/:kind", get_fail, READS, NULL},
    {"GET", "/redirect", get_redirect, READS, NULL},
    {"GET", "/echo", get_echo, READS, NULL},
    {"GET", "/empty", get_empty, READS, NULL},
    {"PUT", "/notes/:id", put_note, WRITES, NULL},
    {"GET", "/notes/:id", get_note, READS, NULL},
    {"POST", "/notes/:id/add", add_to_note, WRITES, NULL},
    {"POST", "/notes/:id/fail", fail_note, WRITES, NULL},
    {"POST", "/notes/:id/then", write_then_work, WRITES, NULL},
    {"POST", "/notes/:id/slow", note_slowly, WRITES, NULL},
    {"GET", "/writing", get_writing, READS, NULL},
    {"POST", "/fill", fill_notes, WRITES, NULL},
    {"GET", "/scan", scan_notes, READS, NULL},
    {"GET", "/lines", stream_lines, READS, NULL},
    {"GET", "/events", stream_events, READS, NULL},
    {"GET", "/broken/:chunks", stream_broken, READS, NULL},
    {"GET", "/export", stream_notes, READS, NULL},
    {0},
};
