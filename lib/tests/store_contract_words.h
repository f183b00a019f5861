/* SPDX-License-Identifier: MIT */
/* The contract's part on word search. */
#ifndef STORE_CONTRACT_WORDS_H
#define STORE_CONTRACT_WORDS_H

#include "store_contract.h"

static struct documents search(struct place *place, const char *text)
{
    return find(place, &posts, (struct query){.text = text, .count = true});
}

static void insert_articles(struct place *place)
{
    must(place, insert(place, &posts,
                       BCON_NEW("id", "1", "title", "Python threads", "body",
                                "Threads and locks in a long text about many other things")));
    must(place, insert(place, &posts, BCON_NEW("id", "2", "title", "Locks", "author", "anna")));
    must(place, insert(place, &posts, BCON_NEW("id", "3", "title", "C threads: threads")));
    must(place, insert(place, &posts, BCON_NEW("id", "4", "title", "Gardening")));
}

static void test_all_words_must_be_there(void **state)
{
    struct place *place = *state;

    insert_articles(place);
    assert_int_equal(search(place, "threads").total, 2);
    assert_int_equal(search(place, "THREAD lock").total, 1);
    assert_int_equal(search(place, "threads -python").total, 1);
    assert_int_equal(search(place, "\"python threads\"").total, 1);
    assert_int_equal(search(place, "\"threads python\"").total, 0);
    assert_int_equal(search(place, "nowhere").total, 0);
    assert_int_equal(search(place, "-threads").total, 0);
    assert_int_equal(search(place, "  ").total, 0);
}

static void test_queries_are_never_a_language(void **state)
{
    struct place *place = *state;
    static const char *const texts[] = {
        "\"", "a\" OR \"b", "title:threads", "threads*", "NEAR(a b)", "^a",
        "(",  "a AND",      "{w0}:x",        "'; DROP",  "OR NOT"};

    insert_articles(place);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        search(place, texts[i]);
}

static void test_the_best_match_comes_first(void **state)
{
    struct place *place = *state;
    struct documents found;

    insert_articles(place);
    found = search(place, "threads");
    assert_string_equal(text_in(&found.items[0], "id"), "3");
    assert_true(found.items[0].rank > found.items[1].rank);
    assert_false(found.rank_bounded);
}

static void test_words_follow_changes(void **state)
{
    struct place *place = *state;

    insert_articles(place);
    must(place, replace(place, &posts, key_unique("id", value_text("1")),
                        BCON_NEW("id", "1", "title", "Knitting"), NULL));
    assert_int_equal(search(place, "python").total, 0);
    assert_int_equal(search(place, "knitting").total, 1);
    must(place, act(place, (struct action){.act = ACT_DELETE,
                                           .collection = &posts,
                                           .key = key_unique("id", value_text("3"))}));
    assert_int_equal(search(place, "threads").total, 0);
}

static void test_words_go_with_a_filter_and_an_order(void **state)
{
    struct place *place = *state;
    struct sort by_id = {"id", true};
    struct documents found;

    insert_articles(place);
    found = find(
        place, &posts,
        (struct query){.text = "threads",
                       .where = filter_compare(&place->arena, FILTER_NE, "id", value_text("3")),
                       .count = true});
    assert_int_equal(found.total, 1);
    assert_string_equal(text_in(&found.items[0], "id"), "1");
    found = find(place, &posts, (struct query){.text = "threads", .sort = &by_id, .sort_count = 1});
    assert_string_equal(text_in(&found.items[0], "id"), "3");
    assert_string_equal(text_in(&found.items[1], "id"), "1");
}

static void test_searching_what_has_no_words_is_refused(void **state)
{
    struct place *place = *state;
    struct documents found = {.arena = &place->arena};

    must_fail(place,
              store_find(place->store, &likes, &(struct query){.text = "a", .limit = 1}, &found,
                         &place->err),
              ERROR_INVALID, "likes");
}

#endif
