/* SPDX-License-Identifier: MIT */
/* Soft deletion over time: declarations that change, and processes that declare otherwise. */
#include "store_cards.h"

static void test_a_unique_index_is_made_anew_where_deletion_comes_in(void **state)
{
    struct folder *folder = *state;
    const char *unique = "SELECT sql LIKE '%WHERE%' FROM sqlite_schema WHERE name='t1_u1'";
    struct store *store = open_with(folder, &plain_cards, (struct store_options){0});
    struct store *newer;
    struct card twin = {&plain_cards, 2, "000001", false};

    must_put_card(store, (struct card){&plain_cards, 1, NULL, true});
    assert_int_equal(ask(store, unique), 0);
    assert_false(store_write(store, put_card, &twin, &folder->err));
    newer = open_with(folder, &kept_cards, (struct store_options){0});
    assert_int_equal(ask(store, unique), 1);
    assert_true(store_write(store, put_card, &twin, &folder->err));
    twin.n = 3;
    assert_false(store_write(store, put_card, &twin, &folder->err));
    assert_int_equal(folder->err.kind, ERROR_REFUSED);
    assert_non_null(strstr(folder->err.message, "code"));
    assert_int_equal(count_of(newer, &kept_cards, NULL), 1);
    store_close(newer);
    store_close(store);
    store = open_with(folder, &plain_cards, (struct store_options){0});
    assert_int_equal(ask(store, unique), 1);
    store_close(store);
}

static void test_odd_declarations_of_deletion_are_refused(void **state)
{
    struct folder *folder = *state;
    struct store_options options = {0};
    const struct store_field number[] = {{"gone", TYPE_INT, STORE_DELETED}};
    const struct store_field both[] = {{"gone", TYPE_BOOL, STORE_DELETED},
                                       {"lost", TYPE_BOOL, STORE_DELETED}};
    struct collection wrong = {
        .name = "wrong", .id_type = TYPE_TEXT, .fields = number, .field_count = 1};
    const struct collection *collection = &wrong;
    struct store *store = store_open(folder->address, &options, &folder->err);

    must_say(folder, store_prepare(store, &collection, 1, &folder->err), ERROR_INTERNAL, "boolean");
    store_close(store);
    wrong.fields = both;
    wrong.field_count = 2;
    store = store_open(folder->address, &options, &folder->err);
    must_say(folder, store_prepare(store, &collection, 1, &folder->err), ERROR_INTERNAL,
             "2 fields");
    store_close(store);
}

static void test_who_declares_no_deletion_counts_it_all_the_same(void **state)
{
    struct folder *folder = *state;
    struct store *plain = open_with(folder, &plain_cards, (struct store_options){0});
    struct store *kept = open_with(folder, &kept_cards, (struct store_options){0});

    must_put_cards(plain, &plain_cards);
    assert_int_equal(count_of(kept, &kept_cards, NULL), 480);
    must_touch(plain, (struct touch){&plain_cards, "000005", "gone", value_bool(false)});
    must_touch(plain, (struct touch){&plain_cards, "000006", "gone", value_bool(true)});
    must_touch(plain, (struct touch){&plain_cards, "000007", "gone", value_bool(true)});
    assert_int_equal(count_of(kept, &kept_cards, NULL), 479);
    assert_int_equal(count_of(plain, &plain_cards, NULL), 600);
    store_close(kept);
    store_close(plain);
}

/* The field was declared without the flag: nothing but the flag tells processes that are there. */
static void test_a_field_may_come_to_tell_of_deletion(void **state)
{
    struct folder *folder = *state;
    struct store_field fields[] = {{"gone", TYPE_BOOL, 0}, {"lost", TYPE_BOOL, 0}};
    struct store_field by_gone[] = {{"gone", TYPE_BOOL, STORE_DELETED}, {"lost", TYPE_BOOL, 0}};
    struct store_field by_lost[] = {{"gone", TYPE_BOOL, 0}, {"lost", TYPE_BOOL, STORE_DELETED}};
    struct collection flat = {
        .name = "cards", .id_type = TYPE_TEXT, .fields = fields, .field_count = 2};
    struct collection first = flat, second = flat;
    struct store *plain = open_with(folder, &flat, (struct store_options){0});
    struct store *one, *two;

    first.fields = by_gone;
    second.fields = by_lost;
    must_put_cards(plain, &flat);
    one = open_with(folder, &first, (struct store_options){0});
    must_touch(plain, (struct touch){&flat, "000001", "gone", value_bool(true)});
    assert_int_equal(count_of(one, &first, NULL), 479);
    two = open_with(folder, &second, (struct store_options){0});
    assert_int_equal(count_of(two, &second, NULL), 600);
    must_touch(plain, (struct touch){&flat, "000002", "lost", value_bool(true)});
    must_touch(one, (struct touch){&first, "000002", "gone", value_bool(true)});
    assert_int_equal(count_of(two, &second, NULL), 599);
    assert_int_equal(count_of(one, &first, NULL), 478);
    store_close(two);
    store_close(one);
    store_close(plain);
}

static bool put_a_crowd(void *context, struct store *store, struct error *err)
{
    for (int i = 0; i < 13000; i++)
        if (!put_card(&(struct card){context, i, NULL, i < 2500}, store, err))
            return false;
    return true;
}

static void test_estimates_leave_deleted_documents_out(void **state)
{
    struct folder *folder = *state;
    struct filter gone = {.op = FILTER_LT, .path = "n", .value = value_int(2500)};
    struct store *store = open_with(folder, &kept_cards, (struct store_options){0});
    struct estimate about = {-1, true};

    assert_true(store_write(store, put_a_crowd, (void *)(uintptr_t)&kept_cards, &folder->err));
    assert_true(store_estimate(store, &kept_cards, &gone, &about, &folder->err));
    assert_false(about.exact);
    assert_int_equal(about.documents, 0);
    gone.op = FILTER_GTE;
    assert_true(store_estimate(store, &kept_cards, &gone, &about, &folder->err));
    assert_int_equal(about.documents, 10500);
    assert_true(store_estimate(store, &kept_cards, NULL, &about, &folder->err));
    assert_true(about.exact);
    assert_int_equal(about.documents, 10500);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_a_unique_index_is_made_anew_where_deletion_comes_in),
        in_folder(test_odd_declarations_of_deletion_are_refused),
        in_folder(test_who_declares_no_deletion_counts_it_all_the_same),
        in_folder(test_a_field_may_come_to_tell_of_deletion),
        in_folder(test_estimates_leave_deleted_documents_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
