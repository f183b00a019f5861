/* SPDX-License-Identifier: MIT */
#include "words.h"

#include "utf8.h"
#include "words_fold.h"

#include <libstemmer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct analysis {
    struct buf *out;
    struct sb_stemmer *stemmer; /* made when a word first needs it */
    bool any;                   /* a word was written */
    char word[WORDS_MAX_BYTES];
    size_t len;
    bool full;         /* the word was cut: nothing more fits */
    bool special;      /* not to be stemmed */
    bool dotted;       /* a dot of its own stands before the word */
    uint32_t previous; /* in a run of pairs, else 0 */
    bool paired;       /* previous has been written */
};

static void write_word(struct analysis *at, const void *bytes, size_t len)
{
    if (at->any)
        buf_byte(at->out, ' ');
    at->any = true;
    buf_add(at->out, bytes, len);
}

static void write_pair(struct analysis *at, uint32_t first, uint32_t second)
{
    char bytes[8];
    size_t len = utf8_encode(first, bytes);

    if (second)
        len += utf8_encode(second, bytes + len);
    write_word(at, bytes, len);
}

/* English has no words in other letters, and none with digits. */
static bool is_stemmable(const struct analysis *at)
{
    if (at->special || at->len < 3)
        return false;
    for (size_t i = 0; i < at->len; i++)
        if (at->word[i] < 'a' || at->word[i] > 'z')
            return false;
    return true;
}

/* Texts use the same words again and again: what stems were lately found, by this thread. */
enum { STEM_BYTES = 20, STEM_SLOTS = 1024 };

struct stem {
    char word[STEM_BYTES]; /* NUL-terminated */
    char stem[STEM_BYTES];
    uint8_t len; /* of stem; 0: an empty slot */
};

static struct stem *stem_slot(const char *word, size_t len)
{
    static _Thread_local struct stem slots[STEM_SLOTS];
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)word[i]) * 16777619U; /* FNV-1a */
    return &slots[(hash ^ hash >> 15) % STEM_SLOTS];
}

static void write_stem(struct analysis *at)
{
    struct stem *slot = at->len < STEM_BYTES ? stem_slot(at->word, at->len) : NULL;
    const sb_symbol *stem;
    size_t len;

    if (slot && slot->len && memcmp(slot->word, at->word, at->len) == 0 && !slot->word[at->len]) {
        write_word(at, slot->stem, slot->len);
        return;
    }
    if (!at->stemmer)
        at->stemmer = sb_stemmer_new("english", "UTF_8");
    if (!at->stemmer)
        abort();
    stem = sb_stemmer_stem(at->stemmer, (const sb_symbol *)at->word, (int)at->len);
    if (!stem)
        abort();
    len = (size_t)sb_stemmer_length(at->stemmer);
    if (slot && len < STEM_BYTES) {
        memcpy(slot->word, at->word, at->len);
        slot->word[at->len] = '\0';
        memcpy(slot->stem, stem, len);
        slot->len = (uint8_t)len;
    }
    write_word(at, stem, len);
}

static void end_word(struct analysis *at)
{
    if (at->previous && !at->paired)
        write_pair(at, at->previous, 0);
    if (at->dotted && at->len == 3 && memcmp(at->word, "net", 3) == 0)
        write_word(at, "dotnet", 6);
    else if (is_stemmable(at))
        write_stem(at);
    else if (at->len)
        write_word(at, at->word, at->len);
    at->previous = 0;
    at->len = 0;
    at->full = at->special = at->dotted = false;
}

static void add_bytes(struct analysis *at, const char *bytes, size_t len)
{
    at->full = at->full || len > sizeof(at->word) - at->len;
    if (at->full)
        return;
    memcpy(at->word + at->len, bytes, len);
    at->len += len;
}

static void add_letter(struct analysis *at, uint32_t plain)
{
    static const struct {
        uint32_t code;
        const char *letters;
    } spelt[] = {{0xE6, "ae"},  {0x153, "oe"}, {0xDF, "ss"},  {0xFE, "th"},
                 {0x133, "ij"}, {0x1C6, "dz"}, {0x1C9, "lj"}, {0x1CC, "nj"}};
    char bytes[4];

    if (plain < 0x80) {
        bytes[0] = (char)plain;
        add_bytes(at, bytes, 1);
        return;
    }
    for (size_t i = 0; i < sizeof(spelt) / sizeof(spelt[0]); i++) {
        if (plain == spelt[i].code) {
            add_bytes(at, spelt[i].letters, 2);
            return;
        }
    }
    add_bytes(at, bytes, utf8_encode(plain, bytes));
}

