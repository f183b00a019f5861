/* SPDX-License-Identifier: MIT */
/* Tokens of anybody: the bytes as a token, and as the BSON in one of this query. What is read and
 * small enough must be written as a token of the same place. */
#include "../keyset.h"

#include <bson/bson.h>
#include <stdlib.h>
#include <string.h>

enum { SHAPE_CHARS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Eight zero bytes, the shape, and these. */
static char *token_of(struct arena *arena, const uint8_t *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t bits = (size + SHAPE_CHARS) * 8, count = (bits + 5) / 6;
    char *token = arena_zalloc(arena, count + 1);

    for (size_t i = 0; i < count; i++) {
        unsigned digit = 0;

        for (size_t bit = i * 6; bit < i * 6 + 6; bit++) {
            bool inside = bit >= (size_t)SHAPE_CHARS * 8 && bit < bits;

            digit = digit << 1 | (inside ? data[bit / 8 - SHAPE_CHARS] >> (7 - bit % 8) & 1 : 0);
        }
        token[i] = digits[digit];
    }
    return token;
}

static void write_again(const struct keyset *keyset, const struct keyset_place *place,
                        struct arena *arena)
{
    bson_t bson = BSON_INITIALIZER, list;
    struct document document = {.arena = arena};
    struct keyset_place again;
    struct error err;
    const char *token;

    bson_append_value(&bson, "_id", 3, &place->id);
    bson_append_array_begin(&bson, "n", 1, &list);
    if (place->value.value_type != BSON_TYPE_EOD)
        bson_append_value(&list, "0", 1, &place->value);
    bson_append_array_end(&bson, &list);
    document.bson = bson_get_data(&bson);
    document.len = bson.len;
    token = keyset_write(keyset, &document, arena, &err);
    if (token) {
        if (!keyset_read(keyset, token, arena, &again, &err) || again.key.len != place->key.len ||
            memcmp(again.key.bytes, place->key.bytes, again.key.len) != 0)
            abort();
    } else if (err.kind != ERROR_INVALID) {
        abort();
    }
    bson_destroy(&bson);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keyset keyset = {.path = "n", .descending = size % 2};
    struct keyset_place place;
    struct arena arena = {0};
    struct error err = {0};

    if (keyset_read(&keyset, arena_copy(&arena, data, size), &arena, &place, &err))
        write_again(&keyset, &place, &arena);
    else if (err.kind != ERROR_INVALID)
        abort();
    if (keyset_read(&keyset, token_of(&arena, data, size), &arena, &place, &err))
        write_again(&keyset, &place, &arena);
    arena_release(&arena);
    return 0;
}
