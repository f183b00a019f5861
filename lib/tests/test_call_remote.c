/* SPDX-License-Identifier: MIT */
/* Calls whose store is on another machine, which may refuse, be slow or never answer: a server in a
 * child process on a store that the test holds up. */
#include "../server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#undef fail /* ours */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../clock.h"
#include "remote_store.h"

enum { STORE_THREADS = 2, DEADLINE_MS = 300 };
#define SHORT "--deadline=300ms"
#define LONG "--deadline=1h"

/* -- the server -------------------------------------------------------------------------------- */

static const struct collection things = {.name = "things", .id_type = TYPE_TEXT};

static enum outcome read_thing(struct call *call)
{
    struct document document = {.arena = call_arena(call)};
    struct error err;

    if (!store_get(call_store(call), &things, key_text("a"), &document, &err))
        return call_fail(call, &err);
    return call_text(call, 200, "read");
}

static enum outcome write_thing(struct call *call)
{
    static const bson_t nothing = BSON_INITIALIZER;
    struct error err;

    if (!store_insert(call_store(call), &things, &nothing, NULL, &err))
        return call_fail(call, &err);
    return call_text(call, 200, "written");
}

/* Pieces without end, each read from the store; the first one is there when /stream/later is asked
 * for. */
static bool produce_pieces(struct call *call, struct buf *chunk)
{
    struct document document = {.arena = call_arena(call)};
    int *count = call_state(call);
    struct error err;

    if (++*count > 0 && !store_get(call_store(call), &things, key_text("a"), &document, &err))
        return call_stream_fail(call, &err);
    buf_puts(chunk, "piece");
    return true;
}

static enum outcome stream_things(struct call *call)
{
    int *count = call_stream_state(call, sizeof(*count));

    *count = strcmp(call_param(call, "when"), "later") == 0 ? -1 : 0;
    return call_stream(call, "text/plain", produce_pieces);
}

static const struct route routes[] = {
    {"GET", "/read", read_thing, READS, NULL},
    {"GET", "/work", read_thing, WORKS, NULL},
    {"GET", "/block", read_thing, BLOCKS, NULL},
    {"POST", "/write", write_thing, WRITES, NULL},
    {"GET", "/stream/:when", stream_things, READS, NULL},
    {0},
};

static struct desk *desk;

static enum outcome tell_error(struct call *call, int status, const struct error *err)
{
    if (strstr(err->message, "gone"))
        desk_count(desk, &desk->gone);
    return call_text(call, status, err->message);
}

static int serve(const char *deadline)
{
    struct server_settings settings;
    const struct setting_group groups[] = {{server_setting_table, &settings}, {0}};
    const struct program program = {.name = "test", .groups = groups};
    const char *argv[] = {"test", "--port=0", "--log-level=off", "--cpu-threads=1", deadline};
    struct app app = {.name = "test",
                      .version = "1",
                      .routes = routes,
                      .store_threads = STORE_THREADS,
                      .on_error = tell_error};
    struct remote_store remote;
    struct error err;
    int first;
    bool ok;

    remote_open(&remote, desk);
    app.store = &remote.base;
    ok = config_load(&program, 5, (char **)argv, &first) == CONFIG_RUN &&
         server_run(&settings, &app, &err);
    remote_close(&remote);
    return ok ? 0 : 1;
}

struct served {
    pid_t pid;
    int port;
};

static struct served begin(const char *deadline)
{
    struct served served;
    int ends[2];
    FILE *said;

    desk = desk_open();
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    served.pid = fork();
    assert_true(served.pid >= 0);
    if (!served.pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], 1);
        _exit(serve(deadline));
    }
    close(ends[1]);
    said = fdopen(ends[0], "r");
    assert_int_equal(fscanf(said, "listening on http://127.0.0.1:%d", &served.port), 1);
    fclose(said);
    return served;
}

