/* SPDX-License-Identifier: MIT */
/* The contract's part on unique fields. */
#ifndef STORE_CONTRACT_UNIQUE_H
#define STORE_CONTRACT_UNIQUE_H

#include "store_contract_texts.h"

#include <math.h>

static void test_unique_fields_hold_documents_apart(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &posts, BCON_NEW("title", "a", "id", "x1")));
    must_fail(place, insert(place, &posts, BCON_NEW("title", "b", "id", "x1")), ERROR_REFUSED,
              "id");
    must(place, insert(place, &posts, BCON_NEW("title", "c", "id", BCON_INT32(17))));
    must_fail(place, insert(place, &posts, BCON_NEW("title", "d", "id", BCON_DOUBLE(17))),
              ERROR_REFUSED, "id");
    must_fail(place,
              replace(place, &posts, key_unique("id", value_int(17)),
                      BCON_NEW("title", "c", "id", "x1"), NULL),
              ERROR_REFUSED, "id");
    assert_string_equal(
        text_in((struct document[]){get(place, &posts, key_unique("id", value_int(17)))}, "title"),
        "c");
}

static void test_null_and_missing_never_clash(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 2; i++) {
        must(place, insert(place, &posts, BCON_NEW("title", "a")));
        must(place, insert(place, &posts, BCON_NEW("title", "a", "id", BCON_NULL)));
    }
    assert_int_equal(count(place, &posts, NULL), 4);
}

static void test_unique_values_of_odd_types_clash_too(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &posts, BCON_NEW("title", "a", "id", BCON_BOOL(true))));
    must_fail(place, insert(place, &posts, BCON_NEW("title", "a", "id", BCON_BOOL(true))),
              ERROR_REFUSED, "id");
    must(place, insert(place, &posts, BCON_NEW("title", "a", "id", BCON_BOOL(false))));
}

/* -- what clashes ------------------------------------------------------------------------------ */

static bson_value_t id_in(const bson_t *document)
{
    bson_iter_t iter;
    bson_value_t id;

    assert_true(bson_iter_init_find(&iter, document, "id"));
    bson_value_copy(bson_iter_value(&iter), &id);
    return id;
}

static void expect(struct place *place, bool ok, bool clash, const bson_t *with)
{
    char *text;

    if (ok == !clash && (ok || (place->err.kind == ERROR_REFUSED &&
                                strcmp(place->err.message, "taken by another: id") == 0)))
        return;
    text = bson_as_canonical_extended_json(with, NULL);
    fail_msg("%s: %s", ok ? "taken" : place->err.message, text);
}

/* The second value where the first one is: by each way to write one. */
static void try_in_order(struct place *place, const bson_t *first, const bson_t *second, bool clash)
{
    struct action all_gone = {.act = ACT_DELETE_WHERE, .collection = &posts};
    struct key other = {.value = {.value_type = BSON_TYPE_OID}};
    bson_value_t id = id_in(second);
    struct change set = {CHANGE_SET, "id", id};
    bson_t *document = BCON_NEW("title", "other");

    bson_oid_init(&other.value.value.v_oid, NULL);
    must(place, insert(place, &posts, bson_copy(first)));
    expect(place, insert(place, &posts, bson_copy(second)), clash, second);
    must(place, act(place, all_gone));
    must(place, insert(place, &posts, bson_copy(first)));
    BSON_APPEND_OID(document, "_id", &other.value.value.v_oid);
    must(place, insert(place, &posts, document));
    expect(place, change(place, &posts, other, set, false), clash, second);
    expect(place, replace(place, &posts, other, bson_copy(second), NULL), clash, second);
    must(place, act(place, all_gone));
    bson_value_destroy(&id);
}

/* Takes both, documents of posts. */
static void try_both(struct place *place, bson_t *a, bson_t *b, bool clash)
{
    try_in_order(place, a, b, clash);
    try_in_order(place, b, a, clash);
    bson_destroy(a);
    bson_destroy(b);
}

