/* SPDX-License-Identifier: MIT */
/* The ring and its writer. A caller formats its line first and holds the lock only while it copies
 * the finished bytes; the writer writes outside the lock, from the part callers do not touch. */
#include "log.h"

#include "clock.h"
#include "log_private.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    RING_SIZE = 1024 * 1024, /* a power of two */
    MESSAGE_SIZE = 2048,
    NAP_MS = 5,  /* how long lines gather before they are written together */
    CLOSE_S = 5, /* how long log_close() waits for a reader that does not read */
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    char ring[RING_SIZE];
    uint64_t head; /* bytes ever added */
    uint64_t tail; /* bytes ever taken; what is between is the writer's while it writes */
    uint64_t dropped_told;
    bool idle; /* the writer sleeps until woken */
    bool stop;
    pthread_t writer;
    int fd;
} the = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .fd = 2};

static char service[LOG_NAME_SIZE];
static char version[LOG_NAME_SIZE];
static _Atomic bool is_open;
static _Atomic bool is_stuck; /* the last writer could not be stopped */
static _Atomic int least_level = LOG_INFO;
static _Atomic uint64_t counted[4];
static _Atomic uint64_t dropped;

/* -- the writer's side ------------------------------------------------------------------------ */

static uint64_t count_lines(const struct iovec *parts, int count)
{
    uint64_t lines = 0;

    for (int i = 0; i < count; i++) {
        const char *at = parts[i].iov_base;
        const char *end = at + parts[i].iov_len;

        while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
            lines++;
            at++;
        }
    }
    return lines;
}

static int skip_written(struct iovec *parts, int count, size_t written)
{
    int first = 0;

    while (first < count && written >= parts[first].iov_len)
        written -= parts[first++].iov_len;
    for (int i = first; i < count; i++)
        parts[i - first] = parts[i];
    if (first < count) {
        parts[0].iov_base = (char *)parts[0].iov_base + written;
        parts[0].iov_len -= written;
    }
    return count - first;
}

/* Nobody listening (EPIPE, a full disk) costs lines, never the program. */
static void write_all(int fd, struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t written = writev(fd, parts, count);

        if (written >= 0) {
            count = skip_written(parts, count, (size_t)written);
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            atomic_fetch_add_explicit(&dropped, count_lines(parts, count), memory_order_relaxed);
            return;
        }
    }
}

static void tell_dropped(void)
{
    uint64_t now = atomic_load_explicit(&dropped, memory_order_relaxed);
    struct log_field field = {"dropped", LOG_NUMBER, .number = (int64_t)(now - the.dropped_told)};
    struct log_line line = {LOG_WARN, service, version, "log lines were dropped", &field, 1};
    char text[LOG_LINE_SIZE];
    struct iovec part = {text, 0};

    if (now == the.dropped_told)
        return;
    the.dropped_told = now;
    part.iov_len = log_format(&line, text);
    write_all(the.fd, &part, 1);
    /* If this very line found nobody it is not worth telling about. */
    the.dropped_told = atomic_load_explicit(&dropped, memory_order_relaxed) == now + 1
                           ? now + 1
                           : the.dropped_told;
}

static void write_span(uint64_t from, uint64_t to)
{
    size_t start = from % RING_SIZE;
    size_t len = (size_t)(to - from);
    size_t first = len < RING_SIZE - start ? len : RING_SIZE - start;
    struct iovec parts[2] = {{the.ring + start, first}, {the.ring, len - first}};

    write_all(the.fd, parts, len > first ? 2 : 1);
}

static void nap(void)
{
    struct timespec until = clock_after_ms(NAP_MS);

    while (!the.stop && the.head - the.tail < RING_SIZE / 2)
        if (pthread_cond_clockwait(&the.wake, &the.lock, CLOCK_MONOTONIC, &until) != 0)
            return;
}

