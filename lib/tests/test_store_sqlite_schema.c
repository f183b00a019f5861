/* SPDX-License-Identifier: MIT */
/* Declarations that change while documents are there, and processes that declare differently. */
#include "store_files.h"

static const struct store_field old_fields[] = {{"n", TYPE_INT, STORE_INDEXED}};
static const struct collection old_things = {
    .name = "things", .id_type = TYPE_OBJECT_ID, .fields = old_fields, .field_count = 1};

static const struct store_field new_fields[] = {{"n", TYPE_INT, STORE_INDEXED},
                                                {"code", TYPE_TEXT, STORE_UNIQUE},
                                                {"title", TYPE_TEXT, STORE_SEARCHED},
                                                {"at", TYPE_NUMBER, STORE_INDEXED}};
static const struct store_index new_indexes[] = {{{"at", "n"}}};
static const struct collection new_things = {.name = "things",
                                             .id_type = TYPE_OBJECT_ID,
                                             .fields = new_fields,
                                             .field_count = 4,
                                             .indexes = new_indexes,
                                             .index_count = 1};

struct thing {
    const struct collection *collection;
    int n;
    const char *code;
};

static bool put_thing(void *context, struct store *store, struct error *err)
{
    const struct thing *thing = context;
    bson_t *document = BCON_NEW("n", BCON_INT32(thing->n), "code", BCON_UTF8(thing->code), "title",
                                "green apples", "at", BCON_DOUBLE(thing->n / 2.0));
    bool ok;

    ok = store_insert(store, thing->collection, document, NULL, err);
    bson_destroy(document);
    return ok;
}

static bool put_things(void *context, struct store *store, struct error *err)
{
    char code[16];

    for (int i = 0; i < 1200; i++) {
        snprintf(code, sizeof(code), "c%d", i);
        if (!put_thing(&(struct thing){context, i, code}, store, err))
            return false;
    }
    return true;
}

static int64_t search_total(struct store *store, const struct collection *collection)
{
    struct arena arena = {0};
    struct documents found = {.arena = &arena};
    struct query query = {.text = "apple", .count = true};
    struct error err = {0};
    bool ok = store_find(store, collection, &query, &found, &err);

    arena_release(&arena);
    if (!ok)
        fail_msg("%s", err.message);
    return found.total;
}

static void check_filled(struct store *store, int64_t expected)
{
    const struct filter late = {.op = FILTER_GTE, .path = "at", .value = value_int(300)};
    const struct filter one = {.op = FILTER_EQ, .path = "code", .value = value_text("c77")};

    assert_int_equal(count_of(store, &new_things, NULL), expected);
    assert_int_equal(count_of(store, &new_things, &late), 600);
    assert_int_equal(count_of(store, &new_things, &one), 1);
    assert_int_equal(search_total(store, &new_things), expected);
}

static void test_new_fields_are_filled_from_what_is_there(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_with(folder, &old_things, (struct store_options){0});

    assert_true(store_write(store, put_things, (void *)(uintptr_t)&old_things, &folder->err));
    store_close(store);
    store = open_with(folder, &new_things, (struct store_options){0});
    check_filled(store, 1200);
    assert_false(
        store_write(store, put_thing, &(struct thing){&new_things, 1, "c77"}, &folder->err));
    assert_int_equal(folder->err.kind, ERROR_REFUSED);
    store_close(store);
    store = open_with(folder, &new_things, (struct store_options){0});
    check_filled(store, 1200);
    store_close(store);
}

static void test_a_writer_with_an_old_declaration_fills_new_fields(void **state)
{
    struct folder *folder = *state;
    struct store *older = open_with(folder, &old_things, (struct store_options){0});
    struct store *newer;

    assert_true(store_write(older, put_things, (void *)(uintptr_t)&old_things, &folder->err));
    newer = open_with(folder, &new_things, (struct store_options){0});
    assert_true(
        store_write(older, put_thing, &(struct thing){&old_things, 7, "fresh"}, &folder->err));
    check_filled(newer, 1201);
    assert_false(
        store_write(older, put_thing, &(struct thing){&old_things, 8, "fresh"}, &folder->err));
    assert_int_equal(folder->err.kind, ERROR_REFUSED);
    store_close(newer);
    store_close(older);
}

static void test_duplicates_of_a_field_that_becomes_unique_are_named(void **state)
{
    struct folder *folder = *state;
    struct store_options options = {0};
    const struct collection *collection = &new_things;
    struct store *store = open_with(folder, &old_things, options);

    for (int i = 0; i < 2; i++)
        assert_true(
            store_write(store, put_thing, &(struct thing){&old_things, i, "twice"}, &folder->err));
    store_close(store);
    store = store_open(folder->address, &options, &folder->err);
    assert_non_null(store);
    must_say(folder, store_prepare(store, &collection, 1, &folder->err), ERROR_CONFLICT, "twice");
    store_close(store);
}

static void test_another_type_of_ids_is_refused(void **state)
{
    struct folder *folder = *state;
    struct store_options options = {0};
    struct collection texts = old_things;
    const struct collection *collection = &texts;
    struct store *store = open_with(folder, &old_things, options);

    store_close(store);
    texts.id_type = TYPE_TEXT;
    store = store_open(folder->address, &options, &folder->err);
    assert_non_null(store);
    must_say(folder, store_prepare(store, &collection, 1, &folder->err), ERROR_CONFLICT, "_id");
    store_close(store);
}

static void test_a_changed_type_is_computed_anew(void **state)
{
    struct folder *folder = *state;
    static const struct store_field text_n[] = {{"n", TYPE_TEXT, STORE_INDEXED}};
    struct collection texts = old_things;
    const struct filter number = {.op = FILTER_EQ, .path = "n", .value = value_int(5)};
    struct store *store = open_with(folder, &old_things, (struct store_options){0});

    assert_true(store_write(store, put_things, (void *)(uintptr_t)&old_things, &folder->err));
    store_close(store);
    texts.fields = text_n;
    store = open_with(folder, &texts, (struct store_options){0});
    assert_int_equal(count_of(store, &texts, &number), 1);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_new_fields_are_filled_from_what_is_there),
        in_folder(test_a_writer_with_an_old_declaration_fills_new_fields),
        in_folder(test_duplicates_of_a_field_that_becomes_unique_are_named),
        in_folder(test_another_type_of_ids_is_refused),
        in_folder(test_a_changed_type_is_computed_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