static void add_paired(struct analysis *at, uint32_t plain)
{
    if (at->len)
        end_word(at);
    at->paired = at->previous != 0;
    if (at->previous)
        write_pair(at, at->previous, plain);
    at->previous = plain;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* `+`, `++` or `#` directly after a letter, and not between two: how many bytes of text are part of
 * the name before them, else 0. */
static size_t sign_length(const struct analysis *at, const char *text, size_t len)
{
    size_t signs = 1;
    uint32_t code = 0;

    if ((text[0] != '+' && text[0] != '#') || !at->len || is_digit(at->word[0]) ||
        is_digit(at->word[at->len - 1]))
        return 0;
    while (signs < len && text[signs] == text[0])
        signs++;
    if (signs > (text[0] == '+' ? 2U : 1U))
        return 0;
    if (signs == len)
        return signs;
    if (is_digit(text[signs]))
        return text[0] == '+' ? signs : 0;
    utf8_decode(text + signs, len - signs, &code);
    return letter_fold(code, &code) == LETTER_WORD ? 0 : signs;
}

/* "c++" becomes one word that is not "c". */
static void add_signs(struct analysis *at, char sign, size_t count)
{
    at->special = true;
    while (count--) {
        if (sign == '+')
            add_bytes(at, "plus", 4);
        else
            add_bytes(at, "sharp", 5);
    }
    end_word(at);
}

/* The word that begins at text[start] has a dot before it that ends no other word. */
static bool has_own_dot(const char *text, size_t start)
{
    uint32_t code;

    if (start < 1 || text[start - 1] != '.')
        return false;
    if (start < 2)
        return true;
    code = (unsigned char)text[start - 2];
    return code < 0x80 && letter_fold(code, &code) == LETTER_NONE;
}

void words_analyse(struct buf *out, const char *text, size_t len)
{
    struct analysis at = {.out = out};
    size_t i = 0;

    while (i < len) {
        uint32_t code;
        size_t step = utf8_decode(text + i, len - i, &code);
        size_t signs;

        switch (letter_fold(code, &code)) {
        case LETTER_WORD:
            if (at.previous)
                end_word(&at);
            if (!at.len)
                at.dotted = has_own_dot(text, i);
            add_letter(&at, code);
            break;
        case LETTER_PAIR:
            add_paired(&at, code);
            break;
        case LETTER_MARK:
            break;
        case LETTER_NONE:
            signs = sign_length(&at, text + i, len - i);
            if (signs)
                add_signs(&at, text[i], signs);
            else
                end_word(&at);
            step = signs ? signs : step;
        }
        i += step;
    }
    end_word(&at);
    sb_stemmer_delete(at.stemmer);
}

/* -- what a person typed ----------------------------------------------------------------------- */

/* Quotes as keyboards and word processors make them. Bytes, or 0. */
static size_t quote_length(const char *at)
{
    if (*at == '"')
        return 1;
    return strncmp(at, "\xE2\x80\x9C", 3) == 0 || strncmp(at, "\xE2\x80\x9D", 3) == 0 ||
                   strncmp(at, "\xE2\x80\x9E", 3) == 0
               ? 3
               : 0;
}

/* White space of ASCII, no-break and ideographic ones. */
static size_t blank_length(const char *at)
{
    if (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        return 1;
    if (strncmp(at, "\xC2\xA0", 2) == 0)
        return 2;
    return strncmp(at, "\xE3\x80\x80", 3) == 0 ? 3 : 0;
}

/* The next term's text; false at the end. */
static bool next_term(const char **typed, const char **start, size_t *len, bool *negated)
{
    const char *at = *typed;
    size_t step;
    bool quoted;

    while ((step = blank_length(at)) != 0)
        at += step;
    if (!*at)
        return false;
    *negated = *at == '-';
    at += *negated;
    step = quote_length(at);
    quoted = step != 0;
    at += step;
    *start = at;
    while (*at && !quote_length(at) && (quoted || !blank_length(at)))
        at++;
    *len = (size_t)(at - *start);
    *typed = at + (quoted ? quote_length(at) : 0);
    return true;
}

/* The length of the first words of a term, as many as there is room for; *room is what is left. */
static size_t bounded_length(const char *tokens, size_t len, size_t *room)
{
    const char *at = tokens;

    while (*room) {
        const char *blank = memchr(at, ' ', len - (size_t)(at - tokens));

        (*room)--;
        if (!blank)
            return len;
        if (!*room)
            return (size_t)(blank - tokens);
        at = blank + 1;
    }
    return 0;
}

bool words_compile(struct arena *arena, const char *typed, struct words_query *out)
{
    struct words_term *terms = arena_alloc(arena, WORDS_MAX_TERMS * sizeof(*terms));
    struct buf tokens = {0};
    size_t room = WORDS_MAX_ASKED;
    bool positive = false;
    const char *start;
    size_t count = 0;
    size_t len;
    bool negated;

    while (room && count < WORDS_MAX_TERMS && next_term(&typed, &start, &len, &negated)) {
        tokens.len = 0;
        words_analyse(&tokens, start, len);
        if (!tokens.len)
            continue;
        len = bounded_length(tokens.data, tokens.len, &room);
        terms[count++] = (struct words_term){arena_copy(arena, tokens.data, len), negated};
        positive = positive || !negated;
    }
    buf_release(&tokens);
    *out = (struct words_query){terms, count};
    return positive;
}
