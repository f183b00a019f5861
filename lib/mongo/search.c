/* SPDX-License-Identifier: MIT */
/* Word search. The server finds by `_words` what has all the words; phrases are looked for here,
 * among the words of what it found. */
#include "reading.h"

#include "frequency.h"
#include "hits.h"

#include <stdlib.h>

/* Of documents with the words of a phrase so many are looked at. Hits that are so few, and no
 * larger together, may be read whole: what is looked at, and the answer, are one command then. */
enum { LOOKED_AT = 50000, MOST_WHOLE = 100, WHOLE_BYTES = 512 * 1024 };

struct search {
    bson_t candidates; /* {_words: …} */
    struct reading *reading;
    const struct query *query;
    struct asked asked;
    struct hits hits;
    bool ranked;  /* by rank, not in another order */
    bool bounded; /* there are more */
};

/* -- words ------------------------------------------------------------------------------------- */

static void add_words(const struct asked *asked, bool negated, const char *operator, bson_t * out)
{
    bson_t list;
    uint32_t count = 0;

    bson_append_array_begin(out, operator, - 1, &list);
    for (size_t i = 0; i < asked->count; i++) {
        const struct asked_term *term = &asked->terms[i];

        for (size_t k = 0; k < term->count; k++)
            if (term->negated == negated && (!negated || term->count == 1))
                query_list_value(&list, &count, &term->words[k]);
    }
    bson_append_array_end(out, &list);
}

/* All words that must be there, and none of those that must not. */
static void write_candidates(struct search *search)
{
    bson_t words = BSON_INITIALIZER;

    add_words(&search->asked, false, "$all", &words);
    add_words(&search->asked, true, "$nin", &words);
    bson_append_document(&search->candidates, "_words", -1, &words);
    bson_destroy(&words);
}

/* -- hits -------------------------------------------------------------------------------------- */

static void write_query(const struct search *search, bson_t *out)
{
    const struct scope scope = {.where = search->query->where,
                                .deleted_too = search->query->deleted_too};

    query_write(search->reading->table, &scope, out);
    query_also(out, &search->candidates);
}

static bool is_looked_at(const struct search *search)
{
    return search->ranked || search->asked.phrases;
}

static void take_hit(struct search *search, const bson_t *raw, bool whole)
{
    struct look look;
    struct hit *hit;

    if (is_looked_at(search) && !hits_look(&search->asked, raw, &look))
        return;
    hit = hits_add(&search->hits, raw, is_looked_at(search) ? &look : NULL);
    if (hit && whole)
        hit_keep(&search->hits, hit, raw);
}

static bool take_hits(struct search *search, mongoc_cursor_t *cursor, struct error *err)
{
    const bson_t *raw;
    size_t seen = 0;
    bool ok;

    while ((ok = reading_next(search->reading, cursor, &raw, err)) && raw) {
        search->bounded = search->hits.count == RANKED_HITS || seen++ == LOOKED_AT;
        if (search->bounded)
            break;
        take_hit(search, raw, false);
    }
    return ok;
}

/* many: more than are read whole, or larger; the hits are not complete then. */
static bool take_whole(struct search *search, mongoc_cursor_t *cursor, bool *many,
                       struct error *err)
{
    const bson_t *raw;
    size_t seen = 0, bytes = 0;
    bool ok;

    *many = false;
    while ((ok = reading_next(search->reading, cursor, &raw, err)) && raw) {
        bytes += raw->len;
        *many = seen++ == MOST_WHOLE || bytes > WHOLE_BYTES;
        if (*many)
            break;
        take_hit(search, raw, true);
    }
    return ok;
}

/* Documents with the words, the newest first. */
static mongoc_cursor_t *ask_for_hits(const struct search *search, const struct span *asked)
{
    bson_t query = BSON_INITIALIZER, order = BSON_INITIALIZER;
    struct span span = *asked;
    mongoc_cursor_t *cursor;

    write_query(search, &query);
    bson_append_int32(&order, "_id", -1, -1);
    span.order = &order;
    span.batch = (uint32_t)span.limit; /* what fits into one answer comes with it */
    cursor = reading_find(search->reading, &query, &span);
    bson_destroy(&query);
    bson_destroy(&order);
    return cursor;
}

