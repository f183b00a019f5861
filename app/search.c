/* SPDX-License-Identifier: MIT */
#include "search.h"

#include "post_ids.h"

#include <ctype.h>
#include <string.h>

enum { MOST_CHARACTERS = 10000, MOST_PAGE_SIZE = 1000, MOST_REMEMBERED = 200 };

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static bool is_blank(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return !*text;
}

static bool check(const struct search *search, struct error *err)
{
    if (search->page < 1 || search->page_size < 1 || search->page_size > MOST_PAGE_SIZE)
        return fail(err, ERROR_INVALID, "pages are counted from 1, of 1 to %d posts each",
                    MOST_PAGE_SIZE);
    if (search->words && characters(search->words) > MOST_CHARACTERS)
        return fail(err, ERROR_INVALID, "a search may have at most %d characters", MOST_CHARACTERS);
    return true;
}

static void take_posts(const struct documents *found, struct arena *arena, struct list *out)
{
    struct post *posts = arena_alloc(arena, found->count * sizeof(*posts));

    for (size_t i = 0; i < found->count; i++)
        post_from_document(&found->items[i], arena, &posts[i]);
    *out = (struct list){posts, found->count};
}

static bool run(struct store *store, const struct search *search, struct arena *arena,
                struct search_results *out, struct error *err)
{
    struct query query = {.text = search->words, .limit = search->page_size, .count = true};
    struct documents found = {.arena = arena};

    query.where = post_ids_without(arena, search->hidden);
    if (__builtin_mul_overflow(search->page - 1, search->page_size, &query.skip))
        query.skip = INT64_MAX - search->page_size; /* beyond every end */
    if (!store_find(store, &posts_collection, &query, &found, err))
        return false;
    take_posts(&found, arena, &out->posts);
    out->total = found.total;
    out->pages = found.total / search->page_size + (found.total % search->page_size != 0);
    out->bounded = found.rank_bounded;
    return true;
}

/* The same for everybody who hid nothing, so it is worth remembering. */
static bool run_remembered(struct store *store, const struct search *search, struct arena *arena,
                           struct search_results *out, struct error *err)
{
    struct memo_key key = {.version = store_version(store, &posts_collection)};
    struct arena made = {0};
    struct search_results *results;
    const struct search_results *known;

    key.bytes = arena_printf(arena, "%lld/%lld/%s", (long long)search->page,
                             (long long)search->page_size, search->words);
    key.len = strlen(key.bytes);
    known = memo_get(search->memo, &key, arena);
    if (!known) {
        results = arena_zalloc(&made, sizeof(*results));
        if (!run(store, search, &made, results, err)) {
            arena_release(&made);
            return false;
        }
        known = memo_put(search->memo, &key, &made, results, arena);
    }
    *out = *known;
    return true;
}

bool search_posts(struct store *store, const struct search *search, struct arena *arena,
                  struct search_results *out, struct error *err)
{
    if (!check(search, err))
        return false;
    if (!search->words || is_blank(search->words)) {
        *out = (struct search_results){0};
        return true;
    }
    if (search->memo && !(search->hidden && search->hidden->count) &&
        strlen(search->words) <= MOST_REMEMBERED)
        return run_remembered(store, search, arena, out, err);
    return run(store, search, arena, out, err);
}
