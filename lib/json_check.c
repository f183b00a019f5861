/* SPDX-License-Identifier: MIT */
/* The grammar of RFC 8259, checked byte by byte before anything is taken apart. What is open is
 * kept in a fixed array, so that hostile nesting costs neither stack nor time. */
#include "json_text.h"

#include <string.h>

#include "utf8.h"

struct check {
    const unsigned char *at;
    const unsigned char *end;
    const char *wrong; /* what is said about at when a check fails */
    size_t nodes;
    unsigned depth;
    bool in_object[JSON_MAX_DEPTH];
};

bool json_fail_at(const char *bytes, size_t at, const char *what, struct error *err)
{
    size_t line = 1;
    size_t line_start = 0;

    for (size_t i = 0; i < at; i++) {
        if (bytes[i] != '\n')
            continue;
        line++;
        line_start = i + 1;
    }
    return fail(err, ERROR_INVALID, "line %zu, column %zu: %s", line, at - line_start + 1, what);
}

static bool wrong(struct check *check, const char *what)
{
    check->wrong = what;
    return false;
}

static bool at_byte(const struct check *check, unsigned char byte)
{
    return check->at < check->end && *check->at == byte;
}

static void skip_space(struct check *check)
{
    while (check->at < check->end &&
           (*check->at == ' ' || *check->at == '\n' || *check->at == '\r' || *check->at == '\t'))
        check->at++;
}

/* The four digits of \uXXXX, or -1. */
static int32_t hex4(const unsigned char *at, const unsigned char *end)
{
    int32_t code = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        unsigned char digit = at[i];

        if (digit >= '0' && digit <= '9')
            code = code * 16 + digit - '0';
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            code = code * 16 + (digit | 0x20) - 'a' + 10;
        else
            return -1;
    }
    return code;
}

/* at is behind "\u". A surrogate means something only as one half of a pair. */
static bool check_unicode_escape(struct check *check)
{
    int32_t code = hex4(check->at, check->end);
    int32_t low;

    if (code < 0)
        return wrong(check, "expected four hexadecimal digits after \\u");
    if (code >= 0xDC00 && code <= 0xDFFF)
        return wrong(check, "expected a high surrogate before this low one");
    check->at += 4;
    if (code < 0xD800 || code > 0xDBFF)
        return true;
    low = check->end - check->at >= 6 && check->at[0] == '\\' && check->at[1] == 'u'
              ? hex4(check->at + 2, check->end)
              : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return wrong(check, "expected a low surrogate after the high one");
    check->at += 6;
    return true;
}

static bool check_escape(struct check *check)
{
    check->at++;
    if (check->at == check->end || !*check->at || !strchr("\"\\/bfnrtu", *check->at))
        return wrong(check, "expected one of \" \\ / b f n r t u after \\");
    return *check->at++ != 'u' || check_unicode_escape(check);
}

static void skip_plain(struct check *check)
{
    uint64_t word;

    for (; check->end - check->at >= 8; check->at += 8) {
        memcpy(&word, check->at, sizeof(word));
        if (!utf8_eight_plain(word))
            return;
    }
}

/* at is the opening quote. */
static bool check_string(struct check *check)
{
    check->at++;
    check->nodes++;
    for (skip_plain(check); check->at < check->end; skip_plain(check)) {
        unsigned char byte = *check->at;

        if (byte == '"') {
            check->at++;
            return true;
        }
        if (byte == '\\') {
            if (!check_escape(check))
                return false;
        } else if (byte < 0x20) {
            return wrong(check, "expected control characters in a text to be escaped");
        } else if (byte < 0x80) {
            check->at++;
        } else {
            uint32_t code;
            size_t step =
                utf8_decode((const char *)check->at, (size_t)(check->end - check->at), &code);

            if (step == 1)
                return wrong(check, "expected UTF-8");
            check->at += step;
        }
    }
    return wrong(check, "expected a closing quote");
}

static bool check_digits(struct check *check)
{
    const unsigned char *start = check->at;

    while (check->at < check->end && *check->at >= '0' && *check->at <= '9')
        check->at++;
    return check->at > start || wrong(check, "expected a digit");
}

static bool check_number(struct check *check)
{
    check->nodes++;
    if (at_byte(check, '-'))
        check->at++;
    if (at_byte(check, '0'))
        check->at++;
    else if (!check_digits(check))
        return false;
    if (at_byte(check, '.')) {
        check->at++;
        if (!check_digits(check))
            return false;
    }
    if (!at_byte(check, 'e') && !at_byte(check, 'E'))
        return true;
    check->at++;
    if (at_byte(check, '+') || at_byte(check, '-'))
        check->at++;
    return check_digits(check);
}

static bool check_word(struct check *check, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(check->end - check->at) < len || memcmp(check->at, word, len) != 0)
        return wrong(check, "expected a value");
    check->at += len;
    check->nodes++;
    return true;
}

static bool check_scalar(struct check *check)
{
    if (check->at == check->end)
        return wrong(check, "expected a value");
    switch (*check->at) {
    case '"':
        return check_string(check);
    case 't':
        return check_word(check, "true");
    case 'f':
        return check_word(check, "false");
    case 'n':
        return check_word(check, "null");
    default:
        if (*check->at != '-' && (*check->at < '0' || *check->at > '9'))
            return wrong(check, "expected a value");
        return check_number(check);
    }
}

static bool check_key(struct check *check)
{
    skip_space(check);
    if (!at_byte(check, '"'))
        return wrong(check, "expected a key in quotes");
    if (!check_string(check))
        return false;
    skip_space(check);
    if (!at_byte(check, ':'))
        return wrong(check, "expected ':' after the key");
    check->at++;
    return true;
}

/* Go down to the first scalar or empty container, which is then behind at. */
static bool check_value(struct check *check)
{
    for (;;) {
        bool object;

        skip_space(check);
        object = at_byte(check, '{');
        if (!object && !at_byte(check, '['))
            return check_scalar(check);
        if (check->depth == JSON_MAX_DEPTH)
            return wrong(check, "nested too deeply");
        check->in_object[check->depth++] = object;
        check->nodes++;
        check->at++;
        skip_space(check);
        if (at_byte(check, object ? '}' : ']')) {
            check->at++;
            check->depth--;
            return true;
        }
        if (object && !check_key(check))
            return false;
    }
}

/* What follows a value in the innermost container: its end, or one more value. */
static bool check_rest(struct check *check)
{
    bool object = check->in_object[check->depth - 1];

    skip_space(check);
    if (at_byte(check, object ? '}' : ']')) {
        check->at++;
        check->depth--;
        return true;
    }
    if (!at_byte(check, ','))
        return wrong(check, object ? "expected ',' or '}'" : "expected ',' or ']'");
    check->at++;
    return (!object || check_key(check)) && check_value(check);
}

bool json_check(const char *bytes, size_t len, size_t *nodes, struct error *err)
{
    struct check check = {.at = (const unsigned char *)bytes};
    bool ok;

    check.end = check.at + len;
    ok = check_value(&check);
    while (ok && check.depth && check.nodes <= JSON_MAX_VALUES)
        ok = check_rest(&check);
    if (ok && check.nodes > JSON_MAX_VALUES)
        ok = wrong(&check, "more values than allowed");
    if (ok) {
        skip_space(&check);
        ok = check.at == check.end || wrong(&check, "expected nothing after the value");
    }
    if (!ok)
        return json_fail_at(bytes, (size_t)(check.at - (const unsigned char *)bytes), check.wrong,
                            err);
    *nodes = check.nodes;
    return true;
}