static void end(const struct served *served)
{
    int status;

    desk_set(desk, &desk->held, false);
    kill(served->pid, SIGTERM);
    assert_int_equal(waitpid(served->pid, &status, 0), served->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(desk->brackets, 0);
    desk_close(desk);
}

/* -- the client -------------------------------------------------------------------------------- */

static int ask(const struct served *served, const char *what)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)served->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char text[200];
    int len =
        snprintf(text, sizeof(text),
                 "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", what);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(send(fd, text, (size_t)len, 0), len);
    return fd;
}

/* Reset the connection. */
static void leave(int fd)
{
    const struct linger linger = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}

struct answer {
    char text[1 << 16];
    int status;
};

/* All until the connection ends, or until a text is there. */
static struct answer take_until(int fd, const char *text)
{
    struct answer answer = {.text = ""};
    size_t len = 0;
    ssize_t got = 1;

    while (got > 0 && len < sizeof(answer.text) - 1 && !(text && strstr(answer.text, text))) {
        got = recv(fd, answer.text + len, sizeof(answer.text) - 1 - len, 0);
        len += got > 0 ? (size_t)got : 0;
        answer.text[len] = '\0';
    }
    sscanf(answer.text, "HTTP/1.1 %d", &answer.status);
    return answer;
}

static struct answer take(int fd)
{
    struct answer answer = take_until(fd, NULL);

    close(fd);
    return answer;
}

static void assert_answer(const struct served *served, const char *what, int status,
                          const char *text)
{
    struct answer answer = take(ask(served, what));

    if (answer.status != status || !strstr(answer.text, text))
        print_error("%s: not %d with '%s' but:\n%s\n", what, status, text, answer.text);
    assert_true(answer.status == status && strstr(answer.text, text));
}

static void assert_late(struct answer answer, const char *text)
{
    bool is_late = answer.status == 503 && strstr(answer.text, "retry-after: 1\r\n") &&
                   strstr(answer.text, "the store did not answer in time") &&
                   strstr(answer.text, text);

    if (!is_late)
        print_error("not 503 with '%s' but:\n%s\n", text, answer.text);
    assert_true(is_late);
}

/* -- tests ------------------------------------------------------------------------------------- */

static void test_a_store_that_answers_is_used(void **state)
{
    struct served served = begin(LONG);

    (void)state;
    assert_answer(&served, "GET /read", 200, "read");
    assert_answer(&served, "GET /work", 200, "read");
    assert_answer(&served, "POST /write", 200, "written");
    assert_int_equal(desk->committed, 1);
    assert_answer(&served, "GET /health", 200, "pong");
    end(&served);
}

static void test_a_refusal_is_told(void **state)
{
    struct served served = begin(LONG);

    (void)state;
    desk_set(desk, &desk->refusing, true);
    assert_answer(&served, "GET /read", 503, "no server is there");
    assert_answer(&served, "POST /write", 422, "not this one");
    assert_true(desk_wait(desk, &desk->dropped, 1));
    assert_int_equal(desk->committed, 0);
    assert_answer(&served, "GET /stream/now", 503, "no server is there");
    end(&served);
}

static void test_a_read_without_answer_is_given_up_at_its_deadline(void **state)
{
    struct served served = begin(SHORT);
    int64_t begun_us;

    (void)state;
    desk_set(desk, &desk->held, true);
    begun_us = clock_monotonic_us();
    assert_late(take(ask(&served, "GET /read")), "try again shortly");
    assert_true(clock_monotonic_us() - begun_us >= DEADLINE_MS * 1000);
    assert_answer(&served, "GET /work", 504, "longer than allowed");
    assert_answer(&served, "GET /block", 504, "longer than allowed");
    desk_set(desk, &desk->held, false);
    assert_answer(&served, "GET /read", 200, "read");
    end(&served);
}

static void test_a_write_that_has_begun_is_not_waited_for(void **state)
{
    struct served served = begin(SHORT);
    int first, second;

    (void)state;
    desk_set(desk, &desk->held, true);
    first = ask(&served, "POST /write");
    assert_true(desk_wait(desk, &desk->waiting, 1));
    second = ask(&served, "POST /write");
    assert_late(take(first), "may have been made");
    assert_late(take(second), "try again shortly");
    assert_int_equal(desk->submitted, 2);
    desk_set(desk, &desk->held, false);
    assert_true(desk_wait(desk, &desk->committed, 1));
    assert_answer(&served, "POST /write", 200, "written");
    assert_int_equal(desk->runs, 2); /* the one that had not begun never did */
    end(&served);
}

