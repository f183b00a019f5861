/* SPDX-License-Identifier: MIT */
/* The first words with a server: whether it is there, lets us in, and can do what is needed. */
#include "address.h"
#include "fault.h"

#include "../clock.h"
#include "../log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    REASON_SIZE = 200,
    PAUSE_MS = 250,
    TELL_EVERY_US = 10000000,
    WIRE_4_2 = 8, /* change streams that go on behind a drop, transactions on shards */
};

enum greeting { GREETED, NOT_YET, NEVER };

/* -- one try ----------------------------------------------------------------------------------- */

static enum greeting refuse(const struct mongo_store *store, const bson_error_t *error,
                            char *reason)
{
    enum fault fault = fault_of(error);
    size_t len;

    fault_tell(error, reason, REASON_SIZE);
    len = strlen(reason);
    /* What a server and a client do that disagree about it. */
    if (strstr(reason, "answer in time"))
        snprintf(reason + len, REASON_SIZE - len, " (does it %s TLS?)",
                 mongoc_uri_get_tls(store->uri) ? "speak" : "ask for");
    if (fault == FAULT_PASSWORD)
        snprintf(reason + len, REASON_SIZE - len,
                 ", looked for in %.60s (authSource names another)",
                 mongoc_uri_get_auth_source(store->uri));
    return fault == FAULT_UNREACHED || fault == FAULT_UNFIT ? NOT_YET : NEVER;
}

static enum greeting say(enum greeting greeting, char *reason, const char *text)
{
    snprintf(reason, REASON_SIZE, "%s", text);
    return greeting;
}

/* What kind of server it is. */
static enum greeting look(struct mongo_store *store, const mongoc_server_description_t *server,
                          char *reason)
{
    const char *type = mongoc_server_description_type(server);
    bson_iter_t iter;
    bool writes = !store->options.read_only;

    if (bson_iter_init_find(&iter, mongoc_server_description_hello_response(server),
                            "maxWireVersion") &&
        bson_iter_as_int64(&iter) < WIRE_4_2)
        return say(NEVER, reason, "is older than MongoDB 4.2");
    if (strcmp(type, "RSGhost") == 0)
        return say(NOT_YET, reason,
                   "is of a replica set that was not set up: run rs.initiate() once in mongosh");
    if (writes && strncmp(type, "RS", 2) == 0 && strcmp(type, "RSPrimary") != 0)
        return say(NOT_YET, reason,
                   "is not the primary of its replica set: the address must name all members, or "
                   "one of them and replicaSet=");
    store->transactions = strcmp(type, "Standalone") != 0;
    if (!store->options.needs_set || store->transactions)
        return GREETED;
    snprintf(reason, REASON_SIZE,
             "is a standalone server, on which %.60s cannot work: start mongod with --replSet rs0 "
             "and run rs.initiate() once in mongosh",
             store->options.needs_set);
    return NEVER;
}

/* A command that asks for a login, where servers ask for one. */
static enum greeting knock(struct mongo_store *store, mongoc_client_t *client, char *reason)
{
    bson_t command = BSON_INITIALIZER;
    bson_error_t error;
    bool ok;

    BSON_APPEND_INT32(&command, "listCollections", 1);
    BSON_APPEND_BOOL(&command, "nameOnly", true);
    BSON_APPEND_BOOL(&command, "authorizedCollections", true);
    /* With no read concern: this command takes none but "local". */
    ok = mongoc_client_command_simple(client, store->database, &command, NULL, NULL, &error);
    bson_destroy(&command);
    if (ok)
        return GREETED;
    if (fault_of(&error) != FAULT_FORBIDDEN)
        return refuse(store, &error, reason);
    return say(NEVER, reason,
               mongoc_uri_get_username(store->uri)
                   ? "does not allow this user to use the database"
                   : "asks for a user and a password, and the address has none");
}

static enum greeting try_once(struct mongo_store *store, char *reason)
{
    struct error err;
    mongoc_client_t *client = client_pop(store, &err);
    mongoc_server_description_t *server;
    bson_error_t error;
    enum greeting greeting;

    if (!client)
        return say(NOT_YET, reason, "does not answer in time");
    server = mongoc_client_select_server(client, !store->options.read_only, NULL, &error);
    greeting = server ? look(store, server, reason) : refuse(store, &error, reason);
    mongoc_server_description_destroy(server);
    if (greeting == GREETED)
        greeting = knock(store, client, reason);
    client_push(store, client);
    return greeting;
}

/* -- until it is there ------------------------------------------------------------------------- */

/* The names behind a mongodb+srv address are looked up here. */
static enum greeting make_pool(struct mongo_store *store, char *reason)
{
    bson_error_t error;

    if (store->pool)
        return GREETED;
    store->pool = mongoc_client_pool_new_with_error(store->uri, &error);
    if (!store->pool)
        return refuse(store, &error, reason);
    mongoc_client_pool_set_error_api(store->pool, MONGOC_ERROR_API_VERSION_2);
    client_observe(store);
    return GREETED;
}

static void tell(const struct mongo_store *store, int64_t left_us, const char *reason)
{
    log_warn("the store %s is not there yet (it %s): waiting up to %lld s more", store->address,
             reason, (long long)((left_us + 999999) / 1000000));
}

bool greet(struct mongo_store *store, struct error *err)
{
    int64_t began_us = clock_monotonic_us(), told_us = 0;
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};

    for (;;) {
        char reason[REASON_SIZE] = "";
        enum greeting greeting = make_pool(store, reason);
        int64_t now_us, left_us;

        if (greeting == GREETED)
            greeting = try_once(store, reason);
        if (greeting == GREETED) {
            if (told_us)
                log_warn("the store %s is there", store->address);
            return true;
        }
        now_us = clock_monotonic_us();
        left_us = began_us + store->options.wait_s * INT64_C(1000000) - now_us;
        if (greeting == NEVER || left_us <= 0)
            return fail(err, ERROR_INTERNAL, "the store %s cannot be used: it %s", store->address,
                        reason);
        if (!told_us || now_us - told_us >= TELL_EVERY_US) {
            tell(store, left_us, reason);
            told_us = now_us;
        }
        nanosleep(&pause, NULL);
    }
}
