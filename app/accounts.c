/* SPDX-License-Identifier: MIT */
#include "accounts.h"

#include "../lib/clock.h"
#include "../lib/identity.h"

#include <string.h>

enum {
    LEAST_NAME = 2,
    MOST_NAME = 32,
    LEAST_PASSWORD = 8,
    MOST_PASSWORD = 1000,
};

/* Users are asked by name, which is the _id. */
const struct collection users_collection = {.name = "users", .id_type = TYPE_TEXT};

bool account_name_ok(const char *name, struct error *err)
{
    size_t len = strlen(name);

    if (len < LEAST_NAME || len > MOST_NAME)
        return fail(err, ERROR_REFUSED, "A user name has %d to %d characters", LEAST_NAME,
                    MOST_NAME);
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
        return fail(err, ERROR_REFUSED, "A user name has only the letters a to z, digits, - and _");
    return true;
}

bool account_password_ok(const char *name, const char *password, struct error *err)
{
    size_t len = strlen(password);

    if (len < LEAST_PASSWORD)
        return fail(err, ERROR_REFUSED, "A password has at least %d characters", LEAST_PASSWORD);
    if (len > MOST_PASSWORD)
        return fail(err, ERROR_REFUSED, "A password has at most %d bytes", MOST_PASSWORD);
    if (strcasecmp(name, password) == 0)
        return fail(err, ERROR_REFUSED, "A password must not be the user name");
    if (password_is_common(password))
        return fail(err, ERROR_REFUSED, "This password is among the commonest: choose another one");
    return true;
}

bool account_create(struct store *store, const char *name, const char *password_hash,
                    struct error *err)
{
    bson_t user = BSON_INITIALIZER;
    bool done;

    BSON_APPEND_UTF8(&user, "_id", name);
    BSON_APPEND_UTF8(&user, "hash", password_hash);
    BSON_APPEND_DATE_TIME(&user, "created", clock_now_ms());
    done = store_insert(store, &users_collection, &user, NULL, err);
    bson_destroy(&user);
    if (!done && err->kind == ERROR_CONFLICT)
        fail(err, ERROR_CONFLICT, "The name %s is taken", name);
    return done;
}

bool account_hash(struct store *store, const char *name, struct arena *arena, const char **hash,
                  struct error *err)
{
    struct document user = {.arena = arena};
    bson_iter_t iter;

    if (!store_get(store, &users_collection, key_text(name), &user, err)) {
        if (err->kind != ERROR_NOT_FOUND)
            return false;
        *hash = password_dummy_hash();
        return true;
    }
    if (!bson_iter_init_from_data(&iter, user.bson, user.len) || !bson_iter_find(&iter, "hash") ||
        !BSON_ITER_HOLDS_UTF8(&iter))
        return fail(err, ERROR_INTERNAL, "user %s has no password hash", name);
    *hash = arena_text(arena, bson_iter_utf8(&iter, NULL));
    return true;
}

bool account_set_hash(struct store *store, const char *name, const char *password_hash,
                      struct error *err)
{
    struct change change = {CHANGE_SET, "hash", value_text(password_hash)};
    struct update update = {.changes = &change, .count = 1};

    return store_update(store, &users_collection, key_text(name), &update, err);
}
