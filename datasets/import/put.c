/* SPDX-License-Identifier: MIT */
#include "put.h"

#include "../../app/post_ids.h"
#include "../../app/posts.h"
#include "../../lib/document.h"

#include <string.h>

/* The post of this id, be it stored as a text or a number. False with ERROR_NOT_FOUND. */
static bool find_post(struct store *store, const bson_value_t *id, struct document *out,
                      struct error *err)
{
    char digits[POST_ID_DIGITS];
    int64_t number;
    bson_value_t other;

    if (store_get(store, &posts_collection, key_unique("id", *id), out, err))
        return true;
    if (err->kind != ERROR_NOT_FOUND)
        return false;
    if (id->value_type == BSON_TYPE_UTF8) {
        if (!post_id_number(id->value.v_utf8.str, &number))
            return false;
        other = value_int(number);
    } else {
        if (!post_id_digits(id, digits))
            return false;
        other = value_text(digits);
    }
    return store_get(store, &posts_collection, key_unique("id", other), out, err);
}

/* The next member that is not _id. */
static bool next_member(bson_iter_t *iter)
{
    while (bson_iter_next(iter))
        if (strcmp(bson_iter_key(iter), "_id") != 0)
            return true;
    return false;
}

/* Equal to the last byte, but for _id, which stays as it was stored. */
static bool is_same(const struct document *stored, const bson_t *document)
{
    bson_iter_t a;
    bson_iter_t b;
    bool more;

    if (!bson_iter_init_from_data(&a, stored->bson, stored->len) || !bson_iter_init(&b, document))
        return false;
    while ((more = next_member(&a)) == next_member(&b)) {
        size_t len;

        if (!more)
            return true;
        len = a.next_off - a.off;
        if (len != b.next_off - b.off || memcmp(a.raw + a.off, b.raw + b.off, len) != 0)
            return false;
    }
    return false;
}

static void append_field(bson_t *to, const char *key, const struct document *from)
{
    bson_value_t value;

    if (document_get(from->bson, from->len, key, &value))
        bson_append_value(to, key, -1, &value);
}

/* An answer has its question's title, if that is here, and topics. */
static bool complete_answer(struct store *store, const char *question, struct arena *arena,
                            bson_t *answer, struct error *err)
{
    struct document found = {.arena = arena};
    bson_value_t title = {0};

    if (!*question ||
        !store_get(store, &posts_collection, key_unique("id", value_text(question)), &found, err)) {
        if (*question && err->kind != ERROR_NOT_FOUND)
            return false;
        bson_append_utf8(answer, "title", -1, "An answer", -1);
        return true;
    }
    if (document_get(found.bson, found.len, "title", &title) &&
        title.value_type == BSON_TYPE_UTF8) {
        const char *text = arena_printf(arena, "Re: %s", title.value.v_utf8.str);

        bson_append_utf8(answer, "title", -1, text, -1);
    }
    bson_append_utf8(answer, "question", -1, question, -1);
    append_field(answer, "topics", &found);
    return true;
}

static enum put_result blame(const struct error *err)
{
    switch (err->kind) {
    case ERROR_REFUSED:
    case ERROR_CONFLICT:
    case ERROR_INVALID:
    case ERROR_TOO_LARGE:
        return PUT_REFUSED;
    default:
        return PUT_FAILED;
    }
}

static enum put_result put_document(struct store *store, const bson_t *document,
                                    struct arena *arena, struct error *err)
{
    struct document stored = {.arena = arena};
    bson_iter_t id;

    if (!bson_iter_init_find(&id, document, "id")) {
        fail(err, ERROR_REFUSED, "a post needs an id");
        return PUT_REFUSED;
    }
    if (find_post(store, bson_iter_value(&id), &stored, err)) {
        if (is_same(&stored, document))
            return PUT_EQUAL;
        return posts_put(store, document, err) ? PUT_CHANGED : blame(err);
    }
    if (err->kind != ERROR_NOT_FOUND)
        return blame(err);
    return store_insert(store, &posts_collection, document, NULL, err) ? PUT_ADDED : blame(err);
}

enum put_result put_post(struct store *store, const bson_t *document, const char *question,
                         struct arena *arena, struct error *err)
{
    enum put_result result;
    bson_t answer;

    if (!question)
        return put_document(store, document, arena, err);
    bson_copy_to(document, &answer);
    if (complete_answer(store, question, arena, &answer, err))
        result = put_document(store, &answer, arena, err);
    else
        result = blame(err);
    bson_destroy(&answer);
    return result;
}