static void *write_lines(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&the.lock);
    while (!the.stop || the.head != the.tail) {
        uint64_t from = the.tail;
        uint64_t to;

        if (the.head == from) {
            the.idle = true;
            pthread_cond_wait(&the.wake, &the.lock);
            the.idle = false;
            continue;
        }
        nap();
        to = the.head;
        pthread_mutex_unlock(&the.lock);
        write_span(from, to);
        tell_dropped();
        pthread_mutex_lock(&the.lock);
        the.tail = to;
    }
    pthread_mutex_unlock(&the.lock);
    return NULL;
}

/* -- starting and stopping -------------------------------------------------------------------- */

static bool start_writer(struct error *err)
{
    sigset_t all, before;
    int problem;

    /* Signals are for other threads; a SIGPIPE becomes EPIPE here. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    problem = pthread_create(&the.writer, NULL, write_lines, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (problem)
        return fail(err, ERROR_INTERNAL, "cannot start the log's thread: %s", strerror(problem));
    return true;
}

void log_set_level(enum log_level level)
{
    atomic_store(&least_level, (int)level);
}

bool log_open(const struct log_options *options, struct error *err)
{
    if (atomic_load(&is_open) || atomic_load(&is_stuck))
        return fail(err, ERROR_INTERNAL, "the log is open already");
    snprintf(service, sizeof(service), "%s", options->service ? options->service : "");
    snprintf(version, sizeof(version), "%s", options->version ? options->version : "");
    log_set_level(options->level);
    the.fd = options->fd;
    the.stop = false;
    if (!start_writer(err))
        return false;
    atomic_store(&is_open, true);
    return true;
}

void log_close(void)
{
    struct timespec until;

    if (!atomic_exchange(&is_open, false))
        return;
    pthread_mutex_lock(&the.lock);
    the.stop = true;
    pthread_cond_signal(&the.wake);
    pthread_mutex_unlock(&the.lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_S;
    if (pthread_timedjoin_np(the.writer, NULL, &until) != 0) {
        atomic_store(&is_stuck, true);
        pthread_detach(the.writer);
    }
}

/* -- the callers' side ------------------------------------------------------------------------ */

static bool add(const char *text, size_t len)
{
    size_t start, first;
    bool fits, wake;

    pthread_mutex_lock(&the.lock);
    fits = !the.stop && RING_SIZE - (the.head - the.tail) >= len;
    if (fits) {
        start = the.head % RING_SIZE;
        first = len < RING_SIZE - start ? len : RING_SIZE - start;
        memcpy(the.ring + start, text, first);
        memcpy(the.ring, text + first, len - first);
        the.head += len;
    }
    wake = the.idle || the.head - the.tail >= RING_SIZE / 2;
    pthread_mutex_unlock(&the.lock);
    if (wake)
        pthread_cond_signal(&the.wake);
    return fits;
}

static void write_to_stderr(const char *text, size_t len)
{
    while (len > 0) {
        ssize_t written = write(2, text, len);

        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            text += written;
            len -= (size_t)written;
        }
    }
}

bool log_wants(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed) &&
           level < LOG_OFF;
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count)
{
    bool opened = atomic_load_explicit(&is_open, memory_order_acquire);
    struct log_line line = {level, opened ? service : "", version, message, fields, count};
    char text[LOG_LINE_SIZE];
    size_t len;

    if (!log_wants(level))
        return;
    len = log_format(&line, text);
    if (!opened)
        write_to_stderr(text, len);
    else if (!add(text, len)) {
        atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
        return;
    }
    atomic_fetch_add_explicit(&counted[level], 1, memory_order_relaxed);
}

void log_info(const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;

    if (!log_wants(LOG_INFO))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    log_fields(LOG_INFO, message, NULL, 0);
}

void log_warn(const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;

    if (!log_wants(LOG_WARN))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    log_fields(LOG_WARN, message, NULL, 0);
}

void log_error(const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;

    if (!log_wants(LOG_ERROR))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    log_fields(LOG_ERROR, message, NULL, 0);
}

struct log_counts log_counts(void)
{
    struct log_counts counts;

    for (int i = 0; i < 4; i++)
        counts.by_level[i] = atomic_load_explicit(&counted[i], memory_order_relaxed);
    counts.dropped = atomic_load_explicit(&dropped, memory_order_relaxed);
    return counts;
}
