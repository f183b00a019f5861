/* SPDX-License-Identifier: MIT */
#include "loader.h"

#include "../../lib/clock.h"
#include "batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A transaction holds other writers up: it is to take AIM_US, and never much longer than LONG_US.
 */
enum { FEWEST_RECORDS = 16, AIM_US = 20000, LONG_US = 40000 };
enum { MOST_BYTES = 1 << 20, PROGRESS_US = 200000 };

struct loader {
    struct store *store;
    FILE *complaints;
    const char *file;
    struct intake intake;
    enum loader_mode mode;
    struct batch batches[2]; /* one is filled while the other is written */
    size_t filling;
    size_t most; /* records a transaction, as measured */
    struct arena arena;
    struct loader_counts counts;
    struct error err;  /* kind is ERROR_NONE unless the store failed */
    uint64_t bad_line; /* with LOADER_INSIDE; 0: none */
    char bad[256];
    bool terminal;
    int64_t shown_us;
};

/* -- telling ------------------------------------------------------------------------------------
 */

static void clear_progress(struct loader *loader)
{
    if (loader->terminal && loader->shown_us)
        fputs("\r\033[K", loader->complaints);
    loader->shown_us = 0;
}

static void show_progress(struct loader *loader)
{
    const struct loader_counts *counts = &loader->counts;
    int64_t now = clock_monotonic_us();

    if (!loader->terminal || now - loader->shown_us < PROGRESS_US)
        return;
    loader->shown_us = now;
    fprintf(loader->complaints, "\r%s: %" PRIu64 " posts", loader->file,
            counts->added + counts->changed + counts->equal);
    fflush(loader->complaints);
}

static void complain(struct loader *loader, uint64_t line, const char *why)
{
    clear_progress(loader);
    fprintf(loader->complaints, "%s:%" PRIu64 ": %s\n", loader->file, line, why);
}

void loader_complain(struct loader *loader)
{
    if (loader->bad_line)
        complain(loader, loader->bad_line, loader->bad);
    loader->bad_line = 0;
}

static void count_result(struct loader *loader, enum put_result result)
{
    loader->counts.added += result == PUT_ADDED;
    loader->counts.changed += result == PUT_CHANGED;
    loader->counts.equal += result == PUT_EQUAL;
    loader->counts.bad += result == PUT_REFUSED;
}

/* -- batches ------------------------------------------------------------------------------------
 */

/* The next batch takes about AIM_US if this one took as long as it did. */
static void adapt(struct loader *loader, const struct batch *batch)
{
    if (batch->took_us > LONG_US)
        loader->most = batch->count / 2;
    else if (batch->took_us < AIM_US && batch->count >= loader->most)
        loader->most = batch->count * 3 / 2;
    if (loader->most > BATCH_MOST_RECORDS)
        loader->most = BATCH_MOST_RECORDS;
    if (loader->most < FEWEST_RECORDS)
        loader->most = FEWEST_RECORDS;
}

/* Wait for the batch that is being written and tell of it. */
static bool collect(struct loader *loader, struct error *err)
{
    struct batch *batch = &loader->batches[!loader->filling];

    if (!batch->count)
        return true;
    if (!batch_wait(batch, err)) {
        loader->err = *err;
        batch_clear(batch);
        return false;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_record *record = &batch->records[i];

        count_result(loader, record->result);
        if (record->result == PUT_REFUSED)
            complain(loader, record->line, record->why ? record->why : "refused");
    }
    adapt(loader, batch);
    batch_clear(batch);
    show_progress(loader);
    return true;
}

/* Have the full batch written, once the one before it is, and go on with the other. */
static bool hand_over(struct loader *loader, struct error *err)
{
    if (!collect(loader, err))
        return false;
    if (!batch_start(&loader->batches[loader->filling], loader->store, err)) {
        loader->err = *err;
        return false;
    }
    loader->filling = !loader->filling;
    return true;
}

bool loader_flush(struct loader *loader, struct error *err)
{
    if (loader_failed(loader, err))
        return false;
    if (loader->batches[loader->filling].count && !hand_over(loader, err))
        return false;
    return collect(loader, err);
}

/* -- the intake ---------------------------------------------------------------------------------
 */

static bool take_bad(void *context, uint64_t line, const char *why)
{
    struct loader *loader = context;
    struct error err;

    if (loader->mode == LOADER_BATCHES && !loader_flush(loader, &err))
        return false;
    loader->counts.bad++;
    if (loader->mode == LOADER_INSIDE) {
        loader->bad_line = line;
        snprintf(loader->bad, sizeof(loader->bad), "%s", why);
        return false;
    }
    complain(loader, line, why);
    return loader->mode == LOADER_BATCHES;
}

static bool put_inside(struct loader *loader, const bson_t *document, const char *question,
                       uint64_t line)
{
    struct error err;
    enum put_result result;

    arena_clear(&loader->arena);
    result = put_post(loader->store, document, question, &loader->arena, &err);
    if (result == PUT_REFUSED)
        return take_bad(loader, line, err.message);
    if (result == PUT_FAILED)
        loader->err = err;
    count_result(loader, result);
    show_progress(loader);
    return result != PUT_FAILED;
}

static bool take_post(void *context, const bson_t *document, const char *question, uint64_t line)
{
    struct loader *loader = context;
    struct batch *batch;
    struct error err;

    if (loader->mode == LOADER_CHECKS)
        return true;
    if (loader->mode == LOADER_INSIDE)
        return put_inside(loader, document, question, line);
    batch = &loader->batches[loader->filling];
    batch_add(batch, document, question, line);
    if (batch->count < loader->most && batch->bytes < MOST_BYTES)
        return true;
    return hand_over(loader, &err);
}

static void take_left_out(void *context)
{
    struct loader *loader = context;

    loader->counts.left_out++;
}

/* -- opening and settings -----------------------------------------------------------------------
 */

struct loader *loader_open(struct store *store, FILE *complaints)
{
    struct loader *loader = calloc(1, sizeof(*loader));

    if (!loader)
        abort();
    loader->store = store;
    loader->complaints = complaints;
    loader->terminal = isatty(fileno(complaints));
    loader->file = "";
    loader->most = 256;
    batch_init(&loader->batches[0]);
    batch_init(&loader->batches[1]);
    loader->intake = (struct intake){loader, take_post, take_bad, take_left_out};
    return loader;
}

void loader_quiet(struct loader *loader)
{
    clear_progress(loader);
}

void loader_close(struct loader *loader)
{
    struct error err;

    if (!loader)
        return;
    clear_progress(loader);
    batch_wait(&loader->batches[!loader->filling], &err);
    batch_release(&loader->batches[0]);
    batch_release(&loader->batches[1]);
    arena_release(&loader->arena);
    free(loader);
}

const struct intake *loader_intake(struct loader *loader)
{
    return &loader->intake;
}

void loader_file(struct loader *loader, const char *name)
{
    loader->file = name;
}

bool loader_failed(const struct loader *loader, struct error *err)
{
    if (loader->err.kind == ERROR_NONE)
        return false;
    *err = loader->err;
    return true;
}

void loader_mode(struct loader *loader, enum loader_mode mode)
{
    loader->mode = mode;
}

void loader_restart(struct loader *loader)
{
    loader->counts = (struct loader_counts){0};
    loader->err.kind = ERROR_NONE;
    loader->bad_line = 0;
}

struct loader_counts loader_counts(const struct loader *loader)
{
    return loader->counts;
}
