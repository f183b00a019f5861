/* SPDX-License-Identifier: MIT */
/* SQL functions that look into a row's BSON:
 *   decant_match(filter, bson)            whether the document is meant
 *   decant_order(bson, path, ascending)   a blob that sorts as the field does */
#include "store_sqlite.h"

enum { STEPS_PER_LOOK = 50 };

static void match(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *connection = sqlite3_user_data(context);
    const struct filter *filter = sqlite3_value_pointer(values[0], "filter");
    const uint8_t *bson = sqlite3_value_blob(values[1]);

    (void)count;
    connection->spent += STEPS_PER_LOOK;
    if (!filter)
        sqlite3_result_error(context, "decant_match() lacks its filter", -1);
    else
        sqlite3_result_int(context,
                           filter_matches(filter, bson, (size_t)sqlite3_value_bytes(values[1])));
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
            sqlite3_create_function_v2(db, "decant_order", 3, flags, connection, order, NULL, NULL,
                                       NULL) == SQLITE_OK) ||
           connection_fail(connection, err);
}
