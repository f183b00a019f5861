/* SPDX-License-Identifier: MIT */
#include "../versions.h"

#include "../../lib/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const struct store_field fields[] = {
    {VERSIONS_ID, TYPE_TEXT, STORE_INDEXED},
    {"_version", TYPE_INT, 0},
};
static const struct store_index in_order[] = {{{VERSIONS_ID, "_version"}}};
static const struct collection posts = {.name = "posts", .id_type = TYPE_TEXT};
static const struct collection versions = {.name = "posts_versions",
                                           .bare = true,
                                           .id_type = TYPE_OBJECT_ID,
                                           .fields = fields,
                                           .field_count = 2,
                                           .indexes = in_order,
                                           .index_count = 1};
static const struct collection *const collections[] = {&posts, &versions};

struct place {
    struct arena arena;
    struct settings settings;
    struct resource resource;
    struct store *store;
    struct error err;
    struct document after;
    bson_value_t id;
    struct history history;
};

static int open_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    struct store_options options = {0};

    place->settings.names = (struct names){.etag = "_etag",
                                           .created = "_created",
                                           .updated = "_updated",
                                           .deleted = "_deleted",
                                           .version = "_version"};
    place->resource = (struct resource){.name = "posts",
                                        .versioning = true,
                                        .collection = &posts,
                                        .versions = &versions,
                                        .settings = &place->settings};
    place->store = store_open("sqlite::memory:", &options, &place->err);
    assert_non_null(place->store);
    assert_true(store_prepare(place->store, collections, 2, &place->err));
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    store_thread_end(place->store);
    store_close(place->store);
    arena_release(&place->arena);
    free(place);
    return 0;
}

struct writing {
    struct place *place;
    const bson_t *document;
};

static bool keep_one(void *context, struct store *store, struct error *err)
{
    struct writing *writing = context;
    struct place *place = writing->place;
    struct replacement replacement = {
        .document = writing->document, .upsert = true, .after = &place->after};
    struct key key = {.value = value_text("p")};

    place->after = (struct document){.arena = &place->arena};
    return store_replace(store, &posts, key, &replacement, err) &&
           versions_keep(store, &place->resource, &place->after, err);
}

static void keep(struct place *place, bson_t *document)
{
    struct writing writing = {place, document};

    if (!store_write(place->store, keep_one, &writing, &place->err))
        fail_msg("%s", place->err.message);
    bson_destroy(document);
}

static const struct history *history_of(struct place *place, const char *id)
{
    place->id = value_text(id);
    place->history = (struct history){&place->resource, &place->id};
    return &place->history;
}

static struct document get(struct place *place, int64_t number)
{
    struct document found = {.arena = &place->arena};

    if (!versions_get(place->store, history_of(place, "p"), number, &found, &place->err))
        fail_msg("%s", place->err.message);
    return found;
}

static void assert_document(const struct document *document, bson_t *wanted)
{
    bson_t bson;
    char *text, *wanted_text;

    assert_true(bson_init_static(&bson, document->bson, document->len));
    text = bson_as_canonical_extended_json(&bson, NULL);
    wanted_text = bson_as_canonical_extended_json(wanted, NULL);
    assert_string_equal(text, wanted_text);
    bson_free(text);
    bson_free(wanted_text);
    bson_destroy(wanted);
}

static void test_a_version_is_the_document_as_it_was(void **state)
{
    struct place *place = *state;
    struct document first, found;

    keep(place, BCON_NEW("_id", "p", "a", BCON_INT32(1), "_version", BCON_INT32(1)));
    first = place->after;
    keep(place, BCON_NEW("_id", "p", "b", BCON_INT32(2), "_version", BCON_INT32(2)));
    found = get(place, 1);
    assert_document(&found, BCON_NEW("_id", "p", "a", BCON_INT32(1), "_version", BCON_INT32(1)));
    assert_string_equal(found.etag, first.etag);
    assert_int_equal(found.created_ms, first.created_ms);
    assert_int_equal(found.updated_ms, first.updated_ms);
    assert_false(found.deleted);
    found = get(place, 2);
    assert_string_equal(found.etag, place->after.etag);
    assert_int_equal(version_of(&place->resource, &found), 2);
}

static void test_a_missing_version_is_not_found(void **state)
{
    struct place *place = *state;
    struct document found = {.arena = &place->arena};

    keep(place, BCON_NEW("_id", "p", "_version", BCON_INT32(1)));
    assert_false(versions_get(place->store, history_of(place, "p"), 2, &found, &place->err));
    assert_int_equal(place->err.kind, ERROR_NOT_FOUND);
    assert_false(versions_get(place->store, history_of(place, "q"), 1, &found, &place->err));
    assert_int_equal(place->err.kind, ERROR_NOT_FOUND);
}

static void test_versions_come_oldest_first_and_in_pages(void **state)
{
    struct place *place = *state;
    struct query query = {.skip = 8, .limit = 3, .count = true};
    struct documents found = {.arena = &place->arena};

    for (int i = 1; i <= 12; i++)
        keep(place, BCON_NEW("_id", "p", "_version", BCON_INT32(i)));
    assert_true(versions_find(place->store, history_of(place, "p"), &query, &found, &place->err));
    assert_int_equal(found.total, 12);
    assert_int_equal(found.count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(version_of(&place->resource, &found.items[i]), 9 + i);
}

static void test_what_had_no_version_is_the_first(void **state)
{
    struct place *place = *state;
    struct document found;

    keep(place, BCON_NEW("_id", "p", "a", BCON_INT32(1)));
    assert_int_equal(version_of(&place->resource, &place->after), 1);
    found = get(place, 1);
    assert_document(&found, BCON_NEW("_id", "p", "a", BCON_INT32(1), "_version", BCON_INT32(1)));
}

static void test_a_deleted_version_is_marked(void **state)
{
    struct place *place = *state;

    keep(place, BCON_NEW("_id", "p", "_version", BCON_INT32(1), "_deleted", BCON_BOOL(true)));
    assert_true(get(place, 1).deleted);
}

static bool drop(void *context, struct store *store, struct error *err)
{
    struct place *place = context;

    return versions_drop(store, history_of(place, "p"), err);
}

static void test_dropped_versions_are_gone(void **state)
{
    struct place *place = *state;
    struct query query = {.limit = 10};
    struct documents found = {.arena = &place->arena};

    keep(place, BCON_NEW("_id", "p", "_version", BCON_INT32(1)));
    assert_true(store_write(place->store, drop, place, &place->err));
    assert_true(versions_find(place->store, history_of(place, "p"), &query, &found, &place->err));
    assert_int_equal(found.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)
    const struct CMUnitTest tests[] = {
        TEST(test_a_version_is_the_document_as_it_was),
        TEST(test_a_missing_version_is_not_found),
        TEST(test_versions_come_oldest_first_and_in_pages),
        TEST(test_what_had_no_version_is_the_first),
        TEST(test_a_deleted_version_is_marked),
        TEST(test_dropped_versions_are_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
