/* SPDX-License-Identifier: MIT */
/* Connections. While no server is reached, nobody waits for it but one probe a second: the others
 * are told at once, or each of them would hold a thread for the time a server is looked for. */
#include "mongo.h"

#include "../clock.h"
#include "../log.h"
#include "breaker.h"
#include "fault.h"

enum { REASON_SIZE = 200 };

bool client_busy(struct error *err, const char *message)
{
    fail(err, ERROR_BUSY, "%s", message);
    err->retry_after_s = 1;
    return false;
}

mongoc_client_t *client_pop_by(struct mongo_store *store, struct breaker *breaker,
                               struct error *err)
{
    mongoc_client_t *client;

    if (!breaker_admits(breaker, clock_monotonic_us())) {
        client_busy(err, "the store cannot be reached now");
        return NULL;
    }
    client = mongoc_client_pool_pop(store->pool);
    if (!client) {
        client_busy(err, "too many requests wait for the store");
        if (store->measures.refused)
            metric_add(store->measures.refused, 1);
        return NULL;
    }
    if (store->measures.used)
        metric_add(store->measures.used, 1);
    return client;
}

void client_push(struct mongo_store *store, mongoc_client_t *client)
{
    if (!client)
        return;
    mongoc_client_pool_push(store->pool, client);
    if (store->measures.used)
        metric_add(store->measures.used, -1);
}

static const char *of_what(const struct mongo_store *store, const struct breaker *breaker)
{
    return breaker == &store->breaker ? "" : " for reading";
}

void client_answered_by(struct mongo_store *store, struct breaker *breaker)
{
    if (breaker_answered(breaker))
        log_warn("the store %s is reached again%s", store->address, of_what(store, breaker));
}

static void not_reached(struct mongo_store *store, struct breaker *breaker,
                        const bson_error_t *error)
{
    char reason[REASON_SIZE];

    if (!breaker_failed(breaker, clock_monotonic_us()))
        return;
    fault_tell(error, reason, sizeof(reason));
    log_warn("the store %s cannot be reached%s: it %s", store->address, of_what(store, breaker),
             reason);
}

/* A command that was sent and not answered in time may have waited for another's transaction, which
 * is no reason to refuse everybody else: where the server is away, libmongoc's monitor finds that
 * out, and the next one finds no server. */
static bool is_away(enum fault fault, const bson_error_t *error)
{
    return (fault == FAULT_UNREACHED && error->domain != MONGOC_ERROR_STREAM) ||
           fault == FAULT_ENCRYPTION;
}

bool client_fail_by(struct mongo_store *store, struct breaker *breaker, const bson_error_t *error,
                    const bson_t *reply, struct error *err)
{
    enum fault fault = fault_of(error);

    turn_note(error, reply);
    if (is_away(fault, error))
        not_reached(store, breaker, error);
    else if (error->domain == MONGOC_ERROR_SERVER)
        client_answered_by(store, breaker);
    switch (fault) {
    case FAULT_UNREACHED:
    case FAULT_ENCRYPTION:
        return client_busy(err, "the store cannot be reached now");
    case FAULT_UNFIT:
        return client_busy(err, "the store cannot answer now");
    case FAULT_TOO_LARGE:
        return fail(err, ERROR_TOO_LARGE, "the document is larger than the store can keep");
    case FAULT_PARALLEL:
        return fail(err, ERROR_REFUSED, "two fields of one index or sort cannot both be lists");
    default:
        return fail(err, ERROR_INTERNAL, "the store %s says: %s (%u)", store->address,
                    error->message, error->code);
    }
}

/* -- of the primary ---------------------------------------------------------------------------- */

mongoc_client_t *client_pop(struct mongo_store *store, struct error *err)
{
    return client_pop_by(store, &store->breaker, err);
}

bool client_fail(struct mongo_store *store, const bson_error_t *error, const bson_t *reply,
                 struct error *err)
{
    return client_fail_by(store, &store->breaker, error, reply, err);
}

void client_answered(struct mongo_store *store)
{
    client_answered_by(store, &store->breaker);
}
