/* SPDX-License-Identifier: MIT */
/* Random bytes from the kernel, fit for secrets. Thread-safe; each thread draws a small reserve at
 * a time, what was handed out is wiped from it, and a forked child draws its own. */
#ifndef DECANT_RANDOM_H
#define DECANT_RANDOM_H

#include <stddef.h>

void random_bytes(void *out, size_t len);

/* bytes random bytes as 2 * bytes lower-case hex digits and a NUL; bytes is at most 64. */
void random_hex(char *out, size_t bytes);

#endif
