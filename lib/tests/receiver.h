/* SPDX-License-Identifier: MIT */
/* For tests: an HTTP server on a thread, on 127.0.0.1 and a free port, that answers each path with
 * ready bytes. Included by one file per test program. */
#ifndef DECANT_TESTS_RECEIVER_H
#define DECANT_TESTS_RECEIVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct canned {
    const char *path; /* the whole target; NULL ends the table */
    const char *bytes;
    size_t len; /* 0: strlen */
    bool hold;  /* keep the connection open afterwards until the client leaves */
};

struct receiver {
    const struct canned *table;
    int listener;
    int port;
    int stop[2]; /* a pipe; its end tells the thread to stop */
    pthread_t thread;
    int count;           /* of requests */
    char request[65536]; /* the last one, NUL-terminated */
};

/* Read head and body (by Content-Length); false if the client left or the test ends. */
static bool receiver_read(struct receiver *receiver, int client)
{
    size_t have = 0;

    for (;;) {
        struct pollfd ready[2] = {{.fd = client, .events = POLLIN},
                                  {.fd = receiver->stop[0], .events = POLLIN}};
        ssize_t got;
        char *end, *length;

        poll(ready, 2, -1);
        if (ready[1].revents)
            return false;
        got = recv(client, receiver->request + have, sizeof(receiver->request) - 1 - have, 0);
        if (got <= 0)
            return false;
        have += (size_t)got;
        receiver->request[have] = '\0';
        end = strstr(receiver->request, "\r\n\r\n");
        length = strcasestr(receiver->request, "\r\nContent-Length:");
        if (end && have >= (size_t)(end + 4 - receiver->request) +
                               (length ? strtoul(length + 17, NULL, 10) : 0))
            return true;
    }
}

static void receiver_answer(struct receiver *receiver, int client)
{
    static const struct canned missing = {
        .bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"};
    const struct canned *answer = receiver->table;
    const char *target = strchr(receiver->request, ' ');
    size_t len, sent = 0;

    while (answer->path && !(strncmp(target + 1, answer->path, strlen(answer->path)) == 0 &&
                             target[1 + strlen(answer->path)] == ' '))
        answer++;
    if (!answer->path)
        answer = &missing;
    len = answer->len ? answer->len : strlen(answer->bytes);
    while (sent < len) {
        ssize_t part = send(client, answer->bytes + sent, len - sent, MSG_NOSIGNAL);

        if (part <= 0)
            return;
        sent += (size_t)part;
    }
    if (answer->hold) {
        struct pollfd ready[2] = {{.fd = client, .events = POLLIN},
                                  {.fd = receiver->stop[0], .events = POLLIN}};
        poll(ready, 2, -1);
    }
}

static void *receiver_run(void *context)
{
    struct receiver *receiver = context;

    for (;;) {
        struct pollfd ready[2] = {{.fd = receiver->listener, .events = POLLIN},
                                  {.fd = receiver->stop[0], .events = POLLIN}};
        int client;

        poll(ready, 2, -1);
        if (ready[1].revents)
            return NULL;
        client = accept(receiver->listener, NULL, NULL);
        if (client < 0)
            continue;
        if (receiver_read(receiver, client)) {
            __atomic_add_fetch(&receiver->count, 1, __ATOMIC_SEQ_CST);
            receiver_answer(receiver, client);
        }
        shutdown(client, SHUT_WR);
        close(client);
    }
}

static struct receiver *receiver_open(const struct canned *table)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    struct receiver *receiver = calloc(1, sizeof(*receiver));

    receiver->table = table;
    receiver->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(receiver->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(receiver->listener, 16) != 0 || pipe(receiver->stop) != 0 ||
        getsockname(receiver->listener, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&receiver->thread, NULL, receiver_run, receiver) != 0)
        abort();
    receiver->port = ntohs(address.sin_port);
    return receiver;
}

static void receiver_close(struct receiver *receiver)
{
    close(receiver->stop[1]);
    pthread_join(receiver->thread, NULL);
    close(receiver->stop[0]);
    close(receiver->listener);
    free(receiver);
}

#endif
