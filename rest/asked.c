/* SPDX-License-Identifier: MIT */
#include "asked.h"

#include <string.h>

static void take_first(const char **out, const char *value)
{
    if (!*out)
        *out = value;
}

static const char **place_of(const struct resource *resource, const char *name, struct asked *asked)
{
    const struct names *names = &resource->settings->names;

    if (strcmp(name, names->page) == 0)
        return &asked->page;
    if (strcmp(name, names->max_results) == 0)
        return &asked->max_results;
    if (strcmp(name, names->where) == 0)
        return &asked->where;
    if (strcmp(name, names->sort) == 0)
        return &asked->sort;
    if (resource->versioning && strcmp(name, names->version_param) == 0)
        return &asked->version;
    if (resource->keyset_pagination && strcmp(name, names->after) == 0)
        return &asked->after;
    return NULL;
}

bool asked_has_place(const struct resource *resource, const char *name)
{
    struct asked asked;

    return place_of(resource, name, &asked) != NULL;
}

/* Whether it has a place of its own. */
static bool take(const struct resource *resource, const struct form_field *field,
                 struct asked *asked)
{
    const struct names *names = &resource->settings->names;
    const char **place = place_of(resource, field->name, asked);

    if (place)
        take_first(place, field->value);
    else if (strcmp(field->name, names->projection) == 0)
        take_first(&asked->projection, field->value);
    else if (strcmp(field->name, names->embedded) == 0)
        take_first(&asked->embedded, field->value);
    else if (strcmp(field->name, names->show_deleted) == 0)
        asked->show_deleted = true;
    return place != NULL;
}

static void drop_unless(bool wanted, const char **value)
{
    if (*value && (!wanted || !**value))
        *value = NULL;
}

bool asked_read(const struct resource *resource, const struct form *fields, struct asked *out,
                struct error *err)
{
    size_t carried = 0;

    *out = (struct asked){.fields = fields};
    for (size_t i = 0; i < fields->count; i++)
        if (!take(resource, &fields->fields[i], out))
            carried++;
    drop_unless(resource->where_enabled, &out->where);
    drop_unless(resource->sorting, &out->sort);
    drop_unless(resource->projection, &out->projection);
    drop_unless(resource->embedding, &out->embedded);
    return carried <= ASKED_CARRIED ||
           fail(err, ERROR_INVALID, "there are more than %d fields", ASKED_CARRIED);
}
