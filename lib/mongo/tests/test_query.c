/* SPDX-License-Identifier: MIT */
/* What filters, orders and keys become in MongoDB's words. Needs no server. */
#include "../query.h"

#include "../../clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;

static int release_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* Destroys the document. */
static void check_json(bson_t *document, const char *expected)
{
    char *text = bson_as_relaxed_extended_json(document, NULL);

    bson_destroy(document);
    assert_string_equal(text, expected);
    bson_free(text);
}

static void check_filter(const struct filter *filter, const char *expected)
{
    bson_t query = BSON_INITIALIZER;

    query_filter(filter, &query);
    check_json(&query, expected);
}

static const struct filter *compare(enum filter_op op, const char *path, bson_value_t value)
{
    return filter_compare(&arena, op, path, value);
}

static const struct filter *number(enum filter_op op, const char *path, int64_t value)
{
    return compare(op, path, value_int(value));
}

static const struct filter *numbers(enum filter_op op, const char *path, int64_t first,
                                    int64_t second)
{
    bson_value_t *values = arena_alloc(&arena, 2 * sizeof(*values));

    values[0] = value_int(first);
    values[1] = value_int(second);
    return filter_among(&arena, op, path, (struct filter_values){values, 2});
}

static const struct filter *join(enum filter_op op, const struct filter *first,
                                 const struct filter *second)
{
    return filter_join(&arena, op, first, second);
}

static const struct filter * not(const struct filter *child)
{
    struct filter *filter = arena_zalloc(&arena, sizeof(*filter));
    const struct filter **children = arena_alloc(&arena, sizeof(void *));

    children[0] = child;
    *filter =
        (struct filter){.op = FILTER_NOT, .path = child->path, .children = children, .count = 1};
    return filter;
}

/* -- filters ----------------------------------------------------------------------------------- */

static void test_comparisons_name_their_operator(void **state)
{
    (void)state;
    check_filter(number(FILTER_EQ, "a", 1), "{ \"a\" : { \"$eq\" : 1 } }");
    check_filter(number(FILTER_NE, "a", 1), "{ \"a\" : { \"$ne\" : 1 } }");
    check_filter(compare(FILTER_GTE, "a", value_null()), "{ \"a\" : { \"$gte\" : null } }");
    check_filter(compare(FILTER_EXISTS, "a.b", value_bool(false)),
                 "{ \"a.b\" : { \"$exists\" : false } }");
    check_filter(numbers(FILTER_IN, "a", 1, 2), "{ \"a\" : { \"$in\" : [ 1, 2 ] } }");
    check_filter(numbers(FILTER_MOD, "a", 4, 0), "{ \"a\" : { \"$mod\" : [ 4, 0 ] } }");
    check_filter(filter_among(&arena, FILTER_NIN, "a", (struct filter_values){0}),
                 "{ \"a\" : { \"$nin\" : [  ] } }");
    check_filter(not(number(FILTER_GT, "a", 1)), "{ \"a\" : { \"$not\" : { \"$gt\" : 1 } } }");
}

static void test_numbers_of_types_are_the_servers(void **state)
{
    (void)state;
    check_filter(numbers(FILTER_TYPE, "a", -1, 4), "{ \"a\" : { \"$type\" : [ \"number\", 4 ] } }");
    check_filter(numbers(FILTER_TYPE, "a", 255, 127), "{ \"a\" : { \"$type\" : [ -1, 127 ] } }");
}

static void test_texts_are_looked_for_as_they_are(void **state)
{
    bson_value_t with_nul = value_text("a");

    (void)state;
    with_nul.value.v_utf8.str = (char[]){"a\0b"};
    with_nul.value.v_utf8.len = 3;
    check_filter(compare(FILTER_CONTAINS, "a", value_text("a.b*(c)\\Q")),
                 "{ \"a\" : { \"$regex\" : \"a\\\\.b\\\\*\\\\(c\\\\)\\\\\\\\Q\" } }");
    check_filter(compare(FILTER_CONTAINS, "a", value_text("\xC3\xA4 -")),
                 "{ \"a\" : { \"$regex\" : \"\xC3\xA4 -\" } }");
    check_filter(compare(FILTER_CONTAINS, "a", with_nul),
                 "{ \"a\" : { \"$regex\" : \"a\\\\x00b\" } }");
    check_filter(compare(FILTER_CONTAINS, "a", value_text("")),
                 "{ \"a\" : { \"$regex\" : \"\" } }");
    check_filter(compare(FILTER_CONTAINS, "a", value_text("\xFF")),
                 "{ \"a\" : { \"$in\" : [  ] } }");
}

static void test_what_the_server_refuses_is_said_otherwise(void **state)
{
    (void)state;
    check_filter(number(FILTER_BITS_ANY_SET, "a", 5), "{ \"a\" : { \"$bitsAnySet\" : 5 } }");
    check_filter(number(FILTER_BITS_ALL_CLEAR, "a", INT64_MIN + 2),
                 "{ \"a\" : { \"$bitsAllClear\" : [ 1, 63 ] } }");
    check_filter(compare(FILTER_SIZE, "a", value_double(2)), "{ \"a\" : { \"$size\" : 2 } }");
    check_filter(compare(FILTER_SIZE, "a", value_double(1e300)), "{ \"a\" : { \"$in\" : [  ] } }");
}

