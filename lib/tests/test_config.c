/* SPDX-License-Identifier: MIT */
#include "../config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

struct settings {
    const char *store;
    const char *title;
    int port;
    bool verbose;
    size_t max_body;
    int deadline_ms;
    int sync;
    int offset;
    int grace_ms;
};

static const struct setting table[] = {
    {"store", SETTING_TEXT, offsetof(struct settings, store), NULL, "where data lives", 0, 0, NULL},
    {"title", SETTING_TEXT, offsetof(struct settings, title), "", "shown on top", 0, 0, NULL},
    {"port", SETTING_INT, offsetof(struct settings, port), "5000", "port to listen on", 0, 65535,
     NULL},
    {"verbose", SETTING_BOOL, offsetof(struct settings, verbose), "false", "say more", 0, 0, NULL},
    {"max-body", SETTING_SIZE, offsetof(struct settings, max_body), "1M", "largest body", 1024,
     1L << 30, NULL},
    {"deadline", SETTING_MS, offsetof(struct settings, deadline_ms), "10s", "of a call", 10, 600000,
     NULL},
    {0},
};
static const struct setting more[] = {
    {"sync", SETTING_CHOICE, offsetof(struct settings, sync), "full", "durability", 0, 0,
     "full|normal|off"},
    {"offset", SETTING_INT, offsetof(struct settings, offset), "-3", "any number", 0, 0, NULL},
    {"grace", SETTING_MS, offsetof(struct settings, grace_ms), "0", "a pause", 0, 0, NULL},
    {0},
};

enum { MAX_ARGUMENTS = 8 };

struct result {
    enum config_result result;
    struct settings settings;
    int first;
    int argc;
    char out[8192];
    char err[1024];
};

static int redirect(int fd, FILE *to)
{
    int saved = dup(fd);

    fflush(NULL);
    assert_true(dup2(fileno(to), fd) >= 0);
    return saved;
}

static void restore(int fd, int saved, FILE *from, char *text, size_t size)
{
    size_t len;

    fflush(NULL);
    dup2(saved, fd);
    close(saved);
    rewind(from);
    len = fread(text, 1, size - 1, from);
    text[len] = '\0';
    fclose(from);
}

static struct result load_with(bool takes_files, const char *const *arguments)
{
    struct result result = {.first = -1, .argc = 1};
    const struct setting_group groups[] = {
        {table, &result.settings}, {more, &result.settings}, {0}};
    const struct program program = {.name = "sample",
                                    .about = "A program for tests.",
                                    .arguments = takes_files ? "FILE..." : NULL,
                                    .groups = groups,
                                    .version = "1.2.3"};
    char *argv[MAX_ARGUMENTS + 2] = {(char *)"sample"};
    FILE *out = tmpfile();
    FILE *err = tmpfile();
    int saved_out, saved_err;

    for (; arguments[result.argc - 1]; result.argc++)
        argv[result.argc] = (char *)arguments[result.argc - 1];
    saved_out = redirect(1, out);
    saved_err = redirect(2, err);
    result.result = config_load(&program, result.argc, argv, &result.first);
    restore(2, saved_err, err, result.err, sizeof(result.err));
    restore(1, saved_out, out, result.out, sizeof(result.out));
    return result;
}

