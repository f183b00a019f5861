/* SPDX-License-Identifier: MIT */
/* Users, their passwords and their sessions. */
#ifndef DECANT_ACCOUNTS_H
#define DECANT_ACCOUNTS_H

#include "../lib/memo.h"
#include "../lib/record.h"
#include "../lib/store.h"

extern const struct collection users_collection;
extern const struct collection sessions_collection;
extern const struct collection throttles_collection;

enum {
    SESSION_IDLE_S = 7 * 24 * 3600,
    SESSION_LIFE_S = 30 * 24 * 3600,
    SESSION_TOKEN_SIZE = 33, /* 128 random bits as hex, and a NUL */
};

/* Whether a new user may be called so: [a-z0-9_-]{2,32}; and choose this password: 8 to 1,000
 * bytes, not a common one, not the name. ERROR_REFUSED with a sentence for the form's field. */
bool account_name_ok(const char *name, struct error *err);
bool account_password_ok(const char *name, const char *password, struct error *err);

/* Inside a work. ERROR_CONFLICT: the name is taken. password_hash: from identity.h. */
bool account_create(struct store *store, const char *name, const char *password_hash,
                    struct error *err);

/* The stored hash, or the dummy hash for a user who does not exist (so that both take as long). */
bool account_hash(struct store *store, const char *name, struct arena *arena, const char **hash,
                  struct error *err);
/* Inside a work: a new hash of the same or another password. */
bool account_set_hash(struct store *store, const char *name, const char *password_hash,
                      struct error *err);

/* Failed logins, by account and by address: after 5 the delay doubles from 1 s to 15 min. Asking is
 * ERROR_TOO_MANY with retry_after_s while the delay runs. Counting is inside a work. An account's
 * delay never touches its live sessions. */
bool throttle_check(struct store *store, const char *name, const char *address, struct error *err);
bool throttle_failed(struct store *store, const char *name, const char *address, struct error *err);
bool throttle_passed(struct store *store, const char *name, const char *address, struct error *err);

/* The store keeps a hash of the token. */
struct session {
    const char *user;
    int64_t created_ms;
    int64_t seen_ms;
    int64_t expires_ms; /* the earlier of idle and absolute limit */
};

/* Inside a work: a new session for user; token is what the cookie holds. */
bool session_create(struct store *store, const char *user, char token[SESSION_TOKEN_SIZE],
                    struct error *err);
/* ERROR_UNAUTHORIZED if there is no such session or it is over. */
bool session_get(struct store *store, const char *token, struct arena *arena, struct session *out,
                 struct error *err);
/* The same, remembered in memo while no session changes (another process's logout is seen within
 * 50 ms, store_version()). */
struct sessions_source {
    struct store *store;
    struct memo *memo;
};
bool session_recall(const struct sessions_source *source, const char *token, struct arena *arena,
                    struct session *out, struct error *err);
/* Whether the last-seen time should be renewed (a tenth of the idle limit has passed). */
bool session_is_stale(const struct session *session);
/* Inside a work. */
bool session_touch(struct store *store, const char *token, struct error *err);
bool session_end(struct store *store, const char *token, struct error *err);
/* Inside a work: all sessions of user but the one with this token (NULL: all). */
bool sessions_end_others(struct store *store, const char *user, const char *token,
                         struct error *err);

#endif
