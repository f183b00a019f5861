/* SPDX-License-Identifier: MIT */
#include "../head.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static const struct head_limits limits = {8192, 16384};
static struct head head;
static const char *why;

/* The bytes end where memory ends, so that AddressSanitizer sees what is read beyond. */
static int parse_bytes(const char *bytes, size_t len)
{
    static char *copy;
    int status;

    free(copy);
    copy = malloc(len ? len : 1);
    memcpy(copy, bytes, len);
    why = NULL;
    status = head_parse(copy, len, &limits, &head, &why);
    assert_true(status == 0 ? why == NULL : why != NULL);
    return status;
}

static int parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

/* A head of this first line. */
static int parse_line(const char *line)
{
    char text[512];

    snprintf(text, sizeof(text), "%s\r\nHost: localhost\r\n\r\n", line);
    return parse(text);
}

/* A good head with this among its lines. */
static int parse_with(const char *lines)
{
    char text[512];

    snprintf(text, sizeof(text), "POST / HTTP/1.1\r\nHost: localhost\r\n%s\r\n", lines);
    return parse(text);
}

static void assert_span(struct span span, const char *text)
{
    assert_non_null(span.at);
    assert_int_equal(span.len, strlen(text));
    assert_memory_equal(span.at, text, span.len);
}

static void test_a_usual_head_is_taken_apart(void **state)
{
    const char *text = "GET /posts/abc?page=2&x=%20 HTTP/1.1\r\nHost: localhost:5000\r\n"
                       "Accept:  text/html \t\r\nX-Empty:\r\nCookie: a=b; c=\"d\"\r\n\r\nbody";

    (void)state;
    assert_int_equal(parse(text), 0);
    assert_span(head.method, "GET");
    assert_span(head.target, "/posts/abc?page=2&x=%20");
    assert_span(head.path, "/posts/abc");
    assert_span(head.query, "page=2&x=%20");
    assert_span(head.host, "localhost:5000");
    assert_int_equal(head.len, strlen(text) - 4);
    assert_int_equal(head.count, 4);
    assert_span(head.fields[1].name, "Accept");
    assert_span(head.fields[1].value, "text/html");
    assert_span(head.fields[2].value, "");
}

static void test_fields_are_found_whatever_their_case(void **state)
{
    (void)state;
    assert_int_equal(parse_with("X-One: 1\r\nx-one: 2\r\nLast: z\r\n"), 0);
    assert_span(*head_find(&head, "x-ONE"), "1");
    assert_span(*head_find(&head, "last"), "z");
    assert_null(head_find(&head, "x-on"));
    assert_null(head_find(&head, "x-ones"));
}

static void test_every_form_of_target_that_is_ours_passes(void **state)
{
    (void)state;
    assert_int_equal(parse_line("GET / HTTP/1.1"), 0);
    assert_null(head.query.at);
    assert_int_equal(parse_line("GET /? HTTP/1.1"), 0);
    assert_span(head.query, "");
    assert_int_equal(parse_line("GET /a?b?c HTTP/1.1"), 0);
    assert_span(head.query, "b?c");
    assert_int_equal(parse_line("GET //a/..;/\"<>\\^`{|} HTTP/1.1"), 0);
    assert_int_equal(parse_line("OPTIONS * HTTP/1.1"), 0);
    assert_span(head.path, "*");
    assert_int_equal(parse_line("FROB /x HTTP/1.1"), 0);
}

static void test_the_host_of_an_absolute_target_wins(void **state)
{
    (void)state;
    assert_int_equal(parse_line("GET http://other.example:80/a?b HTTP/1.1"), 0);
    assert_span(head.host, "other.example:80");
    assert_span(head.path, "/a");
    assert_span(head.query, "b");
    assert_int_equal(parse_line("GET HTTPS://[::1] HTTP/1.1"), 0);
    assert_span(head.host, "[::1]");
    assert_span(head.path, "/");
    assert_int_equal(parse_line("GET http://x?q HTTP/1.1"), 0);
    assert_span(head.path, "/");
    assert_span(head.query, "q");
    assert_int_equal(parse_line("OPTIONS http://x HTTP/1.1"), 0);
    assert_span(head.path, "*");
    assert_int_equal(parse_line("OPTIONS http://x/ HTTP/1.1"), 0);
    assert_span(head.path, "/");
    assert_int_equal(parse_line("GET http:/// HTTP/1.1"), 400);
    assert_int_equal(parse_line("GET http:// HTTP/1.1"), 400);
    assert_int_equal(parse_line("GET http://user@x/ HTTP/1.1"), 400);
    assert_int_equal(parse_line("GET ftp://x/ HTTP/1.1"), 400);
    assert_int_equal(parse("GET http://x/ HTTP/1.1\r\n\r\n"), 400);
}

