/* SPDX-License-Identifier: MIT */
/* Failed logins slow the next ones down, by account and by address, each with a counter of its own.
 * A login that passes forgives the account, and the address as many failures as the account had:
 * who mistyped leaves nothing behind, while one's own logins do not wash off failures at other
 * accounts. */
#include "accounts.h"

#include "../lib/clock.h"
#include "../lib/identity.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum {
    FREE_FAILURES = 5,
    MOST_DELAY_S = 15 * 60,
    FORGOTTEN_AFTER_S = 3600, /* since the last failure */
};

static const struct store_field throttle_fields[] = {
    {"expires", TYPE_DATE, STORE_REQUIRED | STORE_EXPIRES},
};

const struct collection throttles_collection = {
    .name = "throttles",
    .id_type = TYPE_TEXT,
    .fields = throttle_fields,
    .field_count = sizeof(throttle_fields) / sizeof(throttle_fields[0]),
};

struct throttle {
    int64_t failures;
    int64_t until_ms;   /* the delay runs so long */
    int64_t expires_ms; /* all is forgotten */
};

static const struct field throttle_members[] = {
    {"failures", FIELD_INT64, offsetof(struct throttle, failures), NULL},
    {"until", FIELD_TIME, offsetof(struct throttle, until_ms), NULL},
    {"expires", FIELD_TIME, offsetof(struct throttle, expires_ms), NULL},
};

static const struct record throttle_record = RECORD(struct throttle, throttle_members);

/* The two counters' _ids: digests, as what is typed into a login form may be long and private. */
struct counters {
    char account[65];
    char address[65];
};

static void digest_of(const char *kind, const char *text, char hex[65])
{
    struct arena arena = {0};

    identity_digest(arena_printf(&arena, "%s/%s", kind, text), hex);
    arena_release(&arena);
}

/* An IPv6 subscriber has a whole /64 to send from: it counts as one address. */
static void digest_of_address(const char *address, char hex[65])
{
    char network[INET6_ADDRSTRLEN];
    struct in6_addr parsed;

    if (inet_pton(AF_INET6, address, &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) {
        const char *v4 = strncasecmp(address, "::ffff:", 7) == 0 ? address + 7 : address;

        digest_of("address", v4, hex);
        return;
    }
    memset(&parsed.s6_addr[8], 0, 8);
    inet_ntop(AF_INET6, &parsed, network, sizeof(network));
    digest_of("address", network, hex);
}

static struct counters counters_of(const char *name, const char *address)
{
    struct counters counters = {0};

    digest_of("account", name, counters.account);
    digest_of_address(address, counters.address);
    return counters;
}

/* The counter as it stands; all zero if there is none, or it is forgotten. */
static bool read_throttle(struct store *store, const char *id, struct throttle *out,
                          struct error *err)
{
    struct arena arena = {0};
    struct document document = {.arena = &arena};
    bool done;

    *out = (struct throttle){0};
    done = store_get(store, &throttles_collection, key_text(id), &document, err);
    if (done)
        done = record_from_bson(&throttle_record, (struct bson_bytes){document.bson, document.len},
                                &arena, out, err);
    else
        done = err->kind == ERROR_NOT_FOUND;
    arena_release(&arena);
    if (done && clock_now_ms() >= out->expires_ms)
        *out = (struct throttle){0};
    return done;
}

static bool write_throttle(struct store *store, const char *id, const struct throttle *throttle,
                           struct error *err)
{
    bson_t document = BSON_INITIALIZER;
    struct replacement replacement = {.document = &document, .upsert = true};
    bool done;

    BSON_APPEND_UTF8(&document, "_id", id);
    record_to_bson(&throttle_record, throttle, &document);
    done = store_replace(store, &throttles_collection, key_text(id), &replacement, err);
    bson_destroy(&document);
    return done;
}

static int64_t delay_ms(int64_t failures)
{
    int64_t seconds = 1;

    if (failures < FREE_FAILURES)
        return 0;
    while (failures-- > FREE_FAILURES && seconds < MOST_DELAY_S)
        seconds *= 2;
    return (seconds < MOST_DELAY_S ? seconds : MOST_DELAY_S) * 1000;
}

bool throttle_check(struct store *store, const char *name, const char *address, struct error *err)
{
    struct counters counters = counters_of(name, address);
    struct throttle by_account, by_address;
    int64_t until_ms, wait_ms;

    if (!read_throttle(store, counters.account, &by_account, err) ||
        !read_throttle(store, counters.address, &by_address, err))
        return false;
    until_ms =
        by_account.until_ms > by_address.until_ms ? by_account.until_ms : by_address.until_ms;
    wait_ms = until_ms - clock_now_ms();
    if (wait_ms <= 0)
        return true;
    fail(err, ERROR_TOO_MANY, "Too many failed logins: try again in %d s",
         (int)((wait_ms + 999) / 1000));
    err->retry_after_s = (int)((wait_ms + 999) / 1000);
    return false;
}

static bool count_failure(struct store *store, const char *id, struct error *err)
{
    int64_t now_ms = clock_now_ms();
    struct throttle throttle;

    if (!read_throttle(store, id, &throttle, err))
        return false;
    throttle.failures++;
    throttle.until_ms = now_ms + delay_ms(throttle.failures);
    throttle.expires_ms = now_ms + FORGOTTEN_AFTER_S * INT64_C(1000);
    return write_throttle(store, id, &throttle, err);
}

bool throttle_failed(struct store *store, const char *name, const char *address, struct error *err)
{
    struct counters counters = counters_of(name, address);

    return count_failure(store, counters.account, err) &&
           count_failure(store, counters.address, err);
}

static bool forget(struct store *store, const char *id, struct error *err)
{
    return store_delete(store, &throttles_collection, key_text(id), NULL, err) ||
           err->kind == ERROR_NOT_FOUND;
}

bool throttle_passed(struct store *store, const char *name, const char *address, struct error *err)
{
    struct counters counters = counters_of(name, address);
    struct throttle by_account, by_address;

    if (!read_throttle(store, counters.account, &by_account, err))
        return false;
    if (!by_account.failures)
        return true;
    if (!forget(store, counters.account, err) ||
        !read_throttle(store, counters.address, &by_address, err))
        return false;
    by_address.failures -= by_account.failures;
    if (by_address.failures <= 0)
        return forget(store, counters.address, err);
    by_address.until_ms = 0;
    return write_throttle(store, counters.address, &by_address, err);
}
