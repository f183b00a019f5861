/* SPDX-License-Identifier: MIT */
/* A work's life on its thread: it runs and its changes are collected; then they are sent. One
 * change alone is sent as it is, which is atomic. Several, or what had to be sent sooner because
 * the work wanted to read it, go in a transaction.
 *
 * A change of a document is made only if the document still is what the work saw (its etag, see
 * sending.c). Where it is not, where the server says that transactions met, or where a unique value
 * is taken after all, the work is run again from the start, in the latter case carefully: each
 * change then asks first, so that the work is told (https://www.mongodb.com/docs/manual/core/
 * transactions/, TransientTransactionError and UnknownTransactionCommitResult). */
#include "turn.h"

#include "../clock.h"
#include "../random.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MAX_RUNS = 50,
    MAX_IN_VAIN = 3,
    LONGEST_PAUSE_MS = 64,
    MAX_CLAIMS = 1000, /* a work that changes more does without for the rest */
    MAX_WAITS = 10,    /* and so does one that met others so often */
};

static _Thread_local struct turn *current;

struct turn *turn_here(void)
{
    return current;
}

/* -- what goes wrong --------------------------------------------------------------------------- */

bool turn_spoil(struct turn *turn, const struct error *err)
{
    if (!turn->spoilt) {
        turn->spoilt = true;
        turn->err = *err;
    }
    return false;
}

bool turn_unknown(struct turn *turn, struct error *err)
{
    client_busy(err, "the store did not answer: the change may have been made or not");
    return turn_spoil(turn, err);
}

static bool fail_met(struct error *err)
{
    return client_busy(err, "others change the same documents");
}

bool turn_repeat(struct turn *turn, bool carefully, struct error *err)
{
    if (carefully && turn->careful && ++turn->in_vain == MAX_IN_VAIN) {
        fail(err, ERROR_REFUSED, "taken by another: a value");
        return turn_spoil(turn, err);
    }
    if (carefully)
        turn->careful = true;
    fail_met(err);
    turn->again = true;
    return turn_spoil(turn, err);
}

static bool has_label(const bson_t *reply, const char *label)
{
    return reply && mongoc_error_has_label(reply, label);
}

void turn_note(const bson_error_t *error, const bson_t *reply)
{
    if (!current)
        return;
    if (has_label(reply, "TransientTransactionError"))
        current->again = true;
    if (error->code == CODE_DUPLICATE) {
        current->again = true;
        current->careful = true;
    }
}

/* -- its changes ------------------------------------------------------------------------------- */

struct turn *turn_changing(struct store *base, struct error *err)
{
    struct mongo_store *store = mongo_of(base);

    if (store->options.read_only)
        fail(err, ERROR_INTERNAL, "the store %s is open for reading only", store->address);
    else if (!current || current->store != store)
        fail(err, ERROR_INTERNAL, "the store is changed inside a work only");
    else if (current->spoilt)
        *err = current->err;
    else
        return current;
    return NULL;
}

