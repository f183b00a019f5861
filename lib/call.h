/* SPDX-License-Identifier: MIT */
/* One request and the reply to it. A handler looks at the call, acts, and ends by returning what
 * one of the replying functions returned, so that a path that forgets to answer does not compile.
 *
 * A call is a chain of steps, each of a kind that says what it does to the world; the platform
 * picks the thread. `return call_then(call, WORKS, hash_password)` goes on in another step. READS
 * and WRITES steps may be run more than once, so they act only through call and store: replies,
 * headers and cookies are kept until the step is final. What lives from step to step lives in
 * call_arena().
 *
 * All functions here may be used by the step that is running, on its thread, and by nobody else. */
#ifndef DECANT_CALL_H
#define DECANT_CALL_H

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "record.h"
#include "store.h"
#include "template.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct form;

enum outcome { REPLIED, WAITING };

enum kind {
    READS,  /* reads a bounded little: on the loop while within budget, else again on a worker; of
             * a remote store on a worker */
    WRITES, /* changes the store: on its writer, answered after the commit; call_fail() undoes */
    WORKS,  /* burns CPU or reads much: on the cpu lane; may read the store */
    BLOCKS, /* waits for somebody else by blocking a thread: on the blocking lane; may read */
};

typedef enum outcome (*handler)(struct call *call);

struct route {
    const char *method;
    const char
        *path; /* "/posts/:id/like"; a segment `:name` takes one whole segment, decoded once */
    handler handle;
    enum kind kind;
    const void *about; /* the handler's own, for routes made from settings: call_about() */
};

/* -- what was asked */

struct arena *call_arena(struct call *call);
struct store *call_store(struct call *call);
void *call_context(struct call *call);
const void *call_about(struct call *call); /* of its route; NULL without one */
const char *call_allow(struct call *call); /* the methods its path has, as Allow says it, or "" */
bool call_is_head(struct call *call);      /* the method was HEAD */
/* Whether this step was run before: it was over budget, or its batch was rolled back. */
bool call_is_rerun(struct call *call);

const char *call_method(struct call *call); /* "GET" for HEAD too */
const char *call_path(struct call *call);   /* raw, without the query */
const char *call_target(struct call *call); /* raw, with it */
const char *call_id(struct call *call);     /* the X-Request-Id */
const char *call_client(struct call *call); /* the peer's address as text */

/* The decoded segment; never NULL for a name that is in the route's path. */
const char *call_param(struct call *call, const char *name);
/* A field of the URL's query, or of a form body; NULL if it was not sent. Malformed ones were
 * answered with 400 before the first step, bodies of another type with 415 where app.forms_only. */
const char *call_query(struct call *call, const char *name);
const char *call_form(struct call *call, const char *name);
/* All fields in their order. Where app.repeats, names may come more than once and call_query() and
 * call_form() give the first. */
const struct form *call_query_fields(struct call *call);
const struct form *call_form_fields(struct call *call); /* NULL: the body is no urlencoded form */
struct int_range {
    int64_t least;
    int64_t most;
    int64_t fallback;
};
/* A number from the query: fallback if missing; false (ERROR_INVALID) if it is none or out of
 * range. */
bool call_query_int(struct call *call, const char *name, struct int_range range, int64_t *out,
                    struct error *err);
const char *call_header(struct call *call, const char *name); /* first of that name, or NULL */
/* The last of that name, or NULL: what proxies add stands behind what the client sent. */
const char *call_header_last(struct call *call, const char *name);
/* Whether the client has the version with this (quoted) tag: If-None-Match, RFC 9110
 * section 13.1.2. */
bool call_has_tag(struct call *call, const char *etag);
const char *call_cookie(struct call *call, const char *name);
const char *call_body(struct call *call, size_t *len); /* NUL-terminated; "" if there was none */

/* Whether the client would rather have JSON than a page (Accept, RFC 9110 section 12.5.1). */
bool call_wants_json(struct call *call);
/* Which of these media types the client would rather have: what it likes best, then what it named
 * more exactly, then what comes first here. Other names of a type follow it behind a blank
 * ("application/json application/problem+json"). -1: it said nothing, or wants none of them. */
int call_prefers(struct call *call, const char *const *types, size_t count);

/* Something of the handler's own, from step to step; NULL at first. */
void *call_state(struct call *call);
void call_set_state(struct call *call, void *state);

/* A name for the access log: who did it. */
void call_set_user(struct call *call, const char *user);
const char *call_user(struct call *call); /* NULL if none was set */

/* -- the reply */

/* Add a header to the reply of this step or a later one. CR, LF and NUL in the value are refused by
 * dropping the header. Names are borrowed, values copied. */
void call_add_header(struct call *call, const char *name, const char *value);

struct cookie {
    const char *name;
    const char *value; /* "" with max_age_s 0 removes it */
    int64_t max_age_s; /* -1: until the browser closes */
    bool secure;
};
/* Path=/, HttpOnly, SameSite=Lax. */
void call_set_cookie(struct call *call, const struct cookie *cookie);

/* type with charset. bytes must live as long as the arena (or be static). */
enum outcome call_bytes(struct call *call, int status, const char *type, struct list bytes);
enum outcome call_text(struct call *call, int status, const char *text);
enum outcome call_json(struct call *call, int status, const struct record *record,
                       const void *data);
enum outcome call_html(struct call *call, int status, const struct template *page,
                       struct template_value data);
/* 204. */
enum outcome call_empty(struct call *call);
/* A local path (path_is_local(); anything else goes to "/") with the public prefix put before it.
 * Blanks and what is no ASCII are percent-encoded. */
enum outcome call_redirect(struct call *call, int status, const char *path);
/* An error reply; undoes a WRITES step; logs internal errors, once, with the call's id. */
enum outcome call_fail(struct call *call, const struct error *err);

/* -- replies without an end in sight */

enum { STREAM_CHUNK = 64 * 1024 };

/* 200 with a body that is made piece by piece: produce appends to chunk, up to about STREAM_CHUNK
 * bytes, and is asked for more each time the client took the last; false: nothing follows. Nothing
 * appended and true: there is nothing now; it is asked again after some 100 ms. Nothing of the
 * store is held in between, so go on by key.
 *
 * produce runs as a READS step and may be run again, what it appended and changed in
 * call_stream_state() being dropped. In it call_arena() lasts until its next run, and no reply is
 * made; what goes wrong is told by call_stream_fail(). A stream has no deadline (but for each
 * run that waits for a remote store), ends for a client that takes almost nothing of what is there,
 * and counts towards --max-streams (503). HEAD never asks produce. The head leaves with the first
 * bytes.
 *
 * A type of text/event-stream is not silent for more than about 5 s (a comment is sent), and ends
 * when the process is told to end; others may go on while it drains. type must be static. */
enum outcome call_stream(struct call *call, const char *type,
                         bool (*produce)(struct call *call, struct buf *chunk));
/* Zeroed memory for how far a stream has come; call_state() from now on. To be asked for in the
 * step that ends with call_stream(). It must not point to what produce allocates. */
void *call_stream_state(struct call *call, size_t size);
/* For produce to return: an error reply if nothing was sent yet, else the connection is cut, so
 * that nobody takes what came for the whole. Always false. */
bool call_stream_fail(struct call *call, const struct error *err);
/* For produce: whether the process was told to end, so that nothing more should be waited for. */
bool call_is_draining(struct call *call);

/* Go on in another step. */
enum outcome call_then(struct call *call, enum kind kind, handler next);

#endif
