/* SPDX-License-Identifier: MIT */
/* The contract's part on paging by keys. Pages one behind the other must be the
 * list that is asked for whole. */
#ifndef STORE_CONTRACT_KEYSET_H
#define STORE_CONTRACT_KEYSET_H

#include "store_contract_deleted.h"
#include "store_contract_find.h"

static struct documents page_behind(struct place *place, const struct collection *collection,
                                    struct query query, const char *after)
{
    query.keyset = true;
    query.after = after;
    return find(place, collection, query);
}

/* All pages of this size must be `whole`, and the last one must say that it is. */
static void check_pages(struct place *place, const struct collection *collection,
                        struct query query, const struct documents *whole)
{
    struct documents page = {0};
    size_t at = 0;

    do {
        page = page_behind(place, collection, query, page.after);
        assert_true(at + page.count <= whole->count);
        for (size_t i = 0; i < page.count; i++, at++)
            if (strcmp(page.items[i].etag, whole->items[at].etag) != 0)
                fail_msg("%s%s by %d: number %zu is another", query.sort ? query.sort->path : "_id",
                         query.sort && query.sort->descending ? " down" : "", (int)query.limit, at);
        assert_int_equal(page.after != NULL, (int64_t)page.count == query.limit);
    } while (page.after);
    assert_int_equal(at, whole->count);
}

static void check_sort(struct place *place, const struct collection *collection,
                       const struct sort *sort, const struct filter *where)
{
    static const int64_t sizes[] = {1, 2, 7, 50, 299, 300, 301};
    struct query query = {.sort = sort, .sort_count = sort != NULL, .where = where};
    struct documents whole = find(place, collection, query);
    size_t first = whole.count > 100 ? 2 : 0;

    if (contract_rounds(4) < 4)
        first += whole.count > 100 ? 1 : 2;
    /* The smallest pages are for short lists, and for stores that take many questions. */
    for (size_t i = first; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        query.limit = sizes[i];
        check_pages(place, collection, query, &whole);
    }
}

static void check_posts(struct place *place, bool strict)
{
    static const char *const paths[] = {"author", "score", "ratio",    "over_18",  "at",
                                        "id",     "_id",   "_created", "_updated", "meta.lang"};
    const struct filter *few =
        filter_compare(&place->arena, FILTER_EXISTS, "free", value_bool(false));

    must(place, store_write(place->store, insert_some, &strict, &place->err));
    check_sort(place, &posts, NULL, NULL);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        for (int descending = 0; descending < 2; descending++) {
            struct sort sort = {paths[i], descending};

            check_sort(place, &posts, &sort, NULL);
            check_sort(place, &posts, &sort, few);
        }
    }
}

static void test_pages_behind_keys_are_the_whole_list(void **state)
{
    dice_state = 4;
    check_posts(*state, true);
}

static void test_pages_behind_keys_of_odd_types_are_the_whole_list(void **state)
{
    dice_state = 5;
    check_posts(*state, false);
}

/* Lists of lists, without elements and of objects sort by what is in them. */
static void test_pages_go_on_behind_lists_and_objects(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 3; i++) {
        must(place, insert(place, &posts, BCON_NEW("title", "t", "score", "[", "]")));
        must(place, insert(place, &posts,
                           BCON_NEW("title", "t", "score", "[", "[", BCON_INT32(i), "]", "]")));
        must(place, insert(place, &posts,
                           BCON_NEW("title", "t", "score", "{", "x", BCON_INT32(2 - i), "}")));
        must(place, insert(place, &posts, BCON_NEW("title", "t", "score", BCON_MINKEY)));
        must(place, insert(place, &posts, BCON_NEW("title", "t", "score", BCON_MAXKEY)));
        must(place, insert(place, &posts, BCON_NEW("title", "t", "score", BCON_DOUBLE(0.0 / 0.0))));
        must(place, insert(place, &posts, BCON_NEW("title", "t", "score", BCON_UNDEFINED)));
        must(place, insert(place, &posts, BCON_NEW("title", "t")));
    }
    check_sort(place, &posts, &(struct sort){"score", false}, NULL);
    check_sort(place, &posts, &(struct sort){"score", true}, NULL);
}

static void test_pages_behind_keys_work_for_ids_of_every_type(void **state)
{
    struct place *place = *state;
    char id[16];

    for (int i = 0; i < 90; i++) {
        bson_t *document = BCON_NEW("_id", (snprintf(id, sizeof(id), "l%d", i * 37 % 90), id));

        if (i % 3)
            bson_append_utf8(document, "post", 4, i % 2 ? "a" : "b\0c", i % 2 ? 1 : 3);
        must(place, insert(place, &likes, document));
        must(place, insert(place, &numbered, BCON_NEW("_id", BCON_INT64(i * 37 % 90 - 45))));
    }
    for (int descending = 0; descending < 2; descending++) {
        check_sort(place, &likes, &(struct sort){"post", descending}, NULL);
        check_sort(place, &likes, &(struct sort){"_id", descending}, NULL);
        check_sort(place, &numbered, &(struct sort){"_id", descending}, NULL);
        check_sort(place, &numbered, &(struct sort){"_created", descending}, NULL);
    }
}

