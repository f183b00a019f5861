/* SPDX-License-Identifier: MIT */
#include "../links.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static struct settings settings = {
    .link_base = "",
    .names = {.items = "_items",
              .meta = "_meta",
              .links = "_links",
              .where = "where",
              .sort = "sort",
              .projection = "projection",
              .embedded = "embedded",
              .page = "page",
              .max_results = "max_results",
              .show_deleted = "show_deleted",
              .aggregate = "aggregate",
              .after = "after",
              .version_param = "version"},
};

static struct resource posts;
static struct arena arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    settings.link_base = "";
    posts = (struct resource){.name = "posts",
                              .url = "posts",
                              .title = "posts",
                              .settings = &settings,
                              .hateoas = true,
                              .where_enabled = true,
                              .sorting = true,
                              .projection = true,
                              .embedding = true,
                              .pagination = true,
                              .pagination_default = 25,
                              .pagination_limit = 50};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    buf_release(&out);
    return 0;
}

struct given {
    const char *query; /* as it is sent */
    int64_t count, total;
    const char *after;
    bool estimated;
};

/* What listing_write() says of a list that was asked for like this. */
static const char *tail(const struct given *given)
{
    struct form form;
    struct asked asked;
    struct page page;
    struct linker linker = {.path = "posts"};
    struct error err;
    struct listing listing = {.resource = &posts,
                              .linker = &linker,
                              .page = &page,
                              .self_title = "posts",
                              .count = given->count,
                              .total = given->total,
                              .after = given->after,
                              .estimated = given->estimated};

    assert_true(form_parse(&arena, (struct form_text){given->query, strlen(given->query), true},
                           &form, &err));
    assert_true(asked_read(&posts, &form, &asked, &err));
    page_asked(&posts, asked.after ? NULL : asked.page, asked.max_results, &page);
    linker_init(&posts, &asked, &page, &arena, &linker);
    listing.asked_after = asked.after;
    out.len = 0;
    listing_write(&listing, &out);
    return buf_text(&out);
}

/* The href of a relation, "" if it is not there. */
static const char *href(const char *relation, const struct given *given)
{
    static char found[2048];
    char mark[64];
    const char *at;

    snprintf(mark, sizeof(mark), "\"%s\":{", relation);
    at = strstr(tail(given), mark);
    at = at ? strstr(at, "\"href\":\"") : NULL;
    if (!at)
        return "";
    snprintf(found, sizeof(found), "%.*s", (int)strcspn(at + 8, "\""), at + 8);
    return found;
}

#define GIVEN(asked, on_page, all)                                                                 \
    &(struct given)                                                                                \
    {                                                                                              \
        .query = (asked), .count = (on_page), .total = (all)                                       \
    }
#define HREF(relation, asked, on_page, all) href(relation, GIVEN(asked, on_page, all))

static void test_an_empty_list_links_to_its_parent_and_plainly_to_itself(void **state)
{
    (void)state;
    assert_string_equal(tail(&(struct given){.query = "sort=a"}),
                        ",\"_links\":{\"parent\":{\"title\":\"home\",\"href\":\"/\"},"
                        "\"self\":{\"title\":\"posts\",\"href\":\"posts\"}},"
                        "\"_meta\":{\"page\":1,\"max_results\":25,\"total\":0}");
}

static void test_the_first_page_links_onward(void **state)
{
    (void)state;
    assert_string_equal(tail(GIVEN("", 25, 60)),
                        ",\"_links\":{\"parent\":{\"title\":\"home\",\"href\":\"/\"},"
                        "\"self\":{\"title\":\"posts\",\"href\":\"posts\"},"
                        "\"next\":{\"title\":\"next page\",\"href\":\"posts?page=2\"},"
                        "\"last\":{\"title\":\"last page\",\"href\":\"posts?page=3\"}},"
                        "\"_meta\":{\"page\":1,\"max_results\":25,\"total\":60}");
}

static void test_a_page_in_the_middle_links_both_ways(void **state)
{
    (void)state;
    assert_string_equal(HREF("self", "max_results=10&page=2", 10, 60),
                        "posts?max_results=10&page=2");
    assert_string_equal(HREF("next", "max_results=10&page=2", 10, 60),
                        "posts?max_results=10&page=3");
    assert_string_equal(HREF("last", "max_results=10&page=2", 10, 60),
                        "posts?max_results=10&page=6");
    assert_string_equal(HREF("prev", "max_results=10&page=2", 10, 60), "posts?max_results=10");
    assert_string_equal(HREF("prev", "page=2", 25, 60), "posts");
    assert_string_equal(HREF("prev", "page=3", 10, 60), "posts?page=2");
}

static void test_the_last_page_links_back_only(void **state)
{
    (void)state;
    assert_string_equal(HREF("next", "page=3", 10, 60), "");
    assert_string_equal(HREF("last", "page=3", 10, 60), "");
    assert_string_equal(HREF("prev", "page=3", 10, 60), "posts?page=2");
}

