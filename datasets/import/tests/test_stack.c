/* SPDX-License-Identifier: MIT */
#include "../stack.h"

#include "../html_text.h"
#include "../times.h"
#include "collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static FILE *open_text(const char *text, size_t len)
{
    return len ? fmemopen((void *)(uintptr_t)text, len, "r") : tmpfile();
}

static enum intake_end read_posts(const char *text, const char *site, struct collected *collected)
{
    FILE *file = open_text(text, strlen(text));
    struct intake intake = collecting(collected);
    struct error err;
    enum intake_end end;

    assert_non_null(file);
    end = stack_read(file, site, &intake, &err);
    fclose(file);
    return end;
}

static void assert_posts(const char *rows, const char *site, const char *posts, const char *bad)
{
    struct collected collected = {0};
    struct buf text = {0};

    buf_printf(&text, "<posts>\n%s\n</posts>", rows);
    assert_int_equal(read_posts(buf_text(&text), site, &collected), INTAKE_ALL);
    assert_string_equal(buf_text(&collected.posts), posts);
    assert_string_equal(buf_text(&collected.bad), bad);
    collected_release(&collected);
    buf_release(&text);
}

static void test_a_question_becomes_a_post(void **state)
{
    (void)state;
    assert_posts(
        "<row Id='5' PostTypeId='1' CreationDate='2014-01-21T20:26:05.383' Score='-3' "
        "Body='&lt;p&gt;a &amp;amp;amp; b&lt;/p&gt;' OwnerUserId='7' Title='a &amp;amp; b' "
        "Tags='&lt;c++&gt;&lt;.net&gt;' AnswerCount='2' CommentCount='1'/>",
        "beer.stackexchange.com",
        "2 { \"id\" : \"se-beer-5\", \"title\" : \"a &amp; b\", \"selftext\" : "
        "\"a &amp; b\", \"author\" : \"user7\", \"ups\" : { \"$numberInt\" : \"0\" }, "
        "\"downs\" : { \"$numberInt\" : \"3\" }, \"score\" : { \"$numberInt\" : \"-3\" }, "
        "\"num_comments\" : { \"$numberInt\" : \"3\" }, \"domain\" : "
        "\"beer.stackexchange.com\", \"permalink\" : "
        "\"https://beer.stackexchange.com/posts/5\", \"url\" : "
        "\"https://beer.stackexchange.com/posts/5\", \"thumbnail\" : \"\", "
        "\"created_utc\" : { \"$numberInt\" : \"1390335965\" }, \"is_self\" : true, "
        "\"over_18\" : false, \"edited\" : false, \"source\" : \"stackexchange\", "
        "\"licence\" : \"CC BY-SA 3.0\", \"topics\" : [ \"c++\", \".net\" ] }\n",
        "");
}

static void test_an_answer_names_its_question(void **state)
{
    struct collected collected = {0};

    (void)state;
    read_posts("<posts><row Id='6' PostTypeId='2' ParentId='5' CreationDate='2024-01-01T00:00:00' "
               "Score='1' Body='x' OwnerDisplayName='ann'/><row Id='7' PostTypeId='2' "
               "CreationDate='2024-01-01T00:00:00' Score='1'/></posts>",
               "", &collected);
    assert_int_equal(collected.bad.len, 0);
    assert_memory_equal(buf_text(&collected.posts), "1 se-5 { \"id\" : \"se-6\"", 22);
    assert_non_null(strstr(collected.posts.data, "\"author\" : \"ann\""));
    assert_non_null(strstr(collected.posts.data, "\"permalink\" : \"\""));
    assert_non_null(strstr(collected.posts.data, "CC BY-SA 4.0"));
    assert_non_null(strstr(collected.posts.data, "\n1  { \"id\" : \"se-7\""));
    collected_release(&collected);
}

static void test_rows_of_other_types_are_left_out(void **state)
{
    struct collected collected = {0};

    (void)state;
    read_posts("<posts><row Id='6' PostTypeId='5'/><row Id='7' PostTypeId='17'/></posts>", "",
               &collected);
    assert_int_equal(collected.left_out, 2);
    assert_int_equal(collected.seen, 0);
    collected_release(&collected);
}

