/* SPDX-License-Identifier: MIT */
#include "tokens.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/filter.h"
#include "../lib/utf8.h"

static const char digits[] = "0123456789";

static bool refuse(struct tokens *tokens, const char *why)
{
    return fail(tokens->err, ERROR_INVALID, "%s: column %zu: %s", tokens->what, tokens->at + 1,
                why);
}

static char peek(const struct tokens *tokens, size_t ahead)
{
    return ahead < tokens->len - tokens->at ? tokens->text[tokens->at + ahead] : '\0';
}

/* -- texts ------------------------------------------------------------------------------------- */

/* count hex digits, from here on. */
static bool hex(const struct tokens *tokens, int count, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < count; i++) {
        char digit = peek(tokens, (size_t)i);
        char low = (char)(digit | 0x20);

        if (digit >= '0' && digit <= '9')
            *code = *code << 4 | (uint32_t)(digit - '0');
        else if (low >= 'a' && low <= 'f')
            *code = *code << 4 | (uint32_t)(low - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* A character by its number, behind \x, \u or \U. */
static bool numbered(struct tokens *tokens, int count, char **out)
{
    uint32_t code;

    if (!hex(tokens, count, &code) || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return refuse(tokens, "no character has this number");
    tokens->at += (size_t)count;
    *out += utf8_encode(code, *out);
    return true;
}

static bool octal(struct tokens *tokens, char **out)
{
    uint32_t code = 0;

    for (int i = 0; i < 3 && peek(tokens, 0) >= '0' && peek(tokens, 0) <= '7'; i++)
        code = code << 3 | (uint32_t)(tokens->text[tokens->at++] - '0');
    *out += utf8_encode(code, *out);
    return true;
}

/* What stands behind a backslash. What Python does not know stays as it is. */
static bool escape(struct tokens *tokens, char **out)
{
    static const char names[] = "\\'\"abfnrtv";
    static const char meant[] = "\\'\"\a\b\f\n\r\t\v";
    char name = peek(tokens, 0);
    const char *found = name ? strchr(names, name) : NULL;

    if (name >= '0' && name <= '7')
        return octal(tokens, out);
    if (!name || name == 'N')
        return refuse(tokens, "this escape is not understood");
    tokens->at++;
    if (found)
        *(*out)++ = meant[found - names];
    else if (name == 'x' || name == 'u' || name == 'U')
        return numbered(tokens, name == 'x' ? 2 : name == 'u' ? 4 : 8, out);
    else if (name != '\n') {
        *(*out)++ = '\\';
        *(*out)++ = name;
    }
    return true;
}

/* Up to the quote that ends a text, or to where there is none. */
static size_t text_len(const char *text, char quote)
{
    size_t len = 0;

    while (text[len] && text[len] != quote)
        len += text[len] == '\\' && text[len + 1] ? 2 : 1;
    return len;
}

/* No escape is shorter than what it stands for. */
static bool read_text(struct tokens *tokens)
{
    char quote = tokens->text[tokens->at++];
    char *text = arena_alloc(tokens->arena, text_len(tokens->text + tokens->at, quote) + 1);
    char *out = text;

    for (;;) {
        char next = peek(tokens, 0);

        if (!next || next == '\n')
            return refuse(tokens, "the text does not end");
        tokens->at++;
        if (next == quote)
            break;
        if (next != '\\')
            *out++ = next;
        else if (!escape(tokens, &out))
            return false;
    }
    *out = '\0';
    tokens->token.kind = TOKEN_TEXT;
    tokens->token.text = text;
    tokens->token.len = (size_t)(out - text);
    return true;
}

/* -- the others -------------------------------------------------------------------------------- */

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (unsigned char)byte >= 0x80;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool take(struct tokens *tokens, enum token_kind kind, size_t len)
{
    tokens->token.kind = kind;
    tokens->token.text = arena_copy(tokens->arena, tokens->text + tokens->at, len);
    tokens->token.len = len;
    tokens->at += len;
    return true;
}

/* The bytes of a number: digits, a point, an exponent. text is NUL-terminated. */
static size_t number_len(const char *text)
{
    size_t len = strspn(text, digits);
    size_t exponent;

    if (text[len] == '.')
        len += 1 + strspn(text + len + 1, digits);
    if (text[len] == 'e' || text[len] == 'E') {
        exponent = len + 1 + (text[len + 1] == '+' || text[len + 1] == '-');
        if (is_digit(text[exponent]))
            len = exponent + strspn(text + exponent, digits);
    }
    return len;
}

static bool read_number(struct tokens *tokens)
{
    const char *text = tokens->text + tokens->at;
    size_t len = number_len(text);

    if (is_letter(text[len]) || (strspn(text, digits) == len && text[0] == '0' && len > 1))
        return refuse(tokens, "this number is not understood");
    return take(tokens, TOKEN_NUMBER, len);
}

static bool read_mark(struct tokens *tokens)
{
    static const char *const pairs[] = {"==", "!=", "<=", ">="};
    char first = peek(tokens, 0);

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (first == pairs[i][0] && peek(tokens, 1) == pairs[i][1])
            return take(tokens, TOKEN_MARK, 2);
    if (!strchr("<>()[],.+-", first))
        return refuse(tokens, "this is not understood");
    return take(tokens, TOKEN_MARK, 1);
}

bool tokens_next(struct tokens *tokens)
{
    size_t len = 0;
    char first;

    while (peek(tokens, 0) && strchr(" \t\r\n\f", peek(tokens, 0)))
        tokens->at++;
    tokens->token.column = tokens->at + 1;
    first = peek(tokens, 0);
    if (!first)
        return take(tokens, TOKEN_END, 0);
    if (first == '"' || first == '\'')
        return read_text(tokens);
    if (is_digit(first) || (first == '.' && is_digit(peek(tokens, 1))))
        return read_number(tokens);
    while (is_letter(peek(tokens, len)) || (len && is_digit(peek(tokens, len))))
        len++;
    return len ? take(tokens, TOKEN_NAME, len) : read_mark(tokens);
}

bool tokens_begin(struct tokens *tokens, const char *text, size_t len)
{
    if (!utf8_valid(text, len) || memchr(text, '\0', len))
        return fail(tokens->err, ERROR_INVALID, "%s: is no UTF-8 text", tokens->what);
    tokens->text = arena_copy(tokens->arena, text, len);
    tokens->len = len;
    tokens->at = 0;
    return tokens_next(tokens);
}

bool tokens_are(const struct tokens *tokens, const char *text)
{
    return (tokens->token.kind == TOKEN_NAME || tokens->token.kind == TOKEN_MARK) &&
           strcmp(tokens->token.text, text) == 0;
}

bool tokens_unexpected(struct tokens *tokens, const char *expected)
{
    return fail(tokens->err, ERROR_INVALID, "%s: column %zu: expected %s", tokens->what,
                tokens->token.column, expected);
}

bool tokens_expect(struct tokens *tokens, const char *text)
{
    return tokens_are(tokens, text) ? tokens_next(tokens) : tokens_unexpected(tokens, text);
}

/* The digits of the token as a number. */
static bool convert(struct tokens *tokens, bool negative, bson_value_t *out)
{
    const char *text = arena_printf(tokens->arena, "%s%s", negative ? "-" : "", tokens->token.text);
    long long integer;
    double real;

    if (strpbrk(text, ".eE")) {
        real = strtod(text, NULL);
        *out = value_double(real);
        return isfinite(real) || tokens_unexpected(tokens, "a number that is not so large");
    }
    errno = 0;
    integer = strtoll(text, NULL, 10);
    *out = value_int(integer);
    return !errno || tokens_unexpected(tokens, "a number that is not so large");
}

bool tokens_number(struct tokens *tokens, bson_value_t *out)
{
    bool negative = tokens_are(tokens, "-");

    if ((negative || tokens_are(tokens, "+")) && !tokens_next(tokens))
        return false;
    if (tokens->token.kind != TOKEN_NUMBER)
        return tokens_unexpected(tokens, "a number");
    return convert(tokens, negative, out) && tokens_next(tokens);
}
