/* SPDX-License-Identifier: MIT */
/* Names in filters: which fields they are, and whether they may be asked about. */
#include "where_private.h"

#include <string.h>

static const struct rules id_rules = {.types = RULE_OBJECTID};
static const struct rules integer_rules = {.types = RULE_INTEGER};
static const struct rules date_rules = {.types = RULE_DATETIME};
static const struct rules bool_rules = {.types = RULE_BOOLEAN};

static bool refuse(struct where_reader *reader, const char *name, const char *why)
{
    return fail(reader->err, ERROR_INVALID, "filter on '%s' %s",
                where_shown(reader->arena, name, strlen(name)), why);
}

/* A name that a field can have: no part is empty or begins with `$`. */
static bool check_name(struct where_reader *reader, const char *name, size_t len)
{
    if (strlen(name) != len)
        return refuse(reader, name, "is invalid");
    for (const char *part = name;; part++) {
        if (*part == '$')
            return fail(reader->err, ERROR_INVALID, "where: %s is not allowed here",
                        where_shown(reader->arena, part, strcspn(part, ".")));
        if (*part == '.' || *part == '\0')
            return refuse(reader, name, "is invalid");
        part += strcspn(part, ".");
        if (!*part)
            return true;
    }
}

/* Whether a list has the name or one that it is below. */
static bool lists(const struct texts *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        size_t len = strlen(names->items[i]);

        if (strncmp(names->items[i], name, len) == 0 && (name[len] == '\0' || name[len] == '.'))
            return true;
    }
    return false;
}

static bool check_allowed(struct where_reader *reader, const struct where_field *field)
{
    const struct resource *resource = reader->resource;

    if (lists(&resource->allowed_filters, field->name))
        return true;
    if (!resource->any_filter)
        return refuse(reader, field->name, "not allowed");
    if (!field->meta && !projection_reaches(reader->arena, resource, field->name))
        return refuse(reader, field->name, "not allowed");
    return true;
}

static const struct rules *rules_of_id(const struct resource *resource)
{
    const struct rules *declared = schema_find(&resource->schema, "_id", 3);

    return declared ? declared : &id_rules;
}

/* A meta field's path and rules. */
static bool find_meta(struct where_reader *reader, const struct where_place *place,
                      struct where_field *field)
{
    const struct resource *resource = reader->resource;
    const struct names *names = &resource->settings->names;

    field->meta = true;
    if (strcmp(field->name, "_id") == 0) {
        field->rules = rules_of_id(resource);
    } else if (strcmp(field->name, names->created) == 0) {
        field->path = "_created";
        field->rules = &date_rules;
    } else if (strcmp(field->name, names->updated) == 0) {
        field->path = "_updated";
        field->rules = &date_rules;
    } else if (resource->soft_delete && strcmp(field->name, names->deleted) == 0) {
        field->rules = &bool_rules;
        reader->out.names_deleted |= place->top;
    } else if (resource->versioning && strcmp(field->name, names->version) == 0) {
        field->rules = &integer_rules;
    } else {
        field->meta = false;
    }
    return field->meta;
}

bool where_field(struct where_reader *reader, const struct where_place *place, const char *name,
                 size_t len, struct where_field *out)
{
    const struct resource *resource = reader->resource;
    const struct where_field *within = place->within;
    struct where_field field = {.name = name, .path = name};

    if (!check_name(reader, name, len))
        return false;
    if (within)
        field.name = arena_printf(reader->arena, "%s.%s", within->name, name);
    else if (strcmp(name, resource->settings->names.etag) == 0)
        return refuse(reader, name, "not allowed");
    if (within || !find_meta(reader, place, &field))
        field.rules = schema_at(&resource->schema, field.name);
    if (!check_allowed(reader, &field))
        return false;
    if (resource->validate_filters && !field.rules && !resource->any_schema)
        return refuse(reader, field.name, "is invalid");
    *out = field;
    return true;
}

/* -- validate_filters -------------------------------------------------------------------------- */

static bool fits(const struct rules *rules, const bson_value_t *value);

static bool items_fit(const struct rules *rules, const bson_value_t *list)
{
    bson_iter_t iter;

    if (!(rules->types & RULE_LIST))
        return false;
    if (!rules->each ||
        !bson_iter_init_from_data(&iter, list->value.v_doc.data, list->value.v_doc.data_len))
        return true;
    while (bson_iter_next(&iter))
        if (!fits(rules->each, bson_iter_value(&iter)))
            return false;
    return true;
}

static unsigned types_for(bson_type_t type)
{
    switch (type) {
    case BSON_TYPE_UTF8:
        return RULE_STRING;
    case BSON_TYPE_BOOL:
        return RULE_BOOLEAN;
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return RULE_INTEGER | RULE_FLOAT | RULE_NUMBER;
    case BSON_TYPE_DOUBLE:
        return RULE_FLOAT | RULE_NUMBER;
    case BSON_TYPE_DATE_TIME:
        return RULE_DATETIME;
    case BSON_TYPE_OID:
        return RULE_OBJECTID;
    case BSON_TYPE_DOCUMENT:
        return RULE_DICT | RULE_GEOJSON;
    default:
        return 0;
    }
}

static bool fits(const struct rules *rules, const bson_value_t *value)
{
    if (!rules->types) /* anything, or what alternatives say */
        return true;
    if (value->value_type == BSON_TYPE_NULL)
        return rules->nullable;
    if (rules->types & types_for(value->value_type))
        return true;
    if (value->value_type == BSON_TYPE_ARRAY)
        return items_fit(rules, value);
    /* of a list an item is asked for */
    return rules->types & RULE_LIST && (!rules->each || fits(rules->each, value));
}

bool where_fits(struct where_reader *reader, const struct where_field *field,
                const bson_value_t *value)
{
    if (!reader->resource->validate_filters || !field->rules || field->meta ||
        fits(field->rules, value))
        return true;
    return refuse(reader, field->name, "is invalid");
}
