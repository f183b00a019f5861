/* SPDX-License-Identifier: MIT */
/* Deliveries to a receiver on this machine, and the list of them. */
#include "../share.h"
#include "../../lib/clock.h"
#include "../../lib/json.h"
#include "../../lib/outbound.h"
#include "../../lib/tests/receiver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct canned answers[] = {
    {.path = "/in", .bytes = "HTTP/1.1 204 No Content\r\n\r\n"},
    {.path = "/created", .bytes = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"},
    {.path = "/moved",
     .bytes = "HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\n"
              "Location: http://10.0.0.1/\r\n\r\n"},
    {.path = "/broken", .bytes = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"},
    {.path = "/noise", .bytes = "what?\r\n\r\n"},
    {0},
};

struct fixture {
    struct receiver *receiver;
    struct guard *guard;
    struct store *store;
    struct arena arena;
    struct share share;
    struct error err;
};

static int set_up(void **state)
{
    static const struct collection *const collections[] = {&shares_collection};
    struct store_options options = {.budget = 1000, .queue = 100};
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char allow[64];

    fixture->receiver = receiver_open(answers);
    snprintf(allow, sizeof(allow), "127.0.0.1:%d,127.0.0.1:9", fixture->receiver->port);
    fixture->guard = guard_open(allow, &fixture->err);
    fixture->store = store_open("sqlite::memory:", &options, &fixture->err);
    assert_non_null(fixture->store);
    assert_true(store_prepare(fixture->store, collections, 1, &fixture->err));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    clock_shift_ms(0);
    store_thread_end(fixture->store);
    store_close(fixture->store);
    receiver_close(fixture->receiver);
    guard_close(fixture->guard);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static const struct post post = {.id = "1b2c3",
                                 .title = "A \"quoted\" title \xE2\x82\xAC",
                                 .author = "ann",
                                 .url = "http://example.com/",
                                 .permalink = "",
                                 .domain = "example.com",
                                 .selftext = "",
                                 .thumbnail = "",
                                 .source = "reddit",
                                 .score = 57};

static bool deliver(struct fixture *fixture, const char *path)
{
    const char *to = path[0] == '/' ? arena_printf(&fixture->arena, "http://127.0.0.1:%d%s",
                                                   fixture->receiver->port, path)
                                    : path;
    struct share_wish wish = {&post, "alice", to};

    return share_deliver(fixture->guard, &wish, &fixture->arena, &fixture->share, &fixture->err);
}

static const char *text_of(struct json object, const char *name)
{
    struct json value;

    assert_true(json_get(object, name, &value));
    return json_string(value, NULL);
}

static void test_the_receiver_gets_the_post_as_json(void **state)
{
    struct fixture *fixture = *state;
    struct json event, data, score;
    const char *body;

    assert_true(deliver(fixture, "/in"));
    assert_string_equal(fixture->share.status, "delivered");
    assert_memory_equal(fixture->receiver->request, "POST /in HTTP/1.1\r\n", 19);
    assert_non_null(strstr(fixture->receiver->request, "\r\nContent-Type: application/json\r\n"));
    body = strstr(fixture->receiver->request, "\r\n\r\n") + 4;
    assert_true(json_parse(&fixture->arena, body, strlen(body), &event, &fixture->err));
    assert_string_equal(text_of(event, "type"), "post.shared");
    assert_int_equal(text_of(event, "timestamp")[10], 'T');
    assert_true(json_get(event, "data", &data));
    assert_string_equal(text_of(data, "id"), post.id);
    assert_string_equal(text_of(data, "title"), post.title);
    assert_true(json_get(data, "score", &score));
    assert_string_equal(json_number(score), "57");
}

static void test_a_delivery_is_identified_and_dated_but_not_signed(void **state)
{
    struct fixture *fixture = *state;
    const char *request = fixture->receiver->request;
    char line[128];

    assert_true(deliver(fixture, "/in"));
    assert_int_equal(strlen(fixture->share.id), 32);
    snprintf(line, sizeof(line), "\r\nwebhook-id: %s\r\n", fixture->share.id);
    assert_non_null(strstr(request, line));
    snprintf(line, sizeof(line), "\r\nwebhook-timestamp: %lld\r\n",
             (long long)fixture->share.created_ms / 1000);
    assert_non_null(strstr(request, line));
    assert_null(strcasestr(request, "webhook-signature"));
}

static void test_each_delivery_has_its_own_id(void **state)
{
    struct fixture *fixture = *state;
    const char *first;

    assert_true(deliver(fixture, "/in"));
    first = fixture->share.id;
    assert_true(deliver(fixture, "/created"));
    assert_string_not_equal(first, fixture->share.id);
}

static void test_only_2xx_is_delivered_and_the_detail_says_what_came(void **state)
{
    static const struct {
        const char *path, *status, *detail;
    } cases[] = {
        {"/in", "delivered", "204 No Content"},
        {"/created", "delivered", "201 Created"},
        {"/moved", "failed", "307 Temporary Redirect; redirects are not followed"},
        {"/broken", "failed", "500 Internal Server Error"},
        {"/missing", "failed", "404 Not Found"},
        {"/noise", "failed", "127.0.0.1"},
        {"http://127.0.0.1:9/", "failed", "127.0.0.1"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(deliver(fixture, cases[i].path));
        assert_string_equal(fixture->share.status, cases[i].status);
        assert_non_null(strstr(fixture->share.detail, cases[i].detail));
        assert_string_equal(fixture->share.user, "alice");
        assert_string_equal(fixture->share.post, post.id);
    }
    assert_int_equal(fixture->receiver->count, 6);
}

static void test_a_private_or_malformed_address_is_refused_and_nothing_is_sent(void **state)
{
    static const char *const urls[] = {"http://10.0.0.1/", "http://127.0.0.1:1/",
                                       "ftp://a.example/", "http://a@b.example/",
                                       "nonsense",         ""};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct share_wish wish = {&post, "alice", urls[i]};

        assert_false(
            share_deliver(fixture->guard, &wish, &fixture->arena, &fixture->share, &fixture->err));
        assert_int_equal(fixture->err.kind, ERROR_REFUSED);
        assert_null(fixture->share.id);
    }
    assert_int_equal(fixture->receiver->count, 0);
}

/* -- the list -----------------------------------------------------------------------------------
 */

static bool record_it(void *context, struct store *store, struct error *err)
{
    return share_record_outcome(store, context, err);
}

static void keep(struct fixture *fixture, const char *user, int number)
{
    struct share share = {
        .id = arena_printf(&fixture->arena, "%032x", (unsigned)number * 2654435761U),
        .user = user,
        .post = "p",
        .title = arena_printf(&fixture->arena, "title %d", number),
        .to = "http://example.com/",
        .status = "delivered",
        .detail = "the receiver answered 200 OK",
        .created_ms = 1000000 + number,
    };

    assert_true(store_write(fixture->store, record_it, &share, &fixture->err));
}

static void test_a_users_shares_are_listed_newest_first_by_pages(void **state)
{
    struct fixture *fixture = *state;
    struct shares_page page = {.arena = &fixture->arena, .page = 1, .page_size = 3};
    const struct share *shares;

    for (int i = 1; i <= 5; i++)
        keep(fixture, "alice", i);
    keep(fixture, "bob", 6);
    assert_true(shares_list(fixture->store, "alice", &page, &fixture->err));
    assert_int_equal(page.total, 5);
    assert_int_equal(page.shares.count, 3);
    shares = page.shares.items;
    assert_string_equal(shares[0].title, "title 5");
    assert_string_equal(shares[2].title, "title 3");
    assert_string_equal(shares[0].status, "delivered");
    assert_string_equal(shares[0].to, "http://example.com/");
    assert_int_equal(shares[0].created_ms, 1000005);
    page.page = 2;
    assert_true(shares_list(fixture->store, "alice", &page, &fixture->err));
    shares = page.shares.items;
    assert_int_equal(page.shares.count, 2);
    assert_string_equal(shares[1].title, "title 1");
    page.page = INT64_MAX / 2;
    assert_true(shares_list(fixture->store, "alice", &page, &fixture->err));
    assert_int_equal(page.shares.count, 0);
    assert_int_equal(page.total, 5);
}

static void test_an_outcome_is_kept_as_it_was_delivered(void **state)
{
    struct fixture *fixture = *state;
    struct shares_page page = {.arena = &fixture->arena, .page = 1, .page_size = 10};
    const struct share *kept;

    assert_true(deliver(fixture, "/moved"));
    assert_true(store_write(fixture->store, record_it, &fixture->share, &fixture->err));
    assert_true(shares_list(fixture->store, "alice", &page, &fixture->err));
    assert_int_equal(page.shares.count, 1);
    kept = page.shares.items;
    assert_string_equal(kept->id, fixture->share.id);
    assert_string_equal(kept->detail, fixture->share.detail);
    assert_string_equal(kept->title, post.title);
    assert_int_equal(kept->created_ms, fixture->share.created_ms);
}

static void test_nobodys_shares_are_an_empty_list(void **state)
{
    struct fixture *fixture = *state;
    struct shares_page page = {.arena = &fixture->arena, .page = 1, .page_size = 10};

    assert_true(shares_list(fixture->store, "nobody", &page, &fixture->err));
    assert_int_equal(page.total, 0);
    assert_int_equal(page.shares.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_the_receiver_gets_the_post_as_json),
        TEST(test_a_delivery_is_identified_and_dated_but_not_signed),
        TEST(test_each_delivery_has_its_own_id),
        TEST(test_only_2xx_is_delivered_and_the_detail_says_what_came),
        TEST(test_a_private_or_malformed_address_is_refused_and_nothing_is_sent),
        TEST(test_a_users_shares_are_listed_newest_first_by_pages),
        TEST(test_an_outcome_is_kept_as_it_was_delivered),
        TEST(test_nobodys_shares_are_an_empty_list),
    };

    outbound_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
