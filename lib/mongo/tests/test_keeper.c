/* SPDX-License-Identifier: MIT */
/* What becomes of documents that others change under a running store, on the server that
 * MONGO_TEST_URI names. */
#include "keeping.h"

static void replace(struct place *place, const char *id, bson_t *document)
{
    bson_t *query = BCON_NEW("_id", BCON_UTF8(id));
    bson_error_t error = {0};

    if (!mongoc_collection_replace_one(place->things, query, document, NULL, NULL, &error))
        fail_msg("%s", error.message);
    bson_destroy(query);
    bson_destroy(document);
}

static bool do_all(void *context, struct store *store, struct error *err)
{
    struct change title = {CHANGE_SET, "title", value_text("second words")};
    struct change gone = {CHANGE_SET, "gone", value_bool(true)};
    struct update texts = {.changes = &title, .count = 1};
    struct update flag = {.changes = &gone, .count = 1};
    bson_t *document = BCON_NEW("_id", "ours", "title", "first words", "name", "ours");
    const char *step = context;
    bool ok = step[0] == 'i'   ? store_insert(store, &things, document, NULL, err)
              : step[0] == 'u' ? store_update(store, &things, key_text("ours"), &texts, err)
              : step[0] == 'f' ? store_update(store, &things, key_text("ours"), &flag, err)
                               : store_delete(store, &things, key_text("ours"), NULL, err);

    bson_destroy(document);
    return ok;
}

static void we(struct place *place, const char *step)
{
    char room[8];

    snprintf(room, sizeof(room), "%s", step);
    if (!store_write(place->store, do_all, room, &place->err))
        fail_msg("%s", place->err.message);
}

static long foreign(struct place *place)
{
    return metric_of(place->metrics, "store_documents_foreign_total");
}

/* The ids that the feed tells of, up to where it is now. */
static const char *told(struct place *place, char *after)
{
    struct store_changes found = {.arena = &place->arena};
    const char *text = "";

    if (!store_changes(place->store, after[0] ? after : NULL, 100, &found, &place->err))
        fail_msg("%s", place->err.message);
    for (size_t i = 0; i < found.count; i++)
        text = arena_printf(&place->arena, "%s%s%s", text, i ? " " : "",
                            found.items[i].id.value.v_utf8.str);
    memcpy(after, found.cursor, STORE_CURSOR_SIZE);
    return text;
}

/* -- documents --------------------------------------------------------------------------------- */

static void test_what_others_insert_is_found(void **state)
{
    struct place *place = *state;
    char long_id[700];

    put(place, BCON_NEW("_id", "a", "title", "morning rain"));
    put(place, BCON_NEW("_id", "b", "about", "{", "text", "morning sun", "}", "_etag", "W/1"));
    wait_found(place, "morning", 2);
    assert_int_equal(found_by(place->store, "rain"), 1);
    wait_there(place, BCON_NEW("_id", "a", "_live", BCON_BOOL(true)));
    /* One that is not noted by itself. */
    memset(long_id, 'x', sizeof(long_id));
    long_id[sizeof(long_id) - 1] = '\0';
    put(place, BCON_NEW("_id", BCON_UTF8(long_id), "title", "evening"));
    wait_found(place, "evening", 1);
}

static void test_what_others_change_is_found_by_its_new_words(void **state)
{
    struct place *place = *state;

    we(place, "insert");
    assert_int_equal(found_by(place->store, "first"), 1);
    change(place, "ours", BCON_NEW("$set", "{", "title", "third words", "}"));
    wait_found(place, "third", 1);
    assert_int_equal(found_by(place->store, "first"), 0);
    change(place, "ours", BCON_NEW("$set", "{", "about", "{", "text", "fourth", "}", "}"));
    wait_found(place, "fourth", 1);
    change(place, "ours", BCON_NEW("$unset", "{", "about.text", "", "}"));
    wait_found(place, "fourth", 0);
    /* As other programs that keep etags do. */
    change(place, "ours",
           BCON_NEW("$set", "{", "title", "fifth", "_etag",
                    "0123456789012345678901234567890123456789", "}"));
    wait_found(place, "fifth", 1);
}

