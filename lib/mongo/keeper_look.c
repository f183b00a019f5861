/* SPDX-License-Identifier: MIT */
/* Indexes that somebody has dropped are made again. On the keeper's thread.
 *
 * Each fault is told once: what is missing before it is made, as making may take long, and why it
 * cannot be made. An index by a declared name that is another is told of but left alone: it may be
 * that of a process with other declarations, which would make its own again in turn. A collection
 * that is not there gets no indexes either: who restores it wants to make it himself. */
#include "keeper.h"

#include "../log.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_REST = 16 };

/* The names of what is wrong, as one text. */
static void name_faults(struct looked *looked, struct buf *out)
{
    if (looked->count)
        buf_printf(out, "%s not there", buf_text(&looked->names));
    if (looked->other)
        buf_printf(out, "%s%s not as declared", looked->count ? ", and " : "",
                   buf_text(&looked->others));
}

static void forget(struct kept *kept)
{
    free(kept->told);
    kept->told = NULL;
    kept->failed = false;
    kept->rest = kept->rested = 0;
}

/* Once for the same faults. */
static void tell_faults(const struct preparing *preparing, struct kept *kept, struct looked *looked)
{
    struct buf faults = {0};

    name_faults(looked, &faults);
    if (!kept->told || strcmp(kept->told, buf_text(&faults)) != 0) {
        forget(kept);
        kept->told = strdup(buf_text(&faults));
        if (!kept->told)
            abort();
        log_warn("%s: indexes were dropped or changed: %s%s", preparing->table->collection->name,
                 kept->told,
                 preparing->store->options.read_only ? "; the store is only read"
                 : looked->count                     ? "; what is not there is made again"
                                                     : "");
    }
    buf_release(&faults);
}

/* Nothing is wrong (any more). */
static void tell_none(const struct preparing *preparing, struct kept *kept)
{
    if (kept->failed)
        log_warn("%s: all declared indexes are there again", preparing->table->collection->name);
    forget(kept);
}

/* Trying to make an index that cannot be made costs a way through the collection. */
static bool is_resting(struct kept *kept, bool asked)
{
    if (asked)
        kept->rested = kept->rest;
    if (kept->rested >= kept->rest)
        return false;
    kept->rested++;
    return true;
}

static bool make(const struct preparing *preparing, struct kept *kept, struct looked *looked,
                 struct error *err)
{
    struct error why = {0};

    if (index_make(preparing, looked, &why))
        return true;
    if (why.kind == ERROR_BUSY) {
        *err = why;
        return false;
    }
    if (!kept->failed)
        log_error("%s: %zu of its indexes cannot be made again: %s",
                  preparing->table->collection->name, looked->left, why.message);
    kept->failed = true;
    kept->rest = kept->rest ? 2 * kept->rest : 1;
    if (kept->rest > LONGEST_REST)
        kept->rest = LONGEST_REST;
    kept->rested = 0;
    return true;
}

static bool look_on(struct keeper *keeper, const struct preparing *preparing, bool asked,
                    struct error *err)
{
    struct kept *kept = &keeper->kept[preparing->table - keeper->store->tables];
    struct looked looked;
    bool ok = index_look(preparing, &looked, err);

    if (!ok || !looked.absent)
        atomic_store(&kept->absent, false);
    if (ok && looked.count + looked.other)
        tell_faults(preparing, kept, &looked);
    if (ok && looked.count && !keeper->store->options.read_only && !is_resting(kept, asked))
        ok = make(preparing, kept, &looked, err);
    if (ok && looked.left + looked.other == 0)
        tell_none(preparing, kept);
    if (ok)
        kept->missing = looked.left + looked.other;
    index_looked_end(&looked);
    return ok;
}

bool keeper_look_at(struct keeper *keeper, const struct preparing *preparing, bool asked,
                    struct error *err)
{
    struct kept *kept = &keeper->kept[preparing->table - keeper->store->tables];

    /* Said before it is looked: who inserts into it from now on is noticed. */
    atomic_store(&kept->absent, true);
    return look_on(keeper, preparing, asked, err);
}