static void test_other_targets_are_refused(void **state)
{
    static const char *const lines[] = {
        "GET * HTTP/1.1",
        "GET *x HTTP/1.1",
        "OPTIONS ** HTTP/1.1",
        "GET index HTTP/1.1",
        "GET localhost:80 HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET /\x7f HTTP/1.1",
        "GET /\xC3\xA9 HTTP/1.1",
        "GET /\x01 HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET ? HTTP/1.1",
        "GET",
        "GET /",
        "",
        "G\"T / HTTP/1.1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (parse_line(lines[i]) != 400)
            fail_msg("%s was not refused", lines[i]);
    assert_int_equal(parse_bytes("GET /\0x HTTP/1.1\r\nHost: x\r\n\r\n", 30), 400);
    assert_int_equal(parse_line("CONNECT localhost:443 HTTP/1.1"), 501);
}

static void test_only_http_1_is_spoken(void **state)
{
    (void)state;
    assert_int_equal(parse_line("GET / HTTP/1.0"), 0);
    assert_int_equal(parse_line("GET / HTTP/1.9"), 0);
    assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n"), 0);
    assert_null(head.host.at);
    assert_int_equal(parse("GET / HTTP/1.9\r\n\r\n"), 400);
    assert_int_equal(parse_line("GET / HTTP/2.0"), 505);
    assert_int_equal(parse_line("GET / HTTP/0.9"), 505);
    assert_int_equal(parse_line("GET / HTTP/1.x"), 400);
    assert_int_equal(parse_line("GET / HTTP/11"), 400);
    assert_int_equal(parse_line("GET / HTTP/1.10"), 400);
    assert_int_equal(parse_line("GET / http/1.1"), 400);
    assert_int_equal(parse_line("GET / XTTP/1.1"), 400);
    assert_int_equal(parse_line("PRI * HTTP/2.0"), 505);
}

static void test_one_empty_line_before_the_first_is_forgiven(void **state)
{
    const char *text = "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n";

    (void)state;
    assert_int_equal(parse(text), 0);
    assert_int_equal(head.len, strlen(text));
    assert_int_equal(parse("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
    assert_int_equal(parse("\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
}

static int parse_host(const char *host)
{
    char text[256];

    snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost:%s\r\n\r\n", host);
    return parse(text);
}

static void test_host_is_a_name_or_address_with_perhaps_a_port(void **state)
{
    static const char *const good[] = {" localhost", " a.example:65535", "127.0.0.1:5000",
                                       " [::1]:80",  " A_b-c~d.e.",      "x:",
                                       "\tx ",       " [::ffff:1.2.3.4]"};
    static const char *const bad[] = {
        "",          "  ",           " a b", " a/b",   " user@x", " a,b",    " x:65536",
        " x:123456", " x:8o",        " :80", " []",    " [::1",   " [::1]x", " [g::1]",
        " x%41",     " caf\xC3\xA9", " x?y", " x:1:2", " \"x\"",  " ::1"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (parse_host(good[i]) != 0)
            fail_msg("host '%s' was refused: %s", good[i], why);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (parse_host(bad[i]) != 400)
            fail_msg("host '%s' was not refused", bad[i]);
    assert_int_equal(parse("GET / HTTP/1.1\r\n\r\n"), 400);
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n"), 400);
    assert_int_equal(parse("GET / HTTP/1.0\r\nHost: a b\r\n\r\n"), 400);
}

static void test_malformed_fields_are_refused(void **state)
{
    static const char *const lines[] = {
        "NoColon\r\n",
        ": empty\r\n",
        "X : 1\r\n",
        "X\t: 1\r\n",
        " folded: 1\r\n",
        "X: 1\r\n folded\r\n",
        "X: 1\r\n\tfolded\r\n",
        "X(Y): 1\r\n",
        "X\"Y: 1\r\n",
        "X\x80: 1\r\n",
        "X: a\rb\r\n",
        "X: a\nb: 1\r\n",
        "X: a\x01\r\n",
        "X: a\x7f\r\n",
        "X: 1\n",
        "X: 1\r",
        "X@Y: 1\r\n",
        "X: long enough for words of eight\x1f\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (parse_with(lines[i]) != 400)
            fail_msg("%s was not refused", lines[i]);
    assert_int_equal(parse_bytes("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 35), 400);
    assert_int_equal(parse("GET / HTTP/1.1\nHost: x\n\n"), 400);
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: x\r\n\n"), 400);
}

static void test_values_may_hold_tabs_and_bytes_above_ascii(void **state)
{
    (void)state;
    assert_int_equal(parse_with("X: caf\xC3\xA9 \xFF\x80 and\tmore than eight bytes\r\n"), 0);
    assert_span(*head_find(&head, "X"), "caf\xC3\xA9 \xFF\x80 and\tmore than eight bytes");
    assert_int_equal(parse_with("!#$%&'*+-.^_`|~09azAZ: 1\r\n"), 0);
}

static void test_the_length_of_a_body_must_be_beyond_doubt(void **state)
{
    static const char *const bad[] = {
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length:\r\n",
        "Content-Length: 18446744073709551621\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nCONTENT-LENGTH: 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked;a=b\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding:\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (parse_with(bad[i]) != 400)
            fail_msg("%s was not refused", bad[i]);
    assert_int_equal(parse_with("Transfer-Encoding: gzip, chunked\r\n"), 501);
    assert_int_equal(parse_with("Transfer-Encoding: \x0b"
                                "chunked\r\n"),
                     400);
    assert_int_equal(parse_with("Transfer-Encoding: Chunked\r\n"), 0);
    assert_int_equal(parse_with("Content-Length: 0\r\n"), 0);
    assert_int_equal(parse_with("Content-Length: 999999999999999999\r\n"), 0);
    assert_int_equal(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

/* A head with a target and a value of these lengths, and many fields. */
static int parse_sized(size_t target, size_t value, int fields)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    int status;

    fputs("GET /", out);
    for (size_t i = 1; i < target; i++)
        fputc('a', out);
    fputs(" HTTP/1.1\r\nHost: x\r\nX:", out);
    for (size_t i = 0; i < value; i++)
        fputc('b', out);
    for (int i = 2; i < fields; i++)
        fputs("\r\nY: 1", out);
    fputs("\r\n\r\n", out);
    fclose(out);
    status = parse_bytes(text, len);
    free(text);
    return status;
}

static void test_limits_hold_to_the_byte(void **state)
{
    const size_t around = strlen("GET / HTTP/1.1\r\nHost: x\r\nX:\r\n\r\n");

    (void)state;
    assert_int_equal(parse_sized(limits.max_target, 0, 2), 0);
    assert_int_equal(parse_sized(limits.max_target + 1, 0, 2), 414);
    assert_int_equal(parse_sized(66000, 0, 2), 414);
    assert_int_equal(parse_sized(1, limits.max_head - around, 2), 0);
    assert_int_equal(head.len, limits.max_head);
    assert_int_equal(parse_sized(1, limits.max_head - around + 1, 2), 431);
    assert_int_equal(parse_sized(1, 66000, 2), 431);
    assert_int_equal(parse_sized(1, 0, HEAD_MAX_FIELDS), 0);
    assert_int_equal(head.count, HEAD_MAX_FIELDS);
    assert_int_equal(parse_sized(1, 0, HEAD_MAX_FIELDS + 1), 431);
}

static void test_a_head_cut_anywhere_is_not_complete(void **state)
{
    const char *text = "GET /a?b HTTP/1.1\r\nHost: localhost\r\nX-Y: z\r\n\r\n";

    (void)state;
    for (size_t len = 0; len < strlen(text); len++)
        assert_int_equal(parse_bytes(text, len), 400);
    assert_int_equal(parse(text), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_usual_head_is_taken_apart),
        cmocka_unit_test(test_fields_are_found_whatever_their_case),
        cmocka_unit_test(test_every_form_of_target_that_is_ours_passes),
        cmocka_unit_test(test_the_host_of_an_absolute_target_wins),
        cmocka_unit_test(test_other_targets_are_refused),
        cmocka_unit_test(test_only_http_1_is_spoken),
        cmocka_unit_test(test_one_empty_line_before_the_first_is_forgiven),
        cmocka_unit_test(test_host_is_a_name_or_address_with_perhaps_a_port),
        cmocka_unit_test(test_malformed_fields_are_refused),
        cmocka_unit_test(test_values_may_hold_tabs_and_bytes_above_ascii),
        cmocka_unit_test(test_the_length_of_a_body_must_be_beyond_doubt),
        cmocka_unit_test(test_limits_hold_to_the_byte),
        cmocka_unit_test(test_a_head_cut_anywhere_is_not_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
