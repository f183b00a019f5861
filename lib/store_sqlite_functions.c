/* SPDX-License-Identifier: MIT */
/* SQL functions that look into a row's BSON:
 *   decant_match(filter, bson)            whether the document is meant
 *   decant_match(filter, bson, created, updated)   the same for one that asks for these
 *   decant_order(bson, path, ascending)   a blob that sorts as the field does */
#include "store_sqlite.h"

enum { STEPS_PER_LOOK = 50 };

/* Times are columns, but filters speak of them as of members. */
static bool matches_with_times(const struct filter *filter, struct bson_bytes document,
                               int64_t created_ms, int64_t updated_ms)
{
    bson_t stored, whole;
    bool meant;

    if (!bson_init_static(&stored, document.data, document.len))
        return false;
    bson_copy_to(&stored, &whole);
    BSON_APPEND_DATE_TIME(&whole, "_created", created_ms);
    BSON_APPEND_DATE_TIME(&whole, "_updated", updated_ms);
    meant = filter_matches(filter, bson_get_data(&whole), whole.len);
    bson_destroy(&whole);
    return meant;
}

static void match(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *connection = sqlite3_user_data(context);
    const struct filter *filter = sqlite3_value_pointer(values[0], "filter");
    struct bson_bytes document = {sqlite3_value_blob(values[1]),
                                  (size_t)sqlite3_value_bytes(values[1])};

    connection->spent += STEPS_PER_LOOK;
    if (!filter)
        sqlite3_result_error(context, "decant_match() lacks its filter", -1);
    else if (count == 2)
        sqlite3_result_int(context, filter_matches(filter, document.data, document.len));
    else
        sqlite3_result_int(context,
                           matches_with_times(filter, document, sqlite3_value_int64(values[2]),
                                              sqlite3_value_int64(values[3])));
}

static void order(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *connection = sqlite3_user_data(context);
    const uint8_t *bson = sqlite3_value_blob(values[0]);
    const char *path = (const char *)sqlite3_value_text(values[1]);
    struct arena arena;
    struct order_key key;

    (void)count;
    connection->spent += STEPS_PER_LOOK;
    arena_init(&arena);
    key = order_key(&arena, bson, (size_t)sqlite3_value_bytes(values[0]), path,
                    sqlite3_value_int(values[2]) != 0);
    sqlite3_result_blob64(context, key.bytes, key.len, SQLITE_TRANSIENT);
    arena_release(&arena);
}

bool functions_register(struct connection *connection, struct error *err)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    sqlite3 *db = connection->db;

    return (sqlite3_create_function_v2(db, "decant_match", 2, flags, connection, match, NULL, NULL,
                                       NULL) == SQLITE_OK &&
            sqlite3_create_function_v2(db, "decant_match", 4, flags, connection, match, NULL, NULL,
                                       NULL) == SQLITE_OK &&
            sqlite3_create_function_v2(db, "decant_order", 3, flags, connection, order, NULL, NULL,
                                       NULL) == SQLITE_OK) ||
           connection_fail(connection, err);
}
