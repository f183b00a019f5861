/* SPDX-License-Identifier: MIT */
/* Values as JSON. */
#include "render.h"

#include "../lib/json.h"

#include <bson/bson.h>
#include <math.h>
#include <string.h>

#include "render_private.h"

static void write_double(double number, struct buf *out)
{
    /* The usual double in data that came from elsewhere is a whole number, such as a time. */
    if (fabs(number) >= 1 && fabs(number) < 1e15 && trunc(number) == number) {
        buf_int(out, (int64_t)number);
        buf_add(out, ".0", 2);
    } else {
        json_write_double(out, number);
    }
}

static void write_oid(const bson_oid_t *oid, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    char *at;

    buf_reserve(out, 24);
    at = out->data + out->len;
    for (size_t i = 0; i < sizeof(oid->bytes); i++) {
        *at++ = digits[oid->bytes[i] >> 4];
        *at++ = digits[oid->bytes[i] & 15];
    }
    out->len += 24;
}

/* RFC 4648 section 4. */
static void write_base64(const uint8_t *bytes, size_t len, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    buf_reserve(out, len / 3 * 4 + 6);
    buf_byte(out, '"');
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        unsigned three = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);

        buf_byte(out, digits[three >> 18]);
        buf_byte(out, digits[three >> 12 & 63]);
        buf_byte(out, left > 1 ? digits[three >> 6 & 63] : '=');
        buf_byte(out, left > 2 ? digits[three & 63] : '=');
    }
    buf_byte(out, '"');
}

static void write_decimal(const bson_decimal128_t *decimal, struct buf *out)
{
    char text[BSON_DECIMAL128_STRING];

    bson_decimal128_to_string(decimal, text);
    render_text(text, strlen(text), out);
}

/* As Eve shows a DBRef. */
static void write_pointer(const bson_value_t *value, struct buf *out)
{
    buf_puts(out, "{\"$ref\":");
    render_text(value->value.v_dbpointer.collection, value->value.v_dbpointer.collection_len, out);
    buf_puts(out, ",\"$id\":\"");
    write_oid(&value->value.v_dbpointer.oid, out);
    buf_puts(out, "\"}");
}

/* The types that hardly occur; what JSON has nothing for is null. */
static void write_rare(const struct settings *settings, const bson_value_t *value, struct buf *out)
{
    switch (value->value_type) {
    case BSON_TYPE_BINARY:
        write_base64(value->value.v_binary.data, value->value.v_binary.data_len, out);
        return;
    case BSON_TYPE_DECIMAL128:
        write_decimal(&value->value.v_decimal128, out);
        return;
    case BSON_TYPE_SYMBOL:
        render_text(value->value.v_symbol.symbol, value->value.v_symbol.len, out);
        return;
    case BSON_TYPE_CODE:
        render_text(value->value.v_code.code, value->value.v_code.code_len, out);
        return;
    case BSON_TYPE_CODEWSCOPE:
        render_text(value->value.v_codewscope.code, value->value.v_codewscope.code_len, out);
        return;
    case BSON_TYPE_REGEX:
        render_text(value->value.v_regex.regex, strlen(value->value.v_regex.regex), out);
        return;
    case BSON_TYPE_DBPOINTER:
        write_pointer(value, out);
        return;
    case BSON_TYPE_TIMESTAMP:
        render_date(settings, (int64_t)value->value.v_timestamp.timestamp * 1000, out);
        return;
    default:
        buf_add(out, "null", 4);
        return;
    }
}

static void write_container(const struct settings *settings, const bson_value_t *value, int depth,
                            struct buf *out)
{
    bool object = value->value_type == BSON_TYPE_DOCUMENT;
    bson_iter_t iter;

    buf_byte(out, object ? '{' : '[');
    if (bson_iter_init_from_data(&iter, value->value.v_doc.data, value->value.v_doc.data_len)) {
        while (bson_iter_next(&iter)) {
            render_separate(out);
            if (object)
                render_key(bson_iter_key(&iter), bson_iter_key_len(&iter), out);
            render_nested(settings, bson_iter_value(&iter), depth + 1, out);
        }
    }
    buf_byte(out, object ? '}' : ']');
}

void render_nested(const struct settings *settings, const bson_value_t *value, int depth,
                   struct buf *out)
{
    switch (value->value_type) {
    case BSON_TYPE_UTF8:
        render_text(value->value.v_utf8.str, value->value.v_utf8.len, out);
        return;
    case BSON_TYPE_INT32:
        buf_int(out, value->value.v_int32);
        return;
    case BSON_TYPE_INT64:
        buf_int(out, value->value.v_int64);
        return;
    case BSON_TYPE_DOUBLE:
        write_double(value->value.v_double, out);
        return;
    case BSON_TYPE_BOOL:
        buf_puts(out, value->value.v_bool ? "true" : "false");
        return;
    case BSON_TYPE_DATE_TIME:
        render_date(settings, value->value.v_datetime, out);
        return;
    case BSON_TYPE_OID:
        buf_byte(out, '"');
        write_oid(&value->value.v_oid, out);
        buf_byte(out, '"');
        return;
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        if (depth < RENDER_MAX_DEPTH)
            write_container(settings, value, depth, out);
        else
            buf_add(out, "null", 4);
        return;
    default:
        write_rare(settings, value, out);
        return;
    }
}

void render_value(const struct settings *settings, const bson_value_t *value, struct buf *out)
{
    render_nested(settings, value, 0, out);
}
