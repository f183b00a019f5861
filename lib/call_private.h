/* SPDX-License-Identifier: MIT */
/* What server*.c and call*.c share: one process (server), its loops, and the calls on them. A
 * call's life (list, link, req, busy) belongs to its loop's thread; the rest belongs to the step
 * that runs. */
#ifndef DECANT_CALL_PRIVATE_H
#define DECANT_CALL_PRIVATE_H

#include "call.h"
#include "form.h"
#include "framing.h"
#include "head.h"
#include "mailbox.h"
#include "metrics.h"
#include "pool.h"
#include "server.h"

#include <h2o.h>
#include <stdatomic.h>
#include <uv.h>

enum {
    /* Kinds of the platform's own routes: on the loop without a store, and on a lane that no
     * application can fill. */
    KIND_LOOP = BLOCKS + 1,
    KIND_ADMIN,
    KIND_COUNT,

    SERVER_SIGNALS = 3,
    MAX_PARAMS = 8,
    ID_SIZE = 65,
    CLIENT_SIZE = 46,
    STATUS_COUNT = 600,
};

enum method { GET, POST, PUT, PATCH, DELETE, METHOD_COUNT, HEAD = METHOD_COUNT, OPTIONS, OTHER };

/* Where connections come in. */
enum door_kind { DOOR_MAIN, DOOR_ADMIN, DOOR_FRONT, DOOR_COUNT };

/* A route with what is counted about it. */
struct entry {
    struct route route;
    struct entry *next; /* of all, to be freed */
    size_t param_count;
    char *params[MAX_PARAMS];
    struct metric *duration;
    struct metric *classes[6]; /* by the first digit of the status */
};

struct router;

struct line {
    h2o_iovec_t name; /* lower case */
    h2o_iovec_t value;
    struct line *next;
};

struct call_list {
    struct call *first;
    struct call *last;
};

struct loop {
    struct server *server;
    int index;
    int fds[DOOR_COUNT]; /* of listeners; -1: none */
    uv_loop_t uv;
    h2o_context_t h2o;
    h2o_accept_ctx_t accept;
    uv_tcp_t listeners[DOOR_COUNT];
    uv_prepare_t prepare;
    uv_timer_t tick;
    uv_timer_t kick;
    uv_idle_t turn; /* runs while streams are ready */
    uv_async_t stop;
    struct mailbox mailbox;
    struct call *spare; /* linked by next */
    int spare_count;
    struct call_list waiting; /* unanswered, by deadline */
    struct call_list sending; /* answered, libh2o is writing */
    struct call_list streams; /* open ones that wait: for the client, a worker, or a while */
    struct call_list ready;   /* those that may be asked for more */
    struct store_work *held;  /* writes of this turn, for one batch: chained by next */
    struct store_work **held_last;
    size_t held_count;
    int calls;
    int connections;
    int64_t ticked_us;
    _Atomic int64_t stop_us; /* when draining began; 0 before: workers that stream ask */
    bool snapshot;           /* this thread may hold one */
    h2o_linklist_t unhooked; /* conns whose reads would not pass through on_read() */
    h2o_socket_cb h2o_read;  /* libh2o's own */
    h2o_req_t *replying;     /* whose reply is ours: the filter leaves it alone */
    pthread_t thread;
};

/* Readiness as last asked on a worker. */
struct health {
    struct server *server;
    struct task task;
    _Atomic int64_t answered_us;
    _Atomic int64_t asked_us; /* 0: no question is out */
    _Atomic bool store_ok;
};

/* What is served behind a port. */
struct door {
    struct router *router;
    struct files *files;
    struct entry *static_entry; /* NULL: no files */
    struct line *headers;       /* of every reply */
};

struct server {
    const struct server_settings *settings;
    const struct app *app;
    struct door doors[DOOR_COUNT];
    struct lane *lanes[KIND_COUNT];
    struct lane *cpu, *blocking, *admin;
    struct lane *reading; /* of a remote store; else NULL */
    struct loop *loops;
    int loop_count;
    h2o_globalconf_t h2o;
    h2o_hostconf_t *host;
    struct entry *entries;
    struct metrics *metrics;
    struct metric *in_flight, *connections_gauge, *refused_connections, *lag, *cut_readers, *gone;
    struct metric *streams_gauge;
    struct metric *statuses[STATUS_COUNT];
    struct entry *none; /* counts for calls without a route, by method */
    struct health health;
    atomic_int connections;
    atomic_int streams; /* open ones */
    atomic_bool draining;
    uv_signal_t signals[SERVER_SIGNALS];
    uv_timer_t grace;
    int ports[DOOR_COUNT];
    int lock_fd; /* -1: none */
    bool own_metrics;
    bool interrupted; /* by SIGINT, once */
};

