/* SPDX-License-Identifier: MIT */
/* The text is taken apart here, strictly, and nowhere else: what two parsers could read in two ways
 * is refused, so that whoever connects reads the same host as was judged. */
#include "guard.h"
#include "guard_ranges.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_URL = 2048, MAX_NAME = 253, MAX_LABEL = 63, ANY_PORT = 0 };

struct exception {
    char host[256];
    int port;
};

struct guard {
    struct exception *exceptions;
    size_t count;
};

struct span {
    const char *at;
    size_t len;
};

static bool refuse(struct error *err, const char *why)
{
    return fail(err, ERROR_REFUSED, "the address is not allowed: %s", why);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static char lower(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
}

static bool is_alnum(char byte)
{
    return is_digit(byte) || (lower(byte) >= 'a' && lower(byte) <= 'z');
}

/* Up to five digits, 1 to 65535; 0 if it is no such number. */
static int read_port(struct span text)
{
    int port = 0;

    if (text.len < 1 || text.len > 5)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.at[i]))
            return 0;
        port = port * 10 + (text.at[i] - '0');
    }
    return port <= 65535 ? port : 0;
}

/* -- exceptions ---------------------------------------------------------------------------------
 */

/* "host", "host:port", "[v6]" or "[v6]:port". */
static bool read_exception(struct span entry, struct exception *out)
{
    struct span host = entry;
    const char *colon = memchr(entry.at, ':', entry.len);
    const char *bracket = memchr(entry.at, ']', entry.len);
    const char *end = entry.at + entry.len;

    if (entry.len && entry.at[0] == '[') {
        if (!bracket)
            return false;
        host = (struct span){entry.at + 1, (size_t)(bracket - entry.at - 1)};
        colon = bracket + 1 < end ? bracket + 1 : NULL;
    } else if (colon) {
        host.len = (size_t)(colon - entry.at);
    }
    if (host.len == 0 || host.len >= sizeof(out->host) || (colon && *colon != ':'))
        return false;
    out->port = ANY_PORT;
    if (colon) {
        out->port = read_port((struct span){colon + 1, (size_t)(end - colon - 1)});
        if (!out->port)
            return false;
    }
    for (size_t i = 0; i < host.len; i++)
        out->host[i] = lower(host.at[i]);
    out->host[host.len] = '\0';
    return true;
}

struct guard *guard_open(const char *allow_hosts, struct error *err)
{
    struct guard *guard = calloc(1, sizeof(*guard));
    const char *at = allow_hosts ? allow_hosts : "";
    size_t most = 1;

    for (const char *comma = at; (comma = strchr(comma, ',')); comma++)
        most++;
    if (!guard || !(guard->exceptions = calloc(most, sizeof(*guard->exceptions))))
        abort();
    while (*at) {
        struct span entry = {at, strcspn(at, ",")};

        at += entry.len + (at[entry.len] == ',');
        if (read_exception(entry, &guard->exceptions[guard->count])) {
            guard->count++;
            continue;
        }
        fail(err, ERROR_INVALID, "\"%.*s\" is no host or host:port", (int)entry.len, entry.at);
        guard_close(guard);
        return NULL;
    }
    return guard;
}

void guard_close(struct guard *guard)
{
    if (!guard)
        return;
    free(guard->exceptions);
    free(guard);
}

static bool is_exception(const struct guard *guard, const char *host, int port)
{
    for (size_t i = 0; port > 0 && i < guard->count; i++) {
        const struct exception *one = &guard->exceptions[i];

        if ((one->port == ANY_PORT || one->port == port) && strcasecmp(one->host, host) == 0)
            return true;
    }
    return false;
}

/* -- hosts --------------------------------------------------------------------------------------
 */

/* A number as any C library or browser may take it: decimal, octal or 0x…; such a last label makes
 * the whole host an IPv4 address to them (WHATWG URL, "ends in a number"). */
static bool is_number(const char *label)
{
    if (label[0] == '0' && lower(label[1]) == 'x')
        return label[2 + strspn(label + 2, "0123456789abcdefABCDEF")] == '\0';
    return label[0] && label[strspn(label, "0123456789")] == '\0';
}

/* Four decimals below 256 without leading zeros; inet_pton takes exactly these. */
static bool read_v4(const char *host, struct sockaddr_storage *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};

    if (inet_pton(AF_INET, host, &v4.sin_addr) != 1)
        return false;
    memcpy(address, &v4, sizeof(v4));
    return true;
}

static bool read_v6(const char *host, struct sockaddr_storage *address)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET6, host, &v6.sin6_addr) != 1)
        return false;
    memcpy(address, &v6, sizeof(v6));
    return true;
}

static bool ends_in(const char *host, const char *domain)
{
    size_t host_len = strlen(host);
    size_t len = strlen(domain);

    return host_len > len && host[host_len - len - 1] == '.' &&
           strcmp(host + host_len - len, domain) == 0;
}

static bool name_is_public(const char *host, struct error *err)
{
    static const char *const kept_home[] = {"localhost", "local", "internal"};

    if (!strchr(host, '.'))
        return refuse(err, "a name of one word is a neighbour's, not the internet's");
    for (size_t i = 0; i < sizeof(kept_home) / sizeof(kept_home[0]); i++)
        if (ends_in(host, kept_home[i]))
            return refuse(err, "the name belongs to the local network");
    return true;
}

static bool labels_are_well_formed(const char *host)
{
    size_t label = 0;

    for (const char *at = host;; at++) {
        if (*at == '.' || *at == '\0') {
            if (label < 1 || label > MAX_LABEL)
                return false;
            if (*at == '\0')
                return true;
            label = 0;
        } else if (is_alnum(*at) || *at == '-' || *at == '_') {
            label++;
        } else {
            return false;
        }
    }
}

