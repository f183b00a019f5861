/* SPDX-License-Identifier: MIT */
/* The contract's part on what random programs found (tests/differential). */
#ifndef STORE_CONTRACT_EDGES_H
#define STORE_CONTRACT_EDGES_H

#include "store_contract.h"

/* -- filters ------------------------------------------------------------------------------------
 */

static void test_the_least_and_the_greatest_key_compare_with_every_value(void **state)
{
    static const enum filter_op below[] = {FILTER_GT, FILTER_GTE},
                                above[] = {FILTER_LT, FILTER_LTE};
    static const char *const paths[] = {"score", "author", "at", "free"};
    struct place *place = *state;
    bson_value_t least = {.value_type = BSON_TYPE_MINKEY}, most = {.value_type = BSON_TYPE_MAXKEY};

    must(place, insert(place, &posts, BCON_NEW("title", "t", "score", BCON_INT32(1))));
    must(place, insert(place, &posts, BCON_NEW("title", "t", "author", "a", "free", "b")));
    must(place, insert(place, &posts, BCON_NEW("title", "t", "at", BCON_DATE_TIME(5))));
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        for (int at = 0; at < 2; at++) {
            assert_int_equal(
                count(place, &posts, filter_compare(&place->arena, below[at], paths[i], least)), 3);
            assert_int_equal(
                count(place, &posts, filter_compare(&place->arena, above[at], paths[i], most)), 3);
            assert_int_equal(
                count(place, &posts, filter_compare(&place->arena, above[at], paths[i], least)), 0);
        }
    }
}

/* Whatever the condition on them is. */
static void test_times_are_asked_for_like_members(void **state)
{
    struct place *place = *state;
    bson_value_t now = value_date(clock_now_ms() + 1000), date = value_int(BSON_TYPE_DATE_TIME);
    const struct filter *at = filter_compare(&place->arena, FILTER_LT, "_created", now);

    must(place, insert(place, &posts, BCON_NEW("title", "t")));
    assert_int_equal(count(place, &posts, at), 1);
    for (int i = 0; i < 10; i++)
        at = filter_join(&place->arena, i % 2 ? FILTER_AND : FILTER_OR, at, NULL);
    assert_int_equal(count(place, &posts, at), 1);
    at = filter_among(&place->arena, FILTER_TYPE, "_created", (struct filter_values){&date, 1});
    assert_int_equal(count(place, &posts, at), 1);
}

/* -- works --------------------------------------------------------------------------------------
 */

static bool put_plain(struct store *store, const char *id, struct error *err)
{
    bson_t *document = BCON_NEW("_id", BCON_UTF8(id), "n", BCON_INT32(1));
    bool ok = store_insert(store, &plain, document, NULL, err);

    bson_destroy(document);
    return ok;
}

static bool deletes_by_filter(void *context, struct store *store, struct error *err)
{
    struct filter ones = {.op = FILTER_EQ, .path = "n", .value = value_int(1)};
    int64_t deleted = 0;

    assert_true(store_delete_where(store, &plain, &ones, &deleted, err));
    assert_int_equal(deleted, 2);
    return !context || (fail)(err, ERROR_REFUSED, "undo this");
}

static bool changes_what_it_deleted(void *context, struct store *store, struct error *err)
{
    struct change one = {CHANGE_SET, "n", value_int(2)};
    struct update update = {.changes = &one, .count = 1};

    return put_plain(store, "b", err) && deletes_by_filter(NULL, store, err) &&
           !store_update(store, &plain, key_text(context), &update, err) &&
           err->kind == ERROR_NOT_FOUND;
}

static void test_a_work_knows_what_it_deleted_by_a_filter(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 2; i++) {
        must(place, insert(place, &plain, BCON_NEW("_id", "a", "n", BCON_INT32(1))));
        must(place, store_write(place->store, changes_what_it_deleted, i ? "b" : "a", &place->err));
        assert_int_equal(count(place, &plain, NULL), 0);
    }
}

static bool undoes_a_deletion(void *context, struct store *store, struct error *err)
{
    struct error undone = {0};

    return put_plain(store, "b", err) &&
           !store_transact(store, deletes_by_filter, context, &undone) &&
           undone.kind == ERROR_REFUSED;
}

static void test_what_a_part_deleted_by_a_filter_comes_back(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &plain, BCON_NEW("_id", "a", "n", BCON_INT32(1))));
    must(place, store_write(place->store, undoes_a_deletion, place, &place->err));
    assert_int_equal(count(place, &plain, NULL), 2);
    assert_int_equal(number_in((struct document[]){get(place, &plain, key_text("a"))}, "n"), 1);
}

static void test_an_equal_id_stays_as_it_was_written(void **state)
{
    struct place *place = *state;
    struct key seven = {.value = value_int(7)};
    struct document document;
    bson_value_t id;

    must(place, insert(place, &numbered, BCON_NEW("_id", BCON_INT64(7))));
    must(place, replace(place, &numbered, seven, BCON_NEW("n", BCON_INT32(1), "_id", BCON_INT32(7)),
                        NULL));
    document = get(place, &numbered, seven);
    assert_int_equal(number_in(&document, "n"), 1);
    assert_true(document_get(document.bson, document.len, "_id", &id));
    assert_int_equal(id.value_type, BSON_TYPE_INT64);
}

#endif
