/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <string.h>

/* What is told of each event. Documents stay where they are: of those that are inserted or replaced
 * whether they have words, and the few members that are asked for; of updates the paths. */
static bson_t *projection(const bson_t *members)
{
    bson_t *project =
        BCON_NEW("operationType", BCON_INT32(1), "ns", BCON_INT32(1), "to", BCON_INT32(1),
                 "documentKey", BCON_INT32(1), "clusterTime", BCON_INT32(1), "words", "{", "$gt",
                 "[", "$fullDocument._words", BCON_NULL, "]", "}", "set", "{", "$map", "{", "input",
                 "{", "$objectToArray", "$updateDescription.updatedFields", "}", "in", "$$this.k",
                 "}", "}", "updateDescription.removedFields", BCON_INT32(1));

    if (members)
        bson_concat(project, members);
    return project;
}

/* {aggregate: 1, pipeline: [{$changeStream: {startAfter}}, {$match}, {$project}],
 * cursor: {batchSize: 0}}: the events that are told, and what ends the feed; the rest of the
 * server's kinds change no document. */
static bson_t *open_command(const struct watch_from *from)
{
    bson_t *stream = from->after ? BCON_NEW("startAfter", BCON_DOCUMENT(from->after)) : bson_new();
    bson_t *project = projection(from->members);
    bson_t *command =
        BCON_NEW("aggregate", BCON_INT32(1), "pipeline", "[", "{", "$changeStream",
                 BCON_DOCUMENT(stream), "}", "{", "$match", "{", "operationType", "{", "$in", "[",
                 "insert", "update", "replace", "delete", "drop", "rename", "dropDatabase",
                 "invalidate", "]", "}", "}", "}", "{", "$project", BCON_DOCUMENT(project), "}",
                 "]", "cursor", "{", "batchSize", BCON_INT32(0), "}");

    bson_destroy(project);
    bson_destroy(stream);
    return command;
}

/* A member that is a document; false leaves out as it is. */
static bool document_in(const bson_iter_t *parent, const char *name, bson_t *out)
{
    bson_iter_t iter = *parent;
    const uint8_t *data;
    uint32_t len;

    if (!bson_iter_find(&iter, name) || !BSON_ITER_HOLDS_DOCUMENT(&iter))
        return false;
    bson_iter_document(&iter, &len, &data);
    return bson_init_static(out, data, len);
}

/* Whether all of a batch are events with a place to go on behind: nothing of it may be passed over,
 * as the batch's own place is behind it. */
static bool are_events(bson_iter_t list)
{
    bson_iter_t event;
    bson_t token;

    while (bson_iter_next(&list))
        if (!BSON_ITER_HOLDS_DOCUMENT(&list) || !bson_iter_recurse(&list, &event) ||
            !document_in(&event, "_id", &token) || bson_empty(&token))
            return false;
    return true;
}

/* Take the cursor and its batch out of the reply. */
static bool take_reply(struct watch *watch, const char *batch, bson_error_t *error)
{
    bson_iter_t reply, cursor, id, list;
    bool ok = bson_iter_init_find(&reply, &watch->reply, "cursor") &&
              BSON_ITER_HOLDS_DOCUMENT(&reply) && bson_iter_recurse(&reply, &cursor);

    id = list = cursor;
    watch->has_events = ok && bson_iter_find(&id, "id") && BSON_ITER_HOLDS_INT(&id) &&
                        bson_iter_find(&list, batch) && BSON_ITER_HOLDS_ARRAY(&list) &&
                        bson_iter_recurse(&list, &watch->events) && are_events(watch->events);
    if (!watch->has_events) {
        bson_set_error(error, MONGOC_ERROR_COMMAND, MONGOC_ERROR_COMMAND_INVALID_ARG,
                       "the server answered with what is no change stream's batch");
        return false;
    }
    watch->id = bson_iter_as_int64(&id);
    return true;
}

static bool run(struct watch *watch, const bson_t *command, const bson_t *options,
                bson_error_t *error)
{
    bson_destroy(&watch->reply);
    return mongoc_client_command_with_opts(watch->client, watch->database, command, NULL, options,
                                           &watch->reply, error);
}

/* Change streams read what a majority has, whatever the address says of other reads. */
static bool run_open(struct watch *watch, const struct watch_from *from, bson_error_t *error)
{
    bson_t *command = open_command(from);
    bson_t options;
    bool ok;

    bson_copy_to(&watch->options, &options);
    BCON_APPEND(&options, "readConcern", "{", "level", "majority", "}");
    ok = run(watch, command, &options, error) && take_reply(watch, "firstBatch", error);
    bson_destroy(&options);
    bson_destroy(command);
    return ok;
}

bool watch_open(struct watch *watch, const struct watch_from *from, bson_error_t *error)
{
    mongoc_server_description_t *server;

    *watch = (struct watch){.client = from->client, .database = from->database};
    bson_init(&watch->options);
    bson_init(&watch->reply);
    server = mongoc_client_select_server(from->client, true, NULL, error);
    if (!server)
        return false;
    bson_append_int32(&watch->options, "serverId", 8,
                      (int32_t)mongoc_server_description_id(server));
    mongoc_server_description_destroy(server);
    watch->session = mongoc_client_start_session(from->client, NULL, error);
    return watch->session && mongoc_client_session_append(watch->session, &watch->options, error) &&
           run_open(watch, from, error);
}