static void test_equalities_come_first_and_no_key_twice(void **state)
{
    const struct filter *range =
        join(FILTER_AND, number(FILTER_GT, "a", 1), number(FILTER_LT, "a", 5));

    (void)state;
    check_filter(join(FILTER_AND, range, number(FILTER_EQ, "b", 2)),
                 "{ \"b\" : { \"$eq\" : 2 }, \"a\" : { \"$gt\" : 1 }, "
                 "\"$and\" : [ { \"a\" : { \"$lt\" : 5 } } ] }");
    check_filter(join(FILTER_AND, join(FILTER_OR, range, NULL),
                      join(FILTER_OR, number(FILTER_EQ, "b", 2), number(FILTER_EQ, "c", 3))),
                 "{ \"$or\" : [ { \"a\" : { \"$gt\" : 1 }, \"$and\" : [ { \"a\" : { \"$lt\" : 5 } "
                 "} ] } ], \"$and\" : [ { \"$or\" : [ { \"b\" : { \"$eq\" : 2 } }, { \"c\" : { "
                 "\"$eq\" : 3 } } ] } ] }");
    check_filter(join(FILTER_NOR, number(FILTER_EQ, "a", 1), NULL),
                 "{ \"$nor\" : [ { \"a\" : { \"$eq\" : 1 } } ] }");
}

static void test_elements_are_asked_themselves_or_by_field(void **state)
{
    const struct filter *range =
        join(FILTER_AND, number(FILTER_GT, "", 1), number(FILTER_LT, "", 5));

    (void)state;
    check_filter(filter_element(&arena, "a", range),
                 "{ \"a\" : { \"$elemMatch\" : { \"$gt\" : 1, \"$lt\" : 5 } } }");
    check_filter(filter_element(&arena, "a", join(FILTER_NOR, range, NULL)),
                 "{ \"a\" : { \"$elemMatch\" : { \"$not\" : { \"$gt\" : 1, \"$lt\" : 5 } } } }");
    check_filter(
        filter_element(&arena, "a",
                       join(FILTER_OR, number(FILTER_GT, "", 5), number(FILTER_LT, "", 1))),
        "{ \"a\" : { \"$elemMatch\" : { \"$not\" : { \"$not\" : { \"$gt\" : 5 }, "
        "\"$not\" : { \"$lt\" : 1 } } } } }");
    check_filter(filter_element(
                     &arena, "a",
                     join(FILTER_AND, number(FILTER_GT, "x", 1), number(FILTER_EQ, "_created", 1))),
                 "{ \"a\" : { \"$elemMatch\" : { \"_created\" : { \"$eq\" : 1 }, "
                 "\"x\" : { \"$gt\" : 1 } } } }");
}

/* -- the store's own members ------------------------------------------------------------------- */

static void test_documents_without_times_are_of_the_epoch(void **state)
{
    (void)state;
    check_filter(compare(FILTER_GT, "_created", value_date(5)),
                 "{ \"_created\" : { \"$gt\" : { \"$date\" : \"1970-01-01T00:00:00.005Z\" } } }");
    check_filter(compare(FILTER_LT, "_updated", value_date(5)),
                 "{ \"$or\" : [ { \"_updated\" : { \"$lt\" : { \"$date\" : "
                 "\"1970-01-01T00:00:00.005Z\" } } }, { \"_updated\" : { \"$exists\" : false } } ] "
                 "}");
    check_filter(
        not(compare(FILTER_LT, "_updated", value_date(5))),
        "{ \"_updated\" : { \"$not\" : { \"$lt\" : { \"$date\" : "
        "\"1970-01-01T00:00:00.005Z\" } } }, \"$and\" : [ { \"_updated\" : { \"$exists\" : "
        "true } } ] }");
}

static void test_what_the_store_hides_is_not_there(void **state)
{
    (void)state;
    check_filter(compare(FILTER_EQ, "_etag", value_text("a")),
                 "{ \"_etag\" : { \"$in\" : [  ] } }");
    check_filter(compare(FILTER_EQ, "_words.0", value_null()), "{ }");
    check_filter(compare(FILTER_EQ, "_words_", value_null()),
                 "{ \"_words_\" : { \"$eq\" : null } }");
}

/* -- what is visible, and keys ----------------------------------------------------------------- */

static const struct store_field fields[] = {{"to", TYPE_TEXT, STORE_UNIQUE},
                                            {"name", TYPE_TEXT, STORE_UNIQUE | STORE_INDEXED}};
static const struct collection letters = {
    .name = "letters", .id_type = TYPE_OBJECT_ID, .fields = fields, .field_count = 2};
static const struct table table = {.collection = &letters, .deleted = "meta.gone"};

static void check_scope(const struct table *of, struct scope scope, const char *expected)
{
    bson_t query = BSON_INITIALIZER;

    query_write(of, &scope, &query);
    check_json(&query, expected);
}

