/* SPDX-License-Identifier: MIT */
/* The contract's part on changes. */
#ifndef STORE_CONTRACT_WRITE_H
#define STORE_CONTRACT_WRITE_H

#include "store_contract.h"

static bson_t *like(const char *id)
{
    return BCON_NEW("_id", BCON_UTF8(id), "post", "p1", "user", "anna");
}

static void test_an_inserted_document_is_read_back_as_it_was(void **state)
{
    struct place *place = *state;
    bson_t *document = BCON_NEW("_id", "p1|anna", "post", "p1", "n", BCON_DOUBLE(0.1), "list", "[",
                                BCON_INT32(1), BCON_NULL, "]");
    size_t len = document->len;
    uint8_t *bytes = malloc(len);
    struct document found;

    memcpy(bytes, bson_get_data(document), len);
    must(place, insert(place, &likes, document));
    found = get(place, &likes, key_text("p1|anna"));
    assert_int_equal(found.len, len);
    assert_memory_equal(found.bson, bytes, len);
    assert_int_equal(strlen(found.etag), 40);
    assert_int_equal(found.created_ms, found.updated_ms);
    assert_true(llabs(found.created_ms - clock_now_ms()) < 60000);
    free(bytes);
}

static void test_a_missing_document_is_named_by_its_collection(void **state)
{
    struct place *place = *state;
    struct document document = {.arena = &place->arena};

    must_fail(place, store_get(place->store, &likes, key_text("x"), &document, &place->err),
              ERROR_NOT_FOUND, "no such likes");
    must_fail(place, store_get(place->store, &posts, key_text("no id"), &document, &place->err),
              ERROR_NOT_FOUND, "no such posts");
}

static void test_a_taken_id_conflicts(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &likes, like("a")));
    must_fail(place, insert(place, &likes, like("a")), ERROR_CONFLICT, "_id");
    assert_int_equal(count(place, &likes, NULL), 1);
}

static void test_an_object_id_is_made_and_stands_first(void **state)
{
    struct place *place = *state;
    struct documents found;
    char hex[25];
    bson_iter_t iter;

    must(place, insert(place, &posts, BCON_NEW("title", "one")));
    found = find(place, &posts, (struct query){0});
    assert_int_equal(found.count, 1);
    assert_true(bson_iter_init_from_data(&iter, found.items[0].bson, found.items[0].len));
    assert_true(bson_iter_next(&iter));
    assert_string_equal(bson_iter_key(&iter), "_id");
    bson_oid_to_string(bson_iter_oid(&iter), hex);
    assert_true(is_there(place, &posts, key_text(hex)));
}

static void test_ids_must_be_of_the_declared_type(void **state)
{
    struct place *place = *state;

    must_fail(place, insert(place, &likes, BCON_NEW("_id", BCON_INT32(1))), ERROR_REFUSED, "_id");
    must_fail(place, insert(place, &likes, BCON_NEW("post", "x")), ERROR_REFUSED, "_id");
    must(place, insert(place, &numbered, BCON_NEW("_id", BCON_INT32(7))));
    assert_true(is_there(place, &numbered, (struct key){.value = value_int(7)}));
}

static void test_required_fields_are_asked_for_by_name(void **state)
{
    struct place *place = *state;

    must_fail(place, insert(place, &posts, BCON_NEW("author", "anna")), ERROR_REFUSED, "title");
    must_fail(place, insert(place, &posts, BCON_NEW("title", BCON_NULL)), ERROR_REFUSED, "title");
}

static void test_keys_that_start_with_a_dollar_are_refused(void **state)
{
    struct place *place = *state;

    assert_false(insert(place, &likes, BCON_NEW("_id", "a", "$set", "x")));
    assert_int_equal(place->err.kind, ERROR_REFUSED);
}

