/* SPDX-License-Identifier: MIT */
/* A file read a block at a time. */
#ifndef DECANT_INPUT_H
#define DECANT_INPUT_H

#include "../../lib/buf.h"
#include "../../lib/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { INPUT_BLOCK = 64 * 1024, INPUT_END = -1 };

struct input {
    FILE *file;
    size_t at;
    size_t len;
    uint64_t line; /* of the next byte, from 1 */
    unsigned char block[INPUT_BLOCK];
};

/* Start at the file's place, past a byte order mark. */
void input_init(struct input *input, FILE *file);

/* The next byte without taking it, or INPUT_END (also when reading fails: input_failed() tells). */
int input_peek(struct input *input);

/* Take the next byte. */
int input_byte(struct input *input);

/* Append the rest of the line, without its end, to line; false if it has more than most bytes: then
 * the rest is passed over. */
bool input_line(struct input *input, struct buf *line, size_t most);

/* Whether reading failed; err then says why. */
bool input_failed(const struct input *input, struct error *err);

#endif