static void test_beyond_the_end_the_page_before_is_linked(void **state)
{
    (void)state;
    assert_string_equal(HREF("prev", "page=9", 0, 60), "posts?page=8");
    assert_string_equal(HREF("next", "page=9", 0, 60), "");
    assert_string_equal(HREF("last", "page=9", 0, 60), "");
}

static void test_the_query_keeps_its_parts_in_order(void **state)
{
    (void)state;
    assert_string_equal(HREF("next", "sort=-score&max_results=5", 5, 60),
                        "posts?max_results=5&sort=-score&page=2");
    assert_string_equal(HREF("next", "z=1&page=2&sort=-a,b&where=a==1&max_results=5&z=2&y", 5, 60),
                        "posts?max_results=5&where=a==1&sort=-a,b&page=3&z=1&z=2&y");
}

static void test_projection_and_embedded_are_kept(void **state)
{
    (void)state;
    assert_string_equal(HREF("next", "projection=%7B%22a%22:1%7D&embedded=x", 25, 60),
                        "posts?page=2&projection=%7B%22a%22:1%7D&embedded=x");
}

static void test_the_clamped_size_is_linked_and_the_usual_one_is_not(void **state)
{
    (void)state;
    assert_string_equal(HREF("self", "max_results=500", 50, 60), "posts?max_results=50");
    assert_string_equal(HREF("self", "max_results=25", 25, 60), "posts");
    assert_string_equal(HREF("self", "max_results=0", 25, 60), "posts");
}

static void test_of_repeated_parameters_the_first_counts(void **state)
{
    (void)state;
    assert_string_equal(HREF("self", "max_results=5&max_results=6&page=2&page=3", 5, 60),
                        "posts?max_results=5&page=2");
}

static void test_what_has_a_meaning_in_a_query_is_encoded(void **state)
{
    (void)state;
    assert_string_equal(
        HREF("self", "where=%7B%22a%22:%22x%20%26%23%25%2B%C3%BC%5C%0A%22%7D", 5, 5),
        "posts?where=%7B%22a%22:%22x%20%26%23%25%2B%C3%BC%5C%0A%22%7D");
    assert_string_equal(HREF("self", "a%3Db%26=c%3Dd", 5, 5), "posts?a%3Db%26=c=d");
}

static void test_empty_parameters_are_left_out_but_unknown_ones_stay(void **state)
{
    (void)state;
    assert_string_equal(HREF("self", "where=&sort=&show_deleted", 5, 5), "posts?show_deleted");
}

static void test_switched_off_parameters_are_left_out(void **state)
{
    (void)state;
    posts.where_enabled = posts.sorting = false;
    assert_string_equal(HREF("self", "where=a&sort=b", 5, 5), "posts");
}

static void test_without_a_total_there_is_always_a_next_page(void **state)
{
    (void)state;
    assert_string_equal(tail(GIVEN("page=2", 0, -1)),
                        ",\"_links\":{\"parent\":{\"title\":\"home\",\"href\":\"/\"},"
                        "\"self\":{\"title\":\"posts\",\"href\":\"posts\"},"
                        "\"next\":{\"title\":\"next page\",\"href\":\"posts?page=3\"},"
                        "\"prev\":{\"title\":\"previous page\",\"href\":\"posts\"}},"
                        "\"_meta\":{\"page\":2,\"max_results\":25}");
}

static void test_an_estimate_says_so_and_knows_no_last_page(void **state)
{
    const struct given full = {.query = "", .count = 25, .total = 30, .estimated = true};
    const struct given part = {.query = "", .count = 24, .total = 60, .estimated = true};

    (void)state;
    assert_non_null(strstr(tail(&full), "\"total\":30,\"estimated\":true}"));
    assert_string_equal(href("next", &full), "posts?page=2");
    assert_string_equal(href("last", &full), "");
    assert_string_equal(href("next", &part), "");
}

static void test_with_keys_the_next_page_is_behind_one(void **state)
{
    const struct given first = {
        .query = "sort=a&max_results=5", .count = 5, .total = 60, .after = "K1"};
    const struct given second = {
        .query = "max_results=5&after=K1&sort=a&x=1", .count = 5, .total = 60, .after = "K2"};
    const struct given end = {.query = "after=K2&page=7", .count = 3, .total = 60, .after = NULL};

    (void)state;
    posts.keyset_pagination = true;
    assert_string_equal(href("next", &first), "posts?max_results=5&sort=a&after=K1");
    assert_string_equal(href("last", &first), "posts?max_results=5&sort=a&page=12");
    assert_string_equal(href("next", &second), "posts?max_results=5&sort=a&after=K2&x=1");
    assert_string_equal(href("self", &second), "posts?max_results=5&sort=a&after=K1&x=1");
    assert_string_equal(href("last", &second), "");
    assert_string_equal(href("prev", &second), "");
    assert_string_equal(href("next", &end), "");
    assert_string_equal(href("prev", &end), "");
    assert_non_null(strstr(tail(&second), "\"_meta\":{\"page\":1,"));
}

