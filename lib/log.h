/* SPDX-License-Identifier: MIT */
/* One JSON object a line on stdout, written by a thread of its own from a ring: the caller never
 * waits. When the ring is full lines are dropped and counted; the count is logged when there is
 * room again. Thread-safe. Before log_open() and after log_close() lines go straight to stderr. */
#ifndef DECANT_LOG_H
#define DECANT_LOG_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

/* A value beside the message. Texts are escaped (also invalid UTF-8, as U+FFFD) and cut at 2,000
 * bytes; a NULL text leaves the field out. */
struct log_field {
    const char *name;
    enum { LOG_TEXT, LOG_NUMBER, LOG_REAL } type;
    const char *text;
    int64_t number;
    double real;
};

struct log_options {
    const char *service;
    const char *version;
    enum log_level level; /* lines below are not written */
    int fd;               /* where to; 1 is stdout */
};

/* Lines below are not written from now on: for those that come before log_open() says it too. */
void log_set_level(enum log_level level);

/* Start the writing thread. Once a process. */
bool log_open(const struct log_options *options, struct error *err);

/* Write what is in the ring and stop the thread. */
void log_close(void);

bool log_wants(enum log_level level);

/* ts (RFC 3339 UTC with ms), level, msg, service, version, then the fields. */
void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count);

void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Lines written by level and lines dropped since the start, for /metrics. */
struct log_counts {
    uint64_t by_level[4];
    uint64_t dropped;
};
struct log_counts log_counts(void);

#endif
