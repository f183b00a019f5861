/* SPDX-License-Identifier: MIT */
/* The outcome of a delivery is a document that never changes; the receiver's answer is read for its
 * status alone. */
#include "share.h"
#include "../lib/buf.h"
#include "../lib/clock.h"
#include "../lib/outbound.h"
#include "../lib/random.h"

enum { ID_BYTES = 16, TIMEOUT_MS = 5000, MOST_REPLY = 1024 * 1024 };

/* A user's shares, newest first, are read from one index. */
static const struct store_field share_fields[] = {
    {"user", TYPE_TEXT, STORE_REQUIRED},
    {"created", TYPE_DATE, STORE_REQUIRED},
};

static const struct store_index share_indexes[] = {
    {{"user", "created"}},
};

const struct collection shares_collection = {
    .name = "shares",
    .id_type = TYPE_TEXT,
    .fields = share_fields,
    .field_count = sizeof(share_fields) / sizeof(share_fields[0]),
    .indexes = share_indexes,
    .index_count = sizeof(share_indexes) / sizeof(share_indexes[0]),
};

static const struct field share_members[] = {
    {"id", FIELD_TEXT, offsetof(struct share, id), NULL},
    {"user", FIELD_TEXT, offsetof(struct share, user), NULL},
    {"post", FIELD_TEXT, offsetof(struct share, post), NULL},
    {"title", FIELD_TEXT, offsetof(struct share, title), NULL},
    {"to", FIELD_TEXT, offsetof(struct share, to), NULL},
    {"status", FIELD_TEXT, offsetof(struct share, status), NULL},
    {"detail", FIELD_TEXT, offsetof(struct share, detail), NULL},
    {"created", FIELD_TIME, offsetof(struct share, created_ms), NULL},
};

const struct record share_record = RECORD(struct share, share_members);

/* -- delivering ---------------------------------------------------------------------------------
 */

/* What the receiver gets. */
struct event {
    const char *type;
    int64_t timestamp_ms;
    const void *post;
};

static const struct field event_members[] = {
    {"type", FIELD_TEXT, offsetof(struct event, type), NULL},
    {"timestamp", FIELD_TIME, offsetof(struct event, timestamp_ms), NULL},
    {"data", FIELD_RECORD, offsetof(struct event, post), &post_record},
};

static const struct record event_record = RECORD(struct event, event_members);

static bool post_to_receiver(const struct guard *guard, const struct share *share,
                             const struct buf *body, struct outbound_reply *reply,
                             struct error *err)
{
    const char *headers[] = {
        "Content-Type: application/json",
        arena_printf(reply->arena, "webhook-id: %s", share->id),
        arena_printf(reply->arena, "webhook-timestamp: %lld",
                     (long long)(share->created_ms / 1000)),
        NULL,
    };
    struct outbound request = {
        .method = "POST",
        .url = share->to,
        .headers = headers,
        .body = body->data,
        .body_len = body->len,
        .max_reply = MOST_REPLY,
        .timeout_ms = TIMEOUT_MS,
    };

    return outbound_send(guard, &request, reply, err);
}

static void judge_answer(int status, struct arena *arena, struct share *out)
{
    const char *note = status >= 300 && status <= 399 ? "; redirects are not followed" : "";

    out->status = status >= 200 && status <= 299 ? "delivered" : "failed";
    out->detail =
        arena_printf(arena, "the receiver answered %d %s%s", status, status_phrase(status), note);
}

bool share_deliver(const struct guard *guard, const struct share_wish *wish, struct arena *arena,
                   struct share *out, struct error *err)
{
    struct share share = {
        .id = arena_alloc(arena, 2 * ID_BYTES + 1),
        .user = arena_text(arena, wish->user),
        .post = arena_text(arena, wish->post->id),
        .title = arena_text(arena, wish->post->title),
        .to = arena_text(arena, wish->to),
        .created_ms = clock_now_ms(),
    };
    struct event event = {"post.shared", share.created_ms, wish->post};
    struct outbound_reply reply = {.arena = arena};
    struct buf body = {0};
    bool answered;

    random_hex((char *)(uintptr_t)share.id, ID_BYTES);
    record_to_json(&event_record, &event, &body);
    answered = post_to_receiver(guard, &share, &body, &reply, err);
    buf_release(&body);
    if (answered) {
        judge_answer(reply.status, arena, &share);
    } else if (err->kind == ERROR_TIMEOUT || err->kind == ERROR_UPSTREAM) {
        share.status = "failed";
        share.detail = arena_text(arena, err->message);
    } else {
        return false;
    }
    *out = share;
    return true;
}

/* -- keeping ------------------------------------------------------------------------------------
 */

bool share_record_outcome(struct store *store, const struct share *share, struct error *err)
{
    bson_t document = BSON_INITIALIZER;
    bool kept;

    bson_append_utf8(&document, "_id", 3, share->id, -1);
    record_to_bson(&share_record, share, &document);
    kept = store_insert(store, &shares_collection, &document, NULL, err);
    bson_destroy(&document);
    return kept;
}

bool shares_list(struct store *store, const char *user, struct shares_page *page, struct error *err)
{
    static const struct sort newest_first = {"created", true};
    struct query query = {
        .where = filter_compare(page->arena, FILTER_EQ, "user", value_text(user)),
        .sort = &newest_first,
        .sort_count = 1,
        .limit = page->page_size,
        .count = true,
    };
    struct documents found = {.arena = page->arena};
    struct share *shares;

    if (__builtin_mul_overflow(page->page - 1, page->page_size, &query.skip))
        query.skip = INT64_MAX - page->page_size; /* beyond every end */
    if (!store_find(store, &shares_collection, &query, &found, err))
        return false;
    shares = arena_zalloc(page->arena, found.count * sizeof(*shares));
    for (size_t i = 0; i < found.count; i++) {
        struct bson_bytes bytes = {found.items[i].bson, found.items[i].len};

        if (!record_from_bson(&share_record, bytes, page->arena, &shares[i], err))
            return false;
    }
    page->shares = (struct list){shares, found.count};
    page->total = found.total;
    return true;
}
