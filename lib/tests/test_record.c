/* SPDX-License-Identifier: MIT */
#include "../record.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../clock.h"

struct place {
    const char *city;
    int floor;
};

struct thing {
    bool open;
    int count;
    int64_t big;
    double ratio;
    const char *title;
    int64_t made;
    const void *place;
    struct list places;
    struct list tags;
};

static const struct field place_fields[] = {
    {"city", FIELD_TEXT, offsetof(struct place, city), NULL},
    {"floor", FIELD_INT, offsetof(struct place, floor), NULL},
};
static const struct record place_record = RECORD(struct place, place_fields);

static const struct field thing_fields[] = {
    {"open", FIELD_BOOL, offsetof(struct thing, open), NULL},
    {"count", FIELD_INT, offsetof(struct thing, count), NULL},
    {"big", FIELD_INT64, offsetof(struct thing, big), NULL},
    {"ratio", FIELD_DOUBLE, offsetof(struct thing, ratio), NULL},
    {"title", FIELD_TEXT, offsetof(struct thing, title), NULL},
    {"made", FIELD_TIME, offsetof(struct thing, made), NULL},
    {"place", FIELD_RECORD, offsetof(struct thing, place), &place_record},
    {"places", FIELD_LIST, offsetof(struct thing, places), &place_record},
    {"tags", FIELD_TEXTS, offsetof(struct thing, tags), NULL},
};
static const struct record thing_record = RECORD(struct thing, thing_fields);

static const struct place here = {"Bern", 3};
static const struct place both[] = {{"Ulm", -1}, {NULL, 0}};
static const char *const tags[] = {"a\"b", NULL, "c"};

static struct thing sample(void)
{
    return (struct thing){
        .open = true,
        .count = -7,
        .big = INT64_MAX,
        .ratio = 0.5,
        .title = "T\xC3\xA9",
        .made = 1367409600123,
        .place = &here,
        .places = {both, 2},
        .tags = {tags, 3},
    };
}

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static bool from_doc(const bson_t *doc, struct thing *thing)
{
    struct error err = {0};

    return record_from_bson(&thing_record, (struct bson_bytes){bson_get_data(doc), doc->len},
                            &arena, thing, &err);
}

static void test_field_is_found_by_its_whole_name(void **state)
{
    (void)state;
    assert_ptr_equal(record_find(&thing_record, "place", 5), &thing_fields[6]);
    assert_ptr_equal(record_find(&thing_record, "placesX", 6), &thing_fields[7]);
    assert_null(record_find(&thing_record, "plac", 4));
    assert_null(record_find(&thing_record, "", 0));
}

static void test_struct_becomes_json(void **state)
{
    struct thing thing = sample();
    struct buf out = {0};

    (void)state;
    record_to_json(&thing_record, &thing, &out);
    assert_string_equal(buf_text(&out),
                        "{\"open\":true,\"count\":-7,\"big\":9223372036854775807,\"ratio\":0.5,"
                        "\"title\":\"T\xC3\xA9\",\"made\":\"2013-05-01T12:00:00.123Z\","
                        "\"place\":{\"city\":\"Bern\",\"floor\":3},"
                        "\"places\":[{\"city\":\"Ulm\",\"floor\":-1},{\"city\":null,\"floor\":0}],"
                        "\"tags\":[\"a\\\"b\",null,\"c\"]}");
    buf_release(&out);
}

static void test_empty_struct_becomes_json_of_nulls_and_empty_lists(void **state)
{
    struct thing thing = {.made = INT64_MIN};
    struct buf out = {0};

    (void)state;
    record_to_json(&thing_record, &thing, &out);
    assert_string_equal(buf_text(&out),
                        "{\"open\":false,\"count\":0,\"big\":0,\"ratio\":0.0,\"title\":null,"
                        "\"made\":null,\"place\":null,\"places\":[],\"tags\":[]}");
    buf_release(&out);
}

