/* SPDX-License-Identifier: MIT */
/* GeoJSON (RFC 7946), as far as Eve's types look: the members, their nesting, two numbers at
 * least in each position. */
#include "validate_private.h"

#include <string.h>

enum { MOST_NESTED = 20 }; /* collections within collections */

struct kind {
    const char *name;
    const char *type;   /* of the schema */
    const char *member; /* what it has beside "type" */
    int lists;          /* of coordinates: around a position */
};

static const struct kind kinds[] = {
    {"Point", "point", "coordinates", 0},
    {"MultiPoint", "multipoint", "coordinates", 1},
    {"LineString", "linestring", "coordinates", 1},
    {"MultiLineString", "multilinestring", "coordinates", 2},
    {"Polygon", "polygon", "coordinates", 2},
    {"MultiPolygon", "multipolygon", "coordinates", 3},
    {"GeometryCollection", "geometrycollection", "geometries", 0},
    {"Feature", "feature", "geometry", 0},
    {"FeatureCollection", "featurecollection", "features", 0},
};

static const struct node *member(const struct level *object, const char *name)
{
    for (size_t i = 0; i < object->count; i++)
        if (strcmp(object->nodes[i].key, name) == 0)
            return &object->nodes[i];
    return NULL;
}

static const struct kind *kind_of(const struct level *object)
{
    const struct node *type = member(object, "type");

    if (!type || type->value.value_type != BSON_TYPE_UTF8)
        return NULL;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, type->value.value.v_utf8.str) == 0)
            return &kinds[i];
    return NULL;
}

static bool is_position(const struct level *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (!value_is_number(&list->nodes[i].value))
            return false;
    return list->count >= 2;
}

static bool are_coordinates(const struct node *node, int lists)
{
    if (!node->level || !node->level->list)
        return false;
    if (lists == 0)
        return is_position(node->level);
    for (size_t i = 0; i < node->level->count; i++)
        if (!are_coordinates(&node->level->nodes[i], lists - 1))
            return false;
    return true;
}

static bool fits(const struct level *object, int nested);

static bool are_fitting(const struct node *node, int nested)
{
    if (!node->level)
        return false;
    if (!node->level->list)
        return fits(node->level, nested);
    for (size_t i = 0; i < node->level->count; i++)
        if (!node->level->nodes[i].level || node->level->nodes[i].level->list ||
            !fits(node->level->nodes[i].level, nested))
            return false;
    return true;
}

static bool fits(const struct level *object, int nested)
{
    const struct kind *kind = kind_of(object);
    const struct node *node = kind ? member(object, kind->member) : NULL;
    bool several;

    if (!node || nested > MOST_NESTED)
        return false;
    if (strcmp(kind->member, "coordinates") == 0)
        return are_coordinates(node, kind->lists) && object->count == 2;
    several = strcmp(kind->member, "geometry") != 0;
    return are_fitting(node, nested + 1) && node->level->list == several;
}

bool is_geometry(const struct level *object, const char *type_name)
{
    const struct kind *kind = kind_of(object);
    const char *at = kind ? strstr(type_name, kind->type) : NULL;
    size_t len = kind ? strlen(kind->type) : 0;

    /* "point" is in "multipoint" too: a name ends with the text or a quote, and begins so. */
    for (; at; at = strstr(at + 1, kind->type))
        if ((at == type_name || at[-1] == '\'') && (at[len] == '\0' || at[len] == '\''))
            return fits(object, 0);
    return false;
}
