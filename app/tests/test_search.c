/* SPDX-License-Identifier: MIT */
/* Searching, also counted again in another way over the real posts. */
#include "fixture.h"

#include "../search.h"

#include <ctype.h>

static const struct collection *const collections[] = {&posts_collection};

static int open_few(void **state)
{
    struct fixture *fixture = fixture_open(collections, COUNT_OF(collections));

    fixture_put(fixture, "{\"id\":\"a\",\"title\":\"Flask for breakfast\",\"selftext\":\"eggs\"}");
    fixture_put(fixture, "{\"id\":\"b\",\"title\":\"Breakfast\",\"selftext\":\"no flask\"}");
    fixture_put(fixture, "{\"id\":3,\"title\":\"Lunch\",\"selftext\":\"breakfast was small\"}");
    fixture_put(fixture, "{\"id\":\"d\",\"title\":\"Dinner\",\"author\":\"breakfast\"}");
    *state = fixture;
    return 0;
}

static struct search_results find(struct fixture *fixture, struct search search)
{
    struct search_results results;

    if (!search.page)
        search.page = 1;
    if (!search.page_size)
        search.page_size = 25;
    if (!search_posts(fixture->store, &search, &fixture->arena, &results, &fixture->err))
        fail_msg("%s: %s", search.words, fixture->err.message);
    return results;
}

static void check_total(struct fixture *fixture, const char *words, int64_t total)
{
    struct search_results results = find(fixture, (struct search){.words = words});

    if (results.total != total)
        fail_msg("%s: %d found, not %d", words, (int)results.total, (int)total);
    assert_int_equal(results.posts.count, total);
}

static void test_titles_and_texts_are_searched_and_nothing_else(void **state)
{
    check_total(*state, "breakfast", 3);
    check_total(*state, "BREAKFAST", 3);
    check_total(*state, "eggs", 1);
    check_total(*state, "supper", 0);
}

static void test_all_words_must_be_there(void **state)
{
    check_total(*state, "flask breakfast", 2);
    check_total(*state, "flask lunch", 0);
}

static void test_phrases_and_exclusions_narrow(void **state)
{
    check_total(*state, "\"no flask\"", 1);
    check_total(*state, "\"flask no\"", 0);
    check_total(*state, "breakfast -flask", 1);
    check_total(*state, "-flask", 0);
}

static void test_nothing_asked_finds_nothing(void **state)
{
    static const char *const nothing[] = {"", "   ", "\t\n", "!?", "\"\"", "-", "*", "\"", NULL};

    for (size_t i = 0; i < COUNT_OF(nothing); i++) {
        struct search_results results = find(*state, (struct search){.words = nothing[i]});

        assert_int_equal(results.total, 0);
        assert_int_equal(results.pages, 0);
        assert_int_equal(results.posts.count, 0);
    }
}

static void test_words_that_mean_something_elsewhere_are_words(void **state)
{
    check_total(*state, "breakfast OR supper", 0);
    check_total(*state, "title:breakfast", 0);
    check_total(*state, "breakfast'); DROP TABLE posts; --", 0);
    check_total(*state, "breakfast", 3);
}

static void test_hidden_posts_are_neither_found_nor_counted(void **state)
{
    const char *ids[] = {"b", "3", "unknown"};
    struct list hidden = {ids, COUNT_OF(ids)};
    struct search_results results =
        find(*state, (struct search){.words = "breakfast", .page_size = 1, .hidden = &hidden});

    assert_int_equal(results.total, 1);
    assert_int_equal(results.pages, 1);
    assert_string_equal(fixture_post_id(&results.posts, 0), "a");
}

static void test_a_great_many_hidden_posts_may_be_left_out(void **state)
{
    static char texts[1000][16];
    const char *ids[1000];
    struct list hidden = {ids, 1000};
    struct search_results results;

    for (int i = 0; i < 1000; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%d", i);
        ids[i] = texts[i];
    }
    results = find(*state, (struct search){.words = "breakfast", .hidden = &hidden});
    assert_int_equal(results.total, 2);
}

static void test_pages_cut_the_results_and_end(void **state)
{
    struct search search = {.words = "breakfast", .page_size = 2};
    struct search_results first = find(*state, search);
    struct search_results second, third;

    search.page = 2;
    second = find(*state, search);
    search.page = 3;
    third = find(*state, search);
    assert_int_equal(first.pages, 2);
    assert_int_equal(first.posts.count, 2);
    assert_int_equal(second.posts.count, 1);
    assert_int_equal(third.posts.count, 0);
    assert_int_equal(third.total, 3);
    search.page = INT64_MAX;
    assert_int_equal(find(*state, search).posts.count, 0);
    assert_string_not_equal(fixture_post_id(&first.posts, 0), fixture_post_id(&first.posts, 1));
    assert_string_not_equal(fixture_post_id(&first.posts, 0), fixture_post_id(&second.posts, 0));
    assert_string_not_equal(fixture_post_id(&first.posts, 1), fixture_post_id(&second.posts, 0));
}

static void test_impossible_pages_are_invalid(void **state)
{
    static const struct search bad[] = {{.words = "breakfast", .page = 0, .page_size = 25},
                                        {.words = "breakfast", .page = -1, .page_size = 25},
                                        {.words = "breakfast", .page = 1, .page_size = 0},
                                        {.words = "breakfast", .page = 1, .page_size = INT64_MAX}};
    struct fixture *fixture = *state;
    struct search_results results;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(
            search_posts(fixture->store, &bad[i], &fixture->arena, &results, &fixture->err));
        assert_int_equal(fixture->err.kind, ERROR_INVALID);
    }
}

