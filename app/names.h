/* SPDX-License-Identifier: MIT */
/* A set of texts that is asked more often than it is made: ids to leave out, ids to find again. */
#ifndef DECANT_NAMES_H
#define DECANT_NAMES_H

#include "../lib/arena.h"
#include "../lib/record.h"

#include <stdbool.h>
#include <stddef.h>

/* One text and where it stood. */
struct name {
    const char *text; /* borrowed */
    size_t at;
};

/* In byte order; equal texts in the order they stood in. */
struct names {
    const struct name *items;
    size_t count;
};

/* These items, put in order where they are. Thread-safe, as are the others. */
struct names names_sort(struct name *items, size_t count);
/* Of a list of const char * (NULL: none), in arena. */
struct names names_of(struct arena *arena, const struct list *texts);

/* The first that equals text, or NULL; more of the same follow it. */
const struct name *names_find(const struct names *names, const char *text);
/* The next after name that equals it, or NULL. */
const struct name *names_next(const struct names *names, const struct name *name);

bool list_has(const struct list *texts, const char *text);

#endif
