/* SPDX-License-Identifier: MIT */
/* Rules that ask the store: unique and data_relation; and duplicates within one batch. */
#include "blog.h"

#include "../versions.h"

/* -- unique -------------------------------------------------------------------------------------
 */

static void test_unique_values_clash_with_stored_ones(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("posts"), "{`id`: `p0`, `n`: 7, `d`: {`u`: `x`}, `owner`: `a`}");
    put(of("posts"), "{`id`: `p1`, `n`: null}");
    validation.owner = "b";
    expect_issues(&validation, "{`id`: `p0`, `n`: 7, `d`: {`u`: `x`}}",
                  "{`id`:`value 'p0' is not unique`,`n`:`value '7' is not unique`,"
                  "`d`:{`u`:`value 'x' is not unique`}}");
    expect_issues(&validation, "{`id`: `p2`, `n`: null}", "{}");
    expect_issues(&validation, "{`id`: 5}", "{`id`:`must be of string type`}");
}

static void test_a_document_does_not_clash_with_itself(void **state)
{
    struct validation validation = posting();
    bson_t stored = BSON_INITIALIZER;
    struct bson_bytes bytes;
    bson_oid_t id;

    (void)state;
    bson_oid_init_from_string(&id, "aaaaaaaaaaaaaaaaaaaaaaaa");
    bson_append_oid(&stored, "_id", -1, &id);
    bson_append_utf8(&stored, "id", -1, "p0", -1);
    put_bson(of("posts"), &stored);
    put(of("posts"), "{`id`: `p1`}");
    bytes = (struct bson_bytes){bson_get_data(&stored), stored.len};
    validation.stored = &bytes;
    for (validation.how = VALIDATE_PUT; validation.how <= VALIDATE_PATCH; validation.how++) {
        expect_issues(&validation, "{`id`: `p0`}", "{}");
        expect_issues(&validation, "{`id`: `p1`}", "{`id`:`value 'p1' is not unique`}");
    }
    bson_destroy(&stored);
}

static void test_documents_that_count_as_deleted_clash_with_none(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("posts"), "{`id`: `p0`, `_deleted`: true}");
    expect_issues(&validation, "{`id`: `p0`}", "{}");
}

static void test_what_is_unique_to_a_user_may_be_anothers(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("posts"), "{`mine`: `x`, `owner`: `a`}");
    validation.owner = "a";
    expect_issues(&validation, "{`mine`: `x`}", "{`mine`:`value 'x' is not unique`}");
    validation.owner = "b";
    expect_issues(&validation, "{`mine`: `x`}", "{}");
    validation.owner = NULL;
    expect_issues(&validation, "{`mine`: `x`}", "{`mine`:`value 'x' is not unique`}");
}

/* -- data_relation ------------------------------------------------------------------------------
 */

static void test_a_reference_must_exist(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("people"), "{`_id`: 1, `nick`: `al`}");
    expect_issues(&validation, "{`by`: 1, `nick`: `al`}", "{}");
    expect_issues(&validation, "{`by`: 2, `nick`: `bo`}",
                  "{`by`:`" MISSING(
                      "2") "`,"
                           "`nick`:`value 'bo' must exist in resource 'people', field 'nick'.`}");
    expect_issues(&validation, "{`by`: `x`}", "{`by`:`must be of integer type`}");
    expect_issues(&validation, "{`maybe`: null}", "{}");
    expect_issues(&validation, "{`maybe`: 0}", "{}");
    expect_issues(&validation, "{`by`: 0}", "{`by`:`" MISSING("0") "`}");
}

