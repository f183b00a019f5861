/* SPDX-License-Identifier: MIT */
/* A running store and somebody else who changes its collections, for the tests of the keeper. */
#ifndef DECANT_MONGO_KEEPING_H
#define DECANT_MONGO_KEEPING_H

#include "place.h"

#include "../../clock.h"
#include "../keeper.h"

#include <time.h>

enum { LONGEST_MS = 20000 };

static const struct store_field thing_fields[] = {{"title", TYPE_TEXT, STORE_SEARCHED},
                                                  {"about.text", TYPE_TEXT, STORE_SEARCHED},
                                                  {"name", TYPE_TEXT, STORE_UNIQUE},
                                                  {"n", TYPE_INT, STORE_INDEXED},
                                                  {"gone", TYPE_BOOL, STORE_DELETED}};
static const struct collection things = {.name = "things",
                                         .id_type = TYPE_TEXT,
                                         .fields = thing_fields,
                                         .field_count = 5,
                                         .followed = true};
static const struct store_field total_fields[] = {{"n", TYPE_INT, STORE_INDEXED}};
static const struct collection totals = {
    .name = "totals", .id_type = TYPE_TEXT, .fields = total_fields, .field_count = 1};
static const struct collection *const collections[] = {&things, &totals};

struct place {
    char address[ADDRESS_SIZE];
    struct metrics *metrics;
    struct store *store;
    struct other other;
    mongoc_collection_t *things;
    struct arena arena;
    struct error err;
};

static inline struct store *open_store(struct place *place, struct metrics *metrics, bool read_only)
{
    struct store_options options = {
        .queue = 100, .timeout_ms = 60000, .metrics = metrics, .read_only = read_only};

    return opened_store(place->address, &options, collections, 2);
}

static inline int open_place(void **state)
{
    static int number;
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    place_address(place->address, number++);
    place->metrics = metrics_open();
    place->store = open_store(place, place->metrics, false);
    place->other = other_open(place->address);
    place->things = other_collection(&place->other, "things");
    *state = place;
    return 0;
}

static inline int close_place(void **state)
{
    struct place *place = *state;

    store_close(place->store);
    metrics_close(place->metrics);
    mongoc_collection_destroy(place->things);
    other_close(&place->other, true);
    arena_release(&place->arena);
    free(place);
    return 0;
}

/* -- what others do, and we -------------------------------------------------------------------- */

/* These take their documents. */
static inline void put(struct place *place, bson_t *document)
{
    bson_error_t error = {0};

    if (!mongoc_collection_insert_one(place->things, document, NULL, NULL, &error))
        fail_msg("%s", error.message);
    bson_destroy(document);
}

static inline void change(struct place *place, const char *id, bson_t *update)
{
    bson_t *query = BCON_NEW("_id", BCON_UTF8(id));
    bson_error_t error = {0};

    if (!mongoc_collection_update_one(place->things, query, update, NULL, NULL, &error))
        fail_msg("%s", error.message);
    bson_destroy(query);
    bson_destroy(update);
}

/* -- what is then ------------------------------------------------------------------------------ */

static inline void wait_a_little(int64_t begun_us)
{
    const struct timespec pause = {.tv_nsec = 5000000};

    assert_true(clock_monotonic_us() - begun_us < LONGEST_MS * 1000LL);
    nanosleep(&pause, NULL);
}

static inline size_t found_by(struct store *store, const char *text)
{
    struct arena arena = {0};
    struct documents found = {.arena = &arena};
    struct query query = {.text = text, .limit = 10};
    struct error err;

    if (!store_find(store, &things, &query, &found, &err))
        fail_msg("%s", err.message);
    arena_release(&arena);
    return found.count;
}

static inline void wait_found(struct place *place, const char *text, size_t count)
{
    int64_t begun = clock_monotonic_us();

    while (found_by(place->store, text) != count)
        wait_a_little(begun);
}

/* Whether there is a document that matches, as others see it. */
static inline bool is_there(struct place *place, const bson_t *query)
{
    bson_error_t error = {0};
    int64_t count =
        mongoc_collection_count_documents(place->things, query, NULL, NULL, NULL, &error);

    if (count < 0)
        fail_msg("%s", error.message);
    return count > 0;
}

/* Takes the query. */
static inline void wait_there(struct place *place, bson_t *query)
{
    int64_t begun = clock_monotonic_us();

    while (!is_there(place, query))
        wait_a_little(begun);
    bson_destroy(query);
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

#endif