static void test_rows_that_miss_what_they_need_are_bad(void **state)
{
#define ROW(id, type, date, score)                                                                 \
    "<row Id='" id "' PostTypeId='" type "' CreationDate='" date "' Score='" score "' Body=''/>"
    (void)state;
    assert_posts(ROW("x", "2", "2024-01-01T00:00:00", "1"), "", "",
                 "2: Id must be a whole number above 0\n");
    assert_posts(ROW("0", "2", "2024-01-01T00:00:00", "1"), "", "",
                 "2: Id must be a whole number above 0\n");
    assert_posts(ROW("1", "2", "2024-13-01T00:00:00", "1"), "", "",
                 "2: CreationDate must be a date such as 2024-01-31T10:30:00\n");
    assert_posts(ROW("1", "2", "2024-01-01T00:00:00", "9223372036854775808"), "", "",
                 "2: Score must be a whole number\n");
    assert_posts(ROW("1", "1", "2024-01-01T00:00:00", "1"), "", "",
                 "2: a question needs a Title\n");
    assert_posts("\n<row Id='1'/>", "", "", "3: PostTypeId must be a whole number\n");
#undef ROW
}

static void test_a_tag_without_end_does_not_fill_the_memory(void **state)
{
    size_t len = RECORD_MAX_BYTES + 300000;
    char *text = malloc(len + 1);
    struct collected collected = {0};

    (void)state;
    memset(text, 'x', len);
    memcpy(text, "<posts><row Body='", 18);
    text[len] = '\0';
    assert_int_equal(read_posts(text, "", &collected), INTAKE_ALL);
    assert_string_equal(buf_text(&collected.bad), "1: a tag is longer than 16 MiB\n");
    collected_release(&collected);
    free(text);
}

static void test_other_roots_are_refused(void **state)
{
    struct collected collected = {0};

    (void)state;
    read_posts("<users><row Id='1' PostTypeId='1'/></users>", "", &collected);
    assert_string_equal(buf_text(&collected.bad),
                        "1: this is no Posts.xml, whose root is <posts>\n");
    collected_release(&collected);
}

/* -- parts --------------------------------------------------------------------------------------
 */

static void assert_text_of(const char *html, const char *wanted)
{
    struct buf out = {0};

    html_text(&out, html, strlen(html));
    assert_string_equal(buf_text(&out), wanted);
    buf_release(&out);
}

static void test_html_becomes_text(void **state)
{
    (void)state;
    assert_text_of("", "");
    assert_text_of("<p>One\n two </p>\n\n<p>three<br>four</p>\n", "One two\n\nthree\nfour");
    assert_text_of("a<em>b</em> <code>c</code>", "ab c");
    assert_text_of("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", "- one\n- two");
    assert_text_of("<pre><code>a\n  b\r\n</code></pre>x", "a\n  b\n\n\nx");
    assert_text_of("a &lt; b &amp;&amp; c &amp;lt;", "a < b && c &lt;");
    assert_text_of("a < b > c <3", "a < b > c <3");
    assert_text_of("x<script>alert('</b>')</script>y<style>p{}</style>z", "xyz");
    assert_text_of("<a title='>' href=\"x\">link</a><!-- <p>no</p> -->s", "links");
    assert_text_of("cut <a href='", "cut <a href='");
    assert_text_of("<script>never ends", "");
}

static void test_times_are_read_exactly(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"1970-01-01T00:00:00", 0},
        {"2000-02-29T12:00:00.5", 951825600500},
        {"2024-02-29T23:59:59.9999Z", 1709251199999},
        {"2013-01-02T03:04:05+01:00", 1357092245000},
        {"2013-01-02T03:04:05-0130", 1357101245000},
        {"1969-12-31T23:59:59.999", -1},
        {"0001-01-01T00:00:00", -62135596800000},
    };
    static const char *const bad[] = {"",
                                      "2024",
                                      "2023-02-29T00:00:00",
                                      "2024-01-01T24:00:00",
                                      "2024-01-01 00:00:00",
                                      "2024-01-01T00:00:00.",
                                      "2024-01-01T00:00:00x",
                                      "2024-1-1T00:00:00",
                                      "2024-01-01T00:00:00+1",
                                      "-024-01-01T00:00:00"};
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(time_parse(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(time_parse(bad[i], &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_question_becomes_a_post),
        cmocka_unit_test(test_an_answer_names_its_question),
        cmocka_unit_test(test_rows_of_other_types_are_left_out),
        cmocka_unit_test(test_rows_that_miss_what_they_need_are_bad),
        cmocka_unit_test(test_a_tag_without_end_does_not_fill_the_memory),
        cmocka_unit_test(test_other_roots_are_refused),
        cmocka_unit_test(test_html_becomes_text),
        cmocka_unit_test(test_times_are_read_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
