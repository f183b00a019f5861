/* SPDX-License-Identifier: MIT */
/* What an error of libmongoc means. No state: thread-safe. */
#ifndef DECANT_MONGO_FAULT_H
#define DECANT_MONGO_FAULT_H

#include <mongoc/mongoc.h>
#include <stdbool.h>
#include <stddef.h>

enum fault {
    FAULT_OTHER,
    FAULT_UNREACHED,  /* no server, or no answer in time */
    FAULT_UNFIT,      /* there is a server that does not take writes now, or that was too slow */
    FAULT_TOO_LARGE,  /* a document over the server's limit */
    FAULT_PARALLEL,   /* two lists in one index or sort */
    FAULT_FORBIDDEN,  /* nobody has logged in, or this user may not */
    FAULT_PASSWORD,   /* the server does not know this user and password */
    FAULT_ENCRYPTION, /* TLS: not trusted, or not to be had */
};
/* By the error API 2. */
enum fault fault_of(const bson_error_t *error);

/* Whether a write that failed so is to be sent once more, as it may find another primary or another
 * connection: https://github.com/mongodb/specifications/blob/master/source/retryable-writes/ */
bool fault_is_passing(const bson_error_t *error);

/* Why a server is not reached or not used, to end a sentence that begins with its name: "refuses
 * connections". */
void fault_tell(const bson_error_t *error, char *out, size_t size);

#endif
