/* SPDX-License-Identifier: MIT */
/* What is wrong with a document, as `_issues` says it: messages by field; nested ones are objects
 * by field or, in lists, by index. In an arena. */
#ifndef DECANT_REST_ISSUES_H
#define DECANT_REST_ISSUES_H

#include "../lib/arena.h"
#include "../lib/buf.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct issue {
    const char *field; /* or an index as text */
    const char **messages;
    size_t message_count;
    struct issues *nested; /* NULL: none */
    struct issue *next;
};

struct issues {
    struct arena *arena;
    struct issue *first, *last;
};

void issues_init(struct issues *issues, struct arena *arena);
bool issues_empty(const struct issues *issues);

/* One more message for a field; the same one twice counts once. */
void issues_add(struct issues *issues, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The issues below a field, made where missing. */
struct issues *issues_below(struct issues *issues, const char *field);

/* For who visits each field once: a field that has no issue yet (nobody looks whether it has), a
 * message it has not yet, and what is nested in it. */
struct issue *issues_new(struct issues *issues, const char *field);
struct issue *issues_at(struct issues *issues, const char *field); /* looks */
void issue_say(struct arena *arena, struct issue *issue, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
struct issues *issue_below(struct arena *arena, struct issue *issue);
/* Move all of from, which are about other fields, behind those there are. */
void issues_take(struct issues *issues, const struct issues *from);

/* As a JSON object: a text for one message, a list for several (always a list with as_list); an
 * object for nested ones; a list with messages and an object where a field has both. Empty nested
 * ones are left out. */
void issues_write(const struct issues *issues, bool as_list, struct buf *out);

#endif
