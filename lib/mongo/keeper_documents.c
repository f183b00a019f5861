/* SPDX-License-Identifier: MIT */
/* Documents that others have changed get the hidden members they should have. On the keeper's
 * thread. */
#include "keeper.h"

#include "../clock.h"
#include "../log.h"

#include <inttypes.h>

enum { QUIET_US = 60000000 };

/* Not more than a line a minute. */
static bool may_tell(struct keeper *keeper)
{
    int64_t now_us = clock_monotonic_us();

    if (now_us < keeper->quiet_until_us)
        return false;
    keeper->quiet_until_us = now_us + QUIET_US;
    return true;
}

static void tell_pass(struct keeper *keeper, const struct pass *pass)
{
    const char *name = pass->preparing.table->collection->name;

    if (pass->refused && may_tell(keeper))
        log_error("%s: %" PRId64 " documents of others are not searched or counted as they should: "
                  "%s",
                  name, pass->refused, pass->refusal.message);
    else if (pass->too_large && may_tell(keeper))
        log_warn("%s: %" PRId64 " documents of others are too large to be searched", name,
                 pass->too_large);
}

bool keeper_look_at_noted(struct keeper *keeper, struct error *err)
{
    bson_t query = BSON_INITIALIZER;
    struct table *table = keeper_take_noted(keeper, &query);
    struct preparing preparing;
    struct pass pass;
    bool more = true, ok = true;

    keeper_prepare(keeper, table, &preparing);
    pass_open(&pass, &preparing, &query);
    while (ok && more)
        ok = pass_step(&pass, &more, err);
    tell_pass(keeper, &pass);
    pass_close(&pass);
    mongoc_collection_destroy(preparing.collection);
    bson_destroy(&query);
    if (ok || err->kind != ERROR_BUSY)
        keeper_drop_taken(keeper);
    return ok;
}

/* -- whole collections ------------------------------------------------------------------------- */

void keeper_end_whole(struct keeper *keeper)
{
    mongoc_collection_t *collection = keeper->pass.preparing.collection;

    if (!keeper->passing)
        return;
    pass_close(&keeper->pass);
    mongoc_collection_destroy(collection);
    keeper->passing = false;
}

static void begin_whole(struct keeper *keeper, struct table *table)
{
    struct preparing preparing;
    bson_t all = BSON_INITIALIZER;

    keeper_prepare(keeper, table, &preparing);
    pass_open(&keeper->pass, &preparing, &all);
    keeper->passing = true;
    bson_destroy(&all);
}

/* Some documents on: those that others change meanwhile come between. */
bool keeper_look_at_more(struct keeper *keeper, struct error *err)
{
    struct pass *pass = &keeper->pass;
    struct table *table;
    bool more = false, ok;

    if (!keeper->passing) {
        table = keeper_take_whole(keeper);
        if (!table)
            return true;
        begin_whole(keeper, table);
    }
    ok = pass_step(pass, &more, err);
    if (ok ? more : err->kind == ERROR_BUSY)
        return ok;
    tell_pass(keeper, pass);
    if (pass->changed)
        log_info("%s: %" PRId64 " documents of others got what searching and deleting look at",
                 pass->preparing.table->collection->name, pass->changed);
    keeper_end_whole(keeper);
    return ok;
}
