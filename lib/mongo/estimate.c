/* SPDX-License-Identifier: MIT */
/* About how many documents are meant: of a large collection the server chooses some at random. */
#include "reading.h"

enum { COUNTED = 10000, SAMPLED = 1000, COUNTED_WHOLE = 1000000 };

/* The server's own number has no session, neither a transaction's nor one that says what it must
 * have seen; it is none to rely on anyway. */
bool estimate_all(const struct reading *reading, int64_t *out, struct error *err)
{
    bson_t options = BSON_INITIALIZER, reply;
    bson_error_t error;

    if (reading->borrowed && reading->session)
        return reading_count(reading, &options, 0, out, err);
    BSON_APPEND_INT32(&options, "maxTimeMS", reading->store->options.timeout_ms);
    *out = mongoc_collection_estimated_document_count(reading->collection, &options, NULL, &reply,
                                                      &error);
    if (*out >= 0)
        client_answered_by(reading->store, reading->breaker);
    else
        client_fail_by(reading->store, reading->breaker, &error, &reply, err);
    bson_destroy(&options);
    bson_destroy(&reply);
    return *out >= 0;
}

bool estimate_share(const struct reading *reading, const bson_t *query, double *out,
                    struct error *err)
{
    bson_t *pipeline =
        BCON_NEW("pipeline", "[", "{", "$sample", "{", "size", BCON_INT32(SAMPLED), "}", "}", "{",
                 "$match", BCON_DOCUMENT(query), "}", "{", "$count", BCON_UTF8("n"), "}", "]");
    int64_t number;
    bool ok = reading_number(reading, pipeline, &number, err);

    *out = (double)number / SAMPLED;
    bson_destroy(pipeline);
    return ok;
}

static bool guess(struct reading *reading, const struct filter *where, struct estimate *out,
                  struct error *err)
{
    const struct scope scope = {.where = where};
    bson_t query = BSON_INITIALIZER;
    double share = 0;
    int64_t all;
    bool ok = estimate_all(reading, &all, err);

    query_write(reading->table, &scope, &query);
    if (ok && all <= (where ? COUNTED : COUNTED_WHOLE)) {
        out->exact = true;
        ok = reading_count(reading, &query, 0, &out->documents, err);
    } else if (ok) {
        ok = estimate_share(reading, &query, &share, err);
        *out = (struct estimate){(int64_t)((double)all * share), false};
    }
    bson_destroy(&query);
    return ok;
}

bool mongo_estimate(struct store *store, const struct collection *collection,
                    const struct filter *where, struct estimate *out, struct error *err)
{
    struct reading reading;
    bool ok;

    if (!reading_begin(store, collection, &reading, err))
        return false;
    ok = guess(&reading, where, out, err);
    reading_end(&reading);
    return ok;
}
