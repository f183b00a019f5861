/* SPDX-License-Identifier: MIT */
/* The heads of http_bad.json, written to break servers, each held against the best answer to it. */
#include "../head.h"
#include "shared_data.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

struct example {
    const char *id;
    const char *kind;
    char *bytes;
    size_t len;
    int best; /* 0: "ordinary" */
};

/* Copy the text of a member; *at moves behind it. */
static char *read_member(struct arena *arena, char **at, const char *name)
{
    char *start = strstr(*at, name);
    char *end;

    if (!start)
        return NULL;
    start += strlen(name);
    end = strchr(start, '"');
    *at = end + 1;
    return arena_copy(arena, start, (size_t)(end - start));
}

static bool next_example(struct arena *arena, char **at, struct example *example)
{
    char *base64;
    size_t size;

    example->id = read_member(arena, at, "\"id\": \"");
    if (!example->id)
        return false;
    example->kind = read_member(arena, at, "\"kind\": \"");
    base64 = read_member(arena, at, "\"request_base64\": \"");
    size = strlen(base64);
    example->bytes = arena_alloc(arena, size);
    assert_int_equal(sodium_base642bin((unsigned char *)example->bytes, size, base64, size, NULL,
                                       &example->len, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    *at = strstr(*at, "\"best\": ") + 8;
    example->best = (int)strtol(*at, NULL, 10);
    return true;
}

/* Well-formed heads: the fault is in the body, or is the router's to find. */
static bool is_not_for_heads(const char *id)
{
    static const char *const ids[] = {"rl-lowercase-method", "rl-unknown-method", "rl-trace",
                                      "fr-short-body", "fr-expect-unknown"};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (strcmp(id, ids[i]) == 0)
            return true;
    return strncmp(id, "fr-chunk-", 9) == 0;
}

static void check_example(const struct example *example)
{
    const struct head_limits limits = {8192, 16384};
    struct head head;
    const char *why;
    int status = head_parse(example->bytes, example->len, &limits, &head, &why);
    bool passes = strcmp(example->kind, "accept") == 0 || is_not_for_heads(example->id);

    if (passes && status)
        fail_msg("%s was refused with %d: %s", example->id, status, why);
    if (!passes && status != (example->best == 408 ? 400 : example->best))
        fail_msg("%s got %d, best is %d", example->id, status, example->best);
}

static void check_examples(struct arena *arena, char *at)
{
    struct example example;
    int count = 0;

    for (; next_example(arena, &at, &example); count++)
        check_example(&example);
    assert_int_equal(count, 60);
}

static void test_hostile_heads_get_the_best_answer(void **state)
{
    struct arena arena = {0};
    const char *path = shared_path(&arena, "data/http_bad.json");
    char *text = read_whole(&arena, path).data;

    (void)state;
    if (text)
        check_examples(&arena, text);
    else
        printf("skip: there is no %s\n", path);
    arena_release(&arena);
    if (!text)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_heads_get_the_best_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
