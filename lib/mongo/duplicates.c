/* SPDX-License-Identifier: MIT */
/* Why a unique index cannot be made. */
#include "index.h"

#include <stdio.h>

enum { NAMED_DUPLICATES = 3 };

static void tell_value(const bson_value_t *value, struct buf *out)
{
    char text[25];

    switch (value->value_type) {
    case BSON_TYPE_UTF8:
        buf_printf(out, "%.40s", value->value.v_utf8.str);
        break;
    case BSON_TYPE_INT32:
        buf_int(out, value->value.v_int32);
        break;
    case BSON_TYPE_INT64:
        buf_int(out, value->value.v_int64);
        break;
    case BSON_TYPE_DOUBLE:
        buf_printf(out, "%.15g", value->value.v_double);
        break;
    case BSON_TYPE_BOOL:
        buf_puts(out, value->value.v_bool ? "true" : "false");
        break;
    case BSON_TYPE_OID:
        bson_oid_to_string(&value->value.v_oid, text);
        buf_puts(out, text);
        break;
    default:
        buf_puts(out, "(no text or number)");
    }
}

/* Those that the index would hold apart, grouped by the value. */
static void duplicates_pipeline(const struct table *table, const char *path, bson_t *out)
{
    bson_t apart = BSON_INITIALIZER, *pipeline;
    char expression[256];

    snprintf(expression, sizeof(expression), "$%s", path);
    keys_apart(table, path, &apart);
    pipeline = BCON_NEW("pipeline", "[", "{", "$match", BCON_DOCUMENT(&apart), "}", "{", "$group",
                        "{", "_id", BCON_UTF8(expression), "count", "{", "$sum", BCON_INT32(1), "}",
                        "}", "}", "{", "$match", "{", "count", "{", "$gt", BCON_INT32(1), "}", "}",
                        "}", "{", "$limit", BCON_INT32(NAMED_DUPLICATES), "}", "]");
    bson_concat(out, pipeline);
    bson_destroy(pipeline);
    bson_destroy(&apart);
}

bool duplicates_fail(const struct preparing *preparing, const char *path, struct error *err)
{
    bson_t pipeline = BSON_INITIALIZER, options = BSON_INITIALIZER;
    struct buf values = {0};
    mongoc_cursor_t *cursor;
    const bson_t *group;
    bson_iter_t iter;

    duplicates_pipeline(preparing->table, path, &pipeline);
    BSON_APPEND_BOOL(&options, "allowDiskUse", true);
    cursor = mongoc_collection_aggregate(preparing->collection, MONGOC_QUERY_NONE, &pipeline,
                                         &options, NULL);
    while (mongoc_cursor_next(cursor, &group)) {
        if (!bson_iter_init_find(&iter, group, "_id"))
            continue;
        if (values.len)
            buf_puts(&values, ", ");
        tell_value(bson_iter_value(&iter), &values);
    }
    mongoc_cursor_destroy(cursor);
    bson_destroy(&options);
    bson_destroy(&pipeline);
    fail(err, ERROR_CONFLICT, "%s: %s must be unique, but several documents have: %s",
         preparing->table->collection->name, path, buf_text(&values));
    buf_release(&values);
    return false;
}