static void test_references_of_a_list_are_told_of_by_index(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("people"), "{`_id`: 1, `nick`: `al`}");
    put(of("people"), "{`_id`: 3, `nick`: `al`}");
    put(of("authors"), "{`name`: `Al`}");
    expect_issues(&validation, "{`with`: [3, 1, 1]}", "{}");
    expect_issues(&validation, "{`with`: [2]}", "{`with`:{`0`:`" MISSING("2") "`}}");
    expect_issues(&validation, "{`with`: [1, 2, `x`, 3, 2]}",
                  "{`with`:{`1`:`" MISSING("2") "`,`2`:`must be of integer type`,"
                                                "`4`:`" MISSING("2") "`}}");
    expect_issues(&validation, "{`nicks`: [`al`, `bo`, `al`]}",
                  "{`nicks`:{`1`:`value 'bo' must exist in resource 'people', field 'nick'.`}}");
    expect_issues(&validation, "{`names`: [`Al`, `Bo`]}",
                  "{`names`:{`1`:`value 'Bo' must exist in resource 'authors', field 'name'.`}}");
}

static void test_a_list_that_is_a_relation_itself_tells_of_each_missing_value(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("people"), "{`_id`: 1}");
    expect_issues(&validation, "{`all`: [1, 1]}", "{}");
    expect_issues(&validation, "{`all`: []}", "{}");
    expect_issues(&validation, "{`all`: [4, 1, 2, 4]}",
                  "{`all`:[`" MISSING("4") "`,`" MISSING("2") "`]}");
}

static void test_thousands_of_references_are_looked_up(void **state)
{
    struct validation validation = posting();
    struct buf text = {0};

    (void)state;
    for (int i = 1; i <= 5; i++)
        put(of("people"), arena_printf(&arena, "{`_id`: %d}", i * 500));
    buf_puts(&text, "{`with`: [500");
    for (int i = 2; i <= 5; i++)
        for (int times = 0; times < 300; times++)
            buf_printf(&text, ", %d", i * 500);
    expect_issues(&validation, arena_printf(&arena, "%s]}", buf_text(&text)), "{}");
    for (int i = 0; i < 2000; i++)
        buf_printf(&text, ", %d", 10000 + i);
    buf_puts(&text, "]}");
    assert_non_null(
        strstr(judged(&validation, read_json(validation.resource, buf_text(&text))).issues,
               "\"3200\":\"" MISSING("11999")));
    buf_release(&text);
}

static void test_only_what_is_within_reach_can_be_referred_to(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("authors"), "{`name`: `gone`, `_deleted`: true}");
    put(of("authors"), "{`name`: `al`, `owner`: `a`}");
    validation.owner = "a";
    expect_issues(&validation, "{`names`: [`al`]}", "{}");
    expect_issues(&validation, "{`names`: [`gone`]}",
                  "{`names`:{`0`:`value 'gone' must exist in resource 'authors', field 'name'.`}}");
    validation.owner = "b";
    expect_issues(&validation, "{`names`: [`al`]}",
                  "{`names`:{`0`:`value 'al' must exist in resource 'authors', field 'name'.`}}");
}

static void test_alternatives_may_be_references(void **state)
{
    struct validation validation = posting();

    (void)state;
    put(of("people"), "{`_id`: 1}");
    expect_issues(&validation, "{`either`: 1}", "{}");
    expect_issues(&validation, "{`either`: `x`}", "{}");
    expect_issues(&validation, "{`either`: 2}",
                  "{`either`:[`no definitions validate`,{`anyof definition 0`:`" MISSING(
                      "2") "`,`anyof definition 1`:`must be of string type`}]}");
}

static void test_a_reference_may_be_to_one_version(void **state)
{
    struct validation validation = posting();
    const struct resource *authors = settings_resource(&settings, "authors");

    (void)state;
    put(authors->versions,
        "{`" VERSIONS_ID "`: {`$oid`: `aaaaaaaaaaaaaaaaaaaaaaaa`}, `name`: `al`, `_version`: 2}");
    put(authors->collection, "{`_id`: {`$oid`: `bbbbbbbbbbbbbbbbbbbbbbbb`}, `name`: `bo`}");
    expect_issues(&validation, "{`version`: {`_id`: `aaaaaaaaaaaaaaaaaaaaaaaa`, `_version`: 2}}",
                  "{}");
    expect_issues(&validation, "{`version`: {`_id`: `bbbbbbbbbbbbbbbbbbbbbbbb`, `_version`: 1}}",
                  "{}");
    expect_issues(&validation, "{`version`: {`_id`: `aaaaaaaaaaaaaaaaaaaaaaaa`, `_version`: 1}}",
                  "{`version`:`value 'aaaaaaaaaaaaaaaaaaaaaaaa' must exist in resource 'authors', "
                  "field '_id' at version '1'.`}");
    expect_issues(&validation, "{`version`: {`_id`: `aaaaaaaaaaaaaaaaaaaaaaaa`}}",
                  "{`version`:`versioned data_relation must be a dict with fields '_id' and "
                  "'_version'`}");
}

