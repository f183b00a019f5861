/* SPDX-License-Identifier: MIT */
/* Who somebody is, proved: tokens between processes, signed cookies, form tokens, password hashes
 * (libsodium). Thread-safe after identity_open(). */
#ifndef DECANT_IDENTITY_H
#define DECANT_IDENTITY_H

#include "arena.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct identity;

/* Keys from a file: one or two lines of 64 hex digits; the first signs, both are accepted (that is
 * how keys are rotated). With make, a missing file is made (mode 0600, atomically: of several
 * processes that start at once, all end with the same key). A file that others may read is refused.
 */
struct identity *identity_open(const char *key_file, bool make, struct error *err);
void identity_close(struct identity *identity);

/* A text that cannot be forged: value, expiry and a MAC bound to purpose, of the characters
 * [A-Za-z0-9._-]. value may be any text up to 1,000 bytes; NULL for longer ones. */
char *identity_seal(const struct identity *identity, struct arena *arena, const char *purpose,
                    const char *value, int64_t expires_ms);

/* The value sealed for this purpose, or NULL if forged, expired or malformed. */
char *identity_unseal(const struct identity *identity, struct arena *arena, const char *purpose,
                      const char *sealed);

/* A bearer token for user, meant for one audience ("likes", or "*" for all services). NULL for a
 * user without a name or with a dot in it. */
char *identity_token(const struct identity *identity, struct arena *arena, const char *user,
                     const char *audience, int64_t expires_ms);
/* The user of a token that is meant for audience (or "*"), or NULL. */
char *identity_token_user(const struct identity *identity, struct arena *arena, const char *token,
                          const char *audience);

/* A form token for a session: a MAC of session over a random nonce, different each time. */
char *identity_form_token(const struct identity *identity, struct arena *arena,
                          const char *session);
bool identity_form_token_ok(const struct identity *identity, const char *session,
                            const char *token);

enum { PASSWORD_HASH_SIZE = 128 };

/* Argon2id, 19 MiB, 2 passes (OWASP); blocks a thread for tens of ms: WORKS only. hash is
 * NUL-terminated and carries its parameters. */
bool password_hash(const char *password, char hash[PASSWORD_HASH_SIZE], struct error *err);
bool password_matches(const char *password, const char *hash);
/* Whether hash was made with other parameters than password_hash() uses today. */
bool password_hash_is_old(const char *hash);
/* A valid hash of nothing anyone knows, to spend the same time on unknown users. */
const char *password_dummy_hash(void);
/* Whether a password is among the commonest: some 150 words of them with their look-alikes and with
 * digits around, runs along the keyboard, and up to four characters over and over. No list of
 * breached passwords is asked. */
bool password_is_common(const char *password);

/* SHA-256 of text as 64 hex digits, for keeping secrets such as session ids in the store. */
void identity_digest(const char *text, char hex[65]);

/* User and password of an Authorization header's value of the Basic scheme (RFC 7617), in arena;
 * false for any other and for malformed ones. The user is what stands before the first colon. */
bool identity_basic(struct arena *arena, const char *authorization, const char **user,
                    const char **password);

/* Constant-time comparison of two texts. */
bool identity_equal(const char *a, const char *b);

#endif
