/* SPDX-License-Identifier: MIT */
/* Word search: whatever way hits are read, and whatever is remembered, the answers are the same. */
#include "place.h"

#include "../hits.h"

#include <time.h>

enum { MANY = 130, FEW = 30, PAGE = 10 };

static const struct store_field fields[] = {{"text", TYPE_TEXT, STORE_SEARCHED}};
static const struct collection things = {
    .name = "things", .id_type = TYPE_INT, .fields = fields, .field_count = 1};
static const struct collection *const collections[] = {&things};

struct place {
    char address[ADDRESS_SIZE];
    struct other other;
    struct store *store;
    struct arena arena;
    struct error err;
};

static struct store *open_store(struct place *place)
{
    struct store_options options = {.queue = 100, .timeout_ms = 60000};

    return opened_store(place->address, &options, collections, 1);
}

static int open_place(void **state)
{
    static int number;
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    place_address(place->address, number++);
    place->other = other_open(place->address);
    place->store = open_store(place);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    store_close(place->store);
    other_close(&place->other, true);
    arena_release(&place->arena);
    free(place);
    return 0;
}

/* -- documents --------------------------------------------------------------------------------- */

struct batch {
    int from, count;
    const char *words;
};

/* Each has some of the words more often than others. */
static bool insert_batch(void *context, struct store *store, struct error *err)
{
    const struct batch *batch = context;
    bool ok = true;

    for (int i = 0; ok && i < batch->count; i++) {
        struct buf text = {0};
        bson_t *document;

        for (int times = 0; times <= i % 7; times++)
            buf_printf(&text, "%s ", batch->words);
        for (int times = 0; times < i % 5; times++)
            buf_puts(&text, "other words ");
        document = BCON_NEW("_id", BCON_INT32(batch->from + i), "text", buf_text(&text));
        ok = store_insert(store, &things, document, NULL, err);
        bson_destroy(document);
        buf_release(&text);
    }
    return ok;
}

static void insert(struct place *place, struct batch batch)
{
    if (!store_write(place->store, insert_batch, &batch, &place->err))
        fail_msg("%s", place->err.message);
}

static struct documents search(struct place *place, struct store *store, const char *text)
{
    struct query query = {.text = text, .limit = PAGE, .skip = 3, .count = true};
    struct documents found = {.arena = &place->arena};

    if (!store_find(store, &things, &query, &found, &place->err))
        fail_msg("%s", place->err.message);
    return found;
}

static void assert_same(const struct documents *a, const struct documents *b)
{
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->rank_bounded, b->rank_bounded);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->items[i].len, b->items[i].len);
        assert_memory_equal(a->items[i].bson, b->items[i].bson, a->items[i].len);
        assert_string_equal(a->items[i].etag, b->items[i].etag);
        assert_true(a->items[i].rank == b->items[i].rank);
        assert_true(!i || a->items[i - 1].rank >= a->items[i].rank);
    }
}

/* Again and again, and as a store answers that remembers nothing. */
static void check_search(struct place *place, const char *text, int64_t total)
{
    struct store *fresh = open_store(place);
    struct documents first = search(place, fresh, text);

    assert_int_equal(first.total, total);
    assert_int_equal(first.count, PAGE);
    for (int again = 0; again < 3; again++) {
        struct documents found = search(place, place->store, text);

        assert_same(&first, &found);
    }
    store_close(fresh);
}

/* -- tests ------------------------------------------------------------------------------------- */

static void test_few_and_many_hits_are_answered_alike(void **state)
{
    struct place *place = *state;

    insert(place, (struct batch){0, MANY, "alpha beta"});
    insert(place, (struct batch){1000, FEW, "gamma delta"});
    check_search(place, "alpha beta", MANY);
    check_search(place, "alpha", MANY);
    check_search(place, "\"alpha beta\"", MANY);
    check_search(place, "gamma delta", FEW);
    check_search(place, "gamma", FEW);
    check_search(place, "\"gamma delta\" -alpha", FEW);
}

static void test_what_was_few_becomes_many(void **state)
{
    struct place *place = *state;

    insert(place, (struct batch){0, FEW, "alpha beta"});
    check_search(place, "alpha beta", FEW);
    insert(place, (struct batch){FEW, MANY, "alpha beta"});
    check_search(place, "alpha beta", FEW + MANY);
}

static void test_counts_of_words_follow_changes(void **state)
{
    struct place *place = *state;
    double before;

    insert(place, (struct batch){0, FEW, "alpha beta"});
    check_search(place, "alpha beta", FEW);
    before = search(place, place->store, "alpha beta").items[0].rank;
    insert(place, (struct batch){1000, MANY, "alpha gamma"});
    check_search(place, "alpha beta", FEW);
    assert_true(search(place, place->store, "alpha beta").items[0].rank != before);
}

static void wait_for_change(struct place *place, uint64_t version)
{
    time_t until = time(NULL) + 30;

    while (store_version(place->store, &things) == version && time(NULL) < until)
        usleep(2000);
    assert_true(store_version(place->store, &things) != version);
}

static void test_and_changes_of_others(void **state)
{
    struct place *place = *state;
    mongoc_collection_t *collection = other_collection(&place->other, "things");
    uint64_t version;

    insert(place, (struct batch){0, FEW, "alpha beta"});
    insert(place, (struct batch){1000, MANY, "gamma"});
    check_search(place, "alpha beta", FEW);
    version = store_version(place->store, &things);
    for (int i = 0; i < FEW; i++) {
        bson_t *document = BCON_NEW("_id", BCON_INT32(2000 + i), "text", "alpha", "_words", "[",
                                    "alpha", "]", "_live", BCON_BOOL(true));

        assert_true(mongoc_collection_insert_one(collection, document, NULL, NULL, NULL));
        bson_destroy(document);
    }
    mongoc_collection_destroy(collection);
    wait_for_change(place, version);
    check_search(place, "alpha beta", FEW);
}

static void test_phrases_are_looked_for_among_words(void **state)
{
    const bson_value_t words[] = {value_text("b"), value_text("c"), value_text("d")};
    struct asked asked = {.terms = {{words, 1, false, 1}, {words, 2, false, 1}}, .count = 2};
    bson_t *document =
        BCON_NEW("_words", "[", "b", "c", "", "b", "", "c", "b", "c", BCON_INT32(1), "b", "]");
    struct look look;

    (void)state;
    assert_true(hits_look(&asked, document, &look));
    assert_int_equal(look.words, 7);
    assert_int_equal(look.found[0], 4);
    assert_int_equal(look.found[1], 2);
    asked.terms[1].negated = true;
    assert_false(hits_look(&asked, document, &look));
    asked.terms[1].words = words + 1; /* c d */
    assert_true(hits_look(&asked, document, &look));
    bson_destroy(document);
}

#define on_server(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(test_phrases_are_looked_for_among_words),
    };
    const struct CMUnitTest tests[] = {
        on_server(test_few_and_many_hits_are_answered_alike),
        on_server(test_what_was_few_becomes_many),
        on_server(test_counts_of_words_follow_changes),
        on_server(test_and_changes_of_others),
    };
    int failed = cmocka_run_group_tests(alone, NULL, NULL);

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: word search on MongoDB (no MONGO_TEST_URI)");
        return failed;
    }
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
