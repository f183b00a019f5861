/* SPDX-License-Identifier: MIT */
/* Rules that are made of others, and the types they hang on. */
#include "settings_tables.h"

#include <string.h>

/* -- types ---------------------------------------------------------------------------------------
 */

static const struct type {
    const char *name;
    unsigned bit;         /* 0: not supported, as */
    const char *sentence; /* says */
} types[] = {
    {"string", RULE_STRING, NULL},
    {"boolean", RULE_BOOLEAN, NULL},
    {"integer", RULE_INTEGER, NULL},
    {"float", RULE_FLOAT, NULL},
    {"number", RULE_NUMBER, NULL},
    {"datetime", RULE_DATETIME, NULL},
    {"dict", RULE_DICT, NULL},
    {"list", RULE_LIST, NULL},
    {"objectid", RULE_OBJECTID, NULL},
    {"point", RULE_GEOJSON, NULL},
    {"multipoint", RULE_GEOJSON, NULL},
    {"linestring", RULE_GEOJSON, NULL},
    {"multilinestring", RULE_GEOJSON, NULL},
    {"polygon", RULE_GEOJSON, NULL},
    {"multipolygon", RULE_GEOJSON, NULL},
    {"geometrycollection", RULE_GEOJSON, NULL},
    {"feature", RULE_GEOJSON, NULL},
    {"featurecollection", RULE_GEOJSON, NULL},
    {"media", 0, "documents hold the addresses of files, not the files"},
    {"dbref", 0, "a reference is an objectid with a data_relation"},
    {"decimal", 0, "JSON has no such numbers; use a string or an integer"},
    {"binary", 0, "JSON has no bytes; use a string"},
    {"set", 0, "JSON has no sets; use a list"},
    {"date", 0, "use datetime"},
    {"uuid", 0, "use a string with a regex"},
};

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

static const struct type *find_type(const struct spot *spot)
{
    const char *name;
    struct nearest nearest;

    if (!take_text(spot, &name))
        return NULL;
    nearest = nearest_to(name);
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        nearest_consider(&nearest, types[i].name);
        if (strcmp(types[i].name, name) != 0)
            continue;
        if (types[i].bit)
            return &types[i];
        mistake(spot, "%s is not supported: %s", name, types[i].sentence);
        return NULL;
    }
    if (nearest.best)
        mistake(spot, "%.40s is no type, did you mean %s?", name, nearest.best);
    else
        mistake(spot, "%.40s is no type", name);
    return NULL;
}

void read_types(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    struct rules *rules = &field->rules;
    struct buf text = {0};
    const struct type *type;
    struct spots list;
    struct spot item;

    (void)entry;
    rules->types = 0; /* not what an alternative inherits */
    if (json_type(spot->value) != JSON_LIST) {
        type = find_type(spot);
        rules->types = type ? type->bit : 0;
        rules->type_name = type ? type->name : NULL;
        return;
    }
    spot_each(spot, &list);
    while (spot_next(&list, &item)) {
        type = find_type(&item);
        if (!type)
            continue;
        rules->types |= type->bit;
        buf_printf(&text, "%s'%s'", text.len ? ", " : "[", type->name);
    }
    if (text.len)
        rules->type_name = arena_printf(spot->reader->arena, "%s]", buf_text(&text));
    else
        mistake(spot, "must name at least one type");
    buf_release(&text);
}

void read_coerce(const struct spot *spot, const struct entry *entry, void *member)
{
    static const struct {
        const char *name;
        enum rule_coerce coerce;
    } known[] = {
        {"integer", COERCE_INTEGER}, {"int", COERCE_INTEGER}, {"float", COERCE_FLOAT},
        {"string", COERCE_STRING},   {"str", COERCE_STRING},  {"boolean", COERCE_BOOLEAN},
        {"bool", COERCE_BOOLEAN},    {"lower", COERCE_LOWER}, {"upper", COERCE_UPPER},
        {"strip", COERCE_STRIP},
    };
    struct field_draft *field = member;
    const char *name;

    (void)entry;
    if (!take_text(spot, &name))
        return;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].name, name) == 0) {
            field->rules.coerce = known[i].coerce;
            return;
        }
    }
    mistake(spot, "must be integer, float, string, boolean, lower, upper or strip, not %.40s",
            name);
}

/* -- rules within rules --------------------------------------------------------------------------
 */

/* Of what is inside a field: its own path, what it allows. */
static struct scope scope_inside(const struct field_draft *field)
{
    struct scope scope = field->scope;

    scope.path = field->rules.path;
    scope.siblings = NULL;
    scope.name = "";
    scope.types = 0;
    scope.types_text = NULL;
    return scope;
}

/* Items of lists and values of unknown names have no path. */
static struct scope scope_of_items(const struct field_draft *field)
{
    struct scope scope = scope_inside(field);

    scope.path = "";
    scope.require_all = false;
    return scope;
}

static const struct rules *read_one(const struct spot *spot, const struct scope *scope)
{
    struct rules *rules = arena_zalloc(spot->reader->arena, sizeof(*rules));

    rules_read(spot, scope, rules);
    return rules;
}

