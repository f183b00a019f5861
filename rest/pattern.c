/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A pattern is the operator's, a text anyone's: what a text may cost is bounded, at some ms. */
enum {
    MOST_STEPS = 200 * 1000,
    MOST_DEPTH = 20 * 1000,
    MOST_HEAP_KIB = 8 * 1024,
    MOST_BYTES = 16 * 1024, /* of a pattern */
};

struct pattern {
    pcre2_code *code;
    pcre2_match_context *limits;
};

/* As in Python \w and \d know all of Unicode, and as whole texts are meant $ never stands before a
 * line's end. */
static const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_ENDANCHORED |
                                PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;

static pcre2_code *compile(const char *text, struct error *err)
{
    PCRE2_UCHAR message[128] = "";
    PCRE2_SIZE at = 0;
    int number = 0;
    size_t len = strlen(text);
    pcre2_code *code;

    if (len > MOST_BYTES) {
        fail(err, ERROR_INVALID, "longer than %d bytes", MOST_BYTES);
        return NULL;
    }
    code = pcre2_compile((PCRE2_SPTR)text, len, options, &number, &at, NULL);
    if (!code) {
        pcre2_get_error_message(number, message, sizeof(message));
        fail(err, ERROR_INVALID, "%s (behind byte %zu)", (const char *)message, at);
    }
    return code;
}

struct pattern *pattern_new(const char *text, struct error *err)
{
    pcre2_code *code = compile(text, err);
    struct pattern *pattern;

    if (!code)
        return NULL;
    pattern = calloc(1, sizeof(*pattern));
    if (!pattern)
        abort();
    pattern->code = code;
    pattern->limits = pcre2_match_context_create(NULL);
    if (!pattern->limits)
        abort();
    pcre2_set_match_limit(pattern->limits, MOST_STEPS);
    pcre2_set_depth_limit(pattern->limits, MOST_DEPTH);
    pcre2_set_heap_limit(pattern->limits, MOST_HEAP_KIB);
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->limits);
    pcre2_code_free(pattern->code);
    free(pattern);
}

bool pattern_matches(const struct pattern *pattern, const char *text, size_t len)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int found;

    if (!data)
        abort();
    found = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, 0, data, pattern->limits);
    pcre2_match_data_free(data);
    return found >= 0;
}
