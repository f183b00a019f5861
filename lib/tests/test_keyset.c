/* SPDX-License-Identifier: MIT */
#include "../keyset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static const struct store_field fields[] = {
    {"n", TYPE_NUMBER, STORE_INDEXED}, {"a.b", TYPE_TEXT, 0}, {"tags", TYPE_LIST, 0}};
static const struct collection things = {
    .name = "things", .id_type = TYPE_TEXT, .fields = fields, .field_count = 3};
static const struct collection others = {
    .name = "others", .id_type = TYPE_TEXT, .fields = fields, .field_count = 3};

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct keyset keyset(const char *path, bool descending)
{
    struct sort sort = {path, descending};
    struct query query = {.sort = &sort, .sort_count = 1};
    struct keyset made;
    struct error err;

    if (!keyset_of(&things, &query, &made, &err))
        fail_msg("%s", err.message);
    return made;
}

/* The token of a document, which is freed. */
static const char *token_of(const struct keyset *of, bson_t *bson)
{
    struct document document = {.bson = bson_get_data(bson), .len = bson->len, .created_ms = 77};
    struct error err = {0};
    const char *token = keyset_write(of, &document, &arena, &err);

    if (!token)
        assert_int_equal(err.kind, ERROR_INVALID);
    bson_destroy(bson);
    return token;
}

static struct keyset_place read_token(const struct keyset *of, const char *token)
{
    struct keyset_place place;
    struct error err;

    if (!keyset_read(of, token, &arena, &place, &err))
        fail_msg("%s: %s", token, err.message);
    return place;
}

static void test_a_token_holds_the_key_and_the_id(void **state)
{
    struct keyset by_n = keyset("n", false), by_b = keyset("a.b", true);
    struct keyset_place place;

    (void)state;
    place = read_token(&by_n, token_of(&by_n, BCON_NEW("_id", "x", "n", BCON_DOUBLE(0.1))));
    assert_true(place.value.value_type == BSON_TYPE_DOUBLE && place.value.value.v_double == 0.1);
    assert_string_equal(place.id.value.v_utf8.str, "x");
    place = read_token(&by_b, token_of(&by_b, BCON_NEW("_id", "y", "a", "{", "b", "text", "}")));
    assert_string_equal(place.value.value.v_utf8.str, "text");
    place = read_token(&by_b, token_of(&by_b, BCON_NEW("_id", "z")));
    assert_int_equal(place.value.value_type, BSON_TYPE_NULL);
}

/* The token of {n: /a/OO}, with these two options, which libbson itself would put in order. */
static const char *token_of_options(const struct keyset *of, const char options[2])
{
    bson_t *bson = BCON_NEW("n", BCON_REGEX("a", "im"), "_id", "x");
    uint8_t *place = memmem(bson_get_data(bson), bson->len, "im", 2);

    assert_non_null(place);
    memcpy(place, options, 2);
    return token_of(of, bson);
}

static void test_there_is_no_place_behind_options_that_no_token_keeps(void **state)
{
    struct keyset by_n = keyset("n", false);

    (void)state;
    assert_non_null(token_of_options(&by_n, "im"));
    assert_non_null(token_of_options(&by_n, "lx"));
    assert_null(token_of_options(&by_n, "mi"));
    assert_null(token_of_options(&by_n, "ii"));
    assert_null(token_of_options(&by_n, "i\3"));
}

static void test_times_are_those_of_the_document_not_its_fields(void **state)
{
    struct keyset created = keyset("_created", false);
    struct keyset_place place =
        read_token(&created, token_of(&created, BCON_NEW("_id", "x", "_created", BCON_INT32(5))));

    (void)state;
    assert_int_equal(place.value.value_type, BSON_TYPE_DATE_TIME);
    assert_int_equal(place.value.value.v_datetime, 77);
}

static void test_the_key_is_as_the_document_sorts(void **state)
{
    bson_t *documents[] = {
        BCON_NEW("_id", "x", "n", BCON_INT32(5)),
        BCON_NEW("_id", "x", "n", BCON_NULL),
        BCON_NEW("_id", "x"),
        BCON_NEW("_id", "x", "n", "[", "]"),
        BCON_NEW("_id", "x", "n", "[", BCON_INT32(4), "b", "]"),
        BCON_NEW("_id", "x", "n", "[", "[", BCON_INT32(4), "]", "]"),
        BCON_NEW("_id", "x", "n", "{", "m", BCON_BOOL(true), "}"),
        BCON_NEW("_id", "x", "n", BCON_MINKEY),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        for (int descending = 0; descending < 2; descending++) {
            struct keyset by_n = keyset("n", descending);
            struct order_key key =
                order_key(&arena, bson_get_data(documents[i]), documents[i]->len, "n", !descending);
            struct keyset_place place = read_token(&by_n, token_of(&by_n, bson_copy(documents[i])));

            assert_int_equal(place.key.len, key.len);
            assert_memory_equal(place.key.bytes, key.bytes, key.len);
        }
        bson_destroy(documents[i]);
    }
}

