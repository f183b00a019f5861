/* SPDX-License-Identifier: MIT */
/* The contract's part on kept texts. */
#ifndef STORE_CONTRACT_TEXTS_H
#define STORE_CONTRACT_TEXTS_H

#include "store_contract.h"

static bson_t *letter(const char *id, const char *to, int pages)
{
    return BCON_NEW("_id", BCON_UTF8(id), "to", BCON_UTF8(to), "pages", BCON_INT32(pages), "body",
                    "dear friend");
}

/* That the text is what the document as BSON gives. */
static void check_text(const struct document *shown, const struct document *document)
{
    struct buf text = {0};

    write_letter(letter_text.context, document, &text);
    assert_null(shown->bson);
    assert_int_equal(shown->len, 0);
    assert_int_equal(shown->text_len, text.len);
    assert_memory_equal(shown->text, text.data, text.len);
    assert_string_equal(shown->etag, document->etag);
    assert_int_equal(shown->deleted, document->deleted);
    assert_int_equal(shown->created_ms, document->created_ms);
    assert_int_equal(shown->updated_ms, document->updated_ms);
    buf_release(&text);
}

static struct document get_text(struct place *place, const struct collection *collection,
                                struct key key)
{
    struct document document = {.arena = &place->arena, .as_text = true};

    must(place, store_get(place->store, collection, key, &document, &place->err));
    return document;
}

static void check_letter(struct place *place, const char *id)
{
    struct document document = get(place, &letters, key_text(id));
    struct document shown = get_text(place, &letters, key_text(id));

    assert_null(document.text);
    assert_non_null(document.bson);
    check_text(&shown, &document);
}

static void test_a_text_is_read_in_place_of_a_document(void **state)
{
    struct place *place = *state;
    struct document document, shown;

    must(place, insert(place, &letters, letter("a", "anna", 1)));
    check_letter(place, "a");
    document = get(place, &letters, key_unique("to", value_text("anna")));
    shown = get_text(place, &letters, key_unique("to", value_text("anna")));
    check_text(&shown, &document);
}

static void test_a_text_follows_changes(void **state)
{
    struct place *place = *state;

    must(place, insert(place, &letters, letter("a", "anna", 1)));
    clock_shift_ms(5000);
    must(place, replace(place, &letters, key_text("a"), letter("a", "ben", 2), NULL));
    check_letter(place, "a");
    must(place, change(place, &letters, key_text("a"),
                       (struct change){CHANGE_ADD, "pages", value_int(3)}, false));
    check_letter(place, "a");
    must(place, change(place, &letters, key_text("b"),
                       (struct change){CHANGE_SET, "to", value_text("b")}, true));
    check_letter(place, "b");
    must(place, change(place, &letters, key_text("a"),
                       (struct change){CHANGE_SET, "burnt", value_bool(true)}, false));
    assert_true(get_text(place, &letters, key_text("a")).deleted);
    check_letter(place, "a");
}

static void check_texts(struct place *place, struct query query, size_t expected)
{
    struct documents documents = find(place, &letters, query);
    struct documents shown = {.arena = &place->arena, .as_text = true};

    query.limit = query.limit ? query.limit : 1000;
    must(place, store_find(place->store, &letters, &query, &shown, &place->err));
    assert_int_equal(documents.count, expected);
    assert_int_equal(shown.count, expected);
    for (size_t i = 0; i < expected; i++) {
        assert_null(documents.items[i].text);
        check_text(&shown.items[i], &documents.items[i]);
        assert_true(shown.items[i].rank == documents.items[i].rank);
    }
}

static void test_lists_are_read_as_texts(void **state)
{
    struct place *place = *state;
    struct sort by_pages = {"pages", true};
    char name[8];

    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "%02d", i);
        must(place, insert(place, &letters, letter(name, name, i * 7 % 40)));
    }
    check_texts(place, (struct query){0}, 40);
    check_texts(place, (struct query){.sort = &by_pages, .sort_count = 1, .limit = 25}, 25);
    check_texts(place, (struct query){.text = "friend", .limit = 30}, 30);
    check_texts(place, (struct query){.text = "friend", .sort = &by_pages, .sort_count = 1}, 40);
    check_texts(
        place,
        (struct query){.where = filter_compare(&place->arena, FILTER_LT, "pages", value_int(10))},
        10);
}

static void test_texts_may_be_long_or_empty(void **state)
{
    struct place *place = *state;
    size_t len = 300000;
    char *to = calloc(1, len + 1);
    struct document shown;

    memset(to, 'x', len);
    must(place, insert(place, &letters, letter("long", to, 1)));
    check_letter(place, "long");
    must(place, insert(place, &letters, letter("short", "nobody", 1)));
    check_letter(place, "short");
    must(place, insert(place, &blanks, BCON_NEW("_id", "a")));
    shown = get_text(place, &blanks, key_text("a"));
    assert_non_null(shown.text);
    assert_int_equal(shown.text_len, 0);
    assert_null(shown.bson);
    free(to);
}

static void test_where_no_texts_are_kept_documents_are_given(void **state)
{
    struct place *place = *state;
    struct document shown;
    struct documents found = {.arena = &place->arena, .as_text = true};

    must(place, insert(place, &likes, BCON_NEW("_id", "a", "post", "p1")));
    shown = get_text(place, &likes, key_text("a"));
    assert_null(shown.text);
    assert_string_equal(text_in(&shown, "post"), "p1");
    must(place, store_find(place->store, &likes, &(struct query){.limit = 5}, &found, &place->err));
    assert_int_equal(found.count, 1);
    assert_string_equal(text_in(&found.items[0], "post"), "p1");
}

static void check_told(struct place *place, const struct document *after, const char *id)
{
    struct document document = get(place, &letters, key_text(id));

    if (after->as_text) {
        check_text(after, &document);
        return;
    }
    assert_null(after->text);
    assert_int_equal(after->len, document.len);
    assert_memory_equal(after->bson, document.bson, document.len);
    assert_string_equal(after->etag, document.etag);
    assert_int_equal(after->deleted, document.deleted);
}

static void test_a_change_tells_what_it_made_as_text_too(void **state)
{
    struct place *place = *state;
    struct change burn = {CHANGE_SET, "burnt", value_bool(true)};
    struct document after = {.arena = &place->arena};
    struct action put = {.collection = &letters};

    for (int i = 0; i < 2; i++) {
        const char *id = i ? "b" : "a";
        bson_t *document = letter(id, id, 1);

        after.as_text = i;
        put.key = key_text(id);
        put.act = ACT_INSERT;
        put.document = document;
        put.after = &after;
        must(place, act(place, put));
        check_told(place, &after, id);
        put.act = ACT_REPLACE;
        put.replacement = (struct replacement){.document = document, .after = &after};
        must(place, act(place, put));
        check_told(place, &after, id);
        put.act = ACT_UPDATE;
        put.update = (struct update){.changes = &burn, .count = 1, .after = &after};
        must(place, act(place, put));
        assert_true(after.deleted);
        check_told(place, &after, id);
        bson_destroy(document);
    }
}

#endif
