/* SPDX-License-Identifier: MIT */
/* The contract's part on following what changes. Its collections are its own. */
#ifndef STORE_CONTRACT_CHANGES_H
#define STORE_CONTRACT_CHANGES_H

#include "store_contract.h"

static const struct store_field order_fields[] = {{"n", TYPE_INT, STORE_INDEXED},
                                                  {"until", TYPE_DATE, STORE_EXPIRES},
                                                  {"code", TYPE_TEXT, STORE_UNIQUE}};
static const struct collection orders = {.name = "orders",
                                         .id_type = TYPE_TEXT,
                                         .fields = order_fields,
                                         .field_count = 3,
                                         .followed = true};
static const struct collection counters = {
    .name = "counters", .id_type = TYPE_INT, .followed = true};
static const struct collection parcels = {
    .name = "parcels", .id_type = TYPE_OBJECT_ID, .followed = true};
static const struct collection secrets = {.name = "secrets", .id_type = TYPE_TEXT};
static const struct collection *const feeding[] = {&orders, &counters, &parcels, &secrets};

static int open_feed(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    struct store_options options = {.queue = 1000, .timeout_ms = CONTRACT_TIMEOUT_MS};

    assert_non_null(place);
    place->store = store_open(contract_address(), &options, &place->err);
    if (!place->store || !store_prepare(place->store, feeding, 4, &place->err))
        fail_msg("%s", place->err.message);
    *state = place;
    return 0;
}

/* after becomes where to go on. */
static struct store_changes changes(struct place *place, char *after, size_t limit)
{
    struct store_changes found = {.arena = &place->arena};

    must(place, store_changes(place->store, after[0] ? after : NULL, limit, &found, &place->err));
    memcpy(after, found.cursor, STORE_CURSOR_SIZE);
    return found;
}

/* "orders+a orders-b …" of the next changes. */
static const char *told(struct place *place, char *after)
{
    struct store_changes found = changes(place, after, 100);
    struct buf text = {0};
    char hex[25];
    const char *kept;

    for (size_t i = 0; i < found.count; i++) {
        const struct store_change *change = &found.items[i];

        buf_printf(&text, "%s%s%c", i ? " " : "", change->collection->name,
                   change->deleted ? '-' : '+');
        if (change->id.value_type == BSON_TYPE_UTF8) {
            buf_add(&text, change->id.value.v_utf8.str, change->id.value.v_utf8.len);
        } else if (change->id.value_type == BSON_TYPE_OID) {
            bson_oid_to_string(&change->id.value.v_oid, hex);
            buf_puts(&text, hex);
        } else {
            assert_true(change->id.value_type == BSON_TYPE_INT32);
            buf_int(&text, change->id.value.v_int32);
        }
    }
    kept = arena_text(&place->arena, buf_text(&text));
    buf_release(&text);
    return kept;
}