bool watch_more(struct watch *watch, int most, int wait_ms, bson_error_t *error)
{
    bson_t *command =
        BCON_NEW("getMore", BCON_INT64(watch->id), "collection", "$cmd.aggregate", "batchSize",
                 BCON_INT32(most), "maxTimeMS", BCON_INT64(wait_ms > 0 ? wait_ms : 1));
    bool ok = run(watch, command, &watch->options, error) && take_reply(watch, "nextBatch", error);

    bson_destroy(command);
    return ok;
}

/* The same of a list. */
static bool list_in(const bson_iter_t *parent, const char *name, bson_t *out)
{
    bson_iter_t iter = *parent;
    const uint8_t *data;
    uint32_t len;

    if (!bson_iter_find(&iter, name) || !BSON_ITER_HOLDS_ARRAY(&iter))
        return false;
    bson_iter_array(&iter, &len, &data);
    return bson_init_static(out, data, len);
}

static const char *text_in(const bson_iter_t *parent, const char *name)
{
    bson_iter_t iter = *parent;

    return bson_iter_find(&iter, name) && BSON_ITER_HOLDS_UTF8(&iter) ? bson_iter_utf8(&iter, NULL)
                                                                      : "";
}

/* The collection in {db, coll}; NULL: none. */
static const char *collection_in(const bson_iter_t *event, const char *name)
{
    bson_iter_t member;
    bson_t ns;

    return document_in(event, name, &ns) && bson_iter_init_find(&member, &ns, "coll") &&
                   BSON_ITER_HOLDS_UTF8(&member)
               ? bson_iter_utf8(&member, NULL)
               : NULL;
}

static enum event_kind kind_of(const bson_iter_t *event)
{
    static const struct {
        const char *type;
        enum event_kind kind;
    } kinds[] = {{"insert", EVENT_INSERTED},
                 {"replace", EVENT_REPLACED},
                 {"update", EVENT_UPDATED},
                 {"delete", EVENT_DELETED}};
    const char *type = text_in(event, "operationType");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(type, kinds[i].type) == 0)
            return kinds[i].kind;
    return EVENT_BREAK;
}

/* What a change of a document has left behind. */
static void take_document(const bson_iter_t *event, struct event *out)
{
    bson_iter_t member = *event, changed;

    out->words = bson_iter_find(&member, "words") && bson_iter_as_bool(&member);
    document_in(event, "fullDocument", &out->shown);
    list_in(event, "set", &out->set);
    member = *event;
    if (bson_iter_find(&member, "updateDescription") && BSON_ITER_HOLDS_DOCUMENT(&member) &&
        bson_iter_recurse(&member, &changed))
        list_in(&changed, "removedFields", &out->unset);
}

bool watch_next(struct watch *watch, struct event *out)
{
    bson_iter_t event, member;
    uint32_t ignored;

    if (!watch->has_events || !bson_iter_next(&watch->events) ||
        !bson_iter_recurse(&watch->events, &event))
        return false;
    *out = (struct event){.kind = EVENT_BREAK};
    bson_init(&out->key);
    bson_init(&out->shown);
    bson_init(&out->set);
    bson_init(&out->unset);
    document_in(&event, "_id", &out->token);
    member = event;
    if (bson_iter_find(&member, "clusterTime") && BSON_ITER_HOLDS_TIMESTAMP(&member))
        bson_iter_timestamp(&member, &out->seconds, &ignored);
    out->collection = collection_in(&event, "ns");
    out->target = collection_in(&event, "to");
    if (out->collection && document_in(&event, "documentKey", &out->key) &&
        bson_has_field(&out->key, "_id"))
        out->kind = kind_of(&event);
    if (out->kind != EVENT_BREAK)
        take_document(&event, out);
    return true;
}

bool watch_token(struct watch *watch, bson_t *out)
{
    bson_iter_t reply, cursor;

    return bson_iter_init_find(&reply, &watch->reply, "cursor") &&
           bson_iter_recurse(&reply, &cursor) &&
           document_in(&cursor, "postBatchResumeToken", out) && !bson_empty(out);
}

/* The server closes an idle one by itself after ten minutes, but counts it until then. */
static void kill_cursor(struct watch *watch)
{
    bson_t *command =
        BCON_NEW("killCursors", "$cmd.aggregate", "cursors", "[", BCON_INT64(watch->id), "]");
    bson_error_t ignored;

    run(watch, command, &watch->options, &ignored);
    bson_destroy(command);
}

void watch_close(struct watch *watch, bool broken)
{
    if (watch->id && !broken)
        kill_cursor(watch);
    if (watch->session)
        mongoc_client_session_destroy(watch->session);
    bson_destroy(&watch->options);
    bson_destroy(&watch->reply);
    *watch = (struct watch){0};
}
