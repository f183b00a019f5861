/* SPDX-License-Identifier: MIT */
/* Long lists, made piece by piece, so that they take no more memory than a short one. Each piece is
 * a query of its own: by key where the order allows it, else by number, which gets slower with each
 * piece and may miss or repeat documents that move while it lasts. The total is of the beginning.
 */
#include "read.h"

#include "reply.h"

#include <string.h>

enum {
    PIECE = STREAM_CHUNK,
    NUMBERED_PIECE = 2 * 1024 * 1024,
    FIRST_STEP = 16,
    MOST_STEP = 10000,
    AFTER_SIZE = 1024,
};

struct progress {
    const struct lister *lister;
    int64_t sent, left;
    int64_t step;           /* documents of the next piece */
    bool by_number;         /* a key was too long to be kept, or the order has none */
    char after[AFTER_SIZE]; /* the key of the last one sent */
};

/* How many documents the list will have at most. */
static int64_t expected(const struct lister *lister)
{
    int64_t left = lister->total - lister->query.skip;

    return lister->total >= 0 && left < lister->query.limit ? left : lister->query.limit;
}

bool lister_is_long(struct call *call, const struct lister *lister)
{
    return lister->query.limit > LONG_LIST && expected(lister) > LONG_LIST &&
           !reply_is_shaped(call);
}

static struct query next_query(const struct progress *progress)
{
    struct query query = progress->lister->query;

    query.limit = progress->step < progress->left ? progress->step : progress->left;
    query.count = false;
    query.keyset = !progress->by_number;
    if (progress->by_number) {
        query.skip += progress->sent;
    } else if (progress->sent) {
        query.skip = 0;
        query.after = progress->after;
    }
    return query;
}

static void keep_after(struct progress *progress, const char *after)
{
    size_t len = after ? strlen(after) : 0;

    if (progress->by_number)
        return;
    progress->by_number = len >= sizeof(progress->after);
    if (!progress->by_number)
        memcpy(progress->after, after ? after : "", len + 1);
}

/* By the size of the documents in the last piece. */
static void set_step(struct progress *progress, size_t len, size_t count)
{
    size_t step = (progress->by_number ? NUMBERED_PIECE : PIECE) / (len / count + 1);

    progress->step = step < 1 ? 1 : step > MOST_STEP ? MOST_STEP : (int64_t)step;
}

static bool produce(struct call *call, struct buf *chunk)
{
    struct progress *progress = call_state(call);
    const struct lister *lister = progress->lister;
    const struct query query = next_query(progress);
    struct documents documents = {.arena = call_arena(call), .as_text = lister->display.kept};
    struct error err;

    if (!progress->sent)
        lister_begin(lister, chunk);
    if (!store_find(call_store(call), lister->resource->collection, &query, &documents, &err))
        return call_stream_fail(call, &err);
    if (progress->sent && documents.count)
        buf_byte(chunk, ',');
    if (!display_write_all(call, &lister->display, &documents, chunk, &err))
        return call_stream_fail(call, &err);
    progress->sent += (int64_t)documents.count;
    progress->left -= (int64_t)documents.count;
    if (!documents.count || (int64_t)documents.count < query.limit || !progress->left ||
        (query.keyset && !documents.after)) {
        lister_end(lister, progress->sent, lister->query.keyset ? documents.after : NULL, chunk);
        return false;
    }
    keep_after(progress, documents.after);
    set_step(progress, chunk->len, documents.count);
    return true;
}

enum outcome lister_stream(struct call *call, const struct lister *lister)
{
    struct progress *progress = call_stream_state(call, sizeof(*progress));

    *progress = (struct progress){.lister = lister,
                                  .left = lister->query.limit,
                                  .step = FIRST_STEP,
                                  .by_number = !lister->by_key};
    return call_stream(call, "application/json", produce);
}
