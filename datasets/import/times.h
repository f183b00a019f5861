/* SPDX-License-Identifier: MIT */
/* Dates as dumps write them. */
#ifndef DECANT_TIMES_H
#define DECANT_TIMES_H

#include <stdbool.h>
#include <stdint.h>

/* YYYY-MM-DDThh:mm:ss, a fraction of any length after it, and Z, +hh:mm, +hhmm or nothing (UTC). */
bool time_parse(const char *text, int64_t *ms);

#endif