static void test_a_store_that_fails_is_no_issue(void **state)
{
    static const struct collection unknown = {.name = "unknown", .id_type = TYPE_INT};
    struct validation validation = posting();
    struct resource resource = *validation.resource;
    struct error err = {0};
    struct issues issues;
    bson_t out;

    (void)state;
    resource.collection = &unknown;
    validation.resource = &resource;
    validation.arena = &arena;
    issues_init(&issues, &arena);
    assert_false(
        validate(&validation, read_json(&resource, "{`id`: `p0`, `x`: 1}"), &out, &issues, &err));
    assert_int_not_equal(err.kind, ERROR_NONE);
    bson_destroy(&out);
}

/* -- batches ------------------------------------------------------------------------------------
 */

static const char *batch_issues(const char *text, size_t which)
{
    const struct resource *resource = settings_resource(&settings, "posts");
    const bson_t *documents = read_json(resource, text);
    struct issues issues[3];
    struct buf out = {0};
    const char *written;

    for (size_t i = 0; i < 3; i++)
        issues_init(&issues[i], &arena);
    validate_batch(resource, documents, 3, issues);
    issues_write(&issues[which], false, &out);
    written = arena_text(&arena, buf_text(&out));
    buf_release(&out);
    return written;
}

static void test_documents_of_a_batch_may_not_share_what_is_unique(void **state)
{
    static const char batch[] =
        "[{`id`: `a`, `d`: {`u`: `x`}, `n`: null, `_id`: 1}, {`id`: `b`, `n`: null}, "
        "{`id`: `a`, `d`: {`u`: `x`}, `n`: null, `_id`: 1}]";

    (void)state;
    assert_string_equal(batch_issues(batch, 0), "{}");
    assert_string_equal(batch_issues(batch, 1), "{}");
    assert_non_null(strstr(batch_issues(batch, 2), "\"_id\":\"value '1' is not unique\""));
    assert_non_null(strstr(batch_issues(batch, 2), "\"id\":\"value 'a' is not unique\""));
    assert_non_null(strstr(batch_issues(batch, 2), "\"d\":{\"u\":\"value 'x' is not unique\"}"));
}

static void test_of_three_alike_the_later_two_are_told_of(void **state)
{
    static const char batch[] = "[{`n`: 1}, {`n`: 1}, {`n`: 1.0}]";

    (void)state;
    assert_string_equal(batch_issues(batch, 0), "{}");
    assert_string_equal(batch_issues(batch, 1), "{\"n\":\"value '1' is not unique\"}");
    assert_string_equal(batch_issues(batch, 2), "{\"n\":\"value '1.0' is not unique\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_blog(test_unique_values_clash_with_stored_ones),
        in_blog(test_a_document_does_not_clash_with_itself),
        in_blog(test_documents_that_count_as_deleted_clash_with_none),
        in_blog(test_what_is_unique_to_a_user_may_be_anothers),
        in_blog(test_a_reference_must_exist),
        in_blog(test_references_of_a_list_are_told_of_by_index),
        in_blog(test_a_list_that_is_a_relation_itself_tells_of_each_missing_value),
        in_blog(test_thousands_of_references_are_looked_up),
        in_blog(test_only_what_is_within_reach_can_be_referred_to),
        in_blog(test_alternatives_may_be_references),
        in_blog(test_a_reference_may_be_to_one_version),
        in_blog(test_a_store_that_fails_is_no_issue),
        in_blog(test_documents_of_a_batch_may_not_share_what_is_unique),
        in_blog(test_of_three_alike_the_later_two_are_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
