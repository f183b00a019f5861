/* SPDX-License-Identifier: MIT */
/* What is told of slow queries, and the plans of usual ones. */
#include "store_cards.h"

/* -- plans ------------------------------------------------------------------------------------- */

static char told[2000];
static int tellings;

static void tell(const struct collection *collection, const char *plan, int64_t took_us)
{
    assert_string_equal(collection->name, "cards");
    assert_true(took_us >= 5000);
    snprintf(told, sizeof(told), "%s", plan);
    tellings++;
}

static void write_slowly(const void *context, const struct document *document, struct buf *out)
{
    static int64_t shift;

    (void)context;
    buf_puts(out, document->etag);
    shift += 5;
    clock_shift_ms(shift);
}

static const struct store_text slow_text = {.shape = 1003, .write = write_slowly};

/* Cards whose texts are all made when read. */
static struct store *open_slow(struct folder *folder, struct collection *cards)
{
    struct store *store = open_with(folder, &kept_cards, (struct store_options){0});

    must_put_cards(store, &kept_cards);
    store_close(store);
    *cards = kept_cards;
    cards->text = &slow_text;
    told[0] = '\0';
    tellings = 0;
    return open_with(folder, cards,
                     (struct store_options){.read_only = true, .slow_ms = 5, .on_slow = tell});
}

static void find_slowly(struct store *store, const struct collection *cards, struct query query)
{
    struct arena arena = {0};
    struct documents found = {.arena = &arena, .as_text = true};
    struct error err = {0};

    query.limit = 25;
    if (!store_find(store, cards, &query, &found, &err))
        fail_msg("%s", err.message);
    assert_true(found.count > 0);
    arena_release(&arena);
}

static void test_slow_queries_are_told_with_their_plans(void **state)
{
    struct folder *folder = *state;
    struct filter by_text = {.op = FILTER_EQ, .path = "free", .value = value_text("x")};
    struct filter or_n = {.op = FILTER_GTE, .path = "n", .value = value_int(0)};
    const struct filter *children[] = {&by_text, &or_n};
    struct filter either = {.op = FILTER_OR, .children = children, .count = 2};
    struct collection cards;
    struct store *store = open_slow(folder, &cards);
    struct arena arena = {0};
    struct document document = {.arena = &arena};

    assert_true(store_get(store, &cards, key_text("000001"), &document, &folder->err));
    assert_int_equal(count_of(store, &cards, NULL), 480);
    assert_int_equal(tellings, 0);
    document.as_text = true;
    assert_true(store_get(store, &cards, key_text("000001"), &document, &folder->err));
    assert_int_equal(tellings, 1);
    assert_non_null(strstr(told, "SEARCH t1 USING INDEX"));
    find_slowly(store, &cards, (struct query){.where = &either, .count = true});
    assert_int_equal(tellings, 2);
    assert_non_null(strstr(told, "SCAN t1"));
    assert_non_null(strstr(told, "; "));
    arena_release(&arena);
    store_close(store);
}

static void test_lists_without_deleted_documents_use_their_index(void **state)
{
    struct folder *folder = *state;
    struct sort by_n = {"n", true}, by_id = {"_id", true};
    struct filter code = {.op = FILTER_EQ, .path = "code", .value = value_text("000001")};
    struct collection cards;
    struct store *store = open_slow(folder, &cards);

    find_slowly(store, &cards, (struct query){0});
    assert_string_equal(told, "SCAN t1 USING INDEX sqlite_autoindex_t1_1");
    find_slowly(store, &cards, (struct query){.sort = &by_id, .sort_count = 1});
    assert_string_equal(told, "SCAN t1 USING INDEX sqlite_autoindex_t1_1");
    find_slowly(store, &cards, (struct query){.sort = &by_n, .sort_count = 1});
    assert_string_equal(told, "SCAN t1 USING INDEX t1_i0");
    find_slowly(store, &cards, (struct query){.where = &code});
    assert_non_null(strstr(told, "SEARCH t1 USING INDEX t1_u1 (c1=?)"));
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_slow_queries_are_told_with_their_plans),
        in_folder(test_lists_without_deleted_documents_use_their_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
