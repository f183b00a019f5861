/* SPDX-License-Identifier: MIT */
/* Posts read back from documents of every origin. */
#include "fixture.h"

#include "../entities.h"

static int open_posts(void **state)
{
    const struct collection *collections[] = {&posts_collection};

    *state = fixture_open(collections, COUNT_OF(collections));
    return 0;
}

/* A document as it lies in a store, without one. */
static struct post read_json(struct fixture *fixture, const char *json)
{
    bson_t *bson = fixture_bson(json);
    struct document document = {.bson = bson_get_data(bson), .len = bson->len};
    struct post post;

    post_from_document(&document, &fixture->arena, &post);
    bson_destroy(bson);
    return post;
}

static void test_every_member_is_read(void **state)
{
    struct post post = read_json(
        *state, "{\"id\":\"a1\",\"title\":\"T\",\"author\":\"ann\",\"url\":\"http://a.example/\","
                "\"permalink\":\"https://b.example/p\",\"domain\":\"a.example\",\"selftext\":\"S\","
                "\"thumbnail\":\"http://t.example/x.png\",\"source\":\"stackexchange\","
                "\"topics\":[\"web\",\"c++\"],\"score\":7,\"ups\":9,\"downs\":2,\"num_comments\":3,"
                "\"created_utc\":1370746482,\"over_18\":true,\"is_self\":true}");

    assert_string_equal(post.id, "a1");
    assert_string_equal(post.title, "T");
    assert_string_equal(post.author, "ann");
    assert_string_equal(post.url, "http://a.example/");
    assert_string_equal(post.permalink, "https://b.example/p");
    assert_string_equal(post.domain, "a.example");
    assert_string_equal(post.selftext, "S");
    assert_string_equal(post.thumbnail, "http://t.example/x.png");
    assert_string_equal(post.source, "stackexchange");
    assert_int_equal(post.topics.count, 2);
    assert_string_equal(((const char *const *)post.topics.items)[1], "c++");
    assert_int_equal(post.score, 7);
    assert_int_equal(post.ups, 9);
    assert_int_equal(post.downs, 2);
    assert_int_equal(post.num_comments, 3);
    assert_int_equal(post.created_ms, 1370746482000);
    assert_true(post.over_18);
    assert_true(post.is_self);
}

static void test_an_empty_document_gives_empty_texts(void **state)
{
    struct post post = read_json(*state, "{}");

    assert_string_equal(post.id, "");
    assert_string_equal(post.title, "");
    assert_string_equal(post.thumbnail, "");
    assert_string_equal(post.source, "reddit");
    assert_int_equal(post.topics.count, 0);
    assert_int_equal(post.created_ms, 0);
    assert_false(post.over_18);
}

static void test_members_of_other_types_are_as_if_missing(void **state)
{
    struct post post =
        read_json(*state, "{\"id\":null,\"title\":[1],\"url\":{\"a\":1},\"topics\":\"web\","
                          "\"score\":\"9\",\"created_utc\":\"soon\",\"is_self\":null}");

    assert_string_equal(post.id, "");
    assert_string_equal(post.title, "");
    assert_string_equal(post.url, "");
    assert_int_equal(post.topics.count, 0);
    assert_int_equal(post.score, 0);
    assert_int_equal(post.created_ms, 0);
    assert_false(post.is_self);
}

static void test_topics_that_are_no_texts_are_left_out(void **state)
{
    struct post post = read_json(*state, "{\"topics\":[\"a\",1,\"\",null,\"b\"]}");

    assert_int_equal(post.topics.count, 2);
    assert_string_equal(((const char *const *)post.topics.items)[1], "b");
}

static void test_texts_true_and_false_are_booleans(void **state)
{
    struct post yes = read_json(*state, "{\"over_18\":\"True\",\"is_self\":\"true\"}");
    struct post no = read_json(*state, "{\"over_18\":\"False\",\"is_self\":\"\"}");

    assert_true(yes.over_18 && yes.is_self);
    assert_false(no.over_18 || no.is_self);
}

