/* SPDX-License-Identifier: MIT */
/* Where a member of a described struct lies, for the files that read such structs. */
#ifndef DECANT_RECORD_FIELD_H
#define DECANT_RECORD_FIELD_H

#include "record.h"

/* Which one counts is said by field->type. */
union member {
    const void *address;
    const bool *boolean;
    const int *integer;
    const int64_t *int64;
    const double *real;
    const char *const *text;
    const void *const *record;
    const struct list *list;
};

static inline union member field_member(const struct field *field, const void *data)
{
    return (union member){.address = (const char *)data + field->offset};
}

static inline const void *list_item(const struct list *list, size_t i, size_t size)
{
    return (const char *)list->items + i * size;
}

#endif
