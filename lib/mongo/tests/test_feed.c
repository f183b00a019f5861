/* SPDX-License-Identifier: MIT */
/* Cursors as texts, and the ring of the newest changes: what needs no server. */
#include "../cursor.h"
#include "../ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char store_id[] = "0123456789abcdef", other_id[] = "0123456789abcdee";
static const struct collection things = {.name = "things", .id_type = TYPE_TEXT, .followed = true};

/* -- cursors ----------------------------------------------------------------------------------- */

static const char *write_token(const bson_t *token, uint32_t seconds, struct arena *arena)
{
    struct cursor cursor = {.token = *token, .seconds = seconds};
    struct error err;
    const char *text = cursor_write(store_id, &cursor, arena, &err);

    if (!text)
        fail_msg("%s", err.message);
    return text;
}

/* Takes the token. */
static void check_token(bson_t *token, size_t most)
{
    struct arena arena = {0};
    const char *text = write_token(token, 1700000000, &arena);
    struct cursor read;
    struct error err;

    assert_true(strlen(text) <= most);
    assert_true(cursor_read(text, store_id, &arena, &read, &err));
    assert_true(bson_equal(&read.token, token));
    assert_int_equal(read.seconds, 1700000000);
    arena_release(&arena);
    bson_destroy(token);
}

static void test_tokens_of_hex_digits_are_packed(void **state)
{
    (void)state;
    /* 17 of the store, 9 bytes and half of the digits, in base64url. */
    check_token(BCON_NEW("_data", "8265A1B2C3000000012B0229296E04"), 17 + 32);
    check_token(BCON_NEW("_data", "8265a1b2c3000000012b0229296e04"), 17 + 32);
    check_token(BCON_NEW("_data", "0123456789"), 17 + 19);
    check_token(BCON_NEW("_data", ""), 17 + 12);
}

static void test_tokens_of_any_other_form_are_kept_as_they_are(void **state)
{
    (void)state;
    check_token(BCON_NEW("_data", "82aAbB"), 200);
    check_token(BCON_NEW("_data", "821"), 200);
    check_token(BCON_NEW("_data", "no digits"), 200);
    check_token(BCON_NEW("_data", BCON_INT32(7)), 200);
    check_token(BCON_NEW("_data", "82", "_typeBits", BCON_INT32(7)), 200);
    check_token(BCON_NEW("place", "82"), 200);
}

static void test_a_cursor_takes_what_its_room_is_or_is_refused(void **state)
{
    struct arena arena = {0};
    char digits[4096];
    struct cursor cursor = {.seconds = 1};
    struct error err;
    const char *text;

    (void)state;
    memset(digits, 'a', sizeof(digits));
    for (int bytes = 1500; bytes < 1600; bytes++) {
        bson_t full = BSON_INITIALIZER;

        bson_append_utf8(&full, "_data", 5, digits, 2 * bytes);
        cursor.token = full;
        text = cursor_write(store_id, &cursor, &arena, &err);
        /* (2047 - 17) characters are 1522 bytes, nine of them not the token's. */
        assert_int_equal(text != NULL, bytes <= 1513);
        if (text)
            assert_true(strlen(text) < STORE_CURSOR_SIZE);
        else
            assert_int_equal(err.kind, ERROR_INTERNAL);
        bson_destroy(&full);
    }
    arena_release(&arena);
}

static void refuse(const char *text, enum error_kind kind)
{
    struct arena arena = {0};
    struct cursor read;
    struct error err = {0};

    if (cursor_read(text, store_id, &arena, &read, &err) || err.kind != kind)
        fail_msg("%s: kind %d: %s", text, err.kind, err.message);
    arena_release(&arena);
}

static void test_every_spoilt_cursor_is_refused(void **state)
{
    struct arena arena = {0};
    bson_t *token = BCON_NEW("_data", "8265A1B2C3000000012B0229296E04");
    const char *text = write_token(token, 1700000000, &arena);
    size_t len = strlen(text);
    char spoilt[STORE_CURSOR_SIZE + 80];

    (void)state;
    for (size_t i = 0; i < len; i++) {
        snprintf(spoilt, sizeof(spoilt), "%.*s", (int)i, text);
        refuse(spoilt, ERROR_INVALID);
        snprintf(spoilt, sizeof(spoilt), "%s", text);
        spoilt[i] = spoilt[i] == 'c' ? 'd' : 'c';
        refuse(spoilt, ERROR_INVALID);
    }
    for (const char *more = "Aax9-_. =\xff"; *more; more++) {
        snprintf(spoilt, sizeof(spoilt), "%s%c", text, *more);
        refuse(spoilt, ERROR_INVALID);
    }
    memset(spoilt, 'A', sizeof(spoilt) - 1);
    spoilt[sizeof(spoilt) - 1] = '\0';
    memcpy(spoilt, text, 17);
    refuse(spoilt, ERROR_INVALID);
    bson_destroy(token);
    arena_release(&arena);
}

static void test_a_cursor_of_another_store_is_told_from_a_spoilt_one(void **state)
{
    struct arena arena = {0};
    struct cursor cursor = {.seconds = 1};
    bson_t *token = BCON_NEW("_data", "82AB");
    struct error err;

    (void)state;
    cursor.token = *token;
    refuse(cursor_write(other_id, &cursor, &arena, &err), ERROR_GONE);
    bson_destroy(token);
    arena_release(&arena);
}

/* -- the ring ---------------------------------------------------------------------------------- */

struct fixture {
    struct ring *ring;
    struct arena arena;
    struct store_changes found;
};

static int open_ring(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->ring = ring_open();
    *state = fixture;
    return 0;
}