static void test_times_are_written_as_rfc_3339(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {951868799999, "2000-02-29T23:59:59.999Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {1709251199000, "2024-02-29T23:59:59.000Z"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {253402300800000, ""},
        {-62167219200001, ""},
        {INT64_MAX, ""},
        {INT64_MIN, ""},
    };
    char text[RECORD_TIME_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(record_time(cases[i].ms, text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

static void test_struct_survives_bson_and_back(void **state)
{
    struct thing thing = sample();
    struct thing back = {0};
    struct buf first = {0};
    struct buf second = {0};
    bson_t doc = BSON_INITIALIZER;

    (void)state;
    thing.tags.count = 1;
    record_to_bson(&thing_record, &thing, &doc);
    assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8, NULL));
    assert_true(from_doc(&doc, &back));
    bson_destroy(&doc);
    record_to_json(&thing_record, &thing, &first);
    record_to_json(&thing_record, &back, &second);
    assert_string_equal(buf_text(&first), buf_text(&second));
    buf_release(&first);
    buf_release(&second);
}

static void test_absent_members_are_left_out_of_bson(void **state)
{
    struct thing thing = {.ratio = 1};
    bson_t doc = BSON_INITIALIZER;

    (void)state;
    record_to_bson(&thing_record, &thing, &doc);
    assert_int_equal(bson_count_keys(&doc), 5);
    assert_true(bson_has_field(&doc, "ratio"));
    assert_false(bson_has_field(&doc, "title"));
    assert_false(bson_has_field(&doc, "place"));
    assert_false(bson_has_field(&doc, "places"));
    assert_false(bson_has_field(&doc, "tags"));
    bson_destroy(&doc);
}

static void test_numbers_fit_if_their_value_does(void **state)
{
    struct thing thing = {.count = 1, .big = 2, .ratio = 3};
    bson_t doc = BSON_INITIALIZER;

    (void)state;
    BSON_APPEND_DOUBLE(&doc, "count", 12.0);
    BSON_APPEND_INT32(&doc, "big", 13);
    BSON_APPEND_INT64(&doc, "ratio", 14);
    assert_true(from_doc(&doc, &thing));
    assert_int_equal(thing.count, 12);
    assert_int_equal(thing.big, 13);
    assert_true(fabs(thing.ratio - 14) < 1e-9);
    bson_reinit(&doc);
    BSON_APPEND_DOUBLE(&doc, "count", 12.5);
    BSON_APPEND_DOUBLE(&doc, "big", 1e300);
    BSON_APPEND_INT64(&doc, "ratio", INT64_MAX);
    assert_true(from_doc(&doc, &thing));
    assert_int_equal(thing.count, 12);
    assert_int_equal(thing.big, 13);
    assert_true(fabs(thing.ratio - 14) < 1e-9);
    bson_reinit(&doc);
    BSON_APPEND_INT64(&doc, "count", 1LL << 40);
    BSON_APPEND_DOUBLE(&doc, "big", NAN);
    assert_true(from_doc(&doc, &thing));
    assert_int_equal(thing.count, 12);
    assert_int_equal(thing.big, 13);
    bson_destroy(&doc);
}

static void test_members_of_another_type_stay_as_they_are(void **state)
{
    struct thing thing = sample();
    bson_t doc = BSON_INITIALIZER;
    bson_t child;

    (void)state;
    BSON_APPEND_UTF8(&doc, "open", "True");
    BSON_APPEND_UTF8(&doc, "count", "3");
    BSON_APPEND_INT32(&doc, "title", 3);
    BSON_APPEND_INT64(&doc, "made", 3);
    BSON_APPEND_NULL(&doc, "place");
    BSON_APPEND_DOCUMENT_BEGIN(&doc, "tags", &child);
    bson_append_document_end(&doc, &child);
    BSON_APPEND_UTF8(&doc, "unknown", "x");
    assert_true(from_doc(&doc, &thing));
    assert_true(thing.open);
    assert_int_equal(thing.count, -7);
    assert_string_equal(thing.title, "T\xC3\xA9");
    assert_int_equal(thing.made, 1367409600123);
    assert_ptr_equal(thing.place, &here);
    assert_int_equal(thing.tags.count, 3);
    bson_destroy(&doc);
}

static void test_odd_items_of_lists_are_skipped(void **state)
{
    struct thing thing = {0};
    bson_t doc = BSON_INITIALIZER;
    bson_t list;

    (void)state;
    BSON_APPEND_ARRAY_BEGIN(&doc, "tags", &list);
    BSON_APPEND_UTF8(&list, "0", "x");
    BSON_APPEND_INT32(&list, "1", 5);
    BSON_APPEND_UTF8(&list, "2", "y");
    bson_append_array_end(&doc, &list);
    assert_true(from_doc(&doc, &thing));
    assert_int_equal(thing.tags.count, 2);
    assert_string_equal(((const char *const *)thing.tags.items)[1], "y");
    bson_destroy(&doc);
}

static void test_bytes_that_are_not_bson_are_refused(void **state)
{
    struct thing thing = sample();
    struct thing back = {0};
    struct error err = {0};
    bson_t doc = BSON_INITIALIZER;
    uint8_t bytes[1024];
    size_t refused = 0;

    (void)state;
    record_to_bson(&thing_record, &thing, &doc);
    assert_true(doc.len < sizeof(bytes));
    memcpy(bytes, bson_get_data(&doc), doc.len);
    for (size_t i = 0; i < doc.len; i++) {
        uint8_t old = bytes[i];

        bytes[i] ^= 0xFF; /* any byte wrong: no crash, and wrong lengths are noticed */
        refused += !record_from_bson(&thing_record, (struct bson_bytes){bytes, doc.len}, &arena,
                                     &back, &err);
        bytes[i] = old;
    }
    assert_true(refused >= 8);
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_false(
        record_from_bson(&thing_record, (struct bson_bytes){bytes, 3}, &arena, &back, &err));
    bson_destroy(&doc);
}

struct node {
    const void *child;
};
static const struct record node_record;
static const struct field node_fields[] = {{"child", FIELD_RECORD, 0, &node_record}};
static const struct record node_record = RECORD(struct node, node_fields);

static void test_nesting_is_bounded(void **state)
{
    struct error err = {0};
    struct node root = {0};
    bson_t *doc = bson_new();
    const struct node *at = &root;
    int depth = 0;

    (void)state;
    for (int i = 0; i < 300; i++) {
        bson_t *outer = bson_new();

        BSON_APPEND_DOCUMENT(outer, "child", doc);
        bson_destroy(doc);
        doc = outer;
    }
    assert_true(record_from_bson(&node_record, (struct bson_bytes){bson_get_data(doc), doc->len},
                                 &arena, &root, &err));
    while ((at = at->child))
        depth++;
    assert_int_equal(depth, 100);
    bson_destroy(doc);
}

static void test_reading_twenty_five_members_takes_microseconds(void **state)
{
    static char names[25][20];
    static struct field fields[25];
    struct record record = {fields, 25, 25 * sizeof(int64_t)};
    struct error err = {0};
    bson_t doc = BSON_INITIALIZER;
    int64_t numbers[25];
    int64_t start;

    (void)state;
    for (int i = 0; i < 25; i++) {
        snprintf(names[i], sizeof(names[i]), "field%d", i);
        fields[i] = (struct field){names[i], FIELD_INT64, (size_t)i * sizeof(int64_t), NULL};
        bson_append_int64(&doc, names[i], -1, i);
    }
    start = clock_monotonic_us();
    for (int i = 0; i < 10000; i++)
        assert_true(record_from_bson(&record, (struct bson_bytes){bson_get_data(&doc), doc.len},
                                     &arena, numbers, &err));
    start = clock_monotonic_us() - start;
    print_message("25 members in %d ns\n", (int)(start / 10));
    assert_int_equal(numbers[24], 24);
    bson_destroy(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_field_is_found_by_its_whole_name, release),
        cmocka_unit_test_teardown(test_struct_becomes_json, release),
        cmocka_unit_test_teardown(test_empty_struct_becomes_json_of_nulls_and_empty_lists, release),
        cmocka_unit_test_teardown(test_times_are_written_as_rfc_3339, release),
        cmocka_unit_test_teardown(test_struct_survives_bson_and_back, release),
        cmocka_unit_test_teardown(test_absent_members_are_left_out_of_bson, release),
        cmocka_unit_test_teardown(test_numbers_fit_if_their_value_does, release),
        cmocka_unit_test_teardown(test_members_of_another_type_stay_as_they_are, release),
        cmocka_unit_test_teardown(test_odd_items_of_lists_are_skipped, release),
        cmocka_unit_test_teardown(test_bytes_that_are_not_bson_are_refused, release),
        cmocka_unit_test_teardown(test_nesting_is_bounded, release),
        cmocka_unit_test_teardown(test_reading_twenty_five_members_takes_microseconds, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
