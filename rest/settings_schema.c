/* SPDX-License-Identifier: MIT */
/* Schemas: fields and their rules (https://docs.python-cerberus.org/validation-rules.html). */
#include "settings_tables.h"

#include <string.h>

#define AT(member) offsetof(struct field_draft, member)

static const char python_only[] = "it names code in Python";

static void read_meta(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    struct spot part;

    (void)entry;
    if (!take_type(spot, JSON_OBJECT, "an object"))
        return;
    if (spot_get(spot, "title", &part))
        take_text(&part, &field->rules.title);
    if (spot_get(spot, "description", &part))
        take_text(&part, &field->rules.description);
}

/* These differ in whose rows are looked at: everyone's, one user's, or those that the filter of the
 * datasource means, which is refused where there is one (read_default_filter). */
static void read_unique(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    bool unique = false;

    read_bool(spot, entry, &unique);
    field->rules.unique = field->rules.unique || unique;
    if (strcmp(entry->name, "unique_to_user") == 0)
        field->rules.unique_to_user = unique;
    if (unique && field->scope.path && !*field->rules.path)
        mistake(spot, "is not supported inside lists and among unknown names");
}

static void check_unfiltered(const struct spot *spot, void *context)
{
    const struct resource *resource = context;

    if (resource->default_filter)
        mistake(spot, "is not supported where datasource has a filter");
}

static void read_unique_within(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;

    read_unique(spot, entry, member);
    if (field->scope.resource && field->rules.unique)
        check_later(spot, check_unfiltered, (void *)(uintptr_t)field->scope.resource);
}

static void read_regex(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;

    read_pattern(spot, entry, &field->rules.regex);
    if (field->rules.regex)
        field->rules.regex_text = json_string(spot->value, NULL);
}

const struct entry rule_entries[] = {
    {.name = "type", .read = read_types, .phase = KEYS_FIRST},
    {.name = "required", .read = read_bool, .offset = AT(rules.required)},
    {.name = "nullable", .read = read_bool, .offset = AT(rules.nullable)},
    {.name = "readonly", .read = read_bool, .offset = AT(rules.readonly)},
    {.name = "empty", .read = read_not, .offset = AT(rules.empty_refused)},
    {.name = "unique", .read = read_unique},
    {.name = "unique_to_user", .read = read_unique},
    {.name = "unique_within_resource", .read = read_unique_within},
    {.name = "minlength", .read = read_length, .offset = AT(rules.min_len)},
    {.name = "maxlength", .read = read_length, .offset = AT(rules.max_len)},
    {.name = "regex", .read = read_regex},
    {.name = "coerce", .read = read_coerce},
    {.name = "dependencies", .read = read_dependencies},
    {.name = "excludes", .read = read_excludes},
    {.name = "data_relation", .read = read_relation},
    {.name = "allow_unknown", .read = read_allow_unknown, .offset = AT(scope.inherited)},
    {.name = "purge_unknown",
     .read = read_bool,
     .offset = AT(scope.inherited) + offsetof(struct schema, purge_unknown)},
    {.name = "require_all", .read = read_bool, .offset = AT(scope.require_all)},
    {.name = "title", .read = read_text, .offset = AT(rules.title)},
    {.name = "description", .read = read_text, .offset = AT(rules.description)},
    {.name = "meta", .read = read_meta},

    {.name = "schema", .read = read_schema_rule, .phase = KEYS_SCHEMA},
    {.name = "items", .read = read_items, .phase = KEYS_SCHEMA},
    {.name = "keysrules", .read = read_keys, .phase = KEYS_SCHEMA},
    {.name = "keyschema", .read = read_keys, .phase = KEYS_SCHEMA},
    {.name = "propertyschema", .read = read_keys, .phase = KEYS_SCHEMA},
    {.name = "valuesrules", .read = read_values, .phase = KEYS_SCHEMA},
    {.name = "valueschema", .read = read_values, .phase = KEYS_SCHEMA},
    {.name = "anyof", .read = read_choices, .phase = KEYS_SCHEMA},
    {.name = "allof", .read = read_choices, .phase = KEYS_SCHEMA},
    {.name = "noneof", .read = read_choices, .phase = KEYS_SCHEMA},
    {.name = "oneof", .read = read_choices, .phase = KEYS_SCHEMA},

    {.name = "default", .read = read_initial, .phase = KEYS_NAMING},
    {.name = "allowed", .read = read_allowed, .phase = KEYS_NAMING},
    {.name = "forbidden", .read = read_forbidden, .phase = KEYS_NAMING},
    {.name = "contains", .read = read_contains, .phase = KEYS_NAMING},
    {.name = "min", .read = read_bound, .phase = KEYS_NAMING},
    {.name = "max", .read = read_bound, .phase = KEYS_NAMING},

    {.name = "versioned",
     .read = read_fixed,
     .initial = "true",
     .note = "histories hold whole documents"},
    {.name = "check_with", .read = read_unsupported, .note = python_only},
    {.name = "validator", .read = read_unsupported, .note = python_only},
    {.name = "default_setter", .read = read_unsupported, .note = python_only},
    {.name = "rename", .read = read_unsupported, .note = "clients send the names that are stored"},
    {.name = "rename_handler", .read = read_unsupported, .note = python_only},
    {0},
};