static void test_what_others_replace_is_found_by_its_new_words(void **state)
{
    struct place *place = *state;

    put(place, BCON_NEW("_id", "a", "title", "first"));
    wait_found(place, "first", 1);
    replace(place, "a", BCON_NEW("title", "second"));
    wait_found(place, "second", 1);
    /* With all that they have read. */
    replace(place, "a",
            BCON_NEW("title", "third", "_etag", "0123456789012345678901234567890123456789",
                     "_updated", BCON_DATE_TIME(1500000000000), "_words", "[", "second", "", "]",
                     "_live", BCON_BOOL(true)));
    wait_found(place, "third", 1);
    assert_int_equal(found_by(place->store, "second"), 0);
}

static void test_what_others_delete_softly_takes_no_value(void **state)
{
    struct place *place = *state;

    put(place, BCON_NEW("_id", "a", "name", "ours"));
    wait_there(place, BCON_NEW("_id", "a", "_live", BCON_BOOL(true)));
    assert_false(store_write(place->store, do_all, (char[]){"insert"}, &place->err));
    change(place, "a", BCON_NEW("$set", "{", "gone", BCON_BOOL(true), "}"));
    wait_there(place, BCON_NEW("_id", "a", "_live", "{", "$exists", BCON_BOOL(false), "}"));
    we(place, "insert");
}

static void test_what_we_change_costs_nothing(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "";

    told(place, after);
    we(place, "insert");
    we(place, "update");
    we(place, "flag");
    we(place, "delete");
    we(place, "insert");
    change(place, "ours", BCON_NEW("$set", "{", "n", BCON_INT32(5), "}"));
    /* What is told the keeper has seen. */
    assert_string_equal(told(place, after), "ours ours ours ours ours ours");
    assert_int_equal(foreign(place), 0);
    /* Nor does what the keeper does, and nobody is told of that. */
    put(place, BCON_NEW("_id", "a", "title", "morning"));
    wait_found(place, "morning", 1);
    we(place, "update");
    assert_string_equal(told(place, after), "a ours");
    assert_int_equal(foreign(place), 1);
}

static void test_what_was_passed_over_is_found(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "";

    we(place, "insert");
    told(place, after);
    change(place, "ours", BCON_NEW("$set", "{", "_words", "[", "old", "]", "}"));
    assert_string_equal(told(place, after), "");
    assert_int_equal(found_by(place->store, "first"), 0);
    keeper_doubt(mongo_of(place->store), NULL);
    wait_found(place, "first", 1);
    assert_int_equal(foreign(place), 0);
}

/* A text whose words do not fit beside it. */
static char *write_long_text(void)
{
    enum { WORDS = 1500000 };
    char *text = malloc(3 * WORDS + 1);

    assert_non_null(text);
    for (int i = 0; i < WORDS; i++)
        memcpy(text + 3L * i, "ab ", 3);
    text[3 * WORDS] = '\0';
    return text;
}

static void test_what_is_too_large_keeps_nothing_of_what_it_was(void **state)
{
    struct place *place = *state;
    char *text = write_long_text();

    put(place, BCON_NEW("_id", "a", "title", "morning", "name", "ours"));
    wait_found(place, "morning", 1);
    change(place, "a", BCON_NEW("$set", "{", "title", BCON_UTF8(text), "}"));
    wait_found(place, "morning", 0);
    change(place, "a", BCON_NEW("$set", "{", "gone", BCON_BOOL(true), "}"));
    wait_there(place, BCON_NEW("_id", "a", "_live", "{", "$exists", BCON_BOOL(false), "}"));
    free(text);
}

static void test_several_processes_agree(void **state)
{
    struct place *place = *state;
    struct store *second = open_store(place, NULL, false);
    char title[32];

    put(place, BCON_NEW("_id", "a", "title", "word"));
    for (int i = 0; i < 20; i++) {
        snprintf(title, sizeof(title), "number%d", i);
        change(place, "a", BCON_NEW("$set", "{", "title", BCON_UTF8(title), "}"));
    }
    wait_found(place, "number19", 1);
    store_close(second);
    assert_int_equal(found_by(place->store, "number19"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(test_what_others_insert_is_found),
        place_test(test_what_others_change_is_found_by_its_new_words),
        place_test(test_what_others_replace_is_found_by_its_new_words),
        place_test(test_what_others_delete_softly_takes_no_value),
        place_test(test_what_we_change_costs_nothing),
        place_test(test_what_was_passed_over_is_found),
        place_test(test_what_is_too_large_keeps_nothing_of_what_it_was),
        place_test(test_several_processes_agree),
    };

    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: what others change on MongoDB (no MONGO_TEST_URI)");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
