/* SPDX-License-Identifier: MIT */
/* Cerberus' rules as JSON Schema. What JSON Schema cannot say (unique, relations, dependencies) is
 * told in words. */
#include "openapi.h"
#include "render.h"

#include <string.h>

enum { SCHEMA_DEPTH = 40 };

struct writer {
    const struct settings *settings;
    enum openapi_use use;
    struct buf *out;
    int depth;
};

static void write_rules(struct writer *writer, const struct rules *rules);
static void write_fields(struct writer *writer, const struct schema *schema, const char *before);

static void write_text(struct buf *out, const char *text)
{
    render_text(text, strlen(text), out);
}

static void write_number(struct writer *writer, const char *name, int64_t number)
{
    buf_puts(writer->out, ",\"");
    buf_puts(writer->out, name);
    buf_puts(writer->out, "\":");
    buf_int(writer->out, number);
}

struct type_name {
    enum rule_type type;
    const char *json;
};

static const struct type_name type_names[] = {
    {RULE_STRING, "string"},  {RULE_BOOLEAN, "boolean"}, {RULE_INTEGER, "integer"},
    {RULE_FLOAT, "number"},   {RULE_NUMBER, "number"},   {RULE_DATETIME, "string"},
    {RULE_DICT, "object"},    {RULE_LIST, "array"},      {RULE_OBJECTID, "string"},
    {RULE_GEOJSON, "object"},
};

/* A reference may be shown as the document it leads to. */
static bool may_be_embedded(const struct writer *writer, const struct rules *rules)
{
    return writer->use == OPENAPI_SHOWN && rules->relation && rules->relation->embeddable;
}

static void write_types(struct writer *writer, const struct rules *rules)
{
    const char *written[12] = {NULL};
    size_t count = 0;

    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        bool known = !(rules->types & type_names[i].type);

        for (size_t j = 0; !known && j < count; j++)
            known = strcmp(written[j], type_names[i].json) == 0;
        if (!known)
            written[count++] = type_names[i].json;
    }
    if (may_be_embedded(writer, rules))
        written[count++] = "object";
    if (rules->nullable || may_be_embedded(writer, rules))
        written[count++] = "null";
    for (size_t i = 0; i < count; i++) {
        buf_puts(writer->out, i ? ",\"" : "[\"");
        buf_puts(writer->out, written[i]);
        buf_byte(writer->out, '"');
    }
    buf_byte(writer->out, ']');
}

static void write_values(struct writer *writer, const char *name, const struct values *values)
{
    buf_puts(writer->out, ",\"");
    buf_puts(writer->out, name);
    buf_puts(writer->out, "\":");
    for (size_t i = 0; i < values->count; i++) {
        buf_byte(writer->out, i ? ',' : '[');
        render_value(writer->settings, &values->items[i], writer->out);
    }
    buf_puts(writer->out, values->count ? "]" : "[]");
}

/* Lengths and bounds hold for the type they belong to alone, in both languages. */
static void write_bounds(struct writer *writer, const struct rules *rules)
{
    static const struct {
        enum rule_type type;
        const char *least, *most;
    } lengths[] = {{RULE_STRING, "minLength", "maxLength"}, {RULE_LIST, "minItems", "maxItems"}};

    for (size_t i = 0; i < 2; i++) {
        if (!(rules->types & lengths[i].type))
            continue;
        if (rules->min_len >= 0)
            write_number(writer, lengths[i].least, rules->min_len);
        if (rules->max_len >= 0)
            write_number(writer, lengths[i].most, rules->max_len);
    }
    if (rules->min && rules->types & (RULE_INTEGER | RULE_FLOAT | RULE_NUMBER)) {
        buf_puts(writer->out, ",\"minimum\":");
        render_value(writer->settings, rules->min, writer->out);
    }
    if (rules->max && rules->types & (RULE_INTEGER | RULE_FLOAT | RULE_NUMBER)) {
        buf_puts(writer->out, ",\"maximum\":");
        render_value(writer->settings, rules->max, writer->out);
    }
    if (rules->empty_refused && rules->types == RULE_STRING && rules->min_len < 1)
        write_number(writer, "minLength", 1);
}

static void write_pattern(struct writer *writer, const struct rules *rules)
{
    struct buf whole = {0};

    if (rules->types == RULE_OBJECTID && !may_be_embedded(writer, rules))
        buf_puts(writer->out, ",\"pattern\":\"^[0-9a-f]{24}$\"");
    if (rules->types == RULE_DATETIME)
        buf_puts(writer->out, ",\"examples\":[\"Mon, 01 Jan 2024 00:00:00 GMT\"]");
    if (!rules->regex_text || rules->types != RULE_STRING)
        return;
    buf_printf(&whole, "^(?:%s)$", rules->regex_text);
    buf_puts(writer->out, ",\"pattern\":");
    render_text(whole.data, whole.len, writer->out);
    buf_release(&whole);
}

