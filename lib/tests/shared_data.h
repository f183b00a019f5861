/* SPDX-License-Identifier: MIT */
/* Test data that lives outside of this tree: DECANT_SHARED, or ../shared. */
#ifndef DECANT_TESTS_SHARED_DATA_H
#define DECANT_TESTS_SHARED_DATA_H

#include "../arena.h"

#include <stdio.h>
#include <stdlib.h>

struct file_bytes {
    char *data; /* NULL: no such file; else NUL-terminated */
    size_t len;
};

/* The contents of a file, in arena. */
static inline struct file_bytes read_whole(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct file_bytes bytes = {0};
    long size;

    if (!file)
        return bytes;
    if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0) {
        rewind(file);
        bytes.data = arena_alloc(arena, (size_t)size + 1);
        bytes.len = fread(bytes.data, 1, (size_t)size, file);
        bytes.data[bytes.len] = '\0';
    }
    fclose(file);
    return bytes;
}

/* The path of shared data, in arena. */
static inline const char *shared_path(struct arena *arena, const char *name)
{
    const char *base = getenv("DECANT_SHARED");

    return arena_printf(arena, "%s/%s", base ? base : "../shared", name);
}

/* Shared data opened for reading; NULL, having said so, where it is not at hand. */
static inline FILE *shared_open(const char *name)
{
    struct arena arena = {0};
    const char *path = shared_path(&arena, name);
    FILE *file = fopen(path, "rb");

    if (!file)
        printf("skip: %s is not there\n", path);
    arena_release(&arena);
    return file;
}

#endif
