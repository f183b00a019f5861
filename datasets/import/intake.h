/* SPDX-License-Identifier: MIT */
/* What the readers of both formats hand over to, one record at a time. */
#ifndef DECANT_INTAKE_H
#define DECANT_INTAKE_H

#include "../../lib/error.h"

#include <bson/bson.h>
#include <stdbool.h>
#include <stdint.h>

enum { RECORD_MAX_BYTES = 16 * 1024 * 1024 }; /* of one record's text; longer ones are bad */

struct intake {
    void *context;
    /* A good record, borrowed for the call. question is the id of the post that an answer belongs
     * to, whose title and topics it takes over, or NULL. */
    bool (*post)(void *context, const bson_t *document, const char *question, uint64_t line);
    /* A record that cannot be used; line from 1. */
    bool (*bad)(void *context, uint64_t line, const char *why);
    /* A record that is no post; may be NULL. */
    void (*left_out)(void *context);
};
/* post and bad answer false to have the reader stop. */

/* How reading a file ended. */
enum intake_end {
    INTAKE_ALL,     /* at its end; bad records and a broken file's rest were reported */
    INTAKE_STOPPED, /* because the intake said so */
    INTAKE_FAILED,  /* it cannot be read; err says why */
};

#endif