/* One connection; the handle first, as libuv gives that back. */
struct conn {
    uv_tcp_t tcp;
    struct loop *loop;
    enum door_kind door;
    bool unwatched; /* octets went by unseen: no judgement any more */
    uint64_t requests;
    struct framing framing;
    h2o_socket_t *socket;
    h2o_linklist_t unhooked; /* in the loop's list while reads would not pass through on_read() */
    char client[CLIENT_SIZE];
};

typedef bool (*producer)(struct call *call, struct buf *chunk);

struct reply {
    int status; /* 0: none yet */
    const char *type;
    const char *bytes;
    size_t len;
    struct line *headers;
    struct line **last;
    const char *internal; /* what went wrong, for the log; NULL: nothing */
    producer produce;     /* a stream; NULL: the bytes are all */
    void *kept;           /* what produce changes from run to run, or NULL */
    size_t kept_size;
};

/* What a stream needs beside its call. While a worker has the call, this is the worker's. */
struct stream {
    h2o_generator_t generator;
    struct call *call;
    struct arena arena; /* of one run of produce */
    struct buf chunk;   /* being made, then being sent */
    void *saved;        /* reply.kept as it was before the run */
    struct error error; /* why produce failed */
    int64_t sent_us;
    int64_t asked_us; /* since when a remote store is to say something; 0: it is not asked */
    size_t sent;      /* bytes since the client's pace was last looked at */
    bool events;      /* of type text/event-stream */
    bool begun;       /* the head was sent */
    bool sending;     /* libh2o has the chunk */
    bool more;        /* what produce answered */
    bool heavy;       /* was over budget: runs on workers */
    bool cut;         /* nothing of it is sent any more, though a worker may have it */
};

struct link {
    struct call *call; /* NULL: nothing to be told */
};

struct call {
    /* Kept when the struct is used again. */
    struct server *server;
    struct loop *loop;
    struct arena arena;
    struct buf out; /* bodies that are made here */
    struct head head;
    struct error work_error;
    char id[ID_SIZE];
    char client[CLIENT_SIZE];

    /* From here on all zero at the start. */
    struct call *next, *prev;
    struct call_list *list;
    struct conn *conn; /* for the loop alone: a worker may have the call longer than it lasts */
    enum door_kind door;
    h2o_req_t *req;
    struct link *link;
    struct stream *stream; /* NULL: none, or not begun */
    struct entry *entry;
    handler step;
    handler next_step;
    enum kind kind, next_kind;
    enum method method;
    const char *path;
    const char *target;
    const char *allow;
    const char *param_values[MAX_PARAMS];
    struct form query, form;
    const char *body;
    size_t body_len;
    const char *traceparent;      /* as sent; not checked yet */
    struct line **begun;          /* the end of the headers that whatever reply gets */
    struct line **headers_before; /* and of those of the steps before */
    void *state, *state_before;
    const char *user, *user_before;
    struct reply reply;
    int64_t begun_us, due_us, checked_us;
    int64_t paced_us;
    size_t left; /* bytes the client had not taken at paced_us */
    struct task task;
    struct store_work work;
    struct letter letter;
    bool has_form;
    bool busy;    /* a worker or the writer has it */
    bool held;    /* or it waits for the end of the turn, to go to the writer with others */
    bool rerun;   /* the step was run before */
    bool writing; /* inside a WRITES step */
    bool undo;
    bool committed;
    bool failing; /* on_error is being asked */
    bool answered;
    bool close;
    bool secret; /* not in the access log: health and metrics */
};

/* -- call.c: steps */

int call_on_request(h2o_handler_t *self, h2o_req_t *req);
/* Give the writer what this turn of the loop has for it; before the loop waits. */
void call_send_writes(struct loop *loop);
/* Take one of them back. */
void call_unhold(struct call *call);
/* Calls came back from workers. */
void call_deliver(void *context, struct letter *letters);
/* What is said of a remote store that does not answer; begun: a change was on its way. */
void call_store_is_late(struct error *err, bool begun);
/* Every tick: deadlines, clients that are gone. */
void call_expire(struct loop *loop, int64_t now_us);

/* -- call_life.c */

static inline const struct door *call_door(const struct call *call)
{
    return &call->server->doors[call->door];
}

static inline bool server_is_remote(const struct server *server)
{
    return server->app->store && !store_is_embedded(server->app->store);
}

