/* SPDX-License-Identifier: MIT */
/* Who has which document, and who waits for it. */
#include "../claims.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct claim_key key_of(struct arena *arena, const void *table, bson_value_t id)
{
    return claims_key(arena, table, &id);
}

static void test_documents_are_told_apart_as_values_are(void **state)
{
    struct arena arena = {0};
    struct claims *claims = claims_new();
    struct store_work one = {0}, other = {0};
    const bson_value_t same[] = {
        value_int(1), value_double(1), {.value_type = BSON_TYPE_INT64, .value.v_int64 = 1}};
    const int tables[2] = {0};
    struct claim_key key = key_of(&arena, &tables[0], same[0]);

    (void)state;
    assert_int_equal(claims_take(claims, &one, &key), CLAIM_TAKEN);
    for (size_t i = 0; i < 3; i++) {
        key = key_of(&arena, &tables[0], same[i]);
        assert_int_equal(claims_take(claims, &one, &key), CLAIM_HAD);
        assert_int_equal(claims_take(claims, &other, &key), CLAIM_REFUSED);
    }
    key = key_of(&arena, &tables[0], value_text("1"));
    assert_int_equal(claims_take(claims, &other, &key), CLAIM_TAKEN);
    key = key_of(&arena, &tables[1], same[0]);
    assert_int_equal(claims_take(claims, &other, &key), CLAIM_TAKEN);
    assert_null(claims_release(claims, &one));
    assert_null(claims_release(claims, &other));
    claims_free(claims);
    arena_release(&arena);
}

static void test_who_waits_longest_has_it_next(void **state)
{
    struct arena arena = {0};
    struct claims *claims = claims_new();
    struct store_work works[4] = {0};
    struct claim_key key = key_of(&arena, NULL, value_text("a"));
    struct store_work *ended;

    (void)state;
    assert_false(claims_await(claims, &works[0], &key));
    for (size_t i = 1; i < 4; i++)
        assert_true(claims_await(claims, &works[i], &key));
    claims_forget(&works[1]);
    assert_ptr_equal(claims_release(claims, &works[0]), &works[2]);
    assert_null(works[2].next);
    assert_int_equal(claims_take(claims, &works[2], &key), CLAIM_HAD);
    assert_true(claims_await(claims, &works[1], &key));
    works[3].queued_us = 10;
    works[1].queued_us = 11;
    ended = claims_dismiss(&works[2], 10);
    assert_ptr_equal(ended, &works[3]);
    assert_null(ended->next);
    assert_ptr_equal(claims_release(claims, &works[2]), &works[1]);
    assert_null(claims_release(claims, &works[1]));
    claims_free(claims);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents_are_told_apart_as_values_are),
        cmocka_unit_test(test_who_waits_longest_has_it_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
