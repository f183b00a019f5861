/* SPDX-License-Identifier: MIT */
/* Getting, finding, counting and visiting documents. */
#include "reading.h"

#include "../store_settle.h"

enum { EACH_BATCH = 100 };

/* -- one --------------------------------------------------------------------------------------- */

/* A document that the turn has changed or read already: 1 found, 0 there is none, -1 ask the
 * server. */
static int recall(struct turn *turn, const struct table *table, const struct key *key,
                  struct document *out)
{
    struct stored stored;
    bson_value_t id;
    int known;

    if (!turn || key->field || !settle_id(table->collection, &key->value, &id))
        return -1;
    known = turn_known(turn, table, &id, &stored);
    if (known == 1)
        stored_tell(table, &stored, out);
    return known;
}

static bool get_raw(struct reading *reading, const struct key *key, struct document *out,
                    struct error *err)
{
    struct stored stored;
    bson_t query, raw;
    bool ok = read_key(reading->table, key, &query, err) && read_one(reading, &query, &raw, err);

    bson_destroy(&query);
    if (!ok)
        return false;
    ok = reading_take(reading, &raw, &stored, out, err);
    bson_destroy(&raw);
    return ok;
}

bool mongo_get(struct store *store, const struct collection *collection, struct key key,
               struct document *out, struct error *err)
{
    const struct table *table = table_of(store, collection);
    struct reading reading;
    bool ok;
    int known;

    if (!table)
        return settle_unprepared(collection, err);
    known = recall(turn_here(), table, &key, out);
    if (known >= 0)
        return known || settle_no_such(collection, err);
    ok = key.field ? reading_begin(store, collection, &reading, err)
                   : reading_begin_unsent(store, collection, &reading, err);
    if (!ok)
        return false;
    ok = get_raw(&reading, &key, out, err);
    reading_end(&reading);
    return ok;
}

/* -- lists ------------------------------------------------------------------------------------- */

static bool count_query(struct reading *reading, const struct query *query, int64_t *out,
                        struct error *err)
{
    const struct scope scope = {.where = query->where, .deleted_too = query->deleted_too};
    bson_t asked = BSON_INITIALIZER;
    bool ok;

    query_write(reading->table, &scope, &asked);
    ok = reading_count(reading, &asked, 0, out, err);
    bson_destroy(&asked);
    return ok;
}

/* A page that is not full tells how many there are, unless it is behind them all. */
static bool is_last(const struct query *query, const struct documents *found)
{
    return query->limit > 0 && (int64_t)found->count < query->limit && !query->after &&
           (found->count || query->skip <= 0);
}

static bool find_rows(struct reading *reading, const struct query *query, struct documents *out,
                      struct error *err)
{
    if (query->limit > 0 && !page_read(reading, query, NULL, out, err))
        return false;
    if (!query->count)
        return true;
    if (!is_last(query, out))
        return count_query(reading, query, &out->total, err);
    out->total = (query->skip > 0 ? query->skip : 0) + (int64_t)out->count;
    return true;
}

bool mongo_find(struct store *store, const struct collection *collection, const struct query *query,
                struct documents *out, struct error *err)
{
    struct reading reading;
    bool ok;

    out->total = 0;
    out->rank_bounded = false;
    out->count = 0;
    out->items = NULL;
    out->after = NULL;
    if (!reading_begin(store, collection, &reading, err))
        return false;
    ok =
        query->text ? search_find(&reading, query, out, err) : find_rows(&reading, query, out, err);
    reading_end(&reading);
    return ok;
}

bool mongo_count(struct store *store, const struct collection *collection,
                 const struct filter *where, int64_t *out, struct error *err)
{
    const struct query query = {.where = where};
    struct reading reading;
    bool ok;

    if (!reading_begin(store, collection, &reading, err))
        return false;
    ok = count_query(&reading, &query, out, err);
    reading_end(&reading);
    return ok;
}

/* -- each -------------------------------------------------------------------------------------- */

struct visiting {
    bool (*visit)(void *context, const struct document *document);
    void *context;
};

static bool visit_all(const struct reading *reading, mongoc_cursor_t *cursor,
                      const struct visiting *visiting, struct error *err)
{
    struct arena arena = {0};
    const bson_t *raw;
    bool ok = true, wanted = true;

    while (wanted && (ok = reading_next(reading, cursor, &raw, err)) && raw) {
        struct document document = {.arena = &arena};
        struct stored stored;

        arena_clear(&arena);
        ok = stored_read(reading->table, raw, &arena, &stored, err);
        if (!ok)
            break;
        stored_tell(reading->table, &stored, &document);
        wanted = visiting->visit(visiting->context, &document);
    }
    arena_release(&arena);
    return ok;
}

bool mongo_each(struct store *store, const struct collection *collection,
                bool (*visit)(void *context, const struct document *document), void *context,
                struct error *err)
{
    const struct query all = {0};
    const struct visiting visiting = {visit, context};
    bson_t order = BSON_INITIALIZER, query = BSON_INITIALIZER;
    const struct span span = {.order = &order, .batch = EACH_BATCH, .timeless = true};
    struct reading reading;
    mongoc_cursor_t *cursor;
    bool ok = reading_begin(store, collection, &reading, err);

    if (ok) {
        query_order(&all, &order);
        query_write(reading.table, &(struct scope){0}, &query);
        cursor = reading_find(&reading, &query, &span);
        ok = visit_all(&reading, cursor, &visiting, err);
        mongoc_cursor_destroy(cursor);
        reading_end(&reading);
    }
    bson_destroy(&order);
    bson_destroy(&query);
    return ok;
}
