/* SPDX-License-Identifier: MIT */
#include "hide.h"

#include "names.h"
#include "post_ids.h"
#include "../lib/clock.h"

static const struct store_field hidden_fields[] = {
    {"user", TYPE_TEXT, STORE_REQUIRED},
    {"at", TYPE_DATE, STORE_REQUIRED},
};

/* One user's, newest first. */
static const struct store_index hidden_indexes[] = {{{"user", "at"}}};

const struct collection hidden_collection = {
    .name = "hidden",
    .id_type = TYPE_TEXT,
    .fields = hidden_fields,
    .field_count = sizeof(hidden_fields) / sizeof(hidden_fields[0]),
    .indexes = hidden_indexes,
    .index_count = sizeof(hidden_indexes) / sizeof(hidden_indexes[0]),
};

static bool insert_hidden(struct store *store, const char *id, const char *post, const char *user,
                          struct error *err)
{
    bson_t hidden = BSON_INITIALIZER;
    bool done;

    BSON_APPEND_UTF8(&hidden, "_id", id);
    BSON_APPEND_UTF8(&hidden, "user", user);
    BSON_APPEND_UTF8(&hidden, "post", post);
    BSON_APPEND_DATE_TIME(&hidden, "at", clock_now_ms());
    done = store_insert(store, &hidden_collection, &hidden, NULL, err);
    bson_destroy(&hidden);
    return done || err->kind == ERROR_CONFLICT;
}

/* Whether user may hide one more; one that is hidden already is always allowed. */
static bool has_room(struct store *store, const char *id, const char *user, struct arena *arena,
                     struct error *err)
{
    const struct filter *mine = filter_compare(arena, FILTER_EQ, "user", value_text(user));
    struct document document = {.arena = arena};
    int64_t count;

    if (!store_count(store, &hidden_collection, mine, &count, err))
        return false;
    if (count < HIDE_MOST || store_get(store, &hidden_collection, key_text(id), &document, err))
        return true;
    if (err->kind != ERROR_NOT_FOUND)
        return false;
    return fail(err, ERROR_CONFLICT, "you have hidden %d posts, and cannot hide more", HIDE_MOST);
}

bool hide_post(struct store *store, const char *post, const char *user, struct error *err)
{
    struct arena arena = {0};
    char *id = user_post_id(&arena, post, user);
    bool done = has_room(store, id, user, &arena, err) && insert_hidden(store, id, post, user, err);

    arena_release(&arena);
    return done;
}

bool hide_undo(struct store *store, const char *post, const char *user, struct error *err)
{
    struct arena arena = {0};
    struct key key = key_text(user_post_id(&arena, post, user));
    bool done = store_delete(store, &hidden_collection, key, NULL, err);

    arena_release(&arena);
    return done || err->kind == ERROR_NOT_FOUND;
}

static const char *hidden_post_of(const struct document *document, struct arena *arena)
{
    bson_iter_t iter;

    if (bson_iter_init_from_data(&iter, document->bson, document->len) &&
        bson_iter_find(&iter, "post") && BSON_ITER_HOLDS_UTF8(&iter))
        return arena_text(arena, bson_iter_utf8(&iter, NULL));
    return NULL;
}

bool hidden_posts(struct store *store, const char *user, struct arena *arena, struct list *out,
                  struct error *err)
{
    struct sort newest = {"at", true};
    struct query query = {.sort = &newest, .sort_count = 1, .limit = HIDE_MOST};
    struct documents found = {.arena = arena};
    const char **posts;
    size_t count = 0;

    *out = (struct list){0};
    if (!user)
        return true;
    query.where = filter_compare(arena, FILTER_EQ, "user", value_text(user));
    if (!store_find(store, &hidden_collection, &query, &found, err))
        return false;
    posts = arena_alloc(arena, found.count * sizeof(*posts));
    for (size_t i = 0; i < found.count; i++) {
        posts[count] = hidden_post_of(&found.items[i], arena);
        count += posts[count] != NULL;
    }
    *out = (struct list){posts, count};
    return true;
}

bool hidden_has(const struct list *hidden, const char *post)
{
    return list_has(hidden, post);
}
