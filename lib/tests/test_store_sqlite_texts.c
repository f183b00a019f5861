/* SPDX-License-Identifier: MIT */
/* Kept texts over time: files of before, processes that declare otherwise, and how texts are
 * renewed. */
#include "store_cards.h"

#include "../store_sqlite_rows.h"

static void test_an_older_file_gets_texts_and_counts(void **state)
{
    struct folder *folder = *state;
    struct store *store;
    int64_t version;

    make_old_file(folder);
    store = open_with(folder, &kept_cards, (struct store_options){0});
    assert_int_equal(count_of(store, &kept_cards, NULL), 480);
    assert_int_equal(count_too(store, &kept_cards), 600);
    check_text(store, &kept_cards, "000077");
    must_put_card(store, (struct card){&kept_cards, 900, "000005", false});
    assert_int_equal(count_of(store, &kept_cards, NULL), 481);
    version = ask(store, "PRAGMA schema_version");
    store_close(store);
    store = open_with(folder, &kept_cards, (struct store_options){0});
    assert_int_equal(ask(store, "PRAGMA schema_version"), version);
    assert_int_equal(count_of(store, &kept_cards, NULL), 481);
    store_close(store);
}

static void test_an_older_file_is_read_as_it_is(void **state)
{
    struct folder *folder = *state;
    struct store_options options = {.read_only = true};
    const struct collection *collection = &kept_cards;
    struct store *store;

    make_old_file(folder);
    store = open_with(folder, &text_cards, options);
    check_text(store, &text_cards, "000077");
    assert_int_equal(count_of(store, &text_cards, NULL), 600);
    store_close(store);
    store = store_open(folder->address, &options, &folder->err);
    must_say(folder, store_prepare(store, &collection, 1, &folder->err), ERROR_INTERNAL, "deleted");
    store_close(store);
}

static void test_who_declares_no_text_leaves_no_stale_one(void **state)
{
    struct folder *folder = *state;
    struct store *plain = open_with(folder, &plain_cards, (struct store_options){0});
    struct store *kept = open_with(folder, &text_cards, (struct store_options){0});

    must_put_card(plain, (struct card){&plain_cards, 1, NULL, false});
    check_text(kept, &text_cards, "000001");
    must_put_card(kept, (struct card){&text_cards, 2, NULL, false});
    check_text(kept, &text_cards, "000002");
    must_touch(plain, (struct touch){&plain_cards, "000002", "n", value_int(7)});
    check_text(kept, &text_cards, "000002");
    must_touch(kept, (struct touch){&text_cards, "000002", "n", value_int(8)});
    assert_int_equal(ask(kept, "SELECT shape FROM t1 WHERE _id='000002'"), 1001);
    check_text(kept, &text_cards, "000002");
    store_close(kept);
    store_close(plain);
}

/* Where a row is changed without being looked at. */
static void test_a_direct_change_leaves_no_stale_text(void **state)
{
    struct folder *folder = *state;
    struct store *plain = open_with(folder, &bare, (struct store_options){0});
    struct store *kept = open_with(folder, &bare_texts, (struct store_options){0});

    must_put_card(kept, (struct card){&bare_texts, 1, NULL, false});
    assert_int_equal(ask(kept, "SELECT shape FROM t1"), 1001);
    must_touch(plain, (struct touch){&bare, "000001", "n", value_int(7)});
    check_text(kept, &bare_texts, "000001");
    must_touch(kept, (struct touch){&bare_texts, "000001", "n", value_int(8)});
    assert_int_equal(ask(kept, "SELECT shape FROM t1"), 1001);
    check_text(kept, &bare_texts, "000001");
    store_close(kept);
    store_close(plain);
}

/* -- renewal ----------------------------------------------------------------------------------- */

static void test_old_texts_are_renewed_in_the_background(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_with(folder, &plain_cards, (struct store_options){0});
    const char *traces = "SELECT sum(updated*length(etag)) FROM t1";
    int64_t before;
    uint64_t version;

    must_put_cards(store, &plain_cards);
    before = ask(store, traces);
    store_close(store);
    store = open_with(folder, &text_cards, (struct store_options){0});
    version = store_version(store, &text_cards);
    wait_until(store, "SELECT count(*) FROM t1 WHERE shape=1001", 600);
    check_text(store, &text_cards, "000077");
    assert_int_equal(ask(store, traces), before);
    assert_int_equal(store_version(store, &text_cards), version);
    assert_int_equal(ask(store, "SELECT version FROM decant_tables"), (int64_t)version);
    store_close(store);
    store = open_with(folder, &other_cards, (struct store_options){0});
    wait_until(store, "SELECT count(*) FROM t1 WHERE shape=1002", 600);
    check_text(store, &other_cards, "000077");
    store_close(store);
}

static void test_a_renewed_text_is_no_change_to_followers(void **state)
{
    struct folder *folder = *state;
    struct collection before = plain_cards, after = text_cards;
    struct arena arena = {0};
    struct store_changes first = {.arena = &arena}, then = {.arena = &arena};
    struct store *store;

    before.followed = after.followed = true;
    store = open_with(folder, &before, (struct store_options){0});
    must_put_cards(store, &before);
    assert_true(store_changes(store, NULL, 10, &first, &folder->err));
    store_close(store);
    store = open_with(folder, &after, (struct store_options){0});
    wait_until(store, "SELECT count(*) FROM t1 WHERE shape=1001", 600);
    assert_true(store_changes(store, first.cursor, 10, &then, &folder->err));
    assert_int_equal(then.count, 0);
    arena_release(&arena);
    store_close(store);
}

static void test_what_another_writes_later_is_renewed_too(void **state)
{
    struct folder *folder = *state;
    struct store *plain = open_with(folder, &plain_cards, (struct store_options){0});
    struct store *kept = open_with(folder, &text_cards, (struct store_options){0});

    must_put_cards(plain, &plain_cards);
    clock_shift_ms(120000);
    wait_until(kept, "SELECT count(*) FROM t1 WHERE shape=1001", 600);
    store_close(kept);
    store_close(plain);
}

static bool looks_stale(struct store *store)
{
    struct connection *connection = connection_here(sqlite_of(store), &(struct error){0});

    return reply_is_stale(connection, &sqlite_of(store)->tables[0]);
}

/* Of two that declare otherwise the last one renews; else they would undo one another's for ever.
 */
static void test_one_declaration_renews(void **state)
{
    struct folder *folder = *state;
    struct store *one = open_with(folder, &text_cards, (struct store_options){0});
    struct store *two = open_with(folder, &other_cards, (struct store_options){0});

    must_put_cards(one, &text_cards);
    clock_shift_ms(120000);
    wait_until(two, "SELECT count(*) FROM t1 WHERE shape=1002", 600);
    assert_false(looks_stale(one));
    assert_false(looks_stale(two));
    check_text(one, &text_cards, "000077");
    check_text(two, &other_cards, "000077");
    store_close(two);
    store_close(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_an_older_file_gets_texts_and_counts),
        in_folder(test_an_older_file_is_read_as_it_is),
        in_folder(test_who_declares_no_text_leaves_no_stale_one),
        in_folder(test_a_direct_change_leaves_no_stale_text),
        in_folder(test_old_texts_are_renewed_in_the_background),
        in_folder(test_a_renewed_text_is_no_change_to_followers),
        in_folder(test_what_another_writes_later_is_renewed_too),
        in_folder(test_one_declaration_renews),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
