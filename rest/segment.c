/* SPDX-License-Identifier: MIT */
#include "segment.h"

#include <stdlib.h>
#include <string.h>

enum { OID_DIGITS = 24, NUMBER_TYPES = RULE_INTEGER | RULE_FLOAT | RULE_NUMBER };

/* Only in the form numbers are written by us, so that each has one address. */
static bool read_number(const char *text, bool fractions, bson_value_t *out)
{
    const char *digits = text + (*text == '-');
    size_t whole = strspn(digits, "0123456789");
    int64_t number = 0;

    if (!whole || (*digits == '0' && whole > 1))
        return false;
    if (digits[whole] == '.' && fractions) {
        size_t rest = strspn(digits + whole + 1, "0123456789");

        *out = value_double(strtod(text, NULL));
        return rest && !digits[whole + 1 + rest];
    }
    for (size_t i = 0; i < whole; i++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digits[i] - '0', &number))
            return false;
    if (digits[whole] || (digits == text && number == INT64_MIN))
        return false;
    *out = value_int(digits == text ? -number : number);
    return true;
}

static bool read_oid(const char *text, bson_value_t *out)
{
    bson_oid_t oid;

    if (strspn(text, "0123456789abcdef") != OID_DIGITS || text[OID_DIGITS])
        return false;
    bson_oid_init_from_string(&oid, text);
    *out = value_oid(&oid);
    return true;
}

static unsigned types_of_id(const struct collection *collection)
{
    return collection->id_type == TYPE_OBJECT_ID ? RULE_OBJECTID
           : collection->id_type == TYPE_INT     ? RULE_INTEGER
                                                 : RULE_STRING;
}

bool segment_means(const struct resource *resource, const char *field, const char *segment,
                   struct meanings *out)
{
    const struct rules *rules = schema_at(&resource->schema, field);
    unsigned types = strcmp(field, "_id") == 0 ? types_of_id(resource->collection)
                     : rules                   ? rules->types
                                               : 0;
    struct meanings meanings = {.count = 0};
    bson_value_t *next = meanings.values;

    if (!types || types & RULE_STRING)
        *next++ = value_text(segment);
    if (((!types || types & RULE_OBJECTID) && read_oid(segment, next)) ||
        ((!types || types & NUMBER_TYPES) &&
         read_number(segment, !types || types & (RULE_FLOAT | RULE_NUMBER), next)))
        next++;
    meanings.count = (size_t)(next - meanings.values);
    *out = meanings;
    return meanings.count > 0;
}

const struct filter *meanings_filter(struct arena *arena, const char *field,
                                     const struct meanings *meanings)
{
    bson_value_t *values;

    if (meanings->count == 1)
        return filter_compare(arena, FILTER_EQ, field, meanings->values[0]);
    values = arena_alloc(arena, sizeof(meanings->values));
    memcpy(values, meanings->values, sizeof(meanings->values));
    return filter_among(arena, FILTER_IN, field, (struct filter_values){values, meanings->count});
}
