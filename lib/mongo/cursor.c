/* SPDX-License-Identifier: MIT */
#include "cursor.h"

#include "mongo.h"

#include "../base64url.h"
#include "../hash.h"

#include <string.h>

/* How the token is packed: {_data: hex digits} as the bytes they stand for, else its BSON. */
enum kind { PACKED_UPPER = 'H', PACKED_LOWER = 'h', PACKED_BSON = 'b' };

enum { KIND_AT, SECONDS_AT, SUM_AT = 5, TOKEN_AT = 9, ID_LEN = STORE_ID_SIZE - 1 };

static const char upper[] = "0123456789ABCDEF";
static const char lower[] = "0123456789abcdef";

static void put_number(uint8_t *at, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (24 - 8 * i));
}

static uint32_t get_number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Of the store and all bytes but the sum's own. */
static uint32_t sum_of(const char *store_id, const uint8_t *bytes, size_t len)
{
    uint64_t hash = HASH_START;

    hash_bytes(&hash, store_id, ID_LEN);
    hash_bytes(&hash, bytes, SUM_AT);
    hash_bytes(&hash, bytes + TOKEN_AT, len - TOKEN_AT);
    return (uint32_t)(hash ^ hash >> 32);
}

/* -- writing ----------------------------------------------------------------------------------- */

/* The hex digits of {_data: hex digits}, where the token is that and nothing else. */
static const char *hex_of(const bson_t *token, size_t *len, enum kind *kind)
{
    const char *hex;
    uint32_t size;
    bson_iter_t iter;

    if (!bson_iter_init(&iter, token) || !bson_iter_next(&iter) ||
        strcmp(bson_iter_key(&iter), "_data") != 0 || !BSON_ITER_HOLDS_UTF8(&iter))
        return NULL;
    hex = bson_iter_utf8(&iter, &size);
    *len = size;
    *kind = strspn(hex, upper) == size ? PACKED_UPPER : PACKED_LOWER;
    if (size % 2 || (*kind == PACKED_LOWER && strspn(hex, lower) != size) || bson_iter_next(&iter))
        return NULL;
    return hex;
}

static uint8_t digit_of(char hex)
{
    return (uint8_t)(hex <= '9' ? hex - '0' : (hex | 32) - 'a' + 10);
}

/* Returns how many bytes. room is that of the token's BSON, which is never less. */
static size_t pack(const bson_t *token, uint8_t *room, enum kind *kind)
{
    size_t len;
    const char *hex = hex_of(token, &len, kind);

    if (!hex) {
        *kind = PACKED_BSON;
        memcpy(room, bson_get_data(token), token->len);
        return token->len;
    }
    for (size_t i = 0; i < len / 2; i++)
        room[i] = (uint8_t)(digit_of(hex[2 * i]) << 4 | digit_of(hex[2 * i + 1]));
    return len / 2;
}

char *cursor_write(const char *store_id, const struct cursor *cursor, struct arena *arena,
                   struct error *err)
{
    uint8_t *bytes = arena_alloc(arena, TOKEN_AT + cursor->token.len);
    enum kind kind;
    size_t len = TOKEN_AT + pack(&cursor->token, bytes + TOKEN_AT, &kind);
    size_t size = STORE_ID_SIZE + BASE64URL_LEN(len) + 1;
    char *text;

    if (size > STORE_CURSOR_SIZE) {
        fail(err, ERROR_INTERNAL, "a place in the changes takes more than a cursor may: %zu bytes",
             size);
        return NULL;
    }
    bytes[KIND_AT] = (uint8_t)kind;
    put_number(bytes + SECONDS_AT, cursor->seconds);
    put_number(bytes + SUM_AT, sum_of(store_id, bytes, len));
    text = arena_alloc(arena, size);
    memcpy(text, store_id, ID_LEN);
    text[ID_LEN] = '.';
    base64url_write(bytes, len, text + STORE_ID_SIZE);
    return text;
}

/* -- reading ----------------------------------------------------------------------------------- */

static void unpack_hex(const uint8_t *bytes, size_t len, const char *digits, struct arena *arena,
                       bson_t *out)
{
    char *hex = arena_alloc(arena, 2 * len + 1);
    bson_t token = BSON_INITIALIZER;

    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    bson_append_utf8(&token, "_data", 5, hex, (int)(2 * len));
    bson_init_static(out, (uint8_t *)arena_copy(arena, bson_get_data(&token), token.len),
                     token.len);
    bson_destroy(&token);
}

static bool unpack(const uint8_t *bytes, size_t len, struct arena *arena, bson_t *out)
{
    const uint8_t *token = bytes + TOKEN_AT;

    len -= TOKEN_AT;
    switch (bytes[KIND_AT]) {
    case PACKED_UPPER:
    case PACKED_LOWER:
        unpack_hex(token, len, bytes[KIND_AT] == PACKED_UPPER ? upper : lower, arena, out);
        return true;
    case PACKED_BSON:
        return bson_init_static(out, token, len) && bson_validate(out, BSON_VALIDATE_NONE, NULL);
    default:
        return false;
    }
}

bool cursor_read(const char *text, const char *store_id, struct arena *arena, struct cursor *out,
                 struct error *err)
{
    size_t len = strlen(text);
    uint8_t *bytes;

    if (len < STORE_ID_SIZE || len >= STORE_CURSOR_SIZE || strspn(text, lower) != ID_LEN ||
        text[ID_LEN] != '.')
        return fail(err, ERROR_INVALID, "this is no cursor of the changes");
    bytes = arena_alloc(arena, len);
    if (!base64url_read(text + STORE_ID_SIZE, bytes, &len) || len < TOKEN_AT ||
        get_number(bytes + SUM_AT) != sum_of(text, bytes, len) ||
        !unpack(bytes, len, arena, &out->token))
        return fail(err, ERROR_INVALID, "this is no cursor of the changes");
    out->seconds = get_number(bytes + SECONDS_AT);
    return memcmp(text, store_id, ID_LEN) == 0 ||
           fail(err, ERROR_GONE, "the cursor is one of another store");
}
