/* SPDX-License-Identifier: MIT */
/* A database for each test on the server that MONGO_TEST_URI names, and a client beside the store
 * to do there what others may do. */
#ifndef DECANT_MONGO_PLACE_H
#define DECANT_MONGO_PLACE_H

#include "../../document.h"
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

/* A store with its collections prepared. */
static inline struct store *opened_store(const char *address, const struct store_options *options,
                                         const struct collection *const *prepared, size_t count)
{
    struct error err;
    struct store *store = store_open(address, options, &err);

    if (!store || !store_prepare(store, prepared, count, &err))
        fail_msg("%s", err.message);
    return store;
}

/* The number n of a document that is there. */
static inline int64_t number_of(struct store *store, const struct collection *collection,
                                const char *id)
{
    struct arena arena = {0};
    struct document document = {.arena = &arena};
    bson_value_t value;
    struct error err;

    if (!store_get(store, collection, key_text(id), &document, &err))
        fail_msg("%s", err.message);
    assert_true(document_get(document.bson, document.len, "n", &value));
    arena_release(&arena);
    return value.value_type == BSON_TYPE_INT32 ? value.value.v_int32 : value.value.v_int64;
}

/* Of a metric by its name, with labels. */
static inline long metric_of(struct metrics *metrics, const char *name)
{
    struct buf text = {0};
    const char *at;
    long value;

    metrics_write(metrics, &text);
    at = strstr(buf_text(&text), name);
    while (at && ((at != buf_text(&text) && at[-1] != '\n') || at[strlen(name)] != ' '))
        at = strstr(at + 1, name);
    assert_non_null(at);
    value = strtol(at + strlen(name), NULL, 10);
    buf_release(&text);
    return value;
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
