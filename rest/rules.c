/* SPDX-License-Identifier: MIT */
#include "rules.h"

#include <string.h>

const struct rules *schema_find(const struct schema *schema, const char *name, size_t len)
{
    for (size_t i = 0; i < schema->count; i++) {
        const char *field = schema->fields[i].name;

        if (strncmp(field, name, len) == 0 && field[len] == '\0')
            return &schema->fields[i];
    }
    return NULL;
}

/* A number in a path is a place in a list. */
static bool is_index(const char *name, size_t len)
{
    return len > 0 && strspn(name, "0123456789") >= len;
}

static const struct rules *item_rules(const struct rules *rules, const char *name, size_t len)
{
    size_t at = 0;

    if (rules->each)
        return rules->each;
    for (size_t i = 0; i < len && at < rules->item_count; i++)
        at = at * 10 + (size_t)(name[i] - '0');
    return at < rules->item_count ? &rules->items[at] : NULL;
}

/* One step down. */
static const struct rules *below(const struct rules *rules, const char *name, size_t len)
{
    if ((rules->each || rules->item_count) && is_index(name, len))
        return item_rules(rules, name, len);
    while (rules->each)
        rules = rules->each;
    return rules->schema ? schema_find(rules->schema, name, len) : rules->values;
}

const struct rules *schema_at(const struct schema *schema, const char *path)
{
    size_t len = strcspn(path, ".");
    const struct rules *rules = schema_find(schema, path, len);

    while (rules && path[len]) {
        path += len + 1;
        len = strcspn(path, ".");
        rules = below(rules, path, len);
    }
    return rules;
}