struct call *call_new(struct loop *loop, h2o_req_t *req);
void call_release(struct call *call);
void loop_free_calls(struct loop *loop);
void call_list_add(struct call_list *list, struct call *call);
void call_list_remove(struct call *call);
/* Back to how it was before its step. */
void call_forget_reply(struct call *call);
/* Whether its connection was reset. */
bool call_client_is_gone(struct call *call);
/* A call in place of one that a worker still has: it answers, the other one just ends. */
struct call *call_replace(struct call *old);
/* Take the call from whoever has it, if they have not begun; whether nobody has it now. */
bool call_withdraw(struct call *call);

/* -- call_read.c: from the raw head to a routed call */

/* Fill the call; false: it has a reply already. */
bool call_read(struct call *call);

/* -- call_send.c */

void call_send(struct call *call);
/* Only the head: bytes follow by h2o_send(). */
void call_send_head(struct call *call, h2o_generator_t *generator);
void call_log_internal(struct call *call);
/* Count and log; the client has it all, or is gone. */
void call_account(struct call *call);
/* Every tick: cut connections that take their reply too slowly. */
void call_cut_slow(struct loop *loop, int64_t now_us);
/* For replies that libh2o makes by itself. */
void call_on_foreign_reply(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot);

/* -- call_stream.c */

/* Begin to stream; false: it has another reply now, as too many are open. */
bool call_stream_open(struct call *call);
/* A worker is done with it. */
void call_stream_come_back(struct call *call);
/* Every tick: those that had nothing to say are asked again; clients that are gone, and a remote
 * store that says nothing. */
void call_stream_tick(struct loop *loop, int64_t now_us);
/* Ask those that are ready, as far as one turn of the loop allows. */
void call_stream_turn(uv_idle_t *idle);
/* Make the next chunk; the halves around a run of produce, which may be repeated. */
void call_stream_begin_run(struct call *call);
void call_stream_drop_run(struct call *call);
/* Of a call that is released. */
void call_stream_close(struct call *call);

/* -- call_fail.c */

enum outcome call_fail_status(struct call *call, int status, const struct error *err);

/* -- call_accept.c: pure functions */

/* As call_prefers(), of an Accept value; NULL: no header. */
int accept_best(const char *accept, const char *const *types, size_t count);
/* Whether an Accept value prefers JSON to HTML. NULL: no header. */
bool accept_prefers_json(const char *accept);
/* Whether an Accept-Encoding value allows gzip. */
bool accept_gzip(const char *accept_encoding);
/* Whether an If-None-Match value names the tag (weak comparison, lists, `*`). */
bool etag_listed(const char *if_none_match, const char *etag);
/* Whether text may be a request's id: 1-64 of [A-Za-z0-9._-]. */
bool request_id_ok(const char *text, size_t len);
/* The trace id of a W3C traceparent, into 33 bytes; false if it is to be ignored. */
bool traceparent_read(const char *text, char trace_id[33]);

/* -- server_router.c */

struct match {
    struct entry *entry; /* NULL: see status */
    int status;          /* 404, 405, 400; 200 for OPTIONS */
    const char *allow;   /* for 405 and 200 */
    const char *values[MAX_PARAMS];
};

struct router *router_new(void);
/* A later route with the same method and path is ignored. The entry is borrowed. */
void router_add(struct router *router, struct entry *entry);
void router_done(struct router *router);
void router_free(struct router *router);
void router_match(const struct router *router, struct arena *arena, enum method method,
                  struct span path, struct match *match);
enum method method_read(struct span text);
const char *method_name(enum method method);

/* -- the other server_*.c */

bool loop_open(struct loop *loop, struct error *err);
/* Until told to stop and all is answered; then closes the loop. */
void loop_run(struct loop *loop);
int server_listen(const char *host, int port, bool share, struct error *err);
/* From now on nobody begins to connect to the listener fd: closing it resets connections that are
 * half made or queued, so they are let in and no others follow. One who asks meanwhile asks again
 * and is refused. Where the system has no such filters the gap stays. */
void server_refuse_new(int fd);
int server_bound_port(int fd);
bool server_lock_port(struct server *server, struct error *err);

void server_metrics_open(struct server *server);
void server_metrics_close(struct server *server);
struct entry *server_entry(struct server *server, const struct route *route);

void server_routes_open(struct server *server);
void server_routes_close(struct server *server);

void health_open(struct server *server);
void health_ask(struct server *server, int64_t now_us);
bool health_ready(struct server *server);
extern const struct route admin_routes[];
enum outcome serve_static(struct call *call);

#endif
