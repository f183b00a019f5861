/* SPDX-License-Identifier: MIT */
/* The guard's rules, one by one, and every line of the shared list of hostile addresses. */
#include "../guard.h"

#include <arpa/inet.h>
#include <bson/bson.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared_data.h"

static struct guard *guard_or_die(const char *allow_hosts)
{
    struct error err = {0};
    struct guard *guard = guard_open(allow_hosts, &err);

    assert_non_null(guard);
    return guard;
}

static bool url_passes(const char *allow_hosts, const char *url)
{
    struct guard *guard = guard_or_die(allow_hosts);
    struct error err = {0};
    bool passes = guard_url(guard, url, &err);

    if (!passes) {
        assert_int_equal(err.kind, ERROR_REFUSED);
        assert_true(strlen(err.message) > 0);
    }
    guard_close(guard);
    return passes;
}

static bool address_passes(const struct guard *guard, const char *host, const char *address,
                           uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct error err = {0};
    bool passes;

    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
        passes = guard_address(guard, host, (struct sockaddr *)&v4, &err);
    } else {
        assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
        passes = guard_address(guard, host, (struct sockaddr *)&v6, &err);
    }
    assert_int_equal(err.kind, passes ? ERROR_NONE : ERROR_REFUSED);
    return passes;
}

/* -- the shared list ----------------------------------------------------------------------------
 */

/* Every address of every look-up the case may connect to: the first look-up is the one that counts,
 * and a name without addresses leads nowhere. */
static bool resolved_addresses_pass(const struct guard *guard, const char *host,
                                    bson_iter_t *resolves)
{
    bson_iter_t lookups, addresses;
    size_t count = 0;

    assert_true(bson_iter_recurse(resolves, &lookups) && bson_iter_next(&lookups));
    assert_true(bson_iter_recurse(&lookups, &addresses));
    while (bson_iter_next(&addresses)) {
        count++;
        if (!address_passes(guard, host, bson_iter_utf8(&addresses, NULL), 443))
            return false;
    }
    return count > 0;
}

static bool case_may_send(const struct guard *guard, const bson_t *line)
{
    struct guard_target target;
    struct error err = {0};
    bson_iter_t url, resolves;

    assert_true(bson_iter_init_find(&url, line, "url"));
    if (!guard_split(guard, bson_iter_utf8(&url, NULL), &target, &err))
        return false;
    if (bson_iter_init_find(&resolves, line, "resolves"))
        return resolved_addresses_pass(guard, target.host, &resolves);
    /* No look-up is listed: either a literal, or the text alone had to be refused. */
    return (strchr(target.host, ':') || target.host[strspn(target.host, "0123456789.")] == '\0') &&
           address_passes(guard, target.host, target.host, 443);
}

static void check_line(const struct guard *guard, const bson_t *line)
{
    bson_iter_t id, expect, sends;
    bool may_send;

    assert_true(bson_iter_init_find(&id, line, "id"));
    assert_true(bson_iter_init_find(&expect, line, "expect"));
    /* A refusal that comes with the receiver's redirect is outbound's: the request itself may go.
     */
    may_send = strcmp(bson_iter_utf8(&expect, NULL), "allow") == 0 ||
               bson_iter_init_find(&sends, line, "sends");
    if (case_may_send(guard, line) != may_send)
        fail_msg("%s: should %s", bson_iter_utf8(&id, NULL), may_send ? "pass" : "be refused");
}

static void test_every_shared_case_is_judged_as_expected(void **state)
{
    struct arena arena = {0};
    const char *text = read_whole(&arena, shared_path(&arena, "data/ssrf.json")).data;
    struct guard *guard;
    bson_error_t error;
    bson_iter_t iter;
    bson_t cases;
    size_t count = 0;

    (void)state;
    if (!text) {
        printf("skip: data/ssrf.json is not there\n");
        arena_release(&arena);
        skip();
    }
    guard = guard_or_die(NULL);
    assert_true(bson_init_from_json(&cases, text, -1, &error));
    assert_true(bson_iter_init(&iter, &cases));
    while (bson_iter_next(&iter)) {
        const uint8_t *data;
        uint32_t len;
        bson_t line;

        bson_iter_document(&iter, &len, &data);
        assert_true(bson_init_static(&line, data, len));
        check_line(guard, &line);
        count++;
    }
    assert_true(count >= 142);
    bson_destroy(&cases);
    guard_close(guard);
    arena_release(&arena);
}

