/* SPDX-License-Identifier: MIT */
/* The contract's part on documents that count as deleted. */
#ifndef STORE_CONTRACT_DELETED_H
#define STORE_CONTRACT_DELETED_H

#include "store_contract_find.h"
#include "store_contract_texts.h"

static void burn(struct place *place, const char *id, bool burnt)
{
    must(place, change(place, &letters, key_text(id),
                       (struct change){CHANGE_SET, "burnt", value_bool(burnt)}, false));
}

static int64_t count_too(struct place *place, const struct filter *where)
{
    return find(place, &letters,
                (struct query){.where = where, .limit = -1, .count = true, .deleted_too = true})
        .total;
}

static void insert_letters(struct place *place)
{
    must(place, insert(place, &letters, letter("a", "anna", 1)));
    must(place, insert(place, &letters, letter("b", "ben", 2)));
    must(place, insert(place, &letters, letter("c", "carla", 3)));
    burn(place, "b", true);
}

static void test_a_deleted_document_is_found_by_its_id_alone(void **state)
{
    struct place *place = *state;

    insert_letters(place);
    assert_true(get(place, &letters, key_text("b")).deleted);
    assert_false(get(place, &letters, key_text("a")).deleted);
    assert_false(is_there(place, &letters, key_unique("to", value_text("ben"))));
    assert_true(is_there(place, &letters, key_unique("to", value_text("anna"))));
    assert_false(
        replace(place, &letters, key_unique("to", value_text("ben")), letter("b", "ben", 4), NULL));
    assert_int_equal(place->err.kind, ERROR_NOT_FOUND);
    burn(place, "b", false);
    assert_false(get(place, &letters, key_text("b")).deleted);
    assert_true(is_there(place, &letters, key_unique("to", value_text("ben"))));
}

static void test_lists_and_totals_leave_deleted_documents_out(void **state)
{
    struct place *place = *state;
    struct sort by_pages = {"pages", true};
    const struct filter *some = filter_compare(&place->arena, FILTER_GTE, "pages", value_int(2));
    struct documents found;

    insert_letters(place);
    found = find(place, &letters, (struct query){.count = true});
    assert_int_equal(found.count, 2);
    assert_int_equal(found.total, 2);
    assert_string_equal(text_in(&found.items[1], "_id"), "c");
    found = find(place, &letters, (struct query){.sort = &by_pages, .sort_count = 1});
    assert_int_equal(found.count, 2);
    assert_string_equal(text_in(&found.items[1], "_id"), "a");
    assert_int_equal(find(place, &letters, (struct query){.where = some}).count, 1);
    assert_int_equal(count(place, &letters, some), 1);
    assert_int_equal(count(place, &letters, NULL), 2);
}

static void test_deleted_documents_are_listed_for_who_asks(void **state)
{
    struct place *place = *state;
    const struct filter *some = filter_compare(&place->arena, FILTER_GTE, "pages", value_int(2));
    struct documents found;

    insert_letters(place);
    found = find(place, &letters, (struct query){.count = true, .deleted_too = true});
    assert_int_equal(found.count, 3);
    assert_int_equal(found.total, 3);
    assert_false(found.items[0].deleted);
    assert_true(found.items[1].deleted);
    assert_int_equal(count_too(place, some), 2);
    assert_int_equal(
        count_too(place, filter_compare(&place->arena, FILTER_EQ, "to", value_text("ben"))), 1);
    assert_int_equal(
        count_too(place, filter_compare(&place->arena, FILTER_EQ, "burnt", value_bool(true))), 1);
}

static void test_only_what_is_true_counts_as_deleted(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &letters, BCON_NEW("_id", "a", "burnt", BCON_INT32(1))));
    must(place, insert(place, &letters, BCON_NEW("_id", "b", "burnt", "true")));
    must(place, insert(place, &letters, BCON_NEW("_id", "c", "burnt", BCON_NULL)));
    must(place, insert(place, &letters, BCON_NEW("_id", "d", "burnt", BCON_BOOL(true))));
    must(place, insert(place, &letters, BCON_NEW("_id", "e", "burnt", "[", BCON_BOOL(true), "]")));
    assert_int_equal(count(place, &letters, NULL), 4);
    assert_int_equal(find(place, &letters, (struct query){0}).count, 4);
    assert_true(get(place, &letters, key_text("d")).deleted);
}

static void test_values_of_deleted_documents_are_free(void **state)
{
    struct place *place = *state;

    insert_letters(place);
    must(place, insert(place, &letters, letter("b2", "ben", 3)));
    assert_string_equal(
        text_in((struct document[]){get(place, &letters, key_unique("to", value_text("ben")))},
                "_id"),
        "b2");
    must_fail(place, insert(place, &letters, letter("b3", "ben", 3)), ERROR_REFUSED, "to");
    assert_null(strstr(place->err.message, "pages"));
    must_fail(place,
              change(place, &letters, key_text("b"),
                     (struct change){CHANGE_SET, "burnt", value_bool(false)}, false),
              ERROR_REFUSED, "to");
    must_fail(place, insert(place, &letters, letter("b", "bernd", 3)), ERROR_CONFLICT, "_id");
    burn(place, "b2", true);
    burn(place, "b", false);
    assert_int_equal(count(place, &letters, NULL), 3);
}

