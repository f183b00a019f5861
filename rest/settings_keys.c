/* SPDX-License-Identifier: MIT */
/* Objects read by tables of keys. */
#include "settings_reader.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool same_name(const char *key, const char *name, bool capitals)
{
    for (; *key && *name; key++, name++)
        if ((capitals ? toupper((unsigned char)*key) : *key) != *name)
            return false;
    return *key == *name;
}

const struct entry *entries_find(const struct entry *entry, const char *name)
{
    for (; entry->name; entry++)
        if (strcmp(entry->name, name) == 0)
            return entry;
    return NULL;
}

static const struct entry *find(const struct entries *tables, const char *name,
                                const struct entries **table)
{
    for (*table = tables; (*table)->keys; (*table)++)
        for (const struct entry *entry = (*table)->keys; entry->name; entry++)
            if (same_name(entry->name, name, (*table)->capitals))
                return entry;
    return NULL;
}

/* Names in the wrong case are the commonest slip of all, as both cases exist. */
static const char *in_case(struct arena *arena, const char *name, bool capitals)
{
    char *copy = arena_text(arena, name);

    for (char *at = copy; *at; at++)
        *at = (char)(capitals ? toupper((unsigned char)*at) : tolower((unsigned char)*at));
    return copy;
}

static void unknown(const struct spot *spot, const struct entries *tables)
{
    struct arena *arena = spot->reader->arena;
    struct nearest nearest;

    if (strncasecmp(spot->name, "on_", 3) == 0) {
        mistake(spot, "is not supported: event hooks are functions in Python");
        return;
    }
    nearest = nearest_to(in_case(arena, spot->name, tables->capitals));
    for (const struct entries *table = tables; table->keys; table++)
        for (const struct entry *entry = table->keys; entry->name; entry++)
            nearest_consider(&nearest, in_case(arena, entry->name, table->capitals));
    if (nearest.best)
        mistake(spot, "unknown key, did you mean %s?", nearest.best);
    else
        mistake(spot, "unknown key");
}

static bool claimed(const struct spot *spot, const struct entries *tables, int phase)
{
    for (; tables->keys; tables++)
        if (tables->other && tables->other(spot, tables->into, phase))
            return true;
    return false;
}

void entries_read(const struct spot *object, const struct entries *tables, int phase)
{
    struct spots members;
    struct spot member;

    if (json_type(object->value) != JSON_OBJECT) {
        if (phase == KEYS_PLAIN)
            mistake_type(object, "an object");
        return;
    }
    spot_each(object, &members);
    while (spot_next(&members, &member)) {
        const struct entries *table;
        const struct entry *entry = find(tables, member.name, &table);

        if (entry && entry->phase == phase)
            entry->read(&member, entry, (char *)table->into + entry->offset);
        else if (!entry && !claimed(&member, tables, phase) && phase == KEYS_PLAIN)
            unknown(&member, tables);
    }
}

void entries_defaults(struct reader *reader, const struct entries *table)
{
    const struct spot whole = {.reader = reader};

    for (const struct entry *entry = table->keys; entry->name; entry++) {
        struct spot spot = {.reader = reader, .up = &whole, .name = entry->name};
        struct error err = {0};

        if (!entry->initial)
            continue;
        if (!json_parse(reader->arena, entry->initial, strlen(entry->initial), &spot.value, &err))
            abort();
        entry->read(&spot, entry, (char *)table->into + entry->offset);
    }
}