static void test_replacing_keeps_id_and_creation_and_makes_a_new_etag(void **state)
{
    struct place *place = *state;
    struct document before, after;

    must(place, insert(place, &likes, like("a")));
    before = get(place, &likes, key_text("a"));
    clock_shift_ms(5000);
    must(place, replace(place, &likes, key_text("a"), BCON_NEW("user", "ben"), before.etag));
    after = get(place, &likes, key_text("a"));
    assert_string_equal(text_in(&after, "_id"), "a");
    assert_string_equal(text_in(&after, "user"), "ben");
    assert_string_not_equal(after.etag, before.etag);
    assert_int_equal(after.created_ms, before.created_ms);
    assert_true(after.updated_ms >= before.updated_ms + 5000);
}

static void test_a_stale_etag_changes_nothing(void **state)
{
    struct place *place = *state;
    const char *stale = "0123456789012345678901234567890123456789";
    struct document before;

    must(place, insert(place, &likes, like("a")));
    before = get(place, &likes, key_text("a"));
    must_fail(place, replace(place, &likes, key_text("a"), like("a"), stale), ERROR_STALE, "likes");
    must_fail(place,
              act(place, (struct action){.act = ACT_DELETE,
                                         .collection = &likes,
                                         .key = key_text("a"),
                                         .if_etag = stale}),
              ERROR_STALE, "likes");
    assert_string_equal(get(place, &likes, key_text("a")).etag, before.etag);
}

static void test_the_id_cannot_be_changed(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &likes, like("a")));
    must_fail(place, replace(place, &likes, key_text("a"), like("b"), NULL), ERROR_REFUSED, "_id");
}

static void test_replacing_what_is_not_there_needs_upsert(void **state)
{
    struct place *place = *state;
    bson_t *document = BCON_NEW("user", "ben");

    must_fail(place, replace(place, &likes, key_text("a"), like("a"), NULL), ERROR_NOT_FOUND,
              "no such likes");
    must(place, act(place, (struct action){.act = ACT_REPLACE,
                                           .collection = &likes,
                                           .key = key_text("a"),
                                           .replacement = {.document = document, .upsert = true}}));
    bson_destroy(document);
    assert_true(is_there(place, &likes, key_text("a")));
}

static void test_adding_to_a_missing_document_starts_at_zero(void **state)
{
    struct place *place = *state;
    struct change one = {CHANGE_ADD, "likes", value_int(1)};
    struct document after = {.arena = &place->arena};

    must_fail(place, change(place, &totals, key_text("p1"), one, false), ERROR_NOT_FOUND,
              "no such");
    must(place, change(place, &totals, key_text("p1"), one, true));
    must(place, act(place, (struct action){.act = ACT_UPDATE,
                                           .collection = &totals,
                                           .key = key_text("p1"),
                                           .update = {&one, 1, NULL, true, &after}}));
    assert_int_equal(number_in(&after, "likes"), 2);
    assert_string_equal(after.etag, get(place, &totals, key_text("p1")).etag);
    assert_int_equal(count(place, &totals, NULL), 1);
}

static void test_an_upsert_by_a_unique_field_sets_it(void **state)
{
    struct place *place = *state;
    struct change one = {CHANGE_SET, "title", value_text("made")};

    must(place, change(place, &posts, key_unique("id", value_text("x")), one, true));
    assert_string_equal(
        text_in((struct document[]){get(place, &posts, key_unique("id", value_text("x")))},
                "title"),
        "made");
}

static void test_adding_to_a_text_is_refused(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &likes, like("a")));
    assert_false(change(place, &likes, key_text("a"),
                        (struct change){CHANGE_ADD, "user", value_int(1)}, false));
    assert_int_equal(place->err.kind, ERROR_REFUSED);
}

static void test_deleting_removes_one_and_then_finds_none(void **state)
{
    struct place *place = *state;
    struct action gone = {.act = ACT_DELETE, .collection = &likes, .key = key_text("a")};

    must(place, insert(place, &likes, like("a")));
    must(place, insert(place, &likes, like("b")));
    must(place, act(place, gone));
    assert_false(is_there(place, &likes, key_text("a")));
    assert_int_equal(count(place, &likes, NULL), 1);
    must_fail(place, act(place, gone), ERROR_NOT_FOUND, "no such likes");
}

