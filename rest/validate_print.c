/* SPDX-License-Identifier: MIT */
/* Values as Python's str() and repr() have them: messages come from there. */
#include "validate_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/json.h"
#include "../lib/utf8.h"

enum { DEEP = 20 }; /* what is nested deeper is shown as dots */

static void print(struct buf *out, const bson_value_t *value, int depth);

static void print_character(struct buf *out, const char *text, size_t len, uint32_t code,
                            char quote)
{
    if (code == (uint32_t)quote || code == '\\')
        buf_printf(out, "\\%c", (char)code);
    else if (code == '\n' || code == '\r' || code == '\t')
        buf_printf(out, "\\%c", code == '\n' ? 'n' : code == '\r' ? 'r' : 't');
    else if (code < ' ' || (code >= 0x7F && code <= 0xA0) || code == 0xAD)
        buf_printf(out, "\\x%02x", (unsigned)code);
    else if (code == 0x2028 || code == 0x2029)
        buf_printf(out, "\\u%04x", (unsigned)code);
    else
        buf_add(out, text, len);
}

static void print_text(struct buf *out, const char *text, size_t len)
{
    char quote = memchr(text, '\'', len) && !memchr(text, '"', len) ? '"' : '\'';

    buf_byte(out, quote);
    while (len) {
        uint32_t code;
        size_t step = utf8_decode(text, len, &code);

        print_character(out, text, step, code, quote);
        text += step;
        len -= step;
    }
    buf_byte(out, quote);
}

static void print_members(struct buf *out, const bson_value_t *value, int depth)
{
    bool object = value->value_type == BSON_TYPE_DOCUMENT;
    bool first = true;
    bson_iter_t iter;

    buf_byte(out, object ? '{' : '[');
    if (depth >= DEEP)
        buf_puts(out, "...");
    else if (value_members(value, &iter))
        while (bson_iter_next(&iter)) {
            if (!first)
                buf_puts(out, ", ");
            first = false;
            if (object) {
                print_text(out, bson_iter_key(&iter), bson_iter_key_len(&iter));
                buf_puts(out, ": ");
            }
            print(out, bson_iter_value(&iter), depth + 1);
        }
    buf_byte(out, object ? '}' : ']');
}

static bool date_of(const bson_value_t *value, struct tm *out, int *ms)
{
    int64_t at = value->value.v_datetime;
    time_t seconds = (time_t)(at / 1000 - (at % 1000 < 0));

    *ms = (int)(at - (int64_t)seconds * 1000);
    return gmtime_r(&seconds, out) != NULL;
}

static void print_date(struct buf *out, const bson_value_t *value)
{
    struct tm when;
    int ms;

    if (!date_of(value, &when, &ms)) {
        buf_int(out, value->value.v_datetime);
        return;
    }
    buf_printf(out, "datetime.datetime(%d, %d, %d, %d, %d", when.tm_year + 1900, when.tm_mon + 1,
               when.tm_mday, when.tm_hour, when.tm_min);
    if (when.tm_sec || ms)
        buf_printf(out, ", %d", when.tm_sec);
    if (ms)
        buf_printf(out, ", %d", ms * 1000);
    buf_byte(out, ')');
}

static void print_hex(struct buf *out, const bson_value_t *value)
{
    char hex[25];

    bson_oid_to_string(&value->value.v_oid, hex);
    buf_puts(out, hex);
}

static void print(struct buf *out, const bson_value_t *value, int depth)
{
    char digits[JSON_DOUBLE_SIZE];

    switch (value->value_type) {
    case BSON_TYPE_UTF8:
        print_text(out, value->value.v_utf8.str, value->value.v_utf8.len);
        break;
    case BSON_TYPE_INT32:
        buf_int(out, value->value.v_int32);
        break;
    case BSON_TYPE_INT64:
        buf_int(out, value->value.v_int64);
        break;
    case BSON_TYPE_DOUBLE:
        buf_add(out, digits, json_format_double(value->value.v_double, digits));
        break;
    case BSON_TYPE_BOOL:
        buf_puts(out, value->value.v_bool ? "True" : "False");
        break;
    case BSON_TYPE_OID:
        buf_puts(out, "ObjectId('");
        print_hex(out, value);
        buf_puts(out, "')");
        break;
    case BSON_TYPE_DATE_TIME:
        print_date(out, value);
        break;
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        print_members(out, value, depth);
        break;
    default:
        buf_puts(out, "None");
    }
}

static const char *take(struct arena *arena, struct buf *out)
{
    const char *text = arena_copy(arena, out->data, out->len);

    buf_release(out);
    return text;
}

const char *python_repr(struct arena *arena, const bson_value_t *value)
{
    struct buf out = {0};

    print(&out, value, 0);
    return take(arena, &out);
}

const char *python_str(struct arena *arena, const bson_value_t *value)
{
    struct buf out = {0};
    struct tm when;
    int ms;

    if (value->value_type == BSON_TYPE_UTF8)
        return arena_copy(arena, value->value.v_utf8.str, value->value.v_utf8.len);
    if (value->value_type == BSON_TYPE_OID) {
        print_hex(&out, value);
    } else if (value->value_type == BSON_TYPE_DATE_TIME && date_of(value, &when, &ms)) {
        buf_printf(&out, "%04d-%02d-%02d %02d:%02d:%02d", when.tm_year + 1900, when.tm_mon + 1,
                   when.tm_mday, when.tm_hour, when.tm_min, when.tm_sec);
        if (ms)
            buf_printf(&out, ".%06d", ms * 1000);
    } else {
        print(&out, value, 0);
    }
    return take(arena, &out);
}
