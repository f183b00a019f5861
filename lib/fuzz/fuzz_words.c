/* SPDX-License-Identifier: MIT */
/* Any bytes make words of the promised shape, and words analysed again stay words; any text a
 * person types compiles to bounded terms. */
#include "../utf8.h"
#include "../words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tokens(const char *tokens, size_t len)
{
    size_t word = 0;

    if (!utf8_valid(tokens, len))
        abort();
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)tokens[i];

        if (byte == ' ') {
            if (word == 0 || i + 1 == len)
                abort();
            word = 0;
            continue;
        }
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte < 0x80)
            abort();
        if (++word > WORDS_MAX_BYTES)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct buf words = {0};
    struct words_query query;
    size_t positive = 0;
    bool found;

    words_analyse(&words, (const char *)data, size);
    check_tokens(buf_text(&words), words.len);
    found = words_compile(&arena, arena_copy(&arena, data, size), &query);
    if (query.count > WORDS_MAX_TERMS)
        abort();
    for (size_t i = 0; i < query.count; i++) {
        if (!query.terms[i].tokens[0])
            abort();
        check_tokens(query.terms[i].tokens, strlen(query.terms[i].tokens));
        positive += !query.terms[i].negated;
    }
    if (found != (positive > 0))
        abort();
    buf_release(&words);
    arena_release(&arena);
    return 0;
}
