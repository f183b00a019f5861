/* SPDX-License-Identifier: MIT */
/* Bringing a process up around an application's routes, and down again. */
#include "call_private.h"

#include "log.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* -- being told to end */

static void stop_loops(struct server *server)
{
    for (int i = 0; i < server->loop_count; i++)
        uv_async_send(&server->loops[i].stop);
}

static void on_grace_over(uv_timer_t *timer)
{
    stop_loops(timer->data);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;

    if (atomic_exchange(&server->draining, true)) {
        if (number == SIGINT && server->interrupted)
            _exit(128 + number); /* Ctrl-C twice: somebody is in a hurry */
        server->interrupted = number == SIGINT;
        return;
    }
    server->interrupted = number == SIGINT;
    log_info("ending: drain begins");
    if (server->settings->drain_grace_ms)
        uv_timer_start(&server->grace, on_grace_over, (uint64_t)server->settings->drain_grace_ms,
                       0);
    else
        stop_loops(server);
}

static void watch_signals(struct server *server)
{
    static const int numbers[SERVER_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    uv_loop_t *loop = &server->loops[0].uv;

    for (int i = 0; i < SERVER_SIGNALS; i++) {
        uv_signal_init(loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(loop, &server->grace);
    server->grace.data = server;
}

/* -- parts */

static void set_up_process(void)
{
    struct rlimit files;

    signal(SIGPIPE, SIG_IGN);
    /* Freed memory stays with the process up to here, instead of going to and fro. */
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static void set_up_h2o(struct server *server)
{
    h2o_globalconf_t *config = &server->h2o;
    h2o_handler_t *front;
    h2o_filter_t *filter;

    h2o_config_init(config);
    config->server_name = h2o_iovec_init(NULL, 0);
    config->max_request_entity_size = server->settings->max_body;
    config->http1.req_timeout = (uint64_t)server->settings->idle_ms;
    config->http1.upgrade_to_http2 = 0;
    config->http2.callbacks.request_shutdown = NULL;
    server->host = h2o_config_register_host(config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    /* The fallback path gets everything, also targets that are no paths, and the errors that
     * libh2o makes itself. */
    front = h2o_create_handler(&server->host->fallback_path, sizeof(*front));
    front->on_req = call_on_request;
    filter = h2o_create_filter(&server->host->fallback_path, sizeof(*filter));
    filter->on_setup_ostream = call_on_foreign_reply;
}

static void end_thread(void *context)
{
    struct server *server = context;

    if (server->app->store)
        store_thread_end(server->app->store);
}

static struct lane *open_lane(struct server *server, const char *name, int threads,
                              struct error *err)
{
    struct lane_options options = {
        .name = name,
        .threads = threads,
        .queue = server->settings->lane_queue,
        .thread_end = end_thread,
        .context = server,
        .metrics = server->metrics,
    };

    return lane_open(&options, err);
}

static void close_lanes(struct server *server)
{
    lane_close(server->admin);
    lane_close(server->reading);
    lane_close(server->blocking);
    lane_close(server->cpu);
}

static bool open_lanes(struct server *server, struct error *err)
{
    enum { READERS = 16, ADMINS = 2 /* one may be asking a store that does not answer */ };
    const struct server_settings *settings = server->settings;
    int readers = server->app->store_threads ? server->app->store_threads : READERS;

    if ((server->cpu = open_lane(server, "cpu", settings->cpu_threads, err)) &&
        (server->blocking = open_lane(server, "blocking", settings->blocking_threads, err)) &&
        (!server_is_remote(server) ||
         (server->reading = open_lane(server, "store", readers, err))) &&
        (server->admin = open_lane(server, "admin", ADMINS, err))) {
        server->lanes[READS] = server->reading ? server->reading : server->cpu;
        server->lanes[WORKS] = server->cpu;
        server->lanes[WRITES] = server->lanes[BLOCKS] = server->blocking;
        server->lanes[KIND_LOOP] = server->lanes[KIND_ADMIN] = server->admin;
        return true;
    }
    close_lanes(server);
    return false;
}

/* -- listening */

static bool listen_at(struct server *server, struct loop *loop, enum door_kind door, bool share,
                      struct error *err)
{
    loop->fds[door] = server_listen(server->settings->host, server->ports[door], share, err);
    if (loop->fds[door] < 0)
        return false;
    server->ports[door] = server_bound_port(loop->fds[door]);
    return true;
}

/* The other doors are the first loop's alone. */
static bool listen_all(struct server *server, struct error *err)
{
    const struct server_settings *settings = server->settings;
    bool share = settings->threads > 1 || settings->share_port;

    server->ports[DOOR_MAIN] = settings->port;
    server->ports[DOOR_ADMIN] = settings->admin_port;
    server->ports[DOOR_FRONT] = server->app->front ? server->app->front->port : 0;
    for (int i = 0; i < server->loop_count; i++)
        if (!listen_at(server, &server->loops[i], DOOR_MAIN, share, err) ||
            (i == 0 && !server_lock_port(server, err)))
            return false;
    if (settings->admin_port &&
        !listen_at(server, &server->loops[0], DOOR_ADMIN, settings->share_port, err))
        return false;
    return !server->app->front ||
           listen_at(server, &server->loops[0], DOOR_FRONT, settings->share_port, err);
}

static void make_loops(struct server *server)
{
    server->loop_count = server->settings->threads;
    server->loops = calloc((size_t)server->loop_count, sizeof(*server->loops));
    if (!server->loops)
        abort();
    for (int i = 0; i < server->loop_count; i++) {
        server->loops[i].server = server;
        server->loops[i].index = i;
        for (int door = 0; door < DOOR_COUNT; door++)
            server->loops[i].fds[door] = -1;
    }
}

static void close_listeners(struct server *server)
{
    for (int i = 0; i < server->loop_count; i++)
        for (int door = 0; door < DOOR_COUNT; door++)
            if (server->loops[i].fds[door] >= 0)
                close(server->loops[i].fds[door]);
}

/* -- running */

static void *run_thread(void *argument)
{
    loop_run(argument);
    return NULL;
}

static void say_address(const struct server *server, const char *what, enum door_kind door)
{
    const char *host = server->settings->host;
    bool six = strchr(host, ':') != NULL;

    printf("%s on http://%s%s%s:%d\n", what, six ? "[" : "", host, six ? "]" : "",
           server->ports[door]);
    fflush(stdout);
}

static bool run_loops(struct server *server, struct error *err)
{
    int started = 1;

    for (int i = 0; i < server->loop_count; i++)
        if (!loop_open(&server->loops[i], err))
            return false;
    watch_signals(server);
    for (; started < server->loop_count; started++) {
        struct loop *loop = &server->loops[started];

        if (pthread_create(&loop->thread, NULL, run_thread, loop) != 0)
            return fail(err, ERROR_INTERNAL, "cannot start a thread: %s", strerror(errno));
    }
    if (server->app->front)
        say_address(server, "front", DOOR_FRONT);
    say_address(server, "listening", DOOR_MAIN);
    loop_run(&server->loops[0]);
    for (int i = 1; i < started; i++)
        pthread_join(server->loops[i].thread, NULL);
    return true;
}

static bool run(struct server *server, struct error *err)
{
    bool ok;

    server_metrics_open(server);
    ok = open_lanes(server, err);
    if (ok) {
        health_open(server);
        server_routes_open(server);
        set_up_h2o(server);
        ok = run_loops(server, err);
        close_lanes(server);
        h2o_config_dispose(&server->h2o);
        server_routes_close(server);
    }
    server_metrics_close(server);
    return ok;
}

bool server_run(const struct server_settings *settings, const struct app *app, struct error *err)
{
    struct server server = {.settings = settings, .app = app, .lock_fd = -1};
    struct log_options log = {
        .service = app->name,
        .version = app->version,
        .level = (enum log_level)settings->log_level,
        .fd = 1,
    };
    bool ok;

    set_up_process();
    make_loops(&server);
    ok = listen_all(&server, err);
    if (!ok)
        close_listeners(&server);
    else if ((ok = log_open(&log, err))) {
        ok = run(&server, err);
        log_close();
    }
    if (server.lock_fd >= 0)
        close(server.lock_fd);
    free(server.loops);
    return ok;
}
