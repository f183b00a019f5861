/* SPDX-License-Identifier: MIT */
/* Sort keys: the value a path sorts by, written so that memcmp() orders what value_compare() does.
 */
#include "filter.h"

#include "filter_path.h"
#include "value.h"

#include <math.h>
#include <string.h>

/* -- which values ------------------------------------------------------------------------------ */

static void visit_missing(const struct order_walk *walk)
{
    const bson_value_t missing = value_missing();

    walk->visit(walk->context, &missing, false);
}

/* A value at the end of the path. */
static void walk_end(const struct order_walk *walk, const bson_value_t *value)
{
    bson_iter_t iter;
    bool any = false;

    if (value->value_type != BSON_TYPE_ARRAY || !value_members(value, &iter)) {
        walk->visit(walk->context, value, false);
        return;
    }
    while (bson_iter_next(&iter)) {
        walk->visit(walk->context, bson_iter_value(&iter), false);
        any = true;
    }
    if (!any)
        walk->visit(walk->context, value, true);
}

static void walk_object(const struct order_walk *walk, const bson_value_t *object, const char *path,
                        int depth);

static void walk_path(const struct order_walk *walk, const bson_value_t *value, const char *rest,
                      int depth)
{
    size_t segment;
    bson_iter_t iter;
    bool any = false;

    if (!rest) {
        walk_end(walk, value);
        return;
    }
    if (value->value_type != BSON_TYPE_ARRAY || depth > FILTER_MAX_SEGMENTS) {
        walk_object(walk, value, rest, depth);
        return;
    }
    segment = strcspn(rest, ".");
    if (value_members(value, &iter) && strspn(rest, "0123456789") == segment &&
        bson_iter_find_w_len(&iter, rest, (int)segment)) {
        walk_path(walk, bson_iter_value(&iter), rest[segment] ? rest + segment + 1 : NULL,
                  depth + 1);
        return;
    }
    if (value_members(value, &iter)) {
        for (; bson_iter_next(&iter); any = true)
            walk_object(walk, bson_iter_value(&iter), rest, depth + 1);
    }
    if (!any)
        visit_missing(walk);
}

static void walk_object(const struct order_walk *walk, const bson_value_t *object, const char *path,
                        int depth)
{
    size_t segment = strcspn(path, ".");
    bson_iter_t iter;

    if (depth > FILTER_MAX_SEGMENTS || object->value_type != BSON_TYPE_DOCUMENT ||
        !value_members(object, &iter) || !bson_iter_find_w_len(&iter, path, (int)segment))
        visit_missing(walk);
    else
        walk_path(walk, bson_iter_value(&iter), path[segment] ? path + segment + 1 : NULL,
                  depth + 1);
}

void order_walk(const struct order_walk *walk, const uint8_t *bson, size_t len, const char *path)
{
    bson_value_t whole = {.value_type = BSON_TYPE_DOCUMENT};

    whole.value.v_doc.data = (uint8_t *)(uintptr_t)bson; /* only read */
    whole.value.v_doc.data_len = (uint32_t)len;
    walk_object(walk, &whole, path, 0);
}

/* -- which one --------------------------------------------------------------------------------- */

struct choice {
    bool ascending;
    bool any;
    bool empty; /* the value is a list without elements, at the end of the path */
    bson_value_t value;
};

/* Keeps the least of the values offered, or the greatest. */
static void offer(void *context, const bson_value_t *value, bool empty)
{
    struct choice *choice = context;
    enum value_class class = empty ? CLASS_EMPTY : value_class(value->value_type);
    enum value_class kept = choice->empty ? CLASS_EMPTY : value_class(choice->value.value_type);
    int order = class != kept ? (class < kept ? -1 : 1)
                : empty       ? 0
                              : value_compare(value, &choice->value);

    if (choice->any && (choice->ascending ? order >= 0 : order <= 0))
        return;
    choice->any = true;
    choice->empty = empty;
    choice->value = *value;
}

/* -- writing ----------------------------------------------------------------------------------- */

/* Counts while bytes is NULL. */
struct sink {
    uint8_t *bytes;
    size_t len;
};

static void put(struct sink *sink, const void *bytes, size_t len)
{
    if (sink->bytes && len)
        memcpy(sink->bytes + sink->len, bytes, len);
    sink->len += len;
}

static void put_byte(struct sink *sink, unsigned byte)
{
    uint8_t one = (uint8_t)byte;

    put(sink, &one, 1);
}

/* The last count bytes of a number, the greatest first. */
static void put_number(struct sink *sink, uint64_t number, int count)
{
    while (count--)
        put_byte(sink, (unsigned)(number >> (8 * count) & 0xFF));
}

/* A zero in the text becomes 00 FF and its end 00 00, so that a text sorts before longer ones. */
static void put_text(struct sink *sink, const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        put_byte(sink, text[i]);
        if (text[i] == 0)
            put_byte(sink, 0xFF);
    }
    put_number(sink, 0, 2);
}

/* Sign, exponent, 64 bits of mantissa: every int64 and every double has one such form, and equal
 * numbers of two types have the same. */
static void put_magnitude(struct sink *sink, bool negative, int exponent, uint64_t mantissa)
{
    uint64_t flip = negative ? UINT64_MAX : 0;

    put_byte(sink, negative ? 1 : 3);
    put_number(sink, ((uint64_t)(exponent + 0x4000) & 0xFFFF) ^ (flip & 0xFFFF), 2);
    put_number(sink, mantissa ^ flip, 8);
}