static void test_without_keys_after_is_an_unknown_parameter(void **state)
{
    (void)state;
    assert_string_equal(HREF("next", "after=K", 25, 60), "posts?page=2&after=K");
}

static void test_versions_are_asked_for_where_there_are_some(void **state)
{
    (void)state;
    assert_string_equal(HREF("next", "version=all&sort=a", 25, 60),
                        "posts?sort=a&page=2&version=all");
    posts.versioning = true;
    assert_string_equal(HREF("next", "version=all&sort=a", 25, 60),
                        "posts?sort=a&version=all&page=2");
}

static void test_without_pagination_there_are_no_pages(void **state)
{
    (void)state;
    posts.pagination = false;
    assert_string_equal(tail(GIVEN("page=2&max_results=5", 5, 60)),
                        ",\"_links\":{\"parent\":{\"title\":\"home\",\"href\":\"/\"},"
                        "\"self\":{\"title\":\"posts\",\"href\":\"posts?max_results=5\"}}");
}

static void test_without_hateoas_there_are_no_links(void **state)
{
    (void)state;
    posts.hateoas = false;
    assert_string_equal(tail(GIVEN("page=2", 25, 60)),
                        ",\"_meta\":{\"page\":2,\"max_results\":25,\"total\":60}");
}

static const char *parent(void *context, size_t i)
{
    return ((const char *const *)context)[i];
}

static const char *path_of(const char *const *parents)
{
    out.len = 0;
    link_path(&posts, parent, (void *)parents, &out);
    return buf_text(&out);
}

static void test_a_sub_resource_is_below_its_parents(void **state)
{
    static const char *const parents[] = {"a/b\"é", "7"};

    (void)state;
    posts.url = "people/<who>/x/<n>/posts";
    posts.parent_fields[0] = "who";
    posts.parent_fields[1] = "n";
    posts.parent_count = 2;
    assert_string_equal(path_of(parents), "people/a%2Fb%22%C3%A9/x/7/posts");
}

static void test_the_base_stands_before_each_address(void **state)
{
    (void)state;
    settings.link_base = "http://x/\"v1\"/";
    assert_string_equal(path_of(NULL), "http://x/\\\"v1\\\"/posts");
    out.len = 0;
    link_home(&settings, &out);
    assert_string_equal(buf_text(&out), "{\"title\":\"home\",\"href\":\"http://x/\\\"v1\\\"/\"}");
}

static bool is_read(const char *query)
{
    struct form form;
    struct asked asked;
    struct error err;

    return form_parse(&arena, (struct form_text){query, strlen(query), true}, &form, &err) &&
           asked_read(&posts, &form, &asked, &err);
}

static void test_what_a_link_carries_along_leaves_room_for_what_it_adds(void **state)
{
    struct buf query = {0};
    const char *next;

    (void)state;
    buf_puts(&query, "where={}&sort=a");
    for (int i = 0; i < ASKED_CARRIED; i++)
        buf_printf(&query, "&z=%d", i);
    next = HREF("next", buf_text(&query), 25, 1000);
    assert_non_null(strstr(next, "page=2"));
    assert_true(is_read(strchr(next, '?') + 1));
    buf_puts(&query, "&z");
    assert_false(is_read(buf_text(&query)));
    buf_release(&query);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_what_a_link_carries_along_leaves_room_for_what_it_adds),
        TEST(test_an_empty_list_links_to_its_parent_and_plainly_to_itself),
        TEST(test_the_first_page_links_onward),
        TEST(test_a_page_in_the_middle_links_both_ways),
        TEST(test_the_last_page_links_back_only),
        TEST(test_beyond_the_end_the_page_before_is_linked),
        TEST(test_the_query_keeps_its_parts_in_order),
        TEST(test_projection_and_embedded_are_kept),
        TEST(test_the_clamped_size_is_linked_and_the_usual_one_is_not),
        TEST(test_of_repeated_parameters_the_first_counts),
        TEST(test_what_has_a_meaning_in_a_query_is_encoded),
        TEST(test_empty_parameters_are_left_out_but_unknown_ones_stay),
        TEST(test_switched_off_parameters_are_left_out),
        TEST(test_without_a_total_there_is_always_a_next_page),
        TEST(test_an_estimate_says_so_and_knows_no_last_page),
        TEST(test_with_keys_the_next_page_is_behind_one),
        TEST(test_without_keys_after_is_an_unknown_parameter),
        TEST(test_versions_are_asked_for_where_there_are_some),
        TEST(test_without_pagination_there_are_no_pages),
        TEST(test_without_hateoas_there_are_no_links),
        TEST(test_a_sub_resource_is_below_its_parents),
        TEST(test_the_base_stands_before_each_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
