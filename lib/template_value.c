/* SPDX-License-Identifier: MIT */
/* Described structs as template data. */
#include "template_value.h"

#include <math.h>
#include <string.h>

#include "record_field.h"

/* A member of a struct: data is its address, type its struct field. */
static const struct template_class member_class;

/* Items of FIELD_TEXTS have no field of their own. */
static const struct field text_item = {"", FIELD_TEXT, 0, NULL};

static bool within(const struct record *record, const struct field *field)
{
    uintptr_t start = (uintptr_t)record->fields;

    return (uintptr_t)field >= start &&
           (uintptr_t)field < (uintptr_t)(record->fields + record->count);
}

/* A tag mostly meets the same kind of struct again, so it keeps the field it found. */
static bool get_field(const struct record *record, const void *data, struct template_name *name,
                      struct template_value *out)
{
    const struct field *field = atomic_load_explicit(&name->seen, memory_order_relaxed);

    if (!within(record, field)) {
        field = record_find(record, name->text, name->len);
        if (!field)
            return false;
        atomic_store_explicit(&name->seen, field, memory_order_relaxed);
    }
    *out = (struct template_value){&member_class, (const char *)data + field->offset, field};
    return true;
}

static union member member_of(struct template_value value)
{
    return (union member){.address = value.data};
}

static enum template_shape true_if(bool yes)
{
    return yes ? TEMPLATE_ONE : TEMPLATE_FALSE;
}

static enum template_shape member_shape(struct template_value value)
{
    const struct field *field = value.type;
    union member at = member_of(value);

    switch (field->type) {
    case FIELD_BOOL:
        return true_if(*at.boolean);
    case FIELD_INT:
        return true_if(*at.integer != 0);
    case FIELD_INT64:
    case FIELD_TIME:
        return true_if(*at.int64 != 0);
    case FIELD_DOUBLE:
        return true_if(*at.real < 0 || *at.real > 0);
    case FIELD_TEXT:
        return true_if(*at.text && **at.text);
    case FIELD_RECORD:
        return true_if(*at.record != NULL);
    case FIELD_LIST:
    case FIELD_TEXTS:
        return at.list->count ? TEMPLATE_LIST : TEMPLATE_FALSE;
    }
    return TEMPLATE_FALSE;
}

static struct template_text whole_text(int64_t number, char scratch[TEMPLATE_SCRATCH])
{
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    size_t at = TEMPLATE_SCRATCH;

    do {
        scratch[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        scratch[--at] = '-';
    return (struct template_text){scratch + at, TEMPLATE_SCRATCH - at};
}

static struct template_text real_text(double number, char scratch[TEMPLATE_SCRATCH])
{
    size_t len = isfinite(number) ? json_format_double(number, scratch) : 0;

    if (len > 2 && memcmp(scratch + len - 2, ".0", 2) == 0)
        len -= 2;
    return (struct template_text){scratch, len};
}

static struct template_text constant(const char *text)
{
    return (struct template_text){text ? text : "", text ? strlen(text) : 0};
}

static struct template_text member_text(struct template_value value, char scratch[TEMPLATE_SCRATCH])
{
    const struct field *field = value.type;
    union member at = member_of(value);

    switch (field->type) {
    case FIELD_BOOL:
        return constant(*at.boolean ? "true" : "false");
    case FIELD_INT:
        return whole_text(*at.integer, scratch);
    case FIELD_INT64:
        return whole_text(*at.int64, scratch);
    case FIELD_DOUBLE:
        return real_text(*at.real, scratch);
    case FIELD_TEXT:
        return constant(*at.text);
    case FIELD_TIME:
        return (struct template_text){scratch, record_time(*at.int64, scratch)};
    default:
        return constant(NULL);
    }
}

static bool member_get(struct template_value value, struct template_name *name,
                       struct template_value *out)
{
    const struct field *field = value.type;
    const void *data;

    if (field->type != FIELD_RECORD)
        return false;
    data = *member_of(value).record;
    return data && get_field(field->of, data, name, out);
}

static enum template_shape record_shape(struct template_value value)
{
    (void)value;
    return TEMPLATE_ONE;
}

static struct template_text record_text(struct template_value value, char scratch[TEMPLATE_SCRATCH])
{
    (void)value;
    (void)scratch;
    return constant(NULL);
}

static bool record_get(struct template_value value, struct template_name *name,
                       struct template_value *out)
{
    return get_field(value.type, value.data, name, out);
}

static bool no_next(struct template_value list, struct template_cursor *cursor,
                    struct template_value *out)
{
    (void)list;
    (void)cursor;
    (void)out;
    return false;
}

static const struct template_class record_class = {record_shape, record_text, record_get, no_next};

static bool member_next(struct template_value value, struct template_cursor *cursor,
                        struct template_value *out)
{
    const struct field *field = value.type;
    const struct list *list = member_of(value).list;
    size_t i = cursor->index;

    if (i == list->count)
        return false;
    cursor->index++;
    if (field->type == FIELD_TEXTS)
        *out =
            (struct template_value){&member_class, list_item(list, i, sizeof(char *)), &text_item};
    else
        *out =
            (struct template_value){&record_class, list_item(list, i, field->of->size), field->of};
    return true;
}

static const struct template_class member_class = {member_shape, member_text, member_get,
                                                   member_next};

struct template_value template_record(const struct record *record, const void *data)
{
    return (struct template_value){&record_class, data, record};
}
