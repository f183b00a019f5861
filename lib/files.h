/* SPDX-License-Identifier: MIT */
/* Static files, read once at start with their compressed form and tag. Symbolic links, dot files
 * and what is not a regular file are left out. */
#ifndef DECANT_FILES_H
#define DECANT_FILES_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

struct files;

struct file {
    const char *path; /* below the directory, without leading slash */
    const char *type; /* with charset */
    const char *etag; /* quoted, from the contents */
    const char *gzip_etag;
    const char *bytes;
    size_t len;
    const char *gzip; /* NULL where it saves nothing */
    size_t gzip_len;
};

/* With reload, files_find() reads a changed file again. At most 64 MiB in all (ERROR_INTERNAL). */
struct files *files_open(const char *directory, bool reload, struct error *err);
void files_close(struct files *files);

/* The file, or NULL. Valid until files_close(). Thread-safe. */
const struct file *files_find(struct files *files, const char *path);

#endif