#define ARGUMENTS(...)                                                                             \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void assert_one_sentence(const char *text)
{
    assert_true(strlen(text) > 1);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void assert_bad(const char *argument, const char *sentence)
{
    struct result result = load_with(false, ARGUMENTS("--store=x", argument));
    char expected[300];

    snprintf(expected, sizeof(expected), "sample: %s\n", sentence);
    assert_int_equal(result.result, CONFIG_BAD);
    assert_string_equal(result.err, expected);
    assert_string_equal(result.out, "");
}

static void test_defaults_fill_what_was_not_given(void **state)
{
    struct result result = load_with(false, ARGUMENTS("--store=sqlite:x"));

    (void)state;
    assert_int_equal(result.result, CONFIG_RUN);
    assert_string_equal(result.settings.store, "sqlite:x");
    assert_string_equal(result.settings.title, "");
    assert_int_equal(result.settings.port, 5000);
    assert_false(result.settings.verbose);
    assert_int_equal(result.settings.max_body, 1 << 20);
    assert_int_equal(result.settings.deadline_ms, 10000);
    assert_int_equal(result.settings.sync, 0);
    assert_int_equal(result.settings.offset, -3);
    assert_int_equal(result.first, result.argc);
    assert_string_equal(result.err, "");
}

static void test_the_command_line_sets_every_type(void **state)
{
    struct result result =
        load_with(false, ARGUMENTS("--store=a=b", "--port=0", "--verbose", "--max-body=64K",
                                   "--deadline=2m", "--sync=off", "--grace=1h"));

    (void)state;
    assert_int_equal(result.result, CONFIG_RUN);
    assert_string_equal(result.settings.store, "a=b");
    assert_int_equal(result.settings.port, 0);
    assert_true(result.settings.verbose);
    assert_int_equal(result.settings.max_body, 65536);
    assert_int_equal(result.settings.deadline_ms, 120000);
    assert_int_equal(result.settings.sync, 2);
    assert_int_equal(result.settings.grace_ms, 3600000);
}

static void test_units_and_words_are_read(void **state)
{
    static const char *const words[] = {"true", "no", "YES", "off", "on", "0", "1", "false"};
    static const bool values[] = {true, false, true, false, true, false, true, false};

    (void)state;
    for (int i = 0; i < 8; i++) {
        char flag[32];
        snprintf(flag, sizeof(flag), "--verbose=%s", words[i]);
        assert_int_equal(load_with(false, ARGUMENTS("--store=x", flag)).settings.verbose,
                         values[i]);
    }
    assert_int_equal(
        load_with(false, ARGUMENTS("--store=x", "--deadline=250")).settings.deadline_ms, 250);
    assert_int_equal(
        load_with(false, ARGUMENTS("--store=x", "--deadline=250ms")).settings.deadline_ms, 250);
    assert_int_equal(load_with(false, ARGUMENTS("--store=x", "--max-body=1g")).settings.max_body,
                     1 << 30);
    assert_int_equal(load_with(false, ARGUMENTS("--store=x", "--max-body=2000")).settings.max_body,
                     2000);
}

static void test_the_last_of_two_counts(void **state)
{
    (void)state;
    assert_int_equal(load_with(false, ARGUMENTS("--store=x", "--port=1", "--port=2")).settings.port,
                     2);
}

static void test_the_environment_is_read_and_the_command_line_wins(void **state)
{
    struct result result;

    (void)state;
    setenv("STORE", "from-environment", 1);
    setenv("MAX_BODY", "2K", 1);
    setenv("PORT", "", 1);
    result = load_with(false, ARGUMENTS("--max-body=3K"));
    unsetenv("STORE");
    unsetenv("MAX_BODY");
    unsetenv("PORT");
    assert_int_equal(result.result, CONFIG_RUN);
    assert_string_equal(result.settings.store, "from-environment");
    assert_int_equal(result.settings.max_body, 3072);
    assert_int_equal(result.settings.port, 5000);
}

static void test_a_bad_environment_variable_is_named(void **state)
{
    struct result result;

    (void)state;
    setenv("PORT", "many", 1);
    result = load_with(false, ARGUMENTS("--store=x"));
    unsetenv("PORT");
    assert_int_equal(result.result, CONFIG_BAD);
    assert_string_equal(result.err, "sample: PORT=many in the environment is not a whole number\n");
}

static void test_bad_values_are_refused_in_one_sentence(void **state)
{
    (void)state;
    assert_bad("--port=abc", "--port=abc is not a whole number");
    assert_bad("--port=", "--port= is not a whole number");
    assert_bad("--port= 1", "--port= 1 is not a whole number");
    assert_bad("--port=1x", "--port=1x is not a whole number");
    assert_bad("--port=65536", "--port=65536 is not between 0 and 65535");
    assert_bad("--port=-1", "--port=-1 is not between 0 and 65535");
    assert_bad("--port=99999999999999999999", "--port=99999999999999999999 is not a whole number");
    assert_bad("--offset=3000000000",
               "--offset=3000000000 is not between -2147483648 and 2147483647");
    assert_bad("--max-body=10", "--max-body=10 is not between 1024 and 1073741824 bytes");
    assert_bad("--max-body=99999999999G",
               "--max-body=99999999999G is not a size such as 4096, 64K, 1M or 2G");
    assert_bad("--max-body=1T", "--max-body=1T is not a size such as 4096, 64K, 1M or 2G");
    assert_bad("--deadline=1d", "--deadline=1d is not a time such as 500ms, 10s, 5m or 1h");
    assert_bad("--deadline=1", "--deadline=1 is not between 10 and 600000 ms");
    assert_bad("--grace=-1", "--grace=-1 is not between 0 and 2147483647 ms");
    assert_bad("--verbose=maybe", "--verbose=maybe is neither true nor false");
    assert_bad("--sync=ful", "--sync=ful is none of full|normal|off");
    assert_bad("--sync=", "--sync= is none of full|normal|off");
    assert_bad("--port", "--port needs a value: --port=...");
}

static void test_unknown_flags_are_refused_with_the_nearest_name(void **state)
{
    (void)state;
    assert_bad("--prot=1", "unknown setting --prot=1, did you mean --port?");
    assert_bad("--max_body=1", "unknown setting --max_body=1, did you mean --max-body?");
    assert_bad("-port=1", "unknown setting -port=1, did you mean --port?");
    assert_bad("--hlep", "unknown setting --hlep, did you mean --help?");
    assert_bad("--something-else", "unknown setting --something-else, --help lists them all");
    assert_bad("--=1", "unknown setting --=1, --help lists them all");
    assert_one_sentence(
        load_with(false,
                  ARGUMENTS("--a-name-that-is-far-longer-than-any-setting-of-ours-may-ever-be"
                            "-and-then-some-more=1"))
            .err);
}

static void test_a_missing_required_setting_is_named(void **state)
{
    struct result result = load_with(false, ARGUMENTS("--port=1"));

    (void)state;
    assert_int_equal(result.result, CONFIG_BAD);
    assert_string_equal(result.err, "sample: --store is required (or STORE in the environment)\n");
}

static void test_arguments_are_found_or_refused(void **state)
{
    struct result result = load_with(true, ARGUMENTS("--store=x", "a.json", "-"));

    (void)state;
    assert_int_equal(result.result, CONFIG_RUN);
    assert_int_equal(result.first, 2);
    result = load_with(true, ARGUMENTS("--store=x", "--", "--port=1"));
    assert_int_equal(result.result, CONFIG_RUN);
    assert_int_equal(result.first, 3);
    assert_int_equal(result.settings.port, 5000);
    result = load_with(true, ARGUMENTS("--store=x", "-"));
    assert_int_equal(result.first, 2);
    result = load_with(true, ARGUMENTS("a.json", "--store=x"));
    assert_int_equal(result.result, CONFIG_BAD);
    assert_one_sentence(result.err);
    assert_bad("file", "unexpected argument file, settings look like --name=value");
    result = load_with(false, ARGUMENTS("--store=x", "--"));
    assert_int_equal(result.result, CONFIG_RUN);
    assert_int_equal(result.first, result.argc);
}

static void test_help_lists_every_setting(void **state)
{
    struct result result = load_with(true, ARGUMENTS("--prot=9", "--help"));

    (void)state;
    assert_int_equal(result.result, CONFIG_DONE);
    assert_string_equal(result.err, "");
    assert_non_null(strstr(result.out, "Usage: sample [--setting=value...] FILE...\n"));
    assert_non_null(strstr(result.out, "A program for tests.\n"));
    assert_non_null(strstr(result.out, "--store=TEXT\n      where data lives\n      required; "
                                       "environment: STORE\n"));
    assert_non_null(strstr(result.out, "--max-body=SIZE\n      largest body\n      default: 1M; "
                                       "1024 to 1073741824 bytes; environment: MAX_BODY\n"));
    assert_non_null(strstr(result.out, "--deadline=TIME\n"));
    assert_non_null(strstr(result.out, "10 to 600000 ms; environment: DEADLINE\n"));
    assert_non_null(strstr(result.out, "--sync=full|normal|off\n"));
    assert_non_null(strstr(result.out, "--verbose=true|false\n"));
    assert_non_null(strstr(result.out, "--title=TEXT\n      shown on top\n      default: none;"));
    for (const struct setting *setting = more; setting->name; setting++)
        assert_non_null(strstr(result.out, setting->help));
}

static void test_version_is_name_and_number(void **state)
{
    struct result result = load_with(false, ARGUMENTS("--version"));

    (void)state;
    assert_int_equal(result.result, CONFIG_DONE);
    assert_string_equal(result.out, "sample 1.2.3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_fill_what_was_not_given),
        cmocka_unit_test(test_the_command_line_sets_every_type),
        cmocka_unit_test(test_units_and_words_are_read),
        cmocka_unit_test(test_the_last_of_two_counts),
        cmocka_unit_test(test_the_environment_is_read_and_the_command_line_wins),
        cmocka_unit_test(test_a_bad_environment_variable_is_named),
        cmocka_unit_test(test_bad_values_are_refused_in_one_sentence),
        cmocka_unit_test(test_unknown_flags_are_refused_with_the_nearest_name),
        cmocka_unit_test(test_a_missing_required_setting_is_named),
        cmocka_unit_test(test_arguments_are_found_or_refused),
        cmocka_unit_test(test_help_lists_every_setting),
        cmocka_unit_test(test_version_is_name_and_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
