/* SPDX-License-Identifier: MIT */
/* Sessions. The store knows a token by its digest alone, so that nobody who reads the store can
 * take a session over. The limits are ours, kept in the document: the cookie's age decides nothing.
 */
#include "accounts.h"

#include "../lib/clock.h"
#include "../lib/identity.h"
#include "../lib/random.h"

#include <string.h>

static const struct store_field session_fields[] = {
    {"user", TYPE_TEXT, STORE_REQUIRED | STORE_INDEXED},
    {"expires", TYPE_DATE, STORE_REQUIRED | STORE_EXPIRES},
};

const struct collection sessions_collection = {
    .name = "sessions",
    .id_type = TYPE_TEXT,
    .fields = session_fields,
    .field_count = sizeof(session_fields) / sizeof(session_fields[0]),
};

static const struct field session_members[] = {
    {"user", FIELD_TEXT, offsetof(struct session, user), NULL},
    {"created", FIELD_TIME, offsetof(struct session, created_ms), NULL},
    {"seen", FIELD_TIME, offsetof(struct session, seen_ms), NULL},
    {"expires", FIELD_TIME, offsetof(struct session, expires_ms), NULL},
};

static const struct record session_record = RECORD(struct session, session_members);

static int64_t expiry(const struct session *session)
{
    int64_t idle = session->seen_ms + SESSION_IDLE_S * INT64_C(1000);
    int64_t life = session->created_ms + SESSION_LIFE_S * INT64_C(1000);

    return idle < life ? idle : life;
}

bool session_create(struct store *store, const char *user, char token[SESSION_TOKEN_SIZE],
                    struct error *err)
{
    int64_t now_ms = clock_now_ms();
    struct session session = {.user = user, .created_ms = now_ms, .seen_ms = now_ms};
    bson_t document = BSON_INITIALIZER;
    char fresh[SESSION_TOKEN_SIZE];
    char digest[65];
    bool done;

    random_hex(fresh, SESSION_TOKEN_SIZE / 2);
    identity_digest(fresh, digest);
    session.expires_ms = expiry(&session);
    BSON_APPEND_UTF8(&document, "_id", digest);
    record_to_bson(&session_record, &session, &document);
    done = store_insert(store, &sessions_collection, &document, NULL, err);
    bson_destroy(&document);
    if (done)
        memcpy(token, fresh, sizeof(fresh));
    return done;
}

/* What we never gave to anyone is not worth a look-up. */
static bool is_token(const char *token)
{
    return strlen(token) == SESSION_TOKEN_SIZE - 1 &&
           strspn(token, "0123456789abcdef") == SESSION_TOKEN_SIZE - 1;
}

static bool is_over(struct error *err)
{
    return fail(err, ERROR_UNAUTHORIZED, "you are not logged in, or no longer");
}

bool session_get(struct store *store, const char *token, struct arena *arena, struct session *out,
                 struct error *err)
{
    struct document document = {.arena = arena};
    struct session session = {0};
    char digest[65];

    if (!token || !is_token(token))
        return is_over(err);
    identity_digest(token, digest);
    if (!store_get(store, &sessions_collection, key_text(digest), &document, err))
        return err->kind == ERROR_NOT_FOUND ? is_over(err) : false;
    if (!record_from_bson(&session_record, (struct bson_bytes){document.bson, document.len}, arena,
                          &session, err))
        return false;
    if (!session.user || clock_now_ms() >= session.expires_ms)
        return is_over(err);
    *out = session;
    return true;
}

bool session_recall(const struct sessions_source *source, const char *token, struct arena *arena,
                    struct session *out, struct error *err)
{
    struct memo_key key = {token, strlen(token),
                           store_version(source->store, &sessions_collection)};
    struct arena made = {0};
    const struct session *known = memo_get(source->memo, &key, arena);
    struct session *session;

    if (!known) {
        session = arena_alloc(&made, sizeof(*session));
        if (!session_get(source->store, token, &made, session, err)) {
            arena_release(&made);
            return false;
        }
        known = memo_put(source->memo, &key, &made, session, arena);
    }
    if (clock_now_ms() >= known->expires_ms)
        return is_over(err);
    *out = *known;
    return true;
}

bool session_is_stale(const struct session *session)
{
    return clock_now_ms() - session->seen_ms >= SESSION_IDLE_S * INT64_C(1000) / 10;
}

bool session_touch(struct store *store, const char *token, struct error *err)
{
    struct arena arena = {0};
    struct session session = {0};
    bool done = session_get(store, token, &arena, &session, err);

    if (done) {
        struct change changes[2] = {{.kind = CHANGE_SET, .path = "seen"},
                                    {.kind = CHANGE_SET, .path = "expires"}};
        struct update update = {.changes = changes, .count = 2};
        char digest[65];

        session.seen_ms = clock_now_ms();
        changes[0].value = value_date(session.seen_ms);
        changes[1].value = value_date(expiry(&session));
        identity_digest(token, digest);
        done = store_update(store, &sessions_collection, key_text(digest), &update, err);
    }
    arena_release(&arena);
    return done;
}

bool session_end(struct store *store, const char *token, struct error *err)
{
    char digest[65];

    if (!token || !is_token(token))
        return true;
    identity_digest(token, digest);
    return store_delete(store, &sessions_collection, key_text(digest), NULL, err) ||
           err->kind == ERROR_NOT_FOUND;
}

bool sessions_end_others(struct store *store, const char *user, const char *token,
                         struct error *err)
{
    struct arena arena = {0};
    const struct filter *where = filter_compare(&arena, FILTER_EQ, "user", value_text(user));
    char digest[65];
    int64_t ended;
    bool done;

    if (token) {
        identity_digest(token, digest);
        where = filter_join(&arena, FILTER_AND, where,
                            filter_compare(&arena, FILTER_NE, "_id", value_text(digest)));
    }
    done = store_delete_where(store, &sessions_collection, where, &ended, err);
    arena_release(&arena);
    return done;
}
