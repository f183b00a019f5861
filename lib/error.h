/* SPDX-License-Identifier: MIT */
/* What went wrong, for whoever has to answer for it: a kind that maps to one HTTP status, and a
 * message for people. Every function that can fail returns bool and takes a struct error last. */
#ifndef DECANT_ERROR_H
#define DECANT_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum error_kind {
    ERROR_NONE,
    ERROR_INVALID,        /* 400 the request cannot be understood */
    ERROR_UNAUTHORIZED,   /* 401 nobody is logged in, or the password is wrong */
    ERROR_FORBIDDEN,      /* 403 known, but not allowed (a missing form token, say) */
    ERROR_NOT_FOUND,      /* 404 */
    ERROR_METHOD,         /* 405 */
    ERROR_CONFLICT,       /* 409 */
    ERROR_GONE,           /* 410 */
    ERROR_STALE,          /* 412 a condition on the document's etag did not hold */
    ERROR_TOO_LARGE,      /* 413 */
    ERROR_URI_TOO_LONG,   /* 414 */
    ERROR_MEDIA_TYPE,     /* 415 */
    ERROR_REFUSED,        /* 422 understood, but the values are not acceptable */
    ERROR_UNCONDITIONAL,  /* 428 a condition is required and was not sent */
    ERROR_TOO_MANY,       /* 429 */
    ERROR_HEAD_TOO_LARGE, /* 431 */
    ERROR_INTERNAL,       /* 500 the client is told nothing but the call's id */
    ERROR_UPSTREAM,       /* 502 */
    ERROR_BUSY,           /* 503 */
    ERROR_TIMEOUT,        /* 504 */
};

struct error {
    enum error_kind kind;
    int retry_after_s; /* 0: say nothing; sent as Retry-After with 429 and 503 */
    char message[256]; /* NUL-terminated UTF-8 */
};

/* Fill err and return false, so that `return fail(err, …)` ends a function. err is never NULL. */
bool fail(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The HTTP status of a kind, the only place where the two meet (RFC 9110 section 15). */
int error_status(enum error_kind kind);

/* The reason phrase of a status ("Not Found"), constant for a status; "Unknown" for others. */
const char *status_phrase(int status);

#endif
