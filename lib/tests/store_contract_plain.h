/* SPDX-License-Identifier: MIT */
/* Collections that declare no fields: a store may change their documents without looking at them
 * first, and must not be found out. */
#ifndef STORE_CONTRACT_PLAIN_H
#define STORE_CONTRACT_PLAIN_H

#include "store_contract.h"

static bool delete_plain(struct place *place, const struct collection *collection, struct key key)
{
    return act(place, (struct action){.act = ACT_DELETE, .collection = collection, .key = key});
}

static void test_a_plain_document_is_changed_where_it_stands(void **state)
{
    struct place *place = *state;
    struct change both[] = {{CHANGE_ADD, "n", value_int(2)}, {CHANGE_SET, "name", value_text("b")}};
    struct document after = {.arena = &place->arena};
    struct document before, stored;

    must(place, insert(place, &plain, BCON_NEW("_id", "a", "n", BCON_INT32(1), "name", "a")));
    before = get(place, &plain, key_text("a"));
    clock_shift_ms(5000);
    must(place, act(place, (struct action){.act = ACT_UPDATE,
                                           .collection = &plain,
                                           .key = key_text("a"),
                                           .update = {both, 2, NULL, false, &after}}));
    stored = get(place, &plain, key_text("a"));
    assert_int_equal(number_in(&stored, "n"), 3);
    assert_string_equal(text_in(&stored, "name"), "b");
    assert_int_equal(stored.created_ms, before.created_ms);
    assert_true(stored.updated_ms >= before.updated_ms + 5000);
    assert_string_not_equal(stored.etag, before.etag);
    assert_int_equal(after.len, stored.len);
    assert_memory_equal(after.bson, stored.bson, stored.len);
    assert_string_equal(after.etag, stored.etag);
    assert_int_equal(after.created_ms, stored.created_ms);
    assert_int_equal(after.updated_ms, stored.updated_ms);
}

static void test_an_etag_guards_plain_documents_too(void **state)
{
    struct place *place = *state;
    struct change one = {CHANGE_ADD, "n", value_int(1)};
    struct action step = {.act = ACT_UPDATE,
                          .collection = &plain,
                          .key = key_text("a"),
                          .update = {&one, 1, NULL, false, NULL}};

    must(place, insert(place, &plain, BCON_NEW("_id", "a", "n", BCON_INT32(1))));
    step.update.if_etag = "0123456789012345678901234567890123456789";
    must_fail(place, act(place, step), ERROR_STALE, "plain");
    step.update.if_etag = get(place, &plain, key_text("a")).etag;
    must(place, act(place, step));
    must_fail(place, act(place, step), ERROR_STALE, "plain");
}

/* The refused change did not happen, the others of the work did. */
static bool goes_on(void *context, struct store *store, struct error *err)
{
    struct change wrong = {CHANGE_ADD, "name", value_int(1)};
    struct change right = {CHANGE_ADD, "n", value_int(1)};
    struct update update = {.changes = &right, .count = 1};
    struct error refusal = {0};

    (void)context;
    if (!store_update(store, &plain, key_text("a"), &update, err))
        return false;
    update.changes = &wrong;
    if (store_update(store, &plain, key_text("a"), &update, &refusal) ||
        refusal.kind != ERROR_REFUSED || !strstr(refusal.message, "name"))
        return (fail)(err, ERROR_INTERNAL, "not refused: %s", refusal.message);
    if (store_update(store, &plain, key_text("none"), &update, &refusal) ||
        refusal.kind != ERROR_NOT_FOUND)
        return (fail)(err, ERROR_INTERNAL, "found: %s", refusal.message);
    update.changes = &right;
    return store_update(store, &plain, key_text("a"), &update, err);
}

