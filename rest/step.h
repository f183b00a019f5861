/* SPDX-License-Identifier: MIT */
/* The way to a value while a document is walked, and dotted paths compared with it. */
#ifndef DECANT_REST_STEP_H
#define DECANT_REST_STEP_H

#include <stdbool.h>
#include <stddef.h>

/* Innermost first; NULL is the document itself. Items of a list are where the list is. */
struct step {
    const struct step *outer;
    const char *key;
    size_t len;
};

/* What is left of a dotted path behind the steps below base (NULL: from the root): "" where it ends
 * with them, else it begins with the dot. NULL if it leads elsewhere. */
const char *step_rest(const struct step *step, const struct step *base, const char *path);

#endif
