/* SPDX-License-Identifier: MIT */
/* Questions and answers of a Stack Exchange dump as posts. */
#ifndef DECANT_STACK_H
#define DECANT_STACK_H

#include "intake.h"
#include "stack_xml.h"

#include <bson/bson.h>
#include <stdio.h>

enum { STACK_ID_SIZE = 160 };

/* The post a row is, without title and topics if it is an answer: those are its question's. site is
 * the host it was asked at ("beer.stackexchange.com"), or "" where nobody said: then there are no
 * links. ERROR_REFUSED names the attribute. out is initialised on success. question, if the row is
 * an answer that says to what, becomes that post's id, else "". */
bool stack_post(const struct stack_row *row, const char *site, bson_t *out,
                char question[STACK_ID_SIZE], struct error *err);

/* Whether a row is a question or an answer. */
bool stack_is_post(const struct stack_row *row);

/* Read a Posts.xml; rows of other types are left out. */
enum intake_end stack_read(FILE *file, const char *site, const struct intake *intake,
                           struct error *err);

#endif
