/* SPDX-License-Identifier: MIT */
/* The key file behind identity.h; private to it. */
#ifndef DECANT_IDENTITY_KEY_H
#define DECANT_IDENTITY_KEY_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

enum { IDENTITY_KEY_SIZE = 32, IDENTITY_MOST_KEYS = 2 };

struct identity_keys {
    size_t count;
    unsigned char keys[IDENTITY_MOST_KEYS][IDENTITY_KEY_SIZE];
};

/* See identity_open(). */
bool identity_keys_read(const char *path, bool make, struct identity_keys *out, struct error *err);

#endif
