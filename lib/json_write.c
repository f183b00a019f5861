/* SPDX-License-Identifier: MIT */
/* Writing JSON. */
#include "json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* How a byte is written: 0 as it is, 'u' as \u00XX, else as a backslash and this letter. */
static const char escapes[256] = {
    [0 ... 7] = 'u', ['\b'] = 'b', ['\t'] = 't',      ['\n'] = 'n', [11] = 'u',
    ['\f'] = 'f',    ['\r'] = 'r', [14 ... 31] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

static void write_escape(struct buf *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {'\\', escapes[byte], '0', '0', digits[byte >> 4], digits[byte & 15]};

    buf_add(out, escape, escapes[byte] == 'u' ? 6 : 2);
}

static void write_runs(struct buf *out, const char *text, size_t len)
{
    size_t run = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (!escapes[byte])
            continue;
        buf_add(out, text + run, i - run);
        write_escape(out, byte);
        run = i + 1;
    }
    buf_add(out, text + run, len - run);
}

/* Each malformed byte becomes U+FFFD: the reader's parser must not fail on what a user sent us. */
static void write_mended(struct buf *out, const char *text, size_t len)
{
    while (len) {
        uint32_t code;
        size_t step = utf8_decode(text, len, &code);

        if (step == 1 && code == 0xFFFD)
            buf_add(out, "\xEF\xBF\xBD", 3);
        else
            write_runs(out, text, step);
        text += step;
        len -= step;
    }
}

void json_write_text(struct buf *out, const char *text, size_t len)
{
    buf_reserve(out, len + 2);
    buf_byte(out, '"');
    if (utf8_valid(text, len))
        write_runs(out, text, len);
    else
        write_mended(out, text, len);
    buf_byte(out, '"');
}

static bool reads_back(const char *digits, double number)
{
    double read = strtod(digits, NULL);

    return !(read < number) && !(read > number);
}

size_t json_format_double(double number, char out[JSON_DOUBLE_SIZE])
{
    /* Normal numbers keep 15 digits whatever they are, so fewer need not be tried for them. */
    int precision = fabs(number) < DBL_MIN ? 1 : 15;
    int len;

    if (!isfinite(number))
        return (size_t)snprintf(out, JSON_DOUBLE_SIZE, "null");
    if (fabs(number) < 1e16 && trunc(number) == number)
        return (size_t)snprintf(out, JSON_DOUBLE_SIZE, "%.1f", number);
    do {
        len = snprintf(out, JSON_DOUBLE_SIZE, "%.*g", precision, number);
    } while (precision++ < 17 && !reads_back(out, number));
    if (!strpbrk(out, ".e"))
        len += snprintf(out + len, JSON_DOUBLE_SIZE - (size_t)len, ".0");
    return (size_t)len;
}

void json_write_double(struct buf *out, double number)
{
    char digits[JSON_DOUBLE_SIZE];
    size_t len = json_format_double(number, digits);

    buf_add(out, digits, len);
}

static void write_container(struct buf *out, struct json value, bool object)
{
    struct json_iter iter;
    bool first = true;

    buf_byte(out, object ? '{' : '[');
    json_each(value, &iter);
    while (json_next(&iter)) {
        if (!first)
            buf_byte(out, ',');
        first = false;
        if (object) {
            json_write_text(out, iter.key, iter.key_len);
            buf_byte(out, ':');
        }
        json_write_value(out, iter.value);
    }
    buf_byte(out, object ? '}' : ']');
}

void json_write_value(struct buf *out, struct json value)
{
    const char *text;
    size_t len;

    switch (json_type(value)) {
    case JSON_NULL:
        buf_puts(out, "null");
        return;
    case JSON_BOOL:
        buf_puts(out, json_bool(value) ? "true" : "false");
        return;
    case JSON_NUMBER:
        buf_puts(out, json_number(value));
        return;
    case JSON_TEXT:
        text = json_string(value, &len);
        json_write_text(out, text, len);
        return;
    case JSON_LIST:
    case JSON_OBJECT:
        write_container(out, value, json_type(value) == JSON_OBJECT);
        return;
    }
}
