/* SPDX-License-Identifier: MIT */
/* What a page behind a key and an estimate cost the embedded store: no more in a large table than
 * in a small one. A loop's budget is the measure. */
#include "store_files.h"

enum { ROWS = 20000, NULLS = 5000 };

static const struct store_field entry_fields[] = {{"n", TYPE_INT, STORE_INDEXED}};
static const struct collection listed = {
    .name = "listed", .id_type = TYPE_OBJECT_ID, .fields = entry_fields, .field_count = 1};
static const struct collection clustered = {
    .name = "clustered", .id_type = TYPE_INT, .fields = entry_fields, .field_count = 1};

static bool fill(void *context, struct store *store, struct error *err)
{
    const struct collection *collection = context;
    bool ok = true;

    for (int i = 0; ok && i < ROWS; i++) {
        bson_t document = BSON_INITIALIZER;

        if (collection == &clustered)
            bson_append_int32(&document, "_id", 3, i);
        if (i >= NULLS)
            bson_append_int32(&document, "n", 1, i / 3);
        ok = store_insert(store, collection, &document, NULL, err);
        bson_destroy(&document);
    }
    return ok;
}

static struct store *open_filled(struct folder *folder, const struct collection *collection)
{
    struct store *store =
        open_with(folder, collection, (struct store_options){.queue = 10, .budget = 1});

    if (!store_write(store, fill, (void *)(uintptr_t)collection, &folder->err))
        fail_msg("%s", folder->err.message);
    return store;
}

/* Whether a page of ten behind this one is within the budget. */
static bool is_cheap(struct store *store, const struct collection *collection,
                     const struct query *query)
{
    struct arena arena = {0};
    struct documents found = {.arena = &arena};
    struct error err = {0};
    bool ok, over;

    store_reads_begin(store);
    ok = store_find(store, collection, query, &found, &err);
    over = store_reads_end(store);
    store_snapshot_end(store);
    assert_true(over || (ok && found.count == (size_t)query->limit));
    arena_release(&arena);
    return !over;
}

/* The place behind so many documents. */
static const char *place_behind(struct store *store, const struct collection *collection,
                                struct query query, struct arena *arena)
{
    struct documents found = {.arena = arena};
    struct error err = {0};

    if (!store_find(store, collection, &query, &found, &err))
        fail_msg("%s", err.message);
    assert_non_null(found.after);
    return found.after;
}

static void check_cost(struct folder *folder, const struct collection *collection)
{
    static const int64_t depths[] = {
        10, 2500, NULLS - 5, NULLS + 5, 10000, ROWS - NULLS - 5, ROWS - NULLS + 5, ROWS - 10};
    struct store *store = open_filled(folder, collection);
    struct arena arena = {0};

    for (int descending = 0; descending < 2; descending++) {
        struct sort sort = {"n", descending};
        struct query query = {.sort = &sort, .sort_count = 1, .keyset = true};

        for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
            query.after = NULL;
            query.limit = depths[i];
            query.after = place_behind(store, collection, query, &arena);
            query.limit = 10;
            if (!is_cheap(store, collection, &query))
                fail_msg("behind %d%s", (int)depths[i], descending ? ", descending" : "");
        }
        /* What it is measured against: */
        query = (struct query){.sort = &sort, .sort_count = 1, .limit = 10, .skip = ROWS - 10};
        assert_false(is_cheap(store, collection, &query));
    }
    arena_release(&arena);
    store_close(store);
}

static void test_a_page_behind_a_key_is_a_range_of_the_index(void **state)
{
    check_cost(*state, &listed);
}

static void test_a_page_behind_a_key_is_a_range_where_rows_lie_by_id(void **state)
{
    check_cost(*state, &clustered);
}

static bool put_odd(void *context, struct store *store, struct error *err)
{
    bson_t *document = BCON_NEW("n", "[", BCON_INT32(1), "]");
    bool ok = store_insert(store, &listed, document, NULL, err);

    (void)context;
    bson_destroy(document);
    return ok;
}