#define of(...) BCON_NEW("title", "a", "id", __VA_ARGS__)
#define clash(a, b) try_both(place, a, b, true)
#define no_clash(a, b) try_both(place, a, b, false)

static void test_lists_clash_by_their_elements(void **state)
{
    struct place *place = *state;

    clash(of("[", "x", "]"), of("x"));
    clash(of("[", "x", "]"), of("[", "x", "y", "]"));
    clash(of("[", "a", "x", "]"), of("[", "x", BCON_INT32(1), "]"));
    clash(of("[", BCON_BOOL(true), "]"), of(BCON_BOOL(true)));
    clash(of("[", "{", "a", BCON_INT32(1), "}", "]"), of("{", "a", BCON_DOUBLE(1), "}"));
    clash(of("[", BCON_INT32(1), "]"), of(BCON_INT64(1)));
    no_clash(of("[", "x", "x", "]"), of("[", "y", "]"));
    no_clash(of("[", "x", "]"), of("X"));
    no_clash(of("[", "]"), of("[", "]"));
    no_clash(of("[", "{", "a", "x", "}", "]"), of("x"));
}

static void test_a_list_clashes_with_no_document_by_nothing(void **state)
{
    struct place *place = *state;

    no_clash(of("[", BCON_NULL, "]"), of("[", BCON_NULL, "]"));
    no_clash(of("[", BCON_NULL, "]"), of(BCON_NULL));
    no_clash(of("[", BCON_NULL, "x", "]"), of(BCON_NULL));
    no_clash(of("[", BCON_NULL, "x", "]"), of("[", BCON_NULL, "]"));
    no_clash(of("[", "[", "a", "]", "]"), of("[", "[", "a", "]", "]"));
    no_clash(of("[", "[", "a", "]", "]"), of("a"));
    no_clash(of("[", "[", "]", "x", "]"), of("[", "]"));
    clash(of("[", BCON_NULL, "x", "]"), of("[", BCON_NULL, "y", "]"));
    clash(of("[", "[", "a", "]", "x", "]"), of("[", "[", "a", "]", "y", "]"));
}

static void test_equal_values_clash_whatever_their_type(void **state)
{
    struct place *place = *state;

    clash(of(BCON_INT32(1)), of(BCON_INT64(1)));
    clash(of(BCON_INT32(1)), of(BCON_DOUBLE(1)));
    clash(of(BCON_INT64(1)), of(BCON_DOUBLE(1)));
    clash(of(BCON_DOUBLE((double)NAN)), of(BCON_DOUBLE((double)NAN)));
    clash(of("[", BCON_DOUBLE((double)NAN), "]"), of(BCON_DOUBLE((double)NAN)));
    clash(of(BCON_DOUBLE(-0.0)), of(BCON_INT32(0)));
    clash(of(BCON_DOUBLE(-0.0)), of(BCON_DOUBLE(0)));
    clash(of("[", BCON_DOUBLE(-0.0), "]"), of(BCON_INT32(0)));
    clash(of(BCON_DATE_TIME(7)), of(BCON_DATE_TIME(7)));
    clash(of("[", BCON_DATE_TIME(7), "]"), of(BCON_DATE_TIME(7)));
    clash(of("{", "a", BCON_INT32(1), "b", BCON_INT32(2), "}"),
          of("{", "a", BCON_INT64(1), "b", BCON_DOUBLE(2), "}"));
    no_clash(of("{", "a", BCON_INT32(1), "b", BCON_INT32(2), "}"),
             of("{", "b", BCON_INT32(2), "a", BCON_INT32(1), "}"));
    no_clash(of(BCON_INT64(9007199254740993)), of(BCON_DOUBLE(9007199254740992.0)));
    no_clash(of(BCON_DATE_TIME(7)), of(BCON_INT64(7)));
    no_clash(of(BCON_BOOL(true)), of(BCON_INT32(1)));
    no_clash(of("1"), of(BCON_INT32(1)));
    no_clash(of("a"), of("A"));
    no_clash(of("\xc3\xa9"), of("e\xcc\x81"));
    no_clash(of(BCON_REGEX("a", "")), of("a"));
    clash(of("[", BCON_REGEX("a", ""), "]"), of(BCON_REGEX("a", "")));
}

