/* SPDX-License-Identifier: MIT */
/* Whatever is accepted must be written as JSON that reads back and is written the same. */
#include "../json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(struct arena *arena, struct json value)
{
    struct buf first = {0};
    struct buf second = {0};
    struct error err = {0};
    struct json again;

    json_write_value(&first, value);
    if (!json_parse(arena, first.data, first.len, &again, &err))
        abort();
    json_write_value(&second, again);
    if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
        abort();
    buf_release(&first);
    buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct error err = {0};
    struct json value;
    int64_t whole;

    if (json_parse(&arena, (const char *)data, size, &value, &err)) {
        write_again(&arena, value);
        if (json_int64(value, &whole) && (double)whole != json_double(value))
            abort();
        json_parse_unique(&arena, (const char *)data, size, &value, &err);
    } else if (err.kind != ERROR_INVALID || strncmp(err.message, "line ", 5) != 0) {
        abort();
    }
    arena_release(&arena);
    return 0;
}
