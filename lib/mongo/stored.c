/* SPDX-License-Identifier: MIT */
/* Documents as they are stored, with what the store keeps of them. */
#include "query.h"

#include "../clock.h"
#include "../document.h"
#include "../words.h"

#include <openssl/sha.h>
#include <string.h>

/* -- reading ----------------------------------------------------------------------------------- */

/* More than servers keep, which is 200. */
enum { MAX_NESTING = 500 };

enum own { NOT_OWN, OWN_ETAG, OWN_CREATED, OWN_UPDATED, OWN_HIDDEN };

static enum own own_member(const char *key)
{
    static const struct {
        const char *key;
        enum own own;
    } members[] = {{"_etag", OWN_ETAG},
                   {"_created", OWN_CREATED},
                   {"_updated", OWN_UPDATED},
                   {"_words", OWN_HIDDEN},
                   {"_live", OWN_HIDDEN}};

    for (size_t i = 0; key[0] == '_' && i < sizeof(members) / sizeof(members[0]); i++)
        if (strcmp(key, members[i].key) == 0)
            return members[i].own;
    return NOT_OWN;
}

static bool is_etag(const char *text, size_t len)
{
    return len == ETAG_SIZE - 1 && strspn(text, "0123456789abcdef") == len;
}

static void take_own(enum own own, const bson_iter_t *iter, struct stored *out)
{
    uint32_t len;

    if (own == OWN_ETAG && BSON_ITER_HOLDS_UTF8(iter)) {
        const char *text = bson_iter_utf8(iter, &len);

        out->marked = is_etag(text, len);
        if (out->marked)
            memcpy(out->etag, text, ETAG_SIZE);
    } else if (own == OWN_CREATED && BSON_ITER_HOLDS_DATE_TIME(iter)) {
        out->created_ms = bson_iter_date_time(iter);
    } else if (own == OWN_UPDATED && BSON_ITER_HOLDS_DATE_TIME(iter)) {
        out->updated_ms = bson_iter_date_time(iter);
    }
}

/* The document without the store's members: runs of its own are copied whole. */
static void take_members(const struct table *table, const bson_t *raw, uint8_t *room,
                         struct stored *out)
{
    const uint8_t *data = bson_get_data(raw);
    uint32_t kept = 4, from = 4, size;
    bool keep = true;
    bson_iter_t iter;

    if (bson_iter_init(&iter, raw) && !table->collection->bare) {
        while (bson_iter_next(&iter)) {
            uint32_t at = bson_iter_offset(&iter);
            enum own own = own_member(bson_iter_key(&iter));

            take_own(own, &iter, out);
            if (keep == (own == NOT_OWN))
                continue;
            if (keep) {
                memcpy(room + kept, data + from, at - from);
                kept += at - from;
            }
            keep = !keep;
            from = at;
        }
    }
    if (keep) {
        memcpy(room + kept, data + from, raw->len - 1 - from);
        kept += raw->len - 1 - from;
    }
    room[kept++] = 0;
    size = BSON_UINT32_TO_LE(kept);
    memcpy(room, &size, sizeof(size));
    out->bson = (struct bson_bytes){room, kept};
}

/* What somebody else put there has no etag: this one changes whenever the document does. */
static void make_etag(struct stored *out)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[SHA_DIGEST_LENGTH];

    SHA1(out->bson.data, out->bson.len, sum);
    for (size_t i = 0; i < sizeof(sum); i++) {
        out->etag[2 * i] = digits[sum[i] >> 4];
        out->etag[2 * i + 1] = digits[sum[i] & 15];
    }
    out->etag[ETAG_SIZE - 1] = '\0';
}

/* Whether it can be walked through to its end, and so can what it holds. Names and texts that are
 * not UTF-8, which servers keep, are. */
static bool is_whole(const uint8_t *data, uint32_t len, int depth)
{
    bson_iter_t iter;

    if (depth == MAX_NESTING || !bson_iter_init_from_data(&iter, data, len))
        return false;
    while (bson_iter_next(&iter)) {
        const uint8_t *inner = NULL;
        uint32_t size;

        if (BSON_ITER_HOLDS_DOCUMENT(&iter))
            bson_iter_document(&iter, &size, &inner);
        else if (BSON_ITER_HOLDS_ARRAY(&iter))
            bson_iter_array(&iter, &size, &inner);
        if (inner && !is_whole(inner, size, depth + 1))
            return false;
    }
    return !iter.err_off;
}

