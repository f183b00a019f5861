/* SPDX-License-Identifier: MIT */
/* Whether values are taken. Unique indexes hold documents apart; here is asked which of them would
 * refuse, in a work that is run again because one did. */
#include "turn.h"

#include "../document.h"
#include "../store_unique.h"

#include <string.h>

/* What a value has to be compared with. */
struct question {
    struct turn *turn;
    const struct entry *entry;
    const struct filter *filter;
    bool deleted_too;
};

/* An expired document is in nobody's way: it goes now. */
static bool remove_expired(const struct question *question, const struct stored *stored,
                           struct error *err)
{
    const struct entry gone = {.table = question->entry->table,
                               .id = stored_id(&stored->bson),
                               .was = true,
                               .before = *stored};

    return turn_add(question->turn, &gone, err);
}

/* False with err when it could not be asked. Expired documents in the way are removed. */
static bool ask(const struct question *question, bool *taken, struct error *err)
{
    struct table *table = question->entry->table;
    struct scope scope = {question->filter, question->deleted_too, true};

    *taken = false;
    for (;;) {
        struct reading reading;
        struct stored stored;
        bson_t query = BSON_INITIALIZER, raw;
        bool found, ok;

        if (!reading_begin(&question->turn->store->store, table->collection, &reading, err)) {
            bson_destroy(&query);
            return false;
        }
        query_write(table, &scope, &query);
        found = read_one(&reading, &query, &raw, err);
        reading_end(&reading);
        bson_destroy(&query);
        if (!found)
            return err->kind == ERROR_NOT_FOUND;
        ok = stored_read(table, &raw, &question->turn->arena, &stored, err);
        bson_destroy(&raw);
        *taken = ok && !stored_is_expired(table, &stored.bson);
        if (!ok || *taken || !remove_expired(question, &stored, err))
            return ok && *taken;
    }
}

static bool check_id(struct turn *turn, const struct entry *entry, struct error *err)
{
    struct filter same = {.op = FILTER_EQ, .path = "_id", .value = entry->id};
    struct question question = {turn, entry, &same, true};
    bool taken;

    if (entry->was)
        return true;
    if (!ask(&question, &taken, err))
        return false;
    return !taken ||
           fail(err, ERROR_CONFLICT, "%s: the _id is taken", entry->table->collection->name);
}

static bool check_field(struct turn *turn, const struct entry *entry, const char *path, bool *taken,
                        struct error *err)
{
    const struct filter other = {.op = FILTER_NE, .path = "_id", .value = entry->id};
    struct question question = {.turn = turn, .entry = entry};
    struct unique unique;

    *taken = false;
    if (!unique_of(&turn->arena, &entry->after.bson, path, &unique))
        return true;
    question.filter = filter_join(&turn->arena, FILTER_AND, unique.shared, &other);
    return ask(&question, taken, err);
}

bool clash_check(struct turn *turn, const struct entry *entry, struct error *err)
{
    const struct collection *collection = entry->table->collection;
    struct buf names = {0};
    bool ok, taken;

    if (!turn_begin_transaction(turn, err) || !sending_flush(turn, err) ||
        !check_id(turn, entry, err))
        return false;
    if (stored_is_deleted(entry->table, &entry->after.bson))
        return true;
    ok = true;
    for (size_t i = 0; ok && i < collection->field_count; i++) {
        const char *path = collection->fields[i].path;

        if (!index_is_unique(&collection->fields[i]))
            continue;
        ok = check_field(turn, entry, path, &taken, err);
        if (taken)
            buf_printf(&names, "%s%s", names.len ? ", " : "", path);
    }
    if (ok && names.len)
        ok = fail(err, ERROR_REFUSED, "taken by another: %s", buf_text(&names));
    buf_release(&names);
    return ok;
}
