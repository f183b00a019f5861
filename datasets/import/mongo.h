/* SPDX-License-Identifier: MIT */
/* What mongoexport writes: a JSON object a line, or (--jsonArray) one list of objects. */
#ifndef DECANT_MONGO_H
#define DECANT_MONGO_H

#include "intake.h"

#include <stdio.h>

/* Read the file to its end, one record in memory at a time. */
enum intake_end mongo_read(FILE *file, const struct intake *intake, struct error *err);

#endif
