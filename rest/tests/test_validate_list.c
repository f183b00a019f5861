/* SPDX-License-Identifier: MIT */
/* Documents that are posted together: what the store is asked for all of them at once. */
#include "blog.h"

enum { MOST_LISTED = 40 };

/* The issues of a list of documents, one object a line, as validate_list() tells them; and the same
 * documents one by one are told the same. */
static const char *list_issues(const struct validation *validation, const char *text)
{
    struct validation copy = *validation;
    struct candidate candidates[MOST_LISTED];
    struct issues issues[MOST_LISTED];
    struct sent sent = {.type = "application/json", .bytes = quoted(text)};
    struct buf lines = {0};
    struct error err = {0};
    struct body body;
    const char *told;

    copy.arena = &arena;
    sent.len = strlen(sent.bytes);
    assert_true(body_parse(&arena, validation->resource, &sent, &body, &err));
    assert_true(body.count <= MOST_LISTED);
    for (size_t i = 0; i < body.count; i++) {
        issues_init(&issues[i], &arena);
        candidates[i] =
            (struct candidate){&body.documents[i], arena_alloc(&arena, sizeof(bson_t)), &issues[i]};
    }
    assert_true(validate_list(&copy, candidates, body.count, &err));
    for (size_t i = 0; i < body.count; i++) {
        size_t from = lines.len;

        issues_write(&issues[i], false, &lines);
        assert_string_equal(judged(validation, &body.documents[i]).issues, buf_text(&lines) + from);
        buf_byte(&lines, '\n');
        bson_destroy(candidates[i].out);
    }
    told = arena_text(&arena, buf_text(&lines));
    buf_release(&lines);
    return told;
}

static void expect_list(const char *text, const char *issues)
{
    struct validation validation = posting();

    assert_string_equal(list_issues(&validation, text), quoted(issues));
}

static void test_documents_of_a_list_are_told_of_at_their_places(void **state)
{
    (void)state;
    put(of("posts"), "{`id`: `p1`, `n`: 7, `d`: {`u`: `x`}}");
    put(of("posts"), "{`id`: `p3`, `n`: 8, `_deleted`: true}");
    put(of("people"), "{`_id`: 1, `nick`: `al`}");
    expect_list("[{`id`: `p0`, `n`: 1, `by`: 1}, {`id`: `p1`, `n`: 7.0, `by`: 2}, "
                "{`id`: `p3`, `n`: 8}, {`id`: 5, `by`: 1}, {`d`: {`u`: `x`}, `n`: null}]",
                "{}\n{`id`:`value 'p1' is not unique`,`n`:`value '7' is not unique`,"
                "`by`:`" MISSING("2") "`}\n{}\n{`id`:`must be of string type`}\n"
                                      "{`d`:{`u`:`value 'x' is not unique`}}\n");
}

static void test_references_in_lists_of_a_list_are_told_of_by_index(void **state)
{
    (void)state;
    put(of("people"), "{`_id`: 1, `nick`: `al`}");
    put(of("people"), "{`_id`: 2, `nick`: `al`}");
    expect_list("[{`with`: [1, 2]}, {`with`: [1, 3]}, {`all`: [4, 1, 4]}, {`with`: []}, "
                "{`nicks`: [`al`, `bo`]}, {`maybe`: 0, `either`: 3}]",
                "{}\n{`with`:{`1`:`" MISSING("3") "`}}\n{`all`:`" MISSING(
                    "4") "`}\n{}\n"
                         "{`nicks`:{`1`:`value 'bo' must exist in resource 'people', "
                         "field 'nick'.`}}\n"
                         "{`either`:[`no definitions validate`,{`anyof definition 0`:`" MISSING(
                             "3") "`,`anyof definition 1`:`must be of string type`}]}\n");
}

static void test_many_documents_with_one_value_hide_no_others(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        put(of("people"), arena_printf(&arena, "{`_id`: %d, `nick`: `al`}", i));
    put(of("people"), "{`_id`: 50, `nick`: `bo`}");
    put(of("people"), "{`_id`: 51, `nick`: `cy`}");
    expect_list("[{`nick`: `al`}, {`nick`: `bo`}, {`nick`: `cy`}, {`nick`: `di`}]",
                "{}\n{}\n{}\n{`nick`:`value 'di' must exist in resource 'people', "
                "field 'nick'.`}\n");
}

static void test_in_a_list_what_is_unique_to_a_user_may_be_anothers(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("posts"), "{`mine`: `x`, `owner`: `a`}");
    put(of("posts"), "{`mine`: `y`, `owner`: `b`}");
    validation.owner = "a";
    assert_string_equal(list_issues(&validation, "[{`mine`: `x`}, {`mine`: `y`}]"),
                        quoted("{`mine`:`value 'x' is not unique`}\n{}\n"));
}

static void test_lists_as_unique_values_of_a_list(void **state)
{
    (void)state;
    put(of("posts"), "{`tags`: [`a`, `b`]}");
    expect_list("[{`tags`: [`a`, `b`]}, {`tags`: [`a`]}, {`tags`: [`b`, `a`]}]",
                "{`tags`:`value '['a', 'b']' is not unique`}\n{}\n{}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_blog(test_documents_of_a_list_are_told_of_at_their_places),
        in_blog(test_references_in_lists_of_a_list_are_told_of_by_index),
        in_blog(test_many_documents_with_one_value_hide_no_others),
        in_blog(test_in_a_list_what_is_unique_to_a_user_may_be_anothers),
        in_blog(test_lists_as_unique_values_of_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
