/* SPDX-License-Identifier: MIT */
/* What every store must do: a suite that runs on an address. A test program says where
 * (contract_address), includes the parts and lists contract_tests. Each test gets a store of its
 * own. */
#ifndef STORE_CONTRACT_H
#define STORE_CONTRACT_H

#include "../clock.h"
#include "../document.h"
#include "../store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* -- declarations ------------------------------------------------------------------------------ */

static const struct store_field post_fields[] = {
    {"id", TYPE_ANY, STORE_UNIQUE},
    {"title", TYPE_TEXT, STORE_REQUIRED | STORE_SEARCHED},
    {"body", TYPE_TEXT, STORE_SEARCHED},
    {"author", TYPE_TEXT, STORE_INDEXED},
    {"score", TYPE_INT, STORE_INDEXED},
    {"ratio", TYPE_NUMBER, 0},
    {"over_18", TYPE_BOOL, 0},
    {"at", TYPE_DATE, STORE_INDEXED},
    {"meta.lang", TYPE_TEXT, STORE_INDEXED},
    {"topics", TYPE_LIST, 0},
};
static const struct store_index post_indexes[] = {{{"author", "score"}}};
static const struct collection posts = {.name = "posts",
                                        .id_type = TYPE_OBJECT_ID,
                                        .fields = post_fields,
                                        .field_count = 10,
                                        .indexes = post_indexes,
                                        .index_count = 1};

static const struct store_field like_fields[] = {{"post", TYPE_TEXT, STORE_INDEXED},
                                                 {"user", TYPE_TEXT, 0}};
static const struct collection likes = {
    .name = "likes", .id_type = TYPE_TEXT, .fields = like_fields, .field_count = 2};

static const struct store_field total_fields[] = {{"likes", TYPE_INT, 0}};
static const struct collection totals = {
    .name = "like_totals", .id_type = TYPE_TEXT, .fields = total_fields, .field_count = 1};

static const struct store_field session_fields[] = {{"expires", TYPE_DATE, STORE_EXPIRES},
                                                    {"user", TYPE_TEXT, STORE_UNIQUE}};
static const struct collection sessions = {
    .name = "sessions", .id_type = TYPE_TEXT, .fields = session_fields, .field_count = 2};

static const struct collection numbered = {.name = "numbered", .id_type = TYPE_INT};

static const struct collection plain = {.name = "plain", .id_type = TYPE_TEXT};
static const struct collection things = {.name = "things", .id_type = TYPE_OBJECT_ID};

/* With a text that shows all it is made of. */
static void write_letter(const void *context, const struct document *document, struct buf *out)
{
    buf_printf(out, "%s|%s|%lld|%lld|%d|", (const char *)context, document->etag,
               (long long)document->created_ms, (long long)document->updated_ms, document->deleted);
    buf_add(out, document->bson, document->len);
}

static const struct store_field letter_fields[] = {
    {"to", TYPE_TEXT, STORE_UNIQUE},
    {"pages", TYPE_INT, STORE_INDEXED},
    {"body", TYPE_TEXT, STORE_SEARCHED},
    {"burnt", TYPE_BOOL, STORE_DELETED},
};
static const struct store_text letter_text = {
    .shape = UINT64_C(1) << 63, .write = write_letter, .context = "letter"};
static const struct collection letters = {.name = "letters",
                                          .id_type = TYPE_TEXT,
                                          .fields = letter_fields,
                                          .field_count = 4,
                                          .text = &letter_text};

static void write_nothing(const void *context, const struct document *document, struct buf *out)
{
    (void)context;
    (void)document;
    (void)out;
}

static const struct store_text blank_text = {.shape = 7, .write = write_nothing};
static const struct collection blanks = {
    .name = "blanks", .id_type = TYPE_TEXT, .text = &blank_text};

static const struct collection *const collections[] = {
    &posts, &likes, &totals, &sessions, &numbered, &plain, &things, &letters, &blanks};

/* -- the place --------------------------------------------------------------------------------- */

/* A fresh address for each test, by the including program. */
static const char *contract_address(void);
/* How many of so many rounds of random trials there is time for on this store. */
static int contract_rounds(int usual);
/* Whether the server under the store is known to answer such a filter wrongly. */
static bool contract_excuses(const struct filter *filter);

/* A server that tests share with much else is slow at times. */
enum { CONTRACT_TIMEOUT_MS = 60000 };

struct place {
    struct store *store;
    struct arena arena;
    struct error err;
};

