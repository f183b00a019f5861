/* SPDX-License-Identifier: MIT */
/* The words and marks of Python expressions
 * (https://docs.python.org/3/reference/lexical_analysis.html), as far as requests use them: names,
 * texts without prefix, whole and decimal numbers, comparisons and brackets. */
#ifndef DECANT_REST_TOKENS_H
#define DECANT_REST_TOKENS_H

#include "../lib/arena.h"
#include "../lib/error.h"

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>

enum token_kind {
    TOKEN_END,
    TOKEN_NAME, /* keywords too */
    TOKEN_TEXT,
    TOKEN_NUMBER,
    TOKEN_MARK, /* == != <= >= < > ( ) [ ] , . + - */
};

struct token {
    enum token_kind kind;
    const char *text; /* the name, mark or digits as they stand there; a text without its escapes.
                       * NUL-terminated, but a text may hold NUL as well */
    size_t len;
    size_t column; /* in bytes, from 1 */
};

struct tokens {
    struct arena *arena;
    const char *text;
    size_t len;
    size_t at;
    const char *what; /* before each message: "where" */
    struct token token;
    struct error *err;
};

/* Begin with the first token. text must be UTF-8 (else ERROR_INVALID). */
bool tokens_begin(struct tokens *tokens, const char *text, size_t len);

/* Go on to the next. ERROR_INVALID where there is none that Python knows. */
bool tokens_next(struct tokens *tokens);

/* Whether the token is this name or mark. */
bool tokens_are(const struct tokens *tokens, const char *text);

/* Go on behind this name or mark; ERROR_INVALID if it is not there. */
bool tokens_expect(struct tokens *tokens, const char *text);

/* Fail for what is there instead of what was expected. */
bool tokens_unexpected(struct tokens *tokens, const char *expected);

/* Read a number, with or without a sign before it, as BSON, and go on behind it. ERROR_INVALID for
 * none, integers beyond 64 bits, and what is beyond a double. */
bool tokens_number(struct tokens *tokens, bson_value_t *out);

#endif