/* Without a type it is a schema of fields if all of its members could be fields. */
static bool looks_like_fields(struct json value)
{
    struct json_iter iter;

    json_each(value, &iter);
    while (json_next(&iter))
        if (json_type(iter.value) != JSON_OBJECT)
            return false;
    return true;
}

void read_schema_rule(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    unsigned among = field->rules.types & (RULE_DICT | RULE_LIST);
    struct scope scope;

    (void)entry;
    if (!take_type(spot, JSON_OBJECT, "an object"))
        return;
    if ((field->rules.types && !among) || among == (RULE_DICT | RULE_LIST)) {
        mistake(spot, "needs the type dict or list, %s", among ? "not both" : "and no other");
        return;
    }
    if (among == RULE_DICT || (!among && looks_like_fields(spot->value))) {
        struct schema *schema = arena_zalloc(spot->reader->arena, sizeof(*schema));

        scope = scope_inside(field);
        schema_read(spot, &scope, schema);
        field->rules.schema = schema;
    } else {
        scope = scope_of_items(field);
        field->rules.each = read_one(spot, &scope);
    }
}

void read_items(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    struct scope scope = scope_of_items(field);
    struct rules *items;
    struct spots list;
    struct spot item;

    (void)entry;
    if (!take_type(spot, JSON_LIST, "a list of rules"))
        return;
    items = arena_zalloc(spot->reader->arena, (json_count(spot->value) + 1) * sizeof(*items));
    spot_each(spot, &list);
    while (spot_next(&list, &item))
        rules_read(&item, &scope, &items[field->rules.item_count++]);
    field->rules.items = items;
    if (!field->rules.item_count)
        mistake(spot, "must hold the rules of at least one item");
}

void read_keys(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    struct scope scope = scope_of_items(field);

    (void)entry;
    field->rules.keys = read_one(spot, &scope);
}

void read_values(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    struct scope scope = scope_of_items(field);

    (void)entry;
    field->rules.values = read_one(spot, &scope);
}

void read_allow_unknown(const struct spot *spot, const struct entry *entry, void *member)
{
    struct schema *schema = member;
    struct scope scope = {.name = "", .path = ""};

    (void)entry;
    schema->unknown = NULL;
    if (json_type(spot->value) == JSON_OBJECT) {
        schema->allow_unknown = true;
        schema->unknown = read_one(spot, &scope);
    } else if (take_type(spot, JSON_BOOL, "true, false or rules")) {
        schema->allow_unknown = json_bool(spot->value);
    }
}

/* -- alternatives --------------------------------------------------------------------------------
 */

/* "anyof" of len bytes, and its kin; NULL for any other name. */
static struct choices *choices_of(struct rules *rules, const char *name, size_t len)
{
    if (len == 5 && memcmp(name, "anyof", len) == 0)
        return &rules->any_of;
    if (len == 5 && memcmp(name, "allof", len) == 0)
        return &rules->all_of;
    if (len == 6 && memcmp(name, "noneof", len) == 0)
        return &rules->none_of;
    if (len == 5 && memcmp(name, "oneof", len) == 0)
        return &rules->one_of;
    return NULL;
}

/* An alternative stands for the field itself: its name, path and, if it says none, type. */
static struct scope scope_of_choice(const struct field_draft *field)
{
    struct scope scope = field->scope;

    scope.types = field->rules.types;
    scope.types_text = field->rules.type_name;
    scope.require_all = false;
    return scope;
}

/* rule NULL: each alternative is an object of rules; else the value of that one. */
static void fill_choices(const struct spot *spot, struct field_draft *field, const char *rule,
                         struct choices *out)
{
    struct scope scope = scope_of_choice(field);
    struct rules *items;
    struct spots list;
    struct spot item;

    if (!take_type(spot, JSON_LIST, "a list of alternatives"))
        return;
    items = arena_zalloc(spot->reader->arena, (json_count(spot->value) + 1) * sizeof(*items));
    *out = (struct choices){.items = items};
    spot_each(spot, &list);
    while (spot_next(&list, &item)) {
        if (rule)
            rules_read_one(&item, rule, &scope, &items[out->count++]);
        else
            rules_read(&item, &scope, &items[out->count++]);
    }
    if (!out->count)
        mistake(spot, "must hold at least one alternative");
}

void read_choices(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;

    fill_choices(spot, field, NULL, choices_of(&field->rules, entry->name, strlen(entry->name)));
}

bool read_short_choices(const struct spot *spot, void *member, int phase)
{
    struct field_draft *field = member;
    size_t len = strcspn(spot->name, "_");
    struct choices *choices = choices_of(&field->rules, spot->name, len);
    const char *rule = spot->name + len + 1;

    if (!choices || !spot->name[len] || !entries_find(rule_entries, rule))
        return false;
    if (phase != KEYS_NAMING)
        return true;
    if (choices->count)
        mistake(spot, "stands beside %.*s or another one of its kind", (int)len, spot->name);
    else
        fill_choices(spot, field, rule, choices);
    return true;
}