static bool judge_address(const struct sockaddr_storage *address, struct error *err)
{
    const char *special = address_special((const struct sockaddr *)address);

    if (special)
        return fail(err, ERROR_REFUSED, "the address is not allowed: it is %s", special);
    return true;
}

static bool check_host(const struct guard *guard, const struct guard_target *target, bool dotted,
                       struct error *err)
{
    struct sockaddr_storage address = {0};
    const char *last = strrchr(target->host, '.');
    bool allowed = is_exception(guard, target->host, target->port);

    if (target->is_v6) {
        if (!read_v6(target->host, &address))
            return refuse(err, "what is in brackets is no IPv6 address");
        return allowed || judge_address(&address, err);
    }
    if (!labels_are_well_formed(target->host))
        return refuse(err, "the host is not well-formed");
    if (is_number(last ? last + 1 : target->host)) {
        if (dotted || !read_v4(target->host, &address))
            return refuse(err, "a host that ends in a number must be four plain decimals");
        return allowed || judge_address(&address, err);
    }
    return allowed || name_is_public(target->host, err);
}

static bool check_port(const struct guard *guard, const struct guard_target *target,
                       struct error *err)
{
    if (target->port == 80 || target->port == 443 || target->port >= 1024 ||
        is_exception(guard, target->host, target->port))
        return true;
    return refuse(err, "the port must be 80, 443 or above 1023");
}

/* -- URLs ---------------------------------------------------------------------------------------
 */

static bool check_characters(const char *url, struct error *err)
{
    size_t len = strlen(url);

    if (len > MAX_URL)
        return refuse(err, "it is longer than 2,048 characters");
    for (size_t i = 0; i < len; i++) {
        if (url[i] <= 0x20 || url[i] >= 0x7F)
            return refuse(err, "it holds a space or a character that is not plain ASCII");
        if (url[i] == '\\')
            return refuse(err, "it holds a backslash");
    }
    return true;
}

/* What follows the scheme, or NULL. */
static const char *read_scheme(const char *url, bool *tls, struct error *err)
{
    *tls = strncasecmp(url, "https://", 8) == 0;
    if (*tls)
        return url + 8;
    if (strncasecmp(url, "http://", 7) == 0)
        return url + 7;
    refuse(err, "it must begin with http:// or https://");
    return NULL;
}

/* Take "host:port" apart. *dotted tells of a dot at the end, which was left out of out->host. */
static bool read_authority(struct span authority, struct guard_target *out, bool *dotted,
                           struct error *err)
{
    const char *end = authority.at + authority.len;
    const char *bracket = memchr(authority.at, ']', authority.len);
    struct span host = authority;
    const char *colon;

    out->is_v6 = authority.len && authority.at[0] == '[';
    if (out->is_v6 && !bracket)
        return refuse(err, "a bracket is not closed");
    if (out->is_v6)
        host = (struct span){authority.at + 1, (size_t)(bracket - authority.at - 1)};
    colon = out->is_v6 ? bracket + 1 : memchr(authority.at, ':', authority.len);
    if (!out->is_v6 && colon)
        host.len = (size_t)(colon - authority.at);
    out->port = out->tls ? 443 : 80;
    if (colon && colon < end) {
        out->port = read_port((struct span){colon + 1, (size_t)(end - colon - 1)});
        if (*colon != ':' || out->port == 0)
            return refuse(err, "the port is no number from 1 to 65535");
    }
    *dotted = !out->is_v6 && host.len > 1 && host.at[host.len - 1] == '.';
    host.len -= *dotted;
    if (host.len == 0 || host.len > MAX_NAME)
        return refuse(err, host.len ? "the host is too long" : "there is no host");
    for (size_t i = 0; i < host.len; i++)
        out->host[i] = lower(host.at[i]);
    out->host[host.len] = '\0';
    return true;
}

bool guard_split(const struct guard *guard, const char *url, struct guard_target *out,
                 struct error *err)
{
    struct guard_target target = {0};
    const char *authority;
    size_t len;
    bool dotted = false;

    if (!check_characters(url, err))
        return false;
    authority = read_scheme(url, &target.tls, err);
    if (!authority)
        return false;
    /* Also behind '?' or '#': parsers disagree where the authority ends. */
    if (memchr(authority, '@', strcspn(authority, "/")))
        return refuse(err, "it holds a user name or an @ before the path");
    len = strcspn(authority, "/?#");
    target.rest = authority + len;
    if (memchr(authority, '%', len))
        return refuse(err, "the host holds a percent sign");
    if (!read_authority((struct span){authority, len}, &target, &dotted, err) ||
        !check_host(guard, &target, dotted, err) || !check_port(guard, &target, err))
        return false;
    *out = target;
    return true;
}

bool guard_url(const struct guard *guard, const char *url, struct error *err)
{
    struct guard_target target;

    return guard_split(guard, url, &target, err);
}

static int port_of(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, address, sizeof(v4));
        return ntohs(v4.sin_port);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, address, sizeof(v6));
        return ntohs(v6.sin6_port);
    }
    return -1;
}

bool guard_address(const struct guard *guard, const char *host, const struct sockaddr *address,
                   struct error *err)
{
    const char *special = address_special(address);

    if (!special || is_exception(guard, host, port_of(address)))
        return true;
    return fail(err, ERROR_REFUSED, "the address is not allowed: %.80s leads to %s", host, special);
}
