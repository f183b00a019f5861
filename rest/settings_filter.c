/* SPDX-License-Identifier: MIT */
/* datasource.filter: which documents of a collection a resource is about. */
#include "settings_tables.h"

#include "where.h"

/* The operator may filter by what clients may not. */
static struct resource without_limits(const struct resource *resource)
{
    static const char *const operators[] = {"$contains"};
    struct resource open = *resource;

    open.where_enabled = true;
    open.any_filter = true;
    open.validate_filters = false;
    open.query_whitelist = (struct texts){operators, 1};
    open.showing = SHOW_SCHEMA;
    return open;
}

void read_default_filter(const struct spot *spot, const struct entry *entry, void *draft)
{
    struct resource *resource = ((struct draft *)draft)->resource;
    struct resource open = without_limits(resource);
    struct where where = {0};
    struct buf text = {0};
    struct error err = {0};
    bool ok;

    (void)entry;
    if (json_type(spot->value) == JSON_NULL || !take_type(spot, JSON_OBJECT, "an object"))
        return;
    json_write_value(&text, spot->value);
    ok = where_parse_json(spot->reader->arena, &open,
                          arena_copy(spot->reader->arena, text.data, text.len), &where, &err);
    buf_release(&text);
    if (!ok)
        mistake(spot, "%s", err.message);
    else
        resource->default_filter = where.filter;
}
