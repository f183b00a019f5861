/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <errno.h>
#include <string.h>

static bool fill(struct input *input)
{
    input->at = 0;
    input->len = fread(input->block, 1, sizeof(input->block), input->file);
    return input->len > 0;
}

void input_init(struct input *input, FILE *file)
{
    input->file = file;
    input->at = input->len = 0;
    input->line = 1;
    if (fill(input) && input->len >= 3 && memcmp(input->block, "\xEF\xBB\xBF", 3) == 0)
        input->at = 3;
}

int input_peek(struct input *input)
{
    if (input->at == input->len && !fill(input))
        return INPUT_END;
    return input->block[input->at];
}

int input_byte(struct input *input)
{
    int byte = input_peek(input);

    if (byte != INPUT_END)
        input->at++;
    if (byte == '\n')
        input->line++;
    return byte;
}

bool input_line(struct input *input, struct buf *line, size_t most)
{
    bool fits = true;

    while (input_peek(input) != INPUT_END) {
        const unsigned char *start = input->block + input->at;
        size_t left = input->len - input->at;
        const unsigned char *end = memchr(start, '\n', left);
        size_t len = end ? (size_t)(end - start) : left;

        fits = fits && line->len + len <= most;
        if (fits)
            buf_add(line, start, len);
        input->at += len;
        if (end) {
            input_byte(input);
            break;
        }
    }
    return fits;
}

bool input_failed(const struct input *input, struct error *err)
{
    if (!ferror(input->file))
        return false;
    fail(err, ERROR_INTERNAL, "cannot be read: %s", strerror(errno));
    return true;
}
