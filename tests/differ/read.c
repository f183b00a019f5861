/* SPDX-License-Identifier: MIT */
/* Operations that read. */
#include "differ.h"

#include <string.h>
#include <time.h>

enum { MAX_SORT_KEYS = 8, CHANGES_AT_ONCE = 100, QUIET_MS = 20, QUIET_TIMES = 75 };

/* -- answers ------------------------------------------------------------------------------------
 */

static const char *kind_name(enum error_kind kind)
{
    switch (kind) {
    case ERROR_INVALID:
        return "invalid";
    case ERROR_NOT_FOUND:
        return "not found";
    case ERROR_CONFLICT:
        return "conflict";
    case ERROR_GONE:
        return "gone";
    case ERROR_STALE:
        return "stale";
    case ERROR_REFUSED:
        return "refused";
    case ERROR_INTERNAL:
        return "internal";
    default:
        return status_phrase(error_status(kind));
    }
}

static void write_json(struct buf *out, const bson_t *bson)
{
    size_t len = 0;
    char *text = bson_as_canonical_extended_json(bson, &len);

    if (text)
        buf_add(out, text, len);
    else
        buf_puts(out, "null");
    bson_free(text);
}

void write_error(struct buf *out, const struct error *err)
{
    bson_t line = BSON_INITIALIZER;

    BSON_APPEND_UTF8(&line, "error", kind_name(err->kind));
    BSON_APPEND_UTF8(&line, "message", err->message);
    write_json(out, &line);
    bson_destroy(&line);
}

void write_document(struct buf *out, const struct document *document)
{
    bson_t bson;

    buf_puts(out, "{\"d\":");
    if (bson_init_static(&bson, document->bson, document->len))
        write_json(out, &bson);
    else
        buf_puts(out, "null");
    buf_printf(out, ",\"e\":\"%s\",\"c\":%lld,\"u\":%lld,\"x\":%s}", document->etag,
               (long long)document->created_ms, (long long)document->updated_ms,
               document->deleted ? "true" : "false");
}

static void write_id(struct buf *out, const struct document *document)
{
    bson_t line = BSON_INITIALIZER;
    bson_iter_t iter;

    if (bson_iter_init_from_data(&iter, document->bson, document->len) &&
        bson_iter_find(&iter, "_id"))
        bson_append_iter(&line, "_id", 3, &iter);
    write_json(out, &line);
    bson_destroy(&line);
}

static void write_item(struct buf *out, const struct document *document, bool full)
{
    if (document->text)
        buf_add(out, document->text, document->text_len);
    else if (full)
        write_document(out, document);
    else
        write_id(out, document);
}

/* -- lists --------------------------------------------------------------------------------------
 */

static size_t read_sort(const bson_t *operation, struct sort *out)
{
    size_t count = 0;
    bson_iter_t iter;
    bson_t list, key;

    if (!member_bson(operation, "sort", &list) || !bson_iter_init(&iter, &list))
        return 0;
    while (count < MAX_SORT_KEYS && bson_iter_next(&iter)) {
        if (!member_bson(&list, bson_iter_key(&iter), &key))
            continue;
        out[count].path = member_text(&key, "0");
        out[count++].descending = member_flag(&key, "1");
    }
    return count;
}

static void write_documents(struct buf *out, const struct documents *found, const bson_t *operation)
{
    bool full = member_flag(operation, "full");

    buf_puts(out, "{\"items\":[");
    for (size_t i = 0; i < found->count; i++) {
        if (i)
            buf_byte(out, ',');
        write_item(out, &found->items[i], full);
    }
    buf_byte(out, ']');
    if (member_flag(operation, "count"))
        buf_printf(out, ",\"total\":%lld", (long long)found->total);
    if (member_flag(operation, "keyset"))
        buf_printf(out, ",\"more\":%s", found->after ? "true" : "false");
    if (member_text(operation, "text")) {
        buf_puts(out, ",\"ranks\":[");
        for (size_t i = 0; i < found->count; i++)
            buf_printf(out, "%s%.17g", i ? "," : "", found->items[i].rank);
        buf_byte(out, ']');
    }
    buf_byte(out, '}');
}

static void answer_find(struct differ *differ, struct store *store, const bson_t *operation)
{
    struct sort sort[MAX_SORT_KEYS];
    struct query query = {.where = member_filter(differ, operation, "where"),
                          .text = member_text(operation, "text"),
                          .sort = sort,
                          .skip = member_number(operation, "skip"),
                          .limit = member_number(operation, "limit"),
                          .count = member_flag(operation, "count"),
                          .deleted_too = member_flag(operation, "deleted_too"),
                          .keyset = member_flag(operation, "keyset"),
                          .after = member_slot(differ, operation, "after")};
    struct documents found = {.arena = &differ->arena,
                              .as_text = member_flag(operation, "as_text")};
    struct error err = {0};

    query.sort_count = read_sort(operation, sort);
    if (query.after && !*query.after) {
        buf_puts(&differ->answer, "{\"skipped\":true}");
        return;
    }
    if (!store_find(store, member_collection(differ, operation), &query, &found, &err)) {
        write_error(&differ->answer, &err);
        return;
    }
    if (query.keyset)
        save_slot(differ, operation, found.after);
    write_documents(&differ->answer, &found, operation);
}

