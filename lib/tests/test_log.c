/* SPDX-License-Identifier: MIT */
#include "../clock.h"
#include "../log.h"
#include "../utf8.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

static FILE *target;

static void open_log(enum log_level level)
{
    struct log_options options = {"sample", "1.0", level, 0};
    struct error err;

    target = tmpfile();
    options.fd = fileno(target);
    assert_true(log_open(&options, &err));
}

/* What was written since open_log(), to be freed. */
static char *close_log(void)
{
    long size;
    char *text;

    log_close();
    fseek(target, 0, SEEK_END);
    size = ftell(target);
    rewind(target);
    text = calloc(1, (size_t)size + 1);
    assert_int_equal(fread(text, 1, (size_t)size, target), size);
    fclose(target);
    return text;
}

/* Whether a line is one flat JSON object of names, strings and numbers, in valid UTF-8. */
static const char *skip_string(const char *at)
{
    assert_int_equal(*at++, '"');
    for (; *at != '"'; at++) {
        assert_true((unsigned char)*at >= 0x20);
        if (*at != '\\')
            continue;
        at++;
        assert_non_null(strchr("\"\\/bfnrtu", *at));
        if (*at == 'u')
            for (int i = 0; i < 4; i++)
                assert_non_null(strchr("0123456789abcdefABCDEF", *++at));
    }
    return at + 1;
}

static void assert_line_is_json(const char *line, size_t len)
{
    const char *at = line;

    assert_true(utf8_valid(line, len));
    assert_int_equal(*at, '{');
    do {
        at = skip_string(at + 1);
        assert_int_equal(*at++, ':');
        if (*at == '"')
            at = skip_string(at);
        else if (strncmp(at, "null", 4) == 0)
            at += 4;
        else
            at += strspn(at, "-+.0123456789e");
    } while (*at == ',');
    assert_int_equal(*at, '}');
    assert_ptr_equal(at + 1, line + len);
}

static size_t assert_lines_are_json(const char *text)
{
    size_t lines = 0;

    for (; *text; lines++) {
        const char *end = strchr(text, '\n');

        assert_non_null(end);
        assert_line_is_json(text, (size_t)(end - text));
        text = end + 1;
    }
    return lines;
}

/* The part of a line behind its time. */
static const char *after_time(const char *line)
{
    return line + strlen("{\"ts\":\"2026-01-01T00:00:00.000Z\",");
}

static void test_a_line_has_time_level_message_service_and_fields(void **state)
{
    const struct log_field fields[] = {
        {"method", LOG_TEXT, .text = "GET"},     {"user", LOG_TEXT, .text = NULL},
        {"status", LOG_NUMBER, .number = 200},   {"least", LOG_NUMBER, .number = INT64_MIN},
        {"duration_ms", LOG_REAL, .real = 1.25}, {"small", LOG_REAL, .real = -0.000125},
        {"big", LOG_REAL, .real = 3e9},          {"none", LOG_REAL, .real = 0.0 / 0.0}};
    char *text;

    (void)state;
    open_log(LOG_DEBUG);
    log_fields(LOG_INFO, "call", fields, 8);
    text = close_log();
    assert_string_equal(
        after_time(text),
        "\"level\":\"info\",\"msg\":\"call\",\"service\":\"sample\",\"version\":\"1.0\","
        "\"method\":\"GET\",\"status\":200,\"least\":-9223372036854775808,"
        "\"duration_ms\":1.25,\"small\":-0.000125,\"big\":3000000000,\"none\":null}\n");
    assert_int_equal(assert_lines_are_json(text), 1);
    free(text);
}

static void test_the_time_is_utc_with_milliseconds_and_follows_the_clock(void **state)
{
    char *text;
    int64_t now_ms = clock_now_ms();
    char *second;

    (void)state;
    open_log(LOG_INFO);
    clock_shift_ms(1767323045678 - now_ms); /* 2026-01-02T03:04:05.678Z */
    log_info("one");
    clock_shift_ms(1767323105678 - now_ms);
    log_info("a minute later");
    clock_shift_ms(0);
    text = close_log();
    assert_memory_equal(text, "{\"ts\":\"2026-01-02T03:04:", 24);
    assert_memory_equal(text + 26, ".", 1);
    assert_memory_equal(text + 30, "Z\",", 3);
    second = strchr(text, '\n') + 1;
    assert_memory_equal(second, "{\"ts\":\"2026-01-02T03:05:", 24);
    free(text);
}

static void test_lines_below_the_level_are_not_written(void **state)
{
    char *text;

    (void)state;
    open_log(LOG_WARN);
    assert_false(log_wants(LOG_INFO));
    assert_true(log_wants(LOG_WARN));
    assert_false(log_wants(LOG_OFF));
    log_info("no");
    log_warn("yes %d", 1);
    log_error("yes %s", "two");
    text = close_log();
    assert_int_equal(assert_lines_are_json(text), 2);
    assert_null(strstr(text, "\"no\""));
    assert_non_null(strstr(text, "\"level\":\"warn\",\"msg\":\"yes 1\""));
    assert_non_null(strstr(text, "\"level\":\"error\",\"msg\":\"yes two\""));
    free(text);
}

static void test_texts_are_escaped(void **state)
{
    char *text;

    (void)state;
    open_log(LOG_INFO);
    log_info("a\"b\\c\nd\re\tf\x01g\x7fh\xE2\x82\xAC\xE2\x80\xA8i\xFFj\xC3");
    text = close_log();
    assert_non_null(strstr(text,
                           "\"msg\":\"a\\\"b\\\\c\\nd\\re\\tf\\u0001g\\u007fh\xE2\x82\xAC\\u2028i"
                           "\xEF\xBF\xBDj\xEF\xBF\xBD\""));
    assert_int_equal(assert_lines_are_json(text), 1);
    free(text);
}

