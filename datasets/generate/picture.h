/* SPDX-License-Identifier: MIT */
/* Pictures for generated posts: coloured shapes, the same for the same id. */
#ifndef DECANT_GENERATE_PICTURE_H
#define DECANT_GENERATE_PICTURE_H

#include "../../lib/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Write directory/id.png, 320 by 240. */
bool picture_write(const char *directory, const char *id, uint64_t seed, struct error *err);

#endif