static void insert_score(struct place *place, int score)
{
    must(place, insert(place, &posts, BCON_NEW("title", "t", "score", BCON_INT32(score))));
}

static void test_what_comes_before_a_page_does_not_move_it(void **state)
{
    struct place *place = *state;
    struct query query = {.sort = &(struct sort){"score", true}, .sort_count = 1, .limit = 2};
    struct filter gone = {.op = FILTER_EQ, .path = "score", .value = value_int(9)};
    struct documents page;

    for (int i = 0; i < 10; i++)
        insert_score(place, i);
    page = page_behind(place, &posts, query, NULL);
    insert_score(place, 20);
    must(place, act(place, (struct action){
                               .act = ACT_DELETE_WHERE, .collection = &posts, .where = &gone}));
    page = page_behind(place, &posts, query, page.after);
    assert_int_equal(number_in(&page.items[0], "score"), 7);
    /* Nor need the document be there behind which it is; nor all values be as declared. */
    gone.value = value_int(6);
    must(place, act(place, (struct action){
                               .act = ACT_DELETE_WHERE, .collection = &posts, .where = &gone}));
    must(place, insert(place, &posts, BCON_NEW("title", "t", "score", "text")));
    page = page_behind(place, &posts, query, page.after);
    assert_int_equal(number_in(&page.items[0], "score"), 5);
    assert_int_equal(number_in(&page.items[1], "score"), 4);
}

static void test_expired_documents_are_on_no_page(void **state)
{
    struct place *place = *state;
    struct sort by_expiry = {"expires", true};
    struct query query = {.sort = &by_expiry, .sort_count = 1, .limit = 2};
    struct documents page;
    char id[8];

    for (int i = 0; i < 6; i++) {
        snprintf(id, sizeof(id), "s%d", i);
        must(place, insert(place, &sessions,
                           BCON_NEW("_id", BCON_UTF8(id), "expires",
                                    BCON_DATE_TIME(clock_now_ms() + (i + 1) * 100000))));
    }
    must(place, insert(place, &sessions, BCON_NEW("_id", "for ever")));
    page = page_behind(place, &sessions, query, NULL);
    clock_shift_ms(350000);
    page = page_behind(place, &sessions, query, page.after);
    assert_int_equal(page.count, 2);
    assert_string_equal(text_in(&page.items[0], "_id"), "s3");
    assert_string_equal(text_in(&page.items[1], "_id"), "for ever");
}

static void test_words_are_paged_in_another_order_than_by_rank(void **state)
{
    struct place *place = *state;
    struct sort by_score = {"score", false};
    struct query query = {.text = "apple", .sort = &by_score, .sort_count = 1};
    struct documents whole;

    for (int i = 0; i < 30; i++) {
        bson_t *document = BCON_NEW("title", i % 3 ? "apple pie" : "pear");

        if (i % 5)
            bson_append_int32(document, "score", 5, i % 7);
        must(place, insert(place, &posts, document));
    }
    whole = find(place, &posts, query);
    assert_int_equal(whole.count, 20);
    for (query.limit = 1; query.limit < 22; query.limit += 3)
        check_pages(place, &posts, query, &whole);
}

static void insert_many_letters(struct place *place)
{
    char name[8];

    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof(name), "%02d", i);
        must(place, insert(place, &letters, letter(name, name, i * 7 % 13)));
        if (i % 4 == 0)
            burn(place, name, true);
    }
}

static void test_deleted_documents_are_on_pages_for_who_asks(void **state)
{
    struct place *place = *state;
    struct documents whole;

    insert_many_letters(place);
    for (int i = 0; i < 4; i++) {
        struct sort sort = {"pages", i / 2};
        struct query query = {.sort = &sort, .sort_count = 1, .deleted_too = i % 2};

        whole = find(place, &letters, query);
        assert_int_equal(whole.count, i % 2 ? 60 : 45);
        for (query.limit = 1; query.limit < 62; query.limit += 4)
            check_pages(place, &letters, query, &whole);
    }
}