#define GONE                                                                                       \
    "{ \"$nor\" : [ { \"meta.gone\" : { \"$eq\" : true }, \"meta.0\" : { \"$exists\" : false }, "  \
    "\"meta.gone.0\" : { \"$exists\" : false } } ]"

static void test_deleted_documents_are_left_out(void **state)
{
    (void)state;
    check_scope(&table, (struct scope){0}, GONE " }");
    check_scope(&table, (struct scope){.deleted_too = true}, "{ }");
    check_scope(&table, (struct scope){.where = number(FILTER_EQ, "a", 1), .deleted_too = true},
                "{ \"a\" : { \"$eq\" : 1 } }");
}

static void test_expired_documents_are_left_out(void **state)
{
    const struct table expiring = {.collection = &letters, .expires = "until"};
    bson_t query = BSON_INITIALIZER;
    bson_iter_t iter, leaf;
    int64_t before = clock_now_ms();

    (void)state;
    query_write(&expiring, &(struct scope){0}, &query);
    assert_true(bson_iter_init(&iter, &query));
    assert_true(bson_iter_find_descendant(&iter, "$nor.0.until.$lte", &leaf));
    assert_true(bson_iter_date_time(&leaf) >= before);
    bson_destroy(&query);
    check_scope(&expiring, (struct scope){.expired_too = true}, "{ }");
}

static void check_key(struct key key, const char *expected)
{
    struct error err = {0};
    bson_t query;

    assert_true(read_key(&table, &key, &query, &err));
    check_json(&query, expected);
}

static void test_keys_ask_what_an_index_answers(void **state)
{
    struct key wrong = {.value = value_text("short")};
    struct error err = {0};
    bson_t query;

    (void)state;
    check_key((struct key){.value = value_text("5f43c0ffee5f43c0ffee5f43")},
              "{ \"_id\" : { \"$eq\" : { \"$oid\" : \"5f43c0ffee5f43c0ffee5f43\" } } }");
    check_key((struct key){"to", value_text("a")},
              "{ \"to\" : { \"$eq\" : \"a\" }, "
              "\"$nor\" : [ { \"meta.gone\" : { \"$eq\" : true }, \"meta.0\" : { \"$exists\" : "
              "false }, \"meta.gone.0\" : { \"$exists\" : false } } ], \"_live\" : true }");
    check_key((struct key){"name", value_text("a")},
              "{ \"name\" : { \"$eq\" : \"a\" }, "
              "\"$nor\" : [ { \"meta.gone\" : { \"$eq\" : true }, \"meta.0\" : { \"$exists\" : "
              "false }, \"meta.gone.0\" : { \"$exists\" : false } } ] }");
    assert_false(read_key(&table, &wrong, &query, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    bson_destroy(&query);
}

static void check_order(const struct sort *sort, size_t count, const char *expected)
{
    bson_t order = BSON_INITIALIZER;

    query_order(&(struct query){.sort = sort, .sort_count = count}, &order);
    check_json(&order, expected);
}

static void test_orders_end_with_the_id_in_the_last_direction(void **state)
{
    (void)state;
    check_order(NULL, 0, "{ \"_id\" : 1 }");
    check_order((struct sort[]){{"a", false}, {"b", true}}, 2,
                "{ \"a\" : 1, \"b\" : -1, \"_id\" : -1 }");
    check_order((struct sort[]){{"_id", true}, {"b", false}}, 2, "{ \"_id\" : -1 }");
    check_order((struct sort[]){{"a", false}, {"a", true}}, 2, "{ \"a\" : 1, \"_id\" : -1 }");
}

static void test_queries_that_share_keys_are_both_kept(void **state)
{
    bson_t query = BSON_INITIALIZER, more = BSON_INITIALIZER;

    (void)state;
    query_filter(number(FILTER_EQ, "a", 1), &query);
    query_filter(number(FILTER_EQ, "b", 2), &more);
    query_also(&query, &more);
    query_also(&query, &more);
    bson_destroy(&more);
    check_json(&query, "{ \"$and\" : [ { \"a\" : { \"$eq\" : 1 }, \"b\" : { \"$eq\" : 2 } }, "
                       "{ \"b\" : { \"$eq\" : 2 } } ] }");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparisons_name_their_operator),
        cmocka_unit_test(test_numbers_of_types_are_the_servers),
        cmocka_unit_test(test_texts_are_looked_for_as_they_are),
        cmocka_unit_test(test_what_the_server_refuses_is_said_otherwise),
        cmocka_unit_test(test_equalities_come_first_and_no_key_twice),
        cmocka_unit_test(test_elements_are_asked_themselves_or_by_field),
        cmocka_unit_test(test_documents_without_times_are_of_the_epoch),
        cmocka_unit_test(test_what_the_store_hides_is_not_there),
        cmocka_unit_test(test_deleted_documents_are_left_out),
        cmocka_unit_test(test_expired_documents_are_left_out),
        cmocka_unit_test(test_keys_ask_what_an_index_answers),
        cmocka_unit_test(test_orders_end_with_the_id_in_the_last_direction),
        cmocka_unit_test(test_queries_that_share_keys_are_both_kept),
    };

    return cmocka_run_group_tests(tests, NULL, release_arena);
}
