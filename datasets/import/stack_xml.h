/* SPDX-License-Identifier: MIT */
/* The rows of a Stack Exchange Posts.xml, streamed. */
#ifndef DECANT_STACK_XML_H
#define DECANT_STACK_XML_H

#include "intake.h"

#include <stdio.h>

enum stack_attribute {
    STACK_ID,
    STACK_TYPE,
    STACK_PARENT,
    STACK_ACCEPTED,
    STACK_CREATED,
    STACK_SCORE,
    STACK_VIEWS,
    STACK_BODY,
    STACK_OWNER,
    STACK_OWNER_NAME,
    STACK_EDITED,
    STACK_TITLE,
    STACK_TAGS,
    STACK_ANSWERS,
    STACK_COMMENTS,
    STACK_LICENCE,
    STACK_ATTRIBUTES,
};

/* Attributes as XML gives them, references resolved; NULL where missing. Borrowed. */
struct stack_row {
    const char *values[STACK_ATTRIBUTES];
    uint64_t line;
};

struct stack_rows {
    void *context;
    bool (*row)(void *context, const struct stack_row *row);    /* false to stop */
    bool (*bad)(void *context, uint64_t line, const char *why); /* the file is broken here */
};

/* Read the file to its end, or to where it stops being well-formed XML: that is reported once. A
 * DOCTYPE is refused, as is any other root than <posts> and a tag longer than RECORD_MAX_BYTES. */
enum intake_end stack_xml_read(FILE *file, const struct stack_rows *rows, struct error *err);

#endif
