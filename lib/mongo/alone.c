/* SPDX-License-Identifier: MIT */
/* One change, sent by itself. Such a command waits where another's open transaction has changed the
 * document, so it says how long it may, and is none of the driver's helpers, which cannot say it of
 * a replacement. Nor does the driver then send it again where the primary changes or a connection
 * breaks (retryWrites), so that is done here: who sends again meets its own first try, and knows it
 * by the etag, which is new with each change. */
#include "fault.h"
#include "turn.h"

#include "../clock.h"

enum { CODE_OVER_TIME = 50, LARGEST = 16 << 20 };

/* What the server said. */
struct answer {
    bson_t reply;
    bson_error_t error;
    bool ok;
    int64_t met;
};

/* -- the command ------------------------------------------------------------------------------- */

/* Less than a connection is waited for, so that the server says it; and what the work has left. */
static int32_t time_left_ms(const struct turn *turn)
{
    int64_t most_ms = turn->store->options.timeout_ms - turn->store->options.timeout_ms / 4;
    int64_t left_ms = (turn->until_us - clock_monotonic_us()) / 1000;

    if (left_ms > most_ms)
        left_ms = most_ms;
    return left_ms > 1 ? (int32_t)left_ms : 1;
}

static void append_selected(const struct entry *entry, const bson_t *document, bson_t *out)
{
    bson_t one, selector;

    sending_select(entry->table, &entry->id, &entry->before, &selector);
    bson_append_document_begin(out, "0", 1, &one);
    bson_append_document(&one, "q", 1, &selector);
    if (entry->is)
        bson_append_document(&one, "u", 1, document);
    else
        bson_append_int32(&one, "limit", 5, 1);
    bson_append_document_end(out, &one);
    bson_destroy(&selector);
}

static void write_command(const struct turn *turn, const struct entry *entry,
                          const bson_t *document, bson_t *command)
{
    bson_t list;

    bson_init(command);
    bson_append_utf8(command,
                     !entry->was ? "insert"
                     : entry->is ? "update"
                                 : "delete",
                     -1, entry->table->collection->name, -1);
    bson_append_array_begin(command,
                            !entry->was ? "documents"
                            : entry->is ? "updates"
                                        : "deletes",
                            -1, &list);
    if (entry->was)
        append_selected(entry, document, &list);
    else
        bson_append_document(&list, "0", 1, document);
    bson_append_array_end(command, &list);
    bson_append_int32(command, "maxTimeMS", 9, time_left_ms(turn));
}

/* The first of `writeErrors`, which the driver leaves in the reply. */
static bool has_refused(const bson_t *reply, bson_error_t *error)
{
    bson_iter_t iter, first;

    if (!bson_iter_init_find(&iter, reply, "writeErrors") || !BSON_ITER_HOLDS_ARRAY(&iter) ||
        !bson_iter_recurse(&iter, &first) || !bson_iter_next(&first) ||
        !BSON_ITER_HOLDS_DOCUMENT(&first))
        return false;
    bson_set_error(error, MONGOC_ERROR_SERVER, 0, "refused");
    if (bson_iter_recurse(&first, &iter) && bson_iter_find(&iter, "code"))
        error->code = (uint32_t)bson_iter_as_int64(&iter);
    if (bson_iter_recurse(&first, &iter) && bson_iter_find(&iter, "errmsg") &&
        BSON_ITER_HOLDS_UTF8(&iter))
        bson_strncpy(error->message, bson_iter_utf8(&iter, NULL), sizeof(error->message));
    return true;
}

static void send_command(const struct turn *turn, const struct entry *entry, const bson_t *document,
                         struct answer *answer)
{
    bson_iter_t iter;
    bson_t command;

    write_command(turn, entry, document, &command);
    answer->ok =
        mongoc_client_write_command_with_opts(turn->client, turn->store->database, &command, NULL,
                                              &answer->reply, &answer->error) &&
        !has_refused(&answer->reply, &answer->error);
    answer->met = bson_iter_init_find(&iter, &answer->reply, "n") ? bson_iter_as_int64(&iter) : 0;
    bson_destroy(&command);
}

/* -- twice ------------------------------------------------------------------------------------- */

static bool may_go_again(const struct turn *turn, const struct answer *answer)
{
    return !answer->ok && fault_is_passing(&answer->error) &&
           clock_monotonic_us() < turn->until_us &&
           mongoc_uri_get_option_as_bool(turn->store->uri, MONGOC_URI_RETRYWRITES, true);
}