static void test_odd_values_of_deleted_documents_are_free_too(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &letters,
                       BCON_NEW("_id", "a", "to", BCON_BOOL(true), "burnt", BCON_BOOL(true))));
    must(place, insert(place, &letters, BCON_NEW("_id", "b", "to", BCON_BOOL(true))));
    must(place, insert(place, &letters,
                       BCON_NEW("_id", "c", "to", BCON_BOOL(true), "burnt", BCON_BOOL(true))));
    must_fail(place, insert(place, &letters, BCON_NEW("_id", "d", "to", BCON_BOOL(true))),
              ERROR_REFUSED, "to");
    assert_false(change(place, &letters, key_text("a"),
                        (struct change){CHANGE_SET, "burnt", value_bool(false)}, false));
}

static void test_searches_leave_deleted_documents_out(void **state)
{
    struct place *place = *state;
    struct sort by_pages = {"pages", true};
    struct query query = {.text = "friend", .count = true};

    insert_letters(place);
    assert_int_equal(find(place, &letters, query).count, 2);
    assert_int_equal(find(place, &letters, query).total, 2);
    query.deleted_too = true;
    assert_int_equal(find(place, &letters, query).total, 3);
    query.sort = &by_pages;
    query.sort_count = 1;
    assert_int_equal(find(place, &letters, query).count, 3);
    query.deleted_too = false;
    assert_int_equal(find(place, &letters, query).count, 2);
}

static bool count_visit(void *context, const struct document *document)
{
    assert_false(document->deleted);
    assert_non_null(document->bson);
    ++*(int *)context;
    return true;
}

static void test_each_visits_no_deleted_documents(void **state)
{
    struct place *place = *state;
    int seen = 0;

    insert_letters(place);
    must(place, store_each(place->store, &letters, count_visit, &seen, &place->err));
    assert_int_equal(seen, 2);
}

static void test_deleting_by_a_filter_takes_deleted_documents_too(void **state)
{
    struct place *place = *state;
    struct action gone = {.act = ACT_DELETE_WHERE,
                          .collection = &letters,
                          .where =
                              filter_compare(&place->arena, FILTER_LTE, "pages", value_int(2))};

    insert_letters(place);
    must(place, act(place, gone));
    assert_false(is_there(place, &letters, key_text("b")));
    assert_int_equal(count(place, &letters, NULL), 1);
    assert_int_equal(count_too(place, NULL), 1);
}

static bool counts_its_own(void *context, struct store *store, struct error *err)
{
    struct change one = {CHANGE_SET, "burnt", value_bool(true)};
    struct update update = {.changes = &one, .count = 1};
    int64_t *seen = context;

    return store_count(store, &letters, NULL, &seen[0], err) &&
           store_update(store, &letters, key_text("a"), &update, err) &&
           store_count(store, &letters, NULL, &seen[1], err) &&
           (fail)(err, ERROR_FORBIDDEN, "changed my mind");
}

static void test_a_work_counts_what_it_deleted(void **state)
{
    struct place *place = *state;
    int64_t seen[2] = {0};

    insert_letters(place);
    must_fail(place, store_write(place->store, counts_its_own, seen, &place->err), ERROR_FORBIDDEN,
              "my mind");
    assert_int_equal(seen[0], 2);
    assert_int_equal(seen[1], 1);
    assert_int_equal(count(place, &letters, NULL), 2);
}

/* Whatever is done, in whatever order. */
static void test_totals_are_right_after_random_changes(void **state)
{
    struct place *place = *state;
    const struct filter *all = filter_compare(&place->arena, FILTER_EXISTS, "_id", value_bool(1));
    char id[8];

    dice_state = 4;
    for (int i = 0; i < 400; i++) {
        struct action gone = {.act = ACT_DELETE, .collection = &letters, .key = key_text(id)};
        bson_t *document;

        snprintf(id, sizeof(id), "%u", dice(20));
        document = letter(id, id, i);
        if (dice(2))
            BSON_APPEND_BOOL(document, "burnt", dice(2));
        switch (dice(4)) {
        case 0:
            act(place, gone);
            bson_destroy(document);
            break;
        case 1:
            change(place, &letters, key_text(id),
                   (struct change){CHANGE_SET, "burnt", value_bool(dice(2))}, dice(2));
            bson_destroy(document);
            break;
        case 2:
            replace(place, &letters, key_text(id), document, NULL);
            break;
        default:
            insert(place, &letters, document);
        }
    }
    assert_int_equal(count(place, &letters, NULL), count(place, &letters, all));
    assert_int_equal(count_too(place, NULL), count_too(place, all));
    assert_true(count_too(place, NULL) > count(place, &letters, NULL));
    check_texts(place, (struct query){.deleted_too = true}, (size_t)count_too(place, NULL));
}

static void test_pages_behind_keys_leave_deleted_documents_out(void **state)
{
    struct place *place = *state;
    struct sort by_pages = {"pages", true};
    struct query query = {
        .sort = &by_pages, .sort_count = 1, .limit = 4, .keyset = true, .deleted_too = false};
    struct documents shown = {.arena = &place->arena, .as_text = true};
    size_t seen = 0;
    char id[8];

    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof(id), "%02d", i);
        must(place, insert(place, &letters, letter(id, id, i / 3)));
        if (i % 3 == 1)
            burn(place, id, true);
    }
    do {
        must(place, store_find(place->store, &letters, &query, &shown, &place->err));
        for (size_t i = 0; i < shown.count; i++) {
            assert_non_null(shown.items[i].text);
            assert_false(shown.items[i].deleted);
        }
        seen += shown.count;
        query.after = shown.after;
    } while (query.after);
    assert_int_equal(seen, 13);
}

#endif