static void test_times_are_seconds_of_any_number_or_dates(void **state)
{
    assert_int_equal(read_json(*state, "{\"created_utc\":1.370746482e+09}").created_ms,
                     1370746482000);
    assert_int_equal(read_json(*state, "{\"created_utc\":1.5}").created_ms, 1500);
    assert_int_equal(read_json(*state, "{\"created_utc\":{\"$date\":1234}}").created_ms, 1234);
    assert_int_equal(read_json(*state, "{\"created_utc\":-1}").created_ms, -1000);
}

static void test_counts_beyond_int64_stop_at_its_ends(void **state)
{
    struct post post =
        read_json(*state, "{\"score\":1e300,\"ups\":-1e300,\"downs\":{\"$numberDouble\":\"NaN\"},"
                          "\"num_comments\":12.9,\"created_utc\":9223372036854775807}");

    assert_true(post.score == INT64_MAX);
    assert_true(post.ups == INT64_MIN);
    assert_int_equal(post.downs, 0);
    assert_int_equal(post.num_comments, 12);
    assert_true(post.created_ms == INT64_MAX);
}

static void test_ids_and_authors_that_became_numbers_are_texts(void **state)
{
    struct post post = read_json(*state, "{\"id\":180097,\"author\":16807}");

    assert_string_equal(post.id, "180097");
    assert_string_equal(post.author, "16807");
    assert_string_equal(read_json(*state, "{\"author\":1.0}").author, "1");
    assert_string_equal(read_json(*state, "{\"author\":1.5}").author, "1.5");
}

static void test_reddit_texts_are_decoded_exactly_once(void **state)
{
    struct post post = read_json(
        *state,
        "{\"title\":\"&lt;b&gt; &amp;amp; &quot;&apos;&#39;&#x2014;\","
        "\"selftext\":\"a &amp;lt; b\\n&nbsp;\",\"url\":\"http://a.example/?b=1&amp;c=2\"}");

    assert_string_equal(post.title, "<b> &amp; \"''\xE2\x80\x94");
    assert_string_equal(post.selftext, "a &lt; b\n\xC2\xA0");
    assert_string_equal(post.url, "http://a.example/?b=1&c=2");
}

static void test_texts_of_other_sources_are_plain_already(void **state)
{
    struct post post = read_json(*state, "{\"source\":\"stackexchange\",\"title\":\"&lt; &amp;\","
                                         "\"selftext\":\"&gt;\"}");

    assert_string_equal(post.title, "&lt; &amp;");
    assert_string_equal(post.selftext, "&gt;");
    assert_string_equal(read_json(*state, "{\"title\":\"&lt;\",\"source\":\"reddit\"}").title, "<");
}

static void test_what_is_no_reference_stays(void **state)
{
    static const char *const same[] = {
        "&",          "&;",     "&#;",  "&#x;",       "&unknown;", "a && b;", "&#0;",  "&#xD800;",
        "&#x110000;", "&#128;", "&amp", "&#99999999", "&#-1;",     "&AMP;",   "&#12a;"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        char out[32];
        size_t len = entities_decode(out, same[i], strlen(same[i]));

        assert_int_equal(len, strlen(same[i]));
        assert_memory_equal(out, same[i], len);
    }
}

static void test_only_web_addresses_become_links(void **state)
{
    static const char *const bad[] = {
        "javascript:alert(1)", "JavaScript:alert(1)",      "data:text/html,x",
        "//a.example/",        "ftp://a.example/",         "/r/Python",
        " http://a.example/",  "java&#115;cript:alert(1)", "&#106;avascript:alert(1)",
        "http:/a.example",     "mailto:a@a.example",       "httpx://a.example/"};

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char json[256];
        struct post post;

        snprintf(json, sizeof(json), "{\"url\":\"%s\",\"permalink\":\"%s\",\"thumbnail\":\"%s\"}",
                 bad[i], bad[i], bad[i]);
        post = read_json(*state, json);
        assert_string_equal(post.url, "");
        assert_string_equal(post.permalink, "");
        assert_string_equal(post.thumbnail, "");
    }
    assert_string_equal(read_json(*state, "{\"url\":\"HTTPS://a.example/\"}").url,
                        "HTTPS://a.example/");
}