/* -- the text -----------------------------------------------------------------------------------
 */

static void test_a_public_url_passes_and_is_taken_apart(void **state)
{
    struct guard *guard = guard_or_die("");
    struct guard_target target;
    struct error err = {0};

    (void)state;
    assert_true(guard_split(guard, "HTTPS://Hooks.Example.COM.:8443/in?x=1#y", &target, &err));
    assert_true(target.tls);
    assert_int_equal(target.port, 8443);
    assert_string_equal(target.host, "hooks.example.com");
    assert_string_equal(target.rest, "/in?x=1#y");
    assert_true(guard_split(guard, "http://[2606:4700:4700::1111]?q", &target, &err));
    assert_true(target.is_v6);
    assert_int_equal(target.port, 80);
    assert_string_equal(target.host, "2606:4700:4700::1111");
    assert_string_equal(target.rest, "?q");
    guard_close(guard);
}

static void test_a_refusal_writes_no_target(void **state)
{
    struct guard *guard = guard_or_die("");
    struct guard_target target = {.port = 7};
    struct error err = {0};

    (void)state;
    assert_false(guard_split(guard, "http://10.0.0.1/", &target, &err));
    assert_int_equal(target.port, 7);
    assert_non_null(strstr(err.message, "a private address"));
    guard_close(guard);
}

static void test_malformed_texts_are_refused(void **state)
{
    static const char *const urls[] = {"",
                                       "http",
                                       "http:/",
                                       "http://?",
                                       "http://[]/",
                                       "http://[::1]x/",
                                       "http://[2606:4700:4700::1111]:/",
                                       "http://[2606:4700:4700::1111]:80:80/",
                                       "http://a.example:/",
                                       "http://a.example:000080/",
                                       "http://a.example:99999/",
                                       "http://a.example?@10.0.0.1/",
                                       "http://.example.com/",
                                       "http://a..example/",
                                       "http://a.example../",
                                       "http://./",
                                       "http://a,b.example/",
                                       "http://a'b.example/",
                                       "http://8.8.8.8./",
                                       "http://a.example.0x/",
                                       "http://a.example.7/",
                                       "http://a.example/\x7f",
                                       "ws://a.example/"};

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        if (url_passes("", urls[i]))
            fail_msg("passed: %s", urls[i]);
}

static void test_overlong_urls_hosts_and_labels_are_refused(void **state)
{
    char url[4096];

    (void)state;
    memset(url, 'a', sizeof(url));
    memcpy(url, "http://a.example/", 17);
    url[2049] = '\0';
    assert_false(url_passes("", url));
    url[2048] = '\0';
    assert_true(url_passes("", url));

    snprintf(url, sizeof(url), "http://%064d.example/", 0);
    assert_false(url_passes("", url));
    snprintf(url, sizeof(url), "http://%063d.example/", 0);
    assert_true(url_passes("", url));

    strncpy(url, "http://", sizeof(url));
    for (int i = 0; i < 127; i++)
        memcpy(url + 7 + 2 * i, "a.", 2);
    memcpy(url + 7 + 254, "aa/", 4);
    assert_false(url_passes("", url));
}

static void test_ports_below_1024_but_80_and_443_are_refused(void **state)
{
    char url[64];

    (void)state;
    for (int port = 1; port < 1030; port++) {
        snprintf(url, sizeof(url), "http://a.example:%d/", port);
        assert_int_equal(url_passes("", url), port == 80 || port == 443 || port > 1023);
    }
}

/* -- addresses ----------------------------------------------------------------------------------
 */

static const char *const refused[] = {"0.0.0.0",
                                      "0.255.255.255",
                                      "10.255.255.255",
                                      "100.127.255.255",
                                      "127.0.0.0",
                                      "168.63.129.16",
                                      "169.254.0.0",
                                      "192.0.0.9",
                                      "192.31.196.1",
                                      "192.52.193.1",
                                      "192.88.99.1",
                                      "192.175.48.1",
                                      "198.19.255.255",
                                      "198.51.100.255",
                                      "203.0.113.0",
                                      "239.255.255.255",
                                      "255.255.255.255",
                                      "::",
                                      "::1",
                                      "::8.8.8.8",
                                      "::ffff:10.0.0.1",
                                      "64:ff9b::808:808",
                                      "100::",
                                      "1fff::1",
                                      "2001::1",
                                      "2001:1ff:ffff::1",
                                      "2001:db8:ffff::1",
                                      "2002::1",
                                      "2620:4f:8000::1",
                                      "3fff:fff::1",
                                      "4000::1",
                                      "5f00::1",
                                      "fe80::1",
                                      "ffff::1"};