static void put_integer(struct sink *sink, int64_t number)
{
    bool negative = number < 0;
    uint64_t magnitude = negative ? 0 - (uint64_t)number : (uint64_t)number;
    int shift;

    if (!magnitude) {
        put_byte(sink, 2);
        return;
    }
    shift = __builtin_clzll(magnitude);
    put_magnitude(sink, negative, 64 - shift, magnitude << shift);
}

static void put_real(struct sink *sink, double number)
{
    int exponent;
    double fraction;

    if (isnan(number)) {
        put_byte(sink, 0);
    } else if (isinf(number)) {
        put_magnitude(sink, number < 0, 0x3FFF, UINT64_MAX);
    } else if (number == 0) {
        put_byte(sink, 2);
    } else {
        fraction = frexp(fabs(number), &exponent);
        put_magnitude(sink, number < 0, exponent, (uint64_t)ldexp(fraction, 64));
    }
}

static void put_any_number(struct sink *sink, const bson_value_t *value)
{
    struct value_number number = value_number(value);

    if (number.integral)
        put_integer(sink, number.integer);
    else
        put_real(sink, number.real);
}

static void put_binary(struct sink *sink, const bson_value_t *value)
{
    put_number(sink, value->value.v_binary.data_len, 4);
    put_byte(sink, (unsigned)value->value.v_binary.subtype);
    put(sink, value->value.v_binary.data, value->value.v_binary.data_len);
}

static void put_bytes(struct sink *sink, const bson_value_t *value)
{
    size_t len;
    const uint8_t *bytes = value_bytes(value, &len);

    put_text(sink, bytes, len);
}

static void put_body(struct sink *sink, const bson_value_t *value, int depth);

/* Each member as its class, its name (in objects) and the rest; then a zero, which is no class. */
static void put_members(struct sink *sink, const bson_value_t *value, int depth)
{
    bool named = value->value_type == BSON_TYPE_DOCUMENT;
    bson_iter_t iter;

    if (depth >= VALUE_MAX_DEPTH || !value_members(value, &iter)) {
        put_bytes(sink, value);
        return;
    }
    while (bson_iter_next(&iter)) {
        put_byte(sink, value_class(bson_iter_type(&iter)));
        if (named)
            put(sink, bson_iter_key(&iter), strlen(bson_iter_key(&iter)) + 1);
        put_body(sink, bson_iter_value(&iter), depth + 1);
    }
    put_byte(sink, 0);
}

static void put_rare(struct sink *sink, const bson_value_t *value)
{
    switch (value_class(value->value_type)) {
    case CLASS_TIMESTAMP:
        put_number(sink, value->value.v_timestamp.timestamp, 4);
        put_number(sink, value->value.v_timestamp.increment, 4);
        break;
    case CLASS_REGEX:
        put(sink, value->value.v_regex.regex, strlen(value->value.v_regex.regex) + 1);
        put(sink, value->value.v_regex.options, strlen(value->value.v_regex.options) + 1);
        break;
    case CLASS_OTHER:
        put_byte(sink, (unsigned)value->value_type);
        put_bytes(sink, value);
        break;
    default: /* null, missing, the least and the greatest: the class says it all */
        break;
    }
}

static void put_body(struct sink *sink, const bson_value_t *value, int depth)
{
    switch (value_class(value->value_type)) {
    case CLASS_NUMBER:
        put_any_number(sink, value);
        break;
    case CLASS_TEXT:
        put_bytes(sink, value);
        break;
    case CLASS_OBJECT:
    case CLASS_LIST:
        put_members(sink, value, depth);
        break;
    case CLASS_BINARY:
        put_binary(sink, value);
        break;
    case CLASS_OBJECT_ID:
        put(sink, value->value.v_oid.bytes, sizeof(value->value.v_oid.bytes));
        break;
    case CLASS_BOOL:
        put_byte(sink, value->value.v_bool);
        break;
    case CLASS_DATE:
        put_number(sink, (uint64_t)value->value.v_datetime ^ 1ULL << 63, 8);
        break;
    default:
        put_rare(sink, value);
    }
}

static void put_choice(struct sink *sink, const struct choice *choice)
{
    if (choice->empty) {
        put_byte(sink, CLASS_EMPTY);
        return;
    }
    put_byte(sink, value_class(choice->value.value_type));
    put_body(sink, &choice->value, 0);
}

static void choose(struct choice *choice, const uint8_t *bson, size_t len, const char *path)
{
    order_walk(&(struct order_walk){offer, choice}, bson, len, path);
}

bool order_value(const uint8_t *bson, size_t len, const char *path, bool ascending,
                 bson_value_t *out)
{
    struct choice choice = {.ascending = ascending};

    choose(&choice, bson, len, path);
    *out = choice.value.value_type == BSON_TYPE_EOD ? value_null() : choice.value;
    return !choice.empty;
}

struct order_key order_key(struct arena *arena, const uint8_t *bson, size_t len, const char *path,
                           bool ascending)
{
    struct choice choice = {.ascending = ascending};
    struct sink sink = {0};

    choose(&choice, bson, len, path);
    put_choice(&sink, &choice);
    sink.bytes = arena_alloc(arena, sink.len);
    sink.len = 0;
    put_choice(&sink, &choice);
    return (struct order_key){sink.bytes, sink.len};
}