static void test_calls_whose_clients_left_are_forgotten(void **state)
{
    struct served served = begin(LONG);
    int reader, writer, stream;

    (void)state;
    desk_set(desk, &desk->held, true);
    reader = ask(&served, "GET /read");
    writer = ask(&served, "POST /write");
    stream = ask(&served, "GET /stream/now");
    assert_true(desk_wait(desk, &desk->waiting, 3));
    leave(reader);
    leave(writer);
    leave(stream);
    assert_true(desk_wait(desk, &desk->gone, 3));
    desk_set(desk, &desk->refusing, true); /* and now they fail, with nobody to tell */
    desk_set(desk, &desk->held, false);
    assert_true(desk_wait(desk, &desk->dropped, 1));
    assert_answer(&served, "GET /read", 503, "no server is there");
    end(&served);
}

static void test_a_client_that_leaves_takes_its_waiting_write_along(void **state)
{
    struct served served = begin(LONG);
    int first, second;

    (void)state;
    desk_set(desk, &desk->held, true);
    first = ask(&served, "POST /write");
    assert_true(desk_wait(desk, &desk->waiting, 1));
    second = ask(&served, "POST /write");
    assert_true(desk_wait(desk, &desk->submitted, 2));
    leave(second);
    assert_true(desk_wait(desk, &desk->gone, 1));
    desk_set(desk, &desk->held, false);
    assert_int_equal(take(first).status, 200);
    assert_answer(&served, "POST /write", 200, "written");
    assert_int_equal(desk->runs, 2);
    end(&served);
}

static void test_health_is_told_while_all_workers_hang(void **state)
{
    struct served served = begin(LONG);
    int fds[STORE_THREADS + 2];

    (void)state;
    desk_set(desk, &desk->held, true);
    for (int i = 0; i <= STORE_THREADS; i++)
        fds[i] = ask(&served, "GET /read");
    fds[STORE_THREADS + 1] = ask(&served, "GET /work");
    assert_true(desk_wait(desk, &desk->waiting, STORE_THREADS + 1));
    assert_true(desk_wait(desk, &desk->pings, 1));
    assert_answer(&served, "GET /livez", 200, "ok");
    assert_int_not_equal(take(ask(&served, "GET /health")).status, 0);
    assert_answer(&served, "GET /metrics", 200, "lane_running{lane=\"store\"} 2");
    desk_set(desk, &desk->held, false);
    for (int i = 0; i < STORE_THREADS + 2; i++)
        assert_int_equal(take(fds[i]).status, 200);
    end(&served);
}

static void test_a_stream_without_answer_is_given_up_at_its_deadline(void **state)
{
    struct served served = begin(SHORT);
    struct answer answer;
    int fd;

    (void)state;
    desk_set(desk, &desk->held, true);
    assert_late(take(ask(&served, "GET /stream/now")), "try again shortly");
    fd = ask(&served, "GET /stream/later");
    answer = take_until(fd, "piece");
    assert_int_equal(answer.status, 200);
    assert_null(strstr(take(fd).text, "\r\n0\r\n")); /* cut, not ended */
    desk_set(desk, &desk->held, false);
    assert_answer(&served, "GET /read", 200, "read");
    end(&served);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_store_that_answers_is_used),
        cmocka_unit_test(test_a_refusal_is_told),
        cmocka_unit_test(test_a_read_without_answer_is_given_up_at_its_deadline),
        cmocka_unit_test(test_a_write_that_has_begun_is_not_waited_for),
        cmocka_unit_test(test_calls_whose_clients_left_are_forgotten),
        cmocka_unit_test(test_a_client_that_leaves_takes_its_waiting_write_along),
        cmocka_unit_test(test_health_is_told_while_all_workers_hang),
        cmocka_unit_test(test_a_stream_without_answer_is_given_up_at_its_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
