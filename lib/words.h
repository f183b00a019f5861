/* SPDX-License-Identifier: MIT */
/* The words of a text, the same for what is stored and for what is looked for, on every store.
 *
 * A word is a run of letters and digits in [a-z0-9] and bytes >= 0x80, cut at WORDS_MAX_BYTES.
 * Case and accents are folded in Latin (U+0041-U+024F, U+1E00-U+1EFF, full-width forms), Greek
 * (U+0370-U+03FF, U+1F00-U+1FFF), Cyrillic (U+0400-U+052F) and Armenian; combining marks are
 * dropped and Arabic and Devanagari digits become ASCII ones. Chinese, Japanese, Korean, Thai, Lao,
 * Burmese and Khmer, written without spaces, become overlapping pairs of characters; a lone
 * character is a word, and is not found inside longer runs. English words are stemmed (Snowball),
 * none are left out. `+` and `#` directly after a letter are "plus" and "sharp" (so C, C++ and C#
 * are three words), and `.net` is "dotnet". Malformed UTF-8 separates words.
 *
 * No shared state: thread-safe. */
#ifndef DECANT_WORDS_H
#define DECANT_WORDS_H

#include "arena.h"
#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_MAX_BYTES = 64, WORDS_MAX_TERMS = 32, WORDS_MAX_ASKED = 64 };

/* Append the words of a text, with single spaces between them. Nothing is put before the first. */
void words_analyse(struct buf *out, const char *text, size_t len);

struct words_term {
    const char *tokens; /* one word, or several with single spaces between: a phrase */
    bool negated;       /* must not be there */
};

struct words_query {
    const struct words_term *terms;
    size_t count;
};

/* What a person typed: words, "a phrase", -without and -"not this phrase"; nothing else is syntax.
 * A typed word of several parts (node.js) is a phrase. Terms after the first WORDS_MAX_TERMS do not
 * count, nor do words after the first WORDS_MAX_ASKED of all terms together (a long phrase is cut),
 * nor terms without any letter or digit. False if nothing is left that must be there; out
 * then holds what was found all the same. Allocated in arena. */
bool words_compile(struct arena *arena, const char *typed, struct words_query *out);

#endif
