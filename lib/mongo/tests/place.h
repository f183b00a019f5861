/* SPDX-License-Identifier: MIT */
/* A database for each test on the server that MONGO_TEST_URI names, and a client beside the store
 * to do there what others may do. */
#ifndef DECANT_MONGO_PLACE_H
#define DECANT_MONGO_PLACE_H

#include "../../store.h"

#include <mongoc/mongoc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ADDRESS_SIZE = 256 };

/* The server's URI with a database of this process in it. False: there is no server. */
static inline bool place_address(char out[ADDRESS_SIZE], int number)
{
    /* A server of tests shares a busy machine. */
    static const char patient[] = "&connectTimeoutMS=30000&serverSelectionTimeoutMS=30000";
    const char *uri = getenv("MONGO_TEST_URI");
    const char *hosts = uri ? strstr(uri, "://") : NULL;
    const char *options;

    if (!hosts)
        return false;
    hosts += 3;
    options = strchr(hosts, '?');
    snprintf(out, ADDRESS_SIZE, "%.*s/decant-test-%d-%d%s%s",
             (int)(hosts - uri + (long)strcspn(hosts, "/?")), uri, (int)getpid(), number,
             options ? options : "?", &patient[!options]);
    return true;
}

/* Somebody else on the same database. */
struct other {
    mongoc_uri_t *uri;
    mongoc_client_t *client;
};

static inline struct other other_open(const char *address)
{
    struct other other = {.uri = mongoc_uri_new(address)};

    assert_non_null(other.uri);
    other.client = mongoc_client_new_from_uri(other.uri);
    return other;
}

static inline mongoc_collection_t *other_collection(const struct other *other, const char *name)
{
    return mongoc_client_get_collection(other->client, mongoc_uri_get_database(other->uri), name);
}

static inline void other_close(struct other *other, bool drop)
{
    mongoc_database_t *database =
        mongoc_client_get_database(other->client, mongoc_uri_get_database(other->uri));

    if (drop)
        mongoc_database_drop(database, NULL);
    mongoc_database_destroy(database);
    mongoc_client_destroy(other->client);
    mongoc_uri_destroy(other->uri);
}

#endif
