/* SPDX-License-Identifier: MIT */
/* Listening sockets, and the lock that keeps a second instance off a port that several loops share
 * (with SO_REUSEPORT the kernel would let it in silently). */
#include "call_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int open_socket(const struct addrinfo *address, bool share)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, saved;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if ((share && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
        saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

int server_listen(const char *host, int port, bool share, struct error *err)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    char service[8];
    int fd, status;

    snprintf(service, sizeof(service), "%d", port);
    status = getaddrinfo(host, service, &hints, &addresses);
    if (status) {
        fail(err, ERROR_INTERNAL, "cannot listen on host %s: %s", host, gai_strerror(status));
        return -1;
    }
    fd = open_socket(addresses, share);
    freeaddrinfo(addresses);
    if (fd >= 0)
        return fd;
    if (errno == EADDRINUSE)
        fail(err, ERROR_INTERNAL, "port %d is in use", port);
    else
        fail(err, ERROR_INTERNAL, "cannot listen on %s port %d: %s", host, port, strerror(errno));
    return -1;
}

/* A socket filter sees a segment from its TCP header on (tcp(7), linux/filter.h). */
void server_refuse_new(int fd)
{
    enum { FLAGS_AT = 13, SYN = 0x02, ACK = 0x10 };
    struct sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_AT),
                                  BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 1, 0),
                                  BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
                                  BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_fprog filter = {sizeof(steps) / sizeof(steps[0]), steps};

    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

int server_bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.v6 = {0}};
    socklen_t len = sizeof(address);

    if (getsockname(fd, &address.any, &len) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static int open_lock(int port)
{
    const char *temporary = getenv("TMPDIR");
    const char *const folders[] = {"/run/lock", temporary ? temporary : "/tmp"};
    char path[512];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        int fd;

        snprintf(path, sizeof(path), "%s/decant-%d.lock", folders[i], port);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

/* Where no lock file can be made the port alone has to do: it refuses a second instance that does
 * not share it, unless this one has several loops. */
bool server_lock_port(struct server *server, struct error *err)
{
    if (server->settings->share_port)
        return true;
    server->lock_fd = open_lock(server->ports[DOOR_MAIN]);
    if (server->lock_fd < 0 || flock(server->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    return fail(err, ERROR_INTERNAL, "port %d is in use", server->ports[DOOR_MAIN]);
}
