/* SPDX-License-Identifier: MIT */
#include "../words.h"

#include "../utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>

static void assert_words(const char *text, const char *wanted)
{
    struct buf out = {0};

    words_analyse(&out, text, strlen(text));
    assert_string_equal(buf_text(&out), wanted);
    buf_release(&out);
}

/* The query as text: terms between bars, negated ones with a minus. */
static void assert_query(const char *typed, const char *wanted)
{
    struct arena arena = {0};
    struct buf text = {0};
    struct words_query query;
    bool positive = words_compile(&arena, typed, &query);
    bool any = false;

    for (size_t i = 0; i < query.count; i++) {
        buf_printf(&text, "%s%s%s", i ? "|" : "", query.terms[i].negated ? "-" : "",
                   query.terms[i].tokens);
        any = any || !query.terms[i].negated;
    }
    assert_string_equal(buf_text(&text), wanted);
    assert_int_equal(positive, any);
    buf_release(&text);
    arena_release(&arena);
}

static void test_letters_and_digits_make_words(void **state)
{
    (void)state;
    assert_words("", "");
    assert_words(" -- ", "");
    assert_words("One, two;THREE", "one two three");
    assert_words("foo_bar/baz 42", "foo bar baz 42");
    assert_words("don't", "don t");
}

static void test_forms_of_an_english_word_are_one(void **state)
{
    (void)state;
    assert_words("Searching searches searched search", "search search search search");
    assert_words("the and of", "the and of");
    assert_words("mp3s", "mp3s");
}

static void test_accents_and_case_make_no_difference(void **state)
{
    (void)state;
    assert_words("Crème BRÛLÉE", "creme brule");
    assert_words("Łódź Ñandú Dvořák", "lodz nandu dvorak");
    assert_words("STRASSE Straße", "strass strass");
    assert_words("Æther Œuvre Þór", "aether oeuvr thor");
    assert_words("ΆΛΦΑ άλφα ὈΔΥΣΣΕΎΣ οδυσσεύς", "αλφα αλφα οδυσσευσ οδυσσευσ");
    assert_words("ПРИВЕТ Ёлка ёлка Їжак", "привет елка елка іжак");
    assert_words("Việt Nam ĐẶNG", "viet nam dang");
    assert_words("ＡＢＣ１２３", "abc123");
}

static void test_accents_may_be_characters_of_their_own(void **state)
{
    (void)state;
    assert_words("cafe\xCC\x81 caf\xC3\xA9", "cafe cafe");
    assert_words("co\xC2\xADop", "coop");
}

static void test_languages_without_spaces_become_pairs(void **state)
{
    (void)state;
    assert_words("東京都", "東京 京都");
    assert_words("猫", "猫");
    assert_words("Pythonの本", "python の本");
    assert_words("日本、中国", "日本 中国");
    assert_words("한국어 abc", "한국 국어 abc");
}

static void test_names_with_signs_are_words_of_their_own(void **state)
{
    (void)state;
    assert_words("C C++ C# F#", "c cplusplus csharp fsharp");
    assert_words("c++11 (C++) c#.", "cplusplus 11 cplusplus csharp");
    assert_words("Notepad++, google+", "notepadplusplus googleplus");
    assert_words("a+b 1+1 issue#12 page#top c## c+++", "a b 1 1 issu 12 page top c c");
    assert_words("# + ++ #x", "x");
    assert_words(".NET .net ASP.NET", "dotnet dotnet asp net");
    assert_words("the .net, x..net", "the dotnet x dotnet");
    assert_words("node.js", "node js");
}

static void test_words_are_cut_between_characters(void **state)
{
    char text[200];
    struct buf out = {0};

    (void)state;
    memset(text, '7', sizeof(text));
    words_analyse(&out, text, sizeof(text));
    assert_int_equal(out.len, WORDS_MAX_BYTES);
    out.len = 0;
    text[0] = 'x';
    for (size_t i = 1; i + 1 < sizeof(text); i += 2)
        text[i] = '\xD0', text[i + 1] = '\xB6';
    words_analyse(&out, text, sizeof(text) - 1);
    assert_int_equal(out.len, WORDS_MAX_BYTES - 1);
    assert_true(utf8_valid(out.data, out.len));
    buf_release(&out);
}

static void test_malformed_bytes_separate_words(void **state)
{
    (void)state;
    assert_words("one\xFFtwo\xC3(three\xE2\x82", "one two three");
    assert_words("\xED\xA0\x80x", "x");
}

