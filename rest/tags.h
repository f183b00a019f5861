/* SPDX-License-Identifier: MIT */
/* Entity tags and dates of conditional requests, as Eve's clients send them. Pure functions. */
#ifndef DECANT_REST_TAGS_H
#define DECANT_REST_TAGS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a header (If-Match, If-None-Match) names this tag (without quotes): bare, quoted or weak
 * (W/), alone or in a list. `*` names none. */
bool tags_name(const char *header, const char *tag);

/* What a client has of something. */
struct validators {
    const char *none_match;     /* If-None-Match; NULL: not sent */
    const char *modified_since; /* If-Modified-Since; NULL; a malformed date counts as not sent */
};

/* Whether the client has it already (304): each validator that was sent must hold. tag: NULL if
 * there is none, which no header names. Whole seconds are compared, with one of slack. */
bool tags_unchanged(const struct validators *validators, const char *tag, int64_t updated_ms);

#endif
