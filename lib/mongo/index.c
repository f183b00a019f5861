/* SPDX-License-Identifier: MIT */
/* Making collections and indexes. Several processes may do so at once. */
#include "index.h"

#include "fault.h"

#include <string.h>
#include <time.h>

enum {
    CODE_NAMESPACE_EXISTS = 48,
    CODE_INDEX_NOT_FOUND = 27,
    CODE_INDEX_OPTIONS_CONFLICT = 85,
    TRIES = 100,
    PAUSE_MS = 100,
};

bool prepare_fail(const struct preparing *preparing, const bson_error_t *error, const char *what,
                  struct error *err)
{
    const struct mongo_store *store = preparing->store;

    if (fault_of(error) == FAULT_FORBIDDEN)
        return fail(err, ERROR_INTERNAL,
                    "the store %s does not allow this user to %s: it needs the role readWrite",
                    store->address, what);
    return client_fail(preparing->store, error, NULL, err);
}

static bool run(const struct preparing *preparing, const bson_t *command, bson_error_t *error)
{
    return mongoc_client_command_simple(preparing->client, preparing->store->database, command,
                                        NULL, NULL, error);
}

/* -- one index --------------------------------------------------------------------------------- */

/* The indexes there are, a list of documents. out is initialised. */
static bool list_indexes(const struct preparing *preparing, bson_t *out, struct error *err)
{
    mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(preparing->collection, NULL);
    const bson_t *index;
    bson_error_t error;
    uint32_t count = 0;
    bool ok;

    while (mongoc_cursor_next(cursor, &index))
        query_list_document(out, &count, index);
    ok = !mongoc_cursor_error(cursor, &error);
    mongoc_cursor_destroy(cursor);
    return ok || prepare_fail(preparing, &error, "list indexes", err);
}

static const char *name_of(const bson_t *index)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, index, "name") && BSON_ITER_HOLDS_UTF8(&iter)
               ? bson_iter_utf8(&iter, NULL)
               : "";
}

static bool next_index(bson_iter_t *list, bson_t *out)
{
    const uint8_t *data;
    uint32_t len;

    if (!bson_iter_next(list))
        return false;
    bson_iter_document(list, &len, &data);
    return bson_init_static(out, data, len);
}

enum found { ABSENT, OTHERWISE, SAME };

/* By the name. */
static enum found look_for(const bson_t *there, const bson_t *wanted)
{
    bson_iter_t list;
    bson_t index;

    if (bson_iter_init(&list, there))
        while (next_index(&list, &index))
            if (strcmp(name_of(&index), name_of(wanted)) == 0)
                return keys_equal(&index, wanted) ? SAME : OTHERWISE;
    return ABSENT;
}

/* Whether an index of somebody else's does what the wanted one is for. */
static bool is_served(const bson_t *there, const bson_t *wanted)
{
    bool plain = !bson_has_field(wanted, "unique") && !bson_has_field(wanted, "expireAfterSeconds");
    bson_iter_t list;
    bson_t index;

    if (bson_iter_init(&list, there))
        while (next_index(&list, &index))
            if (keys_equal(&index, wanted) || (plain && keys_alike(&index, wanted)))
                return true;
    return false;
}

static bool drop(const struct preparing *preparing, const char *name, bson_error_t *error)
{
    bson_t *command = BCON_NEW("dropIndexes", BCON_UTF8(preparing->table->collection->name),
                               "index", BCON_UTF8(name));
    bool ok = run(preparing, command, error) || error->code == CODE_INDEX_NOT_FOUND;

    bson_destroy(command);
    return ok;
}

static bool create(const struct preparing *preparing, const bson_t *spec, bson_error_t *error)
{
    bson_t *command = BCON_NEW("createIndexes", BCON_UTF8(preparing->table->collection->name),
                               "indexes", "[", BCON_DOCUMENT(spec), "]");
    bool ok = run(preparing, command, error);

    bson_destroy(command);
    return ok;
}

/* Where somebody else has another index on the same keys. */
static bool create_beside(const struct preparing *preparing, const bson_t *there,
                          const bson_t *wanted, bson_error_t *error)
{
    bson_t turned = BSON_INITIALIZER;
    bool ok = is_served(there, wanted);

    if (!ok) {
        keys_turn(wanted, &turned);
        ok = create(preparing, &turned, error);
    }
    bson_destroy(&turned);
    return ok;
}

/* What another process that prepares as well may have caused. */
static bool is_passing(const bson_error_t *error)
{
    static const uint32_t codes[] = {
        86,    /* IndexKeySpecsConflict: it made another one by this name */
        112,   /* WriteConflict */
        117,   /* ConflictingOperationInProgress */
        276,   /* IndexBuildAborted */
        12587, /* BackgroundOperationInProgressForNamespace */
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (error->code == codes[i])
            return true;
    return false;
}

static bool try_index(const struct preparing *preparing, const bson_t *there, const bson_t *wanted,
                      bson_error_t *error)
{
    enum found found = look_for(there, wanted);

    if (found == SAME)
        return true;
    if (found == OTHERWISE && !drop(preparing, name_of(wanted), error))
        return false;
    if (create(preparing, wanted, error))
        return true;
    return error->code == CODE_INDEX_OPTIONS_CONFLICT &&
           create_beside(preparing, there, wanted, error);
}

static const char *first_path(const bson_t *wanted)
{
    bson_iter_t iter, key;

    return bson_iter_init_find(&iter, wanted, "key") && bson_iter_recurse(&iter, &key) &&
                   bson_iter_next(&key)
               ? bson_iter_key(&key)
               : "";
}

static bool fail_index(const struct preparing *preparing, const bson_t *wanted,
                       const bson_error_t *error, struct error *err)
{
    if (error->code == CODE_DUPLICATE)
        return duplicates_fail(preparing, first_path(wanted), err);
    return prepare_fail(preparing, error, "make indexes", err);
}

static bool make_index(const struct preparing *preparing, const bson_t *there, const bson_t *wanted,
                       struct error *err)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};
    bson_error_t error = {0};
    bool ok = try_index(preparing, there, wanted, &error);

    for (int i = 0; !ok && is_passing(&error) && i < TRIES; i++) {
        bson_t now = BSON_INITIALIZER;

        nanosleep(&pause, NULL);
        if (!list_indexes(preparing, &now, err)) {
            bson_destroy(&now);
            return false;
        }
        ok = try_index(preparing, &now, wanted, &error);
        bson_destroy(&now);
    }
    return ok || fail_index(preparing, wanted, &error, err);
}

