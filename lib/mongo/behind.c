/* SPDX-License-Identifier: MIT */
/* Ranges behind a place. A list stands in an order by its least element (ascending) or its greatest
 * one, but is met by comparisons with any: so each document is looked at again. */
#include "behind.h"

#include "../value.h"

#include <string.h>

/* -- queries ----------------------------------------------------------------------------------- */

static enum value_class place_class(const struct behind *behind)
{
    bson_type_t type = behind->place.value.value_type;

    if (behind->is_id)
        return value_class(behind->place.id.value_type);
    return type == BSON_TYPE_EOD ? CLASS_EMPTY : value_class(type);
}

static const char *beyond_name(const struct behind *behind)
{
    return behind->keyset.descending ? "$lt" : "$gt";
}

/* {path: {operator: value}} */
static void add_asked(bson_t *out, const char *path, const char *operator,
                      const bson_value_t * value)
{
    bson_t operators = BSON_INITIALIZER;

    bson_append_value(&operators, operator, - 1, value);
    bson_append_document(out, path, -1, &operators);
    bson_destroy(&operators);
}

static void add_choice(bson_t *list, uint32_t *count, const char *path, const char *operator,
                       bson_value_t value)
{
    bson_t choice = BSON_INITIALIZER;

    add_asked(&choice, path, operator, & value);
    query_list_document(list, count, &choice);
    bson_destroy(&choice);
}

/* Null, and whatever counts as it: on a way through lists there may be nothing at all. */
static void add_nulls(bson_t *list, uint32_t *count, const char *path)
{
    add_choice(list, count, path, "$eq", value_null());
    if (strchr(path, '.'))
        add_choice(list, count, path, "$exists", value_bool(false));
}

static void add_same(const struct behind *behind, bson_t *out)
{
    const char *path = behind->keyset.path;
    const bson_value_t none = value_int(0);
    bson_t list;
    uint32_t count = 0;

    if (place_class(behind) == CLASS_EMPTY) {
        add_asked(out, path, "$size", &none);
    } else if (place_class(behind) == CLASS_NULL ||
               (behind->is_time && !behind->place.value.value.v_datetime)) {
        bson_append_array_begin(out, "$or", -1, &list);
        add_nulls(&list, &count, path);
        if (place_class(behind) != CLASS_NULL)
            add_choice(&list, &count, path, "$eq", behind->place.value);
        bson_append_array_end(out, &list);
    } else {
        add_asked(out, path, "$eq", &behind->place.value);
    }
    add_asked(out, "_id", beyond_name(behind), &behind->place.id);
}

/* Values of the same class beyond; NaN, the least number, compares with none. */
static bool add_beyond(const struct behind *behind, bson_t *out)
{
    const bson_value_t *value = behind->is_id ? &behind->place.id : &behind->place.value;
    const bson_value_t number = value_text("number"), regex = value_int(BSON_TYPE_REGEX);

    switch (place_class(behind)) {
    case CLASS_MIN:
    case CLASS_EMPTY:
    case CLASS_NULL:
    case CLASS_MAX:
        return false;
    case CLASS_REGEX:
        add_asked(out, behind->keyset.path, "$type", &regex);
        return true;
    default:
        if (!value_is_nan(value))
            add_asked(out, behind->keyset.path, beyond_name(behind), value);
        else if (!behind->keyset.descending)
            add_asked(out, behind->keyset.path, "$type", &number);
        return !value_is_nan(value) || !behind->keyset.descending;
    }
}

static bool add_nan(const struct behind *behind, bson_t *out)
{
    const bson_value_t *value = behind->is_id ? &behind->place.id : &behind->place.value;
    const bson_value_t nan = value_double(__builtin_nan(""));

    if (!behind->keyset.descending || !value_is_number(value) || value_is_nan(value))
        return false;
    add_asked(out, behind->keyset.path, "$eq", &nan);
    return true;
}

