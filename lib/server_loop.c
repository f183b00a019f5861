/* SPDX-License-Identifier: MIT */
/* One loop: accepting, the clock's tick, and the end without a failed request. */
#include "call_private.h"

#include "clock.h"
#include "log.h"

#include <errno.h>
#include <h2o/http1.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TICK_MS = 100,
    HANDSHAKE_MS = 20, /* for a connection half made to be made, before the listener closes */
    KICK_MS = 20,
    KICK_AFTER_MS = 250,   /* replies that were on their way have arrived by then */
    SILENT_AFTER_MS = 500, /* a connection that has sent nothing for so long will not now */
};

/* -- connections */

static void free_conn(uv_handle_t *handle)
{
    free(handle);
}

static void on_conn_closed(void *data)
{
    struct conn *conn = data;

    if (h2o_linklist_is_linked(&conn->unhooked))
        h2o_linklist_unlink(&conn->unhooked);
    conn->socket = NULL;
    conn->loop->connections--;
    atomic_fetch_sub(&conn->loop->server->connections, 1);
    metric_add(conn->loop->server->connections_gauge, -1);
}

static void name_client(struct conn *conn)
{
    struct sockaddr_storage peer;
    int len = sizeof(peer);

    if (uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&peer, &len) != 0)
        return;
    if (peer.ss_family == AF_INET)
        uv_ip4_name((struct sockaddr_in *)&peer, conn->client, sizeof(conn->client));
    else if (peer.ss_family == AF_INET6)
        uv_ip6_name((struct sockaddr_in6 *)&peer, conn->client, sizeof(conn->client));
}

static void set_options(struct conn *conn)
{
    unsigned patience = (unsigned)conn->loop->server->settings->slow_reader_ms;
    int fd;

    uv_tcp_nodelay(&conn->tcp, 1);
    if (uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
}

static struct conn *conn_new(struct loop *loop)
{
    struct conn *conn = calloc(1, sizeof(*conn));

    if (!conn)
        abort();
    conn->loop = loop;
    uv_tcp_init(&loop->uv, &conn->tcp);
    return conn;
}

/* Octets have arrived: they are seen as they were sent before libh2o works on them. libh2o stops
 * reading while it has a request, and puts its own callback back when it goes on; conns where it
 * may do so are listed, and on_prepare() puts this one in again before anything is read. */
static void on_read(h2o_socket_t *socket, const char *err)
{
    struct conn *conn = socket->on_close.data;

    if (!err && socket->bytes_read)
        framing_read(&conn->framing,
                     socket->input->bytes + socket->input->size - socket->bytes_read,
                     socket->bytes_read);
    conn->loop->h2o_read(socket, err);
    if (conn->socket && socket->_cb.read != on_read && !h2o_linklist_is_linked(&conn->unhooked))
        h2o_linklist_insert(&conn->loop->unhooked, &conn->unhooked);
}

static void hook_reads(struct loop *loop)
{
    h2o_linklist_t *node = loop->unhooked.next, *next;

    for (; node != &loop->unhooked; node = next) {
        struct conn *conn = H2O_STRUCT_FROM_MEMBER(struct conn, unhooked, node);

        next = node->next;
        if (!conn->socket->_cb.read)
            continue;
        loop->h2o_read = conn->socket->_cb.read;
        conn->socket->_cb.read = on_read;
        h2o_linklist_unlink(node);
    }
}

static void conn_serve(struct conn *conn)
{
    struct loop *loop = conn->loop;
    struct server *server = loop->server;
    h2o_socket_t *socket;

    /* The admin port always has room: what is wrong must be seen. */
    if (conn->door != DOOR_ADMIN &&
        atomic_load(&server->connections) >= server->settings->max_connections) {
        metric_add(server->refused_connections, 1);
        uv_close((uv_handle_t *)&conn->tcp, free_conn);
        return;
    }
    set_options(conn);
    name_client(conn);
    loop->connections++;
    atomic_fetch_add(&server->connections, 1);
    metric_add(server->connections_gauge, 1);
    socket = h2o_uv_socket_create((uv_stream_t *)&conn->tcp, free_conn);
    socket->on_close.cb = on_conn_closed;
    socket->on_close.data = conn;
    conn->socket = socket;
    h2o_linklist_insert(&loop->unhooked, &conn->unhooked);
    h2o_accept(&loop->accept, socket);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct loop *loop = listener->data;
    struct conn *conn;

    if (status)
        return;
    conn = conn_new(loop);
    while (listener != (uv_stream_t *)&loop->listeners[conn->door])
        conn->door++;
    if (uv_accept(listener, (uv_stream_t *)&conn->tcp) != 0) {
        uv_close((uv_handle_t *)&conn->tcp, free_conn);
        return;
    }
    conn_serve(conn);
}

/* Closing a listener resets connections that wait in its queue, so they are taken first. */
static void take_queued(struct loop *loop, enum door_kind door)
{
    for (;;) {
        int fd = accept4(loop->fds[door], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct conn *conn;

        if (fd < 0 && errno == EINTR)
            continue;
        if (fd < 0)
            return;
        conn = conn_new(loop);
        conn->door = door;
        if (uv_tcp_open(&conn->tcp, fd) != 0) {
            close(fd);
            uv_close((uv_handle_t *)&conn->tcp, free_conn);
            continue;
        }
        conn_serve(conn);
    }
}

/* -- the end */

static void close_handles(struct loop *loop)
{
    uv_close((uv_handle_t *)&loop->tick, NULL);
    uv_close((uv_handle_t *)&loop->kick, NULL);
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->turn, NULL);
    uv_close((uv_handle_t *)&loop->stop, NULL);
    mailbox_close(&loop->mailbox);
    if (loop->index == 0) {
        for (int i = 0; i < SERVER_SIGNALS; i++)
            uv_close((uv_handle_t *)&loop->server->signals[i], NULL);
        uv_close((uv_handle_t *)&loop->server->grace, NULL);
    }
    uv_stop(&loop->uv);
}

static int64_t age_ms(const h2o_conn_t *conn)
{
    struct timeval now;

    gettimeofday(&now, NULL);
    return (int64_t)(now.tv_sec - conn->connected_at.tv_sec) * 1000 +
           (now.tv_usec - conn->connected_at.tv_usec) / 1000;
}

/* An idle connection sees its end when nothing more can be read; a request that is already in the
 * socket is still read and answered. */
static int kick_idle(h2o_req_t *req, void *data)
{
    h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);

    (void)data;
    if (req->version == 0 && socket->input->size == 0 &&
        (socket->bytes_written || age_ms(req->conn) > SILENT_AFTER_MS))
        shutdown(h2o_socket_get_fd(socket), SHUT_RD);
    return 0;
}

