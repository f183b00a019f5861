/* SPDX-License-Identifier: MIT */
#include "../framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define HEAD "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

/* In pieces of every size the verdict must be the same. */
static void check(const char *bytes, bool bad, uint64_t whole)
{
    size_t len = strlen(bytes);

    for (size_t piece = 1; piece <= len; piece++) {
        struct framing framing = {0};

        for (size_t at = 0; at < len; at += piece)
            framing_read(&framing, bytes + at, len - at < piece ? len - at : piece);
        if (framing.bad != bad || framing.whole != whole)
            print_message("in pieces of %zu: %s\n", piece, bytes);
        assert_int_equal(framing.bad, bad);
        assert_int_equal(framing.whole, whole);
    }
}

static void test_well_formed_requests_are_counted(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\nHost: h\r\n\r\n", false, 1);
    check("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", false, 2);
    check("POST / HTTP/1.1\r\nContent-LENGTH:  12\r\n\r\nhello\r\n\r\nxyzGET / HTTP/1.1\r\n\r\n",
          false, 2);
    check(HEAD "5\r\nhello\r\n0\r\n\r\n", false, 1);
    check(HEAD
          "00a;x=\"y z\"\r\n0123456789\r\n0 ;x\r\nTrailer: 1\r\nX:\r\n\r\nGET / HTTP/1.1\r\n\r\n",
          false, 2);
    check(HEAD
          "5;a-very-long-extension=that-does-not-fit-in-what-is-kept-of-a-line\r\nhello\r\n0\r\n"
          "A-Very-Long-Trailer-Name-That-Does-Not-Fit-In-What-Is-Kept: 1\r\n\r\n",
          false, 1);
    check(HEAD "5\r\nhel", false, 0);
}

static void test_malformed_chunks_are_noticed(void **state)
{
    static const char *const bodies[] = {
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhelloXX\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "\r\n0\r\n\r\n",
        "-1\r\n\r\n",
        "5 x\r\nhello\r\n0\r\n\r\n",
        "2;\nxx\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\nBad Name: 1\r\n\r\n",
        "0\r\nA: 1\n\r\n",
        "0\r\n\n",
        "0\r\n: 1\r\n\r\n",
        "g\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char text[256];

        snprintf(text, sizeof(text), "%s%s", HEAD, bodies[i]);
        check(text, true, 0);
    }
}

static void test_bad_request_after_good_ones_is_told_by_its_number(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\nHost: h\r\n\r\n" HEAD "0x\r\n\r\nGET / HTTP/1.1\r\n\r\n", true, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_formed_requests_are_counted),
        cmocka_unit_test(test_malformed_chunks_are_noticed),
        cmocka_unit_test(test_bad_request_after_good_ones_is_told_by_its_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
