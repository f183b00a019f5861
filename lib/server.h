/* SPDX-License-Identifier: MIT */
/* The program around an application's routes: loops on libh2o and libuv, limits, health, metrics,
 * logs, drain. main.c makes settings, a store and routes and calls server_run(). */
#ifndef DECANT_SERVER_H
#define DECANT_SERVER_H

#include "call.h"
#include "config.h"
#include "error.h"
#include "metrics.h"
#include "store.h"

#include <stdbool.h>
#include <stddef.h>

struct server_settings {
    const char *host;
    int port;
    int admin_port;  /* 0: health and metrics on the main port */
    int threads;     /* loops */
    bool share_port; /* several processes on one port (SO_REUSEPORT), no lock file */
    int max_connections;
    int max_streams;
    size_t max_body;
    size_t max_url;
    size_t max_head;
    int deadline_ms; /* of a call */
    int idle_ms;     /* keep-alive, and all of a request's arrival */
    int slow_reader_ms;
    int drain_grace_ms; /* /health says 503 this long before the listener closes */
    int drain_ms;       /* after that connections are cut */
    int cpu_threads;
    int blocking_threads;
    int lane_queue;
    int log_level;             /* choice: debug info warn error off */
    const char *public_prefix; /* put before local paths in Location */
};

/* The table that fills it, for config_load(). */
extern const struct setting server_setting_table[];

struct files;

struct app {
    const char *name; /* "monolithic": service in logs and metrics */
    const char *version;
    const struct route *routes; /* ends with .method NULL */
    void *context;              /* call_context() */
    struct store *store;        /* may be NULL */
    int store_threads;          /* workers that read a remote store, one connection each; 0: 16 */
    struct metrics *metrics;    /* shared with the store */
    struct files *files;        /* served under /static/, or NULL */
    /* Make the reply to an error; NULL: problem+json (RFC 9457). Called on a loop or a worker; must
     * answer without the store. status is what must be sent. */
    enum outcome (*on_error)(struct call *call, int status, const struct error *err);
    /* Headers for every reply, "Name: value", NULL-terminated, or NULL (Content-Security-Policy…).
     */
    const char *const *headers;
    bool forms_only; /* a body that is no form is 415 */
    bool repeats;    /* fields of queries and forms may be repeated: the first counts */
    bool overrides;  /* X-HTTP-Method-Override names the method, in letters of any case */
    bool any_method; /* unknown methods are 405, not 501 */
    /* Add headers for whatever reply follows, also one of the platform's own (404, OPTIONS, 413):
     * called once, on the loop, when the call is routed and before its query and body are looked
     * at. It may read the request's head, call_about() and call_allow(), and must not reply. */
    void (*on_begin)(struct call *call);
    const struct front *front; /* NULL: none */
};

/* A second port with pages of its own: routes (KIND as above; no store) and files under /static/.
 * Its replies carry its headers instead of the application's, and on_begin is not asked. Errors
 * there are problem+json. It prints `front on http://HOST:PORT`. */
struct front {
    int port;                   /* 0: any free one */
    const struct route *routes; /* ends with .method NULL */
    struct files *files;
    const char *const *headers;
};

/* Open the log (log.h) and serve until SIGTERM or SIGINT, then drain and close the log. Prints
 * `listening on http://HOST:PORT` to stdout when ready. False: could not start (one sentence in
 * err: a port in use, say). */
bool server_run(const struct server_settings *settings, const struct app *app, struct error *err);

#endif
