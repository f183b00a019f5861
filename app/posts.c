/* SPDX-License-Identifier: MIT */
#include "posts.h"

#include "names.h"
#include "post_ids.h"

#include <string.h>

/* `id` has no one type: ids of digits alone became numbers in earlier imports. */
static const struct store_field post_fields[] = {
    {"id", TYPE_ANY, STORE_REQUIRED | STORE_UNIQUE},
    {"title", TYPE_TEXT, STORE_SEARCHED},
    {"selftext", TYPE_TEXT, STORE_SEARCHED},
    {"score", TYPE_NUMBER, STORE_INDEXED},
    {"created_utc", TYPE_NUMBER, 0},
};

const struct collection posts_collection = {
    .name = "posts",
    .id_type = TYPE_OBJECT_ID,
    .fields = post_fields,
    .field_count = sizeof(post_fields) / sizeof(post_fields[0]),
};

static const struct field post_members[] = {
    {"id", FIELD_TEXT, offsetof(struct post, id), NULL},
    {"title", FIELD_TEXT, offsetof(struct post, title), NULL},
    {"author", FIELD_TEXT, offsetof(struct post, author), NULL},
    {"url", FIELD_TEXT, offsetof(struct post, url), NULL},
    {"permalink", FIELD_TEXT, offsetof(struct post, permalink), NULL},
    {"domain", FIELD_TEXT, offsetof(struct post, domain), NULL},
    {"selftext", FIELD_TEXT, offsetof(struct post, selftext), NULL},
    {"thumbnail", FIELD_TEXT, offsetof(struct post, thumbnail), NULL},
    {"source", FIELD_TEXT, offsetof(struct post, source), NULL},
    {"topics", FIELD_TEXTS, offsetof(struct post, topics), NULL},
    {"score", FIELD_INT64, offsetof(struct post, score), NULL},
    {"ups", FIELD_INT64, offsetof(struct post, ups), NULL},
    {"downs", FIELD_INT64, offsetof(struct post, downs), NULL},
    {"num_comments", FIELD_INT64, offsetof(struct post, num_comments), NULL},
    {"created", FIELD_TIME, offsetof(struct post, created_ms), NULL},
    {"over_18", FIELD_BOOL, offsetof(struct post, over_18), NULL},
    {"is_self", FIELD_BOOL, offsetof(struct post, is_self), NULL},
};

const struct record post_record = RECORD(struct post, post_members);

bool posts_get(struct store *store, const char *id, struct arena *arena, struct post *out,
               struct error *err)
{
    struct document document = {.arena = arena};
    struct key key = key_unique("id", value_text(id));
    int64_t number;
    bool found = store_get(store, &posts_collection, key, &document, err);

    if (!found && err->kind == ERROR_NOT_FOUND && post_id_number(id, &number)) {
        key = key_unique("id", value_int(number));
        found = store_get(store, &posts_collection, key, &document, err);
    }
    if (found)
        post_from_document(&document, arena, out);
    else if (err->kind == ERROR_NOT_FOUND)
        fail(err, ERROR_NOT_FOUND, "there is no such post");
    return found;
}

/* -- several at once ----------------------------------------------------------------------------
 */

enum { CHUNK = FILTER_MAX_VALUES / 2 }; /* of ids, as each may stand for a text and a number */

struct gathering {
    struct store *store;
    struct arena *arena;
    const struct list *ids;
    struct names names; /* of all ids */
    struct post *posts; /* one for each id; id NULL: not found */
};

static void keep_found(struct gathering *gathering, const struct document *document)
{
    struct post post;
    const struct name *name;

    post_from_document(document, gathering->arena, &post);
    name = names_find(&gathering->names, post.id);
    for (; name; name = names_next(&gathering->names, name))
        gathering->posts[name->at] = post;
}

static bool gather_chunk(struct gathering *gathering, size_t from, struct error *err)
{
    size_t left = gathering->ids->count - from;
    struct list part = {(const char *const *)gathering->ids->items + from,
                        left < CHUNK ? left : CHUNK};
    struct filter_values values = post_id_values(gathering->arena, &part);
    struct query query = {
        .where = filter_among(gathering->arena, FILTER_IN, "id", values),
        .limit = (int64_t)values.count,
    };
    struct documents found = {.arena = gathering->arena};

    if (!store_find(gathering->store, &posts_collection, &query, &found, err))
        return false;
    for (size_t i = 0; i < found.count; i++)
        keep_found(gathering, &found.items[i]);
    return true;
}

bool posts_get_many(struct store *store, const struct list *ids, struct arena *arena,
                    struct list *out, struct error *err)
{
    struct gathering gathering = {
        .store = store,
        .arena = arena,
        .ids = ids,
        .names = names_of(arena, ids),
        .posts = arena_zalloc(arena, ids->count * sizeof(struct post)),
    };
    size_t count = 0;

    for (size_t from = 0; from < ids->count; from += CHUNK)
        if (!gather_chunk(&gathering, from, err))
            return false;
    for (size_t i = 0; i < ids->count; i++)
        if (gathering.posts[i].id)
            gathering.posts[count++] = gathering.posts[i];
    *out = (struct list){gathering.posts, count};
    return true;
}

bool posts_recall(const struct posts_source *source, const char *id, struct arena *arena,
                  const struct post **out, struct error *err)
{
    struct memo_key key = {id, strlen(id), store_version(source->store, &posts_collection)};
    struct arena made = {0};
    struct post *post;

    *out = memo_get(source->memo, &key, arena);
    if (*out)
        return true;
    post = arena_alloc(&made, sizeof(*post));
    if (!posts_get(source->store, id, &made, post, err)) {
        arena_release(&made);
        return false;
    }
    *out = memo_put(source->memo, &key, &made, post, arena);
    return true;
}

/* -- writing ------------------------------------------------------------------------------------
 */

/* Replace the post that has this id, keeping its _id. */
static bool replace(struct store *store, bson_value_t id, const bson_t *document, struct error *err)
{
    struct replacement replacement = {.document = document};

    return store_replace(store, &posts_collection, key_unique("id", id), &replacement, err);
}

/* The same id as a number or text, if it has such a form. */
static bool other_form(const bson_value_t *id, char digits[POST_ID_DIGITS], bson_value_t *other)
{
    int64_t number;

    if (id->value_type == BSON_TYPE_UTF8) {
        if (!post_id_number(id->value.v_utf8.str, &number))
            return false;
        *other = value_int(number);
        return true;
    }
    if (!post_id_digits(id, digits))
        return false;
    *other = value_text(digits);
    return true;
}

static bool replace_either(struct store *store, const bson_value_t *id, const bson_t *document,
                           struct error *err)
{
    char digits[POST_ID_DIGITS];
    bson_value_t other;

    if (replace(store, *id, document, err))
        return true;
    if (err->kind != ERROR_NOT_FOUND || !other_form(id, digits, &other))
        return false;
    return replace(store, other, document, err);
}

bool posts_put(struct store *store, const bson_t *document, struct error *err)
{
    bson_iter_t id;
    bson_t rest = BSON_INITIALIZER;
    bool done;

    if (!bson_iter_init_find(&id, document, "id"))
        return fail(err, ERROR_REFUSED, "a post needs an id");
    bson_copy_to_excluding_noinit(document, &rest, "_id", NULL);
    done = replace_either(store, bson_iter_value(&id), &rest, err);
    bson_destroy(&rest);
    if (done || err->kind != ERROR_NOT_FOUND)
        return done;
    return store_insert(store, &posts_collection, document, NULL, err);
}
