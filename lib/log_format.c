/* SPDX-License-Identifier: MIT */
/* A line of the log as JSON. This runs for every call, so there is no stdio, no allocation, and the
 * date is worked out once a second. */
#include "log_private.h"

#include "clock.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    MAX_TEXT = 2000,
    MAX_NAME = 64,
    LONGEST_ESCAPE = 6, /* \u001f; U+FFFD for a bad byte takes 3 */
    END_ROOM = 2,       /* for the closing brace and the line feed */
};

/* Bytes that stand for themselves in a JSON string. */
static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

static char *put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

static char *put_escape(char *at, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";

    *at++ = '\\';
    switch (byte) {
    case '"':
    case '\\':
        *at++ = (char)byte;
        return at;
    case '\n':
        *at++ = 'n';
        return at;
    case '\r':
        *at++ = 'r';
        return at;
    case '\t':
        *at++ = 't';
        return at;
    default:
        at = put(at, "u00", 3);
        *at++ = hex[byte >> 4];
        *at++ = hex[byte & 15];
        return at;
    }
}

/* Line and paragraph separators are escaped too, as some collectors split lines at them. */
static char *put_character(char *at, uint32_t code)
{
    if (code == 0x2028)
        return put(at, "\\u2028", 6);
    if (code == 0x2029)
        return put(at, "\\u2029", 6);
    return at + utf8_encode(code, at);
}

/* A character cut in two at the limit is left out. */
static size_t text_len(const char *text)
{
    size_t len = strnlen(text, MAX_TEXT + 1);

    if (len <= MAX_TEXT)
        return len;
    len = MAX_TEXT;
    while (len > MAX_TEXT - 3 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    return len;
}

/* Needs room for LONGEST_ESCAPE times the text and two quotes. */
static char *put_string(char *at, const char *text, size_t len)
{
    size_t i = 0;

    *at++ = '"';
    while (i < len) {
        unsigned char byte = (unsigned char)text[i];
        uint32_t code;

        if (is_plain(byte)) {
            *at++ = (char)byte;
            i++;
        } else if (byte < 0x80) {
            at = put_escape(at, byte);
            i++;
        } else {
            i += utf8_decode(text + i, len - i, &code);
            at = put_character(at, code);
        }
    }
    *at++ = '"';
    return at;
}

static char *put_unsigned(char *at, uint64_t number, int least_digits)
{
    char digits[20];
    int count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number || count < least_digits);
    while (count)
        *at++ = digits[--count];
    return at;
}

static char *put_number(char *at, int64_t number)
{
    if (number >= 0)
        return put_unsigned(at, (uint64_t)number, 1);
    *at++ = '-';
    return put_unsigned(at, -(uint64_t)number, 1);
}

/* Six decimals without trailing zeros, which is what durations and ratios need. */
static char *put_real(char *at, double real)
{
    uint64_t millionths;

    if (real != real || real > 1e300 || real < -1e300)
        return put(at, "null", 4);
    if (real >= 1e9 || real <= -1e9)
        return at + snprintf(at, 32, "%.17g", real);
    if (real < 0)
        *at++ = '-';
    millionths = (uint64_t)((real < 0 ? -real : real) * 1e6 + 0.5);
    at = put_unsigned(at, millionths / 1000000, 1);
    millionths %= 1000000;
    if (!millionths)
        return at;
    *at++ = '.';
    at = put_unsigned(at, millionths, 6);
    while (at[-1] == '0')
        at--;
    return at;
}

static char *put_time(char *at)
{
    static _Thread_local int64_t cached_s = INT64_MIN;
    static _Thread_local char date[24];
    int64_t now_ms = clock_now_ms();
    int64_t now_s = now_ms / 1000;

    if (now_s != cached_s) {
        struct tm utc;
        time_t seconds = (time_t)now_s;

        if (!gmtime_r(&seconds, &utc))
            memset(&utc, 0, sizeof(utc));
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S.", &utc);
        cached_s = now_s;
    }
    at = put(at, date, 20);
    at = put_unsigned(at, (uint64_t)(now_ms % 1000), 3);
    *at++ = 'Z';
    return at;
}

static char *put_text_field(char *at, const char *name, const char *text)
{
    *at++ = ',';
    at = put_string(at, name, strnlen(name, MAX_NAME));
    *at++ = ':';
    return put_string(at, text, text_len(text));
}

/* Where the next field goes; at itself if this one is left out. */
static char *put_field(char *at, const char *end, const struct log_field *field)
{
    size_t room = (size_t)(end - at);
    size_t need = MAX_NAME * LONGEST_ESCAPE + 48;

    if (field->type == LOG_TEXT) {
        if (!field->text || room < need + text_len(field->text) * LONGEST_ESCAPE)
            return at;
        return put_text_field(at, field->name, field->text);
    }
    if (room < need)
        return at;
    *at++ = ',';
    at = put_string(at, field->name, strnlen(field->name, MAX_NAME));
    *at++ = ':';
    return field->type == LOG_NUMBER ? put_number(at, field->number) : put_real(at, field->real);
}

size_t log_format(const struct log_line *line, char out[LOG_LINE_SIZE])
{
    static const char *const levels[] = {"debug", "info", "warn", "error", "off"};
    char *at = put(out, "{\"ts\":\"", 7);

    at = put_time(at);
    at = put(at, "\",\"level\":\"", 11);
    at = put(at, levels[line->level], strlen(levels[line->level]));
    *at++ = '"';
    at = put_text_field(at, "msg", line->message);
    if (*line->service) {
        at = put_text_field(at, "service", line->service);
        at = put_text_field(at, "version", line->version);
    }
    for (size_t i = 0; i < line->count; i++)
        at = put_field(at, out + LOG_LINE_SIZE - END_ROOM, &line->fields[i]);
    *at++ = '}';
    *at++ = '\n';
    return (size_t)(at - out);
}
