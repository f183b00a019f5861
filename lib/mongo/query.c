/* SPDX-License-Identifier: MIT */
/* Filters, orders and what is visible, as MongoDB's query documents. Conditions that must all hold
 * are members of one document, equalities first; where two would have one key, the later one goes
 * into `$and`. */
#include "query.h"

#include "../clock.h"
#include "../store_settle.h"

#include <string.h>

/* -- all that must hold ------------------------------------------------------------------------ */

struct conjunction {
    bson_t more; /* a list of what has a key that out has already */
    bson_t *out;
    uint32_t count;
    bool plain; /* of what has no members that are the store's */
};

static void add_condition(struct conjunction *to, const bson_t *condition)
{
    bson_iter_t member, taken;

    if (!bson_iter_init(&member, condition) || !bson_iter_next(&member))
        return;
    if (bson_iter_init_find(&taken, to->out, bson_iter_key(&member)))
        query_list_document(&to->more, &to->count, condition);
    else
        bson_concat(to->out, condition);
}

static void write_exists(const char *path, bool exists, bson_t *out)
{
    bson_t operators = BSON_INITIALIZER;

    bson_append_bool(&operators, "$exists", -1, exists);
    bson_append_document(out, path, -1, &operators);
    bson_destroy(&operators);
}

/* Whether the filter means a document of which nothing is known but this. */
static bool is_meant(const struct filter *filter, const bson_t *document)
{
    return filter_matches(filter, bson_get_data(document), document->len);
}

/* Whether only dates can be as asked. */
static bool asks_for_dates(const struct filter *filter)
{
    return filter->op >= FILTER_EQ && filter->op <= FILTER_LTE && filter->op != FILTER_NE &&
           filter->value.value_type == BSON_TYPE_DATE_TIME;
}

/* A document of others has no times, which counts as the epoch. */
static void add_time(struct conjunction *to, const struct filter *filter)
{
    bson_t epoch = BSON_INITIALIZER, asked = BSON_INITIALIZER, there = BSON_INITIALIZER;
    bson_t either = BSON_INITIALIZER, list;
    uint32_t count = 0;
    bool meant;

    bson_append_date_time(&epoch, query_path(filter), -1, 0);
    meant = is_meant(filter, &epoch);
    query_field(filter, &asked);
    write_exists(query_path(filter), !meant, &there);
    if (meant) {
        bson_append_array_begin(&either, "$or", -1, &list);
        query_list_document(&list, &count, &asked);
        query_list_document(&list, &count, &there);
        bson_append_array_end(&either, &list);
        add_condition(to, &either);
    } else {
        add_condition(to, &asked);
        if (!asks_for_dates(filter))
            add_condition(to, &there);
    }
    bson_destroy(&epoch);
    bson_destroy(&asked);
    bson_destroy(&there);
    bson_destroy(&either);
}

static bool is_within(const char *path, const char *name)
{
    size_t len = strlen(name);

    return strncmp(path, name, len) == 0 && (path[len] == '\0' || path[len] == '.');
}

/* What the store keeps for itself is nothing of the document's. */
static bool is_hidden(const char *path)
{
    return is_within(path, "_etag") || is_within(path, "_words") || is_within(path, "_live");
}

static void add_field(struct conjunction *to, const struct filter *filter)
{
    const char *path = query_path(filter);
    const struct filter never = {.op = FILTER_IN, .path = path};
    bson_t field = BSON_INITIALIZER, nothing = BSON_INITIALIZER;

    if (!to->plain && (strcmp(path, "_created") == 0 || strcmp(path, "_updated") == 0)) {
        add_time(to, filter);
    } else if (to->plain || !is_hidden(path)) {
        query_field(filter, &field);
    } else if (!is_meant(filter, &nothing)) {
        query_field(&never, &field);
    }
    add_condition(to, &field);
    bson_destroy(&field);
    bson_destroy(&nothing);
}

static void add_join(struct conjunction *to, const struct filter *filter)
{
    bson_t join = BSON_INITIALIZER, list;
    uint32_t count = 0;

    bson_append_array_begin(&join, filter->op == FILTER_OR ? "$or" : "$nor", -1, &list);
    for (size_t i = 0; i < filter->count; i++) {
        bson_t child = BSON_INITIALIZER;

        query_write_filter(filter->children[i], to->plain, &child);
        query_list_document(&list, &count, &child);
        bson_destroy(&child);
    }
    bson_append_array_end(&join, &list);
    add_condition(to, &join);
    bson_destroy(&join);
}

static void add_all(struct conjunction *to, const struct filter *filter, bool equalities)
{
    if (filter->op == FILTER_AND) {
        for (size_t i = 0; i < filter->count; i++)
            add_all(to, filter->children[i], equalities);
    } else if ((filter->op == FILTER_EQ) == equalities) {
        if (filter->op == FILTER_OR || filter->op == FILTER_NOR)
            add_join(to, filter);
        else
            add_field(to, filter);
    }
}

static void begin_conjunction(struct conjunction *to, bool plain, bson_t *out)
{
    *to = (struct conjunction){.out = out, .plain = plain};
    bson_init(&to->more);
}

