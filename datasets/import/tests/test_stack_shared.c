/* SPDX-License-Identifier: MIT */
/* The Stack Exchange reader against cases made to trap such readers; skipped where they are not. */
#include "../stack.h"

#include "../../../lib/json.h"
#include "../../../lib/tests/shared_data.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_text(const char *text, size_t len)
{
    return len ? fmemopen((void *)(uintptr_t)text, len, "r") : tmpfile();
}

static bool load_cases(const char *name, struct arena *arena, struct json *out)
{
    const char *path = arena_printf(arena, "data/stackexchange/%s", name);
    struct file_bytes text = read_whole(arena, shared_path(arena, path));
    struct error err;

    if (!text.data) {
        printf("skip: %s is not there\n", path);
        return false;
    }
    assert_true(json_parse(arena, text.data, text.len, out, &err));
    return true;
}

struct comparing {
    struct json_iter wanted;
    int rows;
};

static void assert_number(const struct stack_row *row, enum stack_attribute which,
                          struct json wanted, const char *key)
{
    struct json number;

    if (!json_get(wanted, key, &number))
        return;
    assert_non_null(row->values[which]);
    assert_string_equal(row->values[which], json_number(number));
}

static void assert_text(const struct stack_row *row, enum stack_attribute which, struct json wanted,
                        const char *key)
{
    struct json text;

    if (!json_get(wanted, key, &text))
        return;
    assert_non_null(row->values[which]);
    assert_string_equal(row->values[which], json_string(text, NULL));
}

static void compare_tags(const struct stack_row *row, struct json wanted)
{
    char question[STACK_ID_SIZE];
    struct json_iter tag;
    struct error err;
    struct json tags;
    bson_iter_t topics;
    bson_t post;

    assert_true(stack_post(row, "x.example", &post, question, &err));
    if (json_get(wanted, "tags", &tags)) {
        assert_true(bson_iter_init_find(&topics, &post, "topics") &&
                    bson_iter_recurse(&topics, &topics));
        for (json_each(tags, &tag); json_next(&tag);) {
            assert_true(bson_iter_next(&topics));
            assert_string_equal(bson_iter_utf8(&topics, NULL), json_string(tag.value, NULL));
        }
        assert_false(bson_iter_next(&topics));
    }
    bson_destroy(&post);
}

static bool compare_row(void *context, const struct stack_row *row)
{
    struct comparing *comparing = context;
    struct json wanted;

    assert_true(json_next(&comparing->wanted));
    wanted = comparing->wanted.value;
    comparing->rows++;
    assert_number(row, STACK_ID, wanted, "id");
    assert_number(row, STACK_TYPE, wanted, "type");
    assert_number(row, STACK_SCORE, wanted, "score");
    assert_number(row, STACK_VIEWS, wanted, "views");
    assert_number(row, STACK_PARENT, wanted, "parent");
    assert_number(row, STACK_ACCEPTED, wanted, "accepted");
    assert_number(row, STACK_OWNER, wanted, "owner");
    assert_text(row, STACK_CREATED, wanted, "created");
    assert_text(row, STACK_BODY, wanted, "body");
    assert_text(row, STACK_TITLE, wanted, "title");
    assert_text(row, STACK_OWNER_NAME, wanted, "owner_name");
    assert_text(row, STACK_LICENCE, wanted, "licence");
    if (stack_is_post(row))
        compare_tags(row, wanted);
    return true;
}

static bool never_bad(void *context, uint64_t line, const char *why)
{
    (void)context;
    fail_msg("%" PRIu64 ": %s", line, why);
    return false;
}

static void test_the_shared_traps_are_read_right(void **state)
{
    struct arena arena = {0};
    struct comparing comparing = {.rows = 0};
    const struct stack_rows rows = {&comparing, compare_row, never_bad};
    struct json cases = {0};
    struct error err;
    FILE *file = shared_open("data/stackexchange/traps.xml");

    (void)state;
    if (!file || !load_cases("traps.json", &arena, &cases))
        skip();
    json_each(cases, &comparing.wanted);
    assert_int_equal(stack_xml_read(file, &rows, &err), INTAKE_ALL);
    assert_int_equal(comparing.rows, 11);
    assert_false(json_next(&comparing.wanted));
    fclose(file);
    arena_release(&arena);
}

static bool count_row(void *context, const struct stack_row *row)
{
    (void)context;
    (void)row;
    return true;
}

static bool count_bad(void *context, uint64_t line, const char *why)
{
    (void)line;
    (void)why;
    ++*(int *)context;
    return true;
}

static size_t decode(const char *base64, char *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = 0;
    unsigned bits = 0;
    int have = 0;

    for (; *base64 && *base64 != '='; base64++) {
        bits = bits << 6 | (unsigned)(strchr(letters, *base64) - letters);
        have += 6;
        if (have >= 8)
            out[len++] = (char)(bits >> (have -= 8) & 0xFF);
    }
    return len;
}

static void test_the_shared_broken_files_are_refused(void **state)
{
    struct arena arena = {0};
    struct json_iter iter;
    struct json cases = {0};

    (void)state;
    if (!load_cases("xml_bad.json", &arena, &cases))
        skip();
    for (json_each(cases, &iter); json_next(&iter);) {
        int bad = 0;
        const struct stack_rows rows = {&bad, count_row, count_bad};
        struct json member;
        struct error err;
        static char text[64 * 1024];
        bool accept;
        FILE *file;

        assert_true(json_get(iter.value, "expect", &member));
        accept = strcmp(json_string(member, NULL), "accept") == 0;
        assert_true(json_get(iter.value, "xml_base64", &member));
        file = open_text(text, decode(json_string(member, NULL), text));
        assert_int_equal(stack_xml_read(file, &rows, &err), INTAKE_ALL);
        fclose(file);
        if (bad != !accept) {
            json_get(iter.value, "id", &member);
            fail_msg("%s: %d bad", json_string(member, NULL), bad);
        }
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shared_traps_are_read_right),
        cmocka_unit_test(test_the_shared_broken_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
