/* SPDX-License-Identifier: MIT */
#include "../files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[] = "/tmp/test-files-XXXXXX";

static void put(const char *name, const char *text, size_t times)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < times; i++)
        fputs(text, file);
    fclose(file);
}

static int set_up(void **state)
{
    char path[128];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/rest", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    put("site.css", "body { color: black; }\n", 100);
    put("small.js", "1;", 1);
    put("rest/app.js", "let a = 1;\n", 1);
    put(".secret", "x", 1);
    put("empty.txt", "", 1);
    snprintf(path, sizeof(path), "%s/link.txt", folder);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static void test_files_are_found_with_type_and_tag(void **state)
{
    struct error err;
    struct files *files = files_open(folder, false, &err);
    const struct file *css = files_find(files, "site.css");

    (void)state;
    assert_non_null(css);
    assert_string_equal(css->type, "text/css; charset=utf-8");
    assert_int_equal(css->len, 2300);
    assert_int_equal(css->etag[0], '"');
    assert_string_not_equal(css->etag, css->gzip_etag);
    assert_non_null(files_find(files, "rest/app.js"));
    assert_int_equal(files_find(files, "empty.txt")->len, 0);
    files_close(files);
}

static void test_what_is_hidden_linked_or_above_is_not_served(void **state)
{
    static const char *const paths[] = {".secret", "link.txt", "../etc/passwd", "", "rest", "nope"};
    struct error err;
    struct files *files = files_open(folder, false, &err);

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_null(files_find(files, paths[i]));
    files_close(files);
}

static void test_the_compressed_form_unpacks_to_the_file(void **state)
{
    struct error err;
    struct files *files = files_open(folder, false, &err);
    const struct file *css = files_find(files, "site.css");
    z_stream stream = {0};
    char out[4096];

    (void)state;
    assert_non_null(css->gzip);
    assert_true(css->gzip_len < css->len);
    stream.next_in = (unsigned char *)(uintptr_t)css->gzip;
    stream.avail_in = (unsigned)css->gzip_len;
    stream.next_out = (unsigned char *)out;
    stream.avail_out = sizeof(out);
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, css->len);
    assert_memory_equal(out, css->bytes, css->len);
    inflateEnd(&stream);
    assert_null(files_find(files, "small.js")->gzip);
    files_close(files);
}

static void test_reload_sees_changes_and_keeps_what_was_handed_out(void **state)
{
    struct error err;
    struct files *files = files_open(folder, true, &err);
    const struct file *before = files_find(files, "small.js");
    const struct file *after;

    (void)state;
    put("small.js", "12345;", 1);
    after = files_find(files, "small.js");
    assert_int_equal(after->len, 6);
    assert_int_equal(before->len, 2);
    assert_memory_equal(before->bytes, "1;", 2);
    assert_string_not_equal(before->etag, after->etag);
    assert_ptr_equal(after, files_find(files, "small.js"));
    files_close(files);
    put("small.js", "1;", 1);
}

static void test_a_missing_directory_is_one_sentence(void **state)
{
    struct error err;

    (void)state;
    assert_null(files_open("/nowhere/static", false, &err));
    assert_string_equal(err.message,
                        "cannot read the directory /nowhere/static: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_are_found_with_type_and_tag),
        cmocka_unit_test(test_what_is_hidden_linked_or_above_is_not_served),
        cmocka_unit_test(test_the_compressed_form_unpacks_to_the_file),
        cmocka_unit_test(test_reload_sees_changes_and_keeps_what_was_handed_out),
        cmocka_unit_test(test_a_missing_directory_is_one_sentence),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
