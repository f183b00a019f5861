/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks double from the least to the most; a cleared arena keeps the largest of them. */
enum { LEAST_BLOCK = 1024, BLOCK_SIZE = 16 * 1024, ALIGNMENT = 16 };

struct arena_block {
    struct arena_block *older;
    size_t size; /* of data */
    char data[] __attribute__((aligned(ALIGNMENT)));
};

struct arena_deferred {
    struct arena_deferred *earlier;
    void (*act)(void *context);
    void *context;
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

static void run_deferred(struct arena *arena)
{
    struct arena_deferred *at = arena->deferred;

    arena->deferred = NULL;
    for (; at; at = at->earlier)
        at->act(at->context);
}

void arena_release(struct arena *arena)
{
    struct arena_block *block;

    if (arena->deferred)
        run_deferred(arena);
    block = arena->blocks;

    while (block) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    arena_init(arena);
}

void arena_clear(struct arena *arena)
{
    struct arena_block *kept = NULL;
    struct arena_block *block;
    struct arena_block *older;

    if (arena->deferred)
        run_deferred(arena);
    for (block = arena->blocks; block; block = older) {
        older = block->older;
        if (block->size > BLOCK_SIZE || (kept && kept->size >= block->size)) {
            free(block);
            continue;
        }
        free(kept);
        kept = block;
    }
    arena_init(arena);
    if (kept) {
        kept->older = NULL;
        arena->blocks = kept;
        arena->next = kept->data;
        arena->end = kept->data + kept->size;
    }
}

static size_t next_size(const struct arena *arena, size_t least)
{
    size_t size = arena->blocks ? 2 * arena->blocks->size : LEAST_BLOCK;

    while (size < least && size < BLOCK_SIZE)
        size *= 2;
    size = size < BLOCK_SIZE ? size : BLOCK_SIZE;
    return least > size ? least : size;
}

static void add_block(struct arena *arena, size_t least)
{
    size_t size = next_size(arena, least);
    struct arena_block *block = malloc(sizeof(*block) + size);

    if (!block)
        abort();
    block->size = size;
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->data;
    arena->end = block->data + size;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    void *memory;

    if (size > SIZE_MAX / 2)
        abort();
    if ((size_t)(arena->end - arena->next) < rounded || !arena->next)
        add_block(arena, rounded);
    memory = arena->next;
    arena->next += rounded;
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);

    if (len)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        abort();
    text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *room, size_t item_size)
{
    enum { ROOM_AT_FIRST = 16 };
    void *more;

    if (count < *room)
        return items;
    *room = *room ? 2 * *room : ROOM_AT_FIRST;
    more = arena_alloc(arena, *room * item_size);
    if (count)
        memcpy(more, items, count * item_size);
    return more;
}

void arena_defer(struct arena *arena, void (*act)(void *context), void *context)
{
    struct arena_deferred *deferred = arena_alloc(arena, sizeof(*deferred));

    *deferred = (struct arena_deferred){arena->deferred, act, context};
    arena->deferred = deferred;
}

size_t arena_size(const struct arena *arena)
{
    size_t size = 0;

    for (const struct arena_block *block = arena->blocks; block; block = block->older)
        size += sizeof(*block) + block->size;
    return size;
}
