/* SPDX-License-Identifier: MIT */
/* The feed of the embedded store in its file: other openers of the file, what is swept. */
#include "store_cards.h"

static const struct store_field task_fields[] = {{"n", TYPE_INT, 0}};
static const struct collection followed_tasks = {.name = "tasks",
                                                 .id_type = TYPE_TEXT,
                                                 .fields = task_fields,
                                                 .field_count = 1,
                                                 .followed = true};
static const struct collection unfollowed_tasks = {
    .name = "tasks", .id_type = TYPE_TEXT, .fields = task_fields, .field_count = 1};

static struct store *open_tasks(struct folder *folder, bool followed, int64_t kept)
{
    return open_with(folder, followed ? &followed_tasks : &unfollowed_tasks,
                     (struct store_options){.queue = 100, .changes_kept = kept});
}

static void put_tasks(struct store *store, bool followed, int first, int count)
{
    struct error err = {0};

    for (int i = first; i < first + count; i++)
        if (!store_write(store, put_note,
                         &(struct note){followed ? &followed_tasks : &unfollowed_tasks, i, 1, 0},
                         &err))
            fail_msg("%s", err.message);
}

/* How many changes are behind the cursor, which moves; -1 where it is gone. */
static int next(struct store *store, char *cursor)
{
    struct arena arena = {0};
    struct store_changes found = {.arena = &arena};
    struct error err = {0};
    bool ok = store_changes(store, cursor[0] ? cursor : NULL, 1000, &found, &err);

    arena_release(&arena);
    if (!ok && err.kind != ERROR_GONE)
        fail_msg("%s", err.message);
    if (ok)
        memcpy(cursor, found.cursor, STORE_CURSOR_SIZE);
    return ok ? (int)found.count : -1;
}

static void test_a_cursor_outlives_the_process(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_tasks(folder, true, 0);
    char cursor[STORE_CURSOR_SIZE] = "";

    put_tasks(store, true, 0, 3);
    next(store, cursor);
    put_tasks(store, true, 3, 2);
    store_close(store);
    store = open_tasks(folder, true, 0);
    assert_int_equal(next(store, cursor), 2);
    store_close(store);
}

static void test_who_does_not_follow_is_heard_all_the_same(void **state)
{
    struct folder *folder = *state;
    struct store *deaf = open_tasks(folder, false, 0);
    struct store *store;
    char cursor[STORE_CURSOR_SIZE] = "";

    put_tasks(deaf, false, 0, 3); /* before anybody followed */
    store = open_tasks(folder, true, 0);
    assert_int_equal(next(store, cursor), 0);
    put_tasks(deaf, false, 3, 4); /* by who was there already */
    assert_int_equal(next(store, cursor), 4);
    assert_int_equal(next(deaf, cursor), 0);
    store_close(store);
    put_tasks(deaf, false, 7, 2);
    store_close(deaf);
    deaf = open_tasks(folder, false, 0);
    put_tasks(deaf, false, 9, 1); /* and by who came when nobody follows */
    store_close(deaf);
    store = open_tasks(folder, true, 0);
    assert_int_equal(next(store, cursor), 3);
    store_close(store);
}

static void test_columns_that_are_filled_change_nothing(void **state)
{
    static const struct store_field more[] = {{"n", TYPE_INT, 0}, {"ballast", TYPE_TEXT, 0}};
    static const struct collection tasks = {
        .name = "tasks", .id_type = TYPE_TEXT, .fields = more, .field_count = 2, .followed = true};
    struct folder *folder = *state;
    struct store *store = open_tasks(folder, true, 0);
    char cursor[STORE_CURSOR_SIZE] = "";

    put_tasks(store, true, 0, 5);
    next(store, cursor);
    store_close(store);
    store = open_with(folder, &tasks, (struct store_options){.queue = 100});
    assert_int_equal(next(store, cursor), 0);
    store_close(store);
}

static void test_texts_that_are_made_anew_change_nothing(void **state)
{
    struct folder *folder = *state;
    struct collection cards = text_cards;
    struct store *store;
    char cursor[STORE_CURSOR_SIZE] = "";

    cards.followed = true;
    store = open_with(folder, &cards, (struct store_options){0});
    next(store, cursor);
    must_put_cards(store, &cards);
    assert_int_equal(next(store, cursor), 600);
    store_close(store);
    cards.text = &other_text;
    store = open_with(folder, &cards, (struct store_options){0});
    wait_until(store, "SELECT count(*) FROM t1 WHERE shape=1002", 600);
    assert_int_equal(next(store, cursor), 0);
    store_close(store);
}

static void test_what_counts_as_deleted_was_put(void **state)
{
    struct folder *folder = *state;
    struct collection cards = kept_cards;
    struct store *store;
    struct arena arena = {0};
    struct store_changes found = {.arena = &arena};
    char cursor[STORE_CURSOR_SIZE] = "";

    cards.followed = true;
    store = open_with(folder, &cards, (struct store_options){0});
    must_put_card(store, (struct card){&cards, 1, NULL, false});
    next(store, cursor);
    must_touch(store, (struct touch){&cards, "000001", "gone", value_bool(true)});
    assert_true(store_changes(store, cursor, 10, &found, &folder->err));
    assert_int_equal(found.count, 1);
    assert_false(found.items[0].deleted);
    arena_release(&arena);
    store_close(store);
}

static void test_the_newest_changes_are_kept(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_tasks(folder, true, 0);
    char first[STORE_CURSOR_SIZE] = "", kept[STORE_CURSOR_SIZE] = "", tried[STORE_CURSOR_SIZE];
    int64_t until = clock_monotonic_us() + 20 * 1000 * 1000;

    next(store, first);
    put_tasks(store, true, 0, 20);
    next(store, kept);
    put_tasks(store, true, 20, 10);
    store_close(store);
    store = open_tasks(folder, true, 10); /* which sweeps at once */
    do
        memcpy(tried, first, sizeof(tried));
    while (next(store, tried) >= 0 && clock_monotonic_us() < until);
    assert_int_equal(next(store, first), -1);
    assert_int_equal(next(store, kept), 10);
    assert_int_equal(next(store, kept), 0);
    put_tasks(store, true, 30, 1);
    assert_int_equal(next(store, kept), 1);
    store_close(store);
}

static void test_a_cursor_from_the_future_is_gone(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_tasks(folder, true, 0);
    char cursor[STORE_CURSOR_SIZE] = "";

    next(store, cursor);
    assert_string_equal(cursor + strlen(cursor) - 2, ".0");
    cursor[strlen(cursor) - 1] = '1';
    assert_int_equal(next(store, cursor), -1);
    put_tasks(store, true, 0, 1);
    assert_int_equal(next(store, cursor), 0);
    store_close(store);
}

static void test_a_reader_of_the_file_follows_too(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_tasks(folder, true, 0);
    struct store *reader =
        open_with(folder, &followed_tasks, (struct store_options){.read_only = true});
    char cursor[STORE_CURSOR_SIZE] = "";

    next(reader, cursor);
    put_tasks(store, true, 0, 3);
    assert_int_equal(next(reader, cursor), 3);
    store_close(reader);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_a_cursor_outlives_the_process),
        in_folder(test_who_does_not_follow_is_heard_all_the_same),
        in_folder(test_columns_that_are_filled_change_nothing),
        in_folder(test_texts_that_are_made_anew_change_nothing),
        in_folder(test_what_counts_as_deleted_was_put),
        in_folder(test_the_newest_changes_are_kept),
        in_folder(test_a_cursor_from_the_future_is_gone),
        in_folder(test_a_reader_of_the_file_follows_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
