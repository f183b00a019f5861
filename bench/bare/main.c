/* SPDX-License-Identifier: MIT */
/* The limit that the platform is measured against: libh2o on libuv with nothing around it.
 *   GET /            150 bytes of JSON
 *   GET /posts/ID    one row of a SQLite table, read on the loop
 * bare PORT DATABASE: DATABASE is made by bench/run (table posts: id, body). */
#include <errno.h>
#include <h2o.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct bare {
    uv_loop_t *loop;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    sqlite3_stmt *read;
};

struct bare_handler {
    h2o_handler_t super;
    struct bare *bare;
};

static void on_accept(uv_stream_t *listener, int status)
{
    struct bare *bare = listener->data;
    uv_tcp_t *client;

    if (status != 0)
        return;
    client = h2o_mem_alloc(sizeof(*client));
    uv_tcp_init(bare->loop, client);
    if (uv_accept(listener, (uv_stream_t *)client) != 0) {
        uv_close((uv_handle_t *)client, (uv_close_cb)free);
        return;
    }
    uv_tcp_nodelay(client, 1);
    h2o_accept(&bare->accept, h2o_uv_socket_create((uv_stream_t *)client, (uv_close_cb)free));
}

static void reply(h2o_req_t *req, const void *bytes, size_t len)
{
    static h2o_generator_t once;
    h2o_iovec_t body = h2o_strdup(&req->pool, bytes, len);

    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/json"));
    h2o_start_response(req, &once);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    static const char text[] =
        "{\"message\":\"one hundred and fifty bytes of "
        "JSON\",\"numbers\":[1,2,3,5,8,13,21,34,55,89],"
        "\"flag\":true,\"nothing\":null,\"text\":\"and so we are done\"}    \n";
    struct bare *bare = ((struct bare_handler *)(void *)self)->bare;
    sqlite3_stmt *read = bare->read;

    if (req->path_normalized.len <= 7 || memcmp(req->path_normalized.base, "/posts/", 7) != 0) {
        reply(req, text, sizeof(text) - 1);
        return 0;
    }
    sqlite3_bind_text(read, 1, req->path_normalized.base + 7, (int)req->path_normalized.len - 7,
                      SQLITE_STATIC);
    if (sqlite3_step(read) == SQLITE_ROW)
        reply(req, sqlite3_column_blob(read, 0), (size_t)sqlite3_column_bytes(read, 0));
    else
        h2o_send_error_404(req, "Not Found", "no such post", 0);
    sqlite3_reset(read);
    return 0;
}

static int open_database(struct bare *bare, const char *path)
{
    sqlite3 *database;

    return sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
               SQLITE_OK &&
           sqlite3_prepare_v2(database, "SELECT body FROM posts WHERE id = ?", -1, &bare->read,
                              NULL) == SQLITE_OK;
}

static int serve(struct bare *bare, h2o_globalconf_t *config, int port)
{
    struct sockaddr_in address;
    uv_tcp_t listener;

    h2o_context_init(&bare->context, bare->loop, config);
    bare->accept.ctx = &bare->context;
    bare->accept.hosts = config->hosts;
    uv_tcp_init(bare->loop, &listener);
    listener.data = bare;
    uv_ip4_addr("127.0.0.1", port, &address);
    if (uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, 1024, on_accept) != 0) {
        fprintf(stderr, "bare: port %d is in use\n", port);
        return 1;
    }
    printf("listening on http://127.0.0.1:%d\n", port);
    fflush(stdout);
    return uv_run(bare->loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv)
{
    struct bare bare = {.loop = uv_default_loop()};
    h2o_globalconf_t config;
    h2o_hostconf_t *host;
    struct bare_handler *handler;

    if (argc != 3 || !open_database(&bare, argv[2])) {
        fprintf(stderr, "usage: bare PORT DATABASE\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    h2o_config_init(&config);
    config.http1.upgrade_to_http2 = 0;
    host = h2o_config_register_host(&config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    handler = (void *)h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(*handler));
    handler->super.on_req = on_request;
    handler->bare = &bare;
    return serve(&bare, &config, (int)strtol(argv[1], NULL, 10));
}