static void end_conjunction(struct conjunction *to)
{
    if (to->count)
        bson_append_array(to->out, "$and", -1, &to->more);
    bson_destroy(&to->more);
}

void query_write_filter(const struct filter *filter, bool plain, bson_t *out)
{
    struct conjunction to;

    begin_conjunction(&to, plain, out);
    add_all(&to, filter, true);
    add_all(&to, filter, false);
    end_conjunction(&to);
}

void query_filter(const struct filter *filter, bson_t *out)
{
    query_write_filter(filter, false, out);
}

/* -- what is visible --------------------------------------------------------------------------- */

/* Append what a document is like that counts as deleted, or has expired: the value itself is as
 * asked, not an element of a list there or on the way. */
static void add_unseen(bson_t *list, uint32_t *count, const struct filter *field)
{
    bson_t unseen = BSON_INITIALIZER;
    struct buf place = {0};

    query_field(field, &unseen);
    for (const char *end = strchr(field->path, '.');; end = strchr(end + 1, '.')) {
        size_t len = end ? (size_t)(end - field->path) : strlen(field->path);

        place.len = 0;
        buf_add(&place, field->path, len);
        buf_puts(&place, ".0");
        write_exists(buf_text(&place), false, &unseen);
        if (!end)
            break;
    }
    query_list_document(list, count, &unseen);
    bson_destroy(&unseen);
    buf_release(&place);
}

static void add_visible(struct conjunction *to, const struct table *table,
                        const struct scope *scope)
{
    const struct filter deleted = {
        .op = FILTER_EQ, .path = table->deleted, .value = value_bool(true)};
    const struct filter expired = {
        .op = FILTER_LTE, .path = table->expires, .value = value_date(clock_now_ms())};
    bson_t visible = BSON_INITIALIZER, list;
    uint32_t count = 0;

    bson_append_array_begin(&visible, "$nor", -1, &list);
    if (table->deleted && !scope->deleted_too)
        add_unseen(&list, &count, &deleted);
    if (table->expires && !scope->expired_too)
        add_unseen(&list, &count, &expired);
    bson_append_array_end(&visible, &list);
    if (count)
        add_condition(to, &visible);
    bson_destroy(&visible);
}

void query_write(const struct table *table, const struct scope *scope, bson_t *out)
{
    struct conjunction to;

    begin_conjunction(&to, table->collection->bare, out);
    if (scope->where) {
        add_all(&to, scope->where, true);
        add_all(&to, scope->where, false);
    }
    add_visible(&to, table, scope);
    end_conjunction(&to);
}

void query_also(bson_t *query, const bson_t *more)
{
    bson_t both = BSON_INITIALIZER, list;
    bson_iter_t member, taken;
    uint32_t count = 0;
    bool clash = false;

    if (bson_iter_init(&member, more))
        while (!clash && bson_iter_next(&member))
            clash = bson_iter_init_find(&taken, query, bson_iter_key(&member));
    if (!clash) {
        bson_concat(query, more);
        bson_destroy(&both);
        return;
    }
    bson_append_array_begin(&both, "$and", -1, &list);
    query_list_document(&list, &count, query);
    query_list_document(&list, &count, more);
    bson_append_array_end(&both, &list);
    bson_destroy(query);
    bson_steal(query, &both);
}

/* -- orders ------------------------------------------------------------------------------------ */

void query_order(const struct query *query, bson_t *out)
{
    bool descending = query->sort_count && query->sort[query->sort_count - 1].descending;
    bson_iter_t taken;

    for (size_t i = 0; i < query->sort_count; i++)
        if (!bson_iter_init_find(&taken, out, "_id") &&
            !bson_iter_init_find(&taken, out, query->sort[i].path))
            bson_append_int32(out, query->sort[i].path, -1, query->sort[i].descending ? -1 : 1);
    if (!bson_iter_init_find(&taken, out, "_id"))
        bson_append_int32(out, "_id", 3, descending ? -1 : 1);
}

/* -- keys -------------------------------------------------------------------------------------- */

/* Whether the index on the field is one of the documents with `_live` alone. */
static bool is_indexed_among_live(const struct table *table, const char *path)
{
    for (size_t i = 0; i < table->collection->field_count; i++) {
        const struct store_field *field = &table->collection->fields[i];

        if (strcmp(field->path, path) == 0)
            return field->flags & STORE_UNIQUE && !(field->flags & STORE_INDEXED);
    }
    return false;
}

bool read_key(const struct table *table, const struct key *key, bson_t *query, struct error *err)
{
    struct filter field = {.op = FILTER_EQ, .path = key->field, .value = key->value};
    const struct scope scope = {.where = &field, .deleted_too = !key->field};

    bson_init(query);
    if (!key->field) {
        field.path = "_id";
        if (!settle_id(table->collection, &key->value, &field.value))
            return settle_no_such(table->collection, err);
    }
    query_write(table, &scope, query);
    if (key->field && table->deleted && !table->collection->bare &&
        is_indexed_among_live(table, key->field))
        bson_append_bool(query, "_live", 5, true);
    return true;
}