static void test_pages_of_texts_follow_one_another_too(void **state)
{
    struct place *place = *state;
    struct sort sort = {"pages", true};
    struct query query = {.sort = &sort, .sort_count = 1, .limit = 7, .keyset = true};
    size_t seen = 0;

    insert_many_letters(place);
    do {
        struct documents page = page_behind(place, &letters, query, query.after);
        struct documents shown = {.arena = &place->arena, .as_text = true};

        must(place, store_find(place->store, &letters, &query, &shown, &place->err));
        assert_int_equal(shown.count, page.count);
        for (size_t i = 0; i < page.count; i++)
            check_text(&shown.items[i], &page.items[i]);
        seen += shown.count;
        query.after = shown.after;
    } while (query.after);
    assert_int_equal(seen, 45);
}

static void refuse_page(struct place *place, struct query query, const char *after,
                        const char *says)
{
    struct documents found = {.arena = &place->arena};

    query.keyset = true;
    query.after = after;
    query.limit = 2;
    place->err = (struct error){0};
    must_fail(place, store_find(place->store, &posts, &query, &found, &place->err), ERROR_INVALID,
              says);
}

static void test_what_has_no_pages_behind_keys_is_refused(void **state)
{
    struct place *place = *state;
    struct sort sorts[] = {{"score", false}, {"author", false}};
    struct query query = {.sort = sorts, .sort_count = 2};
    const char *after;

    for (int i = 0; i < 5; i++)
        insert_score(place, i);
    refuse_page(place, query, NULL, "one sort key");
    query.sort_count = 1;
    for (int i = 0; i < 3; i++) {
        sorts[0].path = (const char *[]){"topics", "free", "_else"}[i];
        refuse_page(place, query, NULL, "no declared field");
    }
    refuse_page(place, (struct query){.text = "t"}, NULL, "rank");
    query.limit = 2;
    sorts[0].path = "score";
    after = page_behind(place, &posts, query, NULL).after;
    query.skip = 1;
    refuse_page(place, query, after, "skips");
}

static void test_a_place_of_another_query_is_refused(void **state)
{
    struct place *place = *state;
    struct sort sort = {"score", false};
    struct query query = {.sort = &sort, .sort_count = 1, .limit = 2};
    struct filter many = {.op = FILTER_GT, .path = "score", .value = value_int(1)};
    const char *after;

    for (int i = 0; i < 9; i++)
        insert_score(place, i);
    query.where = &many;
    after = page_behind(place, &posts, query, NULL).after;
    many.value = value_int(1);
    assert_int_equal(page_behind(place, &posts, query, after).count, 2);
    many.value = value_int(2);
    refuse_page(place, query, after, "another query");
    many.value = value_int(1);
    many.op = FILTER_GTE;
    refuse_page(place, query, after, "another query");
    many.op = FILTER_GT;
    sort.descending = true;
    refuse_page(place, query, after, "another query");
    sort = (struct sort){"ratio", false};
    refuse_page(place, query, after, "another query");
    query.where = NULL;
    sort = (struct sort){"score", false};
    refuse_page(place, query, after, "another query");
}

static void test_what_is_no_place_is_refused(void **state)
{
    struct place *place = *state;
    struct query query = {.limit = 2};
    const char *after;
    char spoilt[4000];

    for (int i = 0; i < 5; i++)
        insert_score(place, i);
    after = page_behind(place, &posts, query, NULL).after;
    assert_int_equal(strspn(after, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789_-"),
                     strlen(after));
    refuse_page(place, query, "", "no place");
    refuse_page(place, query, "x", "no place");
    refuse_page(place, query, "\xff\xfe", "no place");
    for (size_t i = 0; i < strlen(after); i++) {
        snprintf(spoilt, sizeof(spoilt), "%.*s", (int)i, after);
        refuse_page(place, query, spoilt, "no place");
    }
    memset(spoilt, 'A', sizeof(spoilt) - 1);
    spoilt[sizeof(spoilt) - 1] = '\0';
    refuse_page(place, query, spoilt, "no place");
}

static void test_a_key_that_is_too_long_to_go_on_behind_is_refused(void **state)
{
    struct place *place = *state;
    struct sort sort = {"author", false};
    struct query query = {.sort = &sort, .sort_count = 1, .limit = 1, .keyset = true};
    struct documents found = {.arena = &place->arena};
    char text[2000];

    memset(text, 'x', sizeof(text) - 1);
    text[1400] = '\0';
    must(place, insert(place, &posts, BCON_NEW("title", "t", "author", BCON_UTF8(text))));
    text[1400] = 'x';
    text[1999] = '\0';
    must(place, insert(place, &posts, BCON_NEW("title", "t", "author", BCON_UTF8(text))));
    found = page_behind(place, &posts, query, NULL);
    query.after = found.after;
    must_fail(place, store_find(place->store, &posts, &query, &found, &place->err), ERROR_INVALID,
              "author");
    query.keyset = false;
    assert_int_equal(find(place, &posts, query).count, 1);
}

#endif
