/* SPDX-License-Identifier: MIT */
/* What the files of log share: making a line, and the ring it waits in. */
#ifndef DECANT_LOG_PRIVATE_H
#define DECANT_LOG_PRIVATE_H

#include "log.h"

enum { LOG_LINE_SIZE = 16 * 1024, LOG_NAME_SIZE = 64 };

struct log_line {
    enum log_level level;
    const char *service; /* "" leaves service and version out */
    const char *version;
    const char *message;
    const struct log_field *fields;
    size_t count;
};

/* Write the line with its line feed to out, without stdio. Fields there is no room for are left
 * out. Returns its length. */
size_t log_format(const struct log_line *line, char out[LOG_LINE_SIZE]);

#endif
