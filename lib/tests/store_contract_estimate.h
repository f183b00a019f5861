/* SPDX-License-Identifier: MIT */
/* The contract's part on estimates. */
#ifndef STORE_CONTRACT_ESTIMATE_H
#define STORE_CONTRACT_ESTIMATE_H

#include "store_contract_keyset.h"

static bool insert_numbers(void *context, struct store *store, struct error *err)
{
    const int *range = context;
    bool ok = true;

    for (int i = range[0]; ok && i < range[1]; i++) {
        bson_t *document = BCON_NEW("n", BCON_INT32(i));

        ok = store_insert(store, &things, document, NULL, err);
        bson_destroy(document);
    }
    return ok;
}

static int64_t guess(struct place *place, const struct collection *collection,
                     const struct filter *where, bool *exact)
{
    struct estimate about = {0};

    must(place, store_estimate(place->store, collection, where, &about, &place->err));
    *exact = about.exact;
    return about.documents;
}

static void test_small_collections_are_estimated_exactly(void **state)
{
    struct place *place = *state;
    struct filter half = {.op = FILTER_LT, .path = "n", .value = value_int(77)};
    bool exact = false;

    assert_int_equal(guess(place, &things, &half, &exact), 0);
    assert_true(exact);
    must(place, store_write(place->store, insert_numbers, (int[]){0, 200}, &place->err));
    assert_int_equal(guess(place, &things, &half, &exact), 77);
    assert_true(exact);
    assert_int_equal(guess(place, &things, NULL, &exact), 200);
    assert_true(exact);
}

static void test_estimates_leave_deleted_documents_out(void **state)
{
    struct place *place = *state;
    const struct filter *few = filter_compare(&place->arena, FILTER_LT, "pages", value_int(5));
    bool exact;

    insert_many_letters(place);
    assert_int_equal(guess(place, &letters, NULL, &exact), 45);
    assert_int_equal(guess(place, &letters, few, &exact), count(place, &letters, few));
    assert_true(exact);
}

static void test_large_collections_are_estimated_by_a_sample(void **state)
{
    struct place *place = *state;
    struct filter mod = {.op = FILTER_MOD,
                         .path = "n",
                         .values = (bson_value_t[]){value_int(7), value_int(3)},
                         .count = 2};
    struct filter none = {.op = FILTER_LT, .path = "n", .value = value_int(0)};
    struct filter low = {.op = FILTER_LT, .path = "n", .value = value_int(3000)};
    bool exact = true;
    int64_t number;

    must(place, store_write(place->store, insert_numbers, (int[]){0, 12000}, &place->err));
    number = guess(place, &things, &low, &exact);
    assert_false(exact);
    assert_true(llabs(number - 3000) < 600);
    assert_int_equal(guess(place, &things, &none, &exact), 0);
    number = guess(place, &things, &mod, &exact);
    assert_true(number > 700 && number < 3000);
    assert_int_equal(guess(place, &things, NULL, &exact), 12000);
    assert_true(exact);
}

#endif
