/* SPDX-License-Identifier: MIT */
#include "elsewhere.h"

#include <stdlib.h>
#include <string.h>

enum { CLUSTER_TIME_SIZE = 512 };

struct elsewhere {
    mongoc_read_prefs_t *preference;
    struct breaker breaker; /* that the primary is away is no reason not to read */
    pthread_mutex_t lock;
    uint32_t seconds, increment; /* the newest operation that is known of; 0: none */
    uint8_t cluster[CLUSTER_TIME_SIZE];
    uint32_t cluster_len; /* of the newest $clusterTime, which servers sign; 0: none */
    uint32_t cluster_seconds, cluster_increment;
};

void elsewhere_open(struct mongo_store *store)
{
    const mongoc_read_prefs_t *asked = mongoc_uri_get_read_prefs_t(store->uri);
    mongoc_read_prefs_t *primary;

    if (mongoc_read_prefs_get_mode(asked) == MONGOC_READ_PRIMARY)
        return;
    store->elsewhere = calloc(1, sizeof(*store->elsewhere));
    if (!store->elsewhere)
        abort();
    pthread_mutex_init(&store->elsewhere->lock, NULL);
    store->elsewhere->preference = mongoc_read_prefs_copy(asked);
    primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_uri_set_read_prefs_t(store->uri, primary);
    mongoc_read_prefs_destroy(primary);
}

void elsewhere_close(struct mongo_store *store)
{
    if (!store->elsewhere)
        return;
    mongoc_read_prefs_destroy(store->elsewhere->preference);
    pthread_mutex_destroy(&store->elsewhere->lock);
    free(store->elsewhere);
}

struct breaker *elsewhere_breaker(struct mongo_store *store)
{
    return store->elsewhere ? &store->elsewhere->breaker : &store->breaker;
}

/* -- times ------------------------------------------------------------------------------------- */

static bool is_later(uint32_t seconds, uint32_t increment, uint32_t than, uint32_t than_increment)
{
    return seconds > than || (seconds == than && increment > than_increment);
}

static bool timestamp_in(const bson_t *document, const char *name, uint32_t *seconds,
                         uint32_t *increment)
{
    bson_iter_t iter;

    if (!bson_iter_init_find(&iter, document, name) || !BSON_ITER_HOLDS_TIMESTAMP(&iter))
        return false;
    bson_iter_timestamp(&iter, seconds, increment);
    return true;
}

static void note_operation(struct elsewhere *elsewhere, const bson_t *reply)
{
    uint32_t seconds, increment;

    if (timestamp_in(reply, "operationTime", &seconds, &increment) &&
        is_later(seconds, increment, elsewhere->seconds, elsewhere->increment)) {
        elsewhere->seconds = seconds;
        elsewhere->increment = increment;
    }
}

static void note_cluster(struct elsewhere *elsewhere, const bson_t *reply)
{
    uint32_t seconds, increment, len;
    const uint8_t *data;
    bson_iter_t iter;
    bson_t cluster;

    if (!bson_iter_init_find(&iter, reply, "$clusterTime") || !BSON_ITER_HOLDS_DOCUMENT(&iter))
        return;
    bson_iter_document(&iter, &len, &data);
    if (len > sizeof(elsewhere->cluster) || !bson_init_static(&cluster, data, len) ||
        !timestamp_in(&cluster, "clusterTime", &seconds, &increment) ||
        !is_later(seconds, increment, elsewhere->cluster_seconds, elsewhere->cluster_increment))
        return;
    memcpy(elsewhere->cluster, data, len);
    elsewhere->cluster_len = len;
    elsewhere->cluster_seconds = seconds;
    elsewhere->cluster_increment = increment;
}

void elsewhere_note(struct mongo_store *store, const bson_t *reply)
{
    if (!store->elsewhere)
        return;
    pthread_mutex_lock(&store->elsewhere->lock);
    note_operation(store->elsewhere, reply);
    note_cluster(store->elsewhere, reply);
    pthread_mutex_unlock(&store->elsewhere->lock);
}

/* -- readings ---------------------------------------------------------------------------------- */

static bool knows_times(struct elsewhere *elsewhere)
{
    bool known;

    pthread_mutex_lock(&elsewhere->lock);
    known = elsewhere->seconds > 0;
    pthread_mutex_unlock(&elsewhere->lock);
    return known;
}

/* A server behind another's time would refuse a later one that it has not heard of: it is told. */
static void advance(struct elsewhere *elsewhere, mongoc_client_session_t *session)
{
    bson_t cluster;

    pthread_mutex_lock(&elsewhere->lock);
    if (elsewhere->cluster_len &&
        bson_init_static(&cluster, elsewhere->cluster, elsewhere->cluster_len))
        mongoc_client_session_advance_cluster_time(session, &cluster);
    mongoc_client_session_advance_operation_time(session, elsewhere->seconds, elsewhere->increment);
    pthread_mutex_unlock(&elsewhere->lock);
}

bool elsewhere_begin(struct reading *reading, struct error *err)
{
    struct elsewhere *elsewhere = reading->store->elsewhere;
    bson_error_t error;

    if (!elsewhere)
        return true;
    mongoc_collection_set_read_prefs(reading->collection, elsewhere->preference);
    if (!knows_times(elsewhere)) /* those of a server on its own, which is behind nobody */
        return true;
    reading->session = mongoc_client_start_session(reading->client, NULL, &error);
    if (!reading->session)
        return client_fail_by(reading->store, reading->breaker, &error, NULL, err);
    advance(elsewhere, reading->session);
    return true;
}

void elsewhere_end(struct reading *reading)
{
    if (reading->session)
        mongoc_client_session_destroy(reading->session);
}
