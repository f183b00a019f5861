/* SPDX-License-Identifier: MIT */
/* The IANA special-purpose address registries (RFC 6890, RFC 8190) as tables. */
#include "guard_ranges.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range_v4 {
    uint8_t prefix[4];
    unsigned bits;
    const char *what;
};

struct range_v6 {
    uint8_t prefix[16];
    unsigned bits;
    const char *what;
};

/* Refused whole, also where the registry calls parts reachable (anycast of the infrastructure,
 * AS112): nobody receives deliveries there. */
static const struct range_v4 special_v4[] = {
    {{0}, 8, "an address of this host"},                    /* RFC 791 */
    {{10}, 8, "a private address"},                         /* RFC 1918 */
    {{100, 64}, 10, "a carrier's shared address"},          /* RFC 6598 */
    {{127}, 8, "a loopback address"},                       /* RFC 1122 */
    {{168, 63, 129, 16}, 32, "a cloud platform's address"}, /* not registered: Azure's own */
    {{169, 254}, 16, "a link-local address"},               /* RFC 3927 */
    {{172, 16}, 12, "a private address"},                   /* RFC 1918 */
    {{192, 0, 0}, 24, "a protocol assignment"},             /* RFC 6890, 7335, 7723, 8155 */
    {{192, 0, 2}, 24, "a documentation address"},           /* RFC 5737 */
    {{192, 31, 196}, 24, "an AS112 address"},               /* RFC 7535 */
    {{192, 52, 193}, 24, "a multicast tunnel address"},     /* RFC 7450 */
    {{192, 88, 99}, 24, "a 6to4 relay address"},            /* RFC 7526 */
    {{192, 168}, 16, "a private address"},                  /* RFC 1918 */
    {{192, 175, 48}, 24, "an AS112 address"},               /* RFC 7534 */
    {{198, 18}, 15, "a benchmarking address"},              /* RFC 2544 */
    {{198, 51, 100}, 24, "a documentation address"},        /* RFC 5737 */
    {{203, 0, 113}, 24, "a documentation address"},         /* RFC 5737 */
    {{224}, 4, "a multicast address"},                      /* RFC 5771 */
    {{240}, 4, "a reserved address"},                       /* RFC 1112, 919 */
};

/* Global unicast is 2000::/3 (RFC 4291) and nothing else, which settles ::/128, ::1, the
 * IPv4-compatible and IPv4-translated forms (RFC 4291, 2765), NAT64 (RFC 6052, 8215), discard-only
 * (RFC 6666), SRv6 (RFC 9602), unique local (RFC 4193), link-local, site-local (RFC 3879) and
 * multicast. Within it: */
static const struct range_v6 special_v6[] = {
    {{0x20, 0x01}, 23, "a protocol assignment"}, /* RFC 2928: Teredo 4380, ORCHID 7343, DRIP 9374 */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "a documentation address"},      /* RFC 3849 */
    {{0x20, 0x02}, 16, "a 6to4 address"},                           /* RFC 3056 */
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48, "an AS112 address"}, /* RFC 7534 */
    {{0x3f, 0xff}, 20, "a documentation address"},                  /* RFC 9637 */
};

static bool has_prefix(const uint8_t *address, const uint8_t *prefix, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned mask = 0xFFU << (8 - bits % 8);

    if (memcmp(address, prefix, whole) != 0)
        return false;
    return bits % 8 == 0 || ((address[whole] ^ prefix[whole]) & mask & 0xFF) == 0;
}

static const char *v4_special(const uint8_t address[4])
{
    for (size_t i = 0; i < sizeof(special_v4) / sizeof(special_v4[0]); i++)
        if (has_prefix(address, special_v4[i].prefix, special_v4[i].bits))
            return special_v4[i].what;
    return NULL;
}

static const char *v6_special(const struct in6_addr *address)
{
    static const uint8_t global_unicast[16] = {0x20};

    if (IN6_IS_ADDR_V4MAPPED(address))
        return v4_special(address->s6_addr + 12);
    if (IN6_IS_ADDR_LOOPBACK(address))
        return "a loopback address";
    if (!has_prefix(address->s6_addr, global_unicast, 3))
        return "no global unicast address";
    for (size_t i = 0; i < sizeof(special_v6) / sizeof(special_v6[0]); i++)
        if (has_prefix(address->s6_addr, special_v6[i].prefix, special_v6[i].bits))
            return special_v6[i].what;
    return NULL;
}

const char *address_special(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        uint8_t bytes[4];

        memcpy(&v4, address, sizeof(v4));
        memcpy(bytes, &v4.sin_addr, sizeof(bytes));
        return v4_special(bytes);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, address, sizeof(v6));
        return v6_special(&v6.sin6_addr);
    }
    return "no internet address";
}
