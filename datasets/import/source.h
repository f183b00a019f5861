/* SPDX-License-Identifier: MIT */
/* The files to import. What must be read twice and cannot be (standard input, a pipe) is copied to
 * an unnamed temporary file first. */
#ifndef DECANT_SOURCE_H
#define DECANT_SOURCE_H

#include "../../lib/error.h"

#include <stdbool.h>
#include <stdio.h>

struct source {
    const char *name; /* "-": standard input */
    FILE *copy;       /* NULL: none */
};

/* For people: the file's name, or "stdin". */
const char *source_name(const struct source *source);

/* Make sure that source_open() may be called again and again. */
bool source_keep(struct source *source, struct error *err);

/* From the start. source_close() it. */
FILE *source_open(const struct source *source, struct error *err);
void source_close(const struct source *source, FILE *file);

/* Forget the copy. */
void source_release(struct source *source);

#endif
