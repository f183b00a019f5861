/* SPDX-License-Identifier: MIT */
/* The name is looked up here, every address of it is judged, and libcurl is given just these to
 * connect to; each socket's address is judged once more when libcurl asks for the socket. A handle
 * serves one request, so that no connection made under one guard is used under another. */
#include "outbound.h"
#include "buf.h"
#include "clock.h"
#include "outbound_curl.h"
#include "outbound_resolve.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_MS = 5000, MOST_HEADER_BYTES = 64 * 1024 };

struct transfer {
    const struct curl_functions *curl;
    const struct guard *guard;
    const struct outbound *request;
    struct guard_target target;
    struct buf url;
    struct buf pin; /* CURLOPT_RESOLVE's "host:port:address,…" */
    struct buf body;
    struct curl_slist *headers;
    struct curl_slist *pins;
    size_t header_bytes;
    int64_t end_us;
    bool refused;
    bool too_large;
    struct error why; /* of refused */
};

void outbound_init(void)
{
    signal(SIGPIPE, SIG_IGN);
}

static int left_ms(const struct transfer *transfer)
{
    int64_t left = (transfer->end_us - clock_monotonic_us()) / 1000;

    return left < 1 ? 1 : (int)left;
}

/* -- what libcurl asks us -----------------------------------------------------------------------
 */

static curl_socket_t on_open_socket(void *context, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    struct transfer *transfer = context;

    if (purpose != CURLSOCKTYPE_IPCXN)
        return CURL_SOCKET_BAD;
    if (!guard_address(transfer->guard, transfer->target.host, &address->addr, &transfer->why)) {
        transfer->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t len = size * count;

    if (len > transfer->request->max_reply - transfer->body.len) {
        transfer->too_large = true;
        return 0;
    }
    buf_add(&transfer->body, bytes, len);
    return len;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    (void)bytes;
    transfer->header_bytes += size * count;
    if (transfer->header_bytes > MOST_HEADER_BYTES) {
        transfer->too_large = true;
        return 0;
    }
    return size * count;
}

/* -- before sending -----------------------------------------------------------------------------
 */

/* One bad address refuses the name: which of them libcurl would take is not ours to say. */
static bool judge_all(struct transfer *transfer, const struct addrinfo *found, struct error *err)
{
    const struct guard_target *target = &transfer->target;
    char separator = ':';

    buf_printf(&transfer->pin, "%s:%d", target->host, target->port);
    for (const struct addrinfo *one = found; one; one = one->ai_next) {
        char text[NI_MAXHOST];

        if (!guard_address(transfer->guard, target->host, one->ai_addr, err))
            return false;
        if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof(text), NULL, 0,
                        NI_NUMERICHOST) != 0)
            return fail(err, ERROR_UPSTREAM, "the name has an address that cannot be read");
        buf_printf(&transfer->pin, one->ai_family == AF_INET6 ? "%c[%s]" : "%c%s", separator, text);
        separator = ',';
    }
    return true;
}

static bool pin_addresses(struct transfer *transfer, struct error *err)
{
    struct addrinfo *found =
        resolve(transfer->target.host, transfer->target.port, left_ms(transfer), err);
    bool good = found && judge_all(transfer, found, err);

    if (found)
        freeaddrinfo(found);
    return good;
}

/* Written anew from what the guard understood, so that libcurl cannot understand something else. */
static void write_url(struct transfer *transfer)
{
    const struct guard_target *target = &transfer->target;

    buf_printf(&transfer->url, target->is_v6 ? "%s://[%s]:%d%s" : "%s://%s:%d%s",
               target->tls ? "https" : "http", target->host, target->port,
               target->rest[0] == '/' ? "" : "/");
    buf_add(&transfer->url, target->rest, strcspn(target->rest, "#"));
}

static void add_line(const struct transfer *transfer, struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = transfer->curl->slist_append(*list, line);

    if (!longer)
        abort();
    *list = longer;
}

static bool write_headers(struct transfer *transfer, struct error *err)
{
    const char *const *headers = transfer->request->headers;

    for (; headers && *headers; headers++) {
        if (strpbrk(*headers, "\r\n"))
            return fail(err, ERROR_INTERNAL, "a header to be sent holds a line break");
        add_line(transfer, &transfer->headers, *headers);
    }
    /* Do not wait for leave to send the body. */
    add_line(transfer, &transfer->headers, "Expect:");
    return true;
}

