/* SPDX-License-Identifier: MIT */
/* For tests of the embedded store about one collection, cards, that is declared in several ways:
 * with and without a kept text, with and without soft deletion. */
#ifndef STORE_CARDS_H
#define STORE_CARDS_H

#include "store_files.h"

#include <sched.h>

/* -- declarations ------------------------------------------------------------------------------ */

static inline void write_text(const void *context, const struct document *document, struct buf *out)
{
    buf_printf(out, "%s %s %lld %zu", (const char *)context, document->etag,
               (long long)document->updated_ms, document->len);
}

static const struct store_text first_text = {.shape = 1001, .write = write_text, .context = "one"};
static const struct store_text other_text = {.shape = 1002, .write = write_text, .context = "two"};

static const struct store_field plain_fields[] = {{"n", TYPE_INT, STORE_INDEXED},
                                                  {"code", TYPE_TEXT, STORE_UNIQUE}};
static const struct store_field kept_fields[] = {{"n", TYPE_INT, STORE_INDEXED},
                                                 {"code", TYPE_TEXT, STORE_UNIQUE},
                                                 {"gone", TYPE_BOOL, STORE_DELETED}};
static const struct collection plain_cards = {
    .name = "cards", .id_type = TYPE_TEXT, .fields = plain_fields, .field_count = 2};
static const struct collection text_cards = {.name = "cards",
                                             .id_type = TYPE_TEXT,
                                             .fields = plain_fields,
                                             .field_count = 2,
                                             .text = &first_text};
static const struct collection other_cards = {.name = "cards",
                                              .id_type = TYPE_TEXT,
                                              .fields = plain_fields,
                                              .field_count = 2,
                                              .text = &other_text};
static const struct collection kept_cards = {.name = "cards",
                                             .id_type = TYPE_TEXT,
                                             .fields = kept_fields,
                                             .field_count = 3,
                                             .text = &first_text};
static const struct collection bare = {.name = "bare", .id_type = TYPE_TEXT};
static const struct collection bare_texts = {
    .name = "bare", .id_type = TYPE_TEXT, .text = &first_text};

/* -- changes and readings ---------------------------------------------------------------------- */

struct card {
    const struct collection *collection;
    int n;
    const char *code;
    bool gone;
};

static inline bool put_card(void *context, struct store *store, struct error *err)
{
    const struct card *card = context;
    char id[16];
    bson_t *document;
    bool ok;

    snprintf(id, sizeof(id), "%06d", card->n);
    document = BCON_NEW("_id", BCON_UTF8(id), "n", BCON_INT32(card->n), "code",
                        BCON_UTF8(card->code ? card->code : id), "gone", BCON_BOOL(card->gone));
    ok = store_insert(store, card->collection, document, NULL, err);
    bson_destroy(document);
    return ok;
}

static inline void must_put_card(struct store *store, struct card card)
{
    struct error err = {0};

    if (!store_write(store, put_card, &card, &err))
        fail_msg("%s", err.message);
}

/* Every fifth is deleted. */
static inline bool put_cards(void *context, struct store *store, struct error *err)
{
    for (int i = 0; i < 600; i++)
        if (!put_card(&(struct card){context, i, NULL, i % 5 == 0}, store, err))
            return false;
    return true;
}

static inline void must_put_cards(struct store *store, const struct collection *collection)
{
    struct error err = {0};

    if (!store_write(store, put_cards, (void *)(uintptr_t)collection, &err))
        fail_msg("%s", err.message);
}

struct touch {
    const struct collection *collection;
    const char *id;
    const char *path;
    bson_value_t value;
};

static inline bool touch(void *context, struct store *store, struct error *err)
{
    const struct touch *touch = context;
    struct change one = {CHANGE_SET, touch->path, touch->value};
    struct update update = {.changes = &one, .count = 1};

    return store_update(store, touch->collection, key_text(touch->id), &update, err);
}

static inline void must_touch(struct store *store, struct touch change)
{
    struct error err = {0};

    if (!store_write(store, touch, &change, &err))
        fail_msg("%s", err.message);
}

/* That the document's text is of this declaration and of now. */
static inline void check_text(struct store *store, const struct collection *collection,
                              const char *id)
{
    struct arena arena = {0};
    struct document shown = {.arena = &arena, .as_text = true};
    struct document document = {.arena = &arena};
    struct buf text = {0};
    struct error err = {0};

    assert_true(store_get(store, collection, key_text(id), &document, &err));
    assert_true(store_get(store, collection, key_text(id), &shown, &err));
    write_text(collection->text->context, &document, &text);
    assert_null(shown.bson);
    assert_string_equal(shown.text, buf_text(&text));
    buf_release(&text);
    arena_release(&arena);
}

static inline int64_t ask(struct store *store, const char *sql)
{
    struct error err = {0};
    struct connection *connection = connection_here(sqlite_of(store), &err);
    int64_t number = -1;

    if (!connection || !connection_number(connection, sql, &number, &err))
        fail_msg("%s", err.message);
    return number;
}

static inline void wait_until(struct store *store, const char *sql, int64_t number)
{
    int64_t end = clock_monotonic_us() + 10000000;

    while (ask(store, sql) != number && clock_monotonic_us() < end)
        sched_yield();
    assert_int_equal(ask(store, sql), number);
}

static inline int64_t count_too(struct store *store, const struct collection *collection)
{
    struct arena arena = {0};
    struct documents found = {.arena = &arena};
    struct error err = {0};

    if (!store_find(store, collection, &(struct query){.count = true, .deleted_too = true}, &found,
                    &err))
        fail_msg("%s", err.message);
    arena_release(&arena);
    return found.total;
}

static inline void run_sql(struct folder *folder, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(folder->file, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* A file as it was before there were texts and soft deletion. */
static inline void make_old_file(struct folder *folder)
{
    struct store *store = open_with(folder, &plain_cards, (struct store_options){0});

    must_put_cards(store, &plain_cards);
    store_close(store);
    run_sql(folder, "ALTER TABLE decant_tables DROP COLUMN texts;"
                    "ALTER TABLE decant_tables DROP COLUMN gone;"
                    "ALTER TABLE decant_tables DROP COLUMN deleted;"
                    "PRAGMA user_version=1");
}

#endif
