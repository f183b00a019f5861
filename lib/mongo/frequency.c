/* SPDX-License-Identifier: MIT */
/* How often words are, and what else searches remember: what was counted, as long as the collection
 * has not changed, and which searches found many documents, which is but a guess for the next time.
 *
 * A work may see what is not committed: it neither remembers nor is told of what is remembered. */
#include "frequency.h"

#include "../memo.h"

#include <math.h>
#include <string.h>

/* How often a word is there is counted so far, and guessed beyond. Of longer searches nothing is
 * remembered. */
enum { PROBED = 10000, MOST_REMEMBERED = 4096, MOST_BYTES = 4 << 20, LONGEST_TEXT = 200 };

void frequency_open(struct mongo_store *store)
{
    const struct memo_options options = {.entries = MOST_REMEMBERED, .bytes = MOST_BYTES};

    store->remembered = memo_open(&options);
}

void frequency_close(struct mongo_store *store)
{
    memo_close(store->remembered);
}

/* -- remembering ------------------------------------------------------------------------------- */

enum purpose { OF_WORD = 'w', OF_ALL = 'a', OF_SEARCH = 's' };

/* A number that is remembered of a text; key.bytes is NULL where it is not to be. */
struct note {
    struct memo *memo;
    struct memo_key key;
    struct arena *arena;
};

/* Before what is noted is counted. Guesses outlast changes. */
static struct note note_of(const struct reading *reading, enum purpose purpose,
                           const bson_value_t *text, struct arena *arena)
{
    const struct collection *collection = reading->table->collection;
    struct note note = {.memo = reading->store->remembered, .arena = arena};

    if (reading->borrowed || text->value.v_utf8.len > LONGEST_TEXT)
        return note;
    if (purpose != OF_SEARCH)
        note.key.version = mongo_version(&reading->store->store, collection);
    note.key.bytes = arena_printf(arena, "%c%.*s/%s", purpose, (int)text->value.v_utf8.len,
                                  text->value.v_utf8.str, collection->name);
    note.key.len = strlen(note.key.bytes);
    return note;
}

static bool recall(const struct note *note, int64_t *out)
{
    const int64_t *number = note->key.bytes ? memo_get(note->memo, &note->key, note->arena) : NULL;

    if (number)
        *out = *number;
    return number != NULL;
}

static void remember(const struct note *note, int64_t number)
{
    struct arena made = {0};

    if (note->key.bytes)
        memo_put(note->memo, &note->key, &made, arena_copy(&made, &number, sizeof(number)),
                 note->arena);
}

/* Of one collection. */
struct frequency {
    const struct reading *reading;
    struct arena *arena;
    int64_t all; /* documents */
};

/* -- counting ---------------------------------------------------------------------------------- */

static bool count_all(struct frequency *frequency, struct error *err)
{
    const bson_value_t nothing = value_text("");
    const struct note note = note_of(frequency->reading, OF_ALL, &nothing, frequency->arena);

    if (recall(&note, &frequency->all))
        return true;
    if (!estimate_all(frequency->reading, &frequency->all, err))
        return false;
    remember(&note, frequency->all);
    return true;
}

static bool count_word(const struct frequency *frequency, const bson_value_t *word, int64_t *out,
                       struct error *err)
{
    const struct filter is = {.op = FILTER_EQ, .path = "_words", .value = *word};
    bson_t query = BSON_INITIALIZER;
    double share;
    bool ok;

    query_field(&is, &query);
    ok = reading_count(frequency->reading, &query, PROBED, out, err);
    if (ok && *out >= PROBED && frequency->all > PROBED) {
        ok = estimate_share(frequency->reading, &query, &share, err);
        *out = (int64_t)fmax(share * (double)frequency->all, PROBED);
    }
    bson_destroy(&query);
    return ok;
}

static bool recall_word(const struct frequency *frequency, const bson_value_t *word, int64_t *out,
                        struct error *err)
{
    const struct note note = note_of(frequency->reading, OF_WORD, word, frequency->arena);

    if (recall(&note, out))
        return true;
    if (!count_word(frequency, word, out, err))
        return false;
    remember(&note, *out);
    return true;
}

/* -- weighing ---------------------------------------------------------------------------------- */

static double rarity(double documents, double all)
{
    return fmax(log((all - documents + 0.5) / (documents + 0.5)), 1e-6);
}

static bool weigh_term(const struct frequency *frequency, struct asked_term *term,
                       struct error *err)
{
    int64_t rarest = INT64_MAX, documents;

    for (size_t i = 0; i < term->count; i++) {
        if (!recall_word(frequency, &term->words[i], &documents, err))
            return false;
        if (documents < rarest)
            rarest = documents;
    }
    term->rarity = rarity((double)rarest, fmax((double)frequency->all, (double)rarest));
    return true;
}

bool frequency_weigh(const struct reading *reading, struct asked *asked, struct arena *arena,
                     struct error *err)
{
    struct frequency frequency = {.reading = reading, .arena = arena};

    if (asked->count == 1 && !asked->phrases) /* how rare it is does not matter to the order */
        return true;
    if (!count_all(&frequency, err))
        return false;
    for (size_t i = 0; i < asked->count; i++)
        if (!asked->terms[i].negated && !weigh_term(&frequency, &asked->terms[i], err))
            return false;
    return true;
}

/* -- guessing ---------------------------------------------------------------------------------- */

bool frequency_recall(const struct reading *reading, const char *text, struct arena *arena,
                      bool *many)
{
    const bson_value_t typed = value_text(text);
    const struct note note = note_of(reading, OF_SEARCH, &typed, arena);
    int64_t number;

    if (!recall(&note, &number))
        return false;
    *many = number;
    return true;
}

void frequency_remember(const struct reading *reading, const char *text, struct arena *arena,
                        bool many)
{
    const bson_value_t typed = value_text(text);
    const struct note note = note_of(reading, OF_SEARCH, &typed, arena);

    remember(&note, many);
}
