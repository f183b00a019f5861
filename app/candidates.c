/* SPDX-License-Identifier: MIT */
#include "candidates.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_SCORE = 50 }; /* a candidate has more */

struct entry {
    int64_t lead;     /* downs - ups: the less the better */
    int64_t comments; /* then the more the better */
    uint64_t at;      /* then by _id, the order of the visit */
    uint8_t *bson;
    size_t len;
};

/* The best entries met so far as a heap with the worst at its root. */
struct pass {
    struct entry heap[CANDIDATES_MOST];
    size_t count;
    uint64_t visited;
};

static int compare(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;

    if (a->lead != b->lead)
        return a->lead < b->lead ? -1 : 1;
    if (a->comments != b->comments)
        return a->comments > b->comments ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static void sift_up(struct pass *pass, size_t at)
{
    struct entry entry = pass->heap[at];

    while (at && compare(&pass->heap[(at - 1) / 2], &entry) < 0) {
        pass->heap[at] = pass->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    pass->heap[at] = entry;
}

static void sift_down(struct pass *pass)
{
    struct entry entry = pass->heap[0];
    size_t at = 0;

    for (size_t child = 1; child < pass->count; child = 2 * at + 1) {
        if (child + 1 < pass->count && compare(&pass->heap[child + 1], &pass->heap[child]) > 0)
            child++;
        if (compare(&pass->heap[child], &entry) <= 0)
            break;
        pass->heap[at] = pass->heap[child];
        at = child;
    }
    pass->heap[at] = entry;
}

static int64_t number(const bson_iter_t *iter)
{
    if (BSON_ITER_HOLDS_DOUBLE(iter)) {
        double value = bson_iter_double(iter);

        return value > -1e15 && value < 1e15 ? (int64_t)value : 0;
    }
    return BSON_ITER_HOLDS_INT32(iter) || BSON_ITER_HOLDS_INT64(iter) ? bson_iter_as_int64(iter)
                                                                      : 0;
}

/* The numbers of the formula alone; false if the post is no candidate. Nearly all posts of a large
 * store go no further than this. */
static bool read_entry(const struct document *document, struct entry *out)
{
    int64_t score = 0, ups = 0, downs = 0;
    bson_iter_t iter;

    if (!bson_iter_init_from_data(&iter, document->bson, document->len))
        return false;
    while (bson_iter_next(&iter)) {
        const char *key = bson_iter_key(&iter);

        if (key[0] == 's' && strcmp(key, "score") == 0)
            score = number(&iter);
        else if (key[0] == 'u' && strcmp(key, "ups") == 0)
            ups = number(&iter);
        else if (key[0] == 'd' && strcmp(key, "downs") == 0)
            downs = number(&iter);
        else if (key[0] == 'n' && strcmp(key, "num_comments") == 0)
            out->comments = number(&iter);
    }
    if (__builtin_sub_overflow(downs, ups, &out->lead))
        out->lead = downs < ups ? INT64_MIN : INT64_MAX;
    return score > LEAST_SCORE;
}

static uint8_t *copy_bson(const struct document *document)
{
    uint8_t *copy = malloc(document->len);

    if (!copy)
        abort();
    return memcpy(copy, document->bson, document->len);
}

static bool visit(void *context, const struct document *document)
{
    struct pass *pass = context;
    struct entry entry = {.at = pass->visited++, .len = document->len};
    bool full = pass->count == CANDIDATES_MOST;

    if (!read_entry(document, &entry) || (full && compare(&entry, &pass->heap[0]) > 0))
        return true;
    entry.bson = copy_bson(document);
    if (full) {
        free(pass->heap[0].bson);
        pass->heap[0] = entry;
        sift_down(pass);
    } else {
        pass->heap[pass->count] = entry;
        sift_up(pass, pass->count++);
    }
    return true;
}

static struct names topics_of(struct candidates *candidates)
{
    struct name *topics;
    size_t room = 0;
    size_t count = 0;

    for (size_t i = 0; i < candidates->count; i++)
        room += candidates->posts[i].topics.count;
    topics = arena_alloc(&candidates->arena, room * sizeof(*topics));
    for (size_t i = 0; i < candidates->count; i++) {
        const struct list *of_post = &candidates->posts[i].topics;

        for (size_t j = 0; j < of_post->count; j++)
            topics[count++] = (struct name){((const char *const *)of_post->items)[j], i};
    }
    return names_sort(topics, count);
}

/* Decode the best, in order. Each document moves into the arena, so that its post may borrow. */
static struct candidates *decode(struct pass *pass)
{
    struct candidates *candidates = calloc(1, sizeof(*candidates));
    struct post *posts;

    if (!candidates)
        abort();
    posts = arena_alloc(&candidates->arena, pass->count * sizeof(*posts));
    if (pass->count)
        qsort(pass->heap, pass->count, sizeof(pass->heap[0]), compare);
    for (size_t i = 0; i < pass->count; i++) {
        const struct entry *entry = &pass->heap[i];
        struct document document = {
            .arena = &candidates->arena,
            .bson = (const uint8_t *)arena_copy(&candidates->arena, entry->bson, entry->len),
            .len = entry->len,
        };

        post_from_document(&document, &candidates->arena, &posts[i]);
    }
    candidates->posts = posts;
    candidates->count = pass->count;
    candidates->topics = topics_of(candidates);
    return candidates;
}

struct candidates *candidates_read(struct store *store, struct error *err)
{
    struct pass *pass = calloc(1, sizeof(*pass));
    struct candidates *candidates = NULL;
    uint64_t version = store_version(store, &posts_collection);

    if (!pass)
        abort();
    if (store_each(store, &posts_collection, visit, pass, err)) {
        candidates = decode(pass);
        candidates->version = version;
    }
    for (size_t i = 0; i < pass->count; i++)
        free(pass->heap[i].bson);
    free(pass);
    return candidates;
}

void candidates_free(struct candidates *candidates)
{
    if (!candidates)
        return;
    arena_release(&candidates->arena);
    free(candidates);
}

void candidates_with_topics(const struct candidates *candidates, const struct list *topics,
                            bool wanted[CANDIDATES_MOST])
{
    for (size_t i = 0; i < topics->count; i++) {
        const char *topic = ((const char *const *)topics->items)[i];
        const struct name *name = names_find(&candidates->topics, topic);

        for (; name; name = names_next(&candidates->topics, name))
            wanted[name->at] = true;
    }
}