bool stored_read(const struct table *table, const bson_t *raw, struct arena *arena,
                 struct stored *out, struct error *err)
{
    memset(out, 0, sizeof(*out));
    if (!is_whole(bson_get_data(raw), raw->len, 0))
        return fail(err, ERROR_INTERNAL, "a document of %s cannot be read",
                    table->collection->name);
    take_members(table, raw, arena_alloc(arena, raw->len), out);
    if (!out->marked)
        make_etag(out);
    return true;
}

/* -- looking ----------------------------------------------------------------------------------- */

bson_value_t stored_id(const struct bson_bytes *document)
{
    bson_value_t id = {.value_type = BSON_TYPE_EOD};

    document_get(document->data, document->len, "_id", &id);
    return id;
}

bool stored_is_deleted(const struct table *table, const struct bson_bytes *document)
{
    bson_value_t value;

    return table->deleted && document_get(document->data, document->len, table->deleted, &value) &&
           value.value_type == BSON_TYPE_BOOL && value.value.v_bool;
}

bool stored_is_expired(const struct table *table, const struct bson_bytes *document)
{
    bson_value_t value;

    return table->expires && document_get(document->data, document->len, table->expires, &value) &&
           value.value_type == BSON_TYPE_DATE_TIME && value.value.v_datetime <= clock_now_ms();
}

void stored_show(const struct table *table, const struct stored *stored, struct document *out)
{
    const struct store_text *text = table->collection->text;
    struct buf made = {0};

    out->bson = stored->bson.data;
    out->len = stored->bson.len;
    out->text = NULL;
    out->text_len = 0;
    out->deleted = stored_is_deleted(table, &stored->bson);
    memcpy(out->etag, stored->etag, ETAG_SIZE);
    out->created_ms = stored->created_ms;
    out->updated_ms = stored->updated_ms;
    out->rank = 0;
    if (!out->as_text || !text)
        return;
    text->write(text->context, out, &made);
    out->text = arena_copy(out->arena, buf_text(&made), made.len + 1);
    out->text_len = made.len;
    out->bson = NULL;
    out->len = 0;
    buf_release(&made);
}

void stored_tell(const struct table *table, const struct stored *stored, struct document *out)
{
    struct stored copy = *stored;

    copy.bson.data = (const uint8_t *)arena_copy(out->arena, stored->bson.data, stored->bson.len);
    stored_show(table, &copy, out);
}

/* -- writing ----------------------------------------------------------------------------------- */

static void add_word(bson_t *list, uint32_t *count, const char *word, size_t len)
{
    bson_value_t value = {.value_type = BSON_TYPE_UTF8};

    value.value.v_utf8.str = (char *)(uintptr_t)word; /* only read */
    value.value.v_utf8.len = (uint32_t)len;
    query_list_value(list, count, &value);
}

static void add_words(const struct table *table, const struct bson_bytes *document, bson_t *list)
{
    struct buf words = {0};
    uint32_t count = 0;

    for (size_t i = 0; i < table->searched_count; i++) {
        bson_value_t value;

        if (i)
            add_word(list, &count, "", 0);
        words.len = 0;
        if (document_get(document->data, document->len, table->searched[i], &value) &&
            value.value_type == BSON_TYPE_UTF8)
            words_analyse(&words, value.value.v_utf8.str, value.value.v_utf8.len);
        for (size_t at = 0; at < words.len;) {
            const char *end = memchr(words.data + at, ' ', words.len - at);
            size_t len = end ? (size_t)(end - (words.data + at)) : words.len - at;

            add_word(list, &count, words.data + at, len);
            at += len + 1;
        }
    }
    buf_release(&words);
}

void stored_hidden(const struct table *table, const struct bson_bytes *document, bson_t *out)
{
    bson_t list;

    if (table->collection->bare)
        return;
    if (table->searched_count) {
        bson_append_array_begin(out, "_words", 6, &list);
        add_words(table, document, &list);
        bson_append_array_end(out, &list);
    }
    if (table->deleted && !stored_is_deleted(table, document))
        bson_append_bool(out, "_live", 5, true);
}

void stored_write(const struct table *table, const struct stored *stored, bson_t *out)
{
    bson_t document;

    bson_init(out);
    if (bson_init_static(&document, stored->bson.data, stored->bson.len))
        bson_concat(out, &document);
    if (table->collection->bare)
        return;
    bson_append_utf8(out, "_etag", 5, stored->etag, ETAG_SIZE - 1);
    bson_append_date_time(out, "_created", 8, stored->created_ms);
    bson_append_date_time(out, "_updated", 8, stored->updated_ms);
    stored_hidden(table, &stored->bson, out);
}