static void test_control_characters_leave_titles(void **state)
{
    struct post post = read_json(
        *state, "{\"title\":\"\\n a\\u0007b \\n  c\\td\\u0000e\\u007f\\u0085f\\u00a0 \\r\\n\"}");

    assert_string_equal(post.title, "ab c def\xC2\xA0");
    post = read_json(*state, "{\"title\":\"two  spaces\",\"selftext\":\"a\\r\\n\\tb\\u0001\"}");
    assert_string_equal(post.title, "two  spaces");
    assert_string_equal(post.selftext, "a\n\tb");
}

static void test_control_characters_cannot_hide_behind_references(void **state)
{
    assert_string_equal(read_json(*state, "{\"title\":\"a&#7;b&#10;c\"}").title, "ab c");
}

/* -- in a store
 * ------------------------------------------------------------------------------------ */

static void test_a_post_is_found_by_its_id(void **state)
{
    fixture_put(*state, "{\"id\":\"abc\",\"title\":\"One\"}");
    assert_string_equal(fixture_post(*state, "abc").title, "One");
}

static void test_a_post_whose_id_became_a_number_is_found(void **state)
{
    fixture_put(*state, "{\"id\":180097,\"title\":\"Number\"}");
    fixture_put(*state, "{\"id\":\"180098\",\"title\":\"Text\"}");
    assert_string_equal(fixture_post(*state, "180097").title, "Number");
    assert_string_equal(fixture_post(*state, "180098").title, "Text");
}

static void test_an_unknown_post_is_not_found(void **state)
{
    static const char *const unknown[] = {
        "", "nope", "0180097", "180097x", "1e5", "-180097", "99999999999999999999999"};
    struct fixture *fixture = *state;
    struct post post;

    fixture_put(fixture, "{\"id\":180097,\"title\":\"Number\"}");
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        assert_false(posts_get(fixture->store, unknown[i], &fixture->arena, &post, &fixture->err));
        assert_int_equal(fixture->err.kind, ERROR_NOT_FOUND);
    }
}

static void test_putting_a_post_again_replaces_it(void **state)
{
    struct fixture *fixture = *state;
    int64_t count;

    fixture_put(fixture, "{\"_id\":{\"$oid\":\"55a8c847bb6df3bce60b1ee0\"},\"id\":\"a\","
                         "\"title\":\"Old\",\"score\":1}");
    fixture_put(fixture, "{\"_id\":{\"$oid\":\"55a8c847bb6df3bce60b1ee1\"},\"id\":\"a\","
                         "\"title\":\"New\"}");
    assert_string_equal(fixture_post(fixture, "a").title, "New");
    assert_int_equal(fixture_post(fixture, "a").score, 0);
    assert_true(store_count(fixture->store, &posts_collection, NULL, &count, &fixture->err));
    assert_int_equal(count, 1);
}

static void test_an_id_as_text_and_as_number_is_one_post(void **state)
{
    struct fixture *fixture = *state;
    int64_t count;

    fixture_put(fixture, "{\"id\":42,\"title\":\"Number\"}");
    fixture_put(fixture, "{\"id\":\"42\",\"title\":\"Text\"}");
    fixture_put(fixture, "{\"id\":42,\"title\":\"Number again\"}");
    assert_string_equal(fixture_post(fixture, "42").title, "Number again");
    assert_true(store_count(fixture->store, &posts_collection, NULL, &count, &fixture->err));
    assert_int_equal(count, 1);
}

static void test_a_post_without_id_is_refused(void **state)
{
    struct fixture *fixture = *state;

    assert_false(fixture_try_put(fixture, "{\"title\":\"Nobody\"}"));
    assert_int_equal(fixture->err.kind, ERROR_REFUSED);
    assert_false(fixture_try_put(fixture, "{\"id\":null,\"title\":\"Nobody\"}"));
    assert_int_equal(fixture->err.kind, ERROR_REFUSED);
}