static void on_kick(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    int64_t left_us =
        loop->stop_us + (int64_t)loop->server->settings->drain_ms * 1000 - clock_monotonic_us();

    if (!loop->connections && !loop->calls) {
        close_handles(loop);
        return;
    }
    if (left_us <= 0) {
        log_warn("drain: %d connections and %d calls were cut", loop->connections, loop->calls);
        log_close();
        _exit(0);
    }
    loop->server->h2o.http1.callbacks.foreach_request(&loop->h2o, kick_idle, NULL);
}

static void close_listeners(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    bool empty;

    for (int i = 0; i < DOOR_COUNT; i++) {
        if (loop->fds[i] < 0)
            continue;
        take_queued(loop, (enum door_kind)i);
        uv_close((uv_handle_t *)&loop->listeners[i], NULL);
    }
    empty = !loop->connections && !loop->calls;
    uv_timer_start(&loop->kick, on_kick, empty ? 0 : KICK_AFTER_MS, KICK_MS);
}

static void on_stop(uv_async_t *async)
{
    struct loop *loop = async->data;

    if (loop->stop_us)
        return;
    loop->stop_us = clock_monotonic_us();
    h2o_context_request_shutdown(&loop->h2o);
    for (int i = 0; i < DOOR_COUNT; i++)
        if (loop->fds[i] >= 0)
            server_refuse_new(loop->fds[i]);
    uv_timer_start(&loop->kick, close_listeners, HANDSHAKE_MS, 0);
}

/* -- every now and then */

static void on_tick(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    int64_t now_us = clock_monotonic_us();
    int64_t late_us = now_us - loop->ticked_us - TICK_MS * 1000;

    metric_observe_us(loop->server->lag, late_us > 0 ? late_us : 0);
    call_expire(loop, now_us);
    call_cut_slow(loop, now_us);
    call_stream_tick(loop, now_us);
    if (loop->index == 0)
        health_ask(loop->server, now_us);
    loop->ticked_us = now_us;
}

/* The loop is about to wait for octets, and may sleep: a snapshot held meanwhile would keep the
 * store's log from shrinking. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;

    hook_reads(loop);
    while (loop->held)
        call_send_writes(loop);
    if (!loop->snapshot)
        return;
    store_snapshot_end(loop->server->app->store);
    loop->snapshot = false;
}

/* -- life */

static int listen_on(struct loop *loop, uv_tcp_t *listener, int fd)
{
    int status = uv_tcp_init(&loop->uv, listener);

    listener->data = loop;
    if (!status)
        status = uv_tcp_open(listener, fd);
    if (!status)
        status = uv_listen((uv_stream_t *)listener, SOMAXCONN, on_connection);
    return status;
}

bool loop_open(struct loop *loop, struct error *err)
{
    int status = uv_loop_init(&loop->uv);

    if (status)
        return fail(err, ERROR_INTERNAL, "cannot make a loop: %s", uv_strerror(status));
    h2o_context_init(&loop->h2o, &loop->uv, &loop->server->h2o);
    h2o_linklist_init_anchor(&loop->unhooked);
    loop->accept = (h2o_accept_ctx_t){.ctx = &loop->h2o, .hosts = loop->server->h2o.hosts};
    for (int i = 0; !status && i < DOOR_COUNT; i++)
        if (loop->fds[i] >= 0)
            status = listen_on(loop, &loop->listeners[i], loop->fds[i]);
    if (!status)
        status = mailbox_open(&loop->mailbox, &loop->uv, call_deliver, loop);
    if (!status)
        status = uv_async_init(&loop->uv, &loop->stop, on_stop);
    if (status)
        return fail(err, ERROR_INTERNAL, "cannot start a loop: %s", uv_strerror(status));
    uv_timer_init(&loop->uv, &loop->tick);
    uv_timer_init(&loop->uv, &loop->kick);
    uv_prepare_init(&loop->uv, &loop->prepare);
    uv_idle_init(&loop->uv, &loop->turn);
    loop->turn.data = loop->tick.data = loop->kick.data = loop->prepare.data = loop->stop.data =
        loop;
    loop->ticked_us = clock_monotonic_us();
    uv_timer_start(&loop->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&loop->prepare, on_prepare);
    return true;
}

void loop_run(struct loop *loop)
{
    enum { TURNS = 100 };

    uv_run(&loop->uv, UV_RUN_DEFAULT);
    h2o_context_dispose(&loop->h2o);
    for (int i = 0; i < TURNS && uv_loop_alive(&loop->uv); i++)
        uv_run(&loop->uv, UV_RUN_NOWAIT);
    loop_free_calls(loop);
    if (loop->server->app->store)
        store_thread_end(loop->server->app->store);
    if (uv_loop_close(&loop->uv) != 0)
        log_error("a loop ended with open handles");
}