static void test_one_value_of_another_type_makes_pages_dear_not_wrong(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_filled(folder, &listed);
    struct arena arena = {0};
    struct sort sort = {"n", false};
    struct query query = {.sort = &sort, .sort_count = 1, .keyset = true, .limit = NULLS - 5};
    struct documents found = {.arena = &arena};

    query.after = place_behind(store, &listed, query, &arena);
    query.limit = 10;
    assert_true(is_cheap(store, &listed, &query));
    assert_true(store_write(store, put_odd, NULL, &folder->err));
    assert_false(is_cheap(store, &listed, &query));
    assert_true(store_find(store, &listed, &query, &found, &folder->err));
    assert_int_equal(found.count, 10);
    /* Five nulls, the list by its 1, and then what is greater. */
    assert_non_null(memmem(found.items[5].bson, found.items[5].len, "\4n", 3));
    arena_release(&arena);
    store_close(store);
}

static int64_t guess(struct store *store, const struct collection *collection, bool *exact)
{
    struct filter few = {.op = FILTER_LT, .path = "n", .value = value_int(ROWS / 6)};
    struct estimate about = {0};
    struct error err = {0};

    if (!store_estimate(store, collection, &few, &about, &err))
        fail_msg("%s", err.message);
    *exact = about.exact;
    return about.documents;
}

static void test_rows_that_lie_by_id_are_counted_not_estimated(void **state)
{
    struct store *store = open_filled(*state, &clustered);
    bool exact = false;

    assert_int_equal(guess(store, &clustered, &exact), ROWS / 6 * 3 - NULLS);
    assert_true(exact);
    store_close(store);
}

/* Every second document counts as deleted, all of them among the first half. */
static bool fill_half_gone(void *context, struct store *store, struct error *err)
{
    bool ok = true;

    for (int i = 0; ok && i < 2 * ROWS; i++) {
        bson_t *document = BCON_NEW("n", BCON_INT32(i), "gone", BCON_BOOL(i < ROWS));

        ok = store_insert(store, context, document, NULL, err);
        bson_destroy(document);
    }
    return ok;
}

static void test_an_estimate_asks_no_deleted_documents(void **state)
{
    static const struct store_field fields[] = {{"n", TYPE_INT, STORE_INDEXED},
                                                {"gone", TYPE_BOOL, STORE_DELETED}};
    static const struct collection fading = {
        .name = "fading", .id_type = TYPE_OBJECT_ID, .fields = fields, .field_count = 2};
    struct folder *folder = *state;
    struct store *store = open_with(folder, &fading, (struct store_options){.queue = 10});
    struct filter half = {.op = FILTER_GTE, .path = "n", .value = value_int(ROWS + ROWS / 2)};
    struct filter gone = {.op = FILTER_LT, .path = "n", .value = value_int(ROWS)};
    struct estimate about;

    assert_true(store_write(store, fill_half_gone, (void *)(uintptr_t)&fading, &folder->err));
    assert_true(store_estimate(store, &fading, &half, &about, &folder->err));
    assert_false(about.exact);
    assert_true(llabs(about.documents - ROWS / 2) < 1000);
    assert_true(store_estimate(store, &fading, &gone, &about, &folder->err));
    assert_int_equal(about.documents, 0);
    store_close(store);
}

static void test_an_estimate_is_about_right_and_counts_its_steps(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_filled(folder, &listed);
    struct filter all = {.op = FILTER_GTE, .path = "n", .value = value_int(0)};
    bool exact = true;
    int64_t number = guess(store, &listed, &exact);
    struct estimate about;

    assert_false(exact);
    assert_true(llabs(number - (ROWS / 6 * 3 - NULLS)) < 1000);
    store_reads_begin(store);
    assert_false(store_estimate(store, &listed, &all, &about, &folder->err));
    assert_true(store_reads_end(store));
    store_snapshot_end(store);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_a_page_behind_a_key_is_a_range_of_the_index),
        in_folder(test_a_page_behind_a_key_is_a_range_where_rows_lie_by_id),
        in_folder(test_one_value_of_another_type_makes_pages_dear_not_wrong),
        in_folder(test_rows_that_lie_by_id_are_counted_not_estimated),
        in_folder(test_an_estimate_asks_no_deleted_documents),
        in_folder(test_an_estimate_is_about_right_and_counts_its_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