static int open_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    struct store_options options = {.queue = 1000, .timeout_ms = CONTRACT_TIMEOUT_MS};

    assert_non_null(place);
    place->store = store_open(contract_address(), &options, &place->err);
    if (!place->store)
        fail_msg("%s", place->err.message);
    if (!store_prepare(place->store, collections, sizeof(collections) / sizeof(collections[0]),
                       &place->err))
        fail_msg("%s", place->err.message);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    store_close(place->store);
    arena_release(&place->arena);
    free(place);
    clock_shift_ms(0);
    return 0;
}

/* -- changes, each a work of its own ----------------------------------------------------------- */

enum act { ACT_INSERT, ACT_REPLACE, ACT_UPDATE, ACT_DELETE, ACT_DELETE_WHERE };

struct action {
    enum act act;
    const struct collection *collection;
    struct key key;
    const bson_t *document;
    struct document *after; /* of an insert */
    struct replacement replacement;
    struct update update;
    const char *if_etag;
    const struct filter *where;
    int64_t deleted;
};

static bool do_action(void *context, struct store *store, struct error *err)
{
    struct action *action = context;

    switch (action->act) {
    case ACT_INSERT:
        return store_insert(store, action->collection, action->document, action->after, err);
    case ACT_REPLACE:
        return store_replace(store, action->collection, action->key, &action->replacement, err);
    case ACT_UPDATE:
        return store_update(store, action->collection, action->key, &action->update, err);
    case ACT_DELETE:
        return store_delete(store, action->collection, action->key, action->if_etag, err);
    case ACT_DELETE_WHERE:
        return store_delete_where(store, action->collection, action->where, &action->deleted, err);
    }
    return false;
}

static bool act(struct place *place, struct action action)
{
    place->err = (struct error){0};
    return store_write(place->store, do_action, &action, &place->err);
}

/* Takes the document. */
static bool insert(struct place *place, const struct collection *collection, bson_t *document)
{
    bool ok = act(
        place, (struct action){.act = ACT_INSERT, .collection = collection, .document = document});

    bson_destroy(document);
    return ok;
}

static bool replace(struct place *place, const struct collection *collection, struct key key,
                    bson_t *document, const char *if_etag)
{
    bool ok =
        act(place, (struct action){.act = ACT_REPLACE,
                                   .collection = collection,
                                   .key = key,
                                   .replacement = {.document = document, .if_etag = if_etag}});

    bson_destroy(document);
    return ok;
}

static bool change(struct place *place, const struct collection *collection, struct key key,
                   struct change one, bool upsert)
{
    return act(place, (struct action){.act = ACT_UPDATE,
                                      .collection = collection,
                                      .key = key,
                                      .update = {.changes = &one, .count = 1, .upsert = upsert}});
}

#define must(place, call)                                                                          \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s", (place)->err.message);                                                  \
    } while (0)

static void must_fail(struct place *place, bool ok, enum error_kind kind, const char *says)
{
    assert_false(ok);
    if (place->err.kind != kind || !strstr(place->err.message, says))
        fail_msg("kind %d: %s", place->err.kind, place->err.message);
}

/* -- reading ----------------------------------------------------------------------------------- */

static struct document get(struct place *place, const struct collection *collection, struct key key)
{
    struct document document = {.arena = &place->arena};

    must(place, store_get(place->store, collection, key, &document, &place->err));
    return document;
}

static bool is_there(struct place *place, const struct collection *collection, struct key key)
{
    struct document document = {.arena = &place->arena};

    place->err = (struct error){0};
    if (store_get(place->store, collection, key, &document, &place->err))
        return true;
    if (place->err.kind != ERROR_NOT_FOUND)
        fail_msg("%s", place->err.message);
    return false;
}

static int64_t number_in(const struct document *document, const char *path)
{
    bson_value_t value = {0};

    assert_true(document_get(document->bson, document->len, path, &value));
    return value.value_type == BSON_TYPE_INT32 ? value.value.v_int32 : value.value.v_int64;
}

static const char *text_in(const struct document *document, const char *path)
{
    bson_value_t value = {0};

    assert_true(document_get(document->bson, document->len, path, &value));
    assert_int_equal(value.value_type, BSON_TYPE_UTF8);
    return value.value.v_utf8.str;
}

static struct documents find(struct place *place, const struct collection *collection,
                             struct query query)
{
    struct documents found = {.arena = &place->arena};

    if (!query.limit)
        query.limit = 1000;
    must(place, store_find(place->store, collection, &query, &found, &place->err));
    return found;
}

static int64_t count(struct place *place, const struct collection *collection,
                     const struct filter *where)
{
    int64_t number = -1;

    must(place, store_count(place->store, collection, where, &number, &place->err));
    return number;
}

#endif
