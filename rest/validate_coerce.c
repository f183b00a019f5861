/* SPDX-License-Identifier: MIT */
/* The rule `coerce`, with what Python says where it fails. */
#include "validate_private.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <wctype.h>

#include "../lib/utf8.h"

static const char *python_type(bson_type_t type)
{
    switch (type) {
    case BSON_TYPE_UTF8:
        return "str";
    case BSON_TYPE_BOOL:
        return "bool";
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return "int";
    case BSON_TYPE_DOUBLE:
        return "float";
    case BSON_TYPE_ARRAY:
        return "list";
    case BSON_TYPE_DOCUMENT:
        return "dict";
    case BSON_TYPE_DATE_TIME:
        return "datetime.datetime";
    case BSON_TYPE_OID:
        return "ObjectId";
    default:
        return "NoneType";
    }
}

static const char *no_number(struct arena *arena, const bson_value_t *value, const char *what)
{
    return arena_printf(arena, "%s a string%s or a real number, not '%s'", what,
                        what[0] == 'i' ? ", a bytes-like object" : "",
                        python_type(value->value_type));
}

/* -- each coercer: NULL, or why not -------------------------------------------------------------
 */

static const char *to_integer(struct arena *arena, const bson_value_t *value, bson_value_t *out)
{
    int64_t integer;

    switch (value->value_type) {
    case BSON_TYPE_UTF8:
        if (!read_integer(value, &integer))
            return arena_printf(arena, "invalid literal for int() with base 10: %s",
                                python_repr(arena, value));
        *out = value_int(integer);
        return NULL;
    case BSON_TYPE_BOOL:
        *out = value_int(value->value.v_bool);
        return NULL;
    case BSON_TYPE_DOUBLE:
        if (!(fabs(value->value.v_double) < 0x1p63))
            return "cannot convert float infinity to integer";
        *out = value_int((int64_t)value->value.v_double);
        return NULL;
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return NULL;
    default:
        return no_number(arena, value, "int() argument must be");
    }
}

static const char *to_float(struct arena *arena, const bson_value_t *value, bson_value_t *out)
{
    double real;

    switch (value->value_type) {
    case BSON_TYPE_UTF8:
        if (!read_float(value, &real))
            return arena_printf(arena, "could not convert string to float: %s",
                                python_repr(arena, value));
        *out = value_double(real);
        return NULL;
    case BSON_TYPE_BOOL:
        *out = value_double(value->value.v_bool);
        return NULL;
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        *out = value_double((double)value_number(value).integer);
        return NULL;
    case BSON_TYPE_DOUBLE:
        return NULL;
    default:
        return no_number(arena, value, "float() argument must be");
    }
}

static const char *to_string(struct arena *arena, const bson_value_t *value, bson_value_t *out)
{
    if (value->value_type != BSON_TYPE_UTF8)
        *out = value_text(python_str(arena, value));
    return NULL;
}

static const char *to_boolean(struct arena *arena, const bson_value_t *value, bson_value_t *out)
{
    bool truth;

    if (!read_boolean(value, &truth))
        return python_repr(arena, value);
    *out = value_bool(truth);
    return NULL;
}

/* -- texts --------------------------------------------------------------------------------------
 */

static bson_value_t text_of(struct arena *arena, struct buf *text)
{
    bson_value_t out = {.value_type = BSON_TYPE_UTF8};

    out.value.v_utf8.str = arena_copy(arena, text->data, text->len);
    out.value.v_utf8.len = (uint32_t)text->len;
    buf_release(text);
    return out;
}

static bson_value_t in_case(struct arena *arena, const bson_value_t *value, bool upper)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    const char *at = value->value.v_utf8.str;
    size_t left = value->value.v_utf8.len;
    struct buf text = {0};

    while (left) {
        char bytes[4] = {0};
        uint32_t code;
        size_t step = utf8_decode(at, left, &code);

        if (locale)
            code = (uint32_t)(upper ? towupper_l(code, locale) : towlower_l(code, locale));
        buf_add(&text, bytes, utf8_encode(code, bytes));
        at += step;
        left -= step;
    }
    if (locale)
        freelocale(locale);
    return text_of(arena, &text);
}

static bson_value_t stripped(struct arena *arena, const bson_value_t *value)
{
    const char *from = value->value.v_utf8.str;
    const char *to = from + value->value.v_utf8.len;
    struct buf text = {0};

    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    buf_add(&text, from, (size_t)(to - from));
    return text_of(arena, &text);
}

static const char *to_text(struct arena *arena, enum rule_coerce coerce, const bson_value_t *value,
                           bson_value_t *out)
{
    static const char *const names[] = {
        [COERCE_LOWER] = "lower", [COERCE_UPPER] = "upper", [COERCE_STRIP] = "strip"};

    if (value->value_type != BSON_TYPE_UTF8)
        return arena_printf(arena,
                            "descriptor '%s' for 'str' objects doesn't apply to a '%s' object",
                            names[coerce], python_type(value->value_type));
    *out = coerce == COERCE_STRIP ? stripped(arena, value)
                                  : in_case(arena, value, coerce == COERCE_UPPER);
    return NULL;
}

static const char *coerced(struct arena *arena, enum rule_coerce coerce, const bson_value_t *value,
                           bson_value_t *out)
{
    switch (coerce) {
    case COERCE_NONE:
        return NULL;
    case COERCE_INTEGER:
        return to_integer(arena, value, out);
    case COERCE_FLOAT:
        return to_float(arena, value, out);
    case COERCE_STRING:
        return to_string(arena, value, out);
    case COERCE_BOOLEAN:
        return to_boolean(arena, value, out);
    default:
        return to_text(arena, coerce, value, out);
    }
}

bool coerce_node(struct walk *walk, struct node *node, const struct rules *rules)
{
    bson_value_t value;
    bson_value_t out;
    const char *why;

    if (rules->coerce == COERCE_NONE)
        return false;
    value = tree_value(walk, node);
    out = value;
    why = coerced(walk->arena, rules->coerce, &value, &out);
    if (why) {
        if (!(rules->nullable && value.value_type == BSON_TYPE_NULL))
            node->uncoerced = why;
        return false;
    }
    if (out.value_type == value.value_type && value_compare(&out, &value) == 0)
        return false;
    node->value = out;
    node->level = NULL;
    return true;
}