/* The newest hits with what is looked at: words, for phrases or rank. */
static bool gather(struct search *search, struct error *err)
{
    static const char *const ids[] = {"_id", NULL}, *const with_words[] = {"_words", NULL};
    const struct span span = {.limit = search->asked.phrases ? LOOKED_AT + 1 : RANKED_HITS + 1,
                              .fields = is_looked_at(search) ? with_words : ids};
    mongoc_cursor_t *cursor = ask_for_hits(search, &span);
    bool ok = take_hits(search, cursor, err);

    mongoc_cursor_destroy(cursor);
    return ok;
}

static bool gather_whole(struct search *search, bool *many, struct error *err)
{
    const struct span span = {.limit = MOST_WHOLE + 1, .words = true};
    mongoc_cursor_t *cursor = ask_for_hits(search, &span);
    bool ok = take_whole(search, cursor, many, err);

    mongoc_cursor_destroy(cursor);
    if (*many)
        search->hits.count = 0;
    return ok;
}

/* Whether the hits and the answer are worth asking for at once: if there are few. Where nothing is
 * known of the search, one of several words finds few. */
static bool gather_ranked(struct search *search, struct error *err)
{
    const struct query *query = search->query;
    bool many = search->asked.count == 1 && !search->asked.phrases, guess;
    bool known = frequency_recall(search->reading, query->text, search->hits.arena, &many);

    if (query->limit <= 0)
        return gather(search, err);
    guess = many;
    if (!many && !gather_whole(search, &many, err))
        return false;
    if (many && !gather(search, err))
        return false;
    if (guess && !known)
        many = search->hits.count > MOST_WHOLE / 4;
    if (guess != many)
        frequency_remember(search->reading, query->text, search->hits.arena, many);
    return true;
}

/* -- answers ----------------------------------------------------------------------------------- */

static void write_ids(const struct hit *hits, size_t count, bson_t *out)
{
    bson_t among, list;
    uint32_t number = 0;

    bson_append_document_begin(out, "_id", -1, &among);
    bson_append_array_begin(&among, "$in", -1, &list);
    for (size_t i = 0; i < count; i++)
        query_list_value(&list, &number, &hits[i].id);
    bson_append_array_end(&among, &list);
    bson_append_document_end(out, &among);
}

struct slot {
    const struct hit *hit;
    struct document *document;
    bool filled;
};

static int by_id(const void *a, const void *b)
{
    const struct slot *first = a, *second = b;

    return value_compare(&first->hit->id, &second->hit->id);
}

static bool fill_slot(const struct search *search, struct slot *slots, size_t count,
                      const bson_t *raw, struct error *err)
{
    struct stored stored;
    struct hit wanted = {0};
    struct slot key = {.hit = &wanted};
    struct slot *slot;
    bson_iter_t iter;
    bool ok;

    if (!bson_iter_init_find(&iter, raw, "_id"))
        return true;
    wanted.id = *bson_iter_value(&iter);
    slot = bsearch(&key, slots, count, sizeof(*slots), by_id);
    if (!slot)
        return true;
    slot->filled = true;
    ok = reading_take(search->reading, raw, &stored, slot->document, err);
    slot->document->rank = slot->hit->rank;
    return ok;
}

static bool fill_slots(const struct search *search, struct slot *slots, size_t count,
                       struct error *err)
{
    bson_t query = BSON_INITIALIZER;
    mongoc_cursor_t *cursor;
    const bson_t *raw;
    bool ok;

    write_ids(slots[0].hit, count, &query);
    qsort(slots, count, sizeof(*slots), by_id);
    cursor = reading_find(search->reading, &query, &(struct span){.batch = (uint32_t)count + 1});
    while ((ok = reading_next(search->reading, cursor, &raw, err)) && raw)
        if (!(ok = fill_slot(search, slots, count, raw, err)))
            break;
    mongoc_cursor_destroy(cursor);
    bson_destroy(&query);
    return ok;
}

static bool fill_from_whole(const struct search *search, struct slot *slots, size_t count,
                            struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct bson_bytes *whole = &slots[i].hit->whole;
        bson_t raw;

        if (bson_init_static(&raw, whole->data, whole->len) &&
            !fill_slot(search, &slots[i], 1, &raw, err))
            return false;
    }
    return true;
}

