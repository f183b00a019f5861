/* SPDX-License-Identifier: MIT */
/* Finding rules, where no module of that name is linked. */
#ifndef DECANT_REST_TESTS_SCHEMA_WEAK_H
#define DECANT_REST_TESTS_SCHEMA_WEAK_H

#include "../rules.h"

#include <string.h>

__attribute__((weak)) const struct rules *schema_find(const struct schema *schema, const char *name,
                                                      size_t len)
{
    for (size_t i = 0; i < schema->count; i++)
        if (strlen(schema->fields[i].name) == len && memcmp(schema->fields[i].name, name, len) == 0)
            return &schema->fields[i];
    return NULL;
}

__attribute__((weak)) const struct rules *schema_at(const struct schema *schema, const char *path)
{
    for (;;) {
        size_t len = strcspn(path, ".");
        const struct rules *rules = schema ? schema_find(schema, path, len) : NULL;

        while (rules && path[len]) {
            size_t next = 1 + strcspn(path + len + 1, ".");

            if (!rules->each)
                break;
            rules = rules->each;
            if (strspn(path + len + 1, "0123456789") + 1 == next)
                len += next;
        }
        if (!rules || !path[len])
            return rules;
        schema = rules->schema;
        path += len + 1;
    }
}

#endif
