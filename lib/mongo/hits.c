/* SPDX-License-Identifier: MIT */
/* Rank is bm25 with the weights that the embedded store takes; the usual length of a document is
 * that of the hits. */
#include "hits.h"

#include "../filter.h"

#include <stdlib.h>
#include <string.h>

static const double K1 = 1.2, B = 0.75;

/* -- terms ------------------------------------------------------------------------------------- */

static void split(const char *tokens, struct arena *arena, struct asked_term *out)
{
    size_t count = 1;
    bson_value_t *words;

    for (const char *at = tokens; *at; at++)
        count += *at == ' ';
    words = arena_alloc(arena, count * sizeof(*words));
    out->words = words;
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        size_t len = strcspn(tokens, " ");

        words[i] = value_text(tokens);
        words[i].value.v_utf8.len = (uint32_t)len;
        tokens += len + (tokens[len] == ' ');
    }
}

void asked_of(const struct words_query *words, struct arena *arena, struct asked *out)
{
    *out = (struct asked){.count = words->count};
    for (size_t i = 0; i < words->count; i++) {
        struct asked_term *term = &out->terms[i];

        split(words->terms[i].tokens, arena, term);
        term->negated = words->terms[i].negated;
        term->rarity = 1;
        out->phrases = out->phrases || term->count > 1;
    }
}

/* -- documents --------------------------------------------------------------------------------- */

/* A word where an iterator is; no text is as no text of a word. */
struct text {
    const char *bytes;
    uint32_t len;
};

static struct text text_at(const bson_iter_t *at)
{
    struct text text = {"", 0};

    if (BSON_ITER_HOLDS_UTF8(at))
        text.bytes = bson_iter_utf8(at, &text.len);
    return text;
}

static bool is_word(struct text text, const bson_value_t *word)
{
    return text.len == word->value.v_utf8.len &&
           memcmp(text.bytes, word->value.v_utf8.str, text.len) == 0;
}

/* No word is empty, as what stands between two fields is: so no phrase is found across them. */
static bool goes_on(const bson_iter_t *first, const struct asked_term *term)
{
    bson_iter_t at;

    if (term->count == 1)
        return true;
    at = *first;
    for (size_t i = 1; i < term->count; i++)
        if (!bson_iter_next(&at) || !is_word(text_at(&at), &term->words[i]))
            return false;
    return true;
}

bool hits_look(const struct asked *asked, const bson_t *raw, struct look *out)
{
    bson_iter_t iter, at;

    memset(out, 0, sizeof(*out));
    if (bson_iter_init_find(&iter, raw, "_words") && BSON_ITER_HOLDS_ARRAY(&iter) &&
        bson_iter_recurse(&iter, &at)) {
        while (bson_iter_next(&at)) {
            struct text text = text_at(&at);

            out->words += text.len > 0;
            for (size_t i = 0; text.len && i < asked->count; i++)
                out->found[i] +=
                    is_word(text, &asked->terms[i].words[0]) && goes_on(&at, &asked->terms[i]);
        }
    }
    for (size_t i = 0; i < asked->count; i++)
        if (asked->terms[i].negated == (out->found[i] > 0))
            return false;
    return true;
}

/* -- hits -------------------------------------------------------------------------------------- */

static bson_value_t keep_value(struct arena *arena, const bson_value_t *value)
{
    bson_t holder = BSON_INITIALIZER, kept;
    bson_value_t copy = *value;
    bson_iter_t iter;

    bson_append_value(&holder, "", 0, value);
    if (bson_init_static(&kept, (uint8_t *)arena_copy(arena, bson_get_data(&holder), holder.len),
                         holder.len) &&
        bson_iter_init(&iter, &kept) && bson_iter_next(&iter))
        copy = *bson_iter_value(&iter);
    bson_destroy(&holder);
    return copy;
}

struct hit *hits_add(struct hits *hits, const bson_t *raw, const struct look *look)
{
    struct hit *hit;
    bson_iter_t iter;

    if (!bson_iter_init_find(&iter, raw, "_id"))
        return NULL;
    hits->items =
        arena_grow(hits->arena, hits->items, hits->count, &hits->room, sizeof(*hits->items));
    hit = &hits->items[hits->count];
    *hit = (struct hit){.words = look ? look->words : 0, .age = hits->count++};
    hit->id = keep_value(hits->arena, bson_iter_value(&iter));
    if (look)
        hit->found = (const uint32_t *)(const void *)arena_copy(hits->arena, look->found,
                                                                sizeof(look->found));
    return hit;
}

void hit_keep(struct hits *hits, struct hit *hit, const bson_t *raw)
{
    hit->whole.data = (const uint8_t *)arena_copy(hits->arena, bson_get_data(raw), raw->len);
    hit->whole.len = raw->len;
}

static int by_rank(const void *a, const void *b)
{
    const struct hit *first = a, *second = b;

    if (first->rank != second->rank)
        return first->rank > second->rank ? -1 : 1;
    return first->age < second->age ? -1 : first->age > second->age;
}

static double rank_of(const struct asked *asked, const struct hit *hit, double usual)
{
    double length = K1 * (1 - B + B * (double)hit->words / usual);
    double rank = 0;

    for (size_t i = 0; i < asked->count; i++)
        if (!asked->terms[i].negated)
            rank += asked->terms[i].rarity * hit->found[i] * (K1 + 1) / (hit->found[i] + length);
    return rank;
}

void hits_rank(const struct asked *asked, struct hits *hits)
{
    double words = 0;

    for (size_t i = 0; i < hits->count; i++)
        words += (double)hits->items[i].words;
    for (size_t i = 0; i < hits->count; i++)
        hits->items[i].rank = rank_of(asked, &hits->items[i], words / (double)hits->count);
    if (hits->count)
        qsort(hits->items, hits->count, sizeof(*hits->items), by_rank);
}