/* Those that went meanwhile leave no gaps. */
static bool fill(const struct search *search, struct slot *slots, size_t count,
                 struct documents *out, struct error *err)
{
    bool ok = slots[0].hit->whole.data ? fill_from_whole(search, slots, count, err)
                                       : fill_slots(search, slots, count, err);

    for (size_t i = 0; i < count; i++)
        if (!slots[i].filled)
            slots[i].document->arena = NULL;
    for (size_t i = 0; i < count; i++)
        if (out->items[i].arena)
            out->items[out->count++] = out->items[i];
    return ok;
}

static bool fetch_ranked(struct search *search, struct documents *out, struct error *err)
{
    const struct query *query = search->query;
    size_t first = query->skip > 0 ? (size_t)query->skip : 0;
    size_t left = first < search->hits.count ? search->hits.count - first : 0;
    struct slot *slots;

    if (left > (size_t)query->limit)
        left = (size_t)query->limit;
    if (!left)
        return true;
    if (!frequency_weigh(search->reading, &search->asked, search->hits.arena, err))
        return false;
    hits_rank(&search->asked, &search->hits);
    slots = arena_alloc(search->hits.arena, left * sizeof(*slots));
    out->items = arena_alloc(out->arena, left * sizeof(*out->items));
    for (size_t i = 0; i < left; i++) {
        out->items[i] = (struct document){.arena = out->arena, .as_text = out->as_text};
        slots[i] = (struct slot){&search->hits.items[first + i], &out->items[i], false};
    }
    return fill(search, slots, left, out, err);
}

/* In another order than by rank: the hits are one more condition. */
static bool fetch_sorted(struct search *search, struct documents *out, struct error *err)
{
    bson_t ids = BSON_INITIALIZER;
    bool ok;

    write_ids(search->hits.items, search->hits.count, &ids);
    ok = page_read(search->reading, search->query, &ids, out, err);
    bson_destroy(&ids);
    return ok;
}

/* Where words alone decide, and no rank is asked for, the server can do it all, unless there are
 * too many hits. */
static bool find_plain(struct search *search, struct documents *out, bool *done, struct error *err)
{
    bson_t query = BSON_INITIALIZER;
    int64_t limit = search->query->limit;
    int64_t count = 0;
    bool ok;

    write_query(search, &query);
    ok = reading_count(search->reading, &query, RANKED_HITS + 1, &count, err);
    bson_destroy(&query);
    out->rank_bounded = count > RANKED_HITS;
    out->total = out->rank_bounded ? RANKED_HITS : count;
    *done = limit <= 0 || !out->rank_bounded;
    if (!ok || limit <= 0 || out->rank_bounded)
        return ok;
    return page_read(search->reading, search->query, &search->candidates, out, err);
}

static bool find(struct search *search, struct documents *out, struct error *err)
{
    const struct query *query = search->query;
    bool done = false;

    search->ranked = !query->sort_count && !query->keyset && !query->after;
    write_candidates(search);
    if (!search->asked.phrases && (!search->ranked || query->limit <= 0)) {
        if (!find_plain(search, out, &done, err))
            return false;
        if (done)
            return true;
    }
    if (!(search->ranked ? gather_ranked(search, err) : gather(search, err)))
        return false;
    out->total = (int64_t)search->hits.count;
    out->rank_bounded = search->bounded;
    if (query->limit <= 0)
        return true;
    return search->ranked ? fetch_ranked(search, out, err) : fetch_sorted(search, out, err);
}

bool search_find(struct reading *reading, const struct query *query, struct documents *out,
                 struct error *err)
{
    struct arena arena = {0};
    struct search search = {.reading = reading, .query = query, .hits = {.arena = &arena}};
    struct words_query words;
    bool ok = true;

    if (!reading->table->searched_count)
        return fail(err, ERROR_INVALID, "%s has no searched fields",
                    reading->table->collection->name);
    bson_init(&search.candidates);
    if (words_compile(&arena, query->text, &words)) {
        asked_of(&words, &arena, &search.asked);
        ok = find(&search, out, err);
    }
    bson_destroy(&search.candidates);
    arena_release(&arena);
    return ok;
}