static bool make_indexes(const struct preparing *preparing, struct error *err)
{
    bson_t wanted = BSON_INITIALIZER, there = BSON_INITIALIZER, index;
    bson_iter_t list;
    bool ok;

    keys_wanted(preparing->table, &wanted);
    ok = bson_empty(&wanted) || list_indexes(preparing, &there, err);
    if (ok && bson_iter_init(&list, &wanted))
        while (ok && next_index(&list, &index))
            ok = make_index(preparing, &there, &index, err);
    bson_destroy(&there);
    bson_destroy(&wanted);
    return ok;
}

/* -- whether they are there still -------------------------------------------------------------- */

static void add_name(const bson_t *wanted, struct buf *out)
{
    buf_printf(out, "%s%s", out->len ? ", " : "", name_of(wanted));
}

bool index_look(const struct preparing *preparing, struct looked *out, struct error *err)
{
    bson_t wanted = BSON_INITIALIZER, index;
    bson_iter_t list;
    uint32_t count = 0;
    bool ok;

    *out = (struct looked){.count = 0};
    bson_init(&out->there);
    bson_init(&out->missing);
    keys_wanted(preparing->table, &wanted);
    ok = bson_empty(&wanted) || list_indexes(preparing, &out->there, err);
    out->absent = ok && !bson_empty(&wanted) && bson_empty(&out->there);
    if (ok && !out->absent && bson_iter_init(&list, &wanted))
        while (next_index(&list, &index)) {
            enum found found = look_for(&out->there, &index);

            if (found == ABSENT && !is_served(&out->there, &index)) {
                query_list_document(&out->missing, &count, &index);
                add_name(&index, &out->names);
            } else if (found == OTHERWISE) {
                out->other++;
                add_name(&index, &out->others);
            }
        }
    out->count = out->left = count;
    bson_destroy(&wanted);
    return ok;
}

bool index_make(const struct preparing *preparing, struct looked *looked, struct error *err)
{
    bson_iter_t list;
    bson_t index;

    looked->left = 0;
    if (!bson_iter_init(&list, &looked->missing))
        return true;
    while (next_index(&list, &index)) {
        bson_error_t error = {0};

        if (try_index(preparing, &looked->there, &index, &error))
            continue;
        looked->left++;
        if (is_passing(&error))
            fail(err, ERROR_BUSY, "another process makes them");
        else
            fail_index(preparing, &index, &error, err);
        if (err->kind == ERROR_BUSY)
            return false;
    }
    return !looked->left;
}

void index_looked_end(struct looked *looked)
{
    bson_destroy(&looked->there);
    bson_destroy(&looked->missing);
    buf_release(&looked->names);
    buf_release(&looked->others);
}

/* -- collections ------------------------------------------------------------------------------- */

static bool is_named(char *const *names, const char *name)
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Transactions of servers before 4.4 cannot make one. */
static bool make_collection(const struct preparing *preparing, char *const *names,
                            struct error *err)
{
    const char *name = preparing->table->collection->name;
    bson_t *command;
    bson_error_t error;
    bool ok;

    if (is_named(names, name))
        return true;
    if (preparing->store->options.read_only)
        return fail(err, ERROR_INTERNAL, "%s has no collection %s, and is only read",
                    preparing->store->address, name);
    command = BCON_NEW("create", BCON_UTF8(name));
    ok = run(preparing, command, &error) || error.code == CODE_NAMESPACE_EXISTS;
    bson_destroy(command);
    return ok || prepare_fail(preparing, &error, "make collections", err);
}

/* What is hidden comes first: unique indexes leave out what is deleted by it. */
static bool prepare_table(struct preparing *preparing, char *const *names, struct error *err)
{
    bool ok;

    preparing->collection = mongoc_client_get_collection(
        preparing->client, preparing->store->database, preparing->table->collection->name);
    ok = make_collection(preparing, names, err) && hidden_prepare(preparing, err) &&
         (preparing->store->options.read_only || make_indexes(preparing, err));
    mongoc_collection_destroy(preparing->collection);
    return ok;
}

bool index_prepare(struct mongo_store *store, mongoc_client_t *client, struct error *err)
{
    struct preparing preparing = {.store = store, .client = client};
    mongoc_database_t *database = mongoc_client_get_database(client, store->database);
    bson_error_t error;
    char **names = mongoc_database_get_collection_names_with_opts(database, NULL, &error);
    bool ok = true;

    if (!names)
        ok = prepare_fail(&preparing, &error, "list collections", err);
    for (size_t i = 0; names && ok && i < store->table_count; i++) {
        preparing.table = &store->tables[i];
        ok = prepare_table(&preparing, names, err);
    }
    bson_strfreev(names);
    mongoc_database_destroy(database);
    return ok;
}
