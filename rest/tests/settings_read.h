/* SPDX-License-Identifier: MIT */
/* Settings from texts, and what is said about them. */
#ifndef DECANT_REST_TESTS_SETTINGS_READ_H
#define DECANT_REST_TESTS_SETTINGS_READ_H

#include "../settings.h"

#include <stdio.h>
#include <string.h>

/* Good settings; the caller releases them. */
static inline void read_good(const char *text, struct settings *out)
{
    struct buf mistakes = {0};
    bool ok = settings_read(text, strlen(text), out, &mistakes);

    if (!ok)
        print_error("%s", buf_text(&mistakes));
    assert_true(ok);
    assert_int_equal(mistakes.len, 0);
    buf_release(&mistakes);
}

/* What is said about bad ones; the caller releases the buffer. */
static inline struct buf read_bad(const char *text)
{
    struct settings settings;
    struct buf mistakes = {0};

    assert_false(settings_read(text, strlen(text), &settings, &mistakes));
    assert_true(mistakes.len > 0);
    assert_null(settings.arena.blocks);
    return mistakes;
}

/* The settings are bad, and exactly this is said. */
static inline void assert_mistakes(const char *text, const char *expected)
{
    struct buf mistakes = read_bad(text);

    assert_string_equal(buf_text(&mistakes), expected);
    buf_release(&mistakes);
}

/* The same for one resource, "a": its settings without braces. Lines begin behind "DOMAIN.a". */
static inline void assert_resource_mistake(const char *settings, const char *expected)
{
    char text[2000], line[2000];

    snprintf(text, sizeof(text), "{\"DOMAIN\": {\"a\": {%s}}}", settings);
    snprintf(line, sizeof(line), "DOMAIN.a%s\n", expected);
    assert_mistakes(text, line);
}

/* The same for the rules of one field, "f". */
static inline void assert_rule_mistake(const char *rules, const char *expected)
{
    char text[1500], line[1500];

    snprintf(text, sizeof(text), "\"schema\": {\"f\": {%s}}", rules);
    snprintf(line, sizeof(line), ".schema.f%s", expected);
    assert_resource_mistake(text, line);
}

#endif
