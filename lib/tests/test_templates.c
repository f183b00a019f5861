/* SPDX-License-Identifier: MIT */
#include "../template.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct record nothing = {NULL, 0, 0};

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/test_templates.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void path_of(const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", folder, name);
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"page.mustache", "part.mustache", "other.mustache",
                                        "notes.txt"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        path_of(names[i], path);
        unlink(path);
    }
    return rmdir(folder);
}

/* Each write gets a time of its own, as two writes within a clock tick have the same. */
static void write_file(const char *name, const char *text)
{
    static long second = 1000000000;
    struct timespec times[2] = {{second, 0}, {second, 0}};
    char path[128];
    FILE *file;

    second++;
    path_of(name, path);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void assert_renders(const struct template *template, const char *expected)
{
    struct error err = {0};
    struct buf out = {0};

    assert_non_null(template);
    assert_true(template_render(template, template_record(&nothing, ""), &out, &err));
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
}

static void assert_cannot_open(const char *directory, const char *format)
{
    struct error err = {0};
    char expected[256];

    assert_null(templates_open(directory, false, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    snprintf(expected, sizeof(expected), "%s%s", folder, format);
    assert_non_null(strstr(err.message, expected));
}

static void test_templates_of_a_directory_find_each_other(void **state)
{
    struct error err = {0};
    struct templates *templates;

    (void)state;
    write_file("page.mustache", "a{{> part}}{{> other}}c");
    write_file("part.mustache", "b{{none}}");
    write_file("other.mustache", "");
    write_file("notes.txt", "{{#");
    templates = templates_open(folder, false, &err);
    assert_non_null(templates);
    assert_renders(templates_get(templates, "page", &err), "abc");
    assert_renders(templates_get(templates, "other", &err), "");
    assert_null(templates_get(templates, "notes", &err));
    assert_string_equal(err.message, "there is no template notes");
    templates_close(templates);
}

static void test_missing_directory_is_named(void **state)
{
    char path[128];

    (void)state;
    path_of("none", path);
    assert_cannot_open(path, "/none: No such file or directory");
}

static void test_mistake_is_named_with_file_and_line(void **state)
{
    (void)state;
    write_file("page.mustache", "ok\n{{> lost}}\n");
    assert_cannot_open(folder, "/page.mustache:2: there is no template lost");
    write_file("page.mustache", "{{#a}}\n\n{{/b}}\n");
    assert_cannot_open(folder, "/page.mustache:3: {{/b}} where {{/a}} is expected");
}

static void test_without_reload_changes_are_not_seen(void **state)
{
    struct error err = {0};
    struct templates *templates;

    (void)state;
    write_file("page.mustache", "old");
    templates = templates_open(folder, false, &err);
    assert_non_null(templates);
    write_file("page.mustache", "new");
    assert_renders(templates_get(templates, "page", &err), "old");
    templates_close(templates);
}

static void test_with_reload_changes_are_seen_and_old_ones_stay_valid(void **state)
{
    struct error err = {0};
    struct templates *templates;
    const struct template *old;

    (void)state;
    write_file("page.mustache", "old {{> part}}");
    write_file("part.mustache", "part");
    templates = templates_open(folder, true, &err);
    assert_non_null(templates);
    old = templates_get(templates, "page", &err);
    assert_ptr_equal(templates_get(templates, "page", &err), old);
    write_file("part.mustache", "changed");
    assert_renders(templates_get(templates, "page", &err), "old changed");
    assert_renders(old, "old part");
    write_file("other.mustache", "added");
    assert_renders(templates_get(templates, "other", &err), "added");
    templates_close(templates);
}

static void test_changed_file_that_is_wrong_is_an_error_until_mended(void **state)
{
    struct error err = {0};
    struct templates *templates;

    (void)state;
    write_file("page.mustache", "old");
    templates = templates_open(folder, true, &err);
    assert_non_null(templates);
    write_file("page.mustache", "{{#a}}");
    assert_null(templates_get(templates, "page", &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_non_null(strstr(err.message, "page.mustache:1: {{a}} is never closed"));
    write_file("page.mustache", "mended");
    assert_renders(templates_get(templates, "page", &err), "mended");
    templates_close(templates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_templates_of_a_directory_find_each_other, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_missing_directory_is_named, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_mistake_is_named_with_file_and_line, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_without_reload_changes_are_not_seen, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_with_reload_changes_are_seen_and_old_ones_stay_valid,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_changed_file_that_is_wrong_is_an_error_until_mended,
                                        make_folder, remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