#undef of
#undef clash
#undef no_clash

static void test_a_document_does_not_clash_with_itself(void **state)
{
    struct place *place = *state;
    struct key a = key_text("a");

    must(place, insert(place, &letters, BCON_NEW("_id", "a", "to", "[", "x", "x", "]")));
    must(place, replace(place, &letters, a, BCON_NEW("to", "[", "x", "y", "]"), NULL));
    must(place, replace(place, &letters, a, BCON_NEW("to", "x"), NULL));
    must(place, replace(place, &letters, a, BCON_NEW("to", "[", "y", "x", "]"), NULL));
    must_fail(place, insert(place, &letters, letter("b", "y", 1)), ERROR_REFUSED,
              "taken by another: to");
    must_fail(place, insert(place, &letters, BCON_NEW("_id", "a", "to", "[", "x", "]")),
              ERROR_CONFLICT, "_id");
}

static void set_burnt(struct place *place, const char *id, bool burnt, bool ok)
{
    bool did = change(place, &letters, key_text(id),
                      (struct change){CHANGE_SET, "burnt", value_bool(burnt)}, false);

    if (ok)
        must(place, did);
    else
        must_fail(place, did, ERROR_REFUSED, "taken by another: to");
}

static void test_elements_of_deleted_documents_are_free(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &letters, BCON_NEW("_id", "a", "to", "[", "x", "y", "]")));
    set_burnt(place, "a", true, true);
    must(place, insert(place, &letters, letter("b", "x", 1)));
    must(place, insert(place, &letters, BCON_NEW("_id", "c", "to", "[", "y", "z", "]")));
    set_burnt(place, "a", false, false);
    set_burnt(place, "b", true, true);
    set_burnt(place, "a", false, false);
    set_burnt(place, "c", true, true);
    set_burnt(place, "a", false, true);
    set_burnt(place, "b", false, false);
    set_burnt(place, "c", false, false);
}

static void test_elements_of_expired_documents_are_free(void **state)
{
    struct place *place = *state;
    int64_t now = clock_now_ms();

    must(place, insert(place, &sessions,
                       BCON_NEW("_id", "a", "user", "[", "anna", "ben", "]", "expires",
                                BCON_DATE_TIME(now + 60000))));
    must_fail(place, insert(place, &sessions, BCON_NEW("_id", "b", "user", "anna")), ERROR_REFUSED,
              "taken by another: user");
    clock_shift_ms(120000);
    must(place, insert(place, &sessions, BCON_NEW("_id", "b", "user", "anna")));
    must(place, insert(place, &sessions, BCON_NEW("_id", "c", "user", "[", "ben", "]")));
}

/* The second is told, and may put another one. */
static bool insert_overlapping(void *context, struct store *store, struct error *err)
{
    bson_t *first = BCON_NEW("_id", "a", "to", "[", "x", "y", "]");
    bson_t *second = BCON_NEW("_id", "b", "to", "[", "y", "z", "]");
    bson_t *third = BCON_NEW("_id", "b", "to", "z");
    bool ok = store_insert(store, &letters, first, NULL, err);

    (void)context;
    /* On MongoDB a clash may first be met at the work's end; the work is then run again. */
    if (ok && !store_insert(store, &letters, second, NULL, err))
        ok = err->kind == ERROR_REFUSED && store_insert(store, &letters, third, NULL, err);
    bson_destroy(first);
    bson_destroy(second);
    bson_destroy(third);
    return ok;
}

static void test_lists_of_one_work_clash_too(void **state)
{
    struct place *place = *state;

    must(place, store_write(place->store, insert_overlapping, NULL, &place->err));
    assert_string_equal(text_in((struct document[]){get(place, &letters, key_text("b"))}, "to"),
                        "z");
}

#endif