static void test_a_search_has_at_most_ten_thousand_characters(void **state)
{
    struct fixture *fixture = *state;
    struct search_results results;
    char *words = malloc(20003);
    struct search search = {.words = words, .page = 1, .page_size = 25};

    assert_non_null(words);
    for (int i = 0; i < 10001; i++)
        memcpy(words + 2 * i, "\xC3\xA9", 3);
    assert_false(search_posts(fixture->store, &search, &fixture->arena, &results, &fixture->err));
    assert_int_equal(fixture->err.kind, ERROR_INVALID);
    words[20000] = '\0';
    assert_true(search_posts(fixture->store, &search, &fixture->arena, &results, &fixture->err));
    assert_int_equal(results.total, 0);
    free(words);
}

/* -- the real data
 * ---------------------------------------------------------------------------------- */

struct library {
    struct fixture *fixture;
    struct reddit reddit;
};

static int open_real(void **state)
{
    struct library *library = calloc(1, sizeof(*library));

    reddit_read(&library->reddit);
    library->fixture = fixture_open(collections, COUNT_OF(collections));
    if (library->reddit.count)
        reddit_load(&library->reddit, library->fixture);
    *state = library;
    return 0;
}

static int close_real(void **state)
{
    struct library *library = *state;
    void *fixture = library->fixture;

    reddit_release(&library->reddit);
    fixture_close(&fixture);
    free(library);
    return 0;
}

/* Whether text holds the lower-case word with no letter before or after it. */
static bool holds_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strcasestr(text, word); at; at = strcasestr(at + 1, word))
        if ((at == text || !isalpha((unsigned char)at[-1])) && !isalpha((unsigned char)at[len]))
            return true;
    return false;
}

static const char *member_text(const bson_t *document, const char *key)
{
    bson_iter_t iter;

    assert_true(bson_iter_init_find(&iter, document, key));
    return bson_iter_utf8(&iter, NULL);
}

static int64_t count_with(const struct reddit *reddit, const char *first, const char *second)
{
    int64_t count = 0;

    for (size_t i = 0; i < reddit->count; i++) {
        const char *title = member_text(reddit->documents[i], "title");
        const char *text = member_text(reddit->documents[i], "selftext");

        count += (holds_word(title, first) || holds_word(text, first)) &&
                 (!second || holds_word(title, second) || holds_word(text, second));
    }
    return count;
}

/* Words that share their stem with no other word of the data. */
static void test_real_words_are_found_as_often_as_they_are_there(void **state)
{
    static const char *const words[] = {"javascript", "pyramid", "pycharm", "unicode",   "network",
                                        "terminal",   "alpha",   "pyqt",    "subreddit", "syntax"};
    struct library *library = *state;

    if (!library->reddit.count)
        skip();
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        int64_t count = count_with(&library->reddit, words[i], NULL);

        assert_true(count >= 5);
        check_total(library->fixture, words[i], count);
    }
}

static void test_two_real_words_are_found_where_both_are(void **state)
{
    struct library *library = *state;

    if (!library->reddit.count)
        skip();
    check_total(library->fixture, "javascript pyramid",
                count_with(&library->reddit, "javascript", "pyramid"));
    check_total(library->fixture, "terminal syntax",
                count_with(&library->reddit, "terminal", "syntax"));
}

static void test_all_pages_together_hold_every_hit_once(void **state)
{
    struct library *library = *state;
    struct search search = {.words = "python", .page = 1, .page_size = 20};
    struct search_results results;
    struct {
        const char *ids[REDDIT_POSTS];
        size_t count;
    } seen = {.count = 0};

    if (!library->reddit.count)
        skip();
    do {
        results = find(library->fixture, search);
        for (size_t i = 0; i < results.posts.count; i++) {
            const char *id = fixture_post_id(&results.posts, i);

            for (size_t j = 0; j < seen.count; j++)
                assert_string_not_equal(seen.ids[j], id);
            seen.ids[seen.count++] = id;
        }
        search.page++;
    } while (results.posts.count);
    assert_int_equal(seen.count, results.total);
    assert_int_equal(search.page - 2, results.pages);
    assert_true(results.total >= count_with(&library->reddit, "python", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_titles_and_texts_are_searched_and_nothing_else),
        cmocka_unit_test(test_all_words_must_be_there),
        cmocka_unit_test(test_phrases_and_exclusions_narrow),
        cmocka_unit_test(test_nothing_asked_finds_nothing),
        cmocka_unit_test(test_words_that_mean_something_elsewhere_are_words),
        cmocka_unit_test(test_hidden_posts_are_neither_found_nor_counted),
        cmocka_unit_test(test_a_great_many_hidden_posts_may_be_left_out),
        cmocka_unit_test(test_pages_cut_the_results_and_end),
        cmocka_unit_test(test_impossible_pages_are_invalid),
        cmocka_unit_test(test_a_search_has_at_most_ten_thousand_characters),
    };
    const struct CMUnitTest real[] = {
        cmocka_unit_test(test_real_words_are_found_as_often_as_they_are_there),
        cmocka_unit_test(test_two_real_words_are_found_where_both_are),
        cmocka_unit_test(test_all_pages_together_hold_every_hit_once),
    };

    return cmocka_run_group_tests_name("few posts", tests, open_few, fixture_close) +
           cmocka_run_group_tests_name("real posts", real, open_real, close_real);
}
