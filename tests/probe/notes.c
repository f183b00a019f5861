/* SPDX-License-Identifier: MIT */
/* Routes over the tiny collection. */
#include "probe.h"

#include <string.h>
#include <time.h>

struct note {
    const char *text;
    int64_t n;
};

static const struct field note_fields[] = {
    {"text", FIELD_TEXT, offsetof(struct note, text), NULL},
    {"n", FIELD_INT64, offsetof(struct note, n), NULL},
};
static const struct record note_record = RECORD(struct note, note_fields);

static const struct store_field stored_fields[] = {
    {"text", TYPE_TEXT, 0},
    {"n", TYPE_INT, 0},
};
const struct collection notes_collection = {
    .name = "notes",
    .id_type = TYPE_TEXT,
    .fields = stored_fields,
    .field_count = sizeof(stored_fields) / sizeof(stored_fields[0]),
};

static bson_value_t int_value(int64_t number)
{
    bson_value_t value = {.value_type = BSON_TYPE_INT64};

    value.value.v_int64 = number;
    return value;
}

static bool set_text(struct call *call, const char *text, struct error *err)
{
    bson_value_t value = {.value_type = BSON_TYPE_UTF8};
    struct change change = {CHANGE_SET, "text", value};
    struct update update = {.changes = &change, .count = 1, .upsert = true};

    change.value.value.v_utf8.str = (char *)text;
    change.value.value.v_utf8.len = (uint32_t)strlen(text);
    return store_update(call_store(call), &notes_collection, key_text(call_param(call, "id")),
                        &update, err);
}

static bool add(struct call *call, int64_t amount, struct error *err)
{
    struct change change = {CHANGE_ADD, "n", int_value(amount)};
    struct update update = {.changes = &change, .count = 1, .upsert = true};

    return store_update(call_store(call), &notes_collection, key_text(call_param(call, "id")),
                        &update, err);
}

static enum outcome reply_note(struct call *call)
{
    struct document document = {.arena = call_arena(call)};
    struct note note = {0};
    struct error err;

    if (!store_get(call_store(call), &notes_collection, key_text(call_param(call, "id")), &document,
                   &err))
        return call_fail(call, &err);
    if (!record_from_bson(&note_record, (struct bson_bytes){document.bson, document.len},
                          call_arena(call), &note, &err))
        return call_fail(call, &err);
    return call_json(call, 200, &note_record, &note);
}

/* PUT /notes/:id - keeps the body. */
enum outcome put_note(struct call *call)
{
    struct error err;
    size_t len;

    if (!set_text(call, call_body(call, &len), &err))
        return call_fail(call, &err);
    return call_empty(call);
}

/* GET /notes/:id */
enum outcome get_note(struct call *call)
{
    return reply_note(call);
}

/* POST /notes/:id/add - one more. */
enum outcome add_to_note(struct call *call)
{
    struct error err;

    if (!add(call, 1, &err))
        return call_fail(call, &err);
    return reply_note(call);
}

/* POST /notes/:id/fail - adds 100 and then fails, so nothing is added. */
enum outcome fail_note(struct call *call)
{
    struct error err;

    if (!add(call, 100, &err))
        return call_fail(call, &err);
    fail(&err, ERROR_CONFLICT, "changed my mind");
    return call_fail(call, &err);
}

static enum outcome after_write(struct call *call)
{
    return reply_note(call);
}

/* POST /notes/:id/then - writes, and reads in a later step what was committed. */
enum outcome write_then_work(struct call *call)
{
    struct error err;

    if (!add(call, 1, &err))
        return call_fail(call, &err);
    return call_then(call, WORKS, after_write);
}

/* POST /notes/:id/slow?ms= - holds up the writer. */
enum outcome note_slowly(struct call *call)
{
    struct int_range range = {0, 60000, 10};
    struct timespec wait = {0};
    struct error err;
    int64_t ms;

    if (!call_query_int(call, "ms", range, &ms, &err) || !add(call, 1, &err))
        return call_fail(call, &err);
    atomic_fetch_add(&((struct probe *)call_context(call))->writing, 1);
    wait.tv_sec = ms / 1000;
    wait.tv_nsec = ms % 1000 * 1000000;
    nanosleep(&wait, NULL);
    return reply_note(call);
}

/* GET /writing - how many slow changes have begun. */
enum outcome get_writing(struct call *call)
{
    int writing = atomic_load(&((struct probe *)call_context(call))->writing);

    return call_text(call, 200, arena_printf(call_arena(call), "%d", writing));
}

/* POST /fill?count= - that many notes. */
enum outcome fill_notes(struct call *call)
{
    struct int_range range = {1, 100000, 1000};
    struct error err;
    int64_t count;

    if (!call_query_int(call, "count", range, &count, &err))
        return call_fail(call, &err);
    for (int64_t i = 0; i < count; i++) {
        char id[32];
        bson_t *document = bson_new();
        bool ok;

        bson_snprintf(id, sizeof(id), "fill-%lld", (long long)i);
        BSON_APPEND_UTF8(document, "_id", id);
        BSON_APPEND_UTF8(document, "other", id);
        BSON_APPEND_INT64(document, "n", i);
        ok = store_insert(call_store(call), &notes_collection, document, NULL, &err);
        bson_destroy(document);
        if (!ok)
            return call_fail(call, &err);
    }
    return call_empty(call);
}

/* GET /scan - looks at every note; too much for a loop when there are many. */
enum outcome scan_notes(struct call *call)
{
    struct sort sort = {"other", true};
    struct query query = {.sort = &sort, .sort_count = 1, .limit = 1, .count = true};
    struct documents documents = {.arena = call_arena(call)};
    struct error err;

    call_set_cookie(call, &(struct cookie){"scanned", "once", -1, false});
    if (!store_find(call_store(call), &notes_collection, &query, &documents, &err))
        return call_fail(call, &err);
    return call_text(call, 200, arena_printf(call_arena(call), "%lld", (long long)documents.total));
}