/* What is told in words. */
static void write_description(struct writer *writer, const struct rules *rules)
{
    struct buf words = {0};

    if (rules->description)
        buf_printf(&words, "%s ", rules->description);
    if (rules->types == RULE_DATETIME)
        buf_puts(&words, "A date as RFC 1123 writes it. ");
    if (rules->unique)
        buf_puts(&words, "Unique. ");
    if (rules->relation)
        buf_printf(&words, "The %s of one of %s. ", rules->relation->field,
                   rules->relation->resource_name);
    if (words.len) {
        buf_puts(writer->out, ",\"description\":");
        render_text(words.data, words.len - 1, writer->out);
    }
    buf_release(&words);
    if (rules->title) {
        buf_puts(writer->out, ",\"title\":");
        write_text(writer->out, rules->title);
    }
    if (rules->readonly)
        buf_puts(writer->out, ",\"readOnly\":true");
    if (rules->has_initial) {
        buf_puts(writer->out, ",\"default\":");
        render_value(writer->settings, &rules->initial, writer->out);
    }
}

static void write_members(struct writer *writer, const struct rules *rules)
{
    if (writer->depth >= SCHEMA_DEPTH)
        return;
    writer->depth++;
    if (rules->each) {
        buf_puts(writer->out, ",\"items\":");
        write_rules(writer, rules->each);
    }
    if (rules->item_count) {
        for (size_t i = 0; i < rules->item_count; i++) {
            buf_puts(writer->out, i ? "," : ",\"prefixItems\":[");
            write_rules(writer, &rules->items[i]);
        }
        buf_puts(writer->out, "]");
        write_number(writer, "minItems", (int64_t)rules->item_count);
        write_number(writer, "maxItems", (int64_t)rules->item_count);
    }
    if (rules->values) {
        buf_puts(writer->out, ",\"additionalProperties\":");
        write_rules(writer, rules->values);
    } else if (rules->schema && !may_be_embedded(writer, rules)) {
        write_fields(writer, rules->schema, ",");
    }
    writer->depth--;
}

static void write_choices(struct writer *writer, const char *name, const struct choices *choices)
{
    if (!choices->count || writer->depth >= SCHEMA_DEPTH)
        return;
    writer->depth++;
    buf_puts(writer->out, ",\"");
    buf_puts(writer->out, name);
    buf_puts(writer->out, "\":");
    for (size_t i = 0; i < choices->count; i++) {
        buf_byte(writer->out, i ? ',' : '[');
        write_rules(writer, &choices->items[i]);
    }
    buf_byte(writer->out, ']');
    writer->depth--;
}

static void write_rules(struct writer *writer, const struct rules *rules)
{
    /* A first member that is always there spares asking whether one is. */
    buf_puts(writer->out, "{\"$comment\":");
    write_text(writer->out, rules->type_name ? rules->type_name : "any");
    if (rules->types) {
        buf_puts(writer->out, ",\"type\":");
        write_types(writer, rules);
    }
    if (writer->use != OPENAPI_SHOWN) {
        write_bounds(writer, rules);
        write_pattern(writer, rules);
        if (rules->has_allowed && !(rules->types & RULE_LIST))
            write_values(writer, "enum", &rules->allowed);
        write_choices(writer, "anyOf", &rules->any_of);
        write_choices(writer, "allOf", &rules->all_of);
        write_choices(writer, "oneOf", &rules->one_of);
    }
    write_description(writer, rules);
    write_members(writer, rules);
    buf_byte(writer->out, '}');
}

static void write_required(struct writer *writer, const struct schema *schema)
{
    const char *before = ",\"required\":[";

    for (size_t i = 0; i < schema->count; i++) {
        if (!schema->fields[i].required)
            continue;
        buf_puts(writer->out, before);
        write_text(writer->out, schema->fields[i].name);
        before = ",";
    }
    if (before[1] == '\0')
        buf_byte(writer->out, ']');
}

/* properties, required, additionalProperties. Sent documents leave out what is read-only. */
static void write_fields(struct writer *writer, const struct schema *schema, const char *before)
{
    bool first = true;

    buf_puts(writer->out, before);
    buf_puts(writer->out, "\"properties\":{");
    for (size_t i = 0; i < schema->count; i++) {
        if (schema->fields[i].readonly && writer->use != OPENAPI_SHOWN)
            continue;
        if (!first)
            buf_byte(writer->out, ',');
        first = false;
        write_text(writer->out, schema->fields[i].name);
        buf_byte(writer->out, ':');
        write_rules(writer, &schema->fields[i]);
    }
    buf_byte(writer->out, '}');
    if (writer->use == OPENAPI_SENT)
        write_required(writer, schema);
    if (writer->use != OPENAPI_SHOWN && !schema->allow_unknown && !schema->purge_unknown &&
        !schema->unknown)
        buf_puts(writer->out, ",\"additionalProperties\":false");
}

void openapi_schema(const struct resource *resource, enum openapi_use use, struct buf *out)
{
    struct writer writer = {.settings = resource->settings, .use = use, .out = out};

    buf_puts(out, "{\"type\":\"object\"");
    write_fields(&writer, &resource->schema, ",");
    buf_byte(out, '}');
}