static void test_several_posts_come_in_the_order_asked(void **state)
{
    const char *ids[] = {"c", "gone", "7", "a", "c"};
    struct list asked = {ids, COUNT_OF(ids)};
    struct fixture *fixture = *state;
    struct list posts;

    fixture_put(fixture, "{\"id\":\"a\"}");
    fixture_put(fixture, "{\"id\":7}");
    fixture_put(fixture, "{\"id\":\"b\"}");
    fixture_put(fixture, "{\"id\":\"c\"}");
    assert_true(posts_get_many(fixture->store, &asked, &fixture->arena, &posts, &fixture->err));
    assert_int_equal(posts.count, 4);
    assert_string_equal(fixture_post_id(&posts, 0), "c");
    assert_string_equal(fixture_post_id(&posts, 1), "7");
    assert_string_equal(fixture_post_id(&posts, 2), "a");
    assert_string_equal(fixture_post_id(&posts, 3), "c");
    asked.count = 0;
    assert_true(posts_get_many(fixture->store, &asked, &fixture->arena, &posts, &fixture->err));
    assert_int_equal(posts.count, 0);
}

/* -- the real data
 * ---------------------------------------------------------------------------------- */

static void check_line(const char *line, const struct post *post)
{
    assert_null(strstr(post->title, "&amp;"));
    assert_null(strstr(post->title, "&lt;"));
    assert_null(strchr(post->title, '\n'));
    assert_int_equal(post->is_self, strstr(line, "\"is_self\":\"True\"") != NULL);
    assert_int_equal(post->over_18, strstr(line, "\"over_18\":\"True\"") != NULL);
    assert_int_equal(post->created_ms,
                     (int64_t)(strtod(strstr(line, "\"created_utc\":") + 14, NULL) * 1000));
    assert_int_equal(post->score, post->ups - post->downs);
    assert_memory_equal(post->permalink, "http://www.reddit.com/", 22);
    assert_string_equal(post->thumbnail, "");
}

static void test_the_real_posts_are_read_whole(void **state)
{
    struct fixture *fixture = *state;
    struct reddit reddit;
    const char *ids[REDDIT_POSTS];
    struct list asked = {ids, REDDIT_POSTS};
    struct list posts;
    size_t anonymous = 0, texts = 0;

    reddit_read(&reddit);
    if (!reddit.count)
        skip();
    reddit_load(&reddit, fixture);
    for (size_t i = 0; i < reddit.count; i++) {
        struct document document = {.bson = bson_get_data(reddit.documents[i]),
                                    .len = reddit.documents[i]->len};
        struct post post;

        post_from_document(&document, &fixture->arena, &post);
        check_line(reddit.lines[i], &post);
        ids[i] = post.id;
        anonymous += !*post.author;
        texts += strlen(post.selftext);
    }
    assert_int_equal(anonymous, 30);
    assert_true(texts > 100000);
    assert_true(posts_get_many(fixture->store, &asked, &fixture->arena, &posts, &fixture->err));
    assert_int_equal(posts.count, REDDIT_POSTS);
    for (size_t i = 0; i < posts.count; i++)
        assert_string_equal(fixture_post_id(&posts, i), ids[i]);
    assert_string_equal(fixture_post(fixture, "180097").id, "180097");
    reddit_release(&reddit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_member_is_read, open_posts, fixture_close),
        cmocka_unit_test_setup_teardown(test_an_empty_document_gives_empty_texts, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_members_of_other_types_are_as_if_missing, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_topics_that_are_no_texts_are_left_out, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_texts_true_and_false_are_booleans, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_times_are_seconds_of_any_number_or_dates, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_counts_beyond_int64_stop_at_its_ends, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_ids_and_authors_that_became_numbers_are_texts,
                                        open_posts, fixture_close),
        cmocka_unit_test_setup_teardown(test_reddit_texts_are_decoded_exactly_once, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_texts_of_other_sources_are_plain_already, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_what_is_no_reference_stays, open_posts, fixture_close),
        cmocka_unit_test_setup_teardown(test_only_web_addresses_become_links, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_control_characters_leave_titles, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_control_characters_cannot_hide_behind_references,
                                        open_posts, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_post_is_found_by_its_id, open_posts, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_post_whose_id_became_a_number_is_found, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_an_unknown_post_is_not_found, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_putting_a_post_again_replaces_it, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_an_id_as_text_and_as_number_is_one_post, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_post_without_id_is_refused, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_several_posts_come_in_the_order_asked, open_posts,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_the_real_posts_are_read_whole, open_posts,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
