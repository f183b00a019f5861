/* SPDX-License-Identifier: MIT */
/* Values in schemas, each of its field's type: defaults, what is allowed, bounds. */
#include "settings_tables.h"

#include <string.h>

#include "../lib/value.h"
#include "body.h"
#include "validate.h"

/* The types of enum rule_type that a stored value is of. */
static unsigned types_of(const bson_value_t *value)
{
    switch (value_class(value->value_type)) {
    case CLASS_NUMBER:
        return RULE_NUMBER | RULE_FLOAT |
               (value->value_type == BSON_TYPE_DOUBLE ? 0U : RULE_INTEGER);
    case CLASS_TEXT:
        return RULE_STRING;
    case CLASS_OBJECT:
        return RULE_DICT | RULE_GEOJSON;
    case CLASS_LIST:
        return RULE_LIST;
    case CLASS_OBJECT_ID:
        return RULE_OBJECTID;
    case CLASS_BOOL:
        return RULE_BOOLEAN;
    case CLASS_DATE:
        return RULE_DATETIME;
    default:
        return 0;
    }
}

/* -- a value -------------------------------------------------------------------------------------
 */

static const struct rules *rules_of_member(const struct rules *rules, const struct spot *spot)
{
    if (!spot->name)
        return spot->index < rules->item_count ? &rules->items[spot->index] : rules->each;
    return rules->schema ? schema_find(rules->schema, spot->name, strlen(spot->name))
                         : rules->values;
}

/* Objects and lists are built from their members, as each of these may have a type of its own. */
static bool take_nested(const struct spot *spot, const struct rules *rules, bson_value_t *out)
{
    bool in_list = json_type(spot->value) == JSON_LIST;
    bson_t built = BSON_INITIALIZER;
    struct spots members;
    struct spot member;
    bool ok = true;

    spot_each(spot, &members);
    while (ok && spot_next(&members, &member)) {
        bson_value_t value;
        char index[24];
        const char *name = member.name;

        if (in_list) {
            const char *shared;

            bson_uint32_to_string((uint32_t)member.index, &shared, index, sizeof(index));
            name = shared;
        }
        ok = take_value(&member, rules_of_member(rules, &member), &value) &&
             bson_append_value(&built, name, -1, &value);
    }
    *out = (bson_value_t){.value_type = in_list ? BSON_TYPE_ARRAY : BSON_TYPE_DOCUMENT};
    out->value.v_doc.data_len = built.len;
    out->value.v_doc.data =
        (uint8_t *)arena_copy(spot->reader->arena, bson_get_data(&built), built.len);
    bson_destroy(&built);
    return ok;
}

static bool take_plain(const struct spot *spot, const struct rules *rules, bson_value_t *out)
{
    struct error err = {0};
    bson_value_t cast;

    if (!body_value(spot->reader->arena, spot->value, out, &err)) {
        mistake(spot, "%s", err.message);
        return false;
    }
    if (rules && cast_value(rules, true, out, &cast))
        *out = cast;
    return true;
}

bool take_value(const struct spot *spot, const struct rules *rules, bson_value_t *out)
{
    static const struct rules anything = {.name = ""};
    enum json_type type = json_type(spot->value);
    bool ok = type == JSON_OBJECT || type == JSON_LIST
                  ? take_nested(spot, rules ? rules : &anything, out)
                  : take_plain(spot, rules, out);

    if (!ok || !rules || !rules->types || (type == JSON_NULL && rules->nullable))
        return ok;
    if (rules->types & types_of(out))
        return true;
    mistake(spot, "must be of %s type", rules->type_name);
    return false;
}

bool take_values(const struct spot *spot, const struct rules *rules, struct values *out)
{
    bson_value_t *items;
    struct spots list;
    struct spot item;
    size_t count = 0;

    items = arena_alloc(spot->reader->arena, (json_count(spot->value) + 1) * sizeof(*items));
    if (json_type(spot->value) == JSON_LIST) {
        spot_each(spot, &list);
        while (spot_next(&list, &item))
            count += take_value(&item, rules, &items[count]);
    } else {
        count += take_value(spot, rules, &items[count]);
    }
    *out = (struct values){items, count};
    return count > 0;
}

/* -- rules with values ---------------------------------------------------------------------------
 */

void read_initial(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;

    (void)entry;
    if (json_type(spot->value) == JSON_NULL && !field->rules.nullable)
        mistake(spot, "null needs nullable");
    else
        field->rules.has_initial = take_value(spot, &field->rules, &field->rules.initial);
}

/* Of a list it is the items that are compared. */
static const struct rules *compared(const struct rules *rules)
{
    return rules->types & RULE_LIST ? rules->each : rules;
}

void read_allowed(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;

    (void)entry;
    if (!take_type(spot, JSON_LIST, "a list of values"))
        return;
    field->rules.has_allowed = true;
    take_values(spot, compared(&field->rules), &field->rules.allowed);
}

void read_forbidden(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;

    (void)entry;
    if (take_type(spot, JSON_LIST, "a list of values"))
        take_values(spot, compared(&field->rules), &field->rules.forbidden);
}

void read_contains(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;

    (void)entry;
    if (field->rules.types && !(field->rules.types & (RULE_LIST | RULE_STRING)))
        mistake(spot, "needs the type list");
    else
        take_values(spot, compared(&field->rules), &field->rules.contains);
}

/* min and max. */
void read_bound(const struct spot *spot, const struct entry *entry, void *member)
{
    enum { ORDERED = RULE_INTEGER | RULE_FLOAT | RULE_NUMBER | RULE_DATETIME };
    struct field_draft *field = member;
    const struct rules *rules = &field->rules;
    bson_value_t value;
    bson_value_t *kept;

    if (rules->types && !(rules->types & ORDERED)) {
        mistake(spot, "needs the type integer, float, number or datetime");
        return;
    }
    if (!take_plain(spot, rules, &value))
        return;
    if (!(types_of(&value) & (RULE_NUMBER | RULE_DATETIME))) {
        mistake(spot, "must be a number or a date");
        return;
    }
    kept = arena_alloc(spot->reader->arena, sizeof(*kept));
    *kept = value;
    if (strcmp(entry->name, "min") == 0)
        field->rules.min = kept;
    else
        field->rules.max = kept;
}
