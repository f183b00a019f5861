/* SPDX-License-Identifier: MIT */
/* A like is a document whose _id names user and post, so that the store itself refuses a second
 * one; totals are kept beside, in the same work, so that nobody ever counts. */
#include "likes.h"

#include "names.h"
#include "post_ids.h"
#include "../lib/clock.h"

#include <string.h>

/* Both collections are asked by _id alone, which begins with the user: an index would only slow a
 * like down (by a sixth, when one on user and time was tried). */
const struct collection likes_collection = {.name = "likes", .id_type = TYPE_TEXT};
const struct collection like_totals_collection = {.name = "like_totals", .id_type = TYPE_TEXT};

static const struct field likes_members[] = {
    {"post", FIELD_TEXT, offsetof(struct likes, post), NULL},
    {"likes", FIELD_INT64, offsetof(struct likes, total), NULL},
    {"liked", FIELD_BOOL, offsetof(struct likes, liked), NULL},
};

const struct record likes_record = RECORD(struct likes, likes_members);

static int64_t read_total(const struct document *document)
{
    bson_iter_t iter;

    if (bson_iter_init_from_data(&iter, document->bson, document->len) &&
        bson_iter_find(&iter, "likes"))
        return bson_iter_as_int64(&iter);
    return 0;
}

static bool get_total(struct store *store, struct likes *likes, struct arena *arena,
                      struct error *err)
{
    struct document document = {.arena = arena};

    if (store_get(store, &like_totals_collection, key_text(likes->post), &document, err)) {
        likes->total = read_total(&document);
        return true;
    }
    likes->total = 0;
    return err->kind == ERROR_NOT_FOUND;
}

static bool add_to_total(struct store *store, struct likes *likes, int64_t step,
                         struct arena *arena, struct error *err)
{
    struct document after = {.arena = arena};
    struct change change = {CHANGE_ADD, "likes", value_int(step)};
    struct update update = {.changes = &change, .count = 1, .upsert = true, .after = &after};

    if (!store_update(store, &like_totals_collection, key_text(likes->post), &update, err))
        return false;
    likes->total = read_total(&after);
    return true;
}

static bool insert_like(struct store *store, const char *id, const char *post, const char *user,
                        struct error *err)
{
    bson_t like = BSON_INITIALIZER;
    bool done;

    BSON_APPEND_UTF8(&like, "_id", id);
    BSON_APPEND_UTF8(&like, "post", post);
    BSON_APPEND_UTF8(&like, "user", user);
    BSON_APPEND_DATE_TIME(&like, "at", clock_now_ms());
    done = store_insert(store, &likes_collection, &like, NULL, err);
    bson_destroy(&like);
    return done;
}

bool likes_add(struct store *store, const char *post, const char *user, struct likes *out,
               struct error *err)
{
    struct likes likes = {.post = post, .liked = true};
    struct arena arena = {0};
    bool done;

    if (insert_like(store, user_post_id(&arena, post, user), post, user, err))
        done = add_to_total(store, &likes, 1, &arena, err);
    else
        done = err->kind == ERROR_CONFLICT && get_total(store, &likes, &arena, err);
    arena_release(&arena);
    if (done)
        *out = likes;
    return done;
}

bool likes_remove(struct store *store, const char *post, const char *user, struct likes *out,
                  struct error *err)
{
    struct likes likes = {.post = post, .liked = false};
    struct arena arena = {0};
    struct key key = key_text(user_post_id(&arena, post, user));
    bool done;

    if (store_delete(store, &likes_collection, key, NULL, err))
        done = add_to_total(store, &likes, -1, &arena, err);
    else
        done = err->kind == ERROR_NOT_FOUND && get_total(store, &likes, &arena, err);
    arena_release(&arena);
    if (done)
        *out = likes;
    return done;
}

/* -- many at once --------------------------------------------------------------------------------
 */

struct lookup {
    struct store *store;
    struct arena *arena;
    const struct collection *collection;
    struct list ids; /* of const char *, one for each of out */
    void (*take)(struct likes *likes, const struct document *document);
};

static void take_total(struct likes *likes, const struct document *document)
{
    likes->total = read_total(document);
}

static void take_liked(struct likes *likes, const struct document *document)
{
    (void)document;
    likes->liked = true;
}

static const char *document_id(const struct document *document)
{
    bson_iter_t iter;

    if (bson_iter_init_from_data(&iter, document->bson, document->len) &&
        bson_iter_find(&iter, "_id") && BSON_ITER_HOLDS_UTF8(&iter))
        return bson_iter_utf8(&iter, NULL);
    return "";
}

