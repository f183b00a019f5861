/* SPDX-License-Identifier: MIT */
/* datasource: which collection, what is shown of it, in which order. */
#include "settings_tables.h"

#include <string.h>

const char *stored_path(const struct spot *spot, const char *path)
{
    const struct names *names = &spot->reader->settings->names;

    if (strcmp(path, names->created) == 0)
        return "_created";
    return strcmp(path, names->updated) == 0 ? "_updated" : path;
}

static void read_source(const struct spot *spot, const struct entry *entry, void *member)
{
    struct draft *draft = member;
    const char *source = NULL;

    (void)entry;
    if (!take_text(spot, &source))
        return;
    if (!*source)
        mistake(spot, "must not be empty");
    else
        draft->source = source;
}

/* -- projection ----------------------------------------------------------------------------------
 */

/* 1 or true, 0 or false. */
static bool take_switch(const struct spot *spot, bool *out)
{
    int64_t number;

    if (json_type(spot->value) == JSON_BOOL) {
        *out = json_bool(spot->value);
        return true;
    }
    if (json_type(spot->value) != JSON_NUMBER) {
        mistake_type(spot, "1 or 0");
        return false;
    }
    if (!take_int(spot, 0, 1, &number))
        return false;
    *out = number == 1;
    return true;
}

/* The members that say so; any 1 makes zeros meaningless, as in Eve. */
static void read_projection(const struct spot *spot, const struct entry *entry, void *member)
{
    struct draft *draft = member;
    struct resource *resource = draft->resource;
    const char **lists[2]; /* hidden, shown */
    size_t counts[2] = {0};
    struct spots members;
    struct spot field;
    bool shown;

    (void)entry;
    if (!take_type(spot, JSON_OBJECT, "an object of fields"))
        return;
    for (int i = 0; i < 2; i++)
        lists[i] = arena_alloc(spot->reader->arena, json_count(spot->value) * sizeof(char *));
    spot_each(spot, &members);
    while (spot_next(&members, &field))
        if (take_switch(&field, &shown) && check_field(&field, resource, field.name))
            lists[shown][counts[shown]++] = field.name;
    shown = counts[1] > 0;
    resource->shown = (struct texts){lists[shown], counts[shown]};
    if (counts[shown])
        resource->showing = shown ? SHOW_LISTED : SHOW_UNLISTED;
}

/* -- default_sort --------------------------------------------------------------------------------
 */

/* [field, 1 or -1] */
static bool take_sort(const struct spot *spot, const struct resource *resource, struct sort *out)
{
    struct spot parts[2];
    struct spots list;
    const char *path;
    int64_t direction;

    if (json_type(spot->value) != JSON_LIST || json_count(spot->value) != 2) {
        mistake(spot, "must be [field, 1] or [field, -1]");
        return false;
    }
    spot_each(spot, &list);
    for (int i = 0; i < 2; i++)
        spot_next(&list, &parts[i]);
    if (!take_text(&parts[0], &path) || !check_field(&parts[0], resource, path) ||
        !take_int(&parts[1], -1, 1, &direction))
        return false;
    if (direction == 0)
        mistake(&parts[1], "must be 1 or -1");
    *out = (struct sort){stored_path(spot, path), direction < 0};
    return direction != 0;
}

static void read_default_sort(const struct spot *spot, const struct entry *entry, void *member)
{
    struct draft *draft = member;
    struct resource *resource = draft->resource;
    struct sort *keys;
    struct spots list;
    struct spot key;

    (void)entry;
    if (json_type(spot->value) == JSON_NULL || !take_type(spot, JSON_LIST, "a list of [field, 1]"))
        return;
    keys = arena_alloc(spot->reader->arena, json_count(spot->value) * sizeof(*keys));
    resource->default_sort = keys;
    spot_each(spot, &list);
    while (spot_next(&list, &key))
        if (take_sort(&key, resource, &keys[resource->default_sort_count]))
            resource->default_sort_count++;
    if (resource->default_sort_count)
        wish(draft, spot, keys[0].path, STORE_INDEXED);
}

/* -- all of it -----------------------------------------------------------------------------------
 */

static void read_aggregation(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)member;
    if (json_type(spot->value) != JSON_NULL)
        read_unsupported(spot, entry, NULL);
}

const struct entry datasource_entries[] = {
    {.name = "source", .read = read_source},
    {.name = "filter", .read = read_default_filter},
    {.name = "projection", .read = read_projection},
    {.name = "default_sort", .read = read_default_sort},
    {.name = "aggregation",
     .read = read_aggregation,
     .note = "pipelines are MongoDB's own; documents are read with where, sort and projection"},
    {0},
};

void read_datasource(const struct spot *spot, const struct entry *entry, void *draft)
{
    struct entries tables[] = {{.keys = datasource_entries, .into = draft}, {0}};

    (void)entry;
    entries_read(spot, tables, KEYS_PLAIN);
}
