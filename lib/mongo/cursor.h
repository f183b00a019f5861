/* SPDX-License-Identifier: MIT */
/* Cursors of the feed as texts: the store's id, a dot, and in base64url a kind, when the place was
 * of now, a check sum and the change stream's resume token. The sum tells a text that was cut or
 * glued before the server is asked. It is no secret: whoever makes a cursor up only starts
 * somewhere else in what the feed tells anyway. Pure. */
#ifndef DECANT_MONGO_CURSOR_H
#define DECANT_MONGO_CURSOR_H

#include "../arena.h"
#include "../error.h"

#include <bson/bson.h>
#include <stdbool.h>
#include <stdint.h>

/* A place in the feed. */
struct cursor {
    bson_t token;     /* borrowed */
    uint32_t seconds; /* since 1970, when nothing was behind it yet */
};

/* The text in arena; NULL with ERROR_INTERNAL where it would take more than STORE_CURSOR_SIZE. */
char *cursor_write(const char *store_id, const struct cursor *cursor, struct arena *arena,
                   struct error *err);

/* ERROR_INVALID: cursor_write() does not write that; ERROR_GONE: it is one of another store. The
 * token lives in arena. */
bool cursor_read(const char *text, const char *store_id, struct arena *arena, struct cursor *out,
                 struct error *err);

#endif