/* Ask for one list of ids that a filter may hold, and give each document to whom it belongs. */
static bool look_up_part(const struct lookup *lookup, struct list part, struct likes *out,
                         struct error *err)
{
    struct names names = names_of(lookup->arena, &part);
    bson_value_t *values = arena_alloc(lookup->arena, part.count * sizeof(*values));
    struct query query = {.limit = (int64_t)part.count};
    struct documents found = {.arena = lookup->arena};

    for (size_t i = 0; i < part.count; i++)
        values[i] = value_text(names.items[i].text);
    query.where =
        filter_among(lookup->arena, FILTER_IN, "_id", (struct filter_values){values, part.count});
    if (!store_find(lookup->store, lookup->collection, &query, &found, err))
        return false;
    for (size_t i = 0; i < found.count; i++) {
        const struct name *name = names_find(&names, document_id(&found.items[i]));

        for (; name; name = names_next(&names, name))
            lookup->take(&out[name->at], &found.items[i]);
    }
    return true;
}

static bool look_up(const struct lookup *lookup, struct likes *out, struct error *err)
{
    const char *const *ids = lookup->ids.items;

    for (size_t from = 0; from < lookup->ids.count; from += FILTER_MAX_VALUES) {
        size_t left = lookup->ids.count - from;
        struct list part = {ids + from, left < FILTER_MAX_VALUES ? left : FILTER_MAX_VALUES};

        if (!look_up_part(lookup, part, out + from, err))
            return false;
    }
    return true;
}

static struct list like_ids(struct arena *arena, const struct list *posts, const char *user)
{
    const char **ids = arena_alloc(arena, posts->count * sizeof(*ids));

    for (size_t i = 0; i < posts->count; i++)
        ids[i] = user_post_id(arena, ((const char *const *)posts->items)[i], user);
    return (struct list){ids, posts->count};
}

/* Fill in the totals; what they were is remembered under the very list of posts, as pages ask for
 * the same lists again and again. */
static bool fill_totals(struct store *store, const struct likes_question *question,
                        struct arena *arena, struct likes *out, struct error *err)
{
    struct lookup totals = {store, arena, &like_totals_collection, *question->posts, take_total};
    struct memo_key key = {.version = store_version(store, &like_totals_collection)};
    struct arena made = {0};
    struct buf ids = {0};
    const int64_t *known = NULL;
    bool done = true;

    if (question->memo) {
        for (size_t i = 0; i < question->posts->count; i++)
            buf_add(&ids, out[i].post, strlen(out[i].post) + 1);
        key.bytes = ids.data;
        key.len = ids.len;
        known = memo_get(question->memo, &key, arena);
    }
    if (!known)
        done = look_up(&totals, out, err);
    for (size_t i = 0; known && i < question->posts->count; i++)
        out[i].total = known[i];
    if (!known && done && question->memo) {
        int64_t *numbers = arena_alloc(&made, question->posts->count * sizeof(*numbers));

        for (size_t i = 0; i < question->posts->count; i++)
            numbers[i] = out[i].total;
        memo_put(question->memo, &key, &made, numbers, arena);
    }
    buf_release(&ids);
    return done;
}

bool likes_of(struct store *store, const struct likes_question *question, struct likes *out,
              struct error *err)
{
    const struct list *posts = question->posts;
    struct arena arena = {0};
    struct lookup liked = {store, &arena, &likes_collection, {0}, take_liked};
    bool done;

    for (size_t i = 0; i < posts->count; i++)
        out[i] = (struct likes){.post = ((const char *const *)posts->items)[i]};
    done = fill_totals(store, question, &arena, out, err);
    if (done && question->user) {
        liked.ids = like_ids(&arena, posts, question->user);
        done = look_up(&liked, out, err);
    }
    arena_release(&arena);
    return done;
}

bool likes_by(struct store *store, struct likes_by *by, struct error *err)
{
    const char *first = arena_printf(by->arena, "%s/", by->user);
    const char *end = arena_printf(by->arena, "%s%c", by->user, '/' + 1);
    struct query query = {
        .where = filter_join(by->arena, FILTER_AND,
                             filter_compare(by->arena, FILTER_GTE, "_id", value_text(first)),
                             filter_compare(by->arena, FILTER_LT, "_id", value_text(end))),
        .limit = (int64_t)by->most};
    struct documents found = {.arena = by->arena};
    const char **posts;

    if (!store_find(store, &likes_collection, &query, &found, err))
        return false;
    posts = arena_alloc(by->arena, found.count * sizeof(*posts));
    for (size_t i = 0; i < found.count; i++)
        posts[i] = document_id(&found.items[i]) + strlen(first);
    by->posts = (struct list){posts, found.count};
    return true;
}