static void test_deleting_by_a_filter_deletes_just_those(void **state)
{
    struct place *place = *state;
    struct action gone = {.act = ACT_DELETE_WHERE,
                          .collection = &posts,
                          .where =
                              filter_compare(&place->arena, FILTER_LT, "score", value_int(600))};

    for (int i = 0; i < 700; i++)
        must(place, insert(place, &posts, BCON_NEW("title", "word", "score", BCON_INT32(i))));
    must(place, act(place, gone));
    assert_int_equal(count(place, &posts, NULL), 100);
    assert_int_equal(find(place, &posts, (struct query){.text = "word", .count = true}).total, 100);
}

/* -- works ------------------------------------------------------------------------------------- */

static bool insert_two_and_fail(void *context, struct store *store, struct error *err)
{
    bson_t *document = like(context);
    bool ok = store_insert(store, &likes, document, NULL, err);

    bson_destroy(document);
    return ok && (fail)(err, ERROR_FORBIDDEN, "changed my mind");
}

static void test_a_work_that_fails_changes_nothing(void **state)
{
    struct place *place = *state;

    must_fail(place, store_write(place->store, insert_two_and_fail, "a", &place->err),
              ERROR_FORBIDDEN, "changed my mind");
    assert_int_equal(count(place, &likes, NULL), 0);
}

static bool part_fails(void *context, struct store *store, struct error *err)
{
    bson_t *document = like("kept");
    bool ok = store_insert(store, &likes, document, NULL, err);

    (void)context;
    bson_destroy(document);
    return ok && !store_transact(store, insert_two_and_fail, "undone", err) &&
           err->kind == ERROR_FORBIDDEN;
}

static void test_a_part_that_fails_is_undone_alone(void **state)
{
    struct place *place = *state;

    must(place, store_write(place->store, part_fails, NULL, &place->err));
    assert_true(is_there(place, &likes, key_text("kept")));
    assert_false(is_there(place, &likes, key_text("undone")));
    assert_int_equal(count(place, &likes, NULL), 1);
}

static bool reads_its_own(void *context, struct store *store, struct error *err)
{
    bson_t *document = like("mine");
    bool ok = store_insert(store, &likes, document, NULL, err) &&
              store_count(store, &likes, NULL, context, err);

    bson_destroy(document);
    return ok;
}

static void test_a_work_reads_what_it_changed(void **state)
{
    struct place *place = *state;
    int64_t seen = 0;

    must(place, store_write(place->store, reads_its_own, &seen, &place->err));
    assert_int_equal(seen, 1);
}

static void test_changes_outside_of_works_are_refused(void **state)
{
    struct place *place = *state;
    bson_t *document = like("a");

    assert_false(store_insert(place->store, &likes, document, NULL, &place->err));
    assert_int_equal(place->err.kind, ERROR_INTERNAL);
    bson_destroy(document);
}

static void test_the_version_grows_with_each_change_of_the_collection(void **state)
{
    struct place *place = *state;
    uint64_t before = store_version(place->store, &likes);
    uint64_t other = store_version(place->store, &totals);

    must(place, insert(place, &likes, like("a")));
    assert_true(store_version(place->store, &likes) > before);
    assert_int_equal(store_version(place->store, &totals), other);
}

static void test_expired_documents_are_invisible_at_once(void **state)
{
    struct place *place = *state;
    int64_t now = clock_now_ms();

    must(place,
         insert(place, &sessions,
                BCON_NEW("_id", "a", "user", "anna", "expires", BCON_DATE_TIME(now + 60000))));
    assert_true(is_there(place, &sessions, key_text("a")));
    clock_shift_ms(120000);
    assert_false(is_there(place, &sessions, key_text("a")));
    assert_int_equal(count(place, &sessions, NULL), 0);
    assert_int_equal(find(place, &sessions, (struct query){.count = true}).count, 0);
    must(place,
         insert(place, &sessions,
                BCON_NEW("_id", "b", "user", "anna", "expires", BCON_DATE_TIME(now + 240000))));
    must(place, insert(place, &sessions, BCON_NEW("_id", "a", "user", "ben")));
    assert_int_equal(count(place, &sessions, NULL), 2);
}

static void test_a_store_answers_pings(void **state)
{
    struct place *place = *state;

    must(place, store_ping(place->store, &place->err));
}

#endif
