/* SPDX-License-Identifier: MIT */
/* Memory that is freed all at once. What belongs to a call lives in the call's arena; nothing in it
 * is freed one by one. Running out of memory aborts. Not thread-safe: an arena has one user at a
 * time. */
#ifndef DECANT_ARENA_H
#define DECANT_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;
struct arena_deferred;

struct arena {
    char *next; /* first free byte of the newest block */
    char *end;
    struct arena_block *blocks; /* newest first */
    struct arena_deferred *deferred;
};

/* An empty arena; all zero is one too. Allocates nothing until asked. */
void arena_init(struct arena *arena);

/* Frees every block. The arena is empty and usable afterwards. */
void arena_release(struct arena *arena);

/* Forgets what was allocated but keeps the first block for the next user. */
void arena_clear(struct arena *arena);

/* Call act(context) when the arena is released or cleared, latest first, before its memory goes:
 * for what the arena's contents hold on to. */
void arena_defer(struct arena *arena, void (*act)(void *context), void *context);

/* Bytes taken from the system so far. */
size_t arena_size(const struct arena *arena);

/* size bytes aligned for any type, not zeroed. size 0 gives a valid pointer. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/* The same, zeroed. */
void *arena_zalloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/* Make room for one more item of a list in the arena: items, or once *room of them are taken a copy
 * that is twice as long, with *room what it has. items may be NULL while count and *room are 0. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *room, size_t item_size)
    __attribute__((returns_nonnull));

/* A NUL-terminated copy of len bytes (which may hold NUL). */
char *arena_copy(struct arena *arena, const void *bytes, size_t len);

/* A copy of a NUL-terminated text. */
char *arena_text(struct arena *arena, const char *text);

char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