/* {path: {$type: [the types of all classes beyond that have some]}} */
static void add_types_beyond(const struct behind *behind, bson_t *out)
{
    static const int types[] = {-1, 1, 16, 18, 19, 2,  14, 3,  4,  5,
                                7,  8, 9,  17, 11, 12, 13, 15, 127};
    bson_t asked = BSON_INITIALIZER, list;
    uint32_t count = 0;

    bson_append_array_begin(&asked, "$type", -1, &list);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        enum value_class class = value_class((bson_type_t)(types[i] & 0xFF));
        bson_value_t type = value_int(types[i]);

        if (behind->keyset.descending ? class < place_class(behind) : class > place_class(behind))
            query_list_value(&list, &count, &type);
    }
    bson_append_array_end(&asked, &list);
    bson_append_document(out, behind->keyset.path, -1, &asked);
    bson_destroy(&asked);
}

/* All but what may be the first of all: lists without elements, or the least value. */
static void add_all_but(const struct behind *behind, bson_t *out)
{
    bson_t asked = BSON_INITIALIZER, not = BSON_INITIALIZER;
    bool empty = place_class(behind) == CLASS_EMPTY;

    bson_append_int32(&not, empty ? "$size" : "$type", -1, empty ? 0 : -1);
    bson_append_document(&asked, "$not", -1, &not );
    bson_append_document(out, behind->keyset.path, -1, &asked);
    bson_destroy(&asked);
    bson_destroy(&not );
}

static void add_lesser(const struct behind *behind, bson_t *out)
{
    bson_t types = BSON_INITIALIZER, list;
    uint32_t count = 0;

    bson_append_array_begin(out, "$or", -1, &list);
    add_types_beyond(behind, &types);
    query_list_document(&list, &count, &types);
    if (place_class(behind) > CLASS_NULL)
        add_nulls(&list, &count, behind->keyset.path);
    if (place_class(behind) > CLASS_EMPTY)
        add_choice(&list, &count, behind->keyset.path, "$size", value_int(0));
    bson_append_array_end(out, &list);
    bson_destroy(&types);
}

static bool add_others(const struct behind *behind, bson_t *out)
{
    const bson_value_t null = value_null();
    bool descending = behind->keyset.descending;

    if (behind->is_time) {
        if (!descending || !behind->place.value.value.v_datetime)
            return false;
        add_asked(out, behind->keyset.path, "$eq", &null);
        return true;
    }
    if (place_class(behind) == (descending ? CLASS_MIN : CLASS_MAX))
        return false;
    if (descending && !behind->is_id)
        add_lesser(behind, out);
    else if (place_class(behind) <= CLASS_EMPTY && !behind->is_id)
        add_all_but(behind, out);
    else
        add_types_beyond(behind, out);
    return true;
}

bool behind_query(const struct behind *behind, enum behind_range range, bson_t *out)
{
    switch (range) {
    case BEHIND_SAME:
        if (behind->is_id)
            return false;
        add_same(behind, out);
        return true;
    case BEHIND_BEYOND:
        return add_beyond(behind, out);
    case BEHIND_NAN:
        return add_nan(behind, out);
    default:
        return add_others(behind, out);
    }
}

/* -- documents --------------------------------------------------------------------------------- */

static int compare_keys(const struct order_key *a, const struct order_key *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->bytes, b->bytes, len);

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

bool behind_has(const struct behind *behind, enum behind_range range,
                const struct bson_bytes *document, struct arena *scratch)
{
    const struct order_key *place = &behind->place.key;
    bool ascending = !behind->keyset.descending;
    struct order_key key;
    bson_value_t value;
    bool nan, beyond;
    int order;

    if (behind->is_id || behind->is_time)
        return true;
    key = order_key(scratch, document->data, document->len, behind->keyset.path, ascending);
    order = compare_keys(&key, place);
    beyond = ascending ? order > 0 : order < 0;
    nan = order_value(document->data, document->len, behind->keyset.path, ascending, &value) &&
          value_is_nan(&value);
    switch (range) {
    case BEHIND_SAME:
        return order == 0;
    case BEHIND_BEYOND:
        return beyond && key.bytes[0] == place->bytes[0] && (ascending || !nan);
    case BEHIND_NAN:
        return beyond && nan;
    default:
        return beyond && key.bytes[0] != place->bytes[0];
    }
}