static void set_limits(CURL *curl, struct transfer *transfer)
{
    __typeof__(curl_easy_setopt) *set = transfer->curl->setopt;
    int left = left_ms(transfer);

    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_PROXY, "");
    set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    set(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(curl, CURLOPT_PATH_AS_IS, 1L);
    set(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    set(curl, CURLOPT_FRESH_CONNECT, 1L);
    set(curl, CURLOPT_FORBID_REUSE, 1L);
    set(curl, CURLOPT_QUICK_EXIT, 1L);
    set(curl, CURLOPT_TIMEOUT_MS, (long)left);
    set(curl, CURLOPT_CONNECTTIMEOUT_MS,
        (long)(left < CONNECT_TIMEOUT_MS ? left : CONNECT_TIMEOUT_MS));
    set(curl, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    set(curl, CURLOPT_OPENSOCKETDATA, transfer);
    set(curl, CURLOPT_WRITEFUNCTION, on_body);
    set(curl, CURLOPT_WRITEDATA, transfer);
    set(curl, CURLOPT_HEADERFUNCTION, on_header);
    set(curl, CURLOPT_HEADERDATA, transfer);
}

static void set_request(CURL *curl, struct transfer *transfer)
{
    __typeof__(curl_easy_setopt) *set = transfer->curl->setopt;
    const struct outbound *request = transfer->request;

    set(curl, CURLOPT_URL, buf_text(&transfer->url));
    set(curl, CURLOPT_RESOLVE, transfer->pins);
    set(curl, CURLOPT_USERAGENT, "decant");
    set(curl, CURLOPT_HTTPHEADER, transfer->headers);
    if (strcmp(request->method, "POST") == 0) {
        set(curl, CURLOPT_POST, 1L);
        set(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        set(curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    }
}

/* -- after sending ------------------------------------------------------------------------------
 */

static bool explain(const struct transfer *transfer, CURLcode code, struct error *err)
{
    if (transfer->refused) {
        *err = transfer->why;
        return false;
    }
    if (transfer->too_large)
        return fail(err, ERROR_UPSTREAM, "%s sent more than is accepted", transfer->target.host);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail(err, ERROR_TIMEOUT, "%s did not answer in time", transfer->target.host);
    return fail(err, ERROR_UPSTREAM, "no answer from %.100s: %s", transfer->target.host,
                transfer->curl->strerror(code));
}

static void take_reply(CURL *curl, struct transfer *transfer, struct outbound_reply *reply)
{
    const char *type = NULL;
    long status = 0;

    transfer->curl->getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    transfer->curl->getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    reply->status = (int)status;
    reply->type = arena_text(reply->arena, type ? type : "");
    reply->body = arena_copy(reply->arena, transfer->body.data, transfer->body.len);
    reply->len = transfer->body.len;
}

static bool perform(struct transfer *transfer, struct outbound_reply *reply, struct error *err)
{
    CURL *curl = transfer->curl->easy_init();
    CURLcode code;

    if (!curl)
        abort();
    /* An IPv6 address as host is its own pin. */
    if (!transfer->target.is_v6)
        add_line(transfer, &transfer->pins, buf_text(&transfer->pin));
    write_url(transfer);
    set_limits(curl, transfer);
    set_request(curl, transfer);
    code = transfer->curl->perform(curl);
    if (code == CURLE_OK)
        take_reply(curl, transfer, reply);
    transfer->curl->cleanup(curl);
    return code == CURLE_OK || explain(transfer, code, err);
}

static bool run(struct transfer *transfer, struct outbound_reply *reply, struct error *err)
{
    bool sent = pin_addresses(transfer, err) && write_headers(transfer, err) &&
                perform(transfer, reply, err);

    transfer->curl->slist_free_all(transfer->headers);
    transfer->curl->slist_free_all(transfer->pins);
    buf_release(&transfer->url);
    buf_release(&transfer->pin);
    buf_release(&transfer->body);
    return sent;
}

bool outbound_send(const struct guard *guard, const struct outbound *request,
                   struct outbound_reply *reply, struct error *err)
{
    struct transfer transfer = {.guard = guard, .request = request};

    transfer.end_us = clock_monotonic_us() + (int64_t)request->timeout_ms * 1000;
    if (!guard_split(guard, request->url, &transfer.target, err))
        return false;
    transfer.curl = curl_load(err);
    return transfer.curl && run(&transfer, reply, err);
}