static void test_only_letters_come_out_whatever_goes_in(void **state)
{
    struct buf all = {0};
    struct buf out = {0};

    (void)state;
    for (uint32_t code = 0; code < 0x30000; code++) {
        char bytes[4] = "";
        size_t len = utf8_encode(code, bytes);

        buf_add(&all, bytes, len);
        if (code % 7 == 0)
            buf_byte(&all, ' ');
    }
    words_analyse(&out, all.data, all.len);
    assert_true(utf8_valid(out.data, out.len));
    for (size_t i = 0; i < out.len; i++) {
        unsigned char byte = (unsigned char)out.data[i];

        assert_true((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80 ||
                    byte == ' ');
        if (byte == ' ')
            assert_true(i > 0 && out.data[i - 1] != ' ' && i + 1 < out.len);
    }
    buf_release(&all);
    buf_release(&out);
}

static void test_typed_words_phrases_and_exclusions(void **state)
{
    (void)state;
    assert_query("Searching posts", "search|post");
    assert_query("\"exact phrase\" word", "exact phrase|word");
    assert_query("python -snake -\"monty python\"", "python|-snake|-monti python");
    assert_query("node.js c++", "node js|cplusplus");
    assert_query("“curly quotes”", "cur quot");
    assert_query("東京　大阪", "東京|大阪");
    assert_query("foo\"bar baz\"qux", "foo|bar baz|qux");
}

static void test_nothing_else_is_syntax(void **state)
{
    (void)state;
    assert_query("a AND b OR NOT c NEAR(d) e* f:g ^h {i} (j)",
                 "a|and|b|or|not|c|near d|e|f g|h|i|j");
    assert_query("\"unclosed phrase", "unclos phrase");
    assert_query("' ; -- \" \"", "");
    assert_query("well-known", "well known");
    assert_query("--word", "-word");
}

static void test_exclusions_alone_find_nothing(void **state)
{
    (void)state;
    assert_query("", "");
    assert_query("-python", "-python");
    assert_query("- - \"\" -\"\"", "");
}

static void test_terms_are_bounded(void **state)
{
    struct arena arena = {0};
    struct words_query query;
    char typed[200 * 5 + 1] = "";

    (void)state;
    for (size_t i = 0; i < 200; i++)
        snprintf(typed + i * 5, 6, "x%03zu ", i);
    assert_true(words_compile(&arena, typed, &query));
    assert_int_equal(query.count, WORDS_MAX_TERMS);
    assert_string_equal(query.terms[WORDS_MAX_TERMS - 1].tokens, "x031");
    arena_release(&arena);
}

/* A phrase of a thousand words kept a worker busy for seconds. */
static void test_words_of_phrases_are_bounded_together(void **state)
{
    struct arena arena = {0};
    struct words_query query;
    struct buf typed = {0};
    size_t blanks = 0;

    (void)state;
    buf_puts(&typed, "one a.b \"");
    for (size_t i = 0; i < 1000; i++)
        buf_puts(&typed, "x ");
    buf_puts(&typed, "\" -late");
    assert_true(words_compile(&arena, buf_text(&typed), &query));
    assert_int_equal(query.count, 3);
    assert_string_equal(query.terms[1].tokens, "a b");
    for (const char *at = query.terms[2].tokens; *at; at++)
        blanks += *at == ' ';
    assert_int_equal(blanks + 1, WORDS_MAX_ASKED - 3);
    assert_int_equal(strlen(query.terms[2].tokens), 2 * blanks + 1);
    buf_release(&typed);
    arena_release(&arena);
}

static void *analyse_often(void *failed)
{
    static const char text[] = "Running threads analysing stories";
    struct buf out = {0};

    for (int i = 0; i < 2000; i++) {
        out.len = 0;
        words_analyse(&out, text, sizeof(text) - 1);
        if (strcmp(buf_text(&out), "run thread analys stori") != 0)
            *(bool *)failed = true;
    }
    buf_release(&out);
    return NULL;
}

static void test_threads_do_not_disturb_one_another(void **state)
{
    bool failed[3] = {false, false, false};
    pthread_t threads[3];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, analyse_often, &failed[i]), 0);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_false(failed[0] || failed[1] || failed[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters_and_digits_make_words),
        cmocka_unit_test(test_forms_of_an_english_word_are_one),
        cmocka_unit_test(test_accents_and_case_make_no_difference),
        cmocka_unit_test(test_accents_may_be_characters_of_their_own),
        cmocka_unit_test(test_languages_without_spaces_become_pairs),
        cmocka_unit_test(test_names_with_signs_are_words_of_their_own),
        cmocka_unit_test(test_words_are_cut_between_characters),
        cmocka_unit_test(test_malformed_bytes_separate_words),
        cmocka_unit_test(test_only_letters_come_out_whatever_goes_in),
        cmocka_unit_test(test_typed_words_phrases_and_exclusions),
        cmocka_unit_test(test_nothing_else_is_syntax),
        cmocka_unit_test(test_exclusions_alone_find_nothing),
        cmocka_unit_test(test_terms_are_bounded),
        cmocka_unit_test(test_words_of_phrases_are_bounded_together),
        cmocka_unit_test(test_threads_do_not_disturb_one_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
