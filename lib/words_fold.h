/* SPDX-License-Identifier: MIT */
/* Private to words: what one character is to a word, and its plain form. */
#ifndef DECANT_WORDS_FOLD_H
#define DECANT_WORDS_FOLD_H

#include <stdint.h>

enum letter {
    LETTER_NONE, /* separates words */
    LETTER_MARK, /* part of the letter before: an accent, a soft hyphen */
    LETTER_WORD, /* letters and digits */
    LETTER_PAIR, /* of scripts written without spaces */
};

/* What code is; *plain is it without case and accents. Of the ligatures only æ, œ, ß, þ, ĳ, ǆ, ǉ
 * and ǌ come out, for the caller to spell. */
enum letter letter_fold(uint32_t code, uint32_t *plain);

#endif
