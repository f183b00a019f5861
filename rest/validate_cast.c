/* SPDX-License-Identifier: MIT */
/* Values as their declared type would have them, before any rule is asked: Eve's serializers, but
 * that 1.5 and true are no integers, and that what is of a declared type stays what it is. */
#include "validate_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EXACT = 53 }; /* bits: whole numbers up to 2^53 are doubles exactly */

static bool scalar_fits(unsigned types, bson_type_t type)
{
    switch (type) {
    case BSON_TYPE_UTF8:
        return types & RULE_STRING;
    case BSON_TYPE_BOOL:
        return types & RULE_BOOLEAN;
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return types & (RULE_INTEGER | RULE_FLOAT | RULE_NUMBER);
    case BSON_TYPE_DOUBLE:
    case BSON_TYPE_DECIMAL128:
        return types & (RULE_FLOAT | RULE_NUMBER);
    case BSON_TYPE_DATE_TIME:
        return types & RULE_DATETIME;
    case BSON_TYPE_OID:
        return types & RULE_OBJECTID;
    case BSON_TYPE_ARRAY:
        return types & RULE_LIST;
    case BSON_TYPE_DOCUMENT:
        return types & RULE_DICT;
    default:
        return false;
    }
}

bool type_fits(unsigned types, const char *type_name, const struct node *node)
{
    if (!types || scalar_fits(types, node->value.value_type))
        return true;
    return types & RULE_GEOJSON && node->level && !node->level->list &&
           is_geometry(node->level, type_name);
}

/* -- single values ------------------------------------------------------------------------------
 */

bool read_integer(const bson_value_t *text, int64_t *out)
{
    const char *at = text->value.v_utf8.str;
    const char *digits = at + (*at == '-' || *at == '+');
    size_t len = strspn(digits, "0123456789");

    if (!len || (size_t)(digits - at) + len != text->value.v_utf8.len)
        return false;
    errno = 0;
    *out = strtoll(at, NULL, 10);
    return errno == 0;
}

bool read_float(const bson_value_t *text, double *out)
{
    const char *at = text->value.v_utf8.str;
    size_t len = text->value.v_utf8.len;
    char *end;

    if (!len || strspn(at, "+-0123456789.eE") != len)
        return false;
    *out = strtod(at, &end);
    return *end == '\0' && isfinite(*out);
}

bool read_boolean(const bson_value_t *value, bool *out)
{
    const char *text = value->value_type == BSON_TYPE_UTF8 ? value->value.v_utf8.str : "";

    if (value->value_type == BSON_TYPE_BOOL)
        *out = value->value.v_bool;
    else if (value->value_type == BSON_TYPE_INT32 && (unsigned)value->value.v_int32 <= 1)
        *out = value->value.v_int32 == 1;
    else if (strcmp(text, "1") == 0 || strcasecmp(text, "true") == 0)
        *out = true;
    else if (strcmp(text, "0") == 0 || strcasecmp(text, "false") == 0)
        *out = false;
    else
        return false;
    return true;
}

static bool cast_text(unsigned types, const bson_value_t *text, bson_value_t *out)
{
    int64_t integer;
    double real;

    if (types & (RULE_INTEGER | RULE_NUMBER) && read_integer(text, &integer))
        *out = value_int(integer);
    else if (types & (RULE_FLOAT | RULE_NUMBER) && read_float(text, &real))
        *out = value_double(real);
    else
        return false;
    return true;
}

/* 2.0 is an integer, 2.5 is none; a whole number is a float where nothing else is declared. */
static bool cast_number(unsigned types, const bson_value_t *value, bson_value_t *out)
{
    struct value_number number = value_number(value);

    if (value->value_type == BSON_TYPE_DOUBLE) {
        double real = value->value.v_double;

        if (!(types & RULE_INTEGER) || !(fabs(real) < 0x1p63) || trunc(real) != real)
            return false;
        *out = value_int((int64_t)real);
        return true;
    }
    if (types != RULE_FLOAT || !number.integral || llabs(number.integer) > 1LL << EXACT)
        return false;
    *out = value_double((double)number.integer);
    return true;
}

static bool cast_scalar(unsigned types, const bson_value_t *value, bson_value_t *out)
{
    bool truth;

    if (value->value_type == BSON_TYPE_UTF8 && cast_text(types, value, out))
        return true;
    if (value_is_number(value) && cast_number(types, value, out))
        return true;
    if (!(types & RULE_BOOLEAN) || !read_boolean(value, &truth))
        return false;
    *out = value_bool(truth);
    return true;
}

static unsigned types_among(struct choices choices);

/* All types that the rules declare. */
static unsigned declared(const struct rules *rules)
{
    return rules->types | types_among(rules->any_of) | types_among(rules->one_of) |
           types_among(rules->all_of);
}

static unsigned types_among(struct choices choices)
{
    unsigned types = 0;

    for (size_t i = 0; i < choices.count; i++)
        types |= declared(&choices.items[i]);
    return types;
}

static bool cast_self(struct walk *walk, struct node *node, const struct rules *rules)
{
    unsigned types = declared(rules);
    bson_value_t cast;

    if (!types || (types != RULE_FLOAT && scalar_fits(types, node->value.value_type)))
        return false;
    if (!cast_value(rules, walk->resource->iso_dates, &node->value, &cast) &&
        !cast_scalar(types, &node->value, &cast))
        return false;
    node->value = cast;
    return true;
}

/* -- what is in them ----------------------------------------------------------------------------
 */

static bool cast_items(struct walk *walk, struct level *list, const struct rules *rules)
{
    bool changed = false;

    for (size_t i = 0; rules->each && i < list->count; i++)
        changed |= cast_node(walk, &list->nodes[i], rules->each);
    for (size_t i = 0; rules->item_count == list->count && i < list->count; i++)
        changed |= cast_node(walk, &list->nodes[i], &rules->items[i]);
    return changed;
}

static bool cast_members(struct walk *walk, struct level *object, const struct rules *rules)
{
    bool changed = rules->schema && cast_level(walk, object, rules->schema);

    for (size_t i = 0; rules->values && i < object->count; i++)
        changed |= cast_node(walk, &object->nodes[i], rules->values);
    return changed;
}

static bool cast_inside(struct walk *walk, struct node *node, const struct rules *rules)
{
    const struct choices *const choices[] = {&rules->all_of, &rules->any_of, &rules->one_of};
    bool changed;

    if (!node->level)
        return false;
    changed = node->level->list ? cast_items(walk, node->level, rules)
                                : cast_members(walk, node->level, rules);
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        for (size_t j = 0; j < choices[i]->count; j++)
            changed |= cast_inside(walk, node, &choices[i]->items[j]);
    node->level->changed |= changed;
    return changed;
}

bool cast_node(struct walk *walk, struct node *node, const struct rules *rules)
{
    bool changed = cast_self(walk, node, rules);

    return cast_inside(walk, node, rules) || changed;
}

bool cast_level(struct walk *walk, struct level *level, const struct schema *schema)
{
    bool changed = false;

    level_match(walk, level, schema);
    for (size_t i = 0; i < level->count; i++) {
        const struct rules *rules = level->rules[i] ? level->rules[i] : schema->unknown;

        if (rules)
            changed |= cast_node(walk, &level->nodes[i], rules);
    }
    level->changed |= changed;
    return changed;
}