static void test_a_refused_change_of_a_plain_document_is_none(void **state)
{
    struct place *place = *state;
    struct document stored;

    must(place, insert(place, &plain, BCON_NEW("_id", "a", "n", BCON_INT32(1), "name", "a")));
    must(place, store_write(place->store, goes_on, NULL, &place->err));
    stored = get(place, &plain, key_text("a"));
    assert_int_equal(number_in(&stored, "n"), 3);
    assert_string_equal(text_in(&stored, "name"), "a");
    must_fail(place,
              change(place, &plain, key_text("a"), (struct change){CHANGE_SET, "$x", value_int(1)},
                     false),
              ERROR_REFUSED, "$x");
    must_fail(place,
              change(place, &plain, key_text("a"),
                     (struct change){CHANGE_SET, "_id", value_text("b")}, false),
              ERROR_REFUSED, "_id");
    assert_string_equal(get(place, &plain, key_text("a")).etag, stored.etag);
}

static void test_a_plain_document_is_made_where_it_is_missing(void **state)
{
    struct place *place = *state;
    struct change one = {CHANGE_ADD, "n", value_int(1)};
    struct document after = {.arena = &place->arena};

    must_fail(place, change(place, &plain, key_text("a"), one, false), ERROR_NOT_FOUND,
              "no such plain");
    for (int i = 0; i < 2; i++)
        must(place, act(place, (struct action){.act = ACT_UPDATE,
                                               .collection = &plain,
                                               .key = key_text("a"),
                                               .update = {&one, 1, NULL, true, &after}}));
    assert_int_equal(number_in(&after, "n"), 2);
    assert_int_equal(count(place, &plain, NULL), 1);
}

static void test_plain_documents_are_deleted_once(void **state)
{
    struct place *place = *state;
    uint64_t version, then;
    int tries = 0;

    must(place, insert(place, &plain, BCON_NEW("_id", "a")));
    must(place, insert(place, &plain, BCON_NEW("_id", "b")));
    version = store_version(place->store, &plain);
    must(place, delete_plain(place, &plain, key_text("a")));
    assert_true(store_version(place->store, &plain) > version);
    assert_false(is_there(place, &plain, key_text("a")));
    assert_int_equal(count(place, &plain, NULL), 1);
    /* A remote store's version may grow once more when its own commits are told of. */
    do {
        version = store_version(place->store, &plain);
        must_fail(place, delete_plain(place, &plain, key_text("a")), ERROR_NOT_FOUND,
                  "no such plain");
        then = store_version(place->store, &plain);
    } while (then != version && !store_is_embedded(place->store) && ++tries < 100);
    assert_int_equal(then, version);
}

static void test_plain_documents_have_ids_of_every_type(void **state)
{
    struct place *place = *state;
    const char *hex = "5f43c0ffee5f43c0ffee5f43";
    struct change one = {CHANGE_ADD, "n", value_int(1)};
    struct key seven = {.value = value_int(7)};
    bson_oid_t oid;

    bson_oid_init_from_string(&oid, hex);
    must(place, insert(place, &numbered, BCON_NEW("_id", BCON_INT64(7))));
    must(place, insert(place, &things, BCON_NEW("_id", BCON_OID(&oid))));
    must(place, change(place, &numbered, seven, one, false));
    must(place, change(place, &things, key_text(hex), one, false));
    assert_int_equal(number_in((struct document[]){get(place, &numbered, seven)}, "n"), 1);
    assert_int_equal(number_in((struct document[]){get(place, &things, key_text(hex))}, "n"), 1);
    must_fail(place, change(place, &numbered, key_text("7"), one, false), ERROR_NOT_FOUND,
              "no such");
    must_fail(place, change(place, &things, key_text("7"), one, false), ERROR_NOT_FOUND, "no such");
    must_fail(place, delete_plain(place, &things, seven), ERROR_NOT_FOUND, "no such");
    must(place, delete_plain(place, &numbered, seven));
    must(place, delete_plain(place, &things, key_text(hex)));
    assert_int_equal(count(place, &numbered, NULL) + count(place, &things, NULL), 0);
}

#endif