static const char *const passed[] = {
    "1.0.0.0",     "168.63.129.17",   "192.0.1.0",   "192.0.3.0",   "198.51.101.0",
    "203.0.114.0", "::ffff:8.8.8.8",  "2000::1",     "2001:200::1", "2001:db9::1",
    "2003::1",     "2620:4f:8001::1", "3fff:1000::1"};

static void test_each_special_block_is_refused_to_its_edges(void **state)
{
    struct guard *guard = guard_or_die("");

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (address_passes(guard, "a.example", refused[i], 80))
            fail_msg("passed: %s", refused[i]);
    for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
        if (!address_passes(guard, "a.example", passed[i], 80))
            fail_msg("refused: %s", passed[i]);
    guard_close(guard);
}

static void test_an_address_of_another_family_is_refused(void **state)
{
    struct guard *guard = guard_or_die("a.example");
    struct sockaddr_storage address = {.ss_family = AF_UNIX};
    struct error err = {0};

    (void)state;
    assert_false(guard_address(guard, "a.example", (struct sockaddr *)&address, &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    guard_close(guard);
}

/* -- exceptions ---------------------------------------------------------------------------------
 */

static void test_an_exception_holds_for_its_host_and_port_only(void **state)
{
    const char *allow = "127.0.0.1:9000,hook.test:81,Receiver,[::1]:9001";
    struct guard *guard = guard_or_die(allow);

    (void)state;
    assert_true(url_passes(allow, "http://127.0.0.1:9000/in"));
    assert_false(url_passes(allow, "http://127.0.0.1:9001/in"));
    assert_false(url_passes(allow, "http://127.0.0.2:9000/in"));
    assert_true(url_passes(allow, "http://HOOK.test.:81/"));
    assert_false(url_passes(allow, "http://hook.test:82/"));
    assert_true(url_passes(allow, "https://receiver/"));
    assert_true(url_passes(allow, "https://receiver:22/"));
    assert_true(url_passes(allow, "http://[::1]:9001/"));
    assert_false(url_passes(allow, "http://[::1]/"));
    assert_true(address_passes(guard, "127.0.0.1", "127.0.0.1", 9000));
    assert_false(address_passes(guard, "127.0.0.1", "127.0.0.1", 9001));
    assert_true(address_passes(guard, "receiver", "10.0.0.1", 1234));
    assert_false(address_passes(guard, "other", "10.0.0.1", 1234));
    guard_close(guard);
}

static void test_an_exception_does_not_excuse_a_malformed_text(void **state)
{
    (void)state;
    assert_false(url_passes("127.0.0.1", "http://user@127.0.0.1/"));
    assert_false(url_passes("127.0.0.1", "http://127.1/"));
    assert_false(url_passes("127.0.0.1", "ftp://127.0.0.1/"));
    assert_false(url_passes("127.0.0.1", "http://127.0.0.1:0/"));
}

static void test_an_entry_that_is_no_host_is_named(void **state)
{
    static const char *const bad[] = {"a.test:", "a.test:x", "a.test:70000",       ":80",
                                      "[::1",    "[::1]80",  "good.test,,bad.test"};
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memset(&err, 0, sizeof(err));
        assert_null(guard_open(bad[i], &err));
        assert_int_equal(err.kind, ERROR_INVALID);
    }
    assert_non_null(strstr(err.message, "\"\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shared_case_is_judged_as_expected),
        cmocka_unit_test(test_a_public_url_passes_and_is_taken_apart),
        cmocka_unit_test(test_a_refusal_writes_no_target),
        cmocka_unit_test(test_malformed_texts_are_refused),
        cmocka_unit_test(test_overlong_urls_hosts_and_labels_are_refused),
        cmocka_unit_test(test_ports_below_1024_but_80_and_443_are_refused),
        cmocka_unit_test(test_each_special_block_is_refused_to_its_edges),
        cmocka_unit_test(test_an_address_of_another_family_is_refused),
        cmocka_unit_test(test_an_exception_holds_for_its_host_and_port_only),
        cmocka_unit_test(test_an_exception_does_not_excuse_a_malformed_text),
        cmocka_unit_test(test_an_entry_that_is_no_host_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
