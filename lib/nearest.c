/* SPDX-License-Identifier: MIT */
#include "nearest.h"

#include <string.h>

/* Levenshtein's distance, one row at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAREST_NAME_SIZE];
    size_t a_len = strnlen(a, NEAREST_NAME_SIZE - 1);
    size_t b_len = strnlen(b, NEAREST_NAME_SIZE - 1);

    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b_len];
}

struct nearest nearest_to(const char *name)
{
    size_t len = strnlen(name, NEAREST_NAME_SIZE);
    struct nearest nearest = {.name = name};

    if (len < NEAREST_NAME_SIZE)
        nearest.least = (len / 3 > 2 ? len / 3 : 2) + 1;
    return nearest;
}

void nearest_consider(struct nearest *nearest, const char *candidate)
{
    size_t away;

    if (nearest->least == 0)
        return;
    away = distance(candidate, nearest->name);
    if (away < nearest->least) {
        nearest->least = away;
        nearest->best = candidate;
    }
}