bool turn_begin_transaction(struct turn *turn, struct error *err)
{
    mongoc_read_concern_t *snapshot;
    mongoc_transaction_opt_t *options;
    bson_error_t error;

    if (turn->in_transaction || !turn->store->transactions)
        return true;
    if (!turn->session)
        turn->session = mongoc_client_start_session(turn->client, NULL, &error);
    if (!turn->session) {
        client_fail(turn->store, &error, NULL, err);
        return turn_spoil(turn, err);
    }
    snapshot = mongoc_read_concern_new();
    options = mongoc_transaction_opts_new();
    mongoc_read_concern_set_level(snapshot, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
    mongoc_transaction_opts_set_read_concern(options, snapshot);
    turn->in_transaction = mongoc_client_session_start_transaction(turn->session, options, &error);
    mongoc_transaction_opts_destroy(options);
    mongoc_read_concern_destroy(snapshot);
    if (turn->in_transaction)
        return true;
    client_fail(turn->store, &error, NULL, err);
    return turn_spoil(turn, err);
}

bool turn_claim(struct turn *turn, const struct table *table, const bson_value_t *id,
                struct error *err)
{
    /* Without transactions what was changed is changed. */
    bool may_wait =
        turn->work->waits < MAX_WAITS && (turn->store->transactions || turn->count == 0);
    struct claim_key key;
    enum claim_answer answer;

    if (turn->claimed == MAX_CLAIMS)
        return true;
    key = claims_key(&turn->arena, table, id);
    answer = works_claim(turn->store, turn->work, &key);
    if (answer == CLAIM_TAKEN)
        turn->claimed++;
    if (answer != CLAIM_REFUSED || !may_wait)
        return true;
    turn->awaited = key;
    turn->parked = true;
    fail_met(err);
    return turn_spoil(turn, err);
}

static void append(struct turn *turn, const struct entry *entry)
{
    turn->entries =
        arena_grow(&turn->arena, turn->entries, turn->count, &turn->room, sizeof(*turn->entries));
    turn->entries[turn->count++] = *entry;
}

bool turn_add(struct turn *turn, const struct entry *entry, struct error *err)
{
    if (!turn_claim(turn, entry->table, &entry->id, err))
        return false;
    append(turn, entry);
    return turn->store->transactions || sending_flush(turn, err);
}

bool turn_undo(struct turn *turn, size_t count, struct error *err)
{
    size_t sent = turn->sent;

    if (turn->spoilt) {
        *err = turn->err;
        return false;
    }
    if (!turn->store->transactions)
        return true;
    if (sent <= count) {
        turn->count = count;
        return true;
    }
    /* The server has some of them: they are changed back, newest first. */
    turn->count = sent;
    for (size_t i = sent; i-- > count;) {
        struct entry back = turn->entries[i];

        back.was = turn->entries[i].is;
        back.before = turn->entries[i].after;
        back.is = turn->entries[i].was;
        back.after = turn->entries[i].before;
        append(turn, &back);
    }
    return sending_flush(turn, err);
}

bool turn_borrow(struct turn *turn, const struct table *table, mongoc_client_t **client,
                 mongoc_client_session_t **session, struct error *err)
{
    if (turn->spoilt) {
        *err = turn->err;
        return false;
    }
    for (size_t i = turn->sent; table && i < turn->count; i++) {
        if (turn->entries[i].table != table)
            continue;
        if (!turn_begin_transaction(turn, err) || !sending_flush(turn, err))
            return false;
        break;
    }
    *client = turn->client;
    *session = turn->in_transaction ? turn->session : NULL;
    return true;
}

/* -- its end ----------------------------------------------------------------------------------- */

enum outcome { COMMITTED, REFUSED, FAILED, AGAIN, PARKED };

static void abort_transaction(struct turn *turn)
{
    if (turn->in_transaction)
        mongoc_client_session_abort_transaction(turn->session, NULL);
    turn->in_transaction = false;
}

/* Where one try ended without an answer it may have been done, and no later answer but success
 * tells: a server that was started again may have forgotten the transaction. libmongoc tries a
 * second time by itself and tells of that one alone. It is asked beyond the work's time, rather
 * than not known. */
static bool commit(struct turn *turn, struct error *err)
{
    int64_t until_us = turn->until_us + 1000 * (int64_t)turn->store->options.timeout_ms;
    bson_error_t error;
    bson_t reply;
    bool ok, unknown, ever = false;

    do {
        ok = mongoc_client_session_commit_transaction(turn->session, &reply, &error);
        unknown = !ok && has_label(&reply, "UnknownTransactionCommitResult");
        ever |= unknown || (!ok && error.code == CODE_NO_TRANSACTION);
        if (ok)
            client_answered(turn->store);
        else
            client_fail(turn->store, &error, &reply, err);
        bson_destroy(&reply);
    } while (unknown && clock_monotonic_us() < until_us);
    turn->in_transaction = false;
    if (!ok && ever) {
        turn->again = false;
        return turn_unknown(turn, err);
    }
    return ok || turn_spoil(turn, err);
}

static void tell_versions(struct turn *turn)
{
    bool told[MAX_COLLECTIONS] = {false};

    /* First: who sees a version grow finds the change in the feed. */
    if (turn->count)
        tailer_committed(turn->store);
    for (size_t i = 0; i < turn->count; i++) {
        struct table *table = turn->entries[i].table;

        if (!told[table - turn->store->tables])
            atomic_fetch_add(&table->version, 1);
        told[table - turn->store->tables] = true;
    }
}

static enum outcome end(struct turn *turn, bool ok, struct error *err)
{
    bool several = turn->count > 1 && turn->store->transactions;

    if (!turn->spoilt && ok && (!several || turn_begin_transaction(turn, err)) &&
        sending_flush(turn, err) && (!turn->in_transaction || commit(turn, err))) {
        tell_versions(turn);
        return COMMITTED;
    }
    abort_transaction(turn);
    if (!turn->store->transactions)
        tell_versions(turn);
    if (!turn->spoilt) {
        *err = (struct error){0};
        return REFUSED;
    }
    *err = turn->err;
    return turn->parked ? PARKED : turn->again ? AGAIN : FAILED;
}

static void begin(struct turn *turn)
{
    struct turn fresh = {.store = turn->store,
                         .work = turn->work,
                         .until_us = turn->until_us,
                         .client = turn->client,
                         .session = turn->session,
                         .careful = turn->careful,
                         .in_vain = turn->in_vain,
                         .claimed = turn->claimed,
                         .arena = turn->arena};

    arena_clear(&fresh.arena);
    *turn = fresh;
}

/* Some time by chance, longer each time, so that those who met do not meet again. */
static void pause_before(int run)
{
    int most = 1 << (run < 6 ? run : 6);
    unsigned char chance;
    struct timespec time = {0};

    random_bytes(&chance, 1);
    if (most > LONGEST_PAUSE_MS)
        most = LONGEST_PAUSE_MS;
    time.tv_nsec = 1000000L * most * chance / 256;
    nanosleep(&time, NULL);
}

/* Run the work once. */
static enum outcome run_once(struct turn *turn, struct error *err)
{
    enum outcome outcome;
    bool ok;

    begin(turn);
    current = turn;
    ok = turn->work->run(turn->work, &turn->store->store);
    outcome = end(turn, ok, err);
    current = NULL;
    if (outcome != PARKED || works_park(turn->store, turn->work, &turn->awaited))
        return outcome;
    turn->claimed = 1;
    return AGAIN;
}

enum turn_end turn_run(struct mongo_store *store, struct store_work *work, struct error *err)
{
    struct turn turn = {.store = store, .work = work};
    enum outcome outcome = AGAIN;

    turn.until_us = clock_monotonic_us() + 1000 * (int64_t)store->options.timeout_ms;
    turn.client = client_pop(store, err);
    if (!turn.client)
        return TURN_FAILED;
    for (int run = 0; outcome == AGAIN && run < MAX_RUNS && clock_monotonic_us() < turn.until_us;) {
        if (run)
            pause_before(run);
        outcome = run_once(&turn, err);
        if (!turn.parked)
            run++;
    }
    if (turn.session)
        mongoc_client_session_destroy(turn.session);
    client_push(store, turn.client);
    arena_release(&turn.arena);
    if (outcome == AGAIN && err->kind != ERROR_BUSY) /* nor may who waits for it be left in vain */
        fail_met(err);
    if (outcome == PARKED)
        return TURN_PARKED;
    return outcome == COMMITTED ? TURN_COMMITTED : TURN_FAILED;
}