/* Whether some document is so. False with err when it cannot be asked. */
static bool is_there(const struct turn *turn, const struct entry *entry, const bson_t *query,
                     bool *found, struct error *err)
{
    struct reading reading;
    bson_t raw;

    *found = false;
    if (!reading_begin_unsent(&turn->store->store, entry->table->collection, &reading, err))
        return false;
    *found = read_one(&reading, query, &raw, err);
    if (*found)
        bson_destroy(&raw);
    reading_end(&reading);
    return *found || err->kind == ERROR_NOT_FOUND;
}

static bool has_id(const struct turn *turn, const struct entry *entry, bool *found,
                   struct error *err)
{
    bson_t query = BSON_INITIALIZER;
    bool ok;

    bson_append_value(&query, "_id", 3, &entry->id);
    ok = is_there(turn, entry, &query, found, err);
    bson_destroy(&query);
    return ok;
}

/* Whether the document is as the change leaves it. */
static bool has_been_made(const struct turn *turn, const struct entry *entry, bool *made,
                          struct error *err)
{
    bson_t query;
    bool ok;

    if (entry->is) {
        sending_select(entry->table, &entry->id, &entry->after, &query);
        ok = is_there(turn, entry, &query, made, err);
        bson_destroy(&query);
        return ok;
    }
    ok = has_id(turn, entry, made, err);
    *made = !*made;
    return ok;
}

/* The second try met nothing: either the first had made the change, or others were quicker, before
 * it or behind it. */
static bool settle_twice(struct turn *turn, const struct entry *entry, const struct answer *answer,
                         struct error *err)
{
    bool made, taken = false;

    if (!has_been_made(turn, entry, &made, err))
        return turn_unknown(turn, err);
    if (made)
        return true;
    if (answer->ok)
        return turn_unknown(turn, err);
    /* A value is another's. That may be the _id, by the first try, and others have changed the
     * document since. */
    if (!entry->was && (!has_id(turn, entry, &taken, err) || taken))
        return turn_unknown(turn, err);
    return sending_fail(turn, &answer->error, &answer->reply, err);
}

/* -- what became of it ------------------------------------------------------------------------- */

static bool fail_alone(struct turn *turn, const struct answer *answer, bool twice,
                       struct error *err)
{
    mongoc_error_domain_t domain = answer->error.domain;

    if (domain == MONGOC_ERROR_SERVER && answer->error.code == CODE_OVER_TIME) {
        client_answered(turn->store);
        client_busy(err, "others hold the document: it cannot be changed now");
        return turn_spoil(turn, err);
    }
    if (domain != MONGOC_ERROR_STREAM && !(twice && domain == MONGOC_ERROR_SERVER_SELECTION))
        return sending_fail(turn, &answer->error, &answer->reply, err);
    client_fail(turn->store, &answer->error, &answer->reply, err);
    return turn_unknown(turn, err);
}

static bool send_document(struct turn *turn, const struct entry *entry, const bson_t *document,
                          struct error *err)
{
    struct answer answer;
    bool twice, ok;

    send_command(turn, entry, document, &answer);
    twice = may_go_again(turn, &answer);
    if (twice) {
        bson_destroy(&answer.reply);
        send_command(turn, entry, document, &answer);
    }
    if (answer.ok)
        client_answered(turn->store);
    if (answer.ok && answer.met == 1)
        ok = true;
    else if (twice && (answer.ok || answer.error.code == CODE_DUPLICATE))
        ok = settle_twice(turn, entry, &answer, err);
    else
        ok = answer.ok ? turn_repeat(turn, false, err) : fail_alone(turn, &answer, twice, err);
    bson_destroy(&answer.reply);
    return ok;
}

bool alone_send(struct turn *turn, const struct entry *entry, struct error *err)
{
    bson_t document = BSON_INITIALIZER;
    bool ok;

    if (entry->is)
        stored_write(entry->table, &entry->after, &document);
    /* Servers have other names for this with each command. */
    if (document.len > LARGEST) {
        fail(err, ERROR_TOO_LARGE, "the document is larger than the store can keep");
        ok = turn_spoil(turn, err);
    } else {
        ok = send_document(turn, entry, &document, err);
    }
    bson_destroy(&document);
    return ok;
}