static void test_any_bytes_give_a_line_of_json(void **state)
{
    uint32_t random = 12345;
    char bytes[300] = "";
    char *lines;

    (void)state;
    open_log(LOG_INFO);
    for (int round = 0; round < 500; round++) {
        const struct log_field field = {"any", LOG_TEXT, .text = bytes};

        for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = (char)(random >> 24 ? random >> 24 : 1);
        }
        bytes[sizeof(bytes) - 1] = '\0';
        log_fields(LOG_INFO, bytes, &field, 1);
    }
    lines = close_log();
    assert_int_equal(assert_lines_are_json(lines), 500);
    free(lines);
}

static void test_long_texts_are_cut_between_characters(void **state)
{
    char message[3001];
    char *text, *start;

    (void)state;
    for (int i = 0; i < 3000; i += 3)
        memcpy(message + i, "\xE2\x82\xAC", 3);
    message[3000] = '\0';
    open_log(LOG_INFO);
    log_fields(LOG_INFO, message, NULL, 0);
    text = close_log();
    start = strstr(text, "\"msg\":\"") + 7;
    assert_int_equal(strcspn(start, "\""), 1998);
    assert_int_equal(assert_lines_are_json(text), 1);
    free(text);
}

static void test_fields_without_room_are_left_out_and_the_line_stays_whole(void **state)
{
    struct log_field fields[20];
    char controls[2001] = "";
    char *lines;

    (void)state;
    memset(controls, 1, 2000);
    controls[2000] = '\0';
    for (int i = 0; i < 20; i++)
        fields[i] = (struct log_field){"f", LOG_TEXT, .text = controls};
    open_log(LOG_INFO);
    log_fields(LOG_INFO, controls, fields, 20);
    lines = close_log();
    assert_int_equal(assert_lines_are_json(lines), 1);
    assert_true(strlen(lines) < 16384);
    free(lines);
}

static void *log_many(void *thread)
{
    for (int i = 0; i < 500; i++) {
        const struct log_field fields[] = {{"thread", LOG_NUMBER, .number = *(int *)thread},
                                           {"i", LOG_NUMBER, .number = i}};
        log_fields(LOG_INFO, "from a thread", fields, 2);
    }
    return NULL;
}

static void test_lines_of_many_threads_come_whole_and_in_order(void **state)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int numbers[THREADS];
    uint64_t before = log_counts().by_level[LOG_INFO];
    int next[THREADS] = {0};
    char *text, *at;

    (void)state;
    open_log(LOG_INFO);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    text = close_log();
    assert_int_equal(assert_lines_are_json(text), THREADS * 500);
    assert_int_equal(log_counts().by_level[LOG_INFO] - before, THREADS * 500);
    for (at = text; (at = strstr(at, "\"thread\":")) != NULL; at++) {
        int thread, i;
        assert_int_equal(sscanf(at, "\"thread\":%d,\"i\":%d}", &thread, &i), 2);
        assert_int_equal(i, next[thread]++);
    }
    free(text);
}

static size_t count_lines(const char *text, size_t len)
{
    size_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

static void test_outside_open_and_close_lines_go_to_stderr(void **state)
{
    FILE *file = tmpfile();
    int saved = dup(2);
    char text[1000];
    size_t len;

    (void)state;
    dup2(fileno(file), 2);
    log_error("too early");
    dup2(saved, 2);
    close(saved);
    rewind(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    fclose(file);
    assert_int_equal(count_lines(text, len), 1);
    assert_string_equal(after_time(text), "\"level\":\"error\",\"msg\":\"too early\"}\n");
}

static void test_a_level_holds_before_the_log_is_open(void **state)
{
    FILE *file = tmpfile();
    int saved = dup(2);

    (void)state;
    dup2(fileno(file), 2);
    log_set_level(LOG_WARN);
    log_info("of no weight");
    dup2(saved, 2);
    close(saved);
    log_set_level(LOG_INFO);
    fseek(file, 0, SEEK_END);
    assert_int_equal(ftell(file), 0);
    fclose(file);
}

static void test_opening_twice_is_refused(void **state)
{
    struct log_options options = {"sample", "1.0", LOG_INFO, 1};
    struct error err = {0};
    char *text;

    (void)state;
    open_log(LOG_INFO);
    assert_false(log_open(&options, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    text = close_log();
    assert_string_equal(text, "");
    free(text);
    log_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_has_time_level_message_service_and_fields),
        cmocka_unit_test(test_the_time_is_utc_with_milliseconds_and_follows_the_clock),
        cmocka_unit_test(test_lines_below_the_level_are_not_written),
        cmocka_unit_test(test_texts_are_escaped),
        cmocka_unit_test(test_any_bytes_give_a_line_of_json),
        cmocka_unit_test(test_long_texts_are_cut_between_characters),
        cmocka_unit_test(test_fields_without_room_are_left_out_and_the_line_stays_whole),
        cmocka_unit_test(test_lines_of_many_threads_come_whole_and_in_order),
        cmocka_unit_test(test_outside_open_and_close_lines_go_to_stderr),
        cmocka_unit_test(test_a_level_holds_before_the_log_is_open),
        cmocka_unit_test(test_opening_twice_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