static void check_bounds(const struct spot *spot, const struct rules *rules)
{
    if (rules->min_len >= 0 && rules->max_len >= 0 && rules->min_len > rules->max_len)
        mistake(spot, "minlength is greater than maxlength");
    if (rules->min && rules->max && value_compare(rules->min, rules->max) > 0)
        mistake(spot, "min is greater than max");
}

/* A reference with a version is an object of both. */
static void check_reference(const struct spot *spot, const struct rules *rules)
{
    const char *field = "_id";

    if (!rules->relation || !rules->relation->version)
        return;
    if (rules->relation->field)
        field = rules->relation->field;
    if (!rules->schema || !schema_find(rules->schema, field, strlen(field)))
        mistake(spot, "a data_relation with version needs the type dict, with %.60s in its schema",
                field);
}

static const char *path_below(struct arena *arena, const struct scope *scope)
{
    if (!scope->path)
        return scope->name;
    if (!*scope->path || !*scope->name)
        return "";
    return arena_printf(arena, "%s.%s", scope->path, scope->name);
}

/* scope is that of what the field stands in; its name is the field's. */
static struct field_draft field_begin(const struct spot *spot, const struct scope *scope)
{
    struct field_draft field = {.scope = *scope};

    field.rules.name = scope->name;
    field.rules.path = path_below(spot->reader->arena, scope);
    field.rules.types = scope->types;
    field.rules.type_name = scope->types_text;
    field.rules.min_len = field.rules.max_len = -1;
    field.rules.required = scope->require_all;
    return field;
}

void rules_read(const struct spot *spot, const struct scope *scope, struct rules *out)
{
    struct field_draft field = field_begin(spot, scope);
    struct entries tables[] = {{.keys = rule_entries, .into = &field, .other = read_short_choices},
                               {0}};

    for (int phase = KEYS_FIRST; phase <= KEYS_NAMING; phase++)
        entries_read(spot, tables, phase);
    check_bounds(spot, &field.rules);
    check_reference(spot, &field.rules);
    *out = field.rules;
}

bool rules_read_one(const struct spot *spot, const char *rule, const struct scope *scope,
                    struct rules *out)
{
    struct field_draft field = field_begin(spot, scope);
    const struct entry *entry = entries_find(rule_entries, rule);

    if (!entry)
        return false;
    entry->read(spot, entry, (char *)&field + entry->offset);
    *out = field.rules;
    return true;
}

static bool check_name(const struct spot *field)
{
    if (*field->name && !strpbrk(field->name, ".$"))
        return true;
    mistake(field, "a field's name must not be empty or hold '.' or '$'");
    return false;
}

void schema_read(const struct spot *spot, const struct scope *scope, struct schema *out)
{
    struct scope inner = *scope;
    struct rules *fields;
    struct spots members;
    struct spot field;

    *out = scope->inherited;
    out->fields = NULL; /* the log of operations has a schema read over its own */
    out->count = 0;
    if (!take_type(spot, JSON_OBJECT, "an object of fields"))
        return;
    fields = arena_zalloc(spot->reader->arena, (json_count(spot->value) + 1) * sizeof(*fields));
    out->fields = fields;
    inner.siblings = out;
    inner.types = 0;
    inner.types_text = NULL;
    spot_each(spot, &members);
    while (spot_next(&members, &field)) {
        if (!check_name(&field))
            continue;
        inner.name = field.name;
        rules_read(&field, &inner, &fields[out->count]);
        out->count++;
    }
}
