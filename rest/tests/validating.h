/* SPDX-License-Identifier: MIT */
/* For tests of validation: settings, documents and issues as JSON, in which ` stands for ". */
#ifndef DECANT_REST_TESTS_VALIDATING_H
#define DECANT_REST_TESTS_VALIDATING_H

#include "../body.h"
#include "../validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct settings settings;
static bool settings_open;

static inline void close_settings(void)
{
    if (settings_open)
        settings_release(&settings);
    settings_open = false;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    close_settings();
    return 0;
}

static const char *quoted(const char *text)
{
    char *out = arena_text(&arena, text);

    for (char *at = strchr(out, '`'); at; at = strchr(at, '`'))
        *at = '"';
    return out;
}

/* The resource `posts` of settings. */
static inline const struct resource *served(const char *text)
{
    struct buf mistakes = {0};
    const char *json = quoted(text);

    close_settings();
    settings_open = settings_read(json, strlen(json), &settings, &mistakes);
    if (!settings_open)
        fail_msg("%s", buf_text(&mistakes));
    buf_release(&mistakes);
    return settings_resource(&settings, "posts");
}

/* The same with this schema alone. */
static inline const struct resource *with_schema(const char *schema)
{
    return served(arena_printf(&arena, "{`DOMAIN`: {`posts`: {`schema`: %s}}}", schema));
}

static inline const bson_t *read_json(const struct resource *resource, const char *text)
{
    struct sent sent = {.type = "application/json", .bytes = quoted(text)};
    struct error err = {0};
    struct body body;

    sent.len = strlen(sent.bytes);
    if (!body_parse(&arena, resource, &sent, &body, &err))
        fail_msg("%s: %s", text, err.message);
    return body.documents;
}

/* What validation made of a document. */
struct outcome_of {
    bool ok;
    const char *issues;
    const char *document; /* as relaxed extended JSON */
};

static struct outcome_of judged(const struct validation *validation, const bson_t *sent)
{
    struct validation copy = *validation;
    struct outcome_of outcome = {0};
    struct error err = {0};
    struct issues issues;
    struct buf text = {0};
    bson_t made;
    char *json;

    copy.arena = &arena;
    issues_init(&issues, &arena);
    outcome.ok = validate(&copy, sent, &made, &issues, &err);
    if (err.kind != ERROR_NONE)
        fail_msg("%s", err.message);
    assert_int_equal(outcome.ok, issues_empty(&issues));
    issues_write(&issues, false, &text);
    json = bson_as_relaxed_extended_json(&made, NULL);
    outcome.issues = arena_text(&arena, buf_text(&text));
    outcome.document = arena_text(&arena, json);
    bson_free(json);
    bson_destroy(&made);
    buf_release(&text);
    return outcome;
}

static inline void expect_issues(const struct validation *validation, const char *sent,
                                 const char *issues)
{
    struct outcome_of outcome = judged(validation, read_json(validation->resource, sent));

    if (strcmp(outcome.issues, quoted(issues)) != 0)
        fail_msg("%s\ngives  %s\nwanted %s", sent, outcome.issues, quoted(issues));
}

static inline void expect_document(const struct validation *validation, const char *sent,
                                   const char *document)
{
    struct outcome_of outcome = judged(validation, read_json(validation->resource, sent));

    if (!outcome.ok)
        fail_msg("%s\ngives %s", sent, outcome.issues);
    if (strcmp(outcome.document, quoted(document)) != 0)
        fail_msg("%s\nbecomes %s\nwanted  %s", sent, outcome.document, quoted(document));
}

/* A schema, a document that is posted, and what is wrong with it. */
struct rule_case {
    const char *schema, *sent, *issues;
};

static inline void expect_all(const struct rule_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct validation validation = {.resource = with_schema(cases[i].schema)};

        expect_issues(&validation, cases[i].sent, cases[i].issues);
    }
}

#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