static void test_the_cursor_of_now_is_followed_by_nothing(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "", again[STORE_CURSOR_SIZE];

    must(place, insert(place, &orders, BCON_NEW("_id", "a")));
    assert_string_equal(told(place, after), "");
    assert_int_equal(strspn(after, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789_.-"),
                     strlen(after));
    memcpy(again, after, sizeof(again));
    assert_string_equal(told(place, after), "");
    assert_string_equal(after, again);
}

static void test_every_way_to_change_a_document_is_told(void **state)
{
    struct place *place = *state;
    struct change one = {CHANGE_ADD, "n", value_int(1)};
    struct filter all = {.op = FILTER_GTE, .path = "n", .value = value_int(0)};
    char after[STORE_CURSOR_SIZE] = "";

    told(place, after);
    must(place, insert(place, &orders, BCON_NEW("_id", "a", "n", BCON_INT32(1))));
    must(place, change(place, &orders, key_text("a"), one, false));
    must(place, change(place, &orders, key_text("b"), one, true));
    must(place, replace(place, &orders, key_text("a"), BCON_NEW("n", BCON_INT32(7)), NULL));
    assert_string_equal(told(place, after), "orders+a orders+a orders+b orders+a");
    must(place, act(place, (struct action){
                               .act = ACT_DELETE, .collection = &orders, .key = key_text("a")}));
    must(place, insert(place, &orders, BCON_NEW("_id", "a", "n", BCON_INT32(1))));
    assert_string_equal(told(place, after), "orders-a orders+a");
    must(place, act(place, (struct action){
                               .act = ACT_DELETE_WHERE, .collection = &orders, .where = &all}));
    assert_int_equal(changes(place, after, 100).count, 2);
}

static void test_plain_documents_and_ids_of_every_type_are_told_of(void **state)
{
    struct place *place = *state;
    const char *hex = "5f43c0ffee5f43c0ffee5f43";
    struct change one = {CHANGE_ADD, "n", value_int(1)};
    struct key seven = {.value = value_int(7)};
    char after[STORE_CURSOR_SIZE] = "";
    bson_oid_t oid;

    told(place, after);
    bson_oid_init_from_string(&oid, hex);
    must(place, insert(place, &counters, BCON_NEW("_id", BCON_INT64(7))));
    must(place, change(place, &counters, seven, one, false));
    must(place, insert(place, &parcels, BCON_NEW("_id", BCON_OID(&oid))));
    must(place,
         act(place, (struct action){.act = ACT_DELETE, .collection = &counters, .key = seven}));
    must(place, act(place, (struct action){
                               .act = ACT_DELETE, .collection = &parcels, .key = key_text(hex)}));
    assert_string_equal(told(place, after),
                        "counters+7 counters+7 parcels+5f43c0ffee5f43c0ffee5f43 counters-7 "
                        "parcels-5f43c0ffee5f43c0ffee5f43");
}

static void test_an_expired_document_is_told_as_deleted(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "";

    must(place, insert(place, &orders,
                       BCON_NEW("_id", "old", "until", BCON_DATE_TIME(clock_now_ms() + 60000),
                                "code", "c")));
    told(place, after);
    clock_shift_ms(120000);
    /* Now at the latest: the unique value is free. */
    must(place, insert(place, &orders, BCON_NEW("_id", "new", "code", "c")));
    assert_string_equal(told(place, after), "orders-old orders+new");
}

static bool undoes(void *context, struct store *store, struct error *err)
{
    bson_t *document = BCON_NEW("_id", "undone");
    bool ok = store_insert(store, &orders, document, NULL, err);

    (void)context;
    bson_destroy(document);
    return ok && (fail)(err, ERROR_REFUSED, "undo this");
}

static bool undoes_a_part(void *context, struct store *store, struct error *err)
{
    bson_t *document = BCON_NEW("_id", "kept");
    struct error undone;
    bool ok = !store_transact(store, undoes, NULL, &undone) &&
              store_insert(store, &orders, document, NULL, err);

    (void)context;
    bson_destroy(document);
    return ok;
}

static void test_what_was_undone_is_never_told(void **state)
{
    struct place *place = *state;
    struct change wrong = {CHANGE_ADD, "_id", value_int(1)};
    char after[STORE_CURSOR_SIZE] = "";

    must(place, insert(place, &orders, BCON_NEW("_id", "a")));
    told(place, after);
    must_fail(place, store_write(place->store, undoes, NULL, &place->err), ERROR_REFUSED, "undo");
    must_fail(place, insert(place, &orders, BCON_NEW("_id", "a")), ERROR_CONFLICT, "_id");
    assert_false(change(place, &orders, key_text("a"), wrong, false));
    assert_string_equal(told(place, after), "");
    must(place, store_write(place->store, undoes_a_part, NULL, &place->err));
    assert_string_equal(told(place, after), "orders+kept");
}

static void test_pages_of_changes_follow_one_another(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "";
    struct store_changes page;
    int seen = 0;

    told(place, after);
    for (int i = 0; i < 25; i++)
        must(place, insert(place, &counters, BCON_NEW("_id", BCON_INT32(i))));
    do {
        char from[STORE_CURSOR_SIZE];

        page = changes(place, after, 10);
        for (size_t i = 0; i < page.count; i++)
            assert_int_equal(page.items[i].id.value.v_int32, seen++);
        /* From the middle of the page, by an item's own cursor. */
        if (page.count > 1) {
            snprintf(from, sizeof(from), "%s", page.items[0].cursor);
            assert_int_equal(changes(place, from, 1).items[0].id.value.v_int32,
                             page.items[1].id.value.v_int32);
        }
    } while (page.count == 10);
    assert_int_equal(seen, 25);
}

static void test_what_is_not_followed_is_passed_over(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "";

    told(place, after);
    must(place, insert(place, &secrets, BCON_NEW("_id", "s")));
    assert_string_equal(told(place, after), "");
    must(place, insert(place, &orders, BCON_NEW("_id", "a")));
    must(place, insert(place, &secrets, BCON_NEW("_id", "t")));
    assert_string_equal(told(place, after), "orders+a");
    assert_string_equal(told(place, after), "");
}

static void refuse_cursor(struct place *place, const char *cursor, enum error_kind kind)
{
    struct store_changes found = {.arena = &place->arena};

    place->err = (struct error){0};
    if (store_changes(place->store, cursor, 10, &found, &place->err) || place->err.kind != kind)
        fail_msg("%s: kind %d: %s", cursor, place->err.kind, place->err.message);
}

static void test_what_is_no_cursor_is_refused(void **state)
{
    struct place *place = *state;
    char after[STORE_CURSOR_SIZE] = "", spoilt[2 * STORE_CURSOR_SIZE + 80];

    told(place, after);
    refuse_cursor(place, "", ERROR_INVALID);
    refuse_cursor(place, "now", ERROR_INVALID);
    refuse_cursor(place, "\xff\xff", ERROR_INVALID);
    snprintf(spoilt, sizeof(spoilt), "%s%s", after, after);
    refuse_cursor(place, spoilt, ERROR_INVALID);
    snprintf(spoilt, sizeof(spoilt), "%sx", after);
    refuse_cursor(place, spoilt, ERROR_INVALID);
    snprintf(spoilt, sizeof(spoilt), "%s99999999999999999999999999", after);
    refuse_cursor(place, spoilt, ERROR_INVALID);
}

static void test_a_cursor_of_another_store_is_gone(void **state)
{
    struct place *place = *state, *other;
    char after[STORE_CURSOR_SIZE] = "";
    void *second;

    told(place, after);
    open_feed(&second);
    other = second;
    refuse_cursor(other, after, ERROR_GONE);
    close_place(&second);
}

#endif
