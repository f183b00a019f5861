/* SPDX-License-Identifier: MIT */
#include "template_json.h"

#include <string.h>

#include "template_value.h"

static const struct template_class json_class;

/* A struct json is a pointer and a small number: both fit a template value as they are. */
static struct json json_of(struct template_value value)
{
    return (struct json){value.data, (uint32_t)(uintptr_t)value.type};
}

struct template_value template_json(struct json value)
{
    return (struct template_value){&json_class, value.text, (const void *)(uintptr_t)value.at};
}

static enum template_shape shape(struct template_value value)
{
    struct json json = json_of(value);
    double number;
    size_t len;

    switch (json_type(json)) {
    case JSON_BOOL:
        return json_bool(json) ? TEMPLATE_ONE : TEMPLATE_FALSE;
    case JSON_NUMBER:
        number = json_double(json);
        return number < 0 || number > 0 ? TEMPLATE_ONE : TEMPLATE_FALSE;
    case JSON_TEXT:
        json_string(json, &len);
        return len ? TEMPLATE_ONE : TEMPLATE_FALSE;
    case JSON_LIST:
        return json_count(json) ? TEMPLATE_LIST : TEMPLATE_FALSE;
    case JSON_OBJECT:
        return TEMPLATE_ONE;
    default:
        return TEMPLATE_FALSE;
    }
}

static struct template_text text(struct template_value value, char scratch[TEMPLATE_SCRATCH])
{
    struct json json = json_of(value);
    struct template_text out = {"", 0};

    (void)scratch;
    switch (json_type(json)) {
    case JSON_BOOL:
        out.bytes = json_bool(json) ? "true" : "false";
        out.len = strlen(out.bytes);
        break;
    case JSON_NUMBER:
        out.bytes = json_number(json);
        out.len = strlen(out.bytes);
        break;
    case JSON_TEXT:
        out.bytes = json_string(json, &out.len);
        break;
    default:
        break;
    }
    return out;
}

static bool get(struct template_value value, struct template_name *name, struct template_value *out)
{
    struct json member;

    if (!json_get(json_of(value), name->text, &member))
        return false;
    *out = template_json(member);
    return true;
}

static bool next(struct template_value list, struct template_cursor *cursor,
                 struct template_value *out)
{
    if (cursor->index++ == 0)
        json_each(json_of(list), &cursor->json);
    if (!json_next(&cursor->json))
        return false;
    *out = template_json(cursor->json.value);
    return true;
}

static const struct template_class json_class = {shape, text, get, next};
