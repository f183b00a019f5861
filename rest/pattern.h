/* SPDX-License-Identifier: MIT */
/* Regular expressions of settings (never of requests), as Python's re.match() with an end anchor
 * understands them where PCRE2 agrees. Immutable once made; thread-safe. */
#ifndef DECANT_REST_PATTERN_H
#define DECANT_REST_PATTERN_H

#include "../lib/error.h"

#include <stdbool.h>
#include <stddef.h>

struct pattern;

/* ERROR_INVALID says what is wrong and where. */
struct pattern *pattern_new(const char *text, struct error *err);
void pattern_free(struct pattern *pattern);

/* Whether all of the text matches, within a bounded number of steps (else false). UTF-8. */
bool pattern_matches(const struct pattern *pattern, const char *text, size_t len);

#endif