/* Every length modulo three is written in its own way. */
static void test_tokens_are_read_at_every_length(void **state)
{
    struct keyset by_b = keyset("a.b", false);
    char text[1600];

    (void)state;
    for (size_t len = 0; len < 1600; len++) {
        const char *token;

        memset(text, 'x', sizeof(text));
        text[len] = '\0';
        token = token_of(&by_b, BCON_NEW("_id", "x", "a", "{", "b", BCON_UTF8(text), "}"));
        assert_true(token != NULL || len > 1400);
        if (token)
            assert_int_equal(read_token(&by_b, token).value.value.v_utf8.len, len);
    }
    assert_null(token_of(&by_b, BCON_NEW("_id", BCON_UTF8(text))));
}

static void refuse(const struct keyset *of, const char *token, const char *says)
{
    struct keyset_place place;
    struct error err = {0};

    assert_false(keyset_read(of, token, &arena, &place, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    if (!strstr(err.message, says))
        fail_msg("%s: %s", token, err.message);
}

static void test_every_cut_and_every_other_digit_is_refused_or_another_place(void **state)
{
    struct keyset by_n = keyset("n", false);
    const char *token = token_of(&by_n, BCON_NEW("_id", "x", "n", BCON_INT32(5)));
    size_t len = strlen(token);

    (void)state;
    for (size_t i = 0; i < len; i++) {
        char *spoilt = arena_text(&arena, token);
        struct keyset_place place;
        struct error err = {0};

        spoilt[i] = spoilt[i] == 'A' ? 'B' : 'A';
        if (!keyset_read(&by_n, spoilt, &arena, &place, &err))
            assert_int_equal(err.kind, ERROR_INVALID);
        spoilt[i] = '=';
        refuse(&by_n, spoilt, "no place");
        spoilt[i] = '\0';
        refuse(&by_n, spoilt, "no place");
    }
    refuse(&by_n, arena_printf(&arena, "%sA", token), "no place");
    refuse(&by_n, arena_printf(&arena, "%s%s", token, token), "no place");
}

static void test_tokens_are_of_one_collection_order_filter_and_text(void **state)
{
    struct sort sort = {"n", false};
    bson_value_t values[] = {value_int(1), value_text("x")};
    struct filter in = {.op = FILTER_IN, .path = "n", .values = values, .count = 2};
    struct query query = {.sort = &sort, .sort_count = 1, .where = &in, .text = "word"};
    struct keyset mine, other;
    struct error err;
    const char *token;

    (void)state;
    assert_true(keyset_of(&things, &query, &mine, &err));
    token = token_of(&mine, BCON_NEW("_id", "x"));
    assert_true(keyset_of(&others, &query, &other, &err));
    refuse(&other, token, "another query");
    for (int i = 0; i < 6; i++) {
        sort.descending = i == 0;
        sort.path = i == 1 ? "a.b" : "n";
        query.text = i == 2 ? "words" : "word";
        query.deleted_too = i == 3;
        values[1] = value_text(i == 4 ? "y" : "x");
        in.path = i == 5 ? "m" : "n";
        assert_true(keyset_of(&things, &query, &other, &err));
        refuse(&other, token, "another query");
    }
    in.path = "n";
    assert_true(keyset_of(&things, &query, &other, &err));
    read_token(&other, token);
}

static void test_an_order_by_id_is_the_same_said_or_not(void **state)
{
    struct keyset said = keyset("_id", false), unsaid;
    struct query query = {.limit = 5};
    struct error err;

    (void)state;
    assert_true(keyset_of(&things, &query, &unsaid, &err));
    assert_string_equal(
        read_token(&unsaid, token_of(&said, BCON_NEW("_id", "x"))).id.value.v_utf8.str, "x");
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_token_holds_the_key_and_the_id),
        TEST(test_there_is_no_place_behind_options_that_no_token_keeps),
        TEST(test_times_are_those_of_the_document_not_its_fields),
        TEST(test_the_key_is_as_the_document_sorts),
        TEST(test_tokens_are_read_at_every_length),
        TEST(test_every_cut_and_every_other_digit_is_refused_or_another_place),
        TEST(test_tokens_are_of_one_collection_order_filter_and_text),
        TEST(test_an_order_by_id_is_the_same_said_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