struct visits {
    struct buf *out;
    int count;
};

static bool visit(void *context, const struct document *document)
{
    struct visits *visits = context;

    if (visits->count++)
        buf_byte(visits->out, ',');
    write_id(visits->out, document);
    return true;
}

static void answer_each(struct differ *differ, struct store *store, const bson_t *operation)
{
    struct error err = {0};
    struct buf items = {0};
    struct visits visits = {&items, 0};

    if (store_each(store, member_collection(differ, operation), visit, &visits, &err))
        buf_printf(&differ->answer, "{\"items\":[%s]}", buf_text(&items));
    else
        write_error(&differ->answer, &err);
    buf_release(&items);
}

/* -- others -------------------------------------------------------------------------------------
 */

static void answer_get(struct differ *differ, struct store *store, const bson_t *operation)
{
    struct document found = {.arena = &differ->arena, .as_text = member_flag(operation, "as_text")};
    struct error err = {0};

    if (!store_get(store, member_collection(differ, operation), member_key(operation), &found,
                   &err)) {
        write_error(&differ->answer, &err);
        return;
    }
    save_slot(differ, operation, found.etag);
    buf_puts(&differ->answer, "{\"items\":[");
    write_item(&differ->answer, &found, true);
    buf_puts(&differ->answer, "]}");
}

static void answer_count(struct differ *differ, struct store *store, const bson_t *operation)
{
    const struct collection *collection = member_collection(differ, operation);
    const struct filter *where = member_filter(differ, operation, "where");
    struct error err = {0};
    int64_t count = -1;

    if (store_count(store, collection, where, &count, &err))
        buf_printf(&differ->answer, "{\"total\":%lld}", (long long)count);
    else
        write_error(&differ->answer, &err);
}

static void answer_estimate(struct differ *differ, struct store *store, const bson_t *operation)
{
    const struct collection *collection = member_collection(differ, operation);
    const struct filter *where = member_filter(differ, operation, "where");
    struct estimate estimate = {0};
    struct error err = {0};

    if (store_estimate(store, collection, where, &estimate, &err))
        buf_printf(&differ->answer, "{\"total\":%lld,\"exact\":%s}", (long long)estimate.documents,
                   estimate.exact ? "true" : "false");
    else
        write_error(&differ->answer, &err);
}

/* Whether it grew since it was last asked for. */
static void answer_version(struct differ *differ, struct store *store, const bson_t *operation)
{
    const struct collection *collection = member_collection(differ, operation);
    uint64_t *told = &differ->versions[collection - differ->collections];
    uint64_t version = store_version(store, collection);

    buf_printf(&differ->answer, "{\"grew\":%s}", version > *told ? "true" : "false");
    *told = version;
}

static void write_changes(struct differ *differ, const struct store_changes *found, bool *any)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct store_change *change = &found->items[i];
        bson_t line = BSON_INITIALIZER;

        BSON_APPEND_INT32(&line, "in", (int)(change->collection - differ->collections));
        bson_append_value(&line, "id", 2, &change->id);
        BSON_APPEND_BOOL(&line, "deleted", change->deleted);
        if (*any)
            buf_byte(&differ->answer, ',');
        *any = true;
        write_json(&differ->answer, &line);
        bson_destroy(&line);
    }
}

/* A remote store hears of changes a moment later: no news for so long means that there are none. */
static bool wait_for_news(const bson_t *operation, int *quiet)
{
    struct timespec moment = {.tv_nsec = QUIET_MS * 1000000L};

    if (!member_flag(operation, "settle") || ++*quiet > QUIET_TIMES)
        return false;
    nanosleep(&moment, NULL);
    return true;
}

/* All changes behind a cursor, page by page, until there are no more. */
static void answer_changes(struct differ *differ, struct store *store, const bson_t *operation)
{
    const char *after = member_slot(differ, operation, "after");
    size_t limit = (size_t)member_number(operation, "limit");
    struct store_changes found = {.arena = &differ->arena};
    struct error err = {0};
    bool any = false, ok;
    int quiet = 0;

    buf_puts(&differ->answer, "{\"changes\":[");
    do {
        ok = store_changes(store, after, limit ? limit : CHANGES_AT_ONCE, &found, &err);
        if (!ok)
            break;
        write_changes(differ, &found, &any);
        after = arena_text(&differ->arena, found.cursor);
    } while (found.count || wait_for_news(operation, &quiet));
    buf_byte(&differ->answer, ']');
    if (ok) {
        save_slot(differ, operation, after);
    } else {
        buf_puts(&differ->answer, ",\"failed\":");
        write_error(&differ->answer, &err);
    }
    buf_byte(&differ->answer, '}');
}

bool answer_read(struct differ *differ, struct store *store, const char *name,
                 const bson_t *operation)
{
    static const struct {
        const char *name;
        void (*answer)(struct differ *differ, struct store *store, const bson_t *operation);
    } reads[] = {{"find", answer_find},         {"get", answer_get},
                 {"count", answer_count},       {"each", answer_each},
                 {"estimate", answer_estimate}, {"version", answer_version},
                 {"changes", answer_changes}};

    for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        if (strcmp(reads[i].name, name) != 0)
            continue;
        reads[i].answer(differ, store, operation);
        return true;
    }
    return false;
}