static int close_ring(void **state)
{
    struct fixture *fixture = *state;

    ring_close(fixture->ring);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static void put(struct fixture *fixture, const char *id, const char *cursor)
{
    bson_t *key = BCON_NEW("_id", BCON_UTF8(id));
    struct ring_change change = {.collection = &things, .key = key, .deleted = id[0] == '-'};

    ring_put(fixture->ring, &change, cursor);
    bson_destroy(key);
}

static bool ask(struct fixture *fixture, const char *after, size_t limit, bool newest)
{
    fixture->found = (struct store_changes){.arena = &fixture->arena};
    return ring_read(fixture->ring, after, limit, newest, &fixture->found);
}

/* "a,-b>cursor" of what is behind; NULL: it is not there. */
static const char *told(struct fixture *fixture, const char *after, size_t limit, bool newest)
{
    const char *text = "";

    if (!ask(fixture, after, limit, newest))
        return NULL;
    for (size_t i = 0; i < fixture->found.count; i++) {
        const struct store_change *change = &fixture->found.items[i];

        assert_ptr_equal(change->collection, &things);
        assert_int_equal(change->deleted, change->id.value.v_utf8.str[0] == '-');
        text = arena_printf(&fixture->arena, "%s%s%s", text, i ? "," : "",
                            change->id.value.v_utf8.str);
    }
    return arena_printf(&fixture->arena, "%s>%s", text, fixture->found.cursor);
}

static void test_a_ring_tells_what_is_behind_a_place(void **state)
{
    struct fixture *fixture = *state;

    ring_put(fixture->ring, NULL, "begin");
    put(fixture, "a", "1");
    put(fixture, "-b", "2");
    put(fixture, "c", "3");
    assert_null(told(fixture, "begin", 9, false)); /* nobody was told of it */
    assert_string_equal(told(fixture, "1", 9, false), "-b,c>3");
    assert_string_equal(told(fixture, "1", 1, false), "-b>2");
    assert_string_equal(told(fixture, "3", 9, false), ">3");
    assert_null(told(fixture, "4", 9, false));
    ring_clear(fixture->ring);
    assert_null(told(fixture, "1", 9, false));
}

static void test_a_mark_moves_until_somebody_was_told_of_it(void **state)
{
    struct fixture *fixture = *state;

    put(fixture, "a", "1");
    ring_put(fixture->ring, NULL, "m1");
    ring_put(fixture->ring, NULL, "m2");
    assert_string_equal(told(fixture, "1", 9, false), ">1");
    assert_string_equal(told(fixture, "1", 9, true), ">m2");
    ring_put(fixture->ring, NULL, "m3");
    put(fixture, "b", "2");
    assert_null(told(fixture, "m1", 9, false));
    assert_null(told(fixture, "m3", 9, false));
    assert_string_equal(told(fixture, "m2", 9, true), "b>2");
}

static void test_the_oldest_places_go_first(void **state)
{
    struct fixture *fixture = *state;
    char cursor[32];

    for (int i = 0; i < 2 * RING_PLACES; i++) {
        snprintf(cursor, sizeof(cursor), "%d", i);
        put(fixture, "a", cursor);
    }
    assert_false(ask(fixture, "4095", 1, false));
    assert_true(ask(fixture, "4096", 5000, false));
    assert_int_equal(fixture->found.count, RING_PLACES - 1);
}

/* Its first digits. */
static void number_cursor(char *cursor, int number)
{
    char digits[16];

    snprintf(digits, sizeof(digits), "%04d", number);
    memcpy(cursor, digits, 4);
}

static void test_large_places_are_fewer(void **state)
{
    struct fixture *fixture = *state;
    char cursor[STORE_CURSOR_SIZE];
    int kept = 0;

    memset(cursor, 'x', sizeof(cursor));
    cursor[sizeof(cursor) - 1] = '\0';
    for (int i = 0; i < 1000; i++) {
        number_cursor(cursor, i);
        put(fixture, "a", cursor);
    }
    for (int i = 0; i < 1000; i++) {
        number_cursor(cursor, i);
        kept += ring_has(fixture->ring, cursor);
    }
    assert_in_range(kept, 400, RING_BYTES / STORE_CURSOR_SIZE);
    assert_true(ring_has(fixture->ring, cursor));
}

static void test_whole_numbers_are_as_the_embedded_store_has_them(void **state)
{
    struct fixture *fixture = *state;
    bson_t *small = BCON_NEW("_id", BCON_INT64(7)), *large = BCON_NEW("_id", BCON_INT64(1LL << 40));

    assert_int_equal(ring_id(small, &fixture->arena).value_type, BSON_TYPE_INT32);
    assert_int_equal(ring_id(large, &fixture->arena).value.v_int64, 1LL << 40);
    bson_destroy(small);
    bson_destroy(large);
}

#define ring_test(name) cmocka_unit_test_setup_teardown(name, open_ring, close_ring)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_of_hex_digits_are_packed),
        cmocka_unit_test(test_tokens_of_any_other_form_are_kept_as_they_are),
        cmocka_unit_test(test_a_cursor_takes_what_its_room_is_or_is_refused),
        cmocka_unit_test(test_every_spoilt_cursor_is_refused),
        cmocka_unit_test(test_a_cursor_of_another_store_is_told_from_a_spoilt_one),
        ring_test(test_a_ring_tells_what_is_behind_a_place),
        ring_test(test_a_mark_moves_until_somebody_was_told_of_it),
        ring_test(test_the_oldest_places_go_first),
        ring_test(test_large_places_are_fewer),
        ring_test(test_whole_numbers_are_as_the_embedded_store_has_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
