/* SPDX-License-Identifier: MIT */
/* What is asked of one field, as MongoDB's operators
 * (https://www.mongodb.com/docs/manual/reference/operator/query/). */
#include "query.h"

#include "../utf8.h"
#include "../value.h"

#include <string.h>

void query_list_value(bson_t *list, uint32_t *count, const bson_value_t *value)
{
    char room[16];
    const char *key;
    size_t len = bson_uint32_to_string((*count)++, &key, room, sizeof(room));

    bson_append_value(list, key, (int)len, value);
}

void query_list_document(bson_t *list, uint32_t *count, const bson_t *document)
{
    char room[16];
    const char *key;
    size_t len = bson_uint32_to_string((*count)++, &key, room, sizeof(room));

    bson_append_document(list, key, (int)len, document);
}

/* -- operators --------------------------------------------------------------------------------- */

static void add_values(bson_t *out, const char *name, const bson_value_t *values, size_t count)
{
    bson_t list;
    uint32_t number = 0;

    bson_append_array_begin(out, name, -1, &list);
    for (size_t i = 0; i < count; i++)
        query_list_value(&list, &number, &values[i]);
    bson_append_array_end(out, &list);
}

/* What nothing matches. */
static void add_never(bson_t *out)
{
    add_values(out, "$in", NULL, 0);
}

static void add_size(const struct filter *filter, bson_t *out)
{
    int64_t size;

    if (value_whole(&filter->value, &size) && size >= 0 && size <= INT32_MAX)
        bson_append_int32(out, "$size", -1, (int32_t)size);
    else
        add_never(out);
}

/* By number, but for "number" and the least key, whose number is -1 there. */
static void add_types(const struct filter *filter, bson_t *out)
{
    bson_t list;
    uint32_t count = 0;

    bson_append_array_begin(out, "$type", -1, &list);
    for (size_t i = 0; i < filter->count; i++) {
        bson_value_t type = value_text("number");
        int64_t number;

        if (!value_whole(&filter->values[i], &number))
            continue;
        if (number != -1)
            type = value_int(number == BSON_TYPE_MINKEY ? -1 : number);
        query_list_value(&list, &count, &type);
    }
    bson_append_array_end(out, &list);
}

/* A text as a regular expression that finds just it. Expressions are taken as UTF-8, of which no
 * part of a character looks like another one: so it is found byte by byte. */
static void add_pattern(const struct filter *filter, bson_t *out)
{
    size_t len;
    const char *text = (const char *)value_bytes(&filter->value, &len);
    struct buf pattern = {0};

    if (len && !utf8_valid(text, len)) {
        add_never(out);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        if (!text[i]) {
            buf_puts(&pattern, "\\x00");
            continue;
        }
        if (strchr("\\^$.[]|()?*+{}", text[i]))
            buf_byte(&pattern, '\\');
        buf_byte(&pattern, text[i]);
    }
    bson_append_utf8(out, "$regex", -1, pattern.data ? pattern.data : "", (int)pattern.len);
    buf_release(&pattern);
}

/* A mask with the sign's bit is no number there, but its bits can be listed. */
static void add_bits(const struct filter *filter, bson_t *out)
{
    const char *name = filter_op_name(filter->op);
    bson_t list;
    uint32_t count = 0;
    int64_t mask = 0;

    value_whole(&filter->value, &mask);
    if (mask >= 0) {
        bson_append_int64(out, name, -1, mask);
        return;
    }
    bson_append_array_begin(out, name, -1, &list);
    for (int bit = 0; bit < 64; bit++) {
        bson_value_t place = value_int(bit);

        if ((uint64_t)mask >> bit & 1)
            query_list_value(&list, &count, &place);
    }
    bson_append_array_end(out, &list);
}

static void add_element(const struct filter *filter, bson_t *out);

/* Append an operator to what is asked of a field: {$gt: 1}. */
static void add_operator(const struct filter *filter, bson_t *out)
{
    switch (filter->op) {
    case FILTER_IN:
    case FILTER_NIN:
    case FILTER_ALL:
    case FILTER_MOD:
        add_values(out, filter_op_name(filter->op), filter->values, filter->count);
        break;
    case FILTER_SIZE:
        add_size(filter, out);
        break;
    case FILTER_ELEM:
        add_element(filter, out);
        break;
    case FILTER_TYPE:
        add_types(filter, out);
        break;
    case FILTER_CONTAINS:
        add_pattern(filter, out);
        break;
    case FILTER_BITS_ALL_SET:
    case FILTER_BITS_ANY_SET:
    case FILTER_BITS_ALL_CLEAR:
    case FILTER_BITS_ANY_CLEAR:
        add_bits(filter, out);
        break;
    default:
        bson_append_value(out, filter_op_name(filter->op), -1, &filter->value);
    }
}

/* -- elements ---------------------------------------------------------------------------------- */

static void add_not(const struct filter *filter, bson_t *out);

/* What is asked of an element itself has operators only; several `$not` must all hold, as any
 * operators do. */
static void add_operators(const struct filter *filter, bson_t *out)
{
    bson_t none;

    switch (filter->op) {
    case FILTER_AND:
        for (size_t i = 0; i < filter->count; i++)
            add_operators(filter->children[i], out);
        break;
    case FILTER_NOT:
    case FILTER_NOR:
        add_not(filter, out);
        break;
    case FILTER_OR:
        bson_append_document_begin(out, "$not", -1, &none);
        add_not(filter, &none);
        bson_append_document_end(out, &none);
        break;
    default:
        add_operator(filter, out);
    }
}

/* That none of the children holds. */
static void add_not(const struct filter *filter, bson_t *out)
{
    bson_t not ;

    for (size_t i = 0; i < filter->count; i++) {
        bson_append_document_begin(out, "$not", -1, &not );
        add_operators(filter->children[i], &not );
        bson_append_document_end(out, &not );
    }
}

static bool speaks_of_itself(const struct filter *filter)
{
    while (!filter->path && filter->count)
        filter = filter->children[0];
    return filter->path && filter->path[0] == '\0';
}

static void add_element(const struct filter *filter, bson_t *out)
{
    bson_t query = BSON_INITIALIZER;

    if (speaks_of_itself(filter->children[0]))
        add_operators(filter->children[0], &query);
    else
        query_write_filter(filter->children[0], true, &query);
    bson_append_document(out, "$elemMatch", -1, &query);
    bson_destroy(&query);
}

/* -- fields ------------------------------------------------------------------------------------ */

const char *query_path(const struct filter *filter)
{
    return filter->op == FILTER_NOT ? filter->children[0]->path : filter->path;
}

void query_field(const struct filter *filter, bson_t *out)
{
    bson_t operators = BSON_INITIALIZER;

    add_operators(filter, &operators);
    bson_append_document(out, query_path(filter), -1, &operators);
    bson_destroy(&operators);
}
