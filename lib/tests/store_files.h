/* SPDX-License-Identifier: MIT */
/* For tests of the embedded store that are about its file: a folder of their own, and stores in it
 * that the test opens and closes itself. */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include "../clock.h"
#include "../store.h"
#include "../store_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct store_field note_fields[] = {
    {"n", TYPE_INT, STORE_INDEXED}, {"name", TYPE_TEXT, 0}, {"until", TYPE_DATE, STORE_EXPIRES}};
static const struct collection notes = {
    .name = "notes", .id_type = TYPE_TEXT, .fields = note_fields, .field_count = 3};
static const struct collection *const only_notes[] = {&notes};

struct folder {
    char path[40];
    char file[64];
    char address[80];
    bool sync_full; /* how open_notes() opens */
    struct error err;
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));

    assert_non_null(folder);
    snprintf(folder->path, sizeof(folder->path), "/tmp/decant-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->file, sizeof(folder->file), "%s/a.db", folder->path);
    snprintf(folder->address, sizeof(folder->address), "sqlite:%s", folder->file);
    *state = folder;
    return 0;
}

static inline int make_durable_folder(void **state)
{
    make_folder(state);
    ((struct folder *)*state)->sync_full = true;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    char command[80];

    snprintf(command, sizeof(command), "rm -rf %s", folder->path);
    assert_int_equal(system(command), 0);
    clock_shift_ms(0);
    free(folder);
    return 0;
}

#define in_folder(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
#define durably(name)                                                                              \
    {                                                                                              \
#name ", durably", name, make_durable_folder, remove_folder, NULL                          \
    }

static struct store *open_with(struct folder *folder, const struct collection *collection,
                               struct store_options options)
{
    struct store *store = store_open(folder->address, &options, &folder->err);

    if (!store)
        fail_msg("%s", folder->err.message);
    if (!store_prepare(store, (const struct collection *const[]){collection}, 1, &folder->err))
        fail_msg("%s", folder->err.message);
    return store;
}

static inline struct store *open_notes(struct folder *folder)
{
    return open_with(folder, &notes,
                     (struct store_options){.queue = 100, .sync_full = folder->sync_full});
}

/* A note of this number, with `bytes` of ballast. */
struct note {
    const struct collection *collection;
    int n;
    size_t ballast;
    int64_t until_ms;
};

static bool put_note(void *context, struct store *store, struct error *err)
{
    const struct note *note = context;
    char id[16], *ballast = calloc(1, note->ballast + 1);
    bson_t document = BSON_INITIALIZER;
    bool ok;

    memset(ballast, 'x', note->ballast);
    snprintf(id, sizeof(id), "%06d", note->n);
    bson_append_utf8(&document, "_id", 3, id, -1);
    bson_append_int32(&document, "n", 1, note->n);
    bson_append_utf8(&document, "ballast", 7, ballast, (int)note->ballast);
    if (note->until_ms)
        bson_append_date_time(&document, "until", 5, note->until_ms);
    ok = store_insert(store, note->collection ? note->collection : &notes, &document, NULL, err);
    bson_destroy(&document);
    free(ballast);
    return ok;
}

static inline bool put(struct store *store, int n, struct error *err)
{
    return store_write(store, put_note, &(struct note){.n = n, .ballast = 10}, err);
}

static inline void must_put(struct store *store, int n)
{
    struct error err = {0};

    if (!put(store, n, &err))
        fail_msg("%s", err.message);
}

static inline bool has(struct store *store, int n)
{
    struct arena arena = {0};
    struct document document = {.arena = &arena};
    struct error err = {0};
    char id[16];
    bool ok;

    snprintf(id, sizeof(id), "%06d", n);
    ok = store_get(store, &notes, key_text(id), &document, &err);
    arena_release(&arena);
    if (!ok && err.kind != ERROR_NOT_FOUND)
        fail_msg("%s", err.message);
    return ok;
}

static inline int64_t count_of(struct store *store, const struct collection *collection,
                               const struct filter *where)
{
    struct error err = {0};
    int64_t number = -1;

    if (!store_count(store, collection, where, &number, &err))
        fail_msg("%s", err.message);
    return number;
}

static inline void must_say(struct folder *folder, bool ok, enum error_kind kind, const char *says)
{
    assert_false(ok);
    if (folder->err.kind != kind || !strstr(folder->err.message, says))
        fail_msg("kind %d: %s", folder->err.kind, folder->err.message);
}

#endif
