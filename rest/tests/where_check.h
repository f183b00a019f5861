/* SPDX-License-Identifier: MIT */
/* Tables of filters, and what they mean or that they are refused. */
#ifndef DECANT_REST_TESTS_WHERE_CHECK_H
#define DECANT_REST_TESTS_WHERE_CHECK_H

#include "../where.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

#include "dump_filter.h"
#include "resources.h"

#define HEX "50656e4538345b39dd0414f0"
#define DAY "Mon, 01 Jan 2024 00:00:00 GMT"
#define OID "{ \"$oid\" : \"" HEX "\" }"
#define DATE "{ \"$date\" : \"2024-01-01T00:00:00Z\" }"

static struct arena arena;
static struct buf dumped;

static inline int forget(void **state)
{
    (void)state;
    buf_release(&dumped);
    arena_release(&arena);
    return 0;
}

struct reading {
    const char *where;
    const char *means;
};

static inline void check(const struct resource *resource, const struct reading *readings,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct where where;
        struct error err = {0};

        if (!where_parse(&arena, resource, readings[i].where, &where, &err))
            fail_msg("%s: %s", readings[i].where, err.message);
        dumped.len = 0;
        dump_filter(&dumped, where.filter);
        if (strcmp(buf_text(&dumped), readings[i].means) != 0)
            fail_msg("%s: %s", readings[i].where, dumped.data);
    }
}
#define CHECK(resource, readings)                                                                  \
    check(resource, readings, sizeof(readings) / sizeof((readings)[0]))

static inline void check_refused(const struct resource *resource, const char *const *texts,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct where where = {.text = "untouched"};
        struct error err = {0};

        if (where_parse(&arena, resource, texts[i], &where, &err))
            fail_msg("taken: %s", texts[i]);
        if (err.kind != ERROR_INVALID || !err.message[0])
            fail_msg("%s: %d %s", texts[i], (int)err.kind, err.message);
        assert_string_equal(where.text, "untouched");
    }
}
#define CHECK_REFUSED(resource, texts)                                                             \
    check_refused(resource, texts, sizeof(texts) / sizeof((texts)[0]))

static inline void check_says(const struct resource *resource, const char *text,
                              const char *message)
{
    struct where where;
    struct error err = {0};

    if (where_parse(&arena, resource, text, &where, &err))
        fail_msg("taken: %s", text);
    assert_string_equal(err.message, message);
}

#endif
